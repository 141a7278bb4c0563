/* SPDX-License-Identifier: MIT */
/* Built where libzmq is missing: no edge leaves the process. */
#include "graph/transport.h"

#include <errno.h>

static const char missing[] = "this build has no libzmq, so no edge leaves the process; install "
                              "libzmq3-dev and build again";

const struct rs_transport_ops *rs_transport_of(const char *address, char *why, size_t n)
{
    snprintf(why, n, "%.80s: %s", address, missing);
    return NULL;
}

int rs_transport_make_keys(const char *folder, const char *name, char *why, size_t n)
{
    snprintf(why, n, "%.80s/%.80s: %s", folder, name, missing);
    return -ENOTSUP;
}
