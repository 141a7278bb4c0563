/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "counters.h"

static const char sorry[] =
    "built without PAPI, as papi.h was not found; install libpapi-dev and rebuild";

static bool usable(char *why, size_t n)
{
    snprintf(why, n, "%s", sorry);
    return false;
}

static size_t pmus(char (*name)[32], size_t max)
{
    (void)name;
    (void)max;
    return 0;
}

static void *none(const char *const native[COUNTERS_PASS_MAX],
                  struct counter_value value[COUNTERS_PASS_MAX])
{
    for (int i = 0; i < COUNTERS_PASS_MAX; i++)
        if (native[i] != NULL)
            snprintf(value[i].why, sizeof value[i].why, "%s", sorry);
    return NULL;
}

/* Without an open state the other operations are never called. */
const struct counters_backend counters_papi = {
    .name = "papi", .usable = usable, .pmus = pmus, .open = none};
