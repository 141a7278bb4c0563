/* SPDX-License-Identifier: MIT */
/* Built where libzmq is missing: no edge goes over tcp or ipc. */
#include "graph/transports.h"

#include <errno.h>

#define MISSING                                                                                    \
    "this build has no libzmq, which edges over tcp and ipc need; install libzmq3-dev and build "  \
    "again"

const struct rs_transport_kind rs_transport_zmq = {.missing = MISSING};

int rs_transport_make_keys(const char *folder, const char *name, char *why, size_t n)
{
    snprintf(why, n, "%.80s/%.80s: %s", folder, name, MISSING);
    return -ENOTSUP;
}
