/* SPDX-License-Identifier: MIT */
/*
 * Shows that pinning is checked, that a preempted thread's meter says so, that every criterion of
 * the verdict counts at its threshold and not below, and that what is unavailable is null and
 * accuses nobody.
 */
#include "../experiments/measure/clock.h"
#include "../experiments/measure/disturbance.h"
#include "../experiments/measure/topology.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <climits>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

namespace
{

const uint64_t second_ns = 1000000000;

std::vector<int> allowed()
{
    int *cpus = nullptr;
    size_t n = 0;
    if (topology_allowed(&cpus, &n) != 0)
        return {};
    std::vector<int> list(cpus, cpus + n);
    free(cpus);
    return list;
}

void spin(uint64_t ns)
{
    uint64_t begin = clock_ns();
    while (clock_ns() - begin < ns) {
    }
}

/* On a thread of its own, so that a mask set here does not outlive the test. */
template <class Body> void apart(Body body)
{
    std::thread(body).join();
}

TEST(Clock, NeverRunsBackwardsAndKnowsItsCost)
{
    uint64_t last = clock_ns();
    for (int i = 0; i < 100000; i++) {
        uint64_t now = clock_ns();
        ASSERT_GE(now, last);
        last = now;
    }
    EXPECT_GT(clock_cost_ns(), 0);
    EXPECT_LT(clock_cost_ns(), 1e6);
    EXPECT_GT(clock_resolution_ns(), 0u);
}

TEST(Pin, GrantsAnAllowedCpu)
{
    apart([] {
        int cpu = allowed().back();
        EXPECT_EQ(disturbance_pin(cpu), 0);
        EXPECT_EQ(allowed(), std::vector<int>{cpu});
    });
}

TEST(Pin, RefusesCpusThatAreNotThere)
{
    apart([] {
        std::vector<int> before = allowed();
        EXPECT_EQ(disturbance_pin(-1), -EINVAL);
        EXPECT_EQ(disturbance_pin(INT_MAX), -EINVAL);
        EXPECT_LT(disturbance_pin(100000), 0) << "more cpus than a kernel is built for";
        EXPECT_EQ(allowed(), before) << "a refusal changes nothing";
    });
}

TEST(Pin, RefusesACpuOutsideTheMachine)
{
    apart([] {
        int outside = allowed().back() + 1;
        if (outside < static_cast<int>(sysconf(_SC_NPROCESSORS_CONF)))
            GTEST_SKIP() << "the cpu after the last allowed one exists";
        EXPECT_LT(disturbance_pin(outside), 0);
    });
}

TEST(Meter, CountsTheTimeItRan)
{
    apart([] {
        struct disturbance_meter meter;
        struct disturbance d;
        int cpu = allowed().front();
        ASSERT_EQ(disturbance_pin(cpu), 0);
        ASSERT_EQ(disturbance_open(&meter, cpu), 0);
        disturbance_start(&meter);
        spin(50000000);
        disturbance_mark(&meter);
        disturbance_stop(&meter, &d);
        disturbance_close(&meter);
        EXPECT_GT(d.run_ns, 1000000);
        EXPECT_LT(d.run_ns, 10 * static_cast<int64_t>(second_ns));
        EXPECT_EQ(d.migrations, 0);
        EXPECT_EQ(d.cpu_requested, cpu);
        EXPECT_EQ(d.cpu_granted, cpu);
        EXPECT_EQ(d.gap_max_ns, DISTURBANCE_NO_GAP);
    });
}

TEST(Meter, CountsVoluntarySwitchesOfASleepingThread)
{
    apart([] {
        struct disturbance_meter meter;
        struct disturbance d;
        ASSERT_EQ(disturbance_open(&meter, DISTURBANCE_ANY_CPU), 0);
        disturbance_start(&meter);
        for (int i = 0; i < 3; i++)
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
        disturbance_stop(&meter, &d);
        disturbance_close(&meter);
        EXPECT_GE(d.voluntary_switches, 3);
        EXPECT_EQ(d.cpu_requested, DISTURBANCE_ANY_CPU);
    });
}

TEST(Meter, SeesAForcedMigration)
{
    apart([] {
        struct disturbance_meter meter;
        struct disturbance d;
        std::vector<int> cpus = allowed();
        if (cpus.size() < 2)
            GTEST_SKIP() << "needs two cpus";
        ASSERT_EQ(disturbance_pin(cpus[0]), 0);
        ASSERT_EQ(disturbance_open(&meter, cpus[0]), 0);
        disturbance_start(&meter);
        ASSERT_EQ(disturbance_pin(cpus[1]), 0);
        disturbance_mark(&meter);
        disturbance_mark(&meter);
        disturbance_stop(&meter, &d);
        disturbance_close(&meter);
        EXPECT_EQ(d.migrations, 1);
        EXPECT_EQ(d.cpu_granted, cpus[1]);
        const char *reasons[DISTURBANCE_REASONS];
        EXPECT_GE(disturbance_verdict(&d, second_ns, false, reasons, DISTURBANCE_REASONS), 2u);
    });
}

TEST(Meter, ShowsThatAThreadWasPreempted)
{
    int cpu = allowed().front();
    std::atomic<bool> ready{false};
    std::atomic<bool> end{false};
    std::thread rival([&] {
        EXPECT_EQ(disturbance_pin(cpu), 0);
        ready = true;
        while (!end) {
        }
    });
    apart([&] {
        struct disturbance_meter meter;
        struct disturbance d;
        while (!ready)
            std::this_thread::yield();
        EXPECT_EQ(disturbance_pin(cpu), 0);
        EXPECT_EQ(disturbance_open(&meter, cpu), 0);
        disturbance_start(&meter);
        spin(300000000);
        disturbance_stop(&meter, &d);
        disturbance_close(&meter);
        EXPECT_GT(d.involuntary_switches, 0);
        EXPECT_LT(d.run_ns, 290000000);
        if (d.wait_ns == DISTURBANCE_UNAVAILABLE)
            GTEST_SKIP() << "this kernel keeps no account of run-queue waits";
        EXPECT_GT(d.wait_ns, 10000000);
        const char *reasons[DISTURBANCE_REASONS];
        EXPECT_GE(disturbance_verdict(&d, 300000000, false, reasons, DISTURBANCE_REASONS), 1u);
        EXPECT_EQ(std::string(reasons[0]), "run-queue wait above 1% of the interval");
    });
    end = true;
    rival.join();
}

TEST(Meter, CanBeUsedAgain)
{
    apart([] {
        struct disturbance_meter meter;
        struct disturbance first;
        struct disturbance second;
        ASSERT_EQ(disturbance_open(&meter, DISTURBANCE_ANY_CPU), 0);
        disturbance_start(&meter);
        spin(20000000);
        disturbance_stop(&meter, &first);
        disturbance_start(&meter);
        disturbance_stop(&meter, &second);
        disturbance_close(&meter);
        EXPECT_LT(second.run_ns, first.run_ns);
    });
}

/* An interval nothing happened in, pinned to cpu 3. */
struct disturbance quiet()
{
    struct disturbance d = {};
    d.cpu_requested = 3;
    d.cpu_granted = 3;
    return d;
}

struct Criterion {
    const char *name;
    void (*set)(struct disturbance *d, int64_t value);
    int64_t below; /* not yet disturbed */
    int64_t at;    /* disturbed */
    uint64_t interval_ns;
    bool by_scheduler;
};

/* Preemptions count only where the wait they cost is not known. */
void set_preemptions(struct disturbance *d, int64_t v)
{
    d->wait_ns = DISTURBANCE_UNAVAILABLE;
    d->involuntary_switches = v;
}

const Criterion criteria[] = {
    {"Wait", [](struct disturbance *d, int64_t v) { d->wait_ns = v; }, 10000000, 10000001,
     second_ns, true},
    {"Preempted", set_preemptions, 2, 3, second_ns, true},
    {"PreemptedInAShortRound", set_preemptions, 2, 3, second_ns / 10, true},
    {"PreemptedInALongRound", set_preemptions, 29, 30, 10 * second_ns, true},
    {"Steal", [](struct disturbance *d, int64_t v) { d->steal_ticks = v; }, 0, 1, second_ns, false},
    {"Misplaced", [](struct disturbance *d, int64_t v) { d->cpu_granted = static_cast<int>(v); }, 3,
     DISTURBANCE_ANY_CPU, second_ns, false},
    {"Migrated", [](struct disturbance *d, int64_t v) { d->migrations = v; }, 0, 1, second_ns,
     false},
    {"Gap", [](struct disturbance *d, int64_t v) { d->gap_max_ns = static_cast<uint64_t>(v); },
     1000000, 1000001, second_ns, true},
};

TEST(Disturbance, PreemptionsThatCostNothingAreNoDisturbance)
{
    struct disturbance d = quiet();
    d.involuntary_switches = 50;
    d.wait_ns = second_ns / 1000;
    EXPECT_EQ(disturbance_verdict(&d, second_ns, false, nullptr, 0), 0u);
}

class Verdict : public ::testing::TestWithParam<Criterion>
{
};

TEST_P(Verdict, CountsAtTheThresholdOnly)
{
    const Criterion &c = GetParam();
    const char *reason = nullptr;
    struct disturbance d = quiet();
    c.set(&d, c.below);
    EXPECT_EQ(disturbance_verdict(&d, c.interval_ns, false, &reason, 1), 0u);
    c.set(&d, c.at);
    EXPECT_EQ(disturbance_verdict(&d, c.interval_ns, false, &reason, 1), 1u);
    ASSERT_NE(reason, nullptr);
    EXPECT_STRNE(reason, "");
}

TEST_P(Verdict, TheSchedulersCriteriaDoNotApplyToASharedCpu)
{
    const Criterion &c = GetParam();
    const char *reason = nullptr;
    struct disturbance d = quiet();
    c.set(&d, c.at);
    EXPECT_EQ(disturbance_verdict(&d, c.interval_ns, true, &reason, 1), c.by_scheduler ? 0u : 1u);
}

INSTANTIATE_TEST_SUITE_P(Each, Verdict, ::testing::ValuesIn(criteria),
                         [](const auto &each) { return std::string(each.param.name); });

TEST(Evidence, AThreadThatWasNotPinnedMayMove)
{
    struct disturbance d = quiet();
    d.cpu_requested = DISTURBANCE_ANY_CPU;
    d.cpu_granted = DISTURBANCE_ANY_CPU;
    d.migrations = 100;
    EXPECT_EQ(disturbance_verdict(&d, second_ns, false, nullptr, 0), 0u);
}

TEST(Evidence, CountsReasonsThatDoNotFit)
{
    struct disturbance d = quiet();
    d.steal_ticks = 1;
    d.migrations = 1;
    const char *reasons[2] = {nullptr, nullptr};
    EXPECT_EQ(disturbance_verdict(&d, second_ns, false, reasons, 1), 2u);
    EXPECT_NE(reasons[0], nullptr);
    EXPECT_EQ(reasons[1], nullptr) << "wrote more than there is room for";
}

struct disturbance unknown()
{
    struct disturbance d = quiet();
    d.involuntary_switches = d.voluntary_switches = DISTURBANCE_UNAVAILABLE;
    d.run_ns = d.wait_ns = DISTURBANCE_UNAVAILABLE;
    d.migrations = d.steal_ticks = DISTURBANCE_UNAVAILABLE;
    d.gap_max_ns = DISTURBANCE_NO_GAP;
    return d;
}

TEST(Evidence, WhatIsUnavailableAccusesNobody)
{
    struct disturbance d = unknown();
    EXPECT_EQ(disturbance_verdict(&d, second_ns, false, nullptr, 0), 0u);
}

TEST(Json, UnavailableIsNullAndZeroIsZero)
{
    struct disturbance d = unknown();
    json_t *json = disturbance_json(&d);
    for (const char *key : {"involuntary_switches", "voluntary_switches", "run_ns", "wait_ns",
                            "migrations", "steal_ticks", "gap_max_ns"})
        EXPECT_TRUE(json_is_null(json_object_get(json, key))) << key;
    json_decref(json);

    d = quiet();
    json = disturbance_json(&d);
    for (const char *key : {"involuntary_switches", "voluntary_switches", "run_ns", "wait_ns",
                            "migrations", "steal_ticks", "gap_max_ns"}) {
        ASSERT_TRUE(json_is_integer(json_object_get(json, key))) << key;
        EXPECT_EQ(json_integer_value(json_object_get(json, key)), 0) << key;
    }
    EXPECT_EQ(json_integer_value(json_object_get(json, "cpu_requested")), 3);
    EXPECT_EQ(json_integer_value(json_object_get(json, "cpu_granted")), 3);
    json_decref(json);
}

} // namespace
