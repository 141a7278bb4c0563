/* SPDX-License-Identifier: MIT */
/*
 * Shows that location, spread, the exact interval and the outlier classes agree with R 4.2 (the R
 * expression stands next to each literal), and that what cannot be computed is never a number.
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
const double infinite = std::numeric_limits<double>::infinity();

/* R: x <- c(12.5, 11.25, 13, 90, 12.75, 11.5, 12, 30.5, -40, 12.25, 13.5, 2, 12.1) */
const vec x = {12.5, 11.25, 13, 90, 12.75, 11.5, 12, 30.5, -40, 12.25, 13.5, 2, 12.1};
/* R: y <- c(5, 1, 4, 2) */
const vec y = {5, 1, 4, 2};

void expect_nothing(const stats_interval &interval)
{
    EXPECT_TRUE(std::isnan(interval.estimate));
    EXPECT_TRUE(std::isnan(interval.lo));
    EXPECT_TRUE(std::isnan(interval.hi));
    EXPECT_TRUE(std::isnan(interval.coverage));
}

/* ---- location and spread ------------------------------------------------------------------ */

TEST(Location, AgreesWithR)
{
    EXPECT_DOUBLE_EQ(stats_median(x.data(), x.size()), 12.25);            /* median(x) */
    EXPECT_DOUBLE_EQ(stats_median(y.data(), y.size()), 3.0);              /* median(y) */
    EXPECT_DOUBLE_EQ(stats_mean(x.data(), x.size()), 14.873076923076923); /* mean(x) */
    EXPECT_DOUBLE_EQ(stats_mad(x.data(), x.size()), 0.75);                /* mad(x, constant=1) */
    EXPECT_DOUBLE_EQ(stats_mad(y.data(), y.size()), 1.5);                 /* mad(y, constant=1) */
    EXPECT_NEAR(STATS_MAD_TO_SIGMA, 1.482602218505602, 5e-6);             /* 1 / qnorm(0.75) */
    EXPECT_NEAR(stats_geometric_mean(y.data(), y.size()), 2.514866859365871, 1e-14);
    /* exp(mean(log(y))) */
}

TEST(Location, QuantilesAgreeWithRType7)
{
    /* R: p <- c(0, .01, .1, .25, 1/3, .5, .9, .95, .99, 1); quantile(x, p, type = 7) */
    const vec p = {0, .01, .1, .25, 1.0 / 3, .5, .9, .95, .99, 1};
    const vec of_x = {-40, -34.96, 3.85, 11.5, 12, 12.25, 27.1, 54.3, 82.86, 90};
    /* R: quantile(y, p, type = 7) */
    const vec of_y = {1, 1.03, 1.3, 1.75, 2, 3, 4.7, 4.85, 4.97, 5};
    for (size_t i = 0; i < p.size(); i++) {
        EXPECT_NEAR(stats_quantile(x.data(), x.size(), p[i]), of_x[i], 1e-12) << "p " << p[i];
        EXPECT_NEAR(stats_quantile(y.data(), y.size(), p[i]), of_y[i], 1e-12) << "p " << p[i];
    }
}

TEST(Location, OneAndTwoValues)
{
    const vec pair = {4, 1};
    for (double p : {0.0, 0.3, 1.0})
        EXPECT_EQ(stats_quantile(pair.data(), 1, p), 4.0);
    EXPECT_EQ(stats_mad(pair.data(), 1), 0.0);
    EXPECT_EQ(stats_median(pair.data(), 2), 2.5);
    EXPECT_EQ(stats_mad(pair.data(), 2), 1.5);
    EXPECT_DOUBLE_EQ(stats_geometric_mean(pair.data(), 2), 2.0);
}

TEST(Location, NothingAndNaNGiveNaN)
{
    stats_estimator *const all[] = {stats_mean, stats_median, stats_mad, stats_geometric_mean};
    for (stats_estimator *estimator : all) {
        EXPECT_TRUE(std::isnan(estimator(nullptr, 0)));
        for (size_t where = 0; where < y.size(); where++) {
            vec holed = y;
            holed[where] = nan_value;
            EXPECT_TRUE(std::isnan(estimator(holed.data(), holed.size())));
        }
    }
    for (double p : {-0.01, 1.01, nan_value})
        EXPECT_TRUE(std::isnan(stats_quantile(y.data(), y.size(), p)));
    for (double bad : {0.0, -1.0}) {
        const vec values = {1, bad, 2};
        EXPECT_TRUE(std::isnan(stats_geometric_mean(values.data(), values.size())));
    }
}

