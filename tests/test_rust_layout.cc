/* SPDX-License-Identifier: MIT */
/* Shows that any difference between what Rust believes of a struct and what it is, is found, and
 * said in words that name the member. */
#include "rust_layout.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace
{

class RustLayout : public testing::Test
{
  protected:
    std::vector<rust_fact> facts;
    char why[512] = "";

    void SetUp() override
    {
        size_t count = 0;
        const rust_fact *all = rust_layout_facts(&count);
        facts.assign(all, all + count);
    }
    bool differs()
    {
        return rust_layout_differs(facts.data(), facts.size(), why, sizeof why);
    }
    bool says(const std::string &words) const
    {
        return std::string(why).find(words) != std::string::npos;
    }
};

TEST_F(RustLayout, TheSameFactsAgree)
{
    EXPECT_GT(facts.size(), 10u);
    EXPECT_FALSE(differs());
    EXPECT_STREQ(why, "");
}

TEST_F(RustLayout, AnyOtherOffsetOrSizeIsFoundAndNamed)
{
    for (size_t i = 0; i < facts.size(); i++) {
        SCOPED_TRACE(facts[i].name);
        facts[i].value += 8;
        EXPECT_TRUE(differs() && says(facts[i].name));
        facts[i].value -= 8;
        facts[i].bytes *= 2;
        EXPECT_TRUE(differs() && says(facts[i].name));
        facts[i].bytes /= 2;
    }
    EXPECT_FALSE(differs());
}

TEST_F(RustLayout, ExchangedMembersAreFound)
{
    ASSERT_STREQ(facts[9].name, "side.polls");
    std::swap(facts[8].value, facts[9].value);
    EXPECT_TRUE(differs() && says("side.stuck"));
}

TEST_F(RustLayout, AMissingOrANewFactIsFound)
{
    const rust_fact last = facts.back();
    facts.pop_back();
    EXPECT_TRUE(differs() && says("facts"));
    facts.push_back(last);
    facts.push_back(last);
    EXPECT_TRUE(differs() && says("facts"));
}

} // namespace
