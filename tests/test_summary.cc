/* SPDX-License-Identifier: MIT */
/*
 * Shows that a cell's summary is what R gives for its rounds, which attempt at a round counts, what
 * a cell is held against, and that what is not available is empty in summary.csv, never 0.
 */
#include "store_fixture.h"

#include "store/summary.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <sstream>

namespace
{

class Summary : public testing::Test
{
  protected:
    void TearDown() override
    {
        summary_free(&s);
    }
    struct sample *add(const struct cell &c, int round, double ns)
    {
        struct sample item = {};
        item.cell = c;
        item.id = cell_id(&c);
        item.round = round;
        item.status = std::isnan(ns) ? SAMPLE_CRASHED : SAMPLE_OK;
        item.value = ns;
        item.messages = 1000;
        item.ring_bytes = item.fill_mean_slots = item.full_hits = NAN;
        item.empty_hits = item.rtt_p99_ns = NAN;
        items.push_back(item);
        return &items.back();
    }
    void add_attempt(const struct cell &c, int round, double ns, int attempt, bool disturbed)
    {
        struct sample *item = add(c, round, ns);
        item->attempt = attempt;
        item->disturbed = disturbed;
    }
    void add_all(const struct cell &c, const std::vector<double> &ns)
    {
        for (size_t i = 0; i < ns.size(); i++)
            add(c, static_cast<int>(i), ns[i]);
    }
    void make(struct stop_rule rule = {3, 9, 0.02, 1})
    {
        struct samples samples = {items.data(), items.size(), false};
        summary_free(&s);
        ASSERT_EQ(summary_make(&samples, &rule, &s), 0);
    }
    const struct summary_cell &find(const struct cell &c)
    {
        static const struct summary_cell none = {};
        const struct summary_cell *found = summary_find(&s, &c);
        EXPECT_NE(found, nullptr);
        return found ? *found : none;
    }
    std::string csv()
    {
        char *text = nullptr;
        size_t length = 0;
        FILE *to = open_memstream(&text, &length);
        EXPECT_EQ(summary_write_csv(&s, to), 0);
        fclose(to);
        std::string out(text, length);
        free(text);
        return out;
    }
    /* Rows by column name. */
    std::vector<std::map<std::string, std::string>> rows()
    {
        std::istringstream lines(csv());
        std::string line, word;
        std::vector<std::string> header;
        std::vector<std::map<std::string, std::string>> list;
        while (std::getline(lines, line)) {
            std::vector<std::string> words;
            std::istringstream columns(line + ",");
            while (std::getline(columns, word, ','))
                words.push_back(word);
            if (header.empty()) {
                header = words;
                continue;
            }
            EXPECT_EQ(words.size(), header.size()) << line;
            list.emplace_back();
            for (size_t i = 0; i < header.size() && i < words.size(); i++)
                list.back()[header[i]] = words[i];
        }
        return list;
    }
    std::vector<struct sample> items;
    struct summary s = {};
};

/* R: x <- c(10,12,11,15,14,13,100,9,16); median(x); mad(x, constant = 1); sort(x)[c(2, 8)];
 * 1 - 2 * pbinom(1, 9, 0.5); quantile(x, c(1, 3) / 4) are 11 and 15, so 100 is severe. */
TEST_F(Summary, IsWhatRGives)
{
    const struct cell c = cell_of({});
    add_all(c, {10, 12, 11, 15, 14, 13, 100, 9, 16});
    make();
    ASSERT_EQ(s.n, 1u);
    const struct summary_cell &cell = find(c);
    EXPECT_STREQ(cell.metric, "ns_per_msg");
    EXPECT_EQ(cell.n, 9u);
    EXPECT_EQ(cell.n_attempts, 9u);
    EXPECT_DOUBLE_EQ(cell.median.estimate, 13);
    EXPECT_DOUBLE_EQ(cell.median.lo, 10);
    EXPECT_DOUBLE_EQ(cell.median.hi, 16);
    EXPECT_DOUBLE_EQ(cell.median.coverage, 0.9609375);
    EXPECT_DOUBLE_EQ(cell.mad, 2);
    EXPECT_EQ(cell.outliers.high_severe, 1u);
    EXPECT_EQ(cell.outliers.low_mild + cell.outliers.low_severe + cell.outliers.high_mild, 0u);
}

/* The same, for rounds that were recorded in another order and among those of other cells. */
TEST_F(Summary, DoesNotDependOnTheOrderOfTheRecords)
{
    const struct cell c = cell_of({}), other = cell_of({{FACTOR_ring, "padded"}});
    const double ns[] = {10, 12, 11, 15, 14, 13, 100, 9, 16};
    for (int round : {8, 3, 0, 1, 7, 5, 6, 2, 4}) {
        add(other, round, 1);
        add(c, round, ns[round]);
    }
    make();
    ASSERT_EQ(s.n, 2u);
    EXPECT_DOUBLE_EQ(find(c).median.estimate, 13);
    for (size_t i = 0; i < 9; i++) {
        EXPECT_EQ(find(c).round[i], static_cast<int>(i));
        EXPECT_DOUBLE_EQ(find(c).value[i], ns[i]);
    }
    EXPECT_EQ(summary_find(&s, &other), &s.cell[0]) << "in the order of first appearance";
}

TEST_F(Summary, TheFirstUndisturbedAttemptCountsElseTheLast)
{
    const struct cell c = cell_of({});
    add_attempt(c, 0, 20, 0, true);
    add_attempt(c, 1, 30, 0, true);
    add_attempt(c, 2, 40, 0, true);
    add_attempt(c, 3, NAN, 0, false);
    add_attempt(c, 4, NAN, 0, false);
    add_attempt(c, 5, 60, 0, false);
    add_attempt(c, 0, 10, 1, false);  /* good at last */
    add_attempt(c, 1, 31, 1, true);   /* disturbed again: the last one */
    add_attempt(c, 2, NAN, 1, false); /* crashed: the disturbed one stays */
    add_attempt(c, 3, 50, 1, false);
    add_attempt(c, 5, 61, 1, false); /* one too many: the first stays */
    make();
    const struct summary_cell &cell = find(c);
    const double value[] = {10, 31, 40, 50, 60};
    const int round[] = {0, 1, 2, 3, 5};
    ASSERT_EQ(cell.n, 5u);
    for (size_t i = 0; i < 5; i++) {
        EXPECT_DOUBLE_EQ(cell.value[i], value[i]);
        EXPECT_EQ(cell.round[i], round[i]);
    }
    EXPECT_EQ(cell.n_attempts, 11u);
    EXPECT_EQ(cell.n_disturbed, 2u);
    EXPECT_EQ(cell.n_failed, 1u);
}

TEST_F(Summary, SaysWhyACellStopped)
{
    const struct {
        const char *ring, *stop;
        std::vector<double> ns;
    } cells[] = {
        {"mutex", "interval", {100, 101, 100, 101, 100, 101}},
        {"naive", "cap", {10, 12, 11, 15, 14, 13, 100, 9, 16}},
        {"padded", "incomplete", {10, 20, 30, 40}},
        {"cached", "failed", {NAN, NAN, NAN}},
        {"chunked", "incomplete", {NAN, NAN}},
        {"null", "cap", {NAN, 1, 9, 1, 9, 1, 9, 1, 9}},
    };
    for (const auto &each : cells)
        add_all(cell_of({{FACTOR_ring, each.ring}}), each.ns);
    make();
    for (const auto &each : cells)
        EXPECT_STREQ(find(cell_of({{FACTOR_ring, each.ring}})).stop, each.stop) << each.ring;
}

TEST_F(Summary, ACellWhoseRoundsAllFailedHasNoNumbers)
{
    const struct cell c = cell_of({});
    add_all(c, {NAN, NAN, NAN});
    make();
    const struct summary_cell &cell = find(c);
    EXPECT_EQ(cell.n, 0u);
    EXPECT_EQ(cell.n_failed, 3u);
    for (double x :
         {cell.median.estimate, cell.median.lo, cell.mad, cell.of_bound, cell.ring_bytes})
        EXPECT_TRUE(std::isnan(x));
    const std::map<std::string, std::string> row = rows().at(0);
    for (const char *column :
         {"median_ns", "ci95_lo_ns", "ci95_hi_ns", "mad_ns", "bound_ns", "of_bound", "ring_bytes",
          "fill_mean_slots", "full_hits_per_msg", "rtt_p99_ns"})
        EXPECT_EQ(row.at(column), "") << column;
    EXPECT_EQ(row.at("n"), "0");
    EXPECT_EQ(row.at("failed"), "3");
    EXPECT_EQ(row.at("stop"), "failed");
}

/* line-stream's bound is by line of 64 bytes: a message of 8 needs an eighth of one. */
TEST_F(Summary, StreamIsHeldAgainstItsShareOfALine)
{
    const std::pair<const char *, double> expected[] = {
        {"8", 1}, {"16", 2}, {"64", 8}, {"256", 32}, {"4096", 512}};
    add_all(cell_of({{FACTOR_kernel, "line-stream"}}), {7, 8, 9});
    for (const auto &each : expected)
        add_all(cell_of({{FACTOR_msg_bytes, each.first}}), {39, 40, 41});
    make();
    for (const auto &each : expected) {
        const struct summary_cell &cell = find(cell_of({{FACTOR_msg_bytes, each.first}}));
        EXPECT_DOUBLE_EQ(cell.bound, each.second) << each.first;
        EXPECT_DOUBLE_EQ(cell.of_bound, each.second / 40) << each.first;
    }
}

/* One line goes to and fro, the others of the message stream each way. */
TEST_F(Summary, RoundTripOfSeveralLinesIsHeldAgainstAllOfThem)
{
    const struct cell large = cell_of({{FACTOR_kernel, "pingpong"}, {FACTOR_msg_bytes, "4096"}});
    const struct cell small = cell_of({{FACTOR_kernel, "pingpong"}, {FACTOR_msg_bytes, "64"}});
    const struct cell spinning =
        cell_of({{FACTOR_kernel, "pingpong"}, {FACTOR_msg_bytes, "4096"}, {FACTOR_poll, "spin"}});
    add_all(cell_of({{FACTOR_kernel, "line-pingpong"}}), {100});
    add_all(cell_of({{FACTOR_kernel, "line-pingpong"}, {FACTOR_poll, "spin"}}), {100});
    add_all(cell_of({{FACTOR_kernel, "line-stream"}}), {8});
    for (const struct cell &c : {large, small, spinning})
        add_all(c, {2000});
    make();
    EXPECT_DOUBLE_EQ(find(small).bound, 100);
    EXPECT_DOUBLE_EQ(find(large).bound, 100 + 2 * 63 * 8);
    EXPECT_TRUE(std::isnan(find(spinning).bound)) << "no stream was measured that spins";
}

TEST_F(Summary, RoundTripIsHeldAgainstTheLineThatRanAtTheSamePlace)
{
    add_all(cell_of({{FACTOR_kernel, "line-pingpong"}}), {100});
    add_all(cell_of({{FACTOR_kernel, "line-pingpong"}, {FACTOR_poll, "spin"}}), {80});
    add_all(cell_of({{FACTOR_kernel, "line-pingpong"}, {FACTOR_placement, "1:0"}}), {300});
    auto bound = [this](const char *poll, const char *place) {
        return find(cell_of({{FACTOR_kernel, "pingpong"},
                             {FACTOR_poll, poll},
                             {FACTOR_placement, place}}))
            .bound;
    };
    for (const char *poll : {"pause", "spin", "yield"})
        for (const char *place : {"0:1", "1:0", "any"})
            add_all(
                cell_of(
                    {{FACTOR_kernel, "pingpong"}, {FACTOR_poll, poll}, {FACTOR_placement, place}}),
                {200});
    make();
    EXPECT_DOUBLE_EQ(bound("pause", "0:1"), 100) << "polled alike";
    EXPECT_DOUBLE_EQ(bound("spin", "0:1"), 80);
    EXPECT_TRUE(std::isnan(bound("yield", "0:1"))) << "another polling is no bound";
    EXPECT_TRUE(std::isnan(bound("spin", "1:0"))) << "another polling is no bound";
    EXPECT_TRUE(std::isnan(bound("pause", "any"))) << "not measured there";
    EXPECT_TRUE(std::isnan(find(cell_of({{FACTOR_kernel, "line-pingpong"}})).bound));
}

TEST_F(Summary, SideMetricsAreMediansOverTheRoundsThatCount)
{
    const struct cell c = cell_of({});
    for (int round = 0; round < 3; round++) {
        struct sample *item = add(c, round, 10);
        item->full_hits = 100 * (round + 1); /* of 1000 messages */
        item->ring_bytes = 8576;
        item->fill_mean_slots = round == 1 ? double(NAN) : 4 + round;
    }
    make();
    const struct summary_cell &cell = find(c);
    EXPECT_DOUBLE_EQ(cell.full_hits_per_msg, 0.2);
    EXPECT_DOUBLE_EQ(cell.ring_bytes, 8576);
    EXPECT_DOUBLE_EQ(cell.fill_mean_slots, 5) << "of 4 and 6; what is missing does not count";
    EXPECT_TRUE(std::isnan(cell.empty_hits_per_msg));
    const std::map<std::string, std::string> row = rows().at(0);
    EXPECT_EQ(row.at("full_hits_per_msg"), "0.2");
    EXPECT_EQ(row.at("empty_hits_per_msg"), "") << "not available is empty, not 0";
    EXPECT_EQ(row.at("rtt_p99_ns"), "");
}

TEST_F(Summary, FindsTheTwoHalvesOfTheNoiseFloor)
{
    const struct cell c = cell_of({}), twin = cell_of({{FACTOR_replica, "1"}});
    const struct summary_cell *pair[2];
    add_all(twin, {11});
    make();
    EXPECT_FALSE(summary_aa(&s, pair)) << "half a pair";
    add_all(cell_of({{FACTOR_ring, "mutex"}}), {10});
    add_all(c, {10});
    make();
    ASSERT_TRUE(summary_aa(&s, pair));
    EXPECT_EQ(pair[0]->id, cell_id(&c));
    EXPECT_EQ(pair[1]->id, cell_id(&twin));
}

TEST_F(Summary, PairsTheRoundsThatBothHave)
{
    const struct cell a = cell_of({}), b = cell_of({{FACTOR_ring, "padded"}});
    for (int round : {0, 1, 2, 4})
        add(a, round, 10 * (round + 1));
    for (int round : {1, 2, 3, 4})
        add(b, round, 5 * (round + 1) + (round == 4 ? 75 : 0));
    make();
    double ratio[4];
    ASSERT_EQ(summary_paired(&find(a), &find(b), ratio), 3u);
    EXPECT_DOUBLE_EQ(ratio[0], std::log(2));
    EXPECT_DOUBLE_EQ(ratio[1], std::log(2));
    EXPECT_DOUBLE_EQ(ratio[2], std::log(0.5));
    ASSERT_EQ(summary_paired(&find(b), &find(a), ratio), 3u);
    EXPECT_DOUBLE_EQ(ratio[2], std::log(2));
}

TEST_F(Summary, CsvHasAColumnForEveryFactorAndARowForEveryCell)
{
    add_all(cell_of({}), {10, 11, 12});
    add_all(cell_of({{FACTOR_kernel, "timer"}}), {20});
    make();
    const auto table = rows();
    ASSERT_EQ(table.size(), 2u);
    for (int f = 0; f < FACTORS; f++) {
        char level[64];
        const int64_t value = s.cell[0].cell.value[f];
        factor_format(static_cast<enum factor>(f), value, level, sizeof level);
        EXPECT_EQ(table[0].at(factor_table[f].name), value == FACTOR_UNUSED ? "" : level);
    }
    EXPECT_EQ(table[1].at("ring"), "") << "timer has no ring";
    EXPECT_EQ(table[1].at("capacity"), "");
    EXPECT_EQ(table[0].at("median_ns"), "11");
    EXPECT_EQ(table[0].at("ci_coverage"), "0.75") << "three rounds cover no more";
    EXPECT_EQ(csv().find("nan"), std::string::npos);
}

TEST_F(Summary, OfNothingIsAHeader)
{
    make();
    EXPECT_EQ(s.n, 0u);
    const std::string text = csv();
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
    EXPECT_EQ(text.rfind("cell,kernel,ring,", 0), 0u);
}

} /* namespace */
