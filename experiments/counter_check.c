/* SPDX-License-Identifier: MIT */
#include "counter_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "graph/graph.h"
#include "measure/counters_pfm.h"
#include "measure/counters_software.h"

enum { NAMES_MAX = 4096 };

static void fail_unknown(struct ini_file *file, const struct counter_event *e, const char *what,
                         const char *word, const char *nearest)
{
    ini_file_fail(file, e->line, "unknown %s '%.60s' in '%.60s'%s%s%s", what, word, e->native,
                  nearest ? "; did you mean '" : "; `ringside list counters` shows those in use",
                  nearest ? nearest : "", nearest ? "'?" : "");
}

static void check_software(struct ini_file *file, const struct counter_event *e)
{
    const char *name = e->native + strlen(COUNTERS_SOFTWARE_PREFIX), *nearest;
    if (counters_software_find(name, &nearest) < 0)
        fail_unknown(file, e, "software event", name, nearest);
}

/* Of pmu::EVENT:UMASK, what libpfm4 does not know: the event, else the umask. */
static void explain(struct ini_file *file, const struct counter_event *e, const char *pmu,
                    const char *event)
{
    const char **names = malloc(NAMES_MAX * sizeof *names);
    char word[112];
    if (names == NULL)
        return;
    snprintf(word, sizeof word, "%.*s", (int)strcspn(event, ":"), event);
    size_t n = pfm_names(pmu, NULL, names, NAMES_MAX);
    bool known = false;
    for (size_t i = 0; i < n; i++)
        known = known || strcmp(names[i], word) == 0;
    if (!known) {
        fail_unknown(file, e, "event", word, rs_nearest_name(word, names, n));
    } else {
        const char *colon = strchr(event, ':');
        n = pfm_names(pmu, word, names, NAMES_MAX);
        fail_unknown(file, e, "umask", colon ? colon + 1 : "",
                     rs_nearest_name(colon ? colon + 1 : "", names, n));
    }
    free(names);
}

static void check_on(struct ini_file *file, const struct counter_event *e, const char *pmu)
{
    char name[160], why[256];
    struct pfm_code code;
    counter_full_name(pmu, e->native, name, sizeof name);
    const char *event = strstr(name, "::");
    if (event == NULL)
        return;
    char owner[32];
    snprintf(owner, sizeof owner, "%.*s", (int)(event - name), name);
    if (pfm_knows(owner) && pfm_encode(name, &code, why, sizeof why) != 0)
        explain(file, e, owner, event + 2);
}

void counter_check_event(struct ini_file *file, const struct counter_table *t,
                         const struct counter_event *e)
{
    const struct counter_family *f = &t->family[e->family];
    if (strncmp(e->native, COUNTERS_SOFTWARE_PREFIX, strlen(COUNTERS_SOFTWARE_PREFIX)) == 0) {
        check_software(file, e);
        return;
    }
    for (size_t i = 0; i < f->n_pmus; i++)
        check_on(file, e, f->pmu[i]);
}
