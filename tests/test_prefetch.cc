/* SPDX-License-Identifier: MIT */
/*
 * Shows, over the counts of the coherence simulator, that a ring which prefetches fetches each line
 * of its slots once a lap and at the distance it was told, and what a wrong distance costs; and
 * that a distance which reaches into what the other side uses is refused.
 */
#include "simulate_fixture.h"

namespace
{

const char *const kLending[] = {"chunked", "credit", "lazy"};
const char *const kByLine[] = {"iffq", "biffq"};

struct simulate_config loans_of(const char *ring, size_t msg_bytes, size_t batch,
                                const char *schedule)
{
    struct simulate_config c = config_of(ring, schedule);
    c.msg_bytes = msg_bytes;
    c.batch = batch;
    c.span = true;
    return c;
}

double slot_accesses(const struct simulate_config &c)
{
    const Simulated run(c);
    const double n = static_cast<double>(run.result.total.messages);
    return static_cast<double>(run.result.total.event[LINE_SLOTS][EVENT_ACCESS] +
                               run.result.total.event[LINE_SENTINEL][EVENT_ACCESS]) /
           n;
}

/* How many more lines of slots are touched a message, with and without each prefetch. */
void expect_each_line_once(struct simulate_config c, double lines_per_msg)
{
    const double plain = slot_accesses(c);
    c.prefetch_write = 8;
    const double write = slot_accesses(c);
    c.prefetch_read = 4;
    const double both = slot_accesses(c);
    EXPECT_NEAR(write - plain, lines_per_msg, 1e-3) << c.ring->name;
    EXPECT_NEAR(both - write, lines_per_msg, 1e-3) << c.ring->name;
}

TEST(Prefetch, FetchesEachLineOfALoanOnce)
{
    for (const char *ring : kLending) {
        expect_each_line_once(loans_of(ring, 8, 8, "burst:64"), 1.0 / 8);
        expect_each_line_once(loans_of(ring, 8, 2, "burst:64"), 1.0 / 8);
        expect_each_line_once(loans_of(ring, 12, 5, "burst:60"), 12.0 / 64);
        expect_each_line_once(loans_of(ring, 256, 4, "burst:64"), 4);
        struct simulate_config wide = loans_of(ring, 8, 4, "burst:64");
        wide.msg_align = 128;
        expect_each_line_once(wide, 2);
    }
}

TEST(Prefetch, FetchesOneLineForEachThatIsEntered)
{
    for (const char *ring : kByLine) {
        expect_each_line_once(config_of(ring, "burst:64"), 1.0 / 8);
        struct simulate_config large = config_of(ring, "burst:64");
        large.msg_bytes = 256; /* a message is a group, and four lines */
        expect_each_line_once(large, 4);
    }
}

/* The line the producer will want is taken from the consumer before it is wanted, and never twice:
 * as many misses as without.  In iffq it is even one miss less a line, which else is probed first
 * and written after. */
TEST(Prefetch, ForWritingCostsNoMissWhereTheLinesAreFree)
{
    for (const char *ring : kLending) {
        struct simulate_config c = loans_of(ring, 8, 8, "backlog:64");
        const Simulated plain(c);
        c.prefetch_write = 8;
        const Simulated ahead(c);
        EXPECT_EQ(traffic_misses(&plain.result.total), traffic_misses(&ahead.result.total));
        const uint64_t(*before)[EVENTS] = plain.result.total.event;
        const uint64_t(*after)[EVENTS] = ahead.result.total.event;
        EXPECT_EQ(before[LINE_SLOTS][EVENT_TRANSFER], after[LINE_SLOTS][EVENT_TRANSFER]);
    }
    struct simulate_config line = config_of("iffq", "backlog:64");
    const Simulated plain(line);
    line.prefetch_write = 8;
    const Simulated ahead(line);
    EXPECT_NEAR(plain.misses() - ahead.misses(), 1.0 / 8, 1e-3);
}

/* Lockstep: the consumer asks for lines that the producer has not written, and both take them from
 * each other. */
TEST(Prefetch, OfWhatTheOtherSideIsAtCostsMore)
{
    for (const char *ring : kLending) {
        struct simulate_config c = loans_of(ring, 8, 8, "lockstep");
        const Simulated plain(c);
        c.prefetch_write = c.prefetch_read = 4;
        const Simulated ahead(c);
        EXPECT_NEAR(ahead.misses(LINE_SLOTS) - plain.misses(LINE_SLOTS), 2.0 / 8, 1e-2) << ring;
    }
}

TEST(Prefetch, IsNotHeededByRingsThatSayNothingOfIt)
{
    for (const std::string &ring : moving_rings()) {
        struct simulate_config c = config_of(ring.c_str(), "burst:64");
        if (c.ring->caps & RS_PREFETCHES)
            continue;
        const double plain = slot_accesses(c);
        c.prefetch_write = c.prefetch_read = 8;
        EXPECT_EQ(slot_accesses(c), plain) << ring;
    }
}

TEST(Prefetch, OfMoreThanHalfOfTheSlotsIsRefused)
{
    for (size_t i = 0; i < rs_ring_table_count; i++) {
        const unsigned caps = rs_ring_table[i].ops->caps;
        if (caps & RS_MIRRORED)
            continue; /* its slots fill pages */
        rs_config cfg{};
        cfg.capacity = 64, cfg.msg_bytes = 8, cfg.msg_align = 1; /* 8 lines */
        for (size_t rs_config::*side : {&rs_config::prefetch_write, &rs_config::prefetch_read}) {
            cfg.*side = 4;
            EXPECT_EQ(rs_config_refusal(&cfg, caps), nullptr) << rs_ring_table[i].name;
            for (size_t lines : {size_t(5), SIZE_MAX}) {
                cfg.*side = lines;
                alignas(256) static unsigned char ring[4096], mem[4096];
                ASSERT_LE(rs_ring_table[i].ops->struct_bytes, sizeof ring);
                EXPECT_EQ(rs_config_refusal(&cfg, caps) != nullptr, (caps & RS_PREFETCHES) != 0);
                EXPECT_EQ(rs_ring_table[i].ops->init(ring, mem, &cfg) != 0,
                          (caps & RS_PREFETCHES) != 0)
                    << rs_ring_table[i].name;
            }
            cfg.*side = 0;
        }
    }
}

} /* namespace */
