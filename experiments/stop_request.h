/* SPDX-License-Identifier: MIT */
/* SIGINT, SIGTERM and SIGHUP stay pending while rounds run; a sweep looks for them between two. */
#ifndef STOP_REQUEST_H
#define STOP_REQUEST_H

#include <signal.h>
#include <stdbool.h>

void stop_hold(sigset_t *before);
void stop_release(const sigset_t *before);

/* Was one of them sent?  Takes it. */
bool stop_requested(void);

#endif
