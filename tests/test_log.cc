/* SPDX-License-Identifier: MIT */
/* Shows that log lines reach the callback, or stderr up to $RS_LOG, whole and one at a time. */
extern "C" {
#include "graph/log.h"
}

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

namespace
{

struct Line {
    rs_level level;
    std::string node, text;
};

void collect(void *user, rs_level level, const char *node, const char *text)
{
    static_cast<std::vector<Line> *>(user)->push_back({level, node, text});
}

TEST(Callback, GetsEverythingWhateverTheEnvironmentSays)
{
    std::vector<Line> lines;
    struct rs_log log;
    setenv("RS_LOG", "error", 1);
    rs_log_init(&log, collect, &lines);
    rs_log_line(&log, RS_DEBUG, "fir", "%d taps", 3);
    rs_log_line(&log, RS_ERROR, nullptr, "%s", std::string(5000, 'x').c_str());
    rs_log_fini(&log);
    unsetenv("RS_LOG");
    ASSERT_EQ(lines.size(), 2u);
    EXPECT_EQ(lines[0].level, RS_DEBUG);
    EXPECT_EQ(lines[0].node, "fir");
    EXPECT_EQ(lines[0].text, "3 taps");
    EXPECT_EQ(lines[1].node, "") << "the graph itself";
    EXPECT_GT(lines[1].text.size(), 500u) << "cut, not lost";
}

/* The callback has no lock of its own: a thread sanitizer or a torn vector would tell. */
TEST(Callback, IsCalledByOneThreadAtATime)
{
    std::vector<Line> lines;
    struct rs_log log;
    std::vector<std::thread> threads;
    rs_log_init(&log, collect, &lines);
    for (int t = 0; t < 4; t++)
        threads.emplace_back([&log] {
            for (int i = 0; i < 1000; i++)
                rs_log_line(&log, RS_INFO, "n", "%d", i);
        });
    for (std::thread &t : threads)
        t.join();
    rs_log_fini(&log);
    EXPECT_EQ(lines.size(), 4000u);
}

std::string default_log(const char *level)
{
    struct rs_log log;
    if (level != nullptr)
        setenv("RS_LOG", level, 1);
    else
        unsetenv("RS_LOG");
    testing::internal::CaptureStderr();
    rs_log_init(&log, nullptr, nullptr);
    rs_log_line(&log, RS_ERROR, "fir", "an error");
    rs_log_line(&log, RS_WARN, "", "a warning");
    rs_log_line(&log, RS_INFO, "fir", "news");
    rs_log_line(&log, RS_DEBUG, "fir", "detail");
    rs_log_fini(&log);
    unsetenv("RS_LOG");
    return testing::internal::GetCapturedStderr();
}

TEST(Default, WritesUpToTheLevelInTheEnvironment)
{
    const std::string error = "error: fir: an error\n", warn = "warn: a warning\n",
                      info = "info: fir: news\n", debug = "debug: fir: detail\n";
    EXPECT_EQ(default_log("error"), error);
    EXPECT_EQ(default_log("warn"), error + warn);
    EXPECT_EQ(default_log("info"), error + warn + info);
    EXPECT_EQ(default_log("debug"), error + warn + info + debug);
    EXPECT_EQ(default_log(nullptr), error + warn + info);
    EXPECT_EQ(default_log(""), error + warn + info);
}

TEST(Default, AnUnknownLevelIsNamed)
{
    std::string out = default_log("loud");
    EXPECT_NE(out.find("RS_LOG=loud is none of error, warn, info, debug"), std::string::npos)
        << out;
}

} /* namespace */
