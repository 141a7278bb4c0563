/* SPDX-License-Identifier: MIT */
/* The list `counters` of `ringside list`. */
#ifndef LIST_COUNTERS_H
#define LIST_COUNTERS_H

#include <jansson.h>

#ifdef __cplusplus
extern "C" {
#endif

/* An array with a member for each group: {"name", "summary", "family", "backend", "events":
 * [{"event", "native", "pass", "available", "reason"}], "reason"}, where reason is null for what is
 * there.  NULL after a complaint.  Main thread: it opens every event for a moment. */
json_t *list_counters(void);

void list_counters_print(const json_t *list);

#ifdef __cplusplus
}
#endif

#endif
