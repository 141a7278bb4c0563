/* SPDX-License-Identifier: MIT */
#include "counters_pfm.h"

#include <stdio.h>

bool pfm_usable(char *why, size_t n)
{
    snprintf(why, n,
             "built without libpfm4, as perfmon/pfmlib.h was not found; install "
             "libpfm4-dev and rebuild");
    return false;
}

int pfm_encode(const char *name, struct pfm_code *code, char *why, size_t n)
{
    (void)name;
    *code = (struct pfm_code){0};
    pfm_usable(why, n);
    return -1;
}

size_t pfm_present(char (*name)[32], size_t max)
{
    (void)name;
    (void)max;
    return 0;
}

bool pfm_knows(const char *pmu)
{
    (void)pmu;
    return false;
}

size_t pfm_names(const char *pmu, const char *event, const char **name, size_t max)
{
    (void)pmu;
    (void)event;
    (void)name;
    (void)max;
    return 0;
}
