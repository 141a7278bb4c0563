/* SPDX-License-Identifier: MIT */
/* The end of an edge that receives: it listens, and grants what its ring has room for. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "graph/bridge.h"
#include "graph/pack.h"
#include "internal.h"

enum {
    ACK_NS = 5000000
}; /* with reconnect: what was released is told at the latest so long after */

struct reader {
    struct rs_bridge b;
    char position[512]; /* file with the number of the first message that is wanted; "" = 0 */
    uint64_t stream;    /* the writer's run */
    uint32_t attempt, schema, window;
    /* messages since the start of the stream */
    uint64_t pushed;  /* into the ring */
    uint64_t granted; /* those below may come */
    uint64_t told;    /* released by the graph, as the writer knows */
    uint64_t told_ns; /* when */
    struct rs_frame frame;
    uint32_t at, count; /* messages of the frame that the ring has, of how many */
    uint64_t strangers; /* frames that were not looked at */
    bool ended, asked;  /* the end was seen; the writer was asked to stop */
};

/* ---- credits ----------------------------------------------------------------------------------
 */

static const struct rs_edge *edge_of(const struct reader *r)
{
    return r->b.node->out_edge[0][0];
}

/* Exact once the graph is idle; only with reconnect, whose rings hold nothing back. */
static uint64_t released(const struct reader *r)
{
    return r->b.resumes ? r->pushed - rs_edge_used(edge_of(r)) : r->pushed;
}

static bool worth_telling(const struct reader *r, uint64_t limit, uint64_t given_back)
{
    const uint64_t more = limit > r->granted ? limit - r->granted : 0;
    if (more >= r->window || (more > 0 && r->granted == r->pushed))
        return true;
    if (!r->b.resumes || given_back == r->told)
        return false;
    return given_back - r->told >= r->window || rs_now_ns() - r->told_ns >= ACK_NS;
}

/* Tells the writer what it may send, and what the graph is done with. */
static void grant(struct reader *r, rs_io *io, bool at_once)
{
    struct rs_span s;
    if (!r->b.linked)
        return;
    if (!at_once && !r->b.resumes && r->granted - r->pushed + r->window > r->b.slots)
        return; /* the writer has enough: spares a look at the reader's index */
    const size_t room = rs_io_reserve(io, 0, SIZE_MAX, &s);
    const uint64_t limit = r->pushed + room > r->granted ? r->pushed + room : r->granted;
    const uint64_t given_back = released(r);
    if (!at_once && !worth_telling(r, limit, given_back))
        return;
    const struct rs_wire_header h = {
        .kind = RS_WIRE_CREDIT, .sequence = limit, .schema = r->schema};
    unsigned char *frame = r->b.ops->lend(r->b.link, RS_WIRE_CREDIT_BYTES);
    if (frame == NULL)
        return; /* memory is out: the next one says the same */
    rs_wire_put_credit(frame, &h, given_back);
    r->b.ops->send(r->b.link, r->b.peer);
    r->granted = limit;
    r->told = given_back;
    r->told_ns = rs_now_ns();
}

/* ---- greetings --------------------------------------------------------------------------------
 */

/* NULL, or why these two do not fit. */
static const char *mismatch(const struct reader *r, const struct rs_wire_header *h,
                            const struct rs_wire_greeting *g, char *text, size_t n)
{
    const struct rs_bridge *b = &r->b;
    if (g->foreign_order)
        return "its machine has the other byte order, and messages travel as they lie in memory";
    if (strcmp(g->edge, b->edge) != 0)
        snprintf(text, n, "it sends edge %.120s, this side takes %.120s", g->edge, b->edge);
    else if (strcmp(g->host, b->remote) != 0)
        snprintf(text, n, "it is host %.60s, and %.60s is expected", g->host, b->remote);
    else if (g->msg_bytes != b->msg_bytes || g->msg_align != b->msg_align)
        snprintf(text, n, "it sends messages of %u bytes aligned to %u, this side takes %u and %u",
                 g->msg_bytes, g->msg_align, b->msg_bytes, b->msg_align);
    else if (g->type[0] != '\0' && b->type[0] != '\0' && strcmp(g->type, b->type) != 0)
        snprintf(text, n, "it sends messages of type %.100s, this side takes %.100s", g->type,
                 b->type);
    else if (((h->flags & RS_WIRE_RESUMES) != 0) != b->resumes)
        snprintf(text, n, "reconnect is %s there and %s here", b->resumes ? "no" : "yes",
                 b->resumes ? "yes" : "no");
    else
        return NULL;
    return text;
}

