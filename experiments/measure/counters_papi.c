/* SPDX-License-Identifier: MIT */
/*
 * Hardware events by PAPI's low-level interface.  As PAPI asks of threads: register, create, add,
 * start, stop, clean up, destroy, unregister, each in the thread that is counted.
 */
#include <assert.h>
#include <papi.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "counters_perf.h"
#include "counters_reason.h"

enum {
    NO_EVENT = PAPI_ENOEVNT,
    CONFLICT = PAPI_ECNFLCT,
    NOT_PERMITTED = PAPI_EPERM,
    DISABLED = PAPI_ECMP_DISABLED
};
static_assert(NO_EVENT == -7 && CONFLICT == -8 && NOT_PERMITTED == -15 && DISABLED == -25,
              "counters_reason.c holds the codes of papi.h as numbers");

enum { CPU_COMPONENT = 0 }; /* one component an event set */

static void explain(int code, char *why, size_t n)
{
    counters_reason_text(counters_papi_reason(code), why, n);
}

static bool initialise(char *why, size_t n)
{
    pfm_usable(why, n); /* PAPI starts libpfm4 too: the settings of counters_pfm.c come first */
    if (PAPI_is_initialized() == PAPI_NOT_INITED) {
        int version = PAPI_library_init(PAPI_VER_CURRENT);
        if (version != PAPI_VER_CURRENT) {
            snprintf(why, n, "PAPI does not start (%d); its headers and its library may differ",
                     version);
            return false;
        }
    }
    int err = PAPI_thread_init(pthread_self); /* for the second time: PAPI_OK */
    if (err != PAPI_OK)
        explain(err, why, n);
    return err == PAPI_OK;
}

static bool usable(char *why, size_t n)
{
    if (!initialise(why, n))
        return false;
    const PAPI_component_info_t *cpu = PAPI_get_component_info(CPU_COMPONENT);
    if (cpu == NULL || cpu->disabled || cpu->num_cntrs <= 0) {
        const char *reason =
            cpu && cpu->disabled_reason[0] ? cpu->disabled_reason : "it finds no counters here";
        snprintf(why, n, "component %s is off: %.160s", cpu ? cpu->name : "of the cpu", reason);
        return false;
    }
    return perf_counts_hardware(why, n); /* PAPI finds that out at the first event only */
}

static size_t pmus(char (*name)[32], size_t max)
{
    char why[256];
    const PAPI_component_info_t *cpu =
        initialise(why, sizeof why) ? PAPI_get_component_info(CPU_COMPONENT) : NULL;
    size_t n = 0;
    for (size_t i = 0; cpu != NULL && i < PAPI_PMU_MAX && n < max; i++)
        if (cpu->pmu_names[i] != NULL)
            snprintf(name[n++], sizeof name[0], "%.31s", cpu->pmu_names[i]);
    return n;
}

struct group {
    int set;
    int slot[COUNTERS_PASS_MAX]; /* in the event set; -1 = not in it */
    int n;
    int error; /* of start or stop */
    long long value[COUNTERS_PASS_MAX];
};

static int add_all(struct group *g, const char *const native[COUNTERS_PASS_MAX],
                   struct counter_value value[COUNTERS_PASS_MAX])
{
    for (int i = 0; i < COUNTERS_PASS_MAX; i++) {
        g->slot[i] = -1;
        if (native[i] == NULL)
            continue;
        int err = PAPI_add_named_event(g->set, native[i]);
        if (err == PAPI_OK)
            g->slot[i] = g->n++;
        else
            explain(err, value[i].why, sizeof value[i].why);
    }
    return g->n > 0 ? PAPI_OK : PAPI_ENOEVNT;
}

static void destroy(struct group *g)
{
    if (g->set != PAPI_NULL) {
        PAPI_cleanup_eventset(g->set);
        PAPI_destroy_eventset(&g->set);
    }
    free(g);
    PAPI_unregister_thread();
}

static void tell_all(int err, const char *const native[COUNTERS_PASS_MAX],
                     struct counter_value value[COUNTERS_PASS_MAX])
{
    for (int i = 0; i < COUNTERS_PASS_MAX; i++)
        if (native[i] != NULL && value[i].why[0] == '\0')
            explain(err, value[i].why, sizeof value[i].why);
}

static bool wants_any(const char *const native[COUNTERS_PASS_MAX])
{
    for (int i = 0; i < COUNTERS_PASS_MAX; i++)
        if (native[i] != NULL)
            return true;
    return false;
}

static void *group_open(const char *const native[COUNTERS_PASS_MAX],
                        struct counter_value value[COUNTERS_PASS_MAX])
{
    struct group *g = wants_any(native) ? calloc(1, sizeof *g) : NULL;
    if (g == NULL)
        return NULL;
    g->set = PAPI_NULL;
    int err = PAPI_register_thread();
    if (err == PAPI_OK)
        err = PAPI_create_eventset(&g->set);
    if (err == PAPI_OK)
        err = PAPI_assign_eventset_component(g->set, CPU_COMPONENT);
    if (err == PAPI_OK)
        err = add_all(g, native, value);
    if (err == PAPI_OK)
        return g;
    tell_all(err, native, value);
    destroy(g);
    return NULL;
}

static void group_start(void *state)
{
    struct group *g = (struct group *)state;
    g->error = PAPI_start(g->set); /* from 0 */
}

static void group_stop(void *state)
{
    struct group *g = (struct group *)state;
    if (g->error == PAPI_OK)
        g->error = PAPI_stop(g->set, g->value);
}

static void group_read(void *state, struct counter_value value[COUNTERS_PASS_MAX])
{
    const struct group *g = (const struct group *)state;
    for (int i = 0; i < COUNTERS_PASS_MAX; i++) {
        if (g->slot[i] < 0)
            continue;
        value[i].known = g->error == PAPI_OK;
        value[i].value = (uint64_t)g->value[g->slot[i]];
        value[i].why[0] = '\0';
        if (!value[i].known)
            explain(g->error, value[i].why, sizeof value[i].why);
    }
}

static void group_close(void *state)
{
    destroy((struct group *)state);
}

const struct counters_backend counters_papi = {.name = "papi",
                                               .usable = usable,
                                               .pmus = pmus,
                                               .open = group_open,
                                               .start = group_start,
                                               .stop = group_stop,
                                               .read = group_read,
                                               .close = group_close};
