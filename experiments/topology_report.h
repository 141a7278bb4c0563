/* SPDX-License-Identifier: MIT */
/* What `ringside topology` says: as text, as JSON, as CSV, as the data of its plot; and what the
 * machine claims, held against what was measured. */
#ifndef TOPOLOGY_REPORT_H
#define TOPOLOGY_REPORT_H

#include <jansson.h>
#include <stdio.h>

#include "measure/clusters.h"
#include "measure/topology.h"
#include "pair_matrix.h"

#ifdef __cplusplus
extern "C" {
#endif

struct topology_report {
    const struct topology *claimed;
    const struct pair_plan *plan; /* cpus, runs */
    const struct pair_matrix *matrix;
    struct clusters clusters;
    json_t *findings; /* as doctor.h has them */
};

/* 0 or -errno; then there is nothing to free. */
int topology_report_make(struct topology_report *r, const struct topology *t,
                         const struct pair_plan *p, const struct pair_matrix *m);
void topology_report_free(struct topology_report *r);

/* Adds to findings what the claims and the clusters say of each other (topology_claims.c):
 * clusters that are a claimed relation, or none; claimed groups that nothing shows. */
void topology_judge_clusters(json_t *findings, const struct topology *t, const int *cpus,
                             const double *ns, const struct clusters *c);

void topology_write_text(const struct topology_report *r, FILE *to);
json_t *topology_report_json(const struct topology_report *r);      /* new reference */
void topology_write_csv(const struct topology_report *r, FILE *to); /* a row a trial */
/* For scripts/plots/topology.gp; `machine` is a short description. */
void topology_write_plot(const struct topology_report *r, const char *machine, FILE *to);

#ifdef __cplusplus
}
#endif

#endif
