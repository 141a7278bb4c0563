/* SPDX-License-Identifier: MIT */
/*
 * What a result depends on besides the ring: machine, kernel and their settings, as one JSON
 * object for manifest.json and `ringside doctor`.  No host name, no user, no path.
 *
 * A value that this machine does not tell is {"value": null, "reason": "…"}, never 0 and never
 * left out.  Units are suffixes.  Members:
 *
 *   kernel, machine            as by uname
 *   cpu_model, cpu_signature   "vendor family model stepping"
 *   microcode                  text
 *   cpus_online, cpus_allowed  lists ("0-3,8"); cpus_allowed_count
 *   caches                     of the first allowed cpu, as in topology_json()
 *   governor                   of the allowed cpus; "mixed" if they differ
 *   turbo                      bool: the frequency may rise above the nominal one
 *   smt                        the kernel's control: "on", "off", "notsupported", …
 *   hypervisor                 {"cpu_flag", "type", "vendor", "product"}
 *   clocksource, isolated_cpus, nohz_full, numa_balancing, transparent_hugepages
 *   nr_hugepages, hugepage_bytes, memory_bytes, load_average
 *   cgroup_quota_cpus          cpus' worth of time this process may use; null without a quota
 *   perf_event_paranoid
 *   pmu                        {"available", "errno", "reason"} of a user-mode cycle counter
 *   papi                       as by papi_status_json()
 */
#ifndef ENVIRONMENT_H
#define ENVIRONMENT_H

#include "topology.h"

#include <jansson.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The caller owns the result; NULL if out of memory.  Main thread only (PAPI). */
json_t *environment_json(const struct topology *t);

/* The same with files below `root`; uname, PMU, PAPI and load are this machine's all the same. */
json_t *environment_json_at(const char *root, const struct topology *t);

/* {"value": null, "reason": reason} */
json_t *environment_unavailable(const char *reason);

/* The reason if `value` is unavailable, else NULL; lives as long as `value`. */
const char *environment_reason(const json_t *value);

/* "0-3,8" into `out`, cut to size - 1 bytes, from ascending numbers. */
void environment_cpu_list(const struct topology *t, char *out, size_t size);

/* What a failing perf_event_open() says about this machine; static.  *name is "ENOENT". */
const char *environment_perf_reason(int error, const char **name);

#ifdef __cplusplus
}
#endif

#endif
