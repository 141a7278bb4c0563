/* SPDX-License-Identifier: MIT */
/*
 * Shows that every name of every cpu family is one that libpfm4 knows, and that each backend counts
 * hardware events where there are any and says why it does not where there are none.
 */
#include "counter_plan.h"
#include "counters_fixture.h"
#include "measure/counters.h"
#include "measure/counters_pfm.h"
#include "measure/counters_software.h"

#include <cstring>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace
{

enum { NOT_HERE = 77 };

/* The exit status of a test of the suite Alone, run by itself with these variables: libpfm4 and
 * PAPI read them once, when they start. */
int run_alone(const std::string &test, const std::vector<std::pair<const char *, std::string>> &env)
{
    const pid_t pid = fork();
    if (pid == 0) {
        const std::string filter = "--gtest_filter=Alone.DISABLED_" + test;
        const char *const argv[] = {"test_counter_backends", filter.c_str(), "--gtest_brief=1",
                                    "--gtest_also_run_disabled_tests", nullptr};
        for (const auto &each : env)
            setenv(each.first, each.second.c_str(), 1);
        execv("/proc/self/exe", const_cast<char *const *>(argv));
        _exit(127);
    }
    int status = -1;
    EXPECT_EQ(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* The family of the table that a test which is run alone is for. */
std::string alone_for()
{
    const char *name = getenv("TEST_COUNTERS_ALONE");
    return name ? name : "";
}

struct pfm_lists {
    struct counter_table table;
    pfm_lists()
    {
        char why[512];
        EXPECT_EQ(counter_table_load(nullptr, &table, why, sizeof why), 0) << why;
    }
    ~pfm_lists()
    {
        counter_table_free(&table);
    }
};

/* Every name of family f, as that cpu's libpfm4 would be asked. */
void expect_names_resolve(const struct counter_table &t, size_t f, const char *pmu)
{
    for (size_t i = 0; i < t.n_events; i++) {
        const struct counter_event &e = t.event[i];
        char name[160], why[256];
        struct pfm_code code;
        const char *nearest;
        if (e.family != f)
            continue;
        counter_full_name(pmu, e.native, name, sizeof name);
        if (strncmp(name, COUNTERS_SOFTWARE_PREFIX, strlen(COUNTERS_SOFTWARE_PREFIX)) == 0) {
            EXPECT_GE(counters_software_find(name + strlen(COUNTERS_SOFTWARE_PREFIX), &nearest), 0)
                << name;
            continue;
        }
        EXPECT_EQ(pfm_encode(name, &code, why, sizeof why), 0) << name << ": " << why;
    }
}

TEST(Alone, DISABLED_NamesOfOneFamilyResolve)
{
    const char *pmu = getenv("LIBPFM_FORCE_PMU") ? getenv("LIBPFM_FORCE_PMU") : "perf";
    pfm_lists lists;
    char why[256];
    if (!pfm_usable(why, sizeof why) || !pfm_knows(pmu))
        _exit(NOT_HERE);
    for (size_t f = 0; f < lists.table.n_families; f++)
        if (std::string(lists.table.family[f].name) == alone_for())
            expect_names_resolve(lists.table, f, pmu);
}

TEST(Families, EveryNameResolvesInLibpfm4)
{
    pfm_lists lists;
    size_t checked = 0;
    std::string unknown;
    for (size_t f = 0; f < lists.table.n_families; f++)
        for (size_t p = 0; p < lists.table.family[f].n_pmus; p++) {
            const struct counter_family &family = lists.table.family[f];
            std::vector<std::pair<const char *, std::string>> env = {
                {"TEST_COUNTERS_ALONE", family.name}};
            if (strcmp(family.name, COUNTER_FAMILY_ANY) != 0)
                env.push_back({"LIBPFM_FORCE_PMU", family.pmu[p]});
            const int code = run_alone("NamesOfOneFamilyResolve", env);
            if (code == NOT_HERE) { /* of another architecture, or newer than this library */
                unknown += std::string(" ") + family.pmu[p];
                continue;
            }
            EXPECT_EQ(code, 0) << family.name << " on " << family.pmu[p] << ": see above";
            checked++;
        }
    char why[256];
    if (!pfm_usable(why, sizeof why))
        GTEST_SKIP() << why;
    printf("%zu PMUs checked; not known to this libpfm4:%s\n", checked, unknown.c_str());
#if defined(__x86_64__)
    EXPECT_GE(checked, 8u) << "any, and seven of x86";
#else
    EXPECT_GE(checked, 1u);
#endif
}

TEST(Families, CoverWhatIsPromised)
{
    pfm_lists lists;
    const struct counter_table &t = lists.table;
    std::set<std::string> families, groups;
    for (size_t f = 0; f < t.n_families; f++)
        families.insert(t.family[f].name);
    for (size_t g = 0; g < t.n_groups; g++)
        groups.insert(t.group[g].name);
    for (const char *name : {"any", "bdw", "skl", "icx", "spr", "zen2", "zen3", "zen4",
                             "cortex-a53", "cortex-a72", "cortex-a76"})
        EXPECT_EQ(families.count(name), 1u) << name;
    for (const char *name :
         {"cycles", "cache", "coherence", "stalls", "ordering", "tlb", "software", "perf"})
        EXPECT_EQ(groups.count(name), 1u) << name;
}

/* Names of another cpu resolve; opening fails, or (where there is a PMU) is refused or counts. */
TEST(Alone, DISABLED_AForcedCpuGivesValuesOrReasons)
{
    struct counter_plan p;
    struct counters c;
    char why[1024];
    if (!pfm_usable(why, sizeof why))
        _exit(NOT_HERE);
    ASSERT_EQ(counter_plan_open(&p, why, sizeof why), 0) << why;
    EXPECT_STREQ(p.hardware->name, getenv("RINGSIDE_COUNTERS_BACKEND"));
    EXPECT_EQ(p.family->name, alone_for());
    ASSERT_EQ(counter_plan_add(&p, "cycles,coherence", why, sizeof why), 0) << why;
    ASSERT_EQ(p.n, 2u);
    for (size_t k = 0; k < p.n; k++) {
        counters_open(&c, &p.pass[k]);
        counters_start(&c);
        counters_stop(&c);
        for (size_t i = 0; i < p.pass[k].n; i++)
            EXPECT_TRUE(c.value[i].known || c.value[i].why[0] != '\0') << p.pass[k].event[i].native;
        counters_close(&c);
    }
    counter_plan_close(&p);
}

TEST(Backends, EachExplainsWhatItCannotOpen)
{
#if !defined(__x86_64__)
    GTEST_SKIP() << "libpfm4 knows the cpus of its own architecture only";
#endif
    for (const char *backend : {"papi", "perf", "software"}) {
        const int code =
            run_alone("AForcedCpuGivesValuesOrReasons", {{"TEST_COUNTERS_ALONE", "skl"},
                                                         {"LIBPFM_FORCE_PMU", "skl"},
                                                         {"RINGSIDE_COUNTERS_BACKEND", backend}});
        EXPECT_TRUE(code == 0 || code == NOT_HERE) << backend << ": see above";
    }
}

TEST(Backends, AnUnknownOneNamesTheNearest)
{
    in_child("RINGSIDE_COUNTERS_BACKEND", "pap", [] {
        char why[512];
        EXPECT_EQ(counters_choose(why, sizeof why), nullptr);
        EXPECT_NE(strstr(why, "did you mean 'papi'"), nullptr) << why;
    });
}

TEST(Backends, OneIsAlwaysThereAndSoftwareSaysWhyNoOther)
{
    char why[512];
    const struct counters_backend *b = counters_choose(why, sizeof why);
    ASSERT_NE(b, nullptr);
    if (b == &counters_software) {
        EXPECT_NE(strstr(why, "papi"), nullptr) << why;
        EXPECT_NE(strstr(why, "perf"), nullptr) << why;
    }
}

/* The passes of a plan are the keys of its records. */
TEST(Plan, APassIsThereOnceHoweverOftenItIsNamed)
{
    struct counter_plan p;
    char why[512];
    ASSERT_EQ(counter_plan_open(&p, why, sizeof why), 0) << why;
    ASSERT_EQ(counter_plan_add(&p, "software/2,software", why, sizeof why), 0) << why;
    EXPECT_EQ(p.n, 2u);
    ASSERT_EQ(counter_plan_add(&p, "all,software,all", why, sizeof why), 0) << why;
    std::set<std::pair<std::string, size_t>> keys;
    for (size_t i = 0; i < p.n; i++)
        EXPECT_TRUE(keys.emplace(p.pass[i].group, p.pass[i].index).second)
            << p.pass[i].group << "/" << p.pass[i].index << " twice";
    EXPECT_GT(keys.size(), 2u);
    counter_plan_close(&p);
}

TEST(Hardware, CountsWhereThereIsAPmu)
{
    struct counter_plan p;
    struct counters c;
    char why[512];
    ASSERT_EQ(counter_plan_open(&p, why, sizeof why), 0) << why;
    ASSERT_EQ(counter_plan_add(&p, "cycles", why, sizeof why), 0) << why;
    counters_open(&c, &p.pass[0]);
    counters_start(&c);
    spin_20_ms();
    counters_stop(&c);
    counters_close(&c);
    const bool none = p.hardware == &counters_software;
    for (size_t i = 0; i < p.pass[0].n; i++) {
        if (none)
            EXPECT_FALSE(c.value[i].known);
        else if (c.value[i].known)
            EXPECT_GT(c.value[i].value, 1000000u) << "in 20 ms";
        else
            EXPECT_STRNE(c.value[i].why, "");
    }
    counter_plan_close(&p);
}

} /* namespace */
