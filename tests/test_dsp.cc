/* SPDX-License-Identifier: MIT */
/*
 * Shows that every implementation of the filter agrees with the portable one to within rounding and
 * with scipy's result, that no cut of the stream into calls and no stride changes a bit of what it
 * gives, and that it reads nothing past its input; and that taps are read as written or refused.
 * Reference: tests/golden/dsp/make-reference.
 */
#include "graph/nodes/fir.h"
#include "graph/nodes/power.h"
#include "graph/nodes/wav.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <random>
#include <string>
#include <vector>

namespace
{

using samples = std::vector<float>;

samples noise(size_t n, unsigned seed)
{
    std::mt19937 random(seed);
    std::normal_distribution<float> normal;
    samples x(n);
    for (float &v : x)
        v = normal(random);
    return x;
}

/* A filter that frees itself. */
struct filter {
    struct fir fir;
    filter(const fir_implementation *with, const samples &taps)
    {
        EXPECT_EQ(0, fir_init(&fir, with, taps.data(), taps.size()));
    }
    ~filter()
    {
        fir_fini(&fir);
    }
};

samples filtered(const fir_implementation *with, const samples &taps, const samples &x)
{
    filter f(with, taps);
    samples y(x.size());
    fir_run(&f.fir, x.data(), sizeof(float), y.data(), sizeof(float), x.size());
    return y;
}

/* By definition, in double; *bound is the sum of |x||h|. */
double by_definition(const samples &taps, const samples &x, size_t i, double *bound)
{
    double sum = 0;
    *bound = 0;
    for (size_t k = 0; k < taps.size() && k <= i; k++) {
        double term = (double)taps[k] * (double)x[i - k];
        sum += term;
        *bound += std::fabs(term);
    }
    return sum;
}

/* ---- every implementation of the filter ------------------------------------------------------ */

std::vector<const fir_implementation *> all_implementations()
{
    std::vector<const fir_implementation *> all;
    for (size_t i = 0; fir_implementation_at(i) != nullptr; i++)
        all.push_back(fir_implementation_at(i));
    return all;
}

class Fir : public testing::TestWithParam<const fir_implementation *>
{
  protected:
    void SetUp() override
    {
        if (!GetParam()->available())
            GTEST_SKIP() << "this cpu has no " << GetParam()->name;
    }
};

INSTANTIATE_TEST_SUITE_P(All, Fir, testing::ValuesIn(all_implementations()),
                         [](const auto &entry) { return std::string(entry.param->name); });

TEST_P(Fir, AgreesWithThePortableOneAndTheDefinition)
{
    for (size_t n_taps : {1U, 2U, 3U, 7U, 8U, 31U, 127U, 128U, 1000U}) {
        samples taps = noise(n_taps, 1), x = noise(3001, 2);
        samples y = filtered(GetParam(), taps, x);
        samples portable = filtered(fir_implementation_at(0), taps, x);
        for (size_t i = 0; i < x.size(); i++) {
            double bound, want = by_definition(taps, x, i, &bound);
            ASSERT_NEAR(want, y[i], 1e-5 * bound) << n_taps << " taps, sample " << i;
            ASSERT_NEAR(portable[i], y[i], 1e-5 * bound) << n_taps << " taps, sample " << i;
        }
    }
}

TEST_P(Fir, NoCutOfTheStreamChangesABit)
{
    samples x = noise(3 * FIR_BLOCK + 17, 3);
    for (size_t n_taps : {1U, 2U, 64U, 127U, 5000U}) {
        samples taps = noise(n_taps, 4), whole = filtered(GetParam(), taps, x);
        for (size_t most : {1U, 2U, 7U, 64U, 1000U}) {
            filter f(GetParam(), taps);
            std::mt19937 random((unsigned)most);
            samples y(x.size());
            for (size_t at = 0, n; at < x.size(); at += n) {
                n = std::min(x.size() - at, 1 + random() % most);
                fir_run(&f.fir, &x[at], sizeof(float), &y[at], sizeof(float), n);
            }
            ASSERT_EQ(0, std::memcmp(whole.data(), y.data(), y.size() * sizeof(float)))
                << n_taps << " taps in calls of up to " << most;
        }
    }
}

TEST_P(Fir, StridesDoNotMatter)
{
    samples taps = noise(33, 5), x = noise(2500, 6), want = filtered(GetParam(), taps, x);
    samples spread_in(3 * x.size(), NAN), spread_out(5 * x.size(), 42);
    filter f(GetParam(), taps);
    for (size_t i = 0; i < x.size(); i++)
        spread_in[3 * i] = x[i];
    fir_run(&f.fir, spread_in.data(), 3 * sizeof(float), spread_out.data(), 5 * sizeof(float),
            x.size());
    for (size_t i = 0; i < spread_out.size(); i++)
        ASSERT_EQ(i % 5 == 0 ? want[i / 5] : 42, spread_out[i]) << i;
}

/* The input ends where a page ends that is followed by none. */
TEST_P(Fir, ReadsNothingPastItsInput)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE), most = 100, n_taps = 9;
    auto *map =
        (char *)mmap(nullptr, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ASSERT_NE(MAP_FAILED, (void *)map);
    ASSERT_EQ(0, munmap(map + page, page));
    samples taps(n_taps, 1);
    for (size_t n = 1; n <= most; n++) {
        float *x = (float *)(map + page) - (n + n_taps - 1);
        std::fill(x, (float *)(map + page), 1.0F);
        samples y(n + 1, 42);
        GetParam()->run(taps.data(), n_taps, x, y.data(), n);
        for (size_t i = 0; i < n; i++)
            ASSERT_EQ((float)n_taps, y[i]);
        ASSERT_EQ(42, y[n]) << "wrote past its output of " << n;
    }
    munmap(map, page);
}

