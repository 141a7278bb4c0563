/* SPDX-License-Identifier: MIT */
/*
 * Shows that the WAV reader gives the samples of good files and refuses damaged ones with a reason,
 * whatever the damage.
 */
#include "graph/nodes/wav.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace
{

using samples = std::vector<float>;

std::string le(uint64_t value, int bytes)
{
    std::string s;
    for (int i = 0; i < bytes; i++)
        s += (char)(value >> 8 * i);
    return s;
}

std::string chunk(const char *id, const std::string &body)
{
    return id + le(body.size(), 4) + body + std::string(body.size() % 2, '\0');
}

std::string format(unsigned tag, unsigned channels, unsigned bits)
{
    unsigned frame = channels * bits / 8;
    return le(tag, 2) + le(channels, 2) + le(48000, 4) + le(48000 * frame, 4) + le(frame, 2) +
           le(bits, 2);
}

std::string extensible(unsigned tag, unsigned channels, unsigned bits)
{
    return format(0xfffe, channels, bits) + le(22, 2) + le(bits, 2) + le(0, 4) + le(tag, 2) +
           std::string("\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71", 14);
}

std::string riff(const std::string &chunks)
{
    return "RIFF" + le(chunks.size() + 4, 4) + "WAVE" + chunks;
}

std::string pcm(const std::vector<int> &values)
{
    std::string s;
    for (int v : values)
        s += le((uint16_t)v, 2);
    return s;
}

struct parsed {
    int err = 0;
    std::string why;
    struct wav wav;
    samples first; /* of channel 0 */
};

parsed parse(const std::string &bytes, unsigned channel = 0)
{
    parsed p;
    char why[300] = "";
    FILE *f = tmpfile();
    fwrite(bytes.data(), 1, bytes.size(), f);
    rewind(f);
    p.err = wav_read_header(f, &p.wav, why, sizeof why);
    p.why = why;
    if (p.err == 0) {
        std::vector<unsigned char> raw((size_t)p.wav.frames * p.wav.frame_bytes + 1);
        EXPECT_EQ(raw.size() - 1, fread(raw.data(), 1, raw.size() - 1, f));
        p.first.resize((size_t)p.wav.frames);
        wav_convert(&p.wav, raw.data(), channel, p.first.data(), p.first.size());
    }
    fclose(f);
    return p;
}

TEST(Wav, PcmIsScaledToOne)
{
    parsed p = parse(
        riff(chunk("fmt ", format(1, 1, 16)) + chunk("data", pcm({0, 1, -1, 32767, -32768}))));
    ASSERT_EQ(0, p.err) << p.why;
    EXPECT_EQ(WAV_PCM16, p.wav.codec);
    EXPECT_EQ(48000U, p.wav.rate_hz);
    EXPECT_EQ((samples{0, 1 / 32768.0F, -1 / 32768.0F, 32767 / 32768.0F, -1}), p.first);
}

TEST(Wav, AChannelIsTakenFromSeveral)
{
    std::string file =
        riff(chunk("fmt ", format(1, 2, 16)) + chunk("data", pcm({16384, 1, -16384, 2})));
    EXPECT_EQ((samples{0.5F, -0.5F}), parse(file, 0).first);
    EXPECT_EQ((samples{1 / 32768.0F, 2 / 32768.0F}), parse(file, 1).first);
}

TEST(Wav, FloatIsTakenAsItIs)
{
    float values[] = {0.1F, -2.5F};
    std::string body((const char *)values, sizeof values);
    EXPECT_EQ((samples{0.1F, -2.5F}),
              parse(riff(chunk("fmt ", format(3, 1, 32)) + chunk("data", body))).first);
}

TEST(Wav, ExtensibleIsRead)
{
    parsed p = parse(riff(chunk("fmt ", extensible(1, 2, 16)) + chunk("data", pcm({8192, 0}))));
    ASSERT_EQ(0, p.err) << p.why;
    EXPECT_EQ((samples{0.25F}), p.first);
    p = parse(riff(chunk("fmt ", extensible(3, 1, 32)) + chunk("data", "")));
    ASSERT_EQ(0, p.err) << p.why;
    EXPECT_EQ(WAV_FLOAT32, p.wav.codec);
}

TEST(Wav, OtherChunksAreSkippedWithTheirPadding)
{
    parsed p =
        parse(riff(chunk("LIST", "odd") + chunk("fmt ", format(1, 1, 16) + "xyz") +
                   chunk("fact", "even") + chunk("data", pcm({-32768})) + chunk("LIST", "z")));
    ASSERT_EQ(0, p.err) << p.why;
    EXPECT_EQ((samples{-1}), p.first);
}

TEST(Wav, TheHeaderWeWriteIsRead)
{
    unsigned char header[WAV_HEADER_BYTES];
    float value = 0.75F;
    wav_write_header(header, 44100, sizeof value);
    parsed p = parse(std::string((char *)header, sizeof header) +
                     std::string((char *)&value, sizeof value));
    ASSERT_EQ(0, p.err) << p.why;
    EXPECT_EQ(44100U, p.wav.rate_hz);
    EXPECT_EQ((samples{0.75F}), p.first);
}

void refused(const char *says, const std::string &bytes)
{
    parsed p = parse(bytes);
    EXPECT_EQ(-EINVAL, p.err) << says;
    EXPECT_NE(std::string::npos, p.why.find(says)) << "said: " << p.why << ", not: " << says;
}

const std::string mono = chunk("fmt ", format(1, 1, 16)), two = chunk("data", pcm({1, 2}));

TEST(Wav, WhatIsNoWavIsRefused)
{
    refused("no WAV file", "");
    refused("no WAV file", "RIFF");
    refused("no WAV file", std::string(100, 'x'));
    refused("no WAV file", "RIFX" + riff(mono + two).substr(4));
    refused("no WAV file", "RF64" + riff(mono + two).substr(4));
}

TEST(Wav, ChunksThatAreNotAllThereAreRefused)
{
    refused("no data chunk", riff(""));
    refused("no data chunk", riff(mono));
    refused("before its fmt", riff(two + mono));
    refused("truncated", riff(mono + "data" + le(5000, 4) + pcm({1})));
    refused("truncated", riff(mono + "data" + le(0xffffffff, 4) + pcm({1})));
    refused("truncated", riff("LIST" + le(0xffffffff, 4) + "abc"));
    refused("truncated", riff("fmt " + le(16, 4) + "abc"));
    refused("truncated", riff("fmt " + le(0xffffffff, 4) + format(1, 1, 16)));
    refused("no whole number of frames", riff(mono + chunk("data", "abc")));
}

TEST(Wav, FormatsThatAreNotReadOrMakeNoSenseAreRefused)
{
    std::string foreign = extensible(1, 1, 16), wrong_frame = format(1, 1, 16);
    foreign[30] = 'x';
    wrong_frame[12] = 3;
    refused("fmt chunk has 4 bytes", riff(chunk("fmt ", "abcd") + two));
    refused("0 channels", riff(chunk("fmt ", format(1, 0, 16)) + two));
    refused("65535 channels", riff(chunk("fmt ", format(1, 65535, 16)) + two));
    refused("8-bit", riff(chunk("fmt ", format(1, 1, 8)) + two));
    refused("24-bit", riff(chunk("fmt ", format(1, 1, 24)) + two));
    refused("64-bit", riff(chunk("fmt ", format(3, 1, 64)) + two));
    refused("codec 0x0055", riff(chunk("fmt ", format(0x55, 1, 0)) + two));
    refused("codec 0x0000", riff(chunk("fmt ", foreign) + two));
    refused("codec 0x0000", riff(chunk("fmt ", format(0xfffe, 1, 16)) + two));
    refused("3 bytes a frame", riff(chunk("fmt ", wrong_frame) + two));
}

/* Every cut and thousands of changes of a good file: read or refused, never more than is there. */
TEST(Wav, NoGarbageIsTooBad)
{
    const std::string good = riff(chunk("LIST", "odd") + chunk("fmt ", extensible(1, 2, 16)) +
                                  chunk("data", pcm({1, 2, 3, 4})));
    ASSERT_EQ(0, parse(good).err);
    for (size_t n = 0; n < good.size(); n++)
        EXPECT_EQ(-EINVAL, parse(good.substr(0, n)).err) << n;
    std::mt19937 random(7);
    for (int i = 0; i < 20000; i++) {
        std::string bad = good;
        for (unsigned k = 0; k <= random() % 4; k++)
            bad[random() % bad.size()] = (char)(random() % 3 == 0 ? 0xff : random());
        parsed p = parse(bad);
        ASSERT_TRUE(p.err == 0 || (p.err == -EINVAL && !p.why.empty()));
    }
}

TEST(Wav, APipeIsReadAndItsLengthBelieved)
{
    std::string file = riff(chunk("fmt ", format(1, 1, 16)) + "data" + le(5000, 4) + pcm({1}));
    char why[300] = "";
    struct wav wav;
    int end[2];
    ASSERT_EQ(0, pipe(end));
    ASSERT_EQ((ssize_t)file.size(), write(end[1], file.data(), file.size()));
    close(end[1]);
    FILE *f = fdopen(end[0], "rb");
    EXPECT_EQ(0, wav_read_header(f, &wav, why, sizeof why)) << why;
    EXPECT_EQ(2500U, wav.frames);
    fclose(f);
}

} // namespace
