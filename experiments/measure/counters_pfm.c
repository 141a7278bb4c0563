/* SPDX-License-Identifier: MIT */
#include "counters_pfm.h"

#include <perfmon/pfmlib_perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Names of cpus that are not here can be checked too; libpfm4 reads this when it starts. */
static int initialise(void)
{
    setenv("LIBPFM_ENCODE_INACTIVE", "1", 0);
    return pfm_initialize(); /* may be called again */
}

bool pfm_usable(char *why, size_t n)
{
    int err = initialise();
    if (err != PFM_SUCCESS)
        snprintf(why, n, "libpfm4 does not start: %s; look whether LIBPFM_* is set",
                 pfm_strerror(err));
    return err == PFM_SUCCESS;
}

int pfm_encode(const char *name, struct pfm_code *code, char *why, size_t n)
{
    struct perf_event_attr attr = {.size = sizeof attr};
    pfm_perf_encode_arg_t arg = {.size = sizeof arg, .attr = &attr};
    int err = initialise();
    if (err == PFM_SUCCESS)
        err = pfm_get_os_event_encoding(name, PFM_PLM3, PFM_OS_PERF_EVENT, &arg);
    if (err != PFM_SUCCESS) {
        snprintf(why, n, "libpfm4 does not know %s on this cpu: %s", name, pfm_strerror(err));
        return -1;
    }
    *code = (struct pfm_code){attr.type, attr.config, attr.config1, attr.config2};
    return 0;
}

static bool info_of(int pmu, pfm_pmu_info_t *info)
{
    memset(info, 0, sizeof *info);
    info->size = sizeof *info;
    return pfm_get_pmu_info((pfm_pmu_t)pmu, info) == PFM_SUCCESS;
}

size_t pfm_present(char (*name)[32], size_t max)
{
    pfm_pmu_info_t info;
    size_t n = 0;
    if (initialise() != PFM_SUCCESS)
        return 0;
    for (int pmu = PFM_PMU_NONE; pmu < PFM_PMU_MAX && n < max; pmu++)
        if (info_of(pmu, &info) && info.is_present && info.type == PFM_PMU_TYPE_CORE)
            snprintf(name[n++], sizeof name[0], "%.31s", info.name);
    return n;
}

static bool find(const char *pmu, pfm_pmu_info_t *info)
{
    if (initialise() != PFM_SUCCESS)
        return false;
    for (int i = PFM_PMU_NONE; i < PFM_PMU_MAX; i++)
        if (info_of(i, info) && strcmp(info->name, pmu) == 0)
            return true;
    return false;
}

bool pfm_knows(const char *pmu)
{
    pfm_pmu_info_t info;
    return find(pmu, &info);
}

static size_t umasks(const pfm_event_info_t *event, const char **name, size_t max)
{
    size_t n = 0;
    for (int i = 0; i < event->nattrs && n < max; i++) {
        pfm_event_attr_info_t attr;
        memset(&attr, 0, sizeof attr);
        attr.size = sizeof attr;
        if (pfm_get_event_attr_info(event->idx, i, PFM_OS_NONE, &attr) == PFM_SUCCESS &&
            attr.type == PFM_ATTR_UMASK)
            name[n++] = attr.name;
    }
    return n;
}

size_t pfm_names(const char *pmu, const char *event, const char **name, size_t max)
{
    pfm_pmu_info_t info;
    size_t n = 0;
    if (!find(pmu, &info))
        return 0;
    for (int i = info.first_event; i >= 0 && n < max; i = pfm_get_event_next(i)) {
        pfm_event_info_t each;
        memset(&each, 0, sizeof each);
        each.size = sizeof each;
        if (pfm_get_event_info(i, PFM_OS_NONE, &each) != PFM_SUCCESS)
            continue;
        if (event == NULL)
            name[n++] = each.name;
        else if (strcmp(each.name, event) == 0)
            return umasks(&each, name, max);
    }
    return n;
}
