/* SPDX-License-Identifier: MIT */
/*
 * Shows that the histogram's buckets tile the range without gap or overlap, that a value is known
 * to within 1/64 and never reported too low, and that quantiles are R's type 1 to that precision.
 */
#include "../experiments/measure/histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <vector>

namespace
{

const uint64_t limit = HISTOGRAM_LIMIT_NS;

std::unique_ptr<histogram> filled(const std::vector<uint64_t> &values)
{
    auto h = std::make_unique<histogram>();
    std::memset(h.get(), 0xa5, sizeof *h); /* reset must not rely on what was there */
    histogram_reset(h.get());
    for (uint64_t value : values)
        histogram_record(h.get(), value);
    return h;
}

/* Xorshift: Marsaglia, Journal of Statistical Software 8(14), 2003. */
uint64_t scramble(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    return *state ^= *state << 17;
}

/* n values spread evenly over the powers of two from 1 ns to the limit. */
std::vector<uint64_t> spread(size_t n, uint64_t seed)
{
    std::vector<uint64_t> values(n);
    for (uint64_t &value : values) {
        uint64_t top = limit >> scramble(&seed) % 36;
        value = 1 + scramble(&seed) % (top - 1);
    }
    return values;
}

TEST(HistogramBuckets, TileTheRange)
{
    uint64_t lowest = 0;
    for (size_t bucket = 0; bucket < HISTOGRAM_OVERFLOW; bucket++) {
        uint64_t highest = histogram_upper_ns(bucket);
        ASSERT_LE(lowest, highest);
        ASSERT_EQ(histogram_index(lowest), bucket);
        ASSERT_EQ(histogram_index(highest), bucket);
        ASSERT_LE((highest - lowest) * 64, lowest) << "wider than 1/64 at " << lowest;
        lowest = highest + 1;
    }
    EXPECT_EQ(lowest, limit);
    EXPECT_GE(limit, UINT64_C(60000000000)) << "a minute must fit";
    for (uint64_t beyond : {limit, limit + 1, UINT64_MAX})
        EXPECT_EQ(histogram_index(beyond), static_cast<size_t>(HISTOGRAM_OVERFLOW));
    EXPECT_EQ(histogram_upper_ns(HISTOGRAM_OVERFLOW), UINT64_MAX);
}

TEST(HistogramBuckets, AreExactBelow128)
{
    for (uint64_t ns = 0; ns < 128; ns++)
        EXPECT_EQ(histogram_upper_ns(histogram_index(ns)), ns);
    EXPECT_EQ(histogram_index(128), histogram_index(129));
}

TEST(HistogramQuantile, AgreesWithRType1)
{
    /*
     * R: z <- c(3, 127, 70, 1000, 5000, 64, 100, 250, 999999, 17)
     *    quantile(z, c(0, .1, .25, .5, .75, .9, .95, 1), type = 1)
     */
    auto h = filled({3, 127, 70, 1000, 5000, 64, 100, 250, 999999, 17});
    const double q[] = {0, .1, .25, .5, .75, .9, .95, 1};
    const double want[] = {3, 3, 64, 100, 1000, 5000, 999999, 999999};
    for (size_t i = 0; i < 8; i++) {
        double got = histogram_quantile_ns(h.get(), q[i]);
        EXPECT_GE(got, want[i]) << "q " << q[i];
        EXPECT_LE(got, want[i] * 65 / 64) << "q " << q[i];
    }
    EXPECT_EQ(histogram_quantile_ns(h.get(), 1), 999999); /* not the edge of its bucket */
}

TEST(HistogramQuantile, RanksAreNotMovedByRounding)
{
    std::vector<uint64_t> values(100);
    for (size_t i = 0; i < values.size(); i++)
        values[i] = i + 1;
    auto h = filled(values);
    for (int percent = 1; percent <= 100; percent++)
        EXPECT_EQ(histogram_quantile_ns(h.get(), percent / 100.0), percent); /* 0.07 * 100 > 7 */
    EXPECT_EQ(histogram_quantile_ns(h.get(), 0.071), 8);
}

TEST(HistogramQuantile, IsWithinA64thOfTheSortedSample)
{
    std::vector<uint64_t> values = spread(20001, 5);
    auto h = filled(values);
    std::sort(values.begin(), values.end());
    for (size_t i = 0; i <= 1000; i++) { /* i / 1000 of 20001: ceil(20.001 i), in whole numbers */
        size_t rank = std::max<size_t>(1, (20001 * i + 999) / 1000);
        double exact = static_cast<double>(values[rank - 1]);
        double got = histogram_quantile_ns(h.get(), static_cast<double>(i) / 1000);
        EXPECT_GE(got, exact) << i;
        EXPECT_LE(got, exact * 65 / 64) << i;
    }
}

TEST(HistogramQuantile, OfNothingOrOutsideTheUnitIntervalIsNaN)
{
    auto empty = filled({}), one = filled({500});
    EXPECT_EQ(histogram_count(empty.get()), 0u);
    EXPECT_TRUE(std::isnan(histogram_max_ns(empty.get())));
    EXPECT_TRUE(std::isnan(histogram_quantile_ns(empty.get(), 0.5)));
    for (double q : {-0.01, 1.01, std::numeric_limits<double>::quiet_NaN()})
        EXPECT_TRUE(std::isnan(histogram_quantile_ns(one.get(), q)));
    for (double q : {0.0, 0.5, 1.0})
        EXPECT_EQ(histogram_quantile_ns(one.get(), q), 500);
}

TEST(HistogramRange, ZeroCountsAsAValue)
{
    auto h = filled({0, 0, 9});
    EXPECT_EQ(histogram_count(h.get()), 3u);
    EXPECT_EQ(histogram_quantile_ns(h.get(), 0), 0);
    EXPECT_EQ(histogram_quantile_ns(h.get(), 0.5), 0);
    EXPECT_EQ(histogram_quantile_ns(h.get(), 1), 9);
}

TEST(HistogramRange, BeyondTheLimitNothingIsLostOrFlattered)
{
    auto h = filled({10, 20, limit - 1, limit, 3 * limit});
    EXPECT_EQ(histogram_count(h.get()), 5u);
    EXPECT_EQ(h->buckets[HISTOGRAM_OVERFLOW], 2u);
    EXPECT_EQ(histogram_max_ns(h.get()), static_cast<double>(3 * limit));
    EXPECT_EQ(histogram_quantile_ns(h.get(), 0.6), static_cast<double>(limit - 1));
    EXPECT_EQ(histogram_quantile_ns(h.get(), 0.8), static_cast<double>(3 * limit));
}

TEST(HistogramMerge, EqualsRecordingInOne)
{
    std::vector<uint64_t> left = spread(3000, 1), right = spread(2000, 2);
    left.push_back(2 * limit);
    right.push_back(3 * limit);
    std::vector<uint64_t> all = left;
    all.insert(all.end(), right.begin(), right.end());
    auto one = filled(all);
    for (bool swapped : {false, true}) { /* the maximum may come from either */
        auto into = filled(swapped ? right : left), from = filled(swapped ? left : right);
        histogram_merge(into.get(), from.get());
        EXPECT_EQ(std::memcmp(into.get(), one.get(), sizeof *one), 0);
        histogram_merge(into.get(), filled({}).get());
        EXPECT_EQ(std::memcmp(into.get(), one.get(), sizeof *one), 0);
    }
}

} // namespace
