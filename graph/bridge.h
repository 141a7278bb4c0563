/* SPDX-License-Identifier: MIT */
/*
 * The two ends of an edge that leaves the process: a node that takes messages from a ring and sends
 * them, and one, elsewhere, that puts them into another ring.  Graph files make them by
 * `transport =`; a program adds the kinds below, with batch = the capacity of the ring.
 * docs/edges.md says what is promised and what goes over the wire.
 *
 * Flow: the reader grants as many messages as its ring has room for, the writer sends no more, so
 * the far ring is the bound, and at most that many messages are on their way.  With reconnect = yes
 * the writer leaves what it sent in its own ring until the reader's graph has released it: after a
 * loss it goes back to what the reader says it has.  Credits are Kung and Morris, "Credit-Based
 * Flow Control for ATM Networks" (IEEE Network 9(2), 1995).
 *
 * Threads: hooks of nodes, on their workers.  rs_bridge_* is shared by the two kinds and private.
 */
#ifndef RINGSIDE_BRIDGE_H
#define RINGSIDE_BRIDGE_H

#include "graph/transport.h"
#include "graph/wire.h"

#ifdef __cplusplus
extern "C" {
#endif

extern const rs_node_ops rs_kind_edge_writer; /* one input, "in" */
extern const rs_node_ops rs_kind_edge_reader; /* one output, "out" */

struct rs_bridge {
    rs_node *node;
    const struct rs_transport_ops *ops;
    struct rs_transport *link; /* NULL until start */
    char address[512], keys[512], type[RS_WIRE_NAME_BYTES];
    char edge[RS_WIRE_NAME_BYTES], own[64], remote[64]; /* hosts */
    double dead_s, patience_s;
    bool resumes;
    bool linked; /* the greeting was answered, and the link lasts */
    bool over;   /* the other side needs to be told nothing any more */
    uint32_t msg_bytes, msg_align, slots, frame_msgs;
    uint64_t peer;        /* number of it */
    uint64_t deadline_ns; /* to be linked by, while it is not */
    char trouble[512];    /* the last reason why it is not */
};

#define RS_BRIDGE_PARAMS                                                                           \
    {"edge", NULL, "", "its name, the same on both sides"},                                        \
        {"transport", NULL, "", "tcp://HOST:PORT, ipc://PATH or mpi:RANK:TAG: where it is read"},  \
        {"own", NULL, "", "this host"}, {"remote", NULL, "", "the host of the other side"},        \
        {"message", "", "", "BYTES, BYTES:ALIGN or BYTES:ALIGN:TYPE of a message"},                \
        {"frame", "0", "messages", "at most in one frame; 0 = a quarter of the ring, 64 KiB"},     \
        {"heartbeat", "3", "s", "a peer that is silent for so long is lost"},                      \
        {"patience", "30", "s", "to wait for the other side, at the start and after a loss"},      \
        {"reconnect", "no", "", "yes: go on after a loss, nothing lost and nothing twice"},        \
        {"keys", "", "", "folder of HOST.public and HOST.secret; none = not secured"},             \
    {                                                                                              \
        "plain", "no", "", "yes: no keys, though the edge leaves the machine"                      \
    }

/* Reads the parameters and checks what needs no connection. */
int rs_bridge_init(struct rs_bridge *, rs_node *, const rs_params *, bool writes);
int rs_bridge_start(struct rs_bridge *, bool listens);
void rs_bridge_stop(struct rs_bridge *, bool reader_ended);
void rs_bridge_sleeps(struct rs_bridge *, struct rs_sleep *);

/* A frame without a body or with a text. */
int rs_bridge_say(struct rs_bridge *, enum rs_wire_kind, uint64_t sequence, uint32_t count,
                  const char *text);
int rs_bridge_greet(struct rs_bridge *, enum rs_wire_kind, uint64_t sequence, uint64_t stream,
                    uint32_t attempt);

/* The link has gone: 0 if it may come again, else the failure of the node. */
int rs_bridge_lost(struct rs_bridge *, const char *why);
/* Waits too long?  0, or the failure of the node. */
int rs_bridge_check_patience(struct rs_bridge *);
/* "edge a.out -> b.in: host B at tcp://h:1 WHAT" */
int rs_bridge_fail(struct rs_bridge *, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
int rs_bridge_peer_failed(struct rs_bridge *, const struct rs_frame *);

#ifdef __cplusplus
}
#endif

#endif
