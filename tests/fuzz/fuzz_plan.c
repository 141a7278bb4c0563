/* SPDX-License-Identifier: MIT */
/* A plan file on a made-up machine: refused with a reason, or cells that can be named and run. */
#include "fuzz.h"

#include "plan.h"

#include <string.h>

static void check_cells(const struct plan *p)
{
    char text[1024];
    fuzz_require(p->n > 0 && p->text != NULL);
    fuzz_require(p->rule.rounds_min > 0 && p->rule.rounds_max >= p->rule.rounds_min);
    for (size_t i = 0; i < p->n; i++) {
        fuzz_require(plan_round_seconds(&p->cell[i]) > 0);
        cell_format(&p->cell[i], false, text, sizeof text);
        fuzz_require(text[0] != '\0' && strlen(text) < sizeof text);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct topology_cpu cpu[2] = {{.cpu = 0, .core = 0}, {.cpu = 1, .core = 1}};
    const struct topology t = {.cpus = cpu, .n_cpus = 2};
    const struct plan_override none = {NULL, 0};
    struct plan p;
    char why[512] = "";
    memset(&p, 0, sizeof p);
    if (plan_parse("fuzz.exp", (const char *)data, size, &none, &t, &p, why, sizeof why) == 0) {
        check_cells(&p);
    } else {
        fuzz_require(why[0] != '\0' && memchr(why, 0, sizeof why) != NULL);
        fuzz_require(p.cell == NULL && p.text == NULL);
    }
    plan_free(&p);
    return 0;
}
