/* SPDX-License-Identifier: MIT */
/* Folding of what perf script prints: exact sums of made-up recordings. */
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "flame_fold.h"

namespace
{

struct folded {
    std::string text;
    struct fold_counts counts;
};

folded fold(std::string script, bool off_cpu)
{
    const struct fold_options o = {off_cpu, "ringside", "rs-report"};
    folded f = {};
    char *text = nullptr;
    size_t length = 0;
    FILE *from = fmemopen(&script[0], script.size(), "r");
    FILE *to = open_memstream(&text, &length);
    EXPECT_EQ(fold_script(from, &o, to, &f.counts), 0);
    fclose(to);
    fclose(from);
    f.text = std::string(text, length);
    free(text);
    return f;
}

const char push[] = "\t           9fafd rs_cached_push (inlined)\n"
                    "\t           9fafd stream_push_one_8 (/home/x y/ringside)\n"
                    "\t           891f4 start_thread (/usr/lib/libc.so.6)\n\n";
const char sleeping[] = "\tffffffff821fb643 schedule ([kernel.kallsyms])\n"
                        "\t           e0278 rs_park_sleep (/x/ringside)\n"
                        "\t           e0d37 loop (inlined)\n\n";

std::string sample(const char *thread, const char *time, const char *stack)
{
    return std::string(thread) + " " + time + ":          1 context-switches: \n" + stack;
}

std::string switched(const char *thread, const char *time, const char *what)
{
    return std::string(thread) + " " + time + ": PERF_RECORD_SWITCH " + what + "\n";
}

} // namespace

TEST(FoldOnCpu, EqualStacksAreOneLineWithTheirNumber)
{
    folded f = fold(sample("producer 7/8", "1.5", push) + sample("producer 7/8", "1.6", push) +
                        sample("sink 7/9", "1.6", push),
                    false);
    EXPECT_EQ(f.text, "producer;start_thread;stream_push_one_8;rs_cached_push_[i] 2\n"
                      "sink;start_thread;stream_push_one_8;rs_cached_push_[i] 1\n");
    EXPECT_EQ(f.counts.samples, 3u);
    EXPECT_EQ(f.counts.weight, 3u);
}

TEST(FoldOnCpu, AThreadIsCalledByItsLastName)
{
    folded f = fold(sample("ringside 7/8", "1.5", push) + sample("scale 7/8", "1.6", push), false);
    EXPECT_EQ(f.text, "scale;start_thread;stream_push_one_8;rs_cached_push_[i] 2\n");
    EXPECT_EQ(f.counts.left_out, 0u);
}

TEST(FoldOnCpu, ThreadsOfTheCommandAreLeftOutAndCounted)
{
    folded f = fold(sample("ringside 7/7", "1.5", push) + sample("rs-report 7/9", "1.6", push) +
                        sample("sink 7/8", "1.7", push),
                    false);
    EXPECT_EQ(f.text, "sink;start_thread;stream_push_one_8;rs_cached_push_[i] 1\n");
    EXPECT_EQ(f.counts.left_out, 2u);
    EXPECT_EQ(f.counts.samples, 1u);
}

TEST(FoldOnCpu, NamesWithSpacesFramesWithoutSymbolsAndSeparatorsInSymbols)
{
    folded f = fold(sample("my node    7/8   ", "1.5",
                           "\t 1 operator;new(int, int) (/x/lib.so)\n"
                           "\t 19a70 [unknown] (/usr/lib/libhwloc.so.15.6.1)\n"
                           "\t 19a71 [unknown] ([unknown])\n"
                           "\t 19a72 __vdso_clock_gettime ([vdso])\n\n"),
                    false);
    EXPECT_EQ(f.text, "my_node;__vdso_clock_gettime;[unknown];[libhwloc.so.15.6.1];"
                      "operator_new(int,_int) 1\n");
}

TEST(FoldOnCpu, NoFolderOfTheMachineIsLeft)
{
    EXPECT_EQ(fold(sample("a 7/8", "1.5", push), false).text.find('/'), std::string::npos);
}

TEST(FoldOnCpu, LostRecordsAreSummed)
{
    folded f = fold("a 7/8 1.5: PERF_RECORD_LOST lost 12\n"
                    "a 7/8 1.6: PERF_RECORD_LOST_SAMPLES lost 30\n",
                    false);
    EXPECT_EQ(f.counts.lost, 42u);
    EXPECT_EQ(f.text, "");
}

