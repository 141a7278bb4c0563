/* SPDX-License-Identifier: MIT */
/* Names and sums of what was counted. */
#include <stddef.h>

#include "simulate/simulate.h"

const char *line_class_name(int64_t index)
{
    static const char *const names[LINE_CLASSES] = {"producer", "consumer", "shared",
                                                    "constant", "slots",    "sentinel"};
    return index >= 0 && index < LINE_CLASSES ? names[index] : NULL;
}

const char *event_name(int64_t index)
{
    static const char *const names[EVENTS] = {"transfers",  "upgrades",     "invalidations",
                                              "writebacks", "memory_reads", "accesses"};
    return index >= 0 && index < EVENTS ? names[index] : NULL;
}

uint64_t traffic_events(const struct traffic *t, enum event e)
{
    uint64_t sum = 0;
    for (int c = 0; c < LINE_CLASSES; c++)
        sum += t->event[c][e];
    return sum;
}

uint64_t traffic_class_misses(const struct traffic *t, enum line_class c)
{
    return t->event[c][EVENT_TRANSFER] + t->event[c][EVENT_UPGRADE];
}

uint64_t traffic_misses(const struct traffic *t)
{
    return traffic_events(t, EVENT_TRANSFER) + traffic_events(t, EVENT_UPGRADE);
}

double traffic_cost_ns(const struct traffic *t, const double cost_ns[DISTANCES])
{
    double sum_ns = 0;
    for (int d = 0; d < DISTANCES; d++)
        sum_ns += (double)t->misses_at[d] * cost_ns[d];
    return sum_ns / (double)t->messages;
}
