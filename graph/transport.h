/* SPDX-License-Identifier: MIT */
/*
 * What carries the edge of a graph to another process or host: frames of bytes, each whole, in
 * order for as long as a link lasts.  Private to the engine; bridge.h uses it, and no caller sees
 * which library is below.
 *
 *     const struct rs_transport_ops *ops = rs_transport_of("tcp://h:1", why, sizeof why);
 *     struct rs_transport *t = NULL;
 *     int err = ops->open(&t, &options, why, sizeof why);
 *     unsigned char *frame = ops->lend(t, bytes);
 *     ... fill frame[0..bytes)
 *     err = ops->send(t, peer);
 *
 * One side listens and may hear several peers; it answers by their numbers and says with `keep`
 * which of them matters.  The other side connects, again and again until somebody listens, and has
 * one peer, whose number is 0.
 *
 * Nothing here bounds what is in flight but frames_most: the credits of the bridge do.
 *
 * Threads: one at a time; a library may have threads of its own, on cpu[0..cpus).
 * Ownership: a frame that was received belongs to the transport until the next receive or close;
 * one that was lent until it is sent.  Strings are copied.
 * Errors: 0 or a negative errno, why[0..n) in words.
 */
#ifndef RINGSIDE_TRANSPORT_H
#define RINGSIDE_TRANSPORT_H

#include "graph/graph.h"

#ifdef __cplusplus
extern "C" {
#endif

struct rs_transport;

struct rs_transport_options {
    const char *address;      /* "tcp://HOST:PORT", "ipc://PATH", "mpi:RANK:TAG" */
    bool listens;             /* else it connects */
    size_t frame_bytes_most;  /* a peer that sends a larger one is disconnected */
    size_t frames_most;       /* received and not read: a last bound on memory */
    double dead_s;            /* a peer that is silent for so long is lost */
    const char *keys;         /* folder; NULL = no authentication, no encryption */
    const char *own, *remote; /* hosts: own.secret, remote.public in that folder */
    const int *cpu;           /* [cpus], the kernel's numbers */
    size_t cpus;
};

struct rs_frame {
    uint64_t peer;
    const unsigned char *data; /* [bytes], not aligned */
    size_t bytes;
};

/* What became of the link.  Frames that came before are received first, if they are asked for. */
enum rs_link_event {
    RS_LINK_SAME,   /* nothing new */
    RS_LINK_MADE,   /* of the side that connects: what is sent now arrives at a peer */
    RS_LINK_LOST,   /* the peer (the listener's: that it keeps) is gone; a connecter tries again */
    RS_LINK_REFUSED /* somebody is not let in, or does not let us in; why[] says the reason */
};

struct rs_transport_ops {
    int (*open)(struct rs_transport **, const struct rs_transport_options *, char *why, size_t n);
    /* A frame to be filled; NULL: memory is out.  Lending again drops the one before. */
    unsigned char *(*lend)(struct rs_transport *, size_t bytes);
    /* Queues the lent frame.  0, or -ENOTCONN: the peer is gone, and the frame with it. */
    int (*send)(struct rs_transport *, uint64_t peer);
    /* 1 and *f, or 0: none now. */
    int (*receive)(struct rs_transport *, struct rs_frame *f);
    /* A listener: the peer of the last frame received is the one whose loss matters.  All events
     * were asked for before; false: it is lost already. */
    bool (*keep)(struct rs_transport *);
    enum rs_link_event (*event)(struct rs_transport *, char *why, size_t n);
    /* Adds what to sleep on until there may be a frame or an event. */
    void (*sleeps)(struct rs_transport *, struct rs_sleep *);
    /* Waits until what was sent has left, for linger_ms at most.  NULL is allowed. */
    void (*close)(struct rs_transport *, int linger_ms);
};

/* For the scheme of `address`, by the table in transport.c; NULL and why: it is no address, or this
 * build lacks what it needs. */
const struct rs_transport_ops *rs_transport_of(const char *address, char *why, size_t n);

/* Makes NAME.public and NAME.secret (mode 0600) in `folder`; refuses to replace them. */
int rs_transport_make_keys(const char *folder, const char *name, char *why, size_t n);

#ifdef __cplusplus
}
#endif

#endif
