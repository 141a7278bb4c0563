/* SPDX-License-Identifier: MIT */
/* Claims by hwloc, which also knows the quirks of firmware; the kernel's where hwloc fails. */
#include "topology.h"

#include <hwloc.h>
#include <stdio.h>

static void describe_caches(struct topology_cpu *cpu, hwloc_obj_t unit)
{
    for (hwloc_obj_t o = unit->parent; o && cpu->n_caches < TOPOLOGY_CACHES; o = o->parent) {
        if (!hwloc_obj_type_is_dcache(o->type))
            continue;
        struct topology_cache *cache = &cpu->cache[cpu->n_caches++];
        cache->level = (int)o->attr->cache.depth;
        cache->size_bytes = (size_t)o->attr->cache.size;
        cache->line_bytes = o->attr->cache.linesize;
        hwloc_bitmap_list_snprintf(cache->shared_cpus, sizeof cache->shared_cpus, o->cpuset);
    }
}

/* The first one, where a cpu has several kinds of memory near it. */
static int node_of(hwloc_topology_t hwloc, unsigned cpu)
{
    for (hwloc_obj_t node = NULL;
         (node = hwloc_get_next_obj_by_type(hwloc, HWLOC_OBJ_NUMANODE, node));)
        if (node->cpuset && hwloc_bitmap_isset(node->cpuset, cpu))
            return (int)node->os_index;
    return TOPOLOGY_NOT_TOLD;
}

static void describe_cpu(hwloc_topology_t hwloc, struct topology_cpu *cpu)
{
    hwloc_obj_t unit = hwloc_get_pu_obj_by_os_index(hwloc, (unsigned)cpu->cpu);

    if (!unit)
        return;
    hwloc_obj_t core = hwloc_get_ancestor_obj_by_type(hwloc, HWLOC_OBJ_CORE, unit);
    hwloc_obj_t package = hwloc_get_ancestor_obj_by_type(hwloc, HWLOC_OBJ_PACKAGE, unit);
    if (core)
        cpu->core = hwloc_bitmap_first(core->cpuset);
    if (package && package->os_index != HWLOC_UNKNOWN_INDEX)
        cpu->package = (int)package->os_index;
    cpu->node = node_of(hwloc, (unsigned)cpu->cpu);
    describe_caches(cpu, unit);
}

static void describe_all(hwloc_topology_t hwloc, struct topology *t)
{
    /* hwloc can be made to describe another machine; then the record must say so. */
    snprintf(t->source, sizeof t->source, "hwloc %s%s", HWLOC_VERSION,
             hwloc_topology_is_thissystem(hwloc) ? "" : ", set by HWLOC_* to another machine");
    for (size_t i = 0; i < t->n_cpus; i++)
        describe_cpu(hwloc, &t->cpus[i]);
}

int topology_describe(struct topology *t)
{
    hwloc_topology_t hwloc;

    if (hwloc_topology_init(&hwloc) != 0) {
        topology_describe_sysfs(t, "");
        return 0;
    }
    /* Disallowed cpus too: else a cache would seem to be shared by fewer than it is. */
    hwloc_topology_set_flags(hwloc, HWLOC_TOPOLOGY_FLAG_INCLUDE_DISALLOWED);
    if (hwloc_topology_load(hwloc) == 0)
        describe_all(hwloc, t);
    else
        topology_describe_sysfs(t, "");
    hwloc_topology_destroy(hwloc);
    return 0;
}
