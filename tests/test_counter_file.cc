/* SPDX-License-Identifier: MIT */
/* Shows what a counters file of the user's adds, what it replaces, and how it is refused; and which
 * passes come of groups. */
#include "counter_file.h"
#include "counter_plan.h"
#include "measure/counters_pfm.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <unistd.h>
#include <vector>

namespace
{

/* The built-in table with `text` over it. */
struct Table {
    explicit Table(const std::string &text)
    {
        EXPECT_EQ(counter_table_load(nullptr, &t, why, sizeof why), 0) << why;
        err = counter_table_parse(&t, "my.ini", 1, text.data(), text.size(), why, sizeof why);
    }
    ~Table()
    {
        counter_table_free(&t);
    }
    Table(const Table &) = delete;
    Table &operator=(const Table &) = delete;

    bool says(const char *words) const
    {
        return strstr(why, words) != nullptr;
    }
    const struct counter_family *family(const char *pmu) const
    {
        char names[1][32];
        snprintf(names[0], sizeof names[0], "%s", pmu);
        return counter_family_of(&t, names, 1);
    }
    std::vector<std::string> events(const char *pmu, const char *group) const
    {
        const struct counter_event *list[64];
        const char *near;
        const size_t n = counter_events(
            &t, family(pmu), static_cast<size_t>(counter_group_find(&t, group, &near)), list, 64);
        std::vector<std::string> all;
        for (size_t i = 0; i < n; i++)
            all.push_back(std::string(list[i]->label) + "=" + list[i]->native);
        return all;
    }
    struct counter_table t = {};
    char why[512] = "";
    int err;
};

using List = std::vector<std::string>;

TEST(Good, AFamilyIsThreeLines)
{
    Table t("[family mine]\npmu = my_pmu\ncoherence = snoops = SNOOP:HIT, OTHER\n");
    ASSERT_EQ(t.err, 0) << t.why;
    EXPECT_STREQ(t.family("my_pmu")->name, "mine");
    EXPECT_EQ(t.events("my_pmu", "coherence"), (List{"snoops=SNOOP:HIT", "OTHER=OTHER"}));
    EXPECT_EQ(t.events("my_pmu", "cycles"),
              (List{"cycles=perf::CYCLES", "instructions=perf::INSTRUCTIONS"}))
        << "from any";
    EXPECT_EQ(t.events("my_pmu", "software").size(), 7u);
    EXPECT_TRUE(t.events("my_pmu", "ordering").empty()) << "any has none";
}

TEST(Good, AGroupOfAFamilyIsReplacedAndTheRestStays)
{
    Table t("[groups]\nfaults = my own\n[family skl]\ncycles = c = CPU_CLK_UNHALTED:THREAD_P\n"
            "faults = f = software::minor-faults,\n  g = software::run-ns\n");
    ASSERT_EQ(t.err, 0) << t.why;
    EXPECT_EQ(t.events("skl", "cycles"), (List{"c=CPU_CLK_UNHALTED:THREAD_P"}));
    EXPECT_EQ(t.events("skl", "faults"), (List{"f=software::minor-faults", "g=software::run-ns"}));
    EXPECT_EQ(t.events("skl", "cache").size(), 6u);
    EXPECT_EQ(t.events("amd64_fam19h_zen4", "cycles").size(), 2u);
}

TEST(Good, TheUsersFamilyComesBeforeTheBuiltInOfTheSamePmu)
{
    Table t("[family better]\npmu = skl\n");
    ASSERT_EQ(t.err, 0) << t.why;
    EXPECT_STREQ(t.family("skl")->name, "better");
    EXPECT_STREQ(t.family("no_such_pmu")->name, "any");
}

TEST(Bad, EachHasFileAndLineAndTheNearestName)
{
    const struct {
        const char *text, *where, *words;
        bool needs_pfm;
    } bad[] = {
        {"[family skl]\ncylces = X\n", "my.ini:2: ", "did you mean 'cycles'", false},
        {"[family skl]\npmus = X\n", "my.ini:2: ", "did you mean 'pmu'", false},
        {"[famly skl]\npmu = X\n", "my.ini:2: ", "neither [groups] nor [family NAME]", false},
        {"[groups]\nall = x\n", "my.ini:2: ", "cannot name a group", false},
        {"[family a b]\npmu = x\n", "my.ini:2: ", "cannot name a family", false},
        {"[family new]\ncycles = X\n", "my.ini:2: ", "has no pmu", false},
        {"[family skl]\ncycles = a = b = c\n", "my.ini:2: ", "neither EVENT nor LABEL", false},
        {"[family skl]\ncycles = a = = \n", "my.ini:2: ", "neither EVENT nor LABEL", false},
        {"[family skl]\n\ntlb = A, A\n", "my.ini:3: ", "in the group already", false},
        {"[family skl]\npmu = a, b, c, d, e\n", "my.ini:2: ", "up to 4 names", false},
        {"[family any]\nsoftware = software::minor-fault\n",
         "my.ini:2: ", "did you mean 'minor-faults'", false},
        {"[family skl]\ncycles = CPU_CLK_UNHALTD:THREAD_P\n",
         "my.ini:2: ", "did you mean 'CPU_CLK_UNHALTED'", true},
        {"[family zen4]\ncoherence =\n  ANY_DATA_CACHE_FILLS_FROM_SYSTEM:LOCAL_CXC\n",
         "my.ini:3: ", "did you mean 'LOCAL_CCX'", true},
        {"[family any]\ncycles = perf::CYCLE\n", "my.ini:2: ", "did you mean 'CYCLES'", true},
    };
    for (const auto &each : bad) {
        if (each.needs_pfm && !pfm_knows("skl"))
            continue;
        Table t(each.text);
        EXPECT_NE(t.err, 0) << each.text;
        EXPECT_TRUE(t.says(each.where)) << each.text << t.why;
        EXPECT_TRUE(t.says(each.words)) << each.text << t.why;
    }
}

TEST(Bad, AFileThatIsNotThere)
{
    struct counter_table t;
    char why[512] = "";
    EXPECT_NE(counter_table_load("/nonexistent/x.ini", &t, why, sizeof why), 0);
    EXPECT_NE(strstr(why, "/nonexistent/x.ini"), nullptr) << why;
}

struct Plan {
    Plan()
    {
        EXPECT_EQ(counter_plan_open(&p, why, sizeof why), 0) << why;
    }
    ~Plan()
    {
        counter_plan_close(&p);
    }
    Plan(const Plan &) = delete;
    Plan &operator=(const Plan &) = delete;
    int add(const char *groups)
    {
        return counter_plan_add(&p, groups, why, sizeof why);
    }
    struct counter_plan p = {};
    char why[1024] = "";
};

TEST(Passes, AGroupIsSplitByFour)
{
    Plan plan;
    ASSERT_EQ(plan.add("software, perf"), 0) << plan.why;
    ASSERT_EQ(plan.p.n, 3u);
    const size_t events[] = {4, 3, 4};
    for (size_t i = 0; i < 3; i++) {
        EXPECT_EQ(plan.p.pass[i].n, events[i]);
        EXPECT_EQ(plan.p.pass[i].index, i == 1 ? 2u : 1u);
        EXPECT_EQ(plan.p.pass[i].of, i < 2 ? 2u : 1u);
    }
    EXPECT_STREQ(plan.p.pass[1].event[2].label, "slices");
    EXPECT_STREQ(plan.p.pass[1].event[2].native, "software::slices");
}

TEST(Passes, OneByItsNumber)
{
    Plan plan;
    ASSERT_EQ(plan.add("software/2"), 0) << plan.why;
    ASSERT_EQ(plan.p.n, 1u);
    EXPECT_EQ(plan.p.pass[0].index, 2u);
    for (const char *bad : {"software/3", "software/0", "software/x", "software/1x"})
        EXPECT_NE(Plan().add(bad), 0) << bad;
}

TEST(Passes, AllIsEveryGroupAndNoneIsTooLong)
{
    Plan plan;
    ASSERT_EQ(plan.add("all"), 0) << plan.why;
    EXPECT_GE(plan.p.n, 3u);
    for (size_t i = 0; i < plan.p.n; i++) {
        EXPECT_GE(plan.p.pass[i].n, 1u);
        EXPECT_LE(plan.p.pass[i].n, static_cast<size_t>(COUNTERS_PASS_MAX));
    }
}

TEST(Passes, AnUnknownGroupNamesTheNearest)
{
    Plan plan;
    char why[512] = "";
    EXPECT_NE(plan.add("cache,softwar"), 0);
    EXPECT_NE(strstr(plan.why, "did you mean 'software'"), nullptr) << plan.why;
    EXPECT_NE(plan.add(""), 0);
    EXPECT_NE(counter_groups_check("coherense", why, sizeof why), 0);
    EXPECT_NE(strstr(why, "did you mean 'coherence'"), nullptr) << why;
    EXPECT_EQ(counter_groups_check("all, software/2", why, sizeof why), 0) << why;
}

} /* namespace */
