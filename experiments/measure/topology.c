/* SPDX-License-Identifier: MIT */
#include "topology.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

/* More than any kernel is built for (8192); bounds the search for its size. */
enum { MOST_CPUS = 1 << 20 };

/* The thread's mask in a set that holds every cpu of this kernel; NULL and errno. */
static cpu_set_t *current_mask(size_t *bytes)
{
    for (size_t cpus = 1024; cpus <= MOST_CPUS; cpus *= 2) {
        cpu_set_t *set = CPU_ALLOC(cpus);
        *bytes = CPU_ALLOC_SIZE(cpus);
        if (!set)
            return NULL;
        if (sched_getaffinity(0, *bytes, set) == 0)
            return set;
        int err = errno;
        CPU_FREE(set);
        errno = err;
        if (err != EINVAL) /* EINVAL: the kernel has room for more cpus than the set */
            return NULL;
    }
    return NULL;
}

int topology_allowed(int **cpus, size_t *n_cpus)
{
    size_t bytes;
    cpu_set_t *set = current_mask(&bytes);

    if (!set)
        return -errno;
    size_t count = (size_t)CPU_COUNT_S(bytes, set);
    int *list = calloc(count, sizeof *list);
    if (list) {
        size_t n = 0;
        for (size_t cpu = 0; n < count; cpu++)
            if (CPU_ISSET_S(cpu, bytes, set))
                list[n++] = (int)cpu;
    }
    CPU_FREE(set);
    if (!list)
        return -ENOMEM;
    *cpus = list;
    *n_cpus = count;
    return 0;
}

static int start(struct topology *t, const int *cpus, size_t n_cpus)
{
    memset(t, 0, sizeof *t);
    if (n_cpus == 0)
        return -EINVAL;
    t->cpus = calloc(n_cpus, sizeof *t->cpus);
    if (!t->cpus)
        return -ENOMEM;
    t->n_cpus = n_cpus;
    for (size_t i = 0; i < n_cpus; i++) {
        t->cpus[i].cpu = cpus[i];
        t->cpus[i].core = TOPOLOGY_NOT_TOLD;
        t->cpus[i].package = TOPOLOGY_NOT_TOLD;
        t->cpus[i].node = TOPOLOGY_NOT_TOLD;
    }
    return 0;
}

int topology_load(struct topology *t)
{
    int *cpus = NULL;
    size_t n_cpus = 0;

    int err = topology_allowed(&cpus, &n_cpus);
    if (!err)
        err = start(t, cpus, n_cpus);
    free(cpus);
    if (err)
        return err;
    err = topology_describe(t);
    if (err)
        topology_free(t);
    return err;
}

int topology_load_sysfs(struct topology *t, const char *root, const int *cpus, size_t n_cpus)
{
    int err = start(t, cpus, n_cpus);

    if (!err)
        topology_describe_sysfs(t, root);
    return err;
}

void topology_free(struct topology *t)
{
    free(t->cpus);
    memset(t, 0, sizeof *t);
}

const struct topology_cpu *topology_find(const struct topology *t, int cpu)
{
    for (size_t i = 0; i < t->n_cpus; i++)
        if (t->cpus[i].cpu == cpu)
            return &t->cpus[i];
    return NULL;
}

/* The lowest cache level both cpus use the same instance of; 0 if there is none. */
static int shared_level(const struct topology_cpu *a, const struct topology_cpu *b)
{
    for (size_t i = 0; i < a->n_caches; i++)
        for (size_t k = 0; k < b->n_caches; k++)
            if (a->cache[i].level == b->cache[k].level &&
                strcmp(a->cache[i].shared_cpus, b->cache[k].shared_cpus) == 0)
                return a->cache[i].level;
    return 0;
}

static bool told_same(int a, int b)
{
    return a != TOPOLOGY_NOT_TOLD && a == b;
}

enum relation topology_relation(const struct topology *t, int a, int b)
{
    const struct topology_cpu *left = topology_find(t, a);
    const struct topology_cpu *right = topology_find(t, b);

    if (!left || !right)
        return RELATION_UNKNOWN;
    if (a == b)
        return RELATION_SAME_CPU;
    if (told_same(left->core, right->core))
        return RELATION_SMT;
    int level = shared_level(left, right);
    if (level >= 1 && level <= 4)
        return (enum relation)(RELATION_SHARED_L1 + level - 1);
    /* Packages before nodes: with memory interleaved by the firmware one node spans packages. */
    if (left->package != right->package && left->package != TOPOLOGY_NOT_TOLD &&
        right->package != TOPOLOGY_NOT_TOLD)
        return RELATION_OTHER_PACKAGE;
    if (told_same(left->node, right->node))
        return RELATION_SAME_NODE;
    if (told_same(left->package, right->package))
        return RELATION_SAME_PACKAGE;
    return RELATION_UNKNOWN;
}

const char *topology_relation_name(enum relation relation)
{
    static const char *const names[RELATIONS] = {
        [RELATION_SAME_CPU] = "same cpu",           [RELATION_SMT] = "SMT siblings",
        [RELATION_SHARED_L1] = "shared L1",         [RELATION_SHARED_L2] = "shared L2",
        [RELATION_SHARED_L3] = "shared L3",         [RELATION_SHARED_L4] = "shared L4",
        [RELATION_SAME_NODE] = "same NUMA node",    [RELATION_SAME_PACKAGE] = "same package",
        [RELATION_OTHER_PACKAGE] = "other package", [RELATION_UNKNOWN] = "unknown",
    };

    return (unsigned)relation < RELATIONS ? names[relation] : names[RELATION_UNKNOWN];
}

bool topology_default_pair(const struct topology *t, int *producer, int *consumer)
{
    if (t->n_cpus < 2)
        return false;
    *producer = t->cpus[0].cpu;
    *consumer = t->cpus[1].cpu;
    for (size_t i = 1; i < t->n_cpus; i++) {
        if (topology_relation(t, *producer, t->cpus[i].cpu) == RELATION_SMT)
            continue;
        *consumer = t->cpus[i].cpu;
        break;
    }
    return true;
}

static json_t *told(json_int_t value, json_int_t not_told)
{
    return value == not_told ? json_null() : json_integer(value);
}

static json_t *caches_json(const struct topology_cpu *cpu)
{
    json_t *caches = json_array();

    for (size_t i = 0; i < cpu->n_caches; i++) {
        const struct topology_cache *c = &cpu->cache[i];
        json_array_append_new(caches, json_pack("{s:i, s:o, s:o, s:s}", "level", c->level,
                                                "size_bytes", told((json_int_t)c->size_bytes, 0),
                                                "line_bytes", told((json_int_t)c->line_bytes, 0),
                                                "shared_cpus", c->shared_cpus));
    }
    return caches;
}

json_t *topology_json(const struct topology *t)
{
    json_t *cpus = json_array();

    for (size_t i = 0; i < t->n_cpus; i++) {
        const struct topology_cpu *c = &t->cpus[i];
        json_array_append_new(cpus, json_pack("{s:i, s:o, s:o, s:o, s:o}", "cpu", c->cpu, "core",
                                              told(c->core, TOPOLOGY_NOT_TOLD), "package",
                                              told(c->package, TOPOLOGY_NOT_TOLD), "node",
                                              told(c->node, TOPOLOGY_NOT_TOLD), "caches",
                                              caches_json(c)));
    }
    return json_pack("{s:s, s:o}", "source", t->source, "cpus", cpus);
}
