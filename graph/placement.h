/* SPDX-License-Identifier: MIT */
/* Which cpus this process has, and putting a thread on one.  Private to the engine. */
#ifndef RINGSIDE_PLACEMENT_H
#define RINGSIDE_PLACEMENT_H

#include "graph/graph.h"

#ifdef __cplusplus
extern "C" {
#endif

struct rs_cpus {
    int *cpu;      /* the kernel's numbers, ascending: the mask at the time of loading */
    size_t n;      /* at least 1 */
    size_t usable; /* n, or fewer where a cgroup quota gives less: 1..n */
    size_t online; /* of the machine */
    double quota;  /* cpus by cgroup (v2 cpu.max, v1 cfs_quota); 0 = none */
};

/* The calling thread's mask and its cgroup's quota; `root` stands before /proc and /sys in tests.
 * 0 or -errno. */
int rs_cpus_load(struct rs_cpus *, const char *root);
void rs_cpus_free(struct rs_cpus *);

/* Pins the calling thread and reads the mask back.  0 or -errno with what to do in why[0..n). */
int rs_pin(int cpu, char *why, size_t n);

/* Raises the calling thread's priority.  0 or -errno with the fix in why[0..n). */
int rs_raise(rs_priority, char *why, size_t n);

/* NULL, or why `workers` threads at this priority could starve the machine. */
const char *rs_priority_refusal(rs_priority, size_t workers, const struct rs_cpus *);

/* A node's name as a thread's: at most 15 bytes; a longer one keeps its first characters and its
 * end, so that "filter-bank-left-0017" and "filter-bank-left-0018" differ. */
void rs_thread_name(const char *node, char to[16]);

#ifdef __cplusplus
}
#endif

#endif