static int refuse(struct reader *r, uint64_t peer, enum rs_wire_refusal code, const char *why)
{
    const uint64_t kept = r->b.peer;
    r->b.peer = peer;
    rs_bridge_say(&r->b, RS_WIRE_REFUSAL, 0, (uint32_t)code, why);
    r->b.peer = kept;
    if (code == RS_WIRE_MISMATCH && !r->b.linked) {
        snprintf(r->b.trouble, sizeof r->b.trouble, "a writer was refused: %.400s", why);
        rs_node_log(r->b.node, RS_WARN, "edge %s: %s", r->b.edge, r->b.trouble);
    }
    return 1;
}

static int hear_events(struct reader *r);

/* A writer that came back may be heard of before the loss of its old link. */
static int take_hello(struct reader *r, rs_io *io, const struct rs_frame *f,
                      const struct rs_wire_header *h)
{
    struct rs_wire_greeting g;
    char text[400];
    const char *fault = rs_wire_get_greeting(f->data, f->bytes, &g);
    if (fault == NULL)
        fault = mismatch(r, h, &g, text, sizeof text);
    if (fault != NULL)
        return refuse(r, f->peer, RS_WIRE_MISMATCH, fault);
    int err = hear_events(r);
    if (err < 0)
        return err;
    if (r->b.linked && r->b.peer != f->peer && r->stream != g.stream)
        return refuse(r, f->peer, RS_WIRE_BUSY, "another writer is linked to this edge");
    if (!r->b.ops->keep(r->b.link))
        return 1; /* it greeted and left */
    r->b.peer = f->peer;
    r->b.linked = true;
    r->stream = g.stream;
    r->schema = rs_wire_schema(g.type, g.msg_bytes, g.msg_align);
    const uint32_t ring = g.ring_slots < r->b.slots ? g.ring_slots : r->b.slots;
    r->window = ring / 4 > 0 ? ring / 4 : 1;
    r->granted = r->pushed;
    r->ended = false;
    rs_bridge_greet(&r->b, RS_WIRE_WELCOME, r->pushed, g.stream, g.attempt);
    grant(r, io, true);
    return 1;
}

/* ---- messages ---------------------------------------------------------------------------------
 */

static int take_data(struct reader *r, const struct rs_frame *f, const struct rs_wire_header *h)
{
    if (h->schema != r->schema || !rs_wire_fits(h, f->bytes, r->b.msg_bytes))
        return rs_bridge_fail(&r->b, -EPROTO, "sends a frame that does not hold what it says");
    if (h->sequence > r->pushed)
        return rs_bridge_fail(&r->b, -EPROTO, "left out messages %llu to %llu",
                              (unsigned long long)r->pushed, (unsigned long long)(h->sequence - 1));
    if (h->sequence + h->count > r->granted)
        return rs_bridge_fail(&r->b, -EPROTO, "sends more than there is room for");
    if (h->sequence + h->count <= r->pushed)
        return 1; /* they are here, of a link before */
    r->frame = *f;
    r->at = (uint32_t)(r->pushed - h->sequence);
    r->count = h->count;
    return 1;
}

