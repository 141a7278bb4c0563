/* SPDX-License-Identifier: MIT */
/*
 * The transport over MPI: a frame is a message to the rank of the other side, with a tag of the
 * edge and its direction, in MPI_COMM_WORLD; MPI keeps those in order.  What stands behind is the
 * job: all its processes are there before any of them begins, nobody else can send to them, and one
 * that dies ends them all, so a link is neither made again nor watched.
 *
 * MPI has no descriptor to sleep on.  An idle edge asks again after NAP_NS, then after twice as
 * long each time, up to NAP_MOST_NS: that is what idleness costs, and what a message after a pause
 * may wait.
 *
 * Threads: each edge is its worker's, and the library is called by several at once
 * (MPI_THREAD_MULTIPLE): a lock of ours around every call would make workers wait for each other
 * where the library's own, finer ones need not, and could not be shared with a program that uses
 * MPI too.
 */
#include "graph/transports.h"

#include <errno.h>
#include <mpi.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Requests are tested in other functions than those that make them, which the checker cannot see.
 */
/* NOLINTBEGIN(clang-analyzer-optin.mpi.MPI-Checker) */

enum { NAP_NS = 20000, NAP_MOST_NS = 4000000, LINGER_NAP_NS = 100000 };

/* A frame that MPI reads from until its request is complete. */
struct sending {
    struct sending *next;
    MPI_Request request;
    size_t bytes, room;
    unsigned char data[];
};

struct rs_transport {
    bool listens, greeted, broken, told;
    int reader; /* its rank: whom a writer sends to */
    int tag_in, tag_out;
    size_t frame_bytes_most;
    int64_t nap_ns; /* the next */
    struct sending *lent, *first, *last, *spare;
    unsigned char *in; /* [in_room] the frame that is received */
    size_t in_room;
    bool coming; /* it was found, and `request` is for it */
    MPI_Request request;
    int source, in_bytes;
    char why[MPI_MAX_ERROR_STRING + 1];
};

/* The first error is what the link is lost by. */
static bool works(struct rs_transport *t, int error)
{
    int length = 0;
    if (error != MPI_SUCCESS && !t->broken) {
        t->broken = true;
        MPI_Error_string(error, t->why, &length);
    }
    return error == MPI_SUCCESS;
}

/* ---- opening ----------------------------------------------------------------------------------
 */

/* 0, or -errno and why. */
static int check_begun(char *why, size_t n)
{
    int begun = 0, ended = 0, level = MPI_THREAD_SINGLE;
    MPI_Initialized(&begun);
    MPI_Finalized(&ended);
    if (begun && !ended)
        MPI_Query_thread(&level);
    if (level == MPI_THREAD_MULTIPLE)
        return 0;
    snprintf(why, n,
             "MPI was not begun with MPI_THREAD_MULTIPLE; `mpirun ringside graph run` does that, a "
             "program of its own calls MPI_Init_thread before it starts the graph");
    return -EINVAL;
}

static int check_rank(const struct rs_transport_options *o, int reader, char *why, size_t n)
{
    int rank, size;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    if (reader < size && (!o->listens || reader == rank))
        return 0;
    snprintf(why, n, "%s: rank %d is to read this edge, and this is rank %d of %d", o->address,
             reader, rank, size);
    return -EADDRNOTAVAIL;
}

static int link_open(struct rs_transport **to, const struct rs_transport_options *o, char *why,
                     size_t n)
{
    int reader = 0, tag = 0;
    int err = rs_mpi_address(o->address, &reader, &tag) ? check_begun(why, n) : -EINVAL;
    if (err == 0)
        err = check_rank(o, reader, why, n);
    struct rs_transport *t = err == 0 ? (struct rs_transport *)calloc(1, sizeof *t) : NULL;
    if (t == NULL && err == 0) {
        snprintf(why, n, "%s: out of memory; free some and repeat", o->address);
        err = -ENOMEM;
    }
    if (err != 0)
        return err;
    t->listens = o->listens;
    t->reader = reader;
    t->tag_in = 2 * tag + (o->listens ? 0 : 1);
    t->tag_out = 2 * tag + (o->listens ? 1 : 0);
    t->frame_bytes_most = o->frame_bytes_most;
    t->nap_ns = NAP_NS;
    *to = t;
    return 0;
}

