/* SPDX-License-Identifier: MIT */
/*
 * The transport over libzmq (MPL-2.0 and LGPL-3.0 with an exception for linking).  The listener is
 * a ROUTER, so that strangers cannot take the place of the peer or of its frames; the other side a
 * DEALER.  A socket's monitor tells of losses.  ZMTP's own heartbeats, by the library's thread, see
 * a dead host even while a node's hook takes long.
 */
#include "graph/transport_zmq.h"
#include "graph/transports.h"

#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <zmq.h>

enum {
    ID_BYTES = 5, /* of the numbers that a ROUTER gives to its peers */
    AGAIN_MS = 50,
    AGAIN_MOST_MS = 1000,
    CONNECT_MS = 2000,
    FDS_KNOWN = 1 << 16, /* whose losses are known even before their first frame is read */
    GREET_MS = 5000      /* who connects and says nothing that is ZMTP is cut off */
};
#define MONITOR "inproc://monitor"

struct rs_transport {
    void *context, *socket, *monitor;
    void *zap; /* NULL = nobody is asked for a key */
    unsigned char allowed[32];
    bool listens, lent;
    int kept_fd;                 /* of the peer that matters; -1 = none */
    uint8_t gone[FDS_KNOWN / 8]; /* a bit for each descriptor: its peer has left */
    zmq_msg_t in, out;           /* in is always initialized, out while it is lent */
};

static int fail(char *why, size_t n, const char *address, const char *what)
{
    const int err = zmq_errno();
    const char *hint = "";
    if (err == EADDRINUSE)
        hint = "; another program listens there: choose another port, or end it";
    else if (err == EADDRNOTAVAIL || err == ENODEV)
        hint = "; the address is none of this machine: the reader's part listens, so it is one of "
               "the reader's host";
    snprintf(why, n, "%s: cannot %s: %s%s", address, what, zmq_strerror(err), hint);
    return -err;
}

/* ---- addresses --------------------------------------------------------------------------------
 */

static bool starts(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

/* tcp: what zmq_bind takes, which knows no names of hosts.  0 or -errno and why. */
static int numeric(const char *address, char *to, size_t room, char *why, size_t n)
{
    const char *host = address + strlen("tcp://"), *colon = strrchr(host, ':');
    char name[256], text[128];
    struct addrinfo *list = NULL, wanted = {.ai_socktype = SOCK_STREAM};
    snprintf(to, room, "%s", address);
    if (!starts(address, "tcp://") || colon == NULL || *host == '[' || *host == '*')
        return 0;
    snprintf(name, sizeof name, "%.*s", (int)(colon - host), host);
    wanted.ai_family = AF_INET;
    int err = getaddrinfo(name, NULL, &wanted, &list);
    if (err == 0)
        err = getnameinfo(list->ai_addr, list->ai_addrlen, text, sizeof text, NULL, 0,
                          NI_NUMERICHOST);
    if (list != NULL)
        freeaddrinfo(list);
    if (err != 0) {
        snprintf(why, n, "%s: no address of host %s: %s", address, name, gai_strerror(err));
        return -EADDRNOTAVAIL;
    }
    snprintf(to, room, "tcp://%s%s", text, colon);
    return 0;
}

/* libzmq would take the path of a socket that is in use. */
static bool path_in_use(const char *address)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    const char *path = address + strlen("ipc://");
    if (!starts(address, "ipc://") || strlen(path) >= sizeof to.sun_path)
        return false;
    memcpy(to.sun_path, path, strlen(path));
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool used = fd >= 0 && connect(fd, (const struct sockaddr *)&to, sizeof to) == 0;
    if (fd >= 0)
        close(fd);
    return used;
}

/* ---- opening ----------------------------------------------------------------------------------
 */

static void set(void *socket, int option, int value)
{
    zmq_setsockopt(socket, option, &value, sizeof value);
}

static void set_options(struct rs_transport *t, const struct rs_transport_options *o)
{
    const int64_t most = (int64_t)o->frame_bytes_most;
    const int dead_ms = (int)(o->dead_s * 1000);
    set(t->socket, ZMQ_LINGER, 0);
    set(t->socket, ZMQ_SNDHWM, 0);
    set(t->socket, ZMQ_RCVHWM, (int)o->frames_most);
    zmq_setsockopt(t->socket, ZMQ_MAXMSGSIZE, &most, sizeof most);
    /* A silent peer is asked after a quarter, and lost five eighths later. */
    set(t->socket, ZMQ_HEARTBEAT_IVL, dead_ms / 4);
    set(t->socket, ZMQ_HEARTBEAT_TIMEOUT, dead_ms * 5 / 8);
    set(t->socket, ZMQ_HEARTBEAT_TTL, dead_ms * 5 / 8);
    set(t->socket, ZMQ_HANDSHAKE_IVL, GREET_MS);
    set(t->socket, ZMQ_RECONNECT_IVL, AGAIN_MS);
    set(t->socket, ZMQ_RECONNECT_IVL_MAX, AGAIN_MOST_MS);
    set(t->socket, ZMQ_CONNECT_TIMEOUT, CONNECT_MS);
    if (strchr(o->address, '[') != NULL)
        set(t->socket, ZMQ_IPV6, 1);
    if (o->listens)
        set(t->socket, ZMQ_ROUTER_MANDATORY, 1);
}

