/* SPDX-License-Identifier: MIT */
/*
 * Shows that the simulator counts what it counted when tests/golden/simulate was made, for every
 * ring that moves messages, and that this comparison catches a ring with more coherence traffic.
 *
 * After a change that is meant: RINGSIDE_UPDATE_GOLDEN=1 build/tests/test_simulate_golden, and read
 * the diff.
 */
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "worse_rings.h"

#include "simulate_grid.h"

namespace
{

const std::string golden = "tests/golden/simulate/";
const size_t settings = 10; /* columns before the counts */

using Row = std::vector<std::string>;

std::vector<Row> rows_of(const std::string &csv)
{
    std::vector<Row> rows;
    std::istringstream lines(csv);
    for (std::string line, field; std::getline(lines, line);) {
        rows.emplace_back();
        for (std::istringstream rest(line); std::getline(rest, field, ',');)
            rows.back().push_back(field);
    }
    return rows;
}

std::string counts_of(const char *ring, grid_source *source)
{
    char *text = nullptr;
    size_t length = 0;
    FILE *to = open_memstream(&text, &length);
    EXPECT_EQ(grid_ring(ring, source, to), 0);
    fclose(to);
    std::string csv(text, length);
    free(text);
    return csv;
}

std::string read_golden(const char *ring)
{
    std::ostringstream text;
    text << std::ifstream(golden + ring + ".csv").rdbuf();
    return text.str();
}

struct Difference {
    Row row; /* its settings */
    std::string column;
    long long was, is;
};

std::string words_of(const Difference &d)
{
    std::ostringstream words;
    words << "ring " << d.row[0] << ", schedule " << d.row[7] << ", " << d.column << ": golden "
          << d.was << ", now " << d.is << " (";
    for (size_t i = 1; i < settings; i++)
        words << (i == 1 ? "" : " ") << d.row[i];
    words << ")";
    return words.str();
}

/* Count by count; rows must agree in their settings. */
std::vector<Difference> differences(const std::vector<Row> &was, const std::vector<Row> &is)
{
    std::vector<Difference> found;
    EXPECT_EQ(was.size(), is.size()) << "the grid has other rows than the file";
    for (size_t r = 1; r < was.size() && r < is.size(); r++) {
        EXPECT_EQ(Row(was[r].begin(), was[r].begin() + settings),
                  Row(is[r].begin(), is[r].begin() + settings));
        for (size_t c = settings; c < was[r].size() && c < is[r].size(); c++)
            if (was[r][c] != is[r][c])
                found.push_back({is[r], is[0][c], std::stoll(was[r][c]), std::stoll(is[r][c])});
    }
    return found;
}

std::vector<const char *> moving_rings()
{
    std::vector<const char *> names;
    for (size_t i = 0; i < rs_ring_table_count; i++)
        if ((rs_ring_table[i].ops->caps & RS_NO_TRANSFER) == 0)
            names.push_back(rs_ring_table[i].name);
    return names;
}

class Golden : public testing::TestWithParam<const char *>
{
};

TEST_P(Golden, CountsAreAsCheckedIn)
{
    const std::string now = counts_of(GetParam(), simulated_ring);
    if (getenv("RINGSIDE_UPDATE_GOLDEN") != nullptr)
        std::ofstream(golden + GetParam() + ".csv") << now;
    for (const Difference &d : differences(rows_of(read_golden(GetParam())), rows_of(now)))
        ADD_FAILURE() << words_of(d);
    if (HasFailure())
        ADD_FAILURE() << "if this is meant: RINGSIDE_UPDATE_GOLDEN=1 "
                         "build/tests/test_simulate_golden, and read the diff";
}

TEST_P(Golden, TenRunsAreAlike)
{
    const std::string first = counts_of(GetParam(), simulated_ring);
    for (int run = 1; run < 10; run++)
        ASSERT_EQ(counts_of(GetParam(), simulated_ring), first) << "run " << run;
}

INSTANTIATE_TEST_SUITE_P(Rings, Golden, testing::ValuesIn(moving_rings()),
                         [](const auto &ring) { return ring.param; });

/* ---- rings that cost more ------------------------------------------------------------------- */

const struct rs_ring_ops *uncached_source(const char *, int64_t)
{
    return &worse_ops_uncached;
}

const struct rs_ring_ops *meddling_source(const char *, int64_t)
{
    return &worse_ops_meddling;
}

/* Of the rows that the worse ring can be compared in: one message at a time, separation 128. */
void expect_caught(const char *ring, grid_source *source, const std::string &schedule,
                   const std::string &column)
{
    bool caught = false;
    for (const Difference &d :
         differences(rows_of(read_golden(ring)), rows_of(counts_of(ring, source)))) {
        if (d.row[2] != "1" || d.row[4] != "128" || d.row[7] != schedule || d.column != column)
            continue;
        EXPECT_GT(d.is, d.was) << words_of(d);
        if (!caught)
            printf("# caught: %s\n", words_of(d).c_str());
        caught = true;
    }
    EXPECT_TRUE(caught) << ring << " " << schedule << " " << column;
}

TEST(Worse, CachedWithoutItsCacheIsCaught)
{
    for (const char *schedule : {"lockstep", "backlog:64", "random:40"})
        expect_caught("cached", uncached_source, schedule, "consumer_transfers");
}

TEST(Worse, PaddedWhoseConsumerWritesIntoTheProducersLineIsCaught)
{
    for (const char *schedule : {"lockstep", "backlog:64", "random:40"})
        expect_caught("padded", meddling_source, schedule, "shared_transfers");
}

TEST(Worse, OneTransferMoreInTheWholeRunIsCaught)
{
    std::vector<Row> was = rows_of(read_golden("padded")), is = was;
    ASSERT_GT(was.size(), 1u);
    is[1][settings + 1] = std::to_string(std::stoll(is[1][settings + 1]) + 1);
    ASSERT_EQ(differences(was, is).size(), 1u);
    EXPECT_EQ(differences(was, is)[0].column, "producer_transfers");
}

} /* namespace */
