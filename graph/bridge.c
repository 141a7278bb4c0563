/* SPDX-License-Identifier: MIT */
/* What the writer and the reader of an edge between processes share. */
#include "graph/bridge.h"
#include "graph/transports.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

enum {
    FRAME_BYTES = 64 * 1024, /* by default, if a quarter of the ring is more */
    CONTROL_FRAMES = 64,     /* beside those that carry messages */
    LINGER_MS = 2000,
    MSG_BYTES_MAX = 1 << 24
};

/* ---- errors -----------------------------------------------------------------------------------
 */

int rs_bridge_fail(struct rs_bridge *b, int code, const char *format, ...)
{
    char text[700];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return rs_node_fail(b->node, code, "edge %.160s: host %s at %.100s %s", b->edge, b->remote,
                        b->address, text);
}

int rs_bridge_peer_failed(struct rs_bridge *b, const struct rs_frame *f)
{
    char text[RS_WIRE_TEXT_BYTES];
    rs_wire_get_text(f->data, f->bytes, text);
    b->over = true;
    return rs_bridge_fail(b, -ECONNABORTED, "has failed: %s", text);
}

static uint64_t after(double s)
{
    return rs_now_ns() + (uint64_t)(s * 1e9);
}

int rs_bridge_lost(struct rs_bridge *b, const char *why)
{
    const bool was = b->linked;
    b->linked = false;
    if (was || b->trouble[0] == '\0') /* a refusal says more than that the connection broke */
        snprintf(b->trouble, sizeof b->trouble, "%s", why);
    if (!was)
        return 0;
    if (!b->resumes)
        return rs_bridge_fail(b, -ECONNRESET,
                              "is gone before the stream has ended: %s; look at the log of its "
                              "part, or let both sides go on after a loss (reconnect = yes)",
                              why);
    b->deadline_ns = after(b->patience_s);
    rs_node_log(b->node, RS_WARN, "edge %s: host %s at %s is gone: %s; waiting %g s for it",
                b->edge, b->remote, b->address, why, b->patience_s);
    return 0;
}

int rs_bridge_check_patience(struct rs_bridge *b)
{
    if (b->linked || rs_now_ns() < b->deadline_ns)
        return 0;
    return rs_bridge_fail(b, -ETIMEDOUT,
                          "was not there within %g s%s%s; start the part of that host, or raise "
                          "patience",
                          b->patience_s, b->trouble[0] != '\0' ? ": " : "", b->trouble);
}

/* ---- parameters -------------------------------------------------------------------------------
 */

static int take_text(rs_node *n, const rs_params *params, const char *name, char *to, size_t room)
{
    const char *text;
    int err = rs_param_text(n, params, name, &text);
    if (err == 0 && strlen(text) >= room)
        err = rs_node_fail(n, -EINVAL, "%s = %.40s... is longer than %zu bytes", name, text,
                           room - 1);
    if (err == 0)
        snprintf(to, room, "%s", text);
    return err;
}

static int take_flag(rs_node *n, const rs_params *params, const char *name, bool *to)
{
    const char *text;
    int err = rs_param_text(n, params, name, &text);
    if (err == 0 && strcmp(text, "yes") != 0 && strcmp(text, "no") != 0)
        err = rs_node_fail(n, -EINVAL, "%s = '%.40s' is none of no, yes", name, text);
    if (err == 0)
        *to = strcmp(text, "yes") == 0;
    return err;
}

/* "BYTES", "BYTES:ALIGN", "BYTES:ALIGN:TYPE"; empty = as the port at the other end says. */
static int take_message(struct rs_bridge *b, const rs_params *params, bool writes)
{
    rs_node *n = b->node;
    const char *text;
    unsigned bytes = 0, align = 1;
    int end = 0, last = 0;
    int err = rs_param_text(n, params, "message", &text);
    if (err != 0 || *text == '\0')
        return err;
    const int got = sscanf(text, "%9u%n:%9u%n:%250s%n", &bytes, &end, &align, &end, b->type, &last);
    end = got == 3 ? last : end;
    if (got < 1 || text[end] != '\0' || bytes < 1 || bytes > MSG_BYTES_MAX ||
        (align & (align - 1)) != 0 || align < 1)
        return rs_node_fail(n, -EINVAL,
                            "message = '%.60s' is not BYTES, BYTES:ALIGN or BYTES:ALIGN:TYPE, as "
                            "4:4:f32, with an align that is a power of two",
                            text);
    const char *type = b->type[0] != '\0' ? b->type : NULL;
    if (writes)
        rs_node_set_in(n, 0, type, bytes, align);
    else
        rs_node_set_out(n, 0, type, bytes, align);
    return 0;
}

