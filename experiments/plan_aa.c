/* SPDX-License-Identifier: MIT */
/* The A/A pair of a plan. */
#include "plan_grid.h"
#include "rings/ring.h"

enum { AA_CELLS_MAX = 4 };

static bool has_ring(const struct plan *p, int64_t ring)
{
    for (size_t i = 0; i < p->n; i++)
        if (p->cell[i].value[FACTOR_ring] == ring)
            return true;
    return false;
}

/* The ring that is measured against itself: the default one, else the first that is no control. */
static int64_t aa_ring(const struct plan *p)
{
    const struct cell plain = cell_default();
    if (has_ring(p, plain.value[FACTOR_ring]))
        return plain.value[FACTOR_ring];
    for (size_t i = 0; i < p->n; i++) {
        int64_t ring = p->cell[i].value[FACTOR_ring];
        if (ring != FACTOR_UNUSED && (rs_ring_table[ring].ops->caps & RS_CONTROL) == 0)
            return ring;
    }
    return p->cell[0].value[FACTOR_ring];
}

/* One ring's (or without any, the first bound's) first cells of its first kernel once more: what
 * the halves differ by is the noise floor.  Several cells, because a ring's cost is a mean over its
 * workloads, and so is its noise.
 */
int plan_add_aa(struct plan *p)
{
    const int64_t ring = aa_ring(p);
    const size_t n = p->n, most = ring == FACTOR_UNUSED ? 1 : AA_CELLS_MAX;
    int64_t kernel = FACTOR_UNUSED;
    int err = 0;
    for (size_t i = 0, added = 0; i < n && added < most && err == 0; i++) {
        struct cell twin = p->cell[i];
        if (twin.value[FACTOR_ring] != ring)
            continue;
        kernel = kernel == FACTOR_UNUSED ? twin.value[FACTOR_kernel] : kernel;
        if (twin.value[FACTOR_kernel] != kernel)
            continue;
        twin.value[FACTOR_replica] = 1;
        err = plan_add(p, &twin);
        added++;
    }
    return err;
}
