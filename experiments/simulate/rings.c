/* SPDX-License-Identifier: MIT */
/*
 * Every ring at every separation over the simulator's seam.  The Makefile compiles rings/ops.c once
 * for each and names the result simulated_<ring>_<separation>.
 */
#include <stddef.h>
#include <string.h>

#include "built.h"
#include "simulate/simulation.h"

#define DECLARE(name, separation) extern const struct rs_ring_ops simulated_##name##_##separation;
#define RING(name, summary)       EACH_SEPARATION(DECLARE, name)
#include "rings/variants.def"
#undef RING

static const struct rs_ring_ops *const table[] = {
#define ENTRY(name, separation) &simulated_##name##_##separation,
#define RING(name, summary)     EACH_SEPARATION(ENTRY, name)
#include "rings/variants.def"
#undef RING
};

const struct rs_ring_ops *simulated_ring(const char *name, int64_t separation)
{
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (table[i]->separation == separation && strcmp(table[i]->name, name) == 0)
            return table[i];
    return NULL;
}