/* What is sent to this address cannot leave the machine. */
static bool stays_here(const char *address)
{
    static const char *const here[] = {"ipc://", "tcp://localhost:", "tcp://[::1]:"};
    static const char loopback[] = "tcp://127.";
    for (size_t i = 0; i < sizeof here / sizeof here[0]; i++)
        if (strncmp(address, here[i], strlen(here[i])) == 0)
            return true;
    /* A number and no name that begins like one. */
    const size_t begin = sizeof loopback - 1;
    return strncmp(address, loopback, begin) == 0 &&
           address[begin + strspn(address + begin, "0123456789.")] == ':';
}

/* What was asked for and this transport does not have. */
static int check_able(struct rs_bridge *b, const struct rs_transport_kind *kind)
{
    if (b->resumes && kind->no_reconnect != NULL)
        return rs_node_fail(b->node, -ENOTSUP, "reconnect = yes with transport = %.100s: %s",
                            b->address, kind->no_reconnect);
    if (b->keys[0] != '\0' && kind->no_keys != NULL)
        return rs_node_fail(b->node, -ENOTSUP, "keys with transport = %.100s: %s", b->address,
                            kind->no_keys);
    return 0;
}

static int check_secured(struct rs_bridge *b, const rs_params *params,
                         const struct rs_transport_kind *kind)
{
    bool plain = false;
    int err = take_flag(b->node, params, "plain", &plain);
    if (err != 0 || plain || b->keys[0] != '\0' || kind->no_keys != NULL || stays_here(b->address))
        return err;
    return rs_node_fail(b->node, -EPERM,
                        "transport = %.100s leaves the machine without authentication or "
                        "encryption; give keys = FOLDER (`ringside graph keys` makes them), or say "
                        "plain = yes if the network is yours alone",
                        b->address);
}

int rs_bridge_init(struct rs_bridge *b, rs_node *n, const rs_params *params, bool writes)
{
    const struct {
        const char *name;
        char *to;
        size_t room;
    } texts[] = {{"edge", b->edge, sizeof b->edge},
                 {"transport", b->address, sizeof b->address},
                 {"own", b->own, sizeof b->own},
                 {"remote", b->remote, sizeof b->remote},
                 {"keys", b->keys, sizeof b->keys}};
    char why[512];
    int64_t frame = 0;
    int err = 0;
    b->node = n;
    for (size_t i = 0; err == 0 && i < sizeof texts / sizeof texts[0]; i++)
        err = take_text(n, params, texts[i].name, texts[i].to, texts[i].room);
    err = err ? err : rs_param_integer(n, params, "frame", 0, 1 << 24, &frame);
    err = err ? err : rs_param_number(n, params, "heartbeat", 0.1, 3600, &b->dead_s);
    err = err ? err : rs_param_number(n, params, "patience", 0, 1e6, &b->patience_s);
    err = err ? err : take_flag(n, params, "reconnect", &b->resumes);
    err = err ? err : take_message(b, params, writes);
    b->frame_msgs = (uint32_t)frame;
    if (err != 0)
        return err;
    const struct rs_transport_kind *kind = rs_transport_kind_of(b->address, why, sizeof why);
    if (kind == NULL)
        return rs_node_fail(n, -EINVAL, "%s", why);
    b->ops = kind->ops;
    err = check_able(b, kind);
    return err != 0 ? err : check_secured(b, params, kind);
}

/* ---- starting and stopping --------------------------------------------------------------------
 */

static void know_ring(struct rs_bridge *b, bool reads)
{
    const rs_node *n = b->node;
    const struct rs_edge *e = reads ? n->out_edge[0][0] : n->in_edge[0][0];
    const rs_port *p = reads ? &n->out[0] : &n->in[0];
    size_t frame = e->capacity / 4 > 0 ? e->capacity / 4 : 1;
    b->slots = (uint32_t)e->capacity;
    b->msg_bytes = p->msg_bytes;
    b->msg_align = p->msg_align;
    snprintf(b->type, sizeof b->type, "%s", p->schema != NULL ? p->schema : "");
    if (frame * b->msg_bytes > FRAME_BYTES)
        frame = FRAME_BYTES / b->msg_bytes > 0 ? FRAME_BYTES / b->msg_bytes : 1;
    if (b->frame_msgs == 0)
        b->frame_msgs = (uint32_t)frame;
}

