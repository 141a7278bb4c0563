/* SPDX-License-Identifier: MIT */
/*
 * samples.jsonl, read back: one record a round, as the sweep wrote them (docs/results-format.md).
 *
 * A last line without its newline is torn (the machine stopped in the middle of a write): it is
 * left out and counted.  Anything else that is not a record is an error with its line number.
 */
#ifndef SAMPLES_H
#define SAMPLES_H

#include "factors.h"

#ifdef __cplusplus
extern "C" {
#endif

enum sample_status {
    SAMPLE_OK,
    SAMPLE_FAILED,  /* a message was damaged or out of order */
    SAMPLE_TIMEOUT, /* no end within the limit */
    SAMPLE_CRASHED, /* by a fault of its own */
    SAMPLE_ABORTED, /* could not be set up, or was killed from outside: says nothing of the ring */
    SAMPLE_STATUSES
};

struct sample {
    struct cell cell;
    uint64_t id; /* cell_id */
    int round;   /* 0, 1, ... within the cell; rounds of one number ran side by side */
    int attempt; /* 0, and more if the round was disturbed and run again */
    enum sample_status status;
    bool disturbed;
    double value; /* the kernel's metric, ns; NaN unless ok */
    double messages, ring_bytes, fill_mean_slots, full_hits, empty_hits, rtt_p99_ns; /* or NaN */
    double start_s;   /* since the sweep began */
    uint32_t machine; /* the kind that it ran on (store/machine_kind.h); 0: the run's own */
};

struct samples {
    struct sample *item; /* in the order in which they ran */
    size_t n;
    bool torn;
};

/* The "status" of a record; false if it has none that is known. */
bool sample_status_read(const json_t *record, enum sample_status *status);

/* The "machine" of a record: 0 if it says none; false if that is no kind of machine. */
bool sample_machine_read(const json_t *record, uint32_t *machine);

/* A record, read.  False if it is none. */
bool sample_read(const json_t *record, struct sample *s);

/* Reads dir/samples.jsonl.  0, or -errno (-EINVAL: not a record) with the reason in why[0..n). */
int samples_load(const char *dir, struct samples *s, char *why, size_t n);
void samples_free(struct samples *s);

/* The rounds of one kind of machine: a view into all of them. */
struct samples_part {
    uint32_t machine;
    struct samples samples;
};

/* Times of unlike machines are not to be mixed: takes the rounds apart by machine, in the order of
 * first appearance, and reorders `all` for it unless they are apart already.  *part is the caller's
 * to free.  0 or -ENOMEM. */
int samples_split(struct samples *all, struct samples_part **part, size_t *parts);

#ifdef __cplusplus
}
#endif

#endif
