/* SPDX-License-Identifier: MIT */
/*
 * Folds what `perf script` prints into one line a stack, "thread;outermost;...;innermost weight",
 * the format of B. Gregg's flame graphs (The Flame Graph, CACM 59(6), 2016).
 *
 * On-CPU, a sample weighs 1.  Off-CPU, each PERF_RECORD_SWITCH OUT of a thread is paired with its
 * next IN, the stack is that of the context-switches sample before the OUT, and the weight is the
 * time between the two in microseconds.  A thread that is switched out while it could go on
 * ("preempt": preempted, or it yielded) gets the innermost frame [waits_for_a_cpu].
 *
 * Frames of the kernel end in _[k], inlined functions in _[i].  A thread is called by its last
 * name, so that what it did before it had that name counts too.  Frames without a symbol are
 * called by their file, without its folder.
 */
#ifndef FLAME_FOLD_H
#define FLAME_FOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

struct fold_options {
    bool off_cpu;
    /* Threads that are left out and counted: those still called as the command, which no node has
     * named (it waits for the others), and its reporter.  NULL = none. */
    const char *command, *reporter;
};

struct fold_counts {
    uint64_t samples;  /* in the stacks: samples, or pairs of OUT and IN */
    uint64_t weight;   /* of all stacks: samples, or us */
    uint64_t lost;     /* that perf says it lost */
    uint64_t left_out; /* samples or pairs of threads that were left out */
    uint64_t unpaired; /* OUT without IN: still off the cpu at the end, or the IN was lost */
    uint64_t no_stack; /* OUT without the sample that has its stack */
    uint64_t threads;
};

/* Reads `script` (perf script -F comm,pid,tid,time,event,ip,sym,dso --ns --show-switch-events
 * --show-lost-events) to its end and writes the stacks, sorted.  0, -ENOMEM or -EIO. */
int fold_script(FILE *script, const struct fold_options *o, FILE *to, struct fold_counts *counts);

#ifdef __cplusplus
}
#endif

#endif