/* The frame at hand, or as much of it as the ring takes; how many messages. */
static int push(struct reader *r, rs_io *io)
{
    struct rs_span s;
    const unsigned char *from =
        r->frame.data + RS_WIRE_HEADER_BYTES + (size_t)r->at * r->b.msg_bytes;
    const size_t n = rs_io_reserve(io, 0, r->count - r->at, &s);
    if (n == 0)
        return 0;
    rs_unpack(&s, from, n, r->b.msg_bytes);
    rs_io_commit(io, 0, n);
    r->at += (uint32_t)n;
    r->pushed += n;
    return (int)n;
}

static int take_end(struct reader *r, const struct rs_wire_header *h)
{
    if (h->sequence != r->pushed)
        return rs_bridge_fail(&r->b, -EPROTO, "says that there were %llu messages, and %llu came",
                              (unsigned long long)h->sequence, (unsigned long long)r->pushed);
    r->ended = true;
    return 1;
}

/* ---- frames and events ------------------------------------------------------------------------
 */

/* Frames of others than the writer are dropped: only a greeting makes a writer. */
static int take_frame(struct reader *r, rs_io *io, const struct rs_frame *f)
{
    struct rs_wire_header h = {0};
    const bool ours = r->b.linked && f->peer == r->b.peer;
    const char *fault = rs_wire_get_header(f->data, f->bytes, &h);
    if (fault != NULL && !ours)
        return refuse(r, f->peer, RS_WIRE_MISMATCH, fault);
    if (fault != NULL)
        return rs_bridge_fail(&r->b, -EPROTO, "sends what is not understood: %s", fault);
    if (h.kind == RS_WIRE_HELLO)
        return take_hello(r, io, f, &h);
    if (!ours) {
        r->strangers++;
        return 1;
    }
    switch (h.kind) {
    case RS_WIRE_DATA:
        return take_data(r, f, &h);
    case RS_WIRE_END:
        return take_end(r, &h);
    case RS_WIRE_FAILED:
        return rs_bridge_peer_failed(&r->b, f);
    default:
        return rs_bridge_fail(&r->b, -EPROTO, "says what only a reader says");
    }
}

static int hear_events(struct reader *r)
{
    char why[256] = "";
    enum rs_link_event e;
    int any = 0, err = 0;
    while (err == 0 && (e = r->b.ops->event(r->b.link, why, sizeof why)) != RS_LINK_SAME) {
        any = 1;
        if (e == RS_LINK_LOST)
            err = rs_bridge_lost(&r->b, why);
        else if (e == RS_LINK_REFUSED && !r->b.linked)
            snprintf(r->b.trouble, sizeof r->b.trouble, "%s", why);
    }
    return err != 0 ? err : any;
}

/* One frame; the loss of the link only when there is none left. */
static int hear(struct reader *r, rs_io *io)
{
    if (r->b.ops->receive(r->b.link, &r->frame) > 0) {
        const struct rs_frame f = r->frame;
        r->at = r->count = 0;
        return take_frame(r, io, &f);
    }
    return hear_events(r);
}

/* All is with the ring, and with reconnect out of it again. */
static bool is_over(const struct reader *r)
{
    return r->ended && r->at == r->count && released(r) == r->pushed;
}

static int reader_work(rs_node *n, rs_io *io)
{
    struct reader *r = (struct reader *)rs_node_state(n);
    int heard = 0, pushed = 0;
    if (r->at == r->count)
        heard = hear(r, io);
    if (heard < 0)
        return heard;
    if (r->at < r->count)
        pushed = push(r, io);
    grant(r, io, false);
    if (is_over(r) && r->b.linked) {
        rs_bridge_say(&r->b, RS_WIRE_DONE, r->pushed, 0, NULL);
        r->b.over = true;
        return RS_EOS;
    }
    return heard > 0 || pushed > 0 ? 1 : rs_bridge_check_patience(&r->b);
}

