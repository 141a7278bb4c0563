/* SPDX-License-Identifier: MIT */
/* What seqlap and linepack promise beyond the contract of every ring: where messages lie, and when
 * freed slots are given back. */
#include "ring_fixture.h"

#include "rings/linepack.h"
#include "rings/seqlap.h"

namespace
{

const rs_ring_ops *ops_of(const std::string &name)
{
    for (const rs_ring_entry *ring : every_ring())
        if (name == ring->name)
            return ring->ops;
    ADD_FAILURE() << "no ring " << name;
    return nullptr;
}

/* The cache lines of linepack that hold `capacity` messages. */
size_t lines(size_t capacity, size_t msg_bytes, size_t msg_align = 1)
{
    return rs_lines_count(capacity, rs_lines_per_line(msg_bytes, msg_align)) *
           rs_lines_line_bytes(msg_bytes, msg_align) / RS_LINE_BYTES;
}

} // namespace

TEST(Linepack, SevenWordsOrWhatFitsShareALine)
{
    const size_t word = sizeof(size_t), room = RS_LINE_BYTES - word;
    EXPECT_EQ(rs_lines_per_line(8, 1), room / 8);
    EXPECT_EQ(rs_lines_per_line(1, 1), room);
    EXPECT_EQ(rs_lines_per_line(12, 1), room / 12);
    EXPECT_EQ(rs_lines_per_line(12, 8), room / 16);
    EXPECT_EQ(rs_lines_per_line(room, 1), 1u);
    EXPECT_EQ(rs_lines_per_line(8, 64), 1u) << "as far apart as they are to be aligned";
    EXPECT_EQ(rs_lines_line_bytes(room, 1), size_t(RS_LINE_BYTES));
    EXPECT_EQ(rs_lines_line_bytes(room + 1, 1), size_t(2 * RS_LINE_BYTES));
    EXPECT_EQ(rs_lines_line_bytes(200, 1), size_t(4 * RS_LINE_BYTES));
    EXPECT_EQ(rs_lines_line_bytes(8, 4096), 4096u);
}

/* A row of n messages may begin with the last of a line. */
TEST(Linepack, HasTheLinesThatItsCapacityCanTouch)
{
    const size_t per = rs_lines_per_line(8, 1);
    EXPECT_EQ(lines(1, 8), 1u);
    EXPECT_EQ(lines(2, 8), 2u);
    EXPECT_EQ(lines(per + 1, 8), 2u);
    EXPECT_EQ(lines(per + 2, 8), 3u);
    EXPECT_EQ(lines(4, 56, 64), 4u);
    EXPECT_EQ(rs_linepack_bytes(4, 200, 1), size_t(16 * RS_LINE_BYTES));
}

/* One header stands for all that a push_n puts into a line, and grows when more is appended. */
TEST(Linepack, OneHeaderALineSaysHowManyMessagesThereAre)
{
    const size_t per = rs_lines_per_line(8, 1);
    alignas(256) unsigned char mem[1024];
    alignas(256) rs_linepack ring;
    const rs_config cfg = config_of(4 * per, 8, 1, 100);
    ASSERT_LE(rs_linepack_bytes(cfg.capacity, 8, 1), sizeof mem);
    ASSERT_EQ(rs_linepack_init(&ring, mem, &cfg), 0);
    uint64_t in[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9}, out[16] = {0};
    auto header = [&](size_t line) {
        return rs_load_acquire(rs_word_at(mem + line * RS_LINE_BYTES));
    };
    EXPECT_EQ(rs_linepack_push_n(&ring, in, 2, 8), 2u);
    EXPECT_EQ(header(0), 102u);
    EXPECT_EQ(header(1), 100u) << "nothing is there";
    EXPECT_TRUE(rs_linepack_push(&ring, in + 2, 8));
    EXPECT_EQ(header(0), 103u);
    EXPECT_EQ(rs_linepack_push_n(&ring, in + 3, per - 2, 8), per - 2);
    EXPECT_EQ(header(0), 100 + per);
    EXPECT_EQ(header(1), 100 + per + 1);
    EXPECT_EQ(memcmp(mem + sizeof(size_t), in, per * 8), 0) << "packed behind the header";
    EXPECT_EQ(rs_linepack_pop_n(&ring, out, 16, 8), per + 1);
    EXPECT_EQ(memcmp(in, out, (per + 1) * 8), 0);
    EXPECT_EQ(header(0), 100 + per) << "the consumer writes no line";
}

/* A message of 56 bytes and its tag are a line; the consumer leaves the tag. */
TEST(Seqlap, TagLiesBesideTheMessage)
{
    alignas(256) unsigned char mem[1024];
    alignas(256) rs_seqlap ring;
    const size_t size = 64 - sizeof(size_t);
    const rs_config cfg = config_of(4, size, 1, 100);
    ASSERT_EQ(rs_seqlap_bytes(4, size, 1), 256u);
    ASSERT_EQ(rs_seqlap_init(&ring, mem, &cfg), 0);
    std::vector<unsigned char> in = message(1, size), out(size);
    for (size_t i = 0; i < 8; i++) {
        unsigned char *slot = mem + i % 4 * RS_LINE_BYTES;
        EXPECT_EQ(rs_load_acquire(rs_word_at(slot)), 100 + i - 4) << "of a lap ago";
        ASSERT_TRUE(rs_seqlap_push(&ring, in.data(), size));
        EXPECT_EQ(rs_load_acquire(rs_word_at(slot)), 100 + i);
        EXPECT_EQ(memcmp(slot + sizeof(size_t), in.data(), size), 0);
        ASSERT_TRUE(rs_seqlap_pop(&ring, out.data(), size));
        EXPECT_EQ(rs_load_acquire(rs_word_at(slot)), 100 + i) << "the consumer writes no slot";
    }
}

/* A pop_n that yields less than it was asked for leaves nothing held back, not even what it has
 * just read. */
TEST(PackedRings, ShortBatchGivesEverySlotBack)
{
    for (const char *name : {"seqlap", "linepack"}) {
        Ring r(ops_of(name), config_of(64, 8));
        EXPECT_EQ(r.push_n(5), 5u);
        EXPECT_EQ(r.pop_n(3), 3u) << name << ": all that was asked for";
        EXPECT_EQ(r.push_n(64), 59u) << name << ": 2 are in, and none of the 3 has come back";
        EXPECT_EQ(r.pop_n(59), 59u);
        EXPECT_EQ(r.pop_n(5), 2u);
        EXPECT_EQ(r.push_n(64), 64u) << name;
    }
}
