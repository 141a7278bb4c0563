/* SPDX-License-Identifier: MIT */
/*
 * Shows that the bootstraps agree with full enumeration in R 4.2 (the R expression stands next to
 * each literal) and cover as often as they say, and that random numbers are unbiased.  All
 * randomness is seeded: a result is the same on every run.
 */
#include "../experiments/measure/statistics.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <vector>

namespace
{

using vec = std::vector<double>;

const double nan_value = std::numeric_limits<double>::quiet_NaN();

/* R: x <- c(12.5, 11.25, 13, 90, 12.75, 11.5, 12, 30.5, -40, 12.25, 13.5, 2, 12.1) */
const vec x = {12.5, 11.25, 13, 90, 12.75, 11.5, 12, 30.5, -40, 12.25, 13.5, 2, 12.1};
/* R: y <- c(5, 1, 4, 2) */
const vec y = {5, 1, 4, 2};

double uniform(uint64_t *rng)
{
    return (static_cast<double>(stats_next(rng) >> 11) + 0.5) * 0x1p-53;
}

double normal(uint64_t *rng) /* Box and Muller */
{
    double radius = std::sqrt(-2.0 * std::log(uniform(rng)));
    return radius * std::cos(2.0 * M_PI * uniform(rng));
}

void expect_nothing(const stats_interval &interval)
{
    EXPECT_TRUE(std::isnan(interval.estimate));
    EXPECT_TRUE(std::isnan(interval.lo));
    EXPECT_TRUE(std::isnan(interval.hi));
    EXPECT_TRUE(std::isnan(interval.coverage));
}

/* Pearson's statistic of counts that should be equal. */
double chi_square(const std::vector<size_t> &counts)
{
    double total = static_cast<double>(std::accumulate(counts.begin(), counts.end(), size_t{0}));
    double expected = total / static_cast<double>(counts.size());
    double sum = 0;
    for (size_t count : counts)
        sum += std::pow(static_cast<double>(count) - expected, 2) / expected;
    return sum;
}

/* ---- bootstrap ---------------------------------------------------------------------------- */

stats_interval bootstrap(const vec &data, stats_estimator *estimator, double confidence,
                         uint64_t seed = 1, size_t replicates = 20000)
{
    const stats_resampling how = {replicates, confidence, seed};
    stats_interval got;
    EXPECT_EQ(stats_bootstrap(data.data(), data.size(), estimator, &how, &got), 0);
    EXPECT_EQ(got.estimate, estimator(data.data(), data.size()));
    EXPECT_EQ(got.coverage, confidence);
    return got;
}

TEST(Bootstrap, AgreesWithFullEnumeration)
{
    /*
     * R: x <- c(1, 2, 4, 8, 16); g <- as.matrix(expand.grid(x, x, x, x, x))
     *    quantile(rowMeans(g), c(.025, .1, .9, .975)); quantile(apply(g, 1, median), the same)
     */
    const vec powers = {1, 2, 4, 8, 16};
    EXPECT_NEAR(bootstrap(powers, stats_mean, 0.95).lo, 2.0, 0.2);
    EXPECT_NEAR(bootstrap(powers, stats_mean, 0.95).hi, 11.4, 0.2);
    EXPECT_NEAR(bootstrap(powers, stats_mean, 0.80).lo, 3.0, 0.2);
    EXPECT_NEAR(bootstrap(powers, stats_mean, 0.80).hi, 9.6, 0.2);
    EXPECT_EQ(bootstrap(powers, stats_median, 0.95).lo, 1.0);
    EXPECT_EQ(bootstrap(powers, stats_median, 0.95).hi, 16.0);
    EXPECT_EQ(bootstrap(powers, stats_median, 0.80).lo, 2.0);
    EXPECT_EQ(bootstrap(powers, stats_median, 0.80).hi, 8.0);
}

TEST(Bootstrap, OfEqualValuesHasNoWidth)
{
    const vec same(9, 3.5);
    for (stats_estimator *estimator : {stats_mean, stats_median}) {
        EXPECT_EQ(bootstrap(same, estimator, 0.95).lo, 3.5);
        EXPECT_EQ(bootstrap(same, estimator, 0.95).hi, 3.5);
    }
}

TEST(Bootstrap, IsAFunctionOfTheSeed)
{
    EXPECT_EQ(bootstrap(x, stats_mean, 0.95, 7, 400).lo, bootstrap(x, stats_mean, 0.95, 7, 400).lo);
    EXPECT_NE(bootstrap(x, stats_mean, 0.95, 7, 400).lo, bootstrap(x, stats_mean, 0.95, 8, 400).lo);
}

TEST(Bootstrap, UsesTheRowsOfResample)
{
    const size_t replicates = 100;
    uint64_t rng = 42;
    vec means;
    std::vector<size_t> row(x.size());
    for (size_t b = 0; b < replicates; b++) {
        stats_resample(&rng, row.size(), row.data());
        double sum = 0;
        for (size_t index : row)
            sum += x.at(index);
        means.push_back(sum / static_cast<double>(row.size()));
    }
    const stats_interval got = bootstrap(x, stats_mean, 0.9, 42, replicates);
    EXPECT_NEAR(got.lo, stats_quantile(means.data(), replicates, 0.05), 1e-12);
    EXPECT_NEAR(got.hi, stats_quantile(means.data(), replicates, 0.95), 1e-12);
}

TEST(Bootstrap, RefusesWhatItCannotDo)
{
    const stats_resampling good = {40, 0.95, 1}, few = {39, 0.95, 1}, none = {0, 0.95, 1},
                           sure = {40, 1.0, 1}, zero = {40, 0.0, 1}, huge = {SIZE_MAX, 0.95, 1};
    vec holed = x;
    holed[3] = nan_value;
    stats_interval got;
    for (auto *function : {stats_bootstrap, stats_bootstrap_ratio}) {
        EXPECT_EQ(function(x.data(), x.size(), stats_mean, &good, &got), 0);
        EXPECT_FALSE(std::isnan(got.lo));
        for (const auto *bad : {&few, &none, &sure, &zero}) {
            EXPECT_EQ(function(x.data(), x.size(), stats_mean, bad, &got), -EINVAL);
            expect_nothing(got);
        }
        for (size_t n : {0u, 1u})
            EXPECT_EQ(function(x.data(), n, stats_mean, &good, &got), -EINVAL);
        EXPECT_EQ(function(holed.data(), holed.size(), stats_mean, &good, &got), -EINVAL);
        expect_nothing(got);
        EXPECT_EQ(function(x.data(), x.size(), stats_geometric_mean, &good, &got), -EDOM);
        expect_nothing(got); /* x has a negative value */
        EXPECT_EQ(function(x.data(), x.size(), stats_mean, &huge, &got), -ENOMEM);
        expect_nothing(got);
    }
    const stats_resampling ninety = {20, 0.9, 1};
    EXPECT_EQ(stats_bootstrap(x.data(), x.size(), stats_mean, &ninety, &got), 0);
}

/* ---- do intervals cover? ------------------------------------------------------------------ */

const int repetitions = 400;

/* R: pbinom(392, 400, .95) - pbinom(367, 400, .95) is 0.9956, for intervals that keep their word */
void expect_95_percent(int covered)
{
    EXPECT_GE(covered, repetitions * 92 / 100);
    EXPECT_LE(covered, repetitions * 98 / 100);
}

class Coverage : public testing::TestWithParam<stats_estimator *>
{
};

TEST_P(Coverage, OfTheBootstrapOnNormalData)
{
    uint64_t rng = 2026;
    int covered = 0;
    for (int i = 0; i < repetitions; i++) {
        vec data(50);
        for (double &value : data)
            value = 10 + normal(&rng);
        const stats_interval got = bootstrap(data, GetParam(), 0.95, stats_next(&rng), 500);
        covered += got.lo <= 10 && 10 <= got.hi;
    }
    expect_95_percent(covered);
}
INSTANTIATE_TEST_SUITE_P(Estimators, Coverage, testing::Values(stats_mean, stats_median));

TEST(CoverageExact, OfTheMedianIntervalOnSkewedData)
{
    uint64_t rng = 99;
    int covered = 0;
    for (int i = 0; i < repetitions; i++) {
        vec data(25); /* covers 95.67% */
        for (double &value : data)
            value = -std::log(uniform(&rng));
        stats_interval got;
        ASSERT_TRUE(stats_median_interval(data.data(), data.size(), 0.95, &got));
        covered += got.lo <= std::log(2.0) && std::log(2.0) <= got.hi;
    }
    expect_95_percent(covered);
}

/* ---- paired ratio ------------------------------------------------------------------------- */

TEST(Ratio, OfKnownLogs)
{
    /* R: r <- c(1.2, 1.1, 1.3, 1, 1.25, 1.15); exp(mean(log(r))); exp(median(log(r))) */
    const vec ratios = {1.2, 1.1, 1.3, 1.0, 1.25, 1.15};
    const stats_resampling how = {2000, 0.95, 5};
    stats_interval ab, ba;
    vec logs(6), swapped(6), twice(6, std::log(2.0));
    for (size_t i = 0; i < 6; i++)
        swapped[i] = -(logs[i] = std::log(ratios[i]));
    ASSERT_EQ(stats_bootstrap_ratio(logs.data(), 6, stats_median, &how, &ab), 0);
    EXPECT_NEAR(ab.estimate, 1.1747340124470731, 1e-14);
    ASSERT_EQ(stats_bootstrap_ratio(logs.data(), 6, stats_mean, &how, &ab), 0);
    EXPECT_NEAR(ab.estimate, 1.162396221259081, 1e-14);
    EXPECT_TRUE(1.0 < ab.lo && ab.lo < ab.estimate && ab.estimate < ab.hi && ab.hi < 1.3);
    ASSERT_EQ(stats_bootstrap_ratio(swapped.data(), 6, stats_mean, &how, &ba), 0);
    EXPECT_NEAR(ba.estimate * ab.estimate, 1.0, 1e-12);
    EXPECT_NEAR(ba.lo * ab.hi, 1.0, 1e-12); /* B / A is 1 over A / B, ends swapped */
    ASSERT_EQ(stats_bootstrap_ratio(twice.data(), 6, stats_mean, &how, &ab), 0);
    EXPECT_DOUBLE_EQ(ab.lo, 2.0);
    EXPECT_DOUBLE_EQ(ab.hi, 2.0);
}

/* ---- random numbers ----------------------------------------------------------------------- */

TEST(Random, IsSplitMix64)
{
    /* The first outputs of Vigna's splitmix64.c (prng.di.unimi.it) from the state 1234567. */
    const uint64_t want[] = {6457827717110365317u, 3203168211198807973u, 9817491932198370423u,
                             4593380528125082431u, 16408922859458223821u};
    uint64_t rng = 1234567;
    for (uint64_t value : want)
        EXPECT_EQ(stats_next(&rng), value);
}

/* Limits are R: qchisq(.999, cells - 1). */
TEST(Random, BoundedIntegersAreUnbiased)
{
    uint64_t rng = 3;
    std::vector<size_t> tens(10), thirds(3);
    const uint64_t third = UINT64_C(1) << 62; /* modulo 3 * 2^62, the first third comes twice */
    for (int i = 0; i < 30000; i++) {
        tens.at(static_cast<size_t>(stats_below(&rng, 10)))++;
        thirds.at(static_cast<size_t>(stats_below(&rng, 3 * third) / third))++;
    }
    EXPECT_LT(chi_square(tens), 27.877);
    EXPECT_LT(chi_square(thirds), 13.816);
    EXPECT_EQ(stats_below(&rng, 0), 0u);
    EXPECT_EQ(stats_below(&rng, 1), 0u);
}

TEST(Random, ShuffleMakesEveryOrderEquallyLikely)
{
    uint64_t rng = 11;
    std::map<std::vector<size_t>, size_t> seen;
    for (int i = 0; i < 24000; i++) {
        std::vector<size_t> order = {0, 1, 2, 3};
        stats_shuffle(&rng, order.size(), order.data());
        seen[order]++;
    }
    std::vector<size_t> counts;
    for (const auto &entry : seen) {
        counts.push_back(entry.second);
        EXPECT_TRUE(std::is_permutation(entry.first.begin(), entry.first.end(),
                                        std::vector<size_t>{0, 1, 2, 3}.begin()));
    }
    ASSERT_EQ(counts.size(), 24u);
    EXPECT_LT(chi_square(counts), 49.728);
}

TEST(Random, ResampleDrawsEveryIndexAlikeAtEveryPlace)
{
    uint64_t rng = 12;
    std::vector<size_t> row(6), counts(36);
    for (int i = 0; i < 6000; i++) {
        stats_resample(&rng, row.size(), row.data());
        for (size_t place = 0; place < row.size(); place++)
            counts.at(6 * place + row[place])++;
    }
    EXPECT_LT(chi_square(counts), 66.619);
}

TEST(Random, NoneAndOneIndex)
{
    uint64_t rng = 1;
    size_t index = 77;
    stats_shuffle(&rng, 0, nullptr);
    stats_resample(&rng, 0, nullptr);
    stats_shuffle(&rng, 1, &index);
    EXPECT_EQ(index, 77u);
    stats_resample(&rng, 1, &index);
    EXPECT_EQ(index, 0u);
}

} // namespace
