/* SPDX-License-Identifier: MIT */
/* Shows what cells come of a plan, of its file, of --set, and of the machine.  Machines are made
 * up. */
#include "plan_fixture.h"

namespace
{

TEST(Good, AllCombinationsOfTheLevels)
{
    Plan plan("[plan]\ntitle = Ünïcode\nrounds = 3..9\ninterval = 0.05\nrepeats = 4\nlimit = 2.5\n"
              "[cells a]\nring = cached, padded\nmsg_bytes = 8,64\nplacement = 0:1\n");
    ASSERT_EQ(plan.err, 0) << plan.why;
    EXPECT_STREQ(plan.p.title, "Ünïcode");
    EXPECT_EQ(plan.p.rule.rounds_min, 3);
    EXPECT_EQ(plan.p.rule.rounds_max, 9);
    EXPECT_DOUBLE_EQ(plan.p.rule.target, 0.05);
    EXPECT_EQ(plan.p.rule.repeats, 4);
    EXPECT_DOUBLE_EQ(plan.p.limit_s, 2.5);
    const std::vector<std::string> expected = {
        "kernel=stream ring=cached placement=0:1", "kernel=stream ring=padded placement=0:1",
        "kernel=stream ring=cached msg_bytes=64 placement=0:1",
        "kernel=stream ring=padded msg_bytes=64 placement=0:1"};
    const std::vector<std::string> cells = plan.cells();
    EXPECT_EQ(std::set<std::string>(cells.begin(), cells.end()),
              std::set<std::string>(expected.begin(), expected.end()));
    EXPECT_EQ(plan.p.n, expected.size() + 2) << "the A/A pair, two cells of cached";
}

TEST(Good, OneNumberOfRounds)
{
    Plan plan("[plan]\nrounds = 5\n[cells a]\nring = cached\n");
    ASSERT_EQ(plan.err, 0) << plan.why;
    EXPECT_EQ(plan.p.rule.rounds_min, 5);
    EXPECT_EQ(plan.p.rule.rounds_max, 5);
}

TEST(Good, AListGoesOnInAnIndentedLine)
{
    for (const char *text : {"[cells a]\nmsg_bytes = 8, 16\n  32\n\t64, 128\n",
                             "[cells a]\nmsg_bytes = 8, 16,\n  # why not 24\n  32,\n  64, 128,\n",
                             "[cells a]\r\nmsg_bytes = 8, 16\r\n  32, 64, 128\r\n"}) {
        Plan plan(text);
        ASSERT_EQ(plan.err, 0) << plan.why;
        EXPECT_EQ(plan.levels(FACTOR_msg_bytes), (std::set<int64_t>{8, 16, 32, 64, 128}));
    }
}

TEST(Good, SectionsAddUpAndACellNamedTwiceIsOne)
{
    Plan plan("[cells a]\nmsg_bytes = 8, 64\n[cells b]\nmsg_bytes = 64, 128, 128\n"
              "[cells t]\nkernel = timer\ncapacity = 2, 4, 8\n");
    ASSERT_EQ(plan.err, 0) << plan.why;
    EXPECT_EQ(plan.cells().size(), 4u);
}

/* A section whose cells are all in the plan already is no section that cannot run. */
TEST(Good, ASectionMayRepeatAnotherAfterAWildcard)
{
    Plan plan("[cells a]\nring = *\napi = span\n[cells b]\nring = chunked\napi = span\n");
    EXPECT_EQ(plan.err, 0) << plan.why;
}

TEST(Good, WildcardPassesOverWhatCannotRun)
{
    Plan plan("[cells a]\nring = *\napi = span\nbatch = 8\n");
    ASSERT_EQ(plan.err, 0) << plan.why;
    EXPECT_EQ(plan.cells().size(), rings_with(RS_ZERO_COPY));
    EXPECT_EQ(plan.p.left_out, rs_ring_table_count - rings_with(RS_ZERO_COPY));
    Plan odd("[cells a]\nring = *\ncapacity = 1000, 1024\n");
    ASSERT_EQ(odd.err, 0) << odd.why;
    EXPECT_EQ(odd.p.left_out, rings_with(RS_POWER_OF_TWO));
    EXPECT_EQ(odd.cells().size(), 2 * rs_ring_table_count - rings_with(RS_POWER_OF_TWO));
}

TEST(Good, NoiseFloorIsAlwaysMeasured)
{
    const std::pair<const char *, const char *> plans[] = {
        {"[cells a]\nring = *\n", "cached"},           /* the default ring */
        {"[cells a]\nring = mutex, naive\n", "naive"}, /* else the first that is not a control */
        {"[cells a]\nring = mutex, padded\n", "padded"},
        {"[cells a]\nring = mutex\n", "mutex"}, /* nothing but a control */
        {"[cells a]\nkernel = timer, memcpy\n", "-"}};
    for (const auto &each : plans) {
        Plan plan(each.first);
        ASSERT_EQ(plan.err, 0) << plan.why;
        size_t twins = 0, halves = 0;
        for (size_t i = 0; i < plan.p.n; i++) {
            struct cell other = plan.p.cell[i];
            char ring[64];
            if (other.value[FACTOR_replica] != 1)
                continue;
            twins++;
            factor_format(FACTOR_ring, other.value[FACTOR_ring], ring, sizeof ring);
            EXPECT_STREQ(ring, each.second);
            other.value[FACTOR_replica] = 0;
            for (size_t k = 0; k < plan.p.n; k++)
                halves += cell_equal(&other, &plan.p.cell[k]);
        }
        EXPECT_EQ(twins, 1u) << each.first;
        EXPECT_EQ(halves, 1u) << each.first;
    }
}

TEST(Placement, PairIsTheFirstTwoCoresAndSameTheFirst)
{
    for (size_t cpus : {2u, 4u}) {
        EXPECT_EQ(Plan("[cells a]\nplacement = pair\n", cpus).levels(FACTOR_placement),
                  (std::set<int64_t>{PLACE(0, 1)}));
        EXPECT_EQ(Plan("[cells a]\nplacement = same\n", cpus).levels(FACTOR_placement),
                  (std::set<int64_t>{PLACE(0, 0)}));
        EXPECT_EQ(Plan("[cells a]\nplacement = any\n", cpus).levels(FACTOR_placement),
                  (std::set<int64_t>{PLACE_ANY}));
    }
}

TEST(Placement, AllIsEveryOrderedPair)
{
    for (size_t cpus : {2u, 4u}) {
        Plan plan("[cells a]\nplacement = all, any\n", cpus);
        ASSERT_EQ(plan.err, 0) << plan.why;
        EXPECT_EQ(plan.levels(FACTOR_placement).size(), cpus * (cpus - 1) + 1);
        for (int64_t place : plan.levels(FACTOR_placement))
            EXPECT_TRUE(place == PLACE_ANY || place / PLACE_CPUS != place % PLACE_CPUS);
    }
}

TEST(Placement, OneCpuRefusesPairsAndSaysWhatToUse)
{
    expect_refused("[cells a]\nring = cached\n", {"x.exp:2: ", "placement = same"}, 1);
    expect_refused("[cells a]\nplacement = pair\n", {"x.exp:2: ", "placement = same"}, 1);
    expect_refused("[cells a]\nplacement = all\n", {"x.exp:2: ", "placement = same"}, 1);
    EXPECT_EQ(Plan("[cells a]\nplacement = same, any, 0:0\n", 1).levels(FACTOR_placement),
              (std::set<int64_t>{PLACE(0, 0), PLACE_ANY}));
}

TEST(Placement, CpusNeedNotStartAtZero)
{
    Machine m(2);
    char why[512];
    struct plan p;
    m.cpus[0].cpu = m.cpus[0].core = 5;
    m.cpus[1].cpu = m.cpus[1].core = 7;
    const std::string text = "[cells a]\nplacement = pair, same, all\n";
    ASSERT_EQ(plan_parse("x", text.data(), text.size(), nullptr, &m.topology, &p, why, sizeof why),
              0)
        << why;
    std::set<int64_t> places;
    for (size_t i = 0; i < p.n; i++)
        places.insert(p.cell[i].value[FACTOR_placement]);
    EXPECT_EQ(places, (std::set<int64_t>{PLACE(5, 5), PLACE(5, 7), PLACE(7, 5)}));
    plan_free(&p);
}

TEST(Set, ReplacesTheLevelsOfEverySection)
{
    const char *text = "[cells a]\nmsg_bytes = 8, 64\n[cells b]\nkernel = pingpong\n";
    Plan plan(text, 2, {"msg_bytes=128, 256", "ring=padded"});
    ASSERT_EQ(plan.err, 0) << plan.why;
    EXPECT_EQ(plan.levels(FACTOR_msg_bytes), (std::set<int64_t>{128, 256}));
    EXPECT_EQ(plan.cells().size(), 4u);
    Plan last(text, 2, {"ring=padded", "ring=naive"});
    EXPECT_EQ(last.levels(FACTOR_ring).size(), 1u) << "the last one counts";
}

TEST(Set, IsRefusedWithItsOwnName)
{
    const char *text = "[cells a]\nring = cached\n";
    const std::pair<const char *, const char *> bad[] = {{"capacty=8", "did you mean 'capacity'"},
                                                         {"capacity=abc", "not a number"},
                                                         {"capacity", "is not FACTOR=LEVEL"},
                                                         {"=8", "unknown key"},
                                                         {"replica=1", "unknown key"},
                                                         {"capacity=", "empty level"}};
    for (const auto &each : bad) {
        Plan plan(text, 2, {each.first});
        EXPECT_EQ(plan.err, -EINVAL) << each.first;
        EXPECT_TRUE(plan.says("--set: ")) << plan.why;
        EXPECT_TRUE(plan.says(each.second)) << plan.why;
    }
    EXPECT_EQ(Plan(text, 2, {"capacity=1000"}).err, -EINVAL) << "what no ring can run";
}

/* A plan file in a folder of its own. */
class File : public testing::Test
{
  protected:
    void SetUp() override
    {
        ASSERT_NE(mkdtemp(dir), nullptr);
        path = std::string(dir) + "/mine.exp";
    }
    void TearDown() override
    {
        plan_free(&p);
        unlink(path.c_str());
        rmdir(dir);
    }
    int load(const std::string &text)
    {
        FILE *file = fopen(path.c_str(), "w");
        fwrite(text.data(), 1, text.size(), file);
        fclose(file);
        return load_named(path.c_str());
    }
    int load_named(const char *name)
    {
        Machine m(2);
        why[0] = '\0';
        return plan_load(name, nullptr, &m.topology, &p, why, sizeof why);
    }
    bool says(const char *words) const
    {
        return strstr(why, words) != nullptr;
    }
    char dir[32] = "/tmp/test_plan.XXXXXX";
    std::string path;
    char why[1024] = "";
    struct plan p = {};
};

TEST_F(File, IsNamedAfterItself)
{
    const std::string text = "[cells a]\nring = cached\n";
    ASSERT_EQ(load(text), 0) << why;
    EXPECT_STREQ(p.name, "mine");
    EXPECT_STREQ(p.title, "mine");
    EXPECT_EQ(p.text, text) << "kept as read, for plan.exp";
}

TEST_F(File, LargerThanAMebibyteIsRefused)
{
    EXPECT_NE(load(std::string((1 << 20) + 1, '#')), 0);
    EXPECT_TRUE(says("larger than 1 MiB")) << why;
    std::string most = "[cells a]\nring = cached\n";
    while (most.size() + 100 <= 1 << 20)
        most += std::string(99, '#') + "\n";
    EXPECT_EQ(load(most), 0) << why;
}

TEST_F(File, ThatCannotBeReadIsNamed)
{
    EXPECT_EQ(load_named("/nonexistent/x.exp"), -ENOENT);
    EXPECT_TRUE(says("/nonexistent/x.exp: No such file")) << why;
    EXPECT_NE(load_named(dir), 0);
    EXPECT_TRUE(says("directory")) << why;
}

TEST_F(File, UnknownBuiltInNamesTheNearest)
{
    EXPECT_EQ(load_named("quik"), -ENOENT);
    EXPECT_TRUE(says("did you mean 'quick'")) << why;
    EXPECT_EQ(load_named(std::string(300, 'q').c_str()), -ENOENT);
    EXPECT_TRUE(says("ringside list plans")) << why;
}

TEST(BuiltIn, EveryPlanLoadsHereAndWithOneCpu)
{
    char name[64], why[1024];
    size_t n = 0;
    struct topology here;
    ASSERT_EQ(topology_load(&here), 0);
    for (; plan_builtin(n, name, sizeof name) != nullptr; n++) {
        struct plan p;
        const char *same[] = {"placement=same"};
        const struct plan_override on_one = {same, 1}, as_written = {same, 0};
        ASSERT_EQ(
            plan_load(name, here.n_cpus > 1 ? &as_written : &on_one, &here, &p, why, sizeof why), 0)
            << name << ": " << why;
        EXPECT_STRNE(p.title, name) << "a title says what the plan is for";
        double seconds = 0;
        for (size_t i = 0; i < p.n; i++)
            seconds += plan_round_seconds(&p.cell[i]);
        EXPECT_GT(seconds, 0.05 * static_cast<double>(p.n));
        plan_free(&p);
        Machine one(1);
        EXPECT_EQ(plan_load(name, &on_one, &one.topology, &p, why, sizeof why), 0) << why;
        plan_free(&p);
    }
    EXPECT_GE(n, 1u);
    topology_free(&here);
}

} /* namespace */