TEST_P(Fir, AgreesWithScipy)
{
    char why[200];
    struct wav wav;
    FILE *f = fopen("tests/golden/dsp/synthetic.wav", "rb");
    ASSERT_NE(nullptr, f);
    ASSERT_EQ(0, wav_read_header(f, &wav, why, sizeof why)) << why;
    std::vector<unsigned char> frames((size_t)wav.frames * wav.frame_bytes);
    ASSERT_EQ(frames.size(), fread(frames.data(), 1, frames.size(), f));
    fclose(f);
    samples x((size_t)wav.frames), taps(127);
    wav_convert(&wav, frames.data(), 0, x.data(), x.size());
    fir_lowpass(taps.data(), taps.size(), 8000, wav.rate_hz);
    samples y = filtered(GetParam(), taps, x);

    std::ifstream reference("tests/golden/dsp/synthetic.fir");
    std::string comment, word;
    size_t n = 0, step = 0;
    std::getline(reference, comment);
    reference >> word >> n >> word >> step;
    ASSERT_EQ(x.size(), n);
    for (size_t i = 0; i < n; i += step) {
        double want = NAN, bound;
        reference >> want;
        by_definition(taps, x, i, &bound);
        ASSERT_NEAR(want, y[i], 1e-6 * bound) << i;
    }
}

/* ---- taps --------------------------------------------------------------------------------------
 */

TEST(Taps, AreReadAsWritten)
{
    char why[200] = "";
    float *taps = nullptr;
    size_t n = 0;
    ASSERT_EQ(0, fir_taps_parse("0.25, .5,-1e-3\n# half\n7 # seven\n", &taps, &n, why, sizeof why));
    EXPECT_EQ((samples{0.25F, .5F, -1e-3F, 7}), samples(taps, taps + n));
    free(taps);
}

TEST(Taps, WhatIsNoNumberIsRefusedByNameAndPlace)
{
    for (const char *text : {"1,2,x", "1,2,3y", "1,2,nan", "1,2,inf", "1,2,1e99"}) {
        char why[200] = "";
        float *taps = nullptr;
        size_t n = 0;
        EXPECT_EQ(-EINVAL, fir_taps_parse(text, &taps, &n, why, sizeof why)) << text;
        EXPECT_EQ(nullptr, taps);
        EXPECT_NE(nullptr, strstr(why, "tap 3")) << why;
        EXPECT_NE(nullptr, strstr(why, text + 4)) << why;
    }
    for (const char *text : {"", "  \n", "# nothing", ","}) {
        char why[200] = "";
        float *taps = nullptr;
        size_t n = 0;
        EXPECT_EQ(-EINVAL, fir_taps_parse(text, &taps, &n, why, sizeof why)) << text;
        EXPECT_NE(nullptr, strstr(why, "no taps")) << why;
    }
}

TEST(Taps, AFileThatCannotBeReadIsRefused)
{
    char why[200] = "";
    float *taps = nullptr;
    size_t n = 0;
    EXPECT_EQ(-ENOENT, fir_taps_read("/nonexistent/taps", &taps, &n, why, sizeof why));
    EXPECT_NE(nullptr, strstr(why, "No such file")) << why;
    EXPECT_EQ(-EISDIR, fir_taps_read("/", &taps, &n, why, sizeof why));
    EXPECT_EQ(nullptr, taps);
}

TEST(Taps, NoneOrTooManyAreRefusedByTheFilter)
{
    struct fir f;
    float one = 1;
    EXPECT_EQ(-EINVAL, fir_init(&f, fir_fastest(), &one, 0));
    EXPECT_EQ(-EINVAL, fir_init(&f, fir_fastest(), &one, (size_t)FIR_TAPS_MAX + 1));
    fir_fini(&f);
}

TEST(Taps, TheLowPassHasUnityGainAndIsSymmetric)
{
    for (size_t n : {1U, 2U, 64U, 127U}) {
        samples taps(n);
        double sum = 0;
        fir_lowpass(taps.data(), n, 8000, 48000);
        for (size_t i = 0; i < n; i++) {
            sum += (double)taps[i];
            EXPECT_NEAR(taps[i], taps[n - 1 - i], 1e-7);
        }
        EXPECT_NEAR(1, sum, 1e-6) << n;
    }
}

TEST(Power, IsTheSquaredMagnitude)
{
    const float in[] = {3, 4, -1, 0, 0, 2, 0, 0};
    float to[4];
    power_of(in, to, 4);
    EXPECT_EQ((samples{25, 1, 4, 0}), samples(to, to + 4));
}

} // namespace
