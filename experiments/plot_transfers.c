/* SPDX-License-Identifier: MIT */
/* What was measured against what the simulator counts: a point a cell. */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "plot.h"
#include "rings/ring.h"
#include "simulate_cell.h"

enum { PANEL_STREAM, PANEL_PINGPONG };

/* Rings, messages, batches and distances may differ from point to point; not the machine. */
#define FREE                                                                                       \
    (FACTOR_BIT(ring) | FACTOR_BIT(msg_bytes) | FACTOR_BIT(msg_align) | FACTOR_BIT(separation) |   \
     FACTOR_BIT(capacity) | FACTOR_BIT(batch) | FACTOR_BIT(api))

/* The backlog nearest to the mean fill that leaves room for a batch; 0 is lockstep. */
static struct schedule schedule_of(const struct summary_cell *c,
                                   const struct simulate_config *config)
{
    const double room = (double)(config->capacity - config->batch);
    double backlog = isfinite(c->fill_mean_slots) ? round(c->fill_mean_slots) : 0;
    backlog = backlog > room ? room : backlog;
    if (c->cell.value[FACTOR_kernel] == KERNEL_pingpong || backlog < 1)
        return (struct schedule){SCHEDULE_LOCKSTEP, 0};
    return (struct schedule){SCHEDULE_BACKLOG, (uint64_t)backlog};
}

/* Misses a message of the cell in the regime it was measured in; false where it cannot be
 * simulated. */
static bool simulate(const struct summary_cell *c, struct schedule *schedule, double *misses)
{
    struct simulate_config config = simulate_config_default(NULL);
    struct simulate_result result;
    char why[512];
    if (!simulate_from_cell(&c->cell, &config, why, sizeof why))
        return false;
    config.schedule = *schedule = schedule_of(c, &config);
    if (simulate_refusal(&config, why, sizeof why) ||
        simulate_run(&config, &result, why, sizeof why) != 0)
        return false;
    *misses = (double)traffic_misses(&result.total) / (double)result.total.messages;
    simulate_result_free(&result);
    return true;
}

/* Both sides on caches of their own, and something to move. */
static bool suits(const struct cell *c)
{
    const int64_t place = c->value[FACTOR_placement];
    return place != PLACE_SAME && !(place >= 0 && place / PLACE_CPUS == place % PLACE_CPUS) &&
           (rs_ring_table[c->value[FACTOR_ring]].ops->caps & RS_NO_TRANSFER) == 0;
}

static size_t write_cell(FILE *to, const struct plot_run *r, int panel,
                         const struct summary_cell *c)
{
    const int64_t *v = c->cell.value;
    const double trips = panel == PANEL_PINGPONG ? 2 : 1; /* a round trip is two messages */
    struct schedule schedule;
    double misses;
    char regime[64];
    if (c->n == 0 || !suits(&c->cell) || !simulate(c, &schedule, &misses))
        return 0;
    schedule_format(&schedule, regime, sizeof regime);
    fprintf(to, "%d,%zu,%s,%d,%s,%lld,%lld,%lld,%s", panel, plot_style(r, &c->cell),
            ring_name(v[FACTOR_ring]), plot_is_control(&c->cell),
            v[FACTOR_api] == FACTOR_UNUSED ? "copy" : api_name(v[FACTOR_api]),
            (long long)v[FACTOR_msg_bytes],
            v[FACTOR_batch] == FACTOR_UNUSED ? 1LL : (long long)v[FACTOR_batch],
            (long long)v[FACTOR_capacity], regime);
    plot_number(to, misses);
    plot_number(to, c->median.estimate / trips);
    plot_number(to, c->median.lo / trips);
    plot_number(to, c->median.hi / trips);
    fprintf(to, ",%zu\n", c->n);
    return 1;
}

static int select_both(const struct plot_run *r, struct plot_cells set[2])
{
    int stream = plot_select(r, KERNEL_stream, FREE, 0, &set[PANEL_STREAM]);
    int pingpong = plot_select(r, KERNEL_pingpong, FREE, 0, &set[PANEL_PINGPONG]);
    if (stream == -ENOMEM || pingpong == -ENOMEM)
        return -ENOMEM;
    return stream != 0 && pingpong != 0 ? -ENODATA : 0;
}

static void write_head(FILE *to, const struct plot_run *r, const struct plot_cells set[2])
{
    const struct plot_cells *first = &set[set[PANEL_STREAM].n > 0 ? PANEL_STREAM : PANEL_PINGPONG];
    plot_head(to, r, "Time per message against cache lines moved for it", first,
              "whiskers:", "; misses are simulated at the mean fill that was measured");
    fprintf(to, "# panel %d: stream, over the backlog that was measured\n", PANEL_STREAM);
    fprintf(to, "# panel %d: pingpong, half a round trip, in lockstep\n", PANEL_PINGPONG);
    fprintf(to, "panel,style,ring,control,api,msg_bytes,batch,capacity,schedule,misses,ns,ns_lo,"
                "ns_hi,rounds\n");
}

int plot_transfers(const struct plot_run *r, FILE *to)
{
    struct plot_cells set[2] = {{0}};
    size_t points = 0;
    int err = select_both(r, set);
    if (err == 0) {
        write_head(to, r, set);
        for (int panel = PANEL_STREAM; panel <= PANEL_PINGPONG; panel++)
            for (size_t i = 0; i < set[panel].n; i++)
                points += write_cell(to, r, panel, set[panel].cell[i]);
    }
    plot_cells_free(&set[PANEL_STREAM]);
    plot_cells_free(&set[PANEL_PINGPONG]);
    return err == 0 && points == 0 ? -ENODATA : err;
}
