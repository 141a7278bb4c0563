/* SPDX-License-Identifier: MIT */
#include "stop_request.h"

#include <stddef.h>
#include <time.h>

static sigset_t stop_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    return set;
}

void stop_hold(sigset_t *before)
{
    const sigset_t set = stop_signals();
    sigprocmask(SIG_BLOCK, &set, before);
}

void stop_release(const sigset_t *before)
{
    sigprocmask(SIG_SETMASK, before, NULL);
}

bool stop_requested(void)
{
    const struct timespec now = {0, 0};
    const sigset_t set = stop_signals();
    return sigtimedwait(&set, NULL, &now) > 0;
}
