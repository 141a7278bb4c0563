/* SPDX-License-Identifier: MIT */
/*
 * Events counted for one thread between two moments.
 *
 *     counters_open(&c, &pass);      in the thread to be counted
 *     counters_start(&c);
 *     ... the timed work ...
 *     counters_stop(&c);
 *     counters_json(&c, messages);
 *     counters_close(&c);
 *
 * Hardware events are counted by the first of PAPI and libpfm4 with perf_event_open() that works
 * here, and for want of both are unavailable; software events always by the kernel's accounts.
 * Nothing is multiplexed: a pass is at most COUNTERS_PASS_MAX events, and an event that did not
 * count all the time has no value.  Hardware events are of user mode only.
 *
 * Cost: start and stop are a few system calls (microseconds); between them, nothing.
 * Threads: all calls for a `struct counters` come from the thread it counts, but counters_json.
 */
#ifndef COUNTERS_H
#define COUNTERS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { COUNTERS_PASS_MAX = 4, COUNTERS_WHY_BYTES = 512 };

struct counter_value {
    bool known;
    uint64_t value;
    char why[COUNTERS_WHY_BYTES]; /* where it is not known; "" = not tried yet */
};

/* What counts hardware events, or the software ones.  `open` is for the calling thread: of the
 * names that are not NULL it takes those it can and gives the others their `why`; NULL if it took
 * none. */
struct counters_backend {
    const char *name;
    bool (*usable)(char *why, size_t n);          /* can it count hardware here; main thread */
    size_t (*pmus)(char (*name)[32], size_t max); /* of this machine, by libpfm4's names */
    void *(*open)(const char *const native[COUNTERS_PASS_MAX],
                  struct counter_value value[COUNTERS_PASS_MAX]);
    void (*start)(void *state);
    void (*stop)(void *state);
    void (*read)(void *state, struct counter_value value[COUNTERS_PASS_MAX]); /* after stop */
    void (*close)(void *state);
};
extern const struct counters_backend counters_papi, counters_perf, counters_software;

/* In the order in which they are tried; the last one is the software events'. */
enum { COUNTERS_BACKENDS = 3 };
extern const struct counters_backend *const counters_backends[COUNTERS_BACKENDS];

/* Which of them counts hardware events here; counters_software if none does, then with why[0..n)
 * saying so of each.  RINGSIDE_COUNTERS_BACKEND=NAME in the environment forces one.  Main thread,
 * before others count: it initialises libraries.  NULL with the reason if a forced name is unknown.
 */
const struct counters_backend *counters_choose(char *why, size_t n);

/* The core PMUs of this machine, by the chosen backend, else by libpfm4. */
size_t counters_pmus(const struct counters_backend *hardware, char (*name)[32], size_t max);

/* Events to count at once. */
struct counters_pass {
    const struct counters_backend *hardware;
    char without[512]; /* why there is no hardware backend, where there is none */
    char family[32], group[32];
    size_t index, of; /* this pass of the group, from 1 */
    size_t n;
    struct {
        char label[48], native[160];
    } event[COUNTERS_PASS_MAX];
};

struct counters {
    const struct counters_pass *pass; /* NULL = not open */
    struct counter_value value[COUNTERS_PASS_MAX];
    void *state[2]; /* hardware, software */
};

/* Always succeeds: what cannot be counted has no value, and a reason. */
void counters_open(struct counters *c, const struct counters_pass *pass);
void counters_start(struct counters *c); /* from 0 */
void counters_stop(struct counters *c);
void counters_close(struct counters *c);

/* {LABEL: {"value", "per_msg"} or {"value": null, "per_msg": null, "reason"}}; new reference.
 * messages 0 = not known.  Also of a closed one. */
json_t *counters_json(const struct counters *c, double messages);

/* {"backend", "family", "group", "pass", "passes"}; new reference. */
json_t *counters_pass_json(const struct counters_pass *pass);

#ifdef __cplusplus
}
#endif

#endif
