/* SPDX-License-Identifier: MIT */
/*
 * Shows that events are counted for the calling thread alone, between start and stop, and that what
 * cannot be counted has a reason of its own and no value.
 */
#include "counters_fixture.h"
#include "measure/counters.h"
#include "measure/counters_perf.h"
#include "measure/counters_pfm.h"
#include "measure/counters_reason.h"
#include "measure/counters_software.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <linux/perf_event.h>
#include <set>
#include <string>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace
{

/* A pass of software events. */
struct counters_pass software_pass(const std::vector<const char *> &names)
{
    struct counters_pass pass = {};
    pass.hardware = &counters_software;
    for (const char *name : names) {
        snprintf(pass.event[pass.n].label, sizeof pass.event[0].label, "%s", name);
        snprintf(pass.event[pass.n++].native, sizeof pass.event[0].native, "%s%s",
                 COUNTERS_SOFTWARE_PREFIX, name);
    }
    return pass;
}

/* What `work` costs the calling thread, in the order of the names. */
template <typename Work>
std::vector<struct counter_value> cost(const std::vector<const char *> &names, Work work)
{
    const struct counters_pass pass = software_pass(names);
    struct counters c;
    counters_open(&c, &pass);
    counters_start(&c);
    work();
    counters_stop(&c);
    counters_close(&c);
    return std::vector<struct counter_value>(c.value, c.value + pass.n);
}

enum { PAGES = 500 };

void touch_pages()
{
    const size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE)), bytes = PAGES * page;
    char *p = static_cast<char *>(
        mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    ASSERT_NE(static_cast<void *>(p), MAP_FAILED);
    madvise(p, bytes, MADV_NOHUGEPAGE); /* a fault a page, not one for all */
    for (size_t i = 0; i < PAGES; i++)
        p[i * page] = 1;
    munmap(p, bytes);
}

void sleep_ten_times()
{
    const struct timespec ms = {0, 1000000};
    for (int i = 0; i < 10; i++)
        nanosleep(&ms, nullptr);
}

TEST(Software, AThreadThatTouchesNewPagesFaults)
{
    const auto v = cost({"minor-faults"}, touch_pages);
    ASSERT_TRUE(v[0].known) << v[0].why;
    EXPECT_GE(v[0].value, static_cast<uint64_t>(PAGES));
    EXPECT_LT(v[0].value, 2u * PAGES);
}

TEST(Software, AThreadThatSleepsSwitches)
{
    const auto v = cost({"voluntary-switches", "run-ns"}, sleep_ten_times);
    ASSERT_TRUE(v[0].known) << v[0].why;
    EXPECT_GE(v[0].value, 10u);
    ASSERT_TRUE(v[1].known) << v[1].why;
    EXPECT_LT(v[1].value, 9000000u) << "of ten milliseconds asleep";
}

TEST(Software, AThreadThatSpinsRuns)
{
    const auto v = cost({"run-ns", "minor-faults"}, spin_20_ms);
    ASSERT_TRUE(v[0].known) << v[0].why;
    EXPECT_GE(v[0].value, 20000000u);
    EXPECT_LT(v[1].value, 50u);
}

TEST(Software, PerfEventsWhereTheyOpen)
{
    const auto spun = cost({"task-clock-ns"}, spin_20_ms);
    const auto touched = cost({"page-faults"}, touch_pages);
    const auto slept = cost({"context-switches", "cpu-migrations"}, sleep_ten_times);
    if (!touched[0].known) {
        EXPECT_STRNE(touched[0].why, "");
        GTEST_SKIP() << touched[0].why;
    }
    EXPECT_GE(touched[0].value, static_cast<uint64_t>(PAGES));
    ASSERT_TRUE(spun[0].known) << spun[0].why;
    EXPECT_GE(spun[0].value, 18000000u);
    if (slept[0].known)
        EXPECT_GE(slept[0].value, 10u) << "with the kernel excluded it would read 0";
    else
        EXPECT_NE(std::string(slept[0].why).find("EACCES"), std::string::npos) << slept[0].why;
}

TEST(Software, OneThreadsEventsAreNotTheOthers)
{
    std::vector<struct counter_value> busy, idle;
    std::thread other([&] { busy = cost({"minor-faults"}, touch_pages); });
    idle = cost({"minor-faults", "run-ns"}, [&] { other.join(); });
    ASSERT_TRUE(busy[0].known && idle[0].known);
    EXPECT_GE(busy[0].value, static_cast<uint64_t>(PAGES));
    EXPECT_LT(idle[0].value, static_cast<uint64_t>(PAGES) / 10);
}

TEST(Software, OnlyBetweenStartAndStopAndEachStartFromZero)
{
    const struct counters_pass pass = software_pass({"minor-faults", "page-faults"});
    struct counters c;
    counters_open(&c, &pass);
    touch_pages();
    for (int i = 0; i < 2; i++) {
        counters_start(&c);
        if (i == 0)
            touch_pages();
        counters_stop(&c);
        touch_pages();
    }
    for (size_t k = 0; k < pass.n; k++) {
        if (c.value[k].known) {
            EXPECT_LT(c.value[k].value, 50u) << pass.event[k].label;
        }
    }
    ASSERT_TRUE(c.value[0].known);
    counters_close(&c);
}

