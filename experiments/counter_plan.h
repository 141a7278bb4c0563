/* SPDX-License-Identifier: MIT */
/*
 * Which passes count the groups that were asked for, on this machine.
 *
 * Environment: RINGSIDE_COUNTERS=FILE is a counters file of the user's (counter_file.h), and
 * RINGSIDE_COUNTERS_BACKEND=papi|perf|software forces what counts hardware events.
 */
#ifndef COUNTER_PLAN_H
#define COUNTER_PLAN_H

#include "counter_file.h"
#include "measure/counters.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { COUNTER_PASSES_MAX = 128 };

struct counter_plan {
    struct counter_table table;
    const struct counter_family *family;     /* of this machine */
    char pmu[32];                            /* its PMU here; "" = none known */
    const struct counters_backend *hardware; /* see counters_choose */
    char without[512];                       /* why none counts hardware, where none does */
    struct counters_pass *pass;              /* [n], of the groups asked for */
    size_t n;
};

/* Reads the tables and looks what counts here, without passes.  Main thread; forces libraries to
 * start.  0, or -errno with the reason in why[0..n). */
int counter_plan_open(struct counter_plan *p, char *why, size_t n);

/* Adds the passes of "GROUP[/PASS],...", or "all".  0, or -EINVAL / -ENOMEM with the reason. */
int counter_plan_add(struct counter_plan *p, const char *groups, char *why, size_t n);

/* Adds all passes of a group; none if its family has no events for it. */
int counter_plan_add_group(struct counter_plan *p, size_t group);

/* Do the names exist?  For a list that is read before it is used: loads the tables only. */
int counter_groups_check(const char *groups, char *why, size_t n);

void counter_plan_close(struct counter_plan *p);

#ifdef __cplusplus
}
#endif

#endif
