/* SPDX-License-Identifier: MIT */
/* The end of an edge that sends: it connects to where the reader listens. */
#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "graph/bridge.h"
#include "graph/pack.h"
#include "internal.h"

enum {
    HEAR_EVERY = 16,      /* frames sent between two looks for credits, while there are some */
    BUSY_NS = 200000000,  /* until a reader that had another writer is asked again */
    NOTHING_MORE = RS_EOS /* the reader wants nothing more */
};

struct writer {
    struct rs_bridge b;
    uint64_t stream; /* of this run */
    uint32_t attempt, schema;
    /* messages since the start of the stream */
    uint64_t released; /* from the ring: number of the first that is in it */
    uint64_t sent;     /* number of the next to send */
    uint64_t acked;    /* released by the reader's graph */
    uint64_t limit;    /* the reader has room for those below */
    uint64_t again_ns; /* when to greet again; 0 = not planned */
    unsigned unheard;  /* frames sent since it looked for credits */
    bool ended;        /* the end was sent on this link */
};

/* ---- what the reader says ---------------------------------------------------------------------
 */

static int greet(struct writer *w)
{
    w->again_ns = 0;
    return rs_bridge_greet(&w->b, RS_WIRE_HELLO, w->released, w->stream, ++w->attempt) == 0
               ? 1
               : rs_node_fail(w->b.node, -ENOMEM, "out of memory; free some and repeat");
}

static int take_welcome(struct writer *w, const struct rs_frame *f, const struct rs_wire_header *h)
{
    struct rs_wire_greeting g;
    const char *fault = rs_wire_get_greeting(f->data, f->bytes, &g);
    if (fault != NULL)
        return rs_bridge_fail(&w->b, -EPROTO, "answers wrongly: %s", fault);
    if (g.attempt != w->attempt)
        return 1; /* to a greeting of a link that is no more */
    if (h->sequence < w->released)
        return rs_bridge_fail(&w->b, -ESTALE,
                              "asks for message %llu, and this side has those from %llu on: its "
                              "part was started anew and does not know what it had; give the edge "
                              "position = FILE",
                              (unsigned long long)h->sequence, (unsigned long long)w->released);
    w->sent = w->limit = h->sequence;
    w->acked = h->sequence > w->acked ? h->sequence : w->acked;
    w->b.linked = true;
    w->ended = false;
    rs_node_log(w->b.node, RS_DEBUG, "edge %s: linked to host %s, from message %llu on", w->b.edge,
                g.host, (unsigned long long)h->sequence);
    return 1;
}

static int take_refusal(struct writer *w, const struct rs_frame *f, const struct rs_wire_header *h)
{
    char text[RS_WIRE_TEXT_BYTES];
    rs_wire_get_text(f->data, f->bytes, text);
    if (h->count != RS_WIRE_BUSY || !w->b.resumes)
        return rs_bridge_fail(&w->b, -EPROTO, "refuses this edge: %s", text);
    snprintf(w->b.trouble, sizeof w->b.trouble, "%s", text);
    w->again_ns = rs_now_ns() + BUSY_NS;
    return 1;
}

static int take_credit(struct writer *w, const struct rs_frame *f, const struct rs_wire_header *h)
{
    uint64_t released = 0;
    const char *fault = rs_wire_get_credit(f->data, f->bytes, &released);
    if (!w->b.linked)
        return 1;
    if (fault == NULL && (released > w->sent || h->sequence < released))
        fault = "it has read what was not sent";
    if (fault != NULL)
        return rs_bridge_fail(&w->b, -EPROTO, "counts wrongly: %s", fault);
    w->limit = h->sequence > w->limit ? h->sequence : w->limit;
    w->acked = released > w->acked ? released : w->acked;
    return 1;
}