/* The part is asked to end: so is the writer's, and what is on its way still arrives. */
static int reader_drain(rs_node *n, rs_io *io)
{
    struct reader *r = (struct reader *)rs_node_state(n);
    if (!r->b.linked) {
        rs_node_log(n, RS_WARN, "edge %s: stopped while host %s was not there", r->b.edge,
                    r->b.remote);
        return RS_EOS;
    }
    if (!r->asked)
        rs_bridge_say(&r->b, RS_WIRE_STOP, 0, 0, NULL);
    r->asked = true;
    return reader_work(n, io);
}

/* ---- the node ---------------------------------------------------------------------------------
 */

static int reader_init(rs_node *n, const rs_params *params)
{
    struct reader *r = (struct reader *)rs_node_state(n);
    const char *position;
    int err = rs_bridge_init(&r->b, n, params, false);
    if (err == 0)
        err = rs_param_text(n, params, "position", &position);
    if (err == 0 && strlen(position) >= sizeof r->position)
        err = rs_node_fail(n, -EINVAL, "position = %.40s... is longer than %zu bytes", position,
                           sizeof r->position - 1);
    if (err == 0)
        snprintf(r->position, sizeof r->position, "%s", position);
    return err;
}

/* Eight bytes, little endian, that the graph behind the edge keeps: how many messages it is done
 * with.  No file, or an empty one, is none. */
static int read_position(struct reader *r)
{
    unsigned char text[8];
    int fd = r->position[0] != '\0' ? open(r->position, O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0)
        return r->position[0] == '\0' || errno == ENOENT
                   ? 0
                   : rs_node_fail(r->b.node, -errno, "position = %.100s: %s", r->position,
                                  strerror(errno));
    const ssize_t got = read(fd, text, sizeof text);
    close(fd);
    if (got != 0 && got != (ssize_t)sizeof text)
        return rs_node_fail(r->b.node, -EINVAL,
                            "position = %.100s: it does not begin with a number of 8 bytes",
                            r->position);
    for (size_t i = 0; i < (size_t)got; i++)
        r->pushed |= (uint64_t)text[i] << (8 * i);
    return 0;
}

static int reader_start(rs_node *n)
{
    struct reader *r = (struct reader *)rs_node_state(n);
    const uint32_t caps = edge_of(r)->ops->caps;
    if (r->b.resumes && (!(caps & RS_ZERO_COPY) || (caps & (RS_NEEDS_FLUSH | RS_DEFERS_CREDIT))))
        return rs_node_fail(n, -EINVAL,
                            "edge %.160s: with reconnect = yes the ring must tell what was read, "
                            "and %.30s does not; use ring = chunked or mirrored",
                            r->b.edge, edge_of(r)->ring_name);
    int err = read_position(r);
    r->granted = r->told = r->pushed;
    return err != 0 ? err : rs_bridge_start(&r->b, true);
}

static void reader_stop(rs_node *n)
{
    rs_bridge_stop((struct rs_bridge *)rs_node_state(n), true);
}

/* With reconnect, what was released is told soon even if nothing comes. */
static void reader_sleeps(rs_node *n, struct rs_sleep *s)
{
    struct reader *r = (struct reader *)rs_node_state(n);
    rs_bridge_sleeps(&r->b, s);
    if (r->b.linked && r->b.resumes && released(r) != r->told && s->most_ns != 0)
        s->most_ns = ACK_NS;
}

static const rs_port out[] = {{.name = "out"}};
static const rs_param_spec params[] = {
    RS_BRIDGE_PARAMS,
    {"position", "", "", "file in which the graph keeps how many messages it is done with"},
    {NULL, NULL, NULL, NULL}};

const rs_node_ops rs_kind_edge_reader = {
    .abi = RS_GRAPH_ABI,
    .kind = "edge.reader",
    .summary = "takes messages from a part of the graph in another process",
    .out = out,
    .n_out = 1,
    .params = params,
    .state_bytes = sizeof(struct reader),
    .init = reader_init,
    .start = reader_start,
    .work = reader_work,
    .drain = reader_drain,
    .stop = reader_stop,
    .fini = reader_stop,
    .sleeps = reader_sleeps,
};
