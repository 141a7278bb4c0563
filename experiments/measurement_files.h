/* SPDX-License-Identifier: MIT */
/* The folder of a measurement that has no plan: NAME.csv, summary.json, manifest.json and
 * plots/NAME.*.  What cannot be written is complained of.  Threads: main thread. */
#ifndef MEASUREMENT_FILES_H
#define MEASUREMENT_FILES_H

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>

#include "measure/topology.h"

#ifdef __cplusplus
extern "C" {
#endif

struct measurement {
    const char *name; /* of files and plot: "latency" */
    const void *what; /* given to the two functions */
    void (*write_rows)(const void *what, FILE *to);
    /* `machine` is a short description. */
    void (*write_plot)(const void *what, const char *machine, FILE *to);
    const json_t *summary;
};

/*
 * Makes the folder `out`, or results/NAME-TIME if that is NULL, with its manifest, and puts its
 * name in dir[0..n).  Before the measurement: what cannot be kept is not begun.  An enum exit_code,
 * after a complaint; a folder that holds a run, of whatever kind, is refused.
 */
int measurement_open(const char *name, const char *out, int argc, char **argv, uint64_t seed,
                     const struct topology *t, char *dir, size_t n);

/* Writes the rest; an enum exit_code. */
int measurement_write(const struct measurement *m, const struct topology *t, const char *dir);

#ifdef __cplusplus
}
#endif

#endif