static int take_frame(struct writer *w, const struct rs_frame *f)
{
    struct rs_wire_header h;
    const char *fault = rs_wire_get_header(f->data, f->bytes, &h);
    if (fault != NULL)
        return rs_bridge_fail(&w->b, -EPROTO, "is no reader of an edge: %s", fault);
    switch (h.kind) {
    case RS_WIRE_CREDIT:
        return take_credit(w, f, &h);
    case RS_WIRE_WELCOME:
        return take_welcome(w, f, &h);
    case RS_WIRE_REFUSAL:
        return take_refusal(w, f, &h);
    case RS_WIRE_DONE:
        w->b.over = true;
        return NOTHING_MORE;
    case RS_WIRE_STOP:
        rs_node_log(w->b.node, RS_INFO, "edge %s: host %s asks to stop", w->b.edge, w->b.remote);
        rs_graph_stop(rs_node_graph(w->b.node), RS_STOP_DRAIN);
        return 1;
    case RS_WIRE_FAILED:
        return rs_bridge_peer_failed(&w->b, f);
    default:
        return rs_bridge_fail(&w->b, -EPROTO, "says what only a writer says");
    }
}

/* All frames that have come: > 0 some, 0 none, or a failure or RS_EOS. */
static int take_frames(struct writer *w)
{
    struct rs_frame f;
    int any = 0, r = 1;
    while (r > 0 && w->b.ops->receive(w->b.link, &f) > 0) {
        r = take_frame(w, &f);
        any = 1;
    }
    return r < 0 ? r : any;
}

static int take_event(struct writer *w, enum rs_link_event e, const char *why)
{
    if (e == RS_LINK_MADE)
        return greet(w);
    if (e == RS_LINK_REFUSED) {
        snprintf(w->b.trouble, sizeof w->b.trouble, "%s", why);
        return 1;
    }
    int r = take_frames(w); /* what it said last */
    if (r >= 0)
        r = rs_bridge_lost(&w->b, why);
    return r;
}

static int hear(struct writer *w)
{
    char why[256] = "";
    enum rs_link_event e;
    int any = 0, r = 0;
    w->unheard = 0;
    while (r >= 0 && (e = w->b.ops->event(w->b.link, why, sizeof why)) != RS_LINK_SAME) {
        r = take_event(w, e, why);
        any = 1;
    }
    if (r >= 0)
        r = take_frames(w);
    if (r >= 0 && w->again_ns != 0 && rs_now_ns() >= w->again_ns)
        r = greet(w);
    return r != 0 ? r : any;
}

/* ---- what is sent -----------------------------------------------------------------------------
 */

static size_t least(uint64_t a, uint64_t b, uint64_t c)
{
    const uint64_t two = a < b ? a : b;
    return (size_t)(two < c ? two : c);
}

/* The next frame of what the ring holds; how many messages. */
static int send_frame(struct writer *w, const struct rs_span *s, size_t have)
{
    const uint64_t first = w->sent - w->released;
    const size_t bytes = w->b.msg_bytes;
    const size_t n = first < have ? least(have - first, w->limit - w->sent, w->b.frame_msgs) : 0;
    if (n == 0 || !w->b.linked)
        return 0;
    const struct rs_wire_header h = {
        .kind = RS_WIRE_DATA, .sequence = w->sent, .count = (uint32_t)n, .schema = w->schema};
    unsigned char *frame = w->b.ops->lend(w->b.link, RS_WIRE_HEADER_BYTES + n * bytes);
    if (frame == NULL)
        return rs_node_fail(w->b.node, -ENOMEM, "out of memory; free some and repeat");
    rs_wire_put_header(frame, &h);
    rs_pack(frame + RS_WIRE_HEADER_BYTES, s, (size_t)first, n, bytes);
    w->b.ops->send(w->b.link, w->b.peer); /* a loss is told as an event */
    w->sent += n;
    w->unheard++;
    return (int)n;
}

