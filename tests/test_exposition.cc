/* SPDX-License-Identifier: MIT */
/*
 * Files of Prometheus text: numbers are exact, a file is replaced as a whole or not at all, and
 * what is no file is never replaced.
 */
#include "graph/exposition.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

namespace
{

/* A folder of its own for each test. */
class Exposition : public testing::Test
{
  protected:
    void SetUp() override
    {
        char pattern[] = "/tmp/ringside-exposition-XXXXXX";
        ASSERT_NE(mkdtemp(pattern), nullptr);
        folder = pattern;
    }
    void TearDown() override
    {
        std::filesystem::remove_all(folder);
    }
    /* How many files stand there. */
    ptrdiff_t files() const
    {
        using look = std::filesystem::directory_iterator;
        return std::distance(look(folder), look());
    }
    static int replace(const std::string &path, const std::string &text)
    {
        return rs_exposition_replace(path.c_str(), text.data(), text.size());
    }
    static std::string read_file(const std::string &path)
    {
        std::stringstream all;
        all << std::ifstream(path).rdbuf();
        return all.str();
    }
    std::string folder;
};

TEST_F(Exposition, AFileIsReplacedAsAWholeOrNotAtAll)
{
    const std::string path = folder + "/x.prom";
    ASSERT_EQ(replace(path, "old\n"), 0);
    const int before = open(path.c_str(), O_RDONLY);
    ASSERT_EQ(replace(path, "new\n"), 0);
    char byte = 0;
    EXPECT_EQ(read(before, &byte, 1), 1);
    EXPECT_EQ(byte, 'o') << "who has the old one open reads it to its end";
    close(before);
    EXPECT_EQ(read_file(path), "new\n");
    EXPECT_EQ(files(), 1) << "and nothing beside it";
    EXPECT_EQ(replace(folder + "/nowhere/x.prom", "x"), -ENOENT);
}

/* Root may rename over /dev/null: the metrics would be all that is left of it. */
TEST_F(Exposition, WhatIsNoFileIsLeftAlone)
{
    struct stat s;
    const std::string pipe = folder + "/pipe", link = folder + "/link";
    ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
    ASSERT_EQ(symlink(pipe.c_str(), link.c_str()), 0);
    EXPECT_EQ(replace(pipe, "x"), -ENOTSUP);
    EXPECT_EQ(replace(link, "x"), -ENOTSUP);
    EXPECT_EQ(replace(folder, "x"), -EISDIR);
    EXPECT_STREQ(rs_exposition_why(-ENOTSUP), "it is a device or a pipe; give a file");
    EXPECT_STREQ(rs_exposition_why(-EISDIR), strerror(EISDIR));
    ASSERT_EQ(lstat(pipe.c_str(), &s), 0);
    EXPECT_TRUE(S_ISFIFO(s.st_mode));
    ASSERT_EQ(lstat(link.c_str(), &s), 0);
    EXPECT_TRUE(S_ISLNK(s.st_mode));
    EXPECT_EQ(files(), 2) << "a failure leaves nothing beside it";
}

TEST_F(Exposition, NumbersAreExactWhereTheyAreWhole)
{
    char *text = nullptr;
    size_t length = 0;
    FILE *to = open_memstream(&text, &length);
    rs_exposition_family(to, "x_total", "counter", "Help.");
    rs_exposition_sample(to, "x_total", nullptr, 0, 9007199254740991.0);
    rs_exposition_sample(to, "x_total", nullptr, 0, 0.25);
    fclose(to);
    EXPECT_STREQ(text, "# HELP x_total Help.\n# TYPE x_total counter\n"
                       "x_total 9007199254740991\nx_total 0.250000000\n");
    free(text);
}

} // namespace
