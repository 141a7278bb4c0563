/* SPDX-License-Identifier: MIT */
/* A counters file of the user's over the command's own: refused with its line, or events that can
 * be looked up. */
#include "fuzz.h"

#include "counter_file.h"

#include <string.h>

static void look_up(const struct counter_table *t)
{
    const struct counter_event *event[256];
    const char *nearest;
    fuzz_require(t->n_groups <= COUNTER_GROUPS_MAX && t->n_families <= COUNTER_FAMILIES_MAX);
    for (size_t f = 0; f < t->n_families; f++)
        for (size_t g = 0; g < t->n_groups; g++) {
            size_t n = counter_events(t, &t->family[f], g, event, 256);
            fuzz_require(n <= 256);
            for (size_t i = 0; i < n; i++)
                fuzz_require(event[i]->native[0] != '\0' && event[i]->group == g);
        }
    for (size_t g = 0; g < t->n_groups; g++)
        fuzz_require(counter_group_find(t, t->group[g].name, &nearest) == (int)g);
    fuzz_require(counter_family_of(t, NULL, 0) != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct counter_table *t = calloc(1, sizeof *t);
    char why[512] = "";
    fuzz_require(t != NULL);
    fuzz_require(counter_table_load(NULL, t, why, sizeof why) == 0);
    if (counter_table_parse(t, "fuzz.ini", 1, (const char *)data, size, why, sizeof why) == 0)
        look_up(t);
    else
        fuzz_require(why[0] != '\0');
    counter_table_free(t);
    free(t);
    return 0;
}