TEST(Location, InfinitiesAreExtremeValues)
{
    const vec tails = {infinite, 1, 2, -infinite, 3};
    EXPECT_EQ(stats_median(tails.data(), tails.size()), 2.0);
    EXPECT_EQ(stats_mad(tails.data(), tails.size()), 1.0);
    EXPECT_EQ(stats_quantile(tails.data(), tails.size(), 0.1), -infinite);
    const vec mostly = {infinite, 1, infinite};
    EXPECT_EQ(stats_median(mostly.data(), mostly.size()), infinite);
    EXPECT_TRUE(std::isnan(stats_mad(mostly.data(), mostly.size())));
}

/* ---- the exact interval of the median ----------------------------------------------------- */

struct exact {
    size_t n;
    double confidence;
    size_t rank; /* the interval is [x(rank), x(n + 1 - rank)] */
    double coverage;
};

class MedianInterval : public testing::TestWithParam<exact>
{
};

TEST_P(MedianInterval, AgreesWithR)
{
    const exact want = GetParam();
    vec ranks(want.n);
    std::iota(ranks.begin(), ranks.end(), 1.0);
    std::reverse(ranks.begin() + 1, ranks.end());
    const vec before = ranks;
    stats_interval got;
    EXPECT_EQ(stats_median_interval(ranks.data(), want.n, want.confidence, &got),
              want.coverage >= want.confidence);
    EXPECT_EQ(got.lo, static_cast<double>(want.rank));
    EXPECT_EQ(got.hi, static_cast<double>(want.n + 1 - want.rank));
    EXPECT_EQ(got.estimate, static_cast<double>(want.n + 1) / 2);
    EXPECT_NEAR(got.coverage, want.coverage, 6e-10); /* the literals have 9 places */
    EXPECT_EQ(ranks, before);
}

/*
 * R: f <- function(n, conf) { r <- max(1, which(2 * pbinom(0:(n/2), n, .5) <= 1 - conf));
 *                             c(n, conf, r, 1 - 2 * pbinom(r - 1, n, .5)) }
 *    lapply(1:50, f, .95); and the other pairs likewise
 */
const exact from_r[] = {
    {1, 0.95, 1, 0.000000000},          {2, 0.95, 1, 0.500000000},   {3, 0.95, 1, 0.750000000},
    {4, 0.95, 1, 0.875000000},          {5, 0.95, 1, 0.937500000},   {6, 0.95, 1, 0.968750000},
    {7, 0.95, 1, 0.984375000},          {8, 0.95, 1, 0.992187500},   {9, 0.95, 2, 0.960937500},
    {10, 0.95, 2, 0.978515625},         {11, 0.95, 2, 0.988281250},  {12, 0.95, 3, 0.961425781},
    {13, 0.95, 3, 0.977539062},         {14, 0.95, 3, 0.987060547},  {15, 0.95, 4, 0.964843750},
    {16, 0.95, 4, 0.978729248},         {17, 0.95, 5, 0.950958252},  {18, 0.95, 5, 0.969116211},
    {19, 0.95, 5, 0.980789185},         {20, 0.95, 6, 0.958610535},  {21, 0.95, 6, 0.973396301},
    {22, 0.95, 6, 0.983099461},         {23, 0.95, 7, 0.965310335},  {24, 0.95, 7, 0.977344155},
    {25, 0.95, 8, 0.956714749},         {26, 0.95, 8, 0.971040726},  {27, 0.95, 8, 0.980842710},
    {28, 0.95, 9, 0.964301862},         {29, 0.95, 9, 0.975880455},  {30, 0.95, 10, 0.957226055},
    {31, 0.95, 10, 0.970550627},        {32, 0.95, 10, 0.979938393}, {33, 0.95, 11, 0.964917967},
    {34, 0.95, 11, 0.975693490},        {35, 0.95, 12, 0.959040408}, {36, 0.95, 12, 0.971183280},
    {37, 0.95, 13, 0.952968973},        {38, 0.95, 13, 0.966447560}, {39, 0.95, 13, 0.976297298},
    {40, 0.95, 14, 0.961522692},        {41, 0.95, 14, 0.972466844}, {42, 0.95, 15, 0.956441478},
    {43, 0.95, 15, 0.968460503},        {44, 0.95, 16, 0.951233234}, {45, 0.95, 16, 0.964302196},
    {46, 0.95, 16, 0.974103918},        {47, 0.95, 17, 0.960013943}, {48, 0.95, 17, 0.970695053},
    {49, 0.95, 18, 0.955615839},        {50, 0.95, 18, 0.967160862}, {1000, 0.95, 469, 0.953708803},
    {100000, 0.95, 49690, 0.950444285}, {5, 0.9, 1, 0.937500000},    {20, 0.9, 6, 0.958610535},
    {101, 0.9, 42, 0.927242993},        {7, 0.99, 1, 0.984375000},   {8, 0.99, 1, 0.992187500},
    {50, 0.99, 16, 0.993399552},        {3, 0.75, 1, 0.750000000}};
