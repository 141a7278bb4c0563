/* SPDX-License-Identifier: MIT */
/*
 * The transports that there are, each of a library that a build may lack.  Between transport.c,
 * those who are one or begin one, and the bridges.
 */
#ifndef RINGSIDE_TRANSPORTS_H
#define RINGSIDE_TRANSPORTS_H

#include "graph/transport.h"

#ifdef __cplusplus
extern "C" {
#endif

struct rs_transport_kind {
    const struct rs_transport_ops *ops; /* NULL: this build lacks it */
    const char *missing;                /* then why, and what to do */
    const char *no_keys;      /* why it takes none and lets nobody in; NULL = it takes them */
    const char *no_reconnect; /* why a link that is lost stays lost; NULL = it may come again */
};

extern const struct rs_transport_kind rs_transport_zmq; /* transport_zmq.c, transport_zmq_none.c */
extern const struct rs_transport_kind rs_transport_mpi; /* transport_mpi.c, transport_mpi_none.c */

/* As rs_transport_of. */
const struct rs_transport_kind *rs_transport_kind_of(const char *address, char *why, size_t n);

/* "mpi:RANK:TAG": the rank that reads the edge, and what tells its edges apart. */
bool rs_mpi_address(const char *address, int *rank, int *tag);

/*
 * MPI is begun and ended for the whole process and knows no second time, so who runs the graph does
 * it, from one thread.  Signals that are blocked before stay so in the threads of the library.
 * Begins: *rank of *size processes.  0, or -errno and why.
 */
int rs_mpi_begin(int *rank, int *size, char *why, size_t n);
/* Waits until all processes of the job do it. */
void rs_mpi_end(void);
/* Ends every process of the job at once; mpirun exits with `code`. */
void rs_mpi_abort(int code);

#ifdef __cplusplus
}
#endif

#endif
