/* SPDX-License-Identifier: MIT */
/* Frames between the two ends of an edge: what is written is read, and nothing else is. */
#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "graph/wire.h"

namespace
{

using frame = std::vector<unsigned char>;

rs_wire_header header(uint8_t kind, uint64_t sequence = 0, uint32_t count = 0)
{
    rs_wire_header h = {};
    h.kind = kind;
    h.sequence = sequence;
    h.count = count;
    return h;
}

rs_wire_greeting greeting()
{
    rs_wire_greeting g = {};
    g.msg_bytes = 24;
    g.msg_align = 8;
    g.ring_slots = 4096;
    g.stream = 0x1122334455667788u;
    g.attempt = 3;
    std::snprintf(g.type, sizeof g.type, "f32");
    std::snprintf(g.edge, sizeof g.edge, "a.out -> b.in");
    std::snprintf(g.host, sizeof g.host, "A");
    return g;
}

frame greet(const rs_wire_greeting &g)
{
    frame f(RS_WIRE_GREETING_BYTES);
    const rs_wire_header h = header(RS_WIRE_HELLO);
    f.resize(rs_wire_put_greeting(f.data(), &h, &g));
    return f;
}

/* In a block of its own, so that a sanitizer sees a read past its end. */
const char *read_greeting(const frame &f, rs_wire_greeting *g)
{
    const frame exact(f.begin(), f.end());
    return rs_wire_get_greeting(exact.data(), exact.size(), g);
}

TEST(Header, IsAsTheTableSays)
{
    unsigned char f[RS_WIRE_HEADER_BYTES];
    rs_wire_header h = header(RS_WIRE_DATA, 0x0102030405060708u, 0x11121314u), back = {};
    h.flags = RS_WIRE_RESUMES;
    h.schema = 0x21222324u;
    rs_wire_put_header(f, &h);
    const unsigned char want[] = {'R',  'S',  'G',  'E',  1,    0,    4,    1,
                                  8,    7,    6,    5,    4,    3,    2,    1,
                                  0x14, 0x13, 0x12, 0x11, 0x24, 0x23, 0x22, 0x21};
    EXPECT_EQ(0, std::memcmp(want, f, sizeof want));
    ASSERT_EQ(nullptr, rs_wire_get_header(f, sizeof f, &back));
    EXPECT_EQ(h.kind, back.kind);
    EXPECT_EQ(h.flags, back.flags);
    EXPECT_EQ(h.sequence, back.sequence);
    EXPECT_EQ(h.count, back.count);
    EXPECT_EQ(h.schema, back.schema);
}

TEST(Header, EveryShorterOneIsRefused)
{
    unsigned char f[RS_WIRE_HEADER_BYTES];
    rs_wire_header h = header(RS_WIRE_END);
    rs_wire_put_header(f, &h);
    for (size_t n = 0; n < sizeof f; n++) {
        const frame shorter(f, f + n);
        EXPECT_NE(nullptr, rs_wire_get_header(shorter.data(), n, &h)) << n;
    }
}

TEST(Header, AnotherMagicVersionOrKindIsRefused)
{
    unsigned char f[RS_WIRE_HEADER_BYTES];
    for (size_t at : {0u, 3u, 4u, 5u, 6u}) {
        rs_wire_header h = header(RS_WIRE_END);
        rs_wire_put_header(f, &h);
        f[at] = 0xee;
        EXPECT_NE(nullptr, rs_wire_get_header(f, sizeof f, &h)) << at;
    }
}

TEST(Greeting, ComesBack)
{
    const rs_wire_greeting g = greeting();
    rs_wire_greeting back = {};
    ASSERT_EQ(nullptr, read_greeting(greet(g), &back));
    EXPECT_FALSE(back.foreign_order);
    EXPECT_EQ(g.msg_bytes, back.msg_bytes);
    EXPECT_EQ(g.msg_align, back.msg_align);
    EXPECT_EQ(g.ring_slots, back.ring_slots);
    EXPECT_EQ(g.stream, back.stream);
    EXPECT_EQ(g.attempt, back.attempt);
    EXPECT_STREQ(g.type, back.type);
    EXPECT_STREQ(g.edge, back.edge);
    EXPECT_STREQ(g.host, back.host);
}

TEST(Greeting, EveryShorterAndEveryLongerOneIsRefused)
{
    const frame whole = greet(greeting());
    rs_wire_greeting g = {};
    for (size_t n = RS_WIRE_HEADER_BYTES; n < whole.size(); n++)
        EXPECT_NE(nullptr, read_greeting(frame(whole.begin(), whole.begin() + (long)n), &g)) << n;
    frame more = whole;
    more.push_back(0);
    EXPECT_NE(nullptr, read_greeting(more, &g));
}

TEST(Greeting, TellsTheOtherByteOrder)
{
    frame f = greet(greeting());
    rs_wire_greeting g = {};
    std::swap(f[RS_WIRE_HEADER_BYTES], f[RS_WIRE_HEADER_BYTES + 3]);
    std::swap(f[RS_WIRE_HEADER_BYTES + 1], f[RS_WIRE_HEADER_BYTES + 2]);
    ASSERT_EQ(nullptr, read_greeting(f, &g));
    EXPECT_TRUE(g.foreign_order);
    EXPECT_EQ(24u, g.msg_bytes) << "fields are little endian whatever the machine";
    f[RS_WIRE_HEADER_BYTES] ^= 0x40;
    EXPECT_NE(nullptr, read_greeting(f, &g));
}

TEST(Greeting, ALongNameIsCutAndOneThatIsNotTextIsMadeText)
{
    rs_wire_greeting g = greeting(), back = {};
    std::memset(g.edge, 'x', sizeof g.edge - 1);
    ASSERT_EQ(nullptr, read_greeting(greet(g), &back));
    EXPECT_EQ(sizeof g.edge - 1, std::strlen(back.edge));
    std::snprintf(g.edge, sizeof g.edge, "a\033[2J\n");
    ASSERT_EQ(nullptr, read_greeting(greet(g), &back));
    EXPECT_STREQ("a?[2J?", back.edge);
}

TEST(Greeting, WhateverItsBytesAreNothingElseIsRead)
{
    std::mt19937 random(1);
    const frame whole = greet(greeting());
    for (int i = 0; i < 200000; i++) {
        frame f = whole;
        rs_wire_greeting g = {};
        f.resize(random() % (whole.size() + 4));
        for (unsigned k = random() % 4; k > 0 && !f.empty(); k--)
            f[random() % f.size()] = (unsigned char)random();
        if (read_greeting(f, &g) == nullptr) {
            EXPECT_LT(std::strlen(g.edge), sizeof g.edge);
            EXPECT_LT(std::strlen(g.host), sizeof g.host);
        }
    }
}

TEST(Text, IsCutAndPrintable)
{
    unsigned char f[RS_WIRE_HEADER_BYTES + RS_WIRE_TEXT_BYTES];
    char text[RS_WIRE_TEXT_BYTES];
    const rs_wire_header h = header(RS_WIRE_FAILED);
    const size_t n = rs_wire_put_text(f, &h, std::string(2000, 'y').c_str());
    ASSERT_LE(n, sizeof f);
    rs_wire_get_text(f, n, text);
    EXPECT_EQ(sizeof text - 1, std::strlen(text));
    rs_wire_get_text(f, n + 100, text); /* never more than fits */
    rs_wire_get_text(f, 3, text);
    EXPECT_STREQ("", text);
}

TEST(Credit, HasOneLength)
{
    unsigned char f[RS_WIRE_CREDIT_BYTES + 1] = {};
    const rs_wire_header h = header(RS_WIRE_CREDIT, 10);
    uint64_t released = 0;
    rs_wire_put_credit(f, &h, 7);
    ASSERT_EQ(nullptr, rs_wire_get_credit(f, RS_WIRE_CREDIT_BYTES, &released));
    EXPECT_EQ(7u, released);
    EXPECT_NE(nullptr, rs_wire_get_credit(f, RS_WIRE_CREDIT_BYTES - 1, &released));
    EXPECT_NE(nullptr, rs_wire_get_credit(f, RS_WIRE_CREDIT_BYTES + 1, &released));
}

TEST(Data, MustBeAllThereAndNothingElse)
{
    rs_wire_header h = header(RS_WIRE_DATA, 0, 3);
    EXPECT_TRUE(rs_wire_fits(&h, RS_WIRE_HEADER_BYTES + 24, 8));
    EXPECT_FALSE(rs_wire_fits(&h, RS_WIRE_HEADER_BYTES + 23, 8));
    EXPECT_FALSE(rs_wire_fits(&h, RS_WIRE_HEADER_BYTES + 25, 8));
    EXPECT_FALSE(rs_wire_fits(&h, 3, 8));
    h.count = 0;
    EXPECT_FALSE(rs_wire_fits(&h, RS_WIRE_HEADER_BYTES, 8));
    h.count = 0xffffffffu;
    EXPECT_FALSE(rs_wire_fits(&h, RS_WIRE_HEADER_BYTES + 24, 0x10000));
}

TEST(Schema, DiffersByTypeSizeAndAlignment)
{
    const uint32_t it = rs_wire_schema("f32", 4, 4);
    EXPECT_EQ(it, rs_wire_schema("f32", 4, 4));
    EXPECT_NE(it, rs_wire_schema("i32", 4, 4));
    EXPECT_NE(it, rs_wire_schema("f32", 8, 4));
    EXPECT_NE(it, rs_wire_schema("f32", 4, 8));
}

} // namespace
