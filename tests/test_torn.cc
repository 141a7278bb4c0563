/* SPDX-License-Identifier: MIT */
/*
 * A journal that is cut after every one of its bytes: what is read, what opening it again leaves,
 * and what both say.  The command's side is tests/faults/torn.
 */
#include "store/journal.h"

#include "store/counter_records.h"
#include "store/summary.h"
#include "store_fixture.h"

#include <algorithm>

namespace
{
class Torn : public FolderTest
{
  protected:
    void SetUp() override
    {
        FolderTest::SetUp();
        for (int r = 0; r < 4; r++)
            whole += line_of(good_record(cell_of({}), r, 5.0 + r));
    }
    size_t whole_lines(const std::string &text) const
    {
        return static_cast<size_t>(std::count(text.begin(), text.end(), '\n'));
    }
    std::string whole;
};

TEST_F(Torn, ReadingLosesTheTornRecordAloneAndSaysSo)
{
    const struct stop_rule rule = {1, 4, 0.02, 0};
    for (size_t cut = 0; cut <= whole.size(); cut++) {
        const std::string part = whole.substr(0, cut);
        struct samples s;
        struct summary sum;
        char why[512] = "";
        write(samples, part);
        ASSERT_EQ(samples_load(dir.c_str(), &s, why, sizeof why), 0) << cut << ": " << why;
        EXPECT_EQ(s.n, whole_lines(part)) << cut;
        EXPECT_EQ(s.torn, !part.empty() && part.back() != '\n') << cut;
        ASSERT_EQ(summary_make(&s, &rule, &sum), 0) << cut;
        EXPECT_EQ(sum.n, s.n > 0 ? 1u : 0u) << cut;
        if (sum.n > 0) {
            EXPECT_EQ(sum.cell[0].n, s.n) << cut;
        }
        summary_free(&sum);
        samples_free(&s);
    }
}

TEST_F(Torn, OpeningItAgainCutsTheTornRecordAloneAndSaysHowMuch)
{
    for (const char *name : {"samples.jsonl", "counters.jsonl"})
        for (size_t cut = 0; cut <= whole.size(); cut++) {
            const std::string part = whole.substr(0, cut);
            const size_t kept = part.rfind('\n') == std::string::npos ? 0 : part.rfind('\n') + 1;
            struct journal j = {-1, 0};
            write(dir + "/" + name, part);
            ASSERT_EQ(journal_open_file(&j, dir.c_str(), name), 0) << cut;
            EXPECT_EQ(j.torn_bytes, cut - kept) << cut;
            journal_close(&j);
            EXPECT_EQ(read(dir + "/" + name), whole.substr(0, kept)) << cut;
        }
}

/* A byte that is another one is damage, not a torn end: it is refused with its line, or the value
 * is a valid one. */
TEST_F(Torn, AChangedByteNeverCrashes)
{
    for (size_t at = 0; at < whole.size(); at++) {
        std::string changed = whole;
        changed[at] = static_cast<char>(changed[at] ^ 0x11);
        struct samples s;
        char why[512] = "";
        write(samples, changed);
        const int err = samples_load(dir.c_str(), &s, why, sizeof why);
        EXPECT_TRUE(err == 0 || err == -EINVAL) << at;
        if (err != 0) {
            EXPECT_NE(std::string(why).find("line "), std::string::npos) << why;
        }
        samples_free(&s);
    }
}
} // namespace
