/* SPDX-License-Identifier: MIT */
/*
 * Prints the counts that tests/golden/simulate holds, of every ring in the order of variants.def.
 * Needs no library, so that it can be built for any machine; one that prints something else has
 * another simulator.
 */
#include "simulate_grid.h"

int main(void)
{
    static const char *const rings[] = {
#define RING(name, summary) #name,
#include "rings/variants.def"
#undef RING
    };
    int err = 0;
    for (size_t i = 0; i < sizeof rings / sizeof rings[0]; i++)
        if ((simulated_ring(rings[i], 128)->caps & RS_NO_TRANSFER) == 0)
            err |= grid_ring(rings[i], simulated_ring, stdout);
    return err == 0 && fflush(stdout) == 0 ? 0 : 1;
}
