/* SPDX-License-Identifier: MIT */
/* What `ringside latency` says: as text, as JSON, as CSV, and as the data of its plot. */
#ifndef LATENCY_REPORT_H
#define LATENCY_REPORT_H

#include <jansson.h>
#include <stdio.h>

#include "measure/latency_claims.h"

#ifdef __cplusplus
extern "C" {
#endif

struct latency_report {
    int cpu;
    const struct latency_plan *plan;
    const struct latency *measured;
    struct latency_level level[LATENCY_LEVELS_MAX];
    bool explained[LATENCY_LEVELS_MAX];
    size_t n_levels;
    struct latency_claim claim[TOPOLOGY_CACHES];
    size_t n_claims;
    const char *claimed_by; /* topology.source */
};

/* Finds the levels and judges the claims about `cpu`, which is one of t. */
void latency_report_make(struct latency_report *r, const struct latency_plan *p,
                         const struct latency *l, const struct topology *t, int cpu);

/* "4 KiB pages", "huge pages", "huge pages for 96 of 256 MiB": what the buffer lay in. */
void latency_pages(const struct latency_report *r, char *text, size_t n);

void latency_write_text(const struct latency_report *r, FILE *to);
json_t *latency_json(const struct latency_report *r); /* new reference; NULL: no memory */
/* A row a size and run. */
void latency_write_csv(const struct latency_report *r, FILE *to);
/* For scripts/plots/latency.gp; `machine` is a short description. */
void latency_write_plot(const struct latency_report *r, const char *machine, FILE *to);

#ifdef __cplusplus
}
#endif

#endif