/* Sends one frame, and gives back to the ring what the reader has. */
static int move(struct writer *w, rs_io *io)
{
    struct rs_span s;
    const size_t have = rs_io_peek(io, 0, SIZE_MAX, &s);
    const int sent = have > 0 ? send_frame(w, &s, have) : 0;
    if (sent < 0)
        return sent;
    const uint64_t keep = w->b.resumes ? w->acked : w->sent;
    const size_t over = keep > w->released ? least(keep - w->released, have, SIZE_MAX) : 0;
    if (over > 0)
        rs_io_release(io, 0, over);
    w->released += over;
    return sent > 0 || over > 0;
}

static bool must_hear(const struct writer *w)
{
    return !w->b.linked || w->sent >= w->limit || w->unheard >= HEAR_EVERY;
}

static int writer_work(rs_node *n, rs_io *io)
{
    struct writer *w = (struct writer *)rs_node_state(n);
    const bool heard = must_hear(w);
    int r = heard ? hear(w) : 0, moved = 0;
    if (r >= 0)
        moved = move(w, io);
    if (r >= 0 && moved == 0 && !heard)
        r = hear(w);
    if (r < 0 || moved < 0)
        return r < 0 ? r : moved;
    return r > 0 || moved > 0 ? 1 : rs_bridge_check_patience(&w->b);
}

/* The ring is empty and closed: everything was sent, and with reconnect read as well. */
static int writer_drain(rs_node *n, rs_io *io)
{
    struct writer *w = (struct writer *)rs_node_state(n);
    int r = hear(w);
    (void)io;
    if (r != 0)
        return r;
    if (w->b.linked && w->sent > w->released)
        return rs_bridge_fail(&w->b, -EPROTO,
                              "has %llu messages, and the stream ended after %llu: it is not the "
                              "one that was begun",
                              (unsigned long long)w->sent, (unsigned long long)w->released);
    if (w->b.linked && !w->ended) {
        w->ended = true;
        rs_bridge_say(&w->b, RS_WIRE_END, w->sent, 0, NULL);
        return 1;
    }
    if (w->b.linked || rs_now_ns() < w->b.deadline_ns || w->acked < w->released)
        return rs_bridge_check_patience(&w->b);
    rs_node_log(n, RS_WARN, "edge %s: all was read, but host %s never said that it saw the end",
                w->b.edge, w->b.remote);
    return RS_EOS;
}

/* ---- the node ---------------------------------------------------------------------------------
 */

static int writer_init(rs_node *n, const rs_params *params)
{
    return rs_bridge_init((struct rs_bridge *)rs_node_state(n), n, params, true);
}

static int writer_start(rs_node *n)
{
    struct writer *w = (struct writer *)rs_node_state(n);
    int err = rs_bridge_start(&w->b, false);
    w->schema = rs_wire_schema(w->b.type, w->b.msg_bytes, w->b.msg_align);
    if (getrandom(&w->stream, sizeof w->stream, 0) != (ssize_t)sizeof w->stream)
        w->stream = rs_now_ns();
    return err;
}

static void writer_stop(rs_node *n)
{
    rs_bridge_stop((struct rs_bridge *)rs_node_state(n), false);
}

static void writer_fini(rs_node *n)
{
    writer_stop(n); /* after a start that failed elsewhere */
}

static void writer_sleeps(rs_node *n, struct rs_sleep *s)
{
    struct writer *w = (struct writer *)rs_node_state(n);
    rs_bridge_sleeps(&w->b, s);
    if (w->again_ns != 0 && s->most_ns != 0)
        s->most_ns = BUSY_NS;
}

static const rs_port in[] = {{.name = "in"}};
static const rs_param_spec params[] = {RS_BRIDGE_PARAMS, {NULL, NULL, NULL, NULL}};

const rs_node_ops rs_kind_edge_writer = {
    .abi = RS_GRAPH_ABI,
    .kind = "edge.writer",
    .summary = "sends messages to a part of the graph in another process",
    .in = in,
    .n_in = 1,
    .params = params,
    .state_bytes = sizeof(struct writer),
    .init = writer_init,
    .start = writer_start,
    .work = writer_work,
    .drain = writer_drain,
    .stop = writer_stop,
    .fini = writer_fini,
    .sleeps = writer_sleeps,
};