TEST(FoldOnCpu, TheLastSampleCountsWithoutAnEmptyLineAfterIt)
{
    std::string script = sample("a 7/8", "1.5", push);
    script.pop_back();
    EXPECT_EQ(fold(script, false).counts.samples, 1u);
}

TEST(FoldOnCpu, RubbishIsNoStack)
{
    folded f = fold("no head at all\n\t 12 frame (/x)\n\n:::\n\n7/8\n", false);
    EXPECT_EQ(f.text, "");
    EXPECT_EQ(f.counts.samples, 0u);
}

TEST(FoldOffCpu, OutAndInAreAPairAndEqualStacksAddUp)
{
    folded f = fold(sample("sink 7/8", "10.000100000", sleeping) +
                        switched("sink 7/8", "10.000100000", "OUT        ") +
                        switched("sink 7/8", "10.000350500", "IN         ") +
                        sample("sink 7/8", "11.000000000", sleeping) +
                        switched("sink 7/8", "11.000000000", "OUT        ") +
                        switched("sink 7/8", "12.500000000", "IN         "),
                    true);
    /* 250.5 us and 1500000 us; their sum is rounded, not each */
    EXPECT_EQ(f.text, "sink;loop_[i];rs_park_sleep;schedule_[k] 1500251\n");
    EXPECT_EQ(f.counts.samples, 2u);
    EXPECT_EQ(f.counts.weight, 1500251u);
    EXPECT_EQ(f.counts.unpaired, 0u);
    EXPECT_EQ(f.counts.no_stack, 0u);
}

TEST(FoldOffCpu, ThreadsAreApartThoughTheirEventsAreMixed)
{
    folded f = fold(
        sample("a 7/8", "1.000000000", sleeping) + switched("a 7/8", "1.000000000", "OUT") +
            sample("b 7/9", "1.000010000", push) + switched("b 7/9", "1.000010000", "OUT preempt") +
            switched("a 7/8", "1.000020000", "IN") + switched("b 7/9", "1.000050000", "IN"),
        true);
    EXPECT_EQ(f.text, "a;loop_[i];rs_park_sleep;schedule_[k] 20\n"
                      "b;start_thread;stream_push_one_8;rs_cached_push_[i];[waits_for_a_cpu] 40\n");
}

TEST(FoldOffCpu, WhatHasNoOutOrNoInIsNotGuessed)
{
    folded f =
        fold(switched("a 7/8", "1.000000000", "IN") + switched("a 7/8", "2.000000000", "OUT") +
                 switched("a 7/8", "2.000007000", "IN") + sample("a 7/8", "3.000000000", sleeping) +
                 switched("a 7/8", "3.000000000", "OUT"),
             true);
    EXPECT_EQ(f.text, "a;[stack_not_recorded] 7\n");
    EXPECT_EQ(f.counts.no_stack, 1u);
    EXPECT_EQ(f.counts.unpaired, 1u);
}

TEST(FoldOffCpu, AnInThatWasLostIsCountedAndNotBridged)
{
    folded f = fold(sample("a 7/8", "1.0", sleeping) + switched("a 7/8", "1.000000000", "OUT") +
                        sample("a 7/8", "5.0", push) + switched("a 7/8", "5.000000000", "OUT") +
                        switched("a 7/8", "5.000003000", "IN"),
                    true);
    EXPECT_EQ(f.text, "a;start_thread;stream_push_one_8;rs_cached_push_[i] 3\n");
    EXPECT_EQ(f.counts.unpaired, 1u);
}

/* More stacks than the table starts with, and more than are kept before equal ones are merged. */
TEST(FoldOffCpu, ManyWaitsKeepTheirSum)
{
    std::string script;
    for (int i = 0; i < 100000; i++) {
        char out[32], in[32];
        snprintf(out, sizeof out, "%d.000001000", i);
        snprintf(in, sizeof in, "%d.000003000", i);
        const char *thread = i % 3 == 0 ? "a 7/8" : "b 7/9";
        script += sample(thread, out, i % 2 == 0 ? push : sleeping) + switched(thread, out, "OUT") +
                  switched(thread, in, "IN");
    }
    folded f = fold(script, true);
    EXPECT_EQ(f.counts.samples, 100000u);
    EXPECT_EQ(f.counts.weight, 200000u);
    EXPECT_EQ(f.text, "a;loop_[i];rs_park_sleep;schedule_[k] 33334\n"
                      "a;start_thread;stream_push_one_8;rs_cached_push_[i] 33334\n"
                      "b;loop_[i];rs_park_sleep;schedule_[k] 66666\n"
                      "b;start_thread;stream_push_one_8;rs_cached_push_[i] 66666\n");
}
