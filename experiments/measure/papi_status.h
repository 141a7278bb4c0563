/* SPDX-License-Identifier: MIT */
/*
 * What PAPI can count here, and if nothing, why.
 *
 * papi_status_papi.c where <papi.h> was found when building, else papi_status_none.c.
 */
#ifndef PAPI_STATUS_H
#define PAPI_STATUS_H

#include <jansson.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * {"version", "components": [{"name", "counters", "disabled_reason"}]}, where disabled_reason is
 * null for a usable component and `counters` how many it counts at once; or
 * {"value": null, "reason"}.  Never NULL but out of memory; the caller owns it.
 *
 * Initialises PAPI if nobody has and leaves it so: shutting it down would take it from others.
 * Threads: main thread only.
 */
json_t *papi_status_json(void);

#ifdef __cplusplus
}
#endif

#endif
