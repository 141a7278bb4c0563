/* SPDX-License-Identifier: MIT */
/* What `ringside sweep` was asked for, and a sweep's folder: locked before anything is written, so
 * that no two sweeps share one. */
#ifndef SWEEP_BEGIN_H
#define SWEEP_BEGIN_H

#include "counter_plan.h"
#include "cpu_lock.h"
#include "plan.h"

enum { SWEEP_SET_MAX = 64 };

struct sweep_request {
    const char *plan;                        /* of resume: the folder */
    const char *out, *counters, *prometheus; /* NULL = not given */
    const char *set[SWEEP_SET_MAX];
    size_t sets;
    uint64_t seed;
    const char *seed_text; /* NULL = not given */
    struct shard shard;    /* of = 0: not given */
    bool force;
    bool wait; /* for the cpus */
};

/* Takes the cpus of the plan.  EXIT_DONE also where others cannot be noticed, which is said; else
 * EXIT_UNSUITABLE after a complaint that names the holder. */
int sweep_lock_cpus(struct cpu_lock *l, const struct plan *p, const struct topology *t, bool wait);

/* Makes the folder, describes the run in it and runs the sweep.  An enum exit_code. */
int sweep_begin(const struct sweep_request *r, const struct plan *p,
                const struct counter_plan *counters, const struct topology *t, int argc,
                char **argv);

#endif
