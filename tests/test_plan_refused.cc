/* SPDX-License-Identifier: MIT */
/*
 * Shows that a plan which cannot be run as written is refused before anything runs, with the line
 * and the way out, and that no damage to its text does worse.
 */
#include "plan_fixture.h"

namespace
{

TEST(Refused, WithLineAndNearestName)
{
    expect_refused("[cells a]\nrings = cached\n", {"x.exp:2: ", "did you mean 'ring'"});
    expect_refused("[cells a]\n\n# note\nring = cachd\n", {"x.exp:4: ", "did you mean 'cached'"});
    expect_refused("[plan]\nruonds = 3\n", {"x.exp:2: ", "did you mean 'rounds'"});
    expect_refused("[cells a]\nqqqqqqqq = 3\n", {"x.exp:2: ", "ringside list factors"});
}

TEST(Refused, BadValues)
{
    expect_refused("[cells a]\nmsg_bytes = 7\n", {"x.exp:2: ", "8 to 1048576"});
    expect_refused("[cells a]\nmsg_bytes = 8,,16\n", {"x.exp:2: ", "empty level"});
    expect_refused("[cells a]\nmsg_bytes =\n", {"x.exp:2: "});
    expect_refused("[cells a]\nmsg_bytes = *\n", {"x.exp:2: ", "only names have a wildcard"});
    expect_refused("[cells a]\nreplica = 1\n", {"x.exp:2: ", "A/A pair"});
    for (const char *rounds : {"0", "-1", "5..3", "1..2..3", "many", "1..1000000", "", "3.."})
        expect_refused(std::string("[plan]\nrounds = ") + rounds + "\n", {"x.exp:2: rounds"});
    for (const char *key : {"interval = 2", "interval = nan", "limit = 0", "limit = 1e9",
                            "repeats = -1", "repeats = 1.5", "repeats = x"})
        expect_refused(std::string("[plan]\n") + key + "\n", {"x.exp:2: "});
    expect_refused("[plan]\ntitle = \xfc\n", {"x.exp:2: ", "UTF-8"});
    expect_refused("[plan]\ntitle = " + std::string(180, 't') + "\n", {"x.exp:2: ", "longer than"});
}

TEST(Refused, WhatIsGivenAgain)
{
    expect_refused("[cells a]\nring = cached\n\nring = padded\n",
                   {"x.exp:4: ", "stands in line 2"});
    expect_refused("[plan]\nrounds = 3\nrounds = 4\n", {"x.exp:3: ", "given again"});
    expect_refused("[plan]\ntitle = one\n  two\n", {"x.exp:3: ", "one line"});
}

TEST(Refused, WhatIsNotAPlan)
{
    expect_refused("", {"no cells"});
    expect_refused("# nothing\n\n", {"no cells"});
    expect_refused("[plan]\nrounds = 3\n", {"no cells"});
    expect_refused("[cell a]\nring = cached\n", {"x.exp:2: ", "[cell a]"});
    expect_refused("ring = cached\n", {"x.exp:1: ", "neither [plan] nor"});
    expect_refused("[cells a]\nring\n", {"x.exp:2: ", "key = value"});
    expect_refused("[cells a\nring = cached\n", {"x.exp:1: "});
    expect_refused(std::string("[cells a]\nri\0ng = cached\n", 25), {"x.exp:1: ", "not text"});
    expect_refused(std::string("\x7f\x45LF\x02\x01\0\0\0", 9), {"not text"});
}

/* The reader takes lines of 199 bytes, newline included: no level may be lost beyond. */
TEST(Refused, LinesThatWouldBeCut)
{
    const std::string head = "msg_bytes = 8", tail = ", 64\n";
    for (size_t length = 190; length <= 420; length++) {
        const std::string room(length - head.size() - tail.size(), ' ');
        Plan plan("[cells a]\n" + head + room + tail);
        EXPECT_EQ(plan.err == 0, length < 200) << length;
        if (plan.err == 0) {
            EXPECT_EQ(plan.levels(FACTOR_msg_bytes), (std::set<int64_t>{8, 64})) << length;
        } else {
            EXPECT_TRUE(plan.says("x.exp:2: line is longer than 198 bytes")) << plan.why;
        }
    }
}

TEST(Refused, ALevelThatItsRingCannotRun)
{
    expect_refused("[cells a]\nring = cached\ncapacity = 1000\nplacement = 0:1\n",
                   {"x.exp:3: ", "cached", "1000", "power of two", "ringside list rings"});
    expect_refused("[cells a]\nring = padded\napi = span\n",
                   {"x.exp:3: ", "padded", "no spans", "use api = copy"});
    expect_refused("[cells a]\nring = padded\napi = held\n",
                   {"x.exp:3: ", "padded", "no push_held", "use api = copy"});
    expect_refused("[cells a]\nring = lazy\napi = held\nbatch = 32\n",
                   {"x.exp:4: ", "one message a call", "batch = 32", "use batch = 1"});
    expect_refused("[cells a]\nring = cached\ncapacity = 16\nbatch = 32\n",
                   {"x.exp:4: ", "batch = 32", "capacity = 16", "must fit"});
    expect_refused("[cells a]\nring = cached\ncapacity = 268435456\nmsg_bytes = 1048576\n",
                   {"x.exp:4: ", sizeof(size_t) < 8 ? "can be addressed" : "MiB"});
    expect_refused("[cells a]\nring = *\nbatch = 64\ncapacity = 32\n",
                   {"x.exp:4: ", "no ring can run this section"});
}

TEST(Refused, ACpuThatIsNotOurs)
{
    expect_refused("[cells a]\nplacement = 0:2\nring = cached\n",
                   {"x.exp:2: cpu 2 is not among", "ringside doctor"});
    expect_refused("[cells a]\nring = *\nplacement = 9:0\n", {"x.exp:3: cpu 9"});
}

TEST(Refused, TooMuch)
{
    std::string sections;
    for (int i = 0; i < 65; i++)
        sections += "[cells " + std::to_string(i) + "]\nring = cached\n";
    expect_refused(sections, {"x.exp:130: ", "more than 64"});
    std::string many = "[cells a]\nmsg_bytes = 8\n";
    for (int i = 9; i < 100; i++)
        many += "  " + std::to_string(i) + "\n";
    expect_refused(many, {"more than 64 levels"});
    std::string grid = "[cells a]\n"; /* 30 x 30 x 30 */
    for (const char *key : {"msg_bytes = 130\n", "capacity = 130\n", "batch = 130\n"}) {
        grid += key;
        for (int i = 1; i < 30; i++)
            grid += "  " + std::to_string(*key == 'b' ? i : 130 + i) + "\n";
    }
    expect_refused(grid + "ring = mutex\n", {"x.exp:2: ", "more than 10000 combinations"});
}

/* Plans with random damage load or are refused with a reason; nothing else may happen. */
TEST(Damaged, NeverCrashesAndAlwaysSaysWhy)
{
    const std::string whole = "[plan]\ntitle = x\nrounds = 2..3\n[cells a]\nkernel = stream\n"
                              "ring = *\nmsg_bytes = 8, 64\n  128\nplacement = 0:1, same\n";
    uint64_t rng = 1;
    for (int i = 0; i < 3000; i++) {
        std::string text = whole;
        for (uint64_t k = stats_below(&rng, 4) + 1; k > 0; k--) {
            size_t at = static_cast<size_t>(stats_below(&rng, text.size()));
            if (stats_below(&rng, 2))
                text[at] = static_cast<char>(stats_below(&rng, 256));
            else
                text.erase(at, static_cast<size_t>(stats_below(&rng, 8)));
        }
        Plan plan(text);
        ASSERT_TRUE(plan.err == 0 || plan.err == -EINVAL) << plan.err << "\n" << text;
        ASSERT_EQ(plan.err == 0, plan.why.empty() || plan.p.left_out > 0) << text;
    }
}

} /* namespace */
