/* SPDX-License-Identifier: MIT */
/*
 * Shows that the paired contest behind `ringside select` computes what it says: medians of
 * resamples as a sort gives them, weighted means over workloads, only common rounds; that drift
 * cancels; and that its intervals cover the truth about as often as they claim.
 */
#include "../experiments/select/contest.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

namespace
{

/* One candidate in one workload, with the storage behind it. */
struct Cell {
    std::vector<double> value;
    std::vector<int> round;
    summary_cell cell{};

    explicit Cell(std::vector<double> ns, int first = 0) : value(std::move(ns))
    {
        for (size_t i = 0; i < value.size(); i++)
            round.push_back(first + static_cast<int>(i));
    }
    const summary_cell *get()
    {
        cell.n = value.size();
        cell.value = value.data();
        cell.round = round.data();
        return &cell;
    }
};

class Contest
{
  public:
    Contest(std::vector<Cell> cells, size_t workloads, std::vector<double> weight,
            size_t replicates = 4000)
        : cells_(std::move(cells))
    {
        const stats_resampling how = {replicates, 0.95, 11};
        std::vector<const summary_cell *> cell;
        for (Cell &c : cells_)
            cell.push_back(c.get());
        made = contest_make(cell.data(), cell.size() / workloads, workloads, &contest);
        costed = contest_costs(&contest, weight.data(), &how, &costs);
    }
    ~Contest()
    {
        costs_free(&costs);
        contest_free(&contest);
    }
    Contest(const Contest &) = delete;
    Contest &operator=(const Contest &) = delete;

    struct contest contest {
    };
    struct costs costs {
    };
    int made, costed;

  private:
    std::vector<Cell> cells_;
};

std::vector<double> noisy(std::mt19937_64 &rng, double ns, double sigma, size_t n)
{
    std::normal_distribution<double> normal(0, sigma);
    std::vector<double> x(n);
    for (double &v : x)
        v = ns * std::exp(normal(rng));
    return x;
}

TEST(Contest, EstimateIsTheMedianPairedRatio)
{
    Contest c({Cell({2, 4, 6, 80, 10}), Cell({1, 2, 3, 4, 5})}, 1, {1});
    EXPECT_EQ(c.made, 0);
    EXPECT_NEAR(costs_ratio(&c.costs, 0, 1).estimate, 2, 1e-12);
    EXPECT_EQ(costs_best(&c.costs), 1u);
}

TEST(Contest, CostIsTheWeightedGeometricMean)
{
    Contest c({Cell({8, 8, 8}), Cell({2, 2, 2}), Cell({4, 4, 4}), Cell({1, 1, 1})}, 2,
              {0.75, 0.25});
    EXPECT_NEAR(std::exp(c.costs.estimate[0]), std::pow(8, 0.75) * std::pow(2, 0.25), 1e-12);
    EXPECT_NEAR(std::exp(c.costs.estimate[1]), std::pow(4, 0.75), 1e-12);
}

/* The walk along sorted values is the median of the resample, whatever the resample. */
TEST(Contest, ReplicatesAreMediansOfResamples)
{
    for (size_t rounds : {6u, 7u, 13u}) {
        std::mt19937_64 rng(rounds);
        std::vector<double> a = noisy(rng, 5, 0.3, rounds), b = noisy(rng, 6, 0.3, rounds);
        Contest c({Cell(a), Cell(b)}, 1, {1}, 300);
        std::vector<size_t> index(rounds);
        uint64_t state = 11;
        for (size_t k = 0; k < 300; k++) {
            std::vector<double> log_ratio;
            stats_resample(&state, rounds, index.data());
            for (size_t i : index)
                log_ratio.push_back(std::log(a[i] / b[i]));
            EXPECT_NEAR(c.costs.replicate[k] - c.costs.replicate[300 + k],
                        stats_median(log_ratio.data(), rounds), 1e-12);
        }
    }
}

TEST(Contest, OnlyCommonRoundsTakePart)
{
    Contest c({Cell({9, 9, 1, 1, 1}, 0), Cell({2, 2, 2, 9}, 2)}, 1, {1});
    ASSERT_EQ(c.contest.rounds, 3u);
    EXPECT_EQ(c.contest.round[0], 2);
    EXPECT_NEAR(costs_ratio(&c.costs, 1, 0).hi, 2, 1e-12);
}

TEST(Contest, WithoutACommonRoundThereIsNoCost)
{
    Contest c({Cell({1, 1}, 0), Cell({1, 1}, 5)}, 1, {1});
    EXPECT_EQ(c.made, 0);
    EXPECT_EQ(c.contest.rounds, 0u);
    EXPECT_EQ(c.costed, -EINVAL);
}

TEST(Contest, DriftCancelsExactly)
{
    std::mt19937_64 rng(3);
    std::vector<double> slow = noisy(rng, 1, 1.0, 10), a = slow, b = slow;
    for (size_t i = 0; i < 10; i++) {
        a[i] *= 3;
        b[i] *= 2;
    }
    Contest c({Cell(a), Cell(b)}, 1, {1});
    stats_interval ratio = costs_ratio(&c.costs, 0, 1);
    EXPECT_NEAR(ratio.lo, 1.5, 1e-9);
    EXPECT_NEAR(ratio.hi, 1.5, 1e-9);
}

TEST(Contest, SharesCountReplicates)
{
    std::mt19937_64 rng(5);
    Contest c({Cell(noisy(rng, 5, 0.05, 10)), Cell(noisy(rng, 5, 0.05, 10)),
               Cell(noisy(rng, 9, 0.05, 10))},
              1, {1});
    EXPECT_DOUBLE_EQ(costs_share(&c.costs, 2, 0, 1.2), 0);
    EXPECT_DOUBLE_EQ(costs_share(&c.costs, 0, 2, 1), 1);
    EXPECT_DOUBLE_EQ(costs_stability(&c.costs, 2, 1.2), 0);
    EXPECT_GE(costs_stability(&c.costs, 0, 1) + costs_stability(&c.costs, 1, 1), 1);
    double within = costs_within(&c.costs, 0, 0.9);
    EXPECT_GE(costs_stability(&c.costs, 0, within * (1 + 1e-9)), 0.9);
    EXPECT_LT(costs_stability(&c.costs, 0, within * (1 - 1e-9)), 0.9);
}

/* 400 runs of 10 rounds each, five candidates: the interval of a true ratio of 1.10. */
TEST(Contest, IntervalsCoverTheTruth)
{
    std::mt19937_64 rng(17);
    int covered = 0, runs = 400;
    for (int k = 0; k < runs; k++) {
        std::vector<Cell> cells;
        for (double ns : {11.0, 10.0, 12.0, 15.0, 20.0})
            cells.emplace_back(noisy(rng, ns, 0.03, 10));
        Contest c(std::move(cells), 1, {1}, 1000);
        stats_interval ratio = costs_ratio(&c.costs, 0, 1);
        covered += ratio.lo <= 1.1 && 1.1 <= ratio.hi;
    }
    std::printf("%d of %d intervals of nominal 95%% hold the truth\n", covered, runs);
    EXPECT_GE(covered, runs * 91 / 100);
}

} // namespace