TEST(Software, AnUnknownEventNamesTheNearest)
{
    const auto v = cost({"minor-fault", "run-ns"}, [] {});
    EXPECT_FALSE(v[0].known);
    EXPECT_NE(std::string(v[0].why).find("minor-faults"), std::string::npos) << v[0].why;
    EXPECT_TRUE(v[1].known) << "the others of the pass count";
}

TEST(Json, ValuesPerMessageAndReasons)
{
    const struct counters_pass pass = software_pass({"run-ns", "nonsense"});
    struct counters c;
    counters_open(&c, &pass);
    counters_start(&c);
    spin_20_ms();
    counters_stop(&c);
    counters_close(&c);
    json_t *j = counters_json(&c, 1000);
    const json_t *run = json_object_get(j, "run-ns"), *bad = json_object_get(j, "nonsense");
    const double value = json_number_value(json_object_get(run, "value"));
    EXPECT_GE(value, 2e7);
    EXPECT_NEAR(json_number_value(json_object_get(run, "per_msg")), value / 1000, value * 1e-9);
    EXPECT_EQ(json_object_get(run, "reason"), nullptr);
    EXPECT_TRUE(json_is_null(json_object_get(bad, "value")));
    EXPECT_TRUE(json_is_null(json_object_get(bad, "per_msg")));
    EXPECT_STRNE(json_string_value(json_object_get(bad, "reason")), "");
    json_decref(j);
}

/* A made-up reading of the kernel: of n events, their common times, and values. */
std::vector<struct counter_value> read_back(std::vector<uint64_t> reading)
{
    const int file[COUNTERS_PASS_MAX] = {7, -1, 8, -1};
    std::vector<struct counter_value> value(COUNTERS_PASS_MAX);
    int ends[2];
    EXPECT_EQ(pipe(ends), 0);
    const size_t bytes = reading.size() * sizeof reading[0];
    EXPECT_EQ(write(ends[1], reading.data(), bytes), static_cast<ssize_t>(bytes));
    close(ends[1]);
    perf_counter_read(ends[0], file, value.data());
    close(ends[0]);
    return value;
}

TEST(Multiplexing, WhatDidNotCountAllTheTimeHasNoValue)
{
    const auto all = read_back({2, 1000, 1000, 11, 22});
    EXPECT_TRUE(all[0].known && all[2].known);
    EXPECT_EQ(all[0].value, 11u);
    EXPECT_EQ(all[2].value, 22u);
    EXPECT_FALSE(all[1].known || all[3].known);
    const auto part = read_back({2, 1000, 999, 11, 22});
    EXPECT_FALSE(part[0].known || part[2].known);
    EXPECT_NE(std::string(part[0].why).find("99.9%"), std::string::npos) << part[0].why;
    const auto never = read_back({2, 0, 0, 0, 0}), none = read_back({});
    EXPECT_FALSE(never[0].known || none[0].known);
    EXPECT_STRNE(never[0].why, none[0].why);
}

/* ---- reasons ---- */

TEST(Reasons, EveryCodeHasItsOwnTextAndAWayOut)
{
    std::set<std::string> texts;
    std::set<int> perf, papi;
    size_t n = 0;
    auto look = [&](const struct counters_reason *list, size_t count, std::set<int> &codes) {
        for (size_t i = 0; i < count; i++, n++) {
            char text[COUNTERS_WHY_BYTES];
            counters_reason_text(&list[i], text, sizeof text);
            EXPECT_LT(strlen(text), sizeof text - 1) << "cut: " << text;
            EXPECT_STRNE(list[i].what, "");
            EXPECT_STRNE(list[i].fix, "");
            EXPECT_TRUE(texts.insert(list[i].what).second) << "twice: " << list[i].what;
            EXPECT_TRUE(codes.insert(list[i].code).second) << "twice: " << list[i].code;
        }
    };
    look(counters_perf_reasons, counters_perf_reasons_count, perf);
    look(counters_papi_reasons, counters_papi_reasons_count, papi);
    EXPECT_EQ(texts.size(), n);
    for (int error : {ENOENT, ENODEV, EACCES, EPERM, EOPNOTSUPP, ENOSYS, EMFILE, EINVAL, EBUSY})
        EXPECT_EQ(perf.count(error), 1u) << error;
    for (int code : {-25, -7, -15, -8, -10})
        EXPECT_EQ(papi.count(code), 1u) << code;
    EXPECT_STRNE(counters_perf_reason(EDOM)->what, "") << "and one for the rest";
    EXPECT_STRNE(counters_papi_reason(-99)->what, "");
}

TEST(Reasons, OfTheKernelForReal)
{
    const struct pfm_code page_faults = {PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS, 0, 0};
    const struct pfm_code no_such = {PERF_TYPE_SOFTWARE, 9999, 0, 0};
    int file = perf_counter_open(&page_faults, false, -1);
    if (file < 0)
        GTEST_SKIP() << counters_perf_reason(-file)->what;
    close(file);
    EXPECT_TRUE(perf_counter_open(&no_such, false, -1) == -ENOENT ||
                perf_counter_open(&no_such, false, -1) == -EINVAL);
    in_child(nullptr, nullptr, [&] {
        const struct rlimit none = {3, 3};
        setrlimit(RLIMIT_NOFILE, &none);
        for (int i = 3; i < 64; i++)
            close(i);
        EXPECT_EQ(perf_counter_open(&page_faults, false, -1), -EMFILE);
        const auto v = cost({"page-faults"}, [] {});
        EXPECT_NE(std::string(v[0].why).find("ulimit -n"), std::string::npos) << v[0].why;
    });
}

} /* namespace */
