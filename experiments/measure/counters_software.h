/* SPDX-License-Identifier: MIT */
/* Software events: what the kernel accounts for a thread anyway, and its perf software events. */
#ifndef COUNTERS_SOFTWARE_H
#define COUNTERS_SOFTWARE_H

#ifdef __cplusplus
extern "C" {
#endif

#define COUNTERS_SOFTWARE_PREFIX "software::"

/* Index of an event by its name without the prefix, or -1 with the nearest name or NULL. */
int counters_software_find(const char *name, const char **nearest);

#ifdef __cplusplus
}
#endif

#endif