int rs_bridge_start(struct rs_bridge *b, bool listens)
{
    const struct rs_cpus *cpus = &b->node->graph->cpus;
    char why[700];
    know_ring(b, listens);
    const struct rs_transport_options o = {
        .address = b->address,
        .listens = listens,
        .frame_bytes_most = RS_WIRE_GREETING_BYTES + RS_WIRE_TEXT_BYTES +
                            (listens ? (size_t)b->slots * b->msg_bytes : 0),
        .frames_most = (size_t)b->slots + CONTROL_FRAMES,
        .dead_s = b->dead_s,
        .keys = b->keys[0] != '\0' ? b->keys : NULL,
        .own = b->own,
        .remote = b->remote,
        .cpu = cpus->cpu,
        .cpus = cpus->n,
    };
    int err = b->ops->open(&b->link, &o, why, sizeof why);
    if (err != 0)
        return rs_node_fail(b->node, err, "edge %.160s: %s", b->edge, why);
    b->deadline_ns = after(b->patience_s);
    return 0;
}

void rs_bridge_stop(struct rs_bridge *b, bool reader_ended)
{
    const bool tells = b->linked && !b->over;
    if (b->link == NULL)
        return;
    if (tells && !rs_node_ended_well(b->node)) {
        const char *error = rs_graph_error(b->node->graph);
        rs_bridge_say(b, RS_WIRE_FAILED, 0, 0, *error ? error : "it was stopped at once");
    } else if (tells && reader_ended) {
        rs_bridge_say(b, RS_WIRE_DONE, 0, 0, NULL);
    }
    b->ops->close(b->link, b->linked ? LINGER_MS : 0);
    b->link = NULL;
}

void rs_bridge_sleeps(struct rs_bridge *b, struct rs_sleep *s)
{
    const uint64_t now = rs_now_ns();
    if (!b->linked)
        s->most_ns = b->deadline_ns > now ? (int64_t)(b->deadline_ns - now) : 0;
    b->ops->sleeps(b->link, s);
}

/* ---- frames -----------------------------------------------------------------------------------
 */

static uint32_t schema_of(const struct rs_bridge *b)
{
    return rs_wire_schema(b->type, b->msg_bytes, b->msg_align);
}

int rs_bridge_say(struct rs_bridge *b, enum rs_wire_kind kind, uint64_t sequence, uint32_t count,
                  const char *text)
{
    const struct rs_wire_header h = {
        .kind = (uint8_t)kind, .sequence = sequence, .count = count, .schema = schema_of(b)};
    const size_t more = text != NULL ? strnlen(text, RS_WIRE_TEXT_BYTES - 1) : 0;
    unsigned char *frame = b->ops->lend(b->link, RS_WIRE_HEADER_BYTES + more);
    if (frame == NULL)
        return -ENOMEM;
    rs_wire_put_text(frame, &h, text != NULL ? text : "");
    return b->ops->send(b->link, b->peer);
}

int rs_bridge_greet(struct rs_bridge *b, enum rs_wire_kind kind, uint64_t sequence, uint64_t stream,
                    uint32_t attempt)
{
    const struct rs_wire_header h = {.kind = (uint8_t)kind,
                                     .flags = b->resumes ? RS_WIRE_RESUMES : 0,
                                     .sequence = sequence,
                                     .schema = schema_of(b)};
    struct rs_wire_greeting g = {.msg_bytes = b->msg_bytes,
                                 .msg_align = b->msg_align,
                                 .ring_slots = b->slots,
                                 .stream = stream,
                                 .attempt = attempt};
    unsigned char text[RS_WIRE_GREETING_BYTES];
    snprintf(g.type, sizeof g.type, "%s", b->type);
    snprintf(g.edge, sizeof g.edge, "%s", b->edge);
    snprintf(g.host, sizeof g.host, "%s", b->own);
    const size_t bytes = rs_wire_put_greeting(text, &h, &g);
    unsigned char *frame = b->ops->lend(b->link, bytes);
    if (frame == NULL)
        return -ENOMEM;
    memcpy(frame, text, bytes);
    return b->ops->send(b->link, b->peer);
}
