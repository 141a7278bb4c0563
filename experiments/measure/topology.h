/* SPDX-License-Identifier: MIT */
/*
 * The cpus this process may run on, and what the machine claims about any two of them.
 *
 * A claim is what firmware and hypervisor say; in a virtual machine it may be invented.
 * `ringside doctor` holds it against measured round trips.
 *
 * topology.c keeps the cpus and answers questions; where a claim comes from is chosen when
 * building: topology_hwloc.c or topology_no_hwloc.c, beside topology_sysfs.c which is always in.
 *
 * Threads: load from one thread before any thread is pinned, as the cpus are those of the calling
 * thread's mask; afterwards the struct is constant and may be read by all.
 * Ownership: topology_load() allocates, topology_free() frees.
 */
#ifndef TOPOLOGY_H
#define TOPOLOGY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Nearest first, so relations compare by <. */
enum relation {
    RELATION_SAME_CPU,
    RELATION_SMT, /* two hardware threads of one core */
    RELATION_SHARED_L1,
    RELATION_SHARED_L2,
    RELATION_SHARED_L3,
    RELATION_SHARED_L4,
    RELATION_SAME_NODE,    /* of memory, without a cache in common */
    RELATION_SAME_PACKAGE, /* but another memory node */
    RELATION_OTHER_PACKAGE,
    RELATION_UNKNOWN, /* the machine does not say, or a cpu is not in the list */
    RELATIONS
};

enum { TOPOLOGY_CACHES = 4, TOPOLOGY_NOT_TOLD = -1 };

/* A data or unified cache. */
struct topology_cache {
    int level;
    size_t size_bytes;    /* 0 = not told */
    size_t line_bytes;    /* 0 = not told */
    char shared_cpus[96]; /* "0-3,8"; cut if longer, which cannot make two caches look alike:
                             disjoint lists differ in their first number */
};

struct topology_cpu {
    int cpu;     /* the kernel's number */
    int core;    /* the lowest cpu number of its core: unlike core_id, unique in the machine */
    int package; /* TOPOLOGY_NOT_TOLD if so, as for node */
    int node;    /* of memory */
    size_t n_caches;
    struct topology_cache cache[TOPOLOGY_CACHES]; /* nearest first */
};

struct topology {
    char source[96]; /* who made the claims */
    size_t n_cpus;
    struct topology_cpu *cpus; /* ascending */
};

/* 0, or -errno and nothing to free. */
int topology_load(struct topology *t);

/*
 * The same from the files below `root` ("" = this machine), for exactly these cpus.  A file that
 * is missing makes its claim "not told".  -EINVAL without cpus, -ENOMEM.
 */
int topology_load_sysfs(struct topology *t, const char *root, const int *cpus, size_t n_cpus);

void topology_free(struct topology *t);

/* The entry of a cpu; NULL if this process was not allowed to run there. */
const struct topology_cpu *topology_find(const struct topology *t, int cpu);

/* Symmetric. */
enum relation topology_relation(const struct topology *t, int a, int b);

/* "shared L3"; static. */
const char *topology_relation_name(enum relation relation);

/* {"source", "cpus": [{"cpu", "core", "package", "node", "caches": […]}]}; null = not told. */
json_t *topology_json(const struct topology *t);

/*
 * The pair to measure unless told otherwise: the first two allowed cpus that are not SMT
 * siblings; if there are only siblings, the first two.  false if there is only one cpu.
 */
bool topology_default_pair(const struct topology *t, int *producer, int *consumer);

/*
 * The cpus the calling thread may run on now, ascending, in *cpus, which the caller frees.
 * Works for any number of cpus.  0 or -errno.
 */
int topology_allowed(int **cpus, size_t *n_cpus);

/*
 * What a source of claims implements: fill t->source and every t->cpus[i], whose `cpu` is set and
 * whose other claims say "not told".  Used by topology.c only.  0 or -errno.
 */
int topology_describe(struct topology *t);
void topology_describe_sysfs(struct topology *t, const char *root);

#ifdef __cplusplus
}
#endif

#endif
