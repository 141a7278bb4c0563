/* SPDX-License-Identifier: MIT */
/*
 * The grid whose counts are in tests/golden/simulate/<ring>.csv, as rows of integers: for
 * test_simulate_golden, which compares them, and simulate_counts, which prints them.
 */
#ifndef SIMULATE_GRID_H
#define SIMULATE_GRID_H

#include <inttypes.h>
#include <stdio.h>

#include "rings/ring.h"
#include "simulate/simulate.h"

enum { GRID_CAPACITY = 256, GRID_MESSAGES = 512 };

/* Where the rings of the grid come from: simulated_ring, or what stands in for it. */
typedef const struct rs_ring_ops *grid_source(const char *ring, int64_t separation);

/* One point; the rest of the configuration is at its defaults. */
struct grid_point {
    const char *ring, *schedule;
    size_t msg_bytes, batch;
    bool span;
    unsigned separation;
    enum shape shape;
    size_t agents;
    enum protocol protocol;
    unsigned granule;
};

static inline void grid_head(FILE *to)
{
    fprintf(to, "ring,msg_bytes,batch,api,separation,topology,stages,schedule,protocol,granule,"
                "messages");
    for (int c = 0; c < LINE_CLASSES; c++)
        if (c != LINE_CONSTANT)
            fprintf(to, ",%s_transfers,%s_upgrades,%s_writebacks", line_class_name(c),
                    line_class_name(c), line_class_name(c));
    fprintf(to, ",invalidations,accesses\n");
}

static inline void grid_counts(FILE *to, const struct traffic *t)
{
    for (int c = 0; c < LINE_CLASSES; c++)
        if (c != LINE_CONSTANT)
            fprintf(to, ",%" PRIu64 ",%" PRIu64 ",%" PRIu64, t->event[c][EVENT_TRANSFER],
                    t->event[c][EVENT_UPGRADE], t->event[c][EVENT_WRITEBACK]);
    fprintf(to, ",%" PRIu64 ",%" PRIu64 "\n", traffic_events(t, EVENT_INVALIDATION),
            traffic_events(t, EVENT_ACCESS));
}

static inline int grid_row(FILE *to, grid_source *source, const struct grid_point *p)
{
    static const char *const shapes[] = {"chain", "broadcast", "fan-in", "diamond"};
    struct simulate_config c = simulate_config_default(source(p->ring, (int64_t)p->separation));
    struct simulate_result result;
    char why[256] = "";
    c.msg_bytes = p->msg_bytes;
    c.batch = p->batch;
    c.span = p->span;
    c.capacity = GRID_CAPACITY;
    c.messages = GRID_MESSAGES;
    c.shape = p->shape;
    c.agents = p->agents;
    c.protocol = p->protocol;
    c.granule = p->granule;
    int err = schedule_parse(p->schedule, &c.schedule, why, sizeof why);
    if (err == 0 && !simulate_refusal(&c, why, sizeof why))
        err = simulate_run(&c, &result, why, sizeof why);
    fprintf(to, "%s,%zu,%zu,%s,%u,%s,%zu,%s,%s,%u,", p->ring, p->msg_bytes, p->batch,
            p->span ? "span" : "copy", p->separation, shapes[p->shape], p->agents, p->schedule,
            protocol_name(p->protocol), p->granule);
    if (err != 0 || why[0] != '\0') {
        fprintf(to, "%s\n", why);
        return -1;
    }
    fprintf(to, "%" PRIu64, result.total.messages);
    grid_counts(to, &result.total);
    simulate_result_free(&result);
    return 0;
}

static const unsigned grid_separations[] = {64, 128, 256};
static const char *const grid_schedules[] = {"lockstep", "backlog:64", "burst:32", "random:40"};

/* Two agents, everything that a ring can do. */
static inline int grid_pairs(const char *ring, grid_source *source, FILE *to)
{
    static const size_t sizes[] = {8, 24, 64};
    const bool spans = (source(ring, 128)->caps & RS_ZERO_COPY) != 0;
    int err = 0;
    for (int separation = 0; separation < 3; separation++)
        for (int size = 0; size < 3; size++)
            for (int how = 0; how < (spans ? 3 : 2); how++)
                for (int schedule = 0; schedule < 4; schedule++) {
                    struct grid_point p = {ring,          grid_schedules[schedule],
                                           sizes[size],   how == 0 ? 1u : 16u,
                                           how == 2,      grid_separations[separation],
                                           SHAPE_CHAIN,   2,
                                           PROTOCOL_MESI, 64};
                    err |= grid_row(to, source, &p);
                }
    return err;
}

/* The other protocol, pairs of lines, more agents. */
static inline int grid_others(const char *ring, grid_source *source, FILE *to)
{
    static const enum shape shapes[] = {SHAPE_CHAIN, SHAPE_BROADCAST, SHAPE_FAN_IN, SHAPE_DIAMOND};
    int err = 0;
    for (int separation = 0; separation < 2; separation++)
        for (int schedule = 0; schedule < 4; schedule++) {
            struct grid_point p = {ring,
                                   grid_schedules[schedule],
                                   8,
                                   1,
                                   false,
                                   grid_separations[separation],
                                   SHAPE_CHAIN,
                                   2,
                                   PROTOCOL_MOESI,
                                   128};
            err |= grid_row(to, source, &p);
        }
    for (int shape = 0; shape < 4; shape++)
        for (int schedule = 0; schedule < 4; schedule++) {
            struct grid_point p = {ring, grid_schedules[schedule], 8, 4, false, 128, shapes[shape],
                                   4,    PROTOCOL_MOESI,           64};
            err |= grid_row(to, source, &p);
        }
    return err;
}

/* Every row of a ring.  0, or -1 if one has a reason in the place of its counts. */
static inline int grid_ring(const char *ring, grid_source *source, FILE *to)
{
    grid_head(to);
    return grid_pairs(ring, source, to) | grid_others(ring, source, to);
}

#endif