/* ---- sending ----------------------------------------------------------------------------------
 */

static void put_spare(struct rs_transport *t, struct sending *s)
{
    s->next = t->spare;
    t->spare = s;
}

/* Frames complete in the order in which they were sent, or nearly. */
static void reap(struct rs_transport *t)
{
    int done = 1;
    while (t->first != NULL) {
        struct sending *s = t->first;
        if (!works(t, MPI_Test(&s->request, &done, MPI_STATUS_IGNORE)) || !done)
            return;
        t->first = s->next;
        put_spare(t, s);
    }
}

static unsigned char *link_lend(struct rs_transport *t, size_t bytes)
{
    struct sending *s = t->lent != NULL ? t->lent : t->spare;
    if (s == t->spare && s != NULL)
        t->spare = s->next;
    t->lent = s;
    if (s == NULL || s->room < bytes) {
        s = (struct sending *)realloc(s, sizeof *s + bytes);
        if (s == NULL)
            return NULL; /* the smaller one stays lent */
        s->room = bytes;
    }
    s->bytes = bytes;
    t->lent = s;
    return s->data;
}

static int link_send(struct rs_transport *t, uint64_t peer)
{
    struct sending *s = t->lent;
    t->lent = NULL;
    reap(t);
    if (t->broken ||
        !works(t, MPI_Isend(s->data, (int)s->bytes, MPI_BYTE, t->listens ? (int)peer : t->reader,
                            t->tag_out, MPI_COMM_WORLD, &s->request))) {
        put_spare(t, s);
        return -ENOTCONN;
    }
    s->next = NULL;
    if (t->first == NULL)
        t->first = s;
    else
        t->last->next = s;
    t->last = s;
    t->nap_ns = NAP_NS;
    return 0;
}

/* ---- receiving --------------------------------------------------------------------------------
 */

static bool make_room(struct rs_transport *t, size_t bytes)
{
    if (bytes > t->frame_bytes_most) {
        snprintf(t->why, sizeof t->why, "it sends a frame of %zu bytes, and at most %zu are right",
                 bytes, t->frame_bytes_most);
        t->broken = true;
        return false;
    }
    if (bytes <= t->in_room)
        return true;
    unsigned char *more = (unsigned char *)realloc(t->in, bytes);
    if (more == NULL)
        return false; /* asked again */
    t->in = more;
    t->in_room = bytes;
    return true;
}

/* Begins to receive the next frame, if there is one. */
static void find(struct rs_transport *t)
{
    int found = 0;
    MPI_Status status;
    const int from = t->listens ? MPI_ANY_SOURCE : t->reader;
    if (!works(t, MPI_Iprobe(from, t->tag_in, MPI_COMM_WORLD, &found, &status)) || !found)
        return;
    MPI_Get_count(&status, MPI_BYTE, &t->in_bytes);
    t->source = status.MPI_SOURCE;
    /* No other thread receives what has this tag, so it is the frame that was found. */
    t->coming = make_room(t, (size_t)t->in_bytes) &&
                works(t, MPI_Irecv(t->in, t->in_bytes, MPI_BYTE, t->source, t->tag_in,
                                   MPI_COMM_WORLD, &t->request));
}

static int link_receive(struct rs_transport *t, struct rs_frame *f)
{
    int done = 0;
    reap(t);
    if (!t->coming && !t->broken)
        find(t);
    if (!t->coming || !works(t, MPI_Test(&t->request, &done, MPI_STATUS_IGNORE)) || !done)
        return 0;
    t->coming = false;
    t->nap_ns = NAP_NS;
    *f = (struct rs_frame){
        .peer = t->listens ? (uint64_t)t->source : 0, .data = t->in, .bytes = (size_t)t->in_bytes};
    return 1;
}

