/* SPDX-License-Identifier: MIT */
#include "topology_report.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "doctor.h"
#include "plot.h"

enum { MATRIX_TEXT_MAX = 16, WORDS = 320 };

/* The pairs of the matrix as doctor_judge_pairs() takes them; it knows what is usual. */
static int judge_pairs(struct topology_report *r)
{
    const struct pair_matrix *m = r->matrix;
    struct doctor_pair *pairs = (struct doctor_pair *)calloc(m->n * m->n, sizeof *pairs);
    size_t n = 0;
    if (pairs == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < m->n; i++)
        for (size_t k = i + 1; k < m->n; k++) {
            double there = m->median_ns[i * m->n + k], back = m->median_ns[k * m->n + i];
            double ns = isnan(there) ? back : isnan(back) ? there : (there + back) / 2;
            int a = r->plan->cpus[i], b = r->plan->cpus[k];
            if (!isnan(ns))
                pairs[n++] = (struct doctor_pair){a, b, topology_relation(r->claimed, a, b), ns};
        }
    doctor_judge_pairs(r->findings, pairs, n, m->n * (m->n - 1) / 2);
    free(pairs);
    return 0;
}

int topology_report_make(struct topology_report *r, const struct topology *t,
                         const struct pair_plan *p, const struct pair_matrix *m)
{
    *r = (struct topology_report){.claimed = t, .plan = p, .matrix = m, .findings = json_array()};
    int err = r->findings ? clusters_find(m->median_ns, m->n, m->noise, &r->clusters) : -ENOMEM;
    if (err == 0)
        err = judge_pairs(r);
    if (err == 0)
        topology_judge_clusters(r->findings, t, p->cpus, m->median_ns, &r->clusters);
    else
        topology_report_free(r);
    return err;
}

void topology_report_free(struct topology_report *r)
{
    clusters_free(&r->clusters);
    json_decref(r->findings);
    r->findings = NULL;
}

/* ---- text --------------------------------------------------------------------------------- */

static void write_matrix(const struct topology_report *r, FILE *to)
{
    const struct pair_matrix *m = r->matrix;
    fprintf(to, "ns a round trip; rows begin%s\n\n  cpu", r->plan->ordered ? "" : " in turns");
    for (size_t k = 0; k < m->n; k++)
        fprintf(to, " %6d", r->plan->cpus[k]);
    for (size_t i = 0; i < m->n; i++) {
        fprintf(to, "\n%5d", r->plan->cpus[i]);
        for (size_t k = 0; k < m->n; k++)
            if (isnan(m->median_ns[i * m->n + k]))
                fprintf(to, " %6s", "-");
            else
                fprintf(to, " %6.0f", m->median_ns[i * m->n + k]);
    }
    fputs("\n\n", to);
}

static void write_level(const struct topology_report *r, size_t i, FILE *to)
{
    const struct cluster_level *l = &r->clusters.level[i];
    fprintf(to, "  level %zu, %.0f ns within, %.0f ns between:", i + 1, l->within_ns,
            l->between_ns);
    for (size_t c = 0; c < l->clusters; c++) {
        const char *before = " {";
        for (size_t k = 0; k < r->matrix->n; k++)
            if (l->member[k] == (int)c) {
                fprintf(to, "%s%d", before, r->plan->cpus[k]);
                before = " ";
            }
        fputc('}', to);
    }
    fputc('\n', to);
}

static void spread(const struct pair_matrix *m, double *least, double *most)
{
    *least = INFINITY;
    *most = 0;
    for (size_t i = 0; i < m->n * m->n; i++)
        if (!isnan(m->median_ns[i])) {
            *least = fmin(*least, m->median_ns[i]);
            *most = fmax(*most, m->median_ns[i]);
        }
}

void topology_write_text(const struct topology_report *r, FILE *to)
{
    const struct pair_matrix *m = r->matrix;
    char words[WORDS], error[48] = "of unknown error";
    double least, most;
    spread(m, &least, &most);
    if (m->n <= MATRIX_TEXT_MAX)
        write_matrix(r, to);
    if (!isnan(m->noise))
        snprintf(error, sizeof error, "each to %.1f%%", 100 * m->noise);
    fprintf(to, "%zu of %zu %spairs, median of %d runs, %s; %.0f to %.0f ns\n", m->pairs, m->of,
            r->plan->ordered ? "ordered " : "", r->plan->runs, error, least, most);
    clusters_explain(&r->clusters, words, sizeof words);
    fprintf(to, "clusters: %s\n", words);
    for (size_t i = 0; i < r->clusters.n_levels; i++)
        write_level(r, i, to);
    fprintf(to, "\nagainst the claims of %s:\n\n", r->claimed->source);
}

/* ---- JSON --------------------------------------------------------------------------------- */

static json_t *number_or_null(double x)
{
    return isnan(x) ? json_null() : json_real(x);
}

static json_t *matrix_json(const double *x, size_t n)
{
    json_t *rows = json_array();
    for (size_t i = 0; i < n; i++) {
        json_t *row = json_array();
        for (size_t k = 0; k < n; k++)
            json_array_append_new(row, number_or_null(x[i * n + k]));
        json_array_append_new(rows, row);
    }
    return rows;
}

