/* SPDX-License-Identifier: MIT */
/* The sweep's progress on stderr: one line that changes on a terminal, a line a round elsewhere. */
#ifndef PROGRESS_H
#define PROGRESS_H

#include "sweep.h"

/* What is to go if every cell runs all its rounds: an upper estimate, better as rounds go by. */
struct progress_left {
    size_t rounds;
    double seconds;
};
struct progress_left progress_left(const struct sweep *s);

/* Before an attempt at round `round` of a cell. */
void progress_show(const struct sweep *s, int round, int attempt, const struct cell *c);

/* After the last: how many rounds, how many disturbed or failed, how the time was spent. */
/* Why a round has no result, and of which cell: a line of its own on stderr. */
void progress_failed(int round, const struct cell *c, const char *status, const char *reason);

void progress_end(const struct sweep *s);

#endif