/* ---- what becomes of the link ------------------------------------------------------------------
 */

static bool link_keep(struct rs_transport *t)
{
    return !t->broken;
}

/* What is sent arrives at the other process, and waits there if it does not read yet. */
static enum rs_link_event link_event(struct rs_transport *t, char *why, size_t n)
{
    if (t->broken && !t->told) {
        t->told = true;
        snprintf(why, n, "%s", t->why);
        return RS_LINK_LOST;
    }
    if (t->listens || t->greeted)
        return RS_LINK_SAME;
    t->greeted = true;
    return RS_LINK_MADE;
}

static void link_sleeps(struct rs_transport *t, struct rs_sleep *s)
{
    /* A long frame goes on only while somebody calls the library. */
    const int64_t nap = t->first != NULL || t->coming ? NAP_NS : t->nap_ns;
    if (s->most_ns < 0 || s->most_ns > nap)
        s->most_ns = nap;
    t->nap_ns = 2 * t->nap_ns < NAP_MOST_NS ? 2 * t->nap_ns : NAP_MOST_NS;
}

static void free_all(struct sending *s)
{
    while (s != NULL) {
        struct sending *next = s->next;
        free(s);
        s = next;
    }
}

/* Memory that the library may still use is left to it: the process ends soon. */
static void link_close(struct rs_transport *t, int linger_ms)
{
    const struct timespec nap = {0, LINGER_NAP_NS};
    if (t == NULL)
        return;
    for (int64_t left = (int64_t)linger_ms * 1000000; left > 0; left -= LINGER_NAP_NS) {
        reap(t);
        if (t->first == NULL || t->broken)
            break;
        nanosleep(&nap, NULL);
    }
    if (!t->coming)
        free(t->in);
    free_all(t->spare);
    free(t->lent);
    free(t);
}

static const struct rs_transport_ops ops = {
    .open = link_open,
    .lend = link_lend,
    .send = link_send,
    .receive = link_receive,
    .keep = link_keep,
    .event = link_event,
    .sleeps = link_sleeps,
    .close = link_close,
};
const struct rs_transport_kind rs_transport_mpi = {
    .ops = &ops,
    .no_keys = "MPI has no keys: nobody but the processes of the job can send, and nothing is "
               "encrypted; leave keys out, or use tcp",
    .no_reconnect = "under MPI a process that dies ends the whole job, so there is nothing to come "
                    "back to; leave reconnect out, or use tcp",
};

/* ---- the job ----------------------------------------------------------------------------------
 */

int rs_mpi_begin(int *rank, int *size, char *why, size_t n)
{
    int level = MPI_THREAD_SINGLE;
    if (MPI_Init_thread(NULL, NULL, MPI_THREAD_MULTIPLE, &level) != MPI_SUCCESS) {
        snprintf(why, n,
                 "MPI did not begin; start it by `mpirun -n HOSTS ringside graph run FILE`");
        return -EIO;
    }
    MPI_Comm_rank(MPI_COMM_WORLD, rank);
    MPI_Comm_size(MPI_COMM_WORLD, size);
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN); /* an error ends an edge */
    if (level == MPI_THREAD_MULTIPLE)
        return 0;
    snprintf(why, n,
             "this MPI cannot be called by several threads (MPI_THREAD_MULTIPLE), and each "
             "edge has its own; use one that can");
    MPI_Finalize();
    return -ENOTSUP;
}

void rs_mpi_end(void)
{
    MPI_Finalize();
}

void rs_mpi_abort(int code)
{
    MPI_Abort(MPI_COMM_WORLD, code);
}

/* NOLINTEND(clang-analyzer-optin.mpi.MPI-Checker) */
