/* SPDX-License-Identifier: MIT */
/* Built unless MPI=1: no edge goes over MPI. */
#include "graph/transports.h"

#include <errno.h>

#define MISSING "this build has no MPI; install it (scripts/setup mpi) and build with `make MPI=1`"

const struct rs_transport_kind rs_transport_mpi = {.missing = MISSING};

int rs_mpi_begin(int *rank, int *size, char *why, size_t n)
{
    *rank = *size = 0;
    snprintf(why, n, "%s", MISSING);
    return -ENOTSUP;
}

void rs_mpi_end(void)
{
}

void rs_mpi_abort(int code)
{
    (void)code;
}
