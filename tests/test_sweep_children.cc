/* SPDX-License-Identifier: MIT */
/*
 * Rounds that fault, hang, flood their streams or print nonsense.  A sweep runs /proc/self/exe as
 * `cell ...` for each of its rounds, so here it runs this program again, whose `cell` misbehaves as
 * its msg_bytes say.  The sweep must name the cell, record the round and go on to the others.
 */
#include "child.h"
#include "cli.h"
#include "store_fixture.h"

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <unistd.h>

namespace
{
enum behaviour : int64_t {
    GOOD = 8,
    FAULTS = 16,
    SPINS = 24,
    FLOODS_STDOUT = 32,
    FLOODS_STDERR = 40,
    NONSENSE = 48,
    CLOSES_AND_SPINS = 56,
    SILENT = 64,
    FAILS = 72
};

void spin()
{
    for (volatile unsigned long i = 0;; i++)
        ;
}

void flood(FILE *to)
{
    for (;;)
        fputs("a line of what no round prints\n", to);
}

int print_good()
{
    puts(
        R"({"status":"ok","reason":null,"metrics":{"ns_per_msg":5.0},"evidence":{},"disturbed":[]})");
    return 0;
}

/* Never returns for a round that hangs. */
int misbehave(long how)
{
    switch (how) {
    case FAULTS:
        signal(SIGSEGV, SIG_DFL); /* a sanitizer would make an exit of it */
        return raise(SIGSEGV);
    case SPINS:
        spin();
        break;
    case FLOODS_STDOUT:
        flood(stdout);
        break;
    case FLOODS_STDERR:
        flood(stderr);
        break;
    case NONSENSE:
        puts("%s%n{\"status\": [\"ok\"");
        return 0;
    case CLOSES_AND_SPINS:
        fclose(stdout);
        fclose(stderr);
        spin();
        break;
    case FAILS:
        fputs("ringside: cannot set up the round: %s%n\n", stderr);
        return 4;
    default:
        break;
    }
    return how == GOOD ? print_good() : 0;
}

int cell_main(int argc, char **argv)
{
    for (int i = 2; i < argc; i++)
        if (strncmp(argv[i], "msg_bytes=", 10) == 0)
            return misbehave(atol(argv[i] + 10));
    return 1;
}

/* A round with a limit of half a second. */
class Round
{
  public:
    explicit Round(behaviour how)
    {
        struct cell c = cell_default();
        c.value[FACTOR_msg_bytes] = how;
        c.value[FACTOR_placement] = PLACE_ANY;
        cell_normalise(&c);
        const auto begin = std::chrono::steady_clock::now();
        err = child_run(&c, 0.5, &result);
        took_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    }
    ~Round()
    {
        json_decref(result.line);
    }
    Round(const Round &) = delete;
    Round &operator=(const Round &) = delete;
    std::string status() const
    {
        return err == 0 ? result.status : "not started";
    }
    std::string reason() const
    {
        return result.reason;
    }
    struct child_result result = {};
    int err = 0;
    double took_s = 0;
};

TEST(Children, AGoodOneIsTaken)
{
    Round r(GOOD);
    EXPECT_EQ(r.status(), "ok");
    EXPECT_NE(r.result.line, nullptr);
}

TEST(Children, OneThatFaultsIsCrashed)
{
    Round r(FAULTS);
    EXPECT_EQ(r.status(), "crashed");
    EXPECT_EQ(r.result.signal, SIGSEGV);
    EXPECT_EQ(r.result.line, nullptr);
    EXPECT_NE(r.reason(), "");
}

TEST(Children, OneThatSpinsIsKilledAtItsLimit)
{
    Round r(SPINS);
    EXPECT_EQ(r.status(), "timeout");
    EXPECT_NE(r.reason().find("within its limit"), std::string::npos) << r.reason();
    EXPECT_GE(r.took_s, 0.5);
}

TEST(Children, OneThatClosesItsStreamsAndSpinsIsEndedToo)
{
    Round r(CLOSES_AND_SPINS);
    EXPECT_EQ(r.status(), "timeout"); /* by its alarm, which outlives exec */
    EXPECT_EQ(r.result.signal, SIGALRM);
}

TEST(Children, AFloodOfResultsIsKilledEarly)
{
    Round r(FLOODS_STDOUT);
    EXPECT_EQ(r.status(), "crashed");
    EXPECT_NE(r.reason().find("more than a round prints"), std::string::npos) << r.reason();
}

TEST(Children, AFloodOfComplaintsIsReadAndTheRoundKilledAtItsLimit)
{
    Round r(FLOODS_STDERR);
    EXPECT_EQ(r.status(), "timeout");
    EXPECT_GE(r.took_s, 0.5);
}

TEST(Children, NonsenseAndSilenceAreNoResult)
{
    for (behaviour how : {NONSENSE, SILENT}) {
        Round r(how);
        EXPECT_EQ(r.status(), "aborted");
        EXPECT_EQ(r.result.line, nullptr);
        EXPECT_NE(r.reason().find("without a result"), std::string::npos) << r.reason();
    }
}

TEST(Children, WhatOneComplainedOfIsTheReasonAndNoFormat)
{
    Round r(FAILS);
    EXPECT_EQ(r.status(), "aborted");
    EXPECT_EQ(r.result.exit_code, 4);
    EXPECT_NE(r.reason().find("cannot set up the round: %s%n"), std::string::npos) << r.reason();
}

class ASweep : public FolderTest
{
};

TEST_F(ASweep, NamesTheCellsThatFailAndGoesOn)
{
    const std::string plan = dir + "/bad.exp", run = dir + "/run";
    write(plan, "[plan]\nrounds = 2\nrepeats = 0\nlimit = 0.5\n"
                "[cells a]\nring = cached\nplacement = any\nmsg_bytes = 8, 16, 24, 32, 48, 72\n");
    setenv("RINGSIDE_LIVE_DIR", dir.c_str(), 1);
    std::string words[] = {"sweep", plan, "--out", run};
    char *argv[] = {words[0].data(), words[1].data(), words[2].data(), words[3].data(), nullptr};
    testing::internal::CaptureStderr();
    testing::internal::CaptureStdout();
    const int code = cmd_sweep(4, argv);
    const std::string said = testing::internal::GetCapturedStderr();
    EXPECT_EQ(testing::internal::GetCapturedStdout(), run + "\n");
    EXPECT_EQ(code, EXIT_DONE) << said;
    for (const char *line :
         {"msg_bytes=16 placement=any: crashed", "msg_bytes=24 placement=any: timeout",
          "msg_bytes=32 placement=any: crashed", "msg_bytes=48 placement=any: aborted",
          "msg_bytes=72 placement=any: aborted"})
        EXPECT_NE(said.find(line), std::string::npos) << line << "\nis not in\n" << said;
    struct samples s;
    char why[512];
    size_t good = 0;
    ASSERT_EQ(samples_load(run.c_str(), &s, why, sizeof why), 0) << why;
    EXPECT_GE(s.n, 12u); /* two rounds of six cells, and of the A/A pair */
    for (size_t i = 0; i < s.n; i++) {
        const bool ok = s.item[i].status == SAMPLE_OK;
        EXPECT_EQ(ok, s.item[i].cell.value[FACTOR_msg_bytes] == GOOD);
        good += ok;
    }
    EXPECT_GE(good, 2u);
    samples_free(&s);
    unsetenv("RINGSIDE_LIVE_DIR");
}
} // namespace

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "cell") == 0)
        return cell_main(argc, argv);
    testing::InitGoogleTest(&argc, argv);
    return RUN_ALL_TESTS();
}