static json_t *members_json(const struct topology_report *r, const struct cluster_level *l)
{
    json_t *clusters = json_array();
    for (size_t c = 0; c < l->clusters; c++)
        json_array_append_new(clusters, json_array());
    for (size_t k = 0; k < r->matrix->n; k++)
        json_array_append_new(json_array_get(clusters, (size_t)l->member[k]),
                              json_integer(r->plan->cpus[k]));
    return clusters;
}

static json_t *levels_json(const struct topology_report *r)
{
    json_t *levels = json_array();
    for (size_t i = 0; i < r->clusters.n_levels; i++) {
        const struct cluster_level *l = &r->clusters.level[i];
        json_array_append_new(levels,
                              json_pack("{s:f, s:f, s:o}", "within_ns", l->within_ns, "between_ns",
                                        l->between_ns, "clusters", members_json(r, l)));
    }
    return levels;
}

json_t *topology_report_json(const struct topology_report *r)
{
    static const char *const verdicts[] = {[CLUSTERS_FOUND] = "found",
                                           [CLUSTERS_UNIFORM] = "uniform",
                                           [CLUSTERS_ONE_PAIR] = "cannot tell",
                                           [CLUSTERS_INCOMPLETE] = "cannot tell",
                                           [CLUSTERS_NOISY] = "cannot tell"};
    const struct pair_matrix *m = r->matrix;
    char words[WORDS];
    json_t *cpus = json_array();
    for (size_t i = 0; i < m->n; i++)
        json_array_append_new(cpus, json_integer(r->plan->cpus[i]));
    clusters_explain(&r->clusters, words, sizeof words);
    return json_pack("{s:o, s:i, s:f, s:b, s:I, s:I, s:o, s:o, s:o, s:o, s:s, s:s, s:o, s:s, s:O}",
                     "cpus", cpus, "runs", r->plan->runs, "seconds", r->plan->seconds, "ordered",
                     r->plan->ordered, "pairs", (json_int_t)m->pairs, "pairs_there_are",
                     (json_int_t)m->of, "round_trip_ns", matrix_json(m->median_ns, m->n), "lo_ns",
                     matrix_json(m->lo_ns, m->n), "hi_ns", matrix_json(m->hi_ns, m->n), "noise",
                     number_or_null(m->noise), "verdict", verdicts[r->clusters.verdict], "why",
                     words, "levels", levels_json(r), "claimed_by", r->claimed->source, "findings",
                     r->findings);
}

/* ---- CSV ---------------------------------------------------------------------------------- */

void topology_write_csv(const struct topology_report *r, FILE *to)
{
    fputs("run,order,cpu_a,cpu_b,round_trip_ns\n", to);
    for (size_t i = 0; i < r->matrix->trials; i++) {
        const struct pair_trial *t = &r->matrix->trial[i];
        fprintf(to, "%d,%zu,%d,%d", t->run, i, t->cpu_a, t->cpu_b);
        plot_number(to, t->ns > 0 ? t->ns : NAN);
        fputc('\n', to);
    }
}

/* A line after every cpu where a cluster of the level ends. */
static void write_borders(const struct topology_report *r, const size_t *order, FILE *to)
{
    for (size_t l = 0; l < r->clusters.n_levels; l++)
        for (size_t i = 1; i < r->matrix->n; i++) {
            const int *member = r->clusters.level[l].member;
            if (member[order[i]] != member[order[i - 1]])
                fprintf(to, "2,%zu,%zu,,,,\n", i, l + 1);
        }
}

void topology_write_plot(const struct topology_report *r, const char *machine, FILE *to)
{
    const struct pair_matrix *m = r->matrix;
    char words[WORDS], clean[160];
    size_t *order = (size_t *)calloc(m->n, sizeof *order);
    if (order == NULL)
        return;
    clusters_order(&r->clusters, order);
    clusters_explain(&r->clusters, words, sizeof words);
    plot_clean(machine, clean, sizeof clean);
    fprintf(to, "# title: Round trip of one cache line between cpus\n");
    fprintf(to, "# conditions: %.100s; %zu of %zu pairs, median of %d runs\n", clean, m->pairs,
            m->of, r->plan->runs);
    fprintf(to, "# reading: %s; clusters: %s\n",
            r->plan->ordered ? "the row's cpu begins" : "both begin in turns", words);
    fputs("kind,row,column,value,value_lo,value_hi,label\n", to);
    for (size_t i = 0; i < m->n; i++)
        for (size_t k = 0; k < m->n; k++) {
            const size_t at = order[i] * m->n + order[k];
            fprintf(to, "0,%zu,%zu", i, k);
            plot_number(to, m->median_ns[at]);
            plot_number(to, m->lo_ns[at]);
            plot_number(to, m->hi_ns[at]);
            fputs(",\n", to);
        }
    for (size_t i = 0; i < m->n; i++)
        fprintf(to, "1,%zu,%zu,,,,%d\n", i, i, r->plan->cpus[order[i]]);
    write_borders(r, order, to);
    free(order);
}
