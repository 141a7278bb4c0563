/* SPDX-License-Identifier: MIT */
/*
 * In which order agents run.  All but `random` let an agent finish an operation before the next
 * agent runs; `random` draws who goes on before every single access.
 */
#ifndef SIMULATE_SCHEDULE_H
#define SIMULATE_SCHEDULE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum schedule_kind {
    SCHEDULE_LOCKSTEP, /* push one batch, pop one batch */
    SCHEDULE_BACKLOG,  /* the same, over `amount` messages that stay in each ring */
    SCHEDULE_BURST,    /* push `amount`, pop `amount` */
    SCHEDULE_RANDOM    /* `amount` percent of draws are sources; 0: all agents alike */
};

struct schedule {
    enum schedule_kind kind;
    uint64_t amount; /* messages, or percent */
};

/* "lockstep", "backlog:64", "burst:64", "random", "random:30".  0, or -EINVAL with the reason. */
int schedule_parse(const char *text, struct schedule *s, char *why, size_t n);
void schedule_format(const struct schedule *s, char *text, size_t n);

#ifdef __cplusplus
}
#endif

#endif
