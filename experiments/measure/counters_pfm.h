/* SPDX-License-Identifier: MIT */
/*
 * Names of hardware events, by libpfm4 (MIT).  counters_pfm.c where <perfmon/pfmlib.h> was found
 * when building, else counters_pfm_none.c, which knows none and says why.
 *
 * LIBPFM_FORCE_PMU=NAME in the environment makes libpfm4 take the machine for another: names
 * resolve, opening fails.  Threads: one at a time.
 */
#ifndef COUNTERS_PFM_H
#define COUNTERS_PFM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* As in struct perf_event_attr. */
struct pfm_code {
    uint32_t type;
    uint64_t config, config1, config2;
};

/* False, with the reason, if there is no libpfm4. */
bool pfm_usable(char *why, size_t n);

/* "pmu::EVENT:UMASK" or "EVENT:UMASK".  0, or -1 with libpfm4's reason. */
int pfm_encode(const char *name, struct pfm_code *code, char *why, size_t n);

/* The core PMUs of this machine, as libpfm4 names them.  How many. */
size_t pfm_present(char (*name)[32], size_t max);

/* Does it know the PMU, here or not? */
bool pfm_knows(const char *pmu);

/* Static names of a PMU's events, or of the umasks of one of them.  How many. */
size_t pfm_names(const char *pmu, const char *event, const char **name, size_t max);

#ifdef __cplusplus
}
#endif

#endif
