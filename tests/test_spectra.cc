/* SPDX-License-Identifier: MIT */
/*
 * Shows that map.fft and map.power put tones and frames where they belong, and that the chain of
 * docs/spectrogram.graph gives numpy's and scipy's figures: tests/golden/dsp/make-reference.
 */
#include "node_fixture.h"

#include <cmath>

namespace
{

class Spectra : public Nodes
{
  protected:
    void SetUp() override
    {
        Nodes::SetUp();
        if (add("probe", "map.fft") == nullptr && says(error(), {"not in this build"}))
            GTEST_SKIP() << error();
        begin();
    }
    /* The power frames of x, one after another. */
    samples power(const samples &x, const settings &fft, const rs_edge_options *o = nullptr)
    {
        bytes got;
        begin();
        EXPECT_EQ("",
                  run({add_feed(&x), add("fft", "map.fft", fft),
                       add("power", "map.power", {{"size", fft.at("size")}}), add_collect(&got)},
                      o));
        return floats(got);
    }
    void compare(const std::string &wav, const std::string &golden);
};

TEST_F(Spectra, AToneIsOneBin)
{
    samples x(4 * 64);
    for (size_t i = 0; i < x.size(); i++)
        x[i] = (float)std::cos(2 * M_PI * 5 * (double)i / 64);
    samples p = power(x, {{"size", "64"}, {"hop", "64"}, {"window", "none"}});
    ASSERT_EQ(4 * 33U, p.size());
    for (size_t i = 0; i < p.size(); i++)
        ASSERT_NEAR(i % 33 == 5 ? 32 * 32 : 0, p[i], 1e-3) << i;
}

/* A ramp without window: bin 0 is the squared sum, which tells where a frame lies. */
TEST_F(Spectra, FramesLieWhereHopSays)
{
    samples x = ramp(1000);
    rs_edge_options narrow = {};
    narrow.capacity = 1;
    for (const rs_edge_options *o :
         {(const rs_edge_options *)nullptr, (const rs_edge_options *)&narrow})
        for (size_t hop : {1U, 3U, 8U, 16U, 50U, 984U, 985U}) {
            samples p =
                power(x, {{"size", "16"}, {"hop", std::to_string(hop)}, {"window", "none"}}, o);
            ASSERT_EQ(9 * ((1000 - 16) / hop + 1), p.size()) << hop;
            for (size_t k = 0; k < p.size() / 9; k++) {
                double sum = 16 * (double)(k * hop) + 15 * 16 / 2;
                ASSERT_NEAR(1, p[9 * k] / (sum * sum), 1e-5) << "hop " << hop << " frame " << k;
            }
        }
}

/* The input has ended long before there is room for the last frames. */
TEST_F(Spectra, TheLastFrameWaitsForRoom)
{
    samples x = ramp(40);
    rs_edge_options narrow = {};
    bytes got;
    narrow.capacity = 1;
    ASSERT_EQ("", run({add_feed(&x), add("fft", "map.fft", {{"size", "16"}, {"hop", "1"}}),
                       add("spin", "map.spin", {{"ns", "300000"}}), add_collect(&got)},
                      &narrow));
    EXPECT_EQ(25 * 9 * 2 * sizeof(float), got.size());
}

TEST_F(Spectra, AStreamShorterThanAFrameHasNone)
{
    EXPECT_EQ(samples(), power(ramp(15), {{"size", "16"}}));
    EXPECT_EQ(9U, power(ramp(16), {{"size", "16"}}).size());
    EXPECT_EQ(9U, power(ramp(23), {{"size", "16"}}).size());
}

TEST_F(Spectra, WhatCannotBeTransformedIsRefused)
{
    EXPECT_EQ(nullptr, add("fft", "map.fft", {{"size", "15"}}));
    EXPECT_TRUE(says(error(), {"fft", "size", "15", "even"}));
    EXPECT_EQ(nullptr, add("fft", "map.fft", {{"window", "hamming"}}));
    EXPECT_TRUE(says(error(), {"fft", "hamming", "hann", "none"}));
}

TEST_F(Spectra, FramesOfAnotherSizeAreRefused)
{
    samples x = ramp(10);
    bytes got;
    std::string why = run({add_feed(&x), add("fft", "map.fft", {{"size", "64"}}),
                           add("power", "map.power", {{"size", "128"}}), add_collect(&got)});
    EXPECT_TRUE(says(why, {"fft", "power", "c32[33]", "c32[65]"}));
}

/*
 * Float against double.  A bin may differ by 1e-4 of itself; rounding of the frame's greatest bin
 * spills into all others, so for bins below 1e-5 of the greatest (-50 dB) it is 1e-4 of that.
 */
constexpr double tolerance = 1e-4, floor_of_max = 1e-5;

uint64_t fnv1a(const bytes &data)
{
    uint64_t h = 0xcbf29ce484222325;
    for (char c : data)
        h = (h ^ (unsigned char)c) * 0x100000001b3;
    return h;
}

/* What make-reference stored. */
struct reference {
    uint64_t input_fnv1a = 0;
    size_t frames = 0, bins = 0, step = 1;
    struct frame {
        size_t number;
        double greatest;
        std::vector<double> bin; /* every step-th */
    };
    std::vector<frame> frame;
};

reference load(const std::string &path)
{
    reference r;
    std::ifstream f(path);
    std::string line, word, hash;
    std::getline(f, line);
    std::getline(f, line);
    f >> word >> hash >> word >> r.frames >> word >> r.bins >> word >> r.step;
    r.input_fnv1a = std::stoull(hash, nullptr, 16);
    struct reference::frame next;
    while (f >> next.number >> next.greatest) {
        next.bin.resize((r.bins - 1) / r.step + 1);
        for (double &p : next.bin)
            f >> p;
        r.frame.push_back(next);
    }
    return r;
}

/* How much of what it may differ the worst bin does. */
double worst_of_allowed(const reference &r, const samples &p)
{
    double worst = 0;
    for (const auto &frame : r.frame)
        for (size_t i = 0; i < frame.bin.size(); i++) {
            double allowed = tolerance * std::max(frame.bin[i], floor_of_max * frame.greatest);
            double off = std::fabs((double)p[frame.number * r.bins + i * r.step] - frame.bin[i]);
            worst = std::max(worst, allowed > 0 ? off / allowed : off > 0 ? INFINITY : 0);
        }
    return worst;
}

void Spectra::compare(const std::string &wav, const std::string &golden)
{
    reference r = load(golden);
    ASSERT_FALSE(r.frame.empty()) << golden;
    if (r.input_fnv1a != fnv1a(read(wav)))
        GTEST_SKIP() << wav << " is not the file that the reference was made of";
    std::string out = dir + "power.f32";
    ASSERT_EQ(
        "", run({add("wav", "source.file", {{"path", wav}}),
                 add("fir", "map.fir", {{"lowpass", "8000"}, {"rate", "48000"}, {"length", "127"}}),
                 add("fft", "map.fft", {{"size", "512"}, {"hop", "256"}}),
                 add("power", "map.power", {{"size", "512"}}),
                 add("file", "sink.file", {{"path", out}})}));
    samples p = floats(read(out));
    ASSERT_EQ(r.frames * r.bins, p.size());
    double worst = worst_of_allowed(r, p);
    EXPECT_LE(worst, 1);
    printf("the worst bin uses %.3g of what is allowed\n", worst);
}

TEST_F(Spectra, TheSyntheticSoundIsAsNumpyHasIt)
{
    compare("tests/golden/dsp/synthetic.wav", "tests/golden/dsp/synthetic.power");
}

TEST_F(Spectra, TheSpokenWordsAreAsNumpyHasThem)
{
    const char *wav = "/usr/share/sounds/alsa/Front_Center.wav";
    if (!exists(wav))
        GTEST_SKIP() << wav << " is missing (Debian: alsa-utils)";
    compare(wav, "tests/golden/dsp/front_center.power");
}

} // namespace
