/* SPDX-License-Identifier: MIT */
/* The kernel's claims, from /sys/devices/system/cpu. */
#include "sysfile.h"
#include "topology.h"

#include <dirent.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CPU_DIR "/sys/devices/system/cpu/cpu%d"

static int number_or_not_told(const char *root, const char *file, int cpu)
{
    int64_t value;

    if (!sysfile_number(root, &value, CPU_DIR "/topology/%s", cpu, file) || value < 0)
        return TOPOLOGY_NOT_TOLD;
    return (int)value;
}

/* A cpu's directory holds a link named after its node. */
static int node_of(const char *root, int cpu)
{
    char path[PATH_MAX];
    int node = TOPOLOGY_NOT_TOLD;

    int length = snprintf(path, sizeof path, "%s" CPU_DIR, root, cpu);
    DIR *dir = length > 0 && (size_t)length < sizeof path ? opendir(path) : NULL;
    if (!dir)
        return node;
    for (struct dirent *entry; (entry = readdir(dir));) {
        char *end;
        if (strncmp(entry->d_name, "node", 4) != 0)
            continue;
        long number = strtol(entry->d_name + 4, &end, 10);
        if (end != entry->d_name + 4 && *end == '\0')
            node = (int)number;
    }
    closedir(dir);
    return node;
}

/* "48K" in bytes; 0 if it is no size. */
static size_t bytes_of(const char *text)
{
    char *end;
    unsigned long long number = strtoull(text, &end, 10);

    if (*end == 'K')
        number <<= 10;
    else if (*end == 'M')
        number <<= 20;
    return (size_t)number;
}

/* false if there is no cache of that index. */
static bool read_cache(const char *root, int cpu, int index, struct topology_cache *cache,
                       bool *holds_data)
{
    char text[32];
    int64_t number;

    memset(cache, 0, sizeof *cache);
    if (!sysfile_number(root, &number, CPU_DIR "/cache/index%d/level", cpu, index))
        return false;
    cache->level = (int)number;
    *holds_data =
        !sysfile_line(root, text, sizeof text, CPU_DIR "/cache/index%d/type", cpu, index) ||
        strcmp(text, "Instruction") != 0;
    if (sysfile_line(root, text, sizeof text, CPU_DIR "/cache/index%d/size", cpu, index))
        cache->size_bytes = bytes_of(text);
    if (sysfile_number(root, &number, CPU_DIR "/cache/index%d/coherency_line_size", cpu, index) &&
        number > 0)
        cache->line_bytes = (size_t)number;
    if (!sysfile_line(root, cache->shared_cpus, sizeof cache->shared_cpus,
                      CPU_DIR "/cache/index%d/shared_cpu_list", cpu, index) ||
        !cache->shared_cpus[0]) /* not told who shares it: nobody is claimed to */
        snprintf(cache->shared_cpus, sizeof cache->shared_cpus, "%d", cpu);
    return true;
}

static void read_caches(const char *root, struct topology_cpu *cpu)
{
    bool holds_data;
    struct topology_cache cache;

    for (int index = 0; read_cache(root, cpu->cpu, index, &cache, &holds_data); index++)
        if (holds_data && cpu->n_caches < TOPOLOGY_CACHES)
            cpu->cache[cpu->n_caches++] = cache;
}

void topology_describe_sysfs(struct topology *t, const char *root)
{
    snprintf(t->source, sizeof t->source, "sysfs");
    for (size_t i = 0; i < t->n_cpus; i++) {
        struct topology_cpu *cpu = &t->cpus[i];
        cpu->core = number_or_not_told(root, "thread_siblings_list", cpu->cpu);
        cpu->package = number_or_not_told(root, "physical_package_id", cpu->cpu);
        cpu->node = node_of(root, cpu->cpu);
        read_caches(root, cpu);
    }
}