static int watch(struct rs_transport *t)
{
    const int events = ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL |
                       ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH |
                       (t->listens ? ZMQ_EVENT_ACCEPTED : ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
    if (zmq_socket_monitor(t->socket, MONITOR, events) != 0)
        return -1;
    t->monitor = zmq_socket(t->context, ZMQ_PAIR);
    if (t->monitor == NULL)
        return -1;
    set(t->monitor, ZMQ_LINGER, 0);
    return zmq_connect(t->monitor, MONITOR);
}

static int begin(struct rs_transport *t, const struct rs_transport_options *o, char *why, size_t n)
{
    char address[512];
    t->context = zmq_ctx_new();
    for (size_t i = 0; t->context != NULL && i < o->cpus; i++)
        zmq_ctx_set(t->context, ZMQ_THREAD_AFFINITY_CPU_ADD, o->cpu[i]);
    t->socket = t->context ? zmq_socket(t->context, o->listens ? ZMQ_ROUTER : ZMQ_DEALER) : NULL;
    if (t->socket == NULL)
        return fail(why, n, o->address, "make a socket");
    set_options(t, o);
    int err =
        o->keys == NULL ? 0 : rs_zmq_secure(t->context, t->socket, o, &t->zap, t->allowed, why, n);
    if (err == 0 && watch(t) != 0)
        return fail(why, n, o->address, "watch a socket");
    if (err != 0)
        return err;
    if (!o->listens)
        return zmq_connect(t->socket, o->address) == 0 ? 0 : fail(why, n, o->address, "connect");
    err = numeric(o->address, address, sizeof address, why, n);
    if (err != 0)
        return err;
    if (path_in_use(address)) {
        errno = EADDRINUSE;
        return fail(why, n, o->address, "listen");
    }
    return zmq_bind(t->socket, address) == 0 ? 0 : fail(why, n, o->address, "listen");
}

static void link_close(struct rs_transport *t, int linger_ms)
{
    if (t == NULL)
        return;
    zmq_msg_close(&t->in);
    if (t->lent)
        zmq_msg_close(&t->out);
    if (t->socket != NULL) {
        zmq_socket_monitor(t->socket, NULL, 0);
        set(t->socket, ZMQ_LINGER, linger_ms);
        zmq_close(t->socket);
    }
    if (t->monitor != NULL)
        zmq_close(t->monitor);
    if (t->zap != NULL)
        zmq_close(t->zap);
    while (t->context != NULL && zmq_ctx_term(t->context) != 0 && zmq_errno() == EINTR)
        continue;
    free(t);
}

static int link_open(struct rs_transport **to, const struct rs_transport_options *o, char *why,
                     size_t n)
{
    struct rs_transport *t = (struct rs_transport *)calloc(1, sizeof *t);
    if (t == NULL) {
        snprintf(why, n, "%s: out of memory; free some and repeat", o->address);
        return -ENOMEM;
    }
    t->listens = o->listens;
    t->kept_fd = -1;
    zmq_msg_init(&t->in);
    int err = begin(t, o, why, n);
    if (err != 0)
        link_close(t, 0);
    else
        *to = t;
    return err;
}

/* ---- frames -----------------------------------------------------------------------------------
 */

static unsigned char *link_lend(struct rs_transport *t, size_t bytes)
{
    if (t->lent)
        zmq_msg_close(&t->out);
    t->lent = zmq_msg_init_size(&t->out, bytes) == 0;
    return t->lent ? (unsigned char *)zmq_msg_data(&t->out) : NULL;
}

static int link_send(struct rs_transport *t, uint64_t peer)
{
    unsigned char id[ID_BYTES];
    for (int i = 0; i < ID_BYTES; i++)
        id[i] = (unsigned char)(peer >> (8 * i));
    t->lent = false;
    if ((t->listens && zmq_send(t->socket, id, sizeof id, ZMQ_SNDMORE | ZMQ_DONTWAIT) < 0) ||
        zmq_msg_send(&t->out, t->socket, ZMQ_DONTWAIT) < 0) {
        zmq_msg_close(&t->out);
        return -ENOTCONN;
    }
    return 0;
}

/* The parts of a message that nobody here sends. */
static void skip_rest(struct rs_transport *t)
{
    while (zmq_msg_more(&t->in) && zmq_msg_recv(&t->in, t->socket, ZMQ_DONTWAIT) >= 0)
        continue;
}

/* Takes the number of the sender; false: none that a bridge has. */
static bool take_id(struct rs_transport *t, struct rs_frame *f)
{
    const unsigned char *id = (const unsigned char *)zmq_msg_data(&t->in);
    if (zmq_msg_size(&t->in) != ID_BYTES || !zmq_msg_more(&t->in))
        return false;
    for (int i = 0; i < ID_BYTES; i++)
        f->peer |= (uint64_t)id[i] << (8 * i);
    return zmq_msg_recv(&t->in, t->socket, ZMQ_DONTWAIT) >= 0;
}

static int link_receive(struct rs_transport *t, struct rs_frame *f)
{
    for (;;) {
        *f = (struct rs_frame){0};
        if (zmq_msg_recv(&t->in, t->socket, ZMQ_DONTWAIT) < 0)
            return 0;
        if ((!t->listens || take_id(t, f)) && !zmq_msg_more(&t->in))
            break;
        skip_rest(t);
    }
    f->data = (const unsigned char *)zmq_msg_data(&t->in);
    f->bytes = zmq_msg_size(&t->in);
    return 1;
}

/* ---- what becomes of the link ------------------------------------------------------------------
 */

static void note_gone(struct rs_transport *t, uint32_t fd, bool gone)
{
    const uint8_t bit = (uint8_t)(1u << fd % 8);
    if (fd >= FDS_KNOWN)
        return;
    t->gone[fd / 8] = (uint8_t)(gone ? t->gone[fd / 8] | bit : t->gone[fd / 8] & ~bit);
}

/* The loss of a peer may be told before its frames are seen. */
static bool link_keep(struct rs_transport *t)
{
    const int fd = zmq_msg_get(&t->in, ZMQ_SRCFD);
    t->kept_fd = fd;
    return fd < 0 || fd >= FDS_KNOWN || !(t->gone[fd / 8] & 1u << fd % 8);
}

/* The next event, or 0. */
static uint16_t next_event(struct rs_transport *t, uint32_t *value)
{
    unsigned char head[6];
    char where[256];
    uint16_t event = 0;
    if (zmq_recv(t->monitor, head, sizeof head, ZMQ_DONTWAIT) != (int)sizeof head)
        return 0;
    memcpy(&event, head, sizeof event);
    memcpy(value, head + 2, sizeof *value);
    zmq_recv(t->monitor, where, sizeof where, ZMQ_DONTWAIT);
    return event;
}

static enum rs_link_event tell(struct rs_transport *t, uint16_t event, uint32_t value, char *why,
                               size_t n)
{
    switch (event) {
    case ZMQ_EVENT_HANDSHAKE_SUCCEEDED:
        return RS_LINK_MADE;
    case ZMQ_EVENT_ACCEPTED:
        note_gone(t, value, false);
        return RS_LINK_SAME;
    case ZMQ_EVENT_DISCONNECTED:
        note_gone(t, value, true);
        if (t->listens && (int)value != t->kept_fd)
            return RS_LINK_SAME;
        t->kept_fd = -1;
        snprintf(why, n, "the connection broke");
        return RS_LINK_LOST;
    case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH:
        snprintf(why, n, "%s",
                 t->listens ? "a peer's key is not the one that is let in"
                            : "this host's key is not let in there");
        return RS_LINK_REFUSED;
    default:
        snprintf(why, n,
                 "somebody there does not speak ZMTP, or has another key than is expected of it");
        return RS_LINK_REFUSED;
    }
}

static enum rs_link_event link_event(struct rs_transport *t, char *why, size_t n)
{
    uint32_t value = 0;
    uint16_t event;
    if (t->zap != NULL)
        rs_zap_answer(t->zap, t->allowed);
    while ((event = next_event(t, &value)) != 0) {
        enum rs_link_event e = tell(t, event, value, why, n);
        if (e != RS_LINK_SAME)
            return e;
    }
    return RS_LINK_SAME;
}

/* The descriptor of a socket tells of changes only; what there is already is asked for. */
static void sleep_on(void *socket, struct rs_sleep *s)
{
    int fd = -1, events = 0;
    size_t bytes = sizeof fd;
    if (socket == NULL || zmq_getsockopt(socket, ZMQ_FD, &fd, &bytes) != 0 || fd < 0)
        return;
    bytes = sizeof events;
    zmq_getsockopt(socket, ZMQ_EVENTS, &events, &bytes);
    if (events & ZMQ_POLLIN)
        s->most_ns = 0;
    s->fd[s->fds++] = fd;
}

static void link_sleeps(struct rs_transport *t, struct rs_sleep *s)
{
    sleep_on(t->socket, s);
    sleep_on(t->monitor, s);
    sleep_on(t->zap, s);
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
const struct rs_transport_kind rs_transport_zmq = {.ops = &ops};
