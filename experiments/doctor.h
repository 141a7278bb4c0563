/* SPDX-License-Identifier: MIT */
/*
 * What `ringside doctor` is made of: checks that add findings to a JSON array.
 *
 * A finding is {"topic", "status": ok|note|warn|bad, "what", "effect", "fix", "disturbs"}; effect
 * and fix are null where there is none.  "disturbs" says that figures measured now would suffer;
 * bad, or a warn that disturbs, makes the machine unsuitable under --strict.
 *
 * Threads: main thread only; the measuring checks start threads of their own and join them.
 */
#ifndef DOCTOR_H
#define DOCTOR_H

#include "measure/topology.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum doctor_status { DOCTOR_OK, DOCTOR_NOTE, DOCTOR_WARN, DOCTOR_BAD, DOCTOR_STATUSES };

struct doctor_finding {
    enum doctor_status status;
    bool disturbs;
    const char *topic;
    const char *effect; /* NULL = none, as for fix */
    const char *fix;
};

/* Adds a finding; the format makes its "what". */
void doctor_add(json_t *findings, const struct doctor_finding *f, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* As text on stdout, with a line that counts them at the end. */
void doctor_print(const json_t *findings);

/* Checks of the record environment_json() makes, and of the cpus (doctor_machine.c). */
void doctor_machine(json_t *findings, const struct topology *t, const json_t *env);

/* Checks that measure for some seconds in all: clock, interference, pairs (doctor_measure.c). */
void doctor_measure(json_t *findings, const struct topology *t, const json_t *env);

/* What counts events here (doctor_counters.c). */
void doctor_counters(json_t *findings);

/* Optional programs in $PATH (doctor_machine.c). */
void doctor_tools(json_t *findings);

/* Two cpus, what is claimed about them, and their measured round trip (doctor_pairs.c). */
struct doctor_pair {
    int a;
    int b;
    enum relation relation;
    double round_trip_ns; /* < 0 = could not be measured */
};

enum { DOCTOR_PAIRS = 64 };

/*
 * Up to DOCTOR_PAIRS pairs of allowed cpus into `pairs`; if there are more, every claimed
 * relation keeps its share, spread evenly.  Returns how many; *total is how many there are.
 */
size_t doctor_choose_pairs(const struct topology *t, struct doctor_pair *pairs, size_t *total);

/* Holds any number of measured pairs against what is claimed, of `total` that there are. */
void doctor_judge_pairs(json_t *findings, const struct doctor_pair *pairs, size_t n, size_t total);

#ifdef __cplusplus
}
#endif

#endif