INSTANTIATE_TEST_SUITE_P(R, MedianInterval, testing::ValuesIn(from_r),
                         [](const testing::TestParamInfo<exact> &tested) {
                             return "n" + std::to_string(tested.param.n) + "at" +
                                    std::to_string(std::lround(100 * tested.param.confidence));
                         });

TEST(MedianIntervalEdge, InvalidInputGivesNothing)
{
    stats_interval got;
    EXPECT_FALSE(stats_median_interval(nullptr, 0, 0.95, &got));
    expect_nothing(got);
    for (double confidence : {0.0, 1.0, -0.5, 95.0, nan_value}) {
        EXPECT_FALSE(stats_median_interval(x.data(), x.size(), confidence, &got));
        expect_nothing(got);
    }
    vec holed = x;
    holed[7] = nan_value;
    EXPECT_FALSE(stats_median_interval(holed.data(), holed.size(), 0.95, &got));
    expect_nothing(got);
}

TEST(StoppingRule, IsHalfTheIntervalOverTheMedian)
{
    const vec nine = {100, 104, 96, 102, 98, 90, 110, 101, 99}; /* n = 9: x(2) = 96, x(8) = 104 */
    EXPECT_DOUBLE_EQ(stats_ci_halfwidth_ratio(nine.data(), nine.size()), 0.04);
    vec negative(nine);
    for (double &value : negative)
        value = -value;
    EXPECT_DOUBLE_EQ(stats_ci_halfwidth_ratio(negative.data(), negative.size()), 0.04);
    const vec same(6, 7.0), zeros(6, 0.0), around_zero = {-3, -2, -1, 1, 2, 3};
    EXPECT_EQ(stats_ci_halfwidth_ratio(same.data(), same.size()), 0.0);
    EXPECT_EQ(stats_ci_halfwidth_ratio(zeros.data(), zeros.size()), 0.0);
    EXPECT_EQ(stats_ci_halfwidth_ratio(around_zero.data(), around_zero.size()), infinite);
    const vec unbounded(6, infinite);
    EXPECT_EQ(stats_ci_halfwidth_ratio(unbounded.data(), unbounded.size()), infinite);
    for (size_t n = 0; n < 6; n++)
        EXPECT_EQ(stats_ci_halfwidth_ratio(same.data(), n), infinite) << n;
    vec holed = nine;
    holed[0] = nan_value;
    EXPECT_TRUE(std::isnan(stats_ci_halfwidth_ratio(holed.data(), holed.size())));
}

/* ---- outliers ----------------------------------------------------------------------------- */

TEST(Outliers, AgreeWithRAndFencesAreInside)
{
    /*
     * R: boxplot.stats(w, coef = 1.5)$out is 16, 17.6, -20, 17.5, 7; with coef = 3, 17.6, -20.
     * With 4k + 1 values hinges are type 7 quartiles, 11.5 and 13: fences at 7, 9.25, 15.25, 17.5.
     */
    const vec w = {16,   12.25, 12,   17.6, 9.25,  12.5, -20, 13,  12,
                   11.5, 17.5,  12.5, 7,    15.25, 12,   10,  12.5};
    stats_outliers got;
    ASSERT_TRUE(stats_count_outliers(w.data(), w.size(), &got));
    EXPECT_EQ(got.low_severe, 1u);
    EXPECT_EQ(got.low_mild, 1u);
    EXPECT_EQ(got.high_mild, 2u);
    EXPECT_EQ(got.high_severe, 1u);
}

TEST(Outliers, EdgeCases)
{
    stats_outliers got;
    const vec tied = {5, 5, 5, 5, 5, 5, 5, 6, 4}, holed = {1, nan_value}, pair = {1, 1000};
    ASSERT_TRUE(stats_count_outliers(tied.data(), tied.size(), &got));
    EXPECT_EQ(got.low_severe + got.high_severe, 2u);
    EXPECT_EQ(got.low_mild + got.high_mild, 0u);
    for (size_t n : {1u, 2u}) {
        EXPECT_TRUE(stats_count_outliers(pair.data(), n, &got));
        EXPECT_EQ(got.low_severe + got.low_mild + got.high_mild + got.high_severe, 0u);
    }
    const vec unbounded(4, infinite);
    for (const vec &bad : {vec(), holed, unbounded})
        EXPECT_FALSE(stats_count_outliers(bad.data(), bad.size(), &got));
}

} // namespace
