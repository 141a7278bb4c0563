/* SPDX-License-Identifier: MIT */
/* summary.csv. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "store/summary.h"

static void write_number(FILE *to, double x)
{
    if (isnan(x))
        fputc(',', to); /* not available is empty, never 0 */
    else
        fprintf(to, ",%.6g", x);
}

static void write_row(const char *machine, const struct summary_cell *c, FILE *to)
{
    char level[64];
    fputs(machine, to);
    fprintf(to, "%016llx", (unsigned long long)c->id);
    for (int f = 0; f < FACTORS; f++) {
        factor_format((enum factor)f, c->cell.value[f], level, sizeof level);
        fprintf(to, ",%s", c->cell.value[f] == FACTOR_UNUSED ? "" : level);
    }
    fprintf(to, ",%s,%zu,%zu,%zu,%zu", c->metric, c->n, c->n_attempts, c->n_disturbed, c->n_failed);
    const double numbers[] = {c->median.estimate,
                              c->median.lo,
                              c->median.hi,
                              c->median.coverage,
                              c->mad,
                              c->bound,
                              c->of_bound,
                              c->ring_bytes,
                              c->fill_mean_slots,
                              c->full_hits_per_msg,
                              c->empty_hits_per_msg,
                              c->rtt_p99_ns};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        write_number(to, numbers[i]);
    const struct stats_outliers *o = &c->outliers;
    fprintf(to, ",%zu,%zu,%s\n", o->low_mild + o->high_mild, o->low_severe + o->high_severe,
            c->stop);
}

static void write_head(const char *machine, FILE *to)
{
    fprintf(to, "%scell", machine);
    for (int f = 0; f < FACTORS; f++)
        fprintf(to, ",%s", factor_table[f].name);
    fputs(",metric,n,attempts,disturbed,failed,median_ns,ci95_lo_ns,ci95_hi_ns,ci_coverage,mad_ns,"
          "bound_ns,of_bound,ring_bytes,fill_mean_slots,full_hits_per_msg,empty_hits_per_msg,"
          "rtt_p99_ns,outliers_mild,outliers_severe,stop\n",
          to);
}

static void write_rows(const char *machine, const struct summary *s, FILE *to)
{
    for (size_t i = 0; i < s->n; i++)
        write_row(machine, &s->cell[i], to);
}

int summary_write_csv(const struct summary *s, FILE *to)
{
    write_head("", to);
    write_rows("", s, to);
    return ferror(to) ? -EIO : 0;
}

/* The first columns of a kind of machine. */
static void format_machine(uint32_t machine, const struct machine_kinds *kinds, char *text,
                           size_t n)
{
    char id[MACHINE_KIND_TEXT];
    const struct machine_kind *kind = machine_kinds_find(kinds, machine);
    machine_kind_format(machine, id);
    snprintf(text, n, "%s,%s,%s,", id, kind ? kind->cpu_model : "", kind ? kind->topology : "");
}

int summary_write_by_machine(struct samples *samples, const struct stop_rule *rule,
                             const struct machine_kinds *kinds, FILE *to)
{
    struct samples_part *part;
    size_t parts;
    int err = samples_split(samples, &part, &parts);
    if (err == 0)
        write_head(parts > 1 ? "machine,cpu_model,topology_class," : "", to);
    for (size_t i = 0; err == 0 && i < parts; i++) {
        char machine[512] = "";
        struct summary summary;
        if (parts > 1)
            format_machine(part[i].machine, kinds, machine, sizeof machine);
        err = summary_make(&part[i].samples, rule, &summary);
        if (err == 0)
            write_rows(machine, &summary, to);
        if (err == 0)
            summary_free(&summary);
    }
    free(part);
    return err ? err : ferror(to) ? -EIO : 0;
}
