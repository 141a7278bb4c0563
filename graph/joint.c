/* SPDX-License-Identifier: MIT */
/*
 * Several edges of one port, as one end.  Fan-out: broadcast writes into the first edge's slots and
 * copies to the others; round-robin lends one edge's slots; hash scatters from a buffer.  Fan-in
 * lends from one edge at a time.
 */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

#include "wait.h"

static struct rs_joint *joint_of(void *self)
{
    return (struct rs_joint *)self;
}

/* ---- fan-out ------------------------------------------------------------------------------------
 */

static bool takes_no_more(const struct rs_joint *j, size_t i)
{
    return j->edge[i]->producer.discard;
}

/* Lends n from every edge that still has a reader; the fewest any of them has. */
static size_t lend_all(struct rs_joint *j, size_t n)
{
    bool any = false;
    for (size_t i = 0; i < j->n && n > 0; i++) {
        if (takes_no_more(j, i))
            continue;
        n = j->end[i].lend(j->end[i].self, n, &j->span[i]);
        j->chosen = any ? j->chosen : i;
        any = true;
    }
    return any ? n : 0;
}

static size_t broadcast_lend(void *self, size_t n, struct rs_span *s)
{
    struct rs_joint *j = joint_of(self);
    n = lend_all(j, n);
    if (n > 0)
        *s = j->span[j->chosen];
    return n;
}

static void copy_span(const struct rs_span *to, const struct rs_span *from, size_t n, size_t bytes)
{
    for (size_t i = 0; i < n; i++)
        memcpy(rs_span_at(to, i), rs_span_at(from, i), bytes);
}

static void broadcast_settle(void *self, size_t n)
{
    struct rs_joint *j = joint_of(self);
    for (size_t i = 0; i < j->n; i++)
        if (!takes_no_more(j, i) && i != j->chosen)
            copy_span(&j->span[i], &j->span[j->chosen], n, j->edge[i]->msg_bytes);
    for (size_t i = 0; i < j->n; i++)
        if (!takes_no_more(j, i))
            rs_end_settle(&j->end[i], n);
}

/* From the edge whose turn it is on, the first that lends. */
static size_t lend_next(struct rs_joint *j, size_t n, size_t least, struct rs_span *s)
{
    for (size_t k = 0, i = j->rotor; k < j->n; k++, i = i + 1 < j->n ? i + 1 : 0) {
        if (j->output && takes_no_more(j, i))
            continue;
        size_t got = j->end[i].lend(j->end[i].self, n, s);
        if (got >= least) {
            j->chosen = i;
            return got;
        }
    }
    return 0;
}

static size_t turns_lend(void *self, size_t n, struct rs_span *s)
{
    struct rs_joint *j = joint_of(self);
    return lend_next(j, n, j->batch_min, s);
}

static void turns_settle(void *self, size_t n)
{
    struct rs_joint *j = joint_of(self);
    rs_end_settle(&j->end[j->chosen], n);
    j->rotor = j->chosen + 1 < j->n ? j->chosen + 1 : 0;
}

/* FNV-1a over the key, finished by a multiply-shift: neighbours in the key are not in the edge. */
static size_t hash_of(const struct rs_joint *j, const unsigned char *msg)
{
    const struct rs_edge *e = j->edge[0];
    size_t bytes = e->msg_bytes - e->opt.key_offset;
    uint64_t h = 0xcbf29ce484222325u;
    bytes = bytes < 8 ? bytes : 8;
    bytes = e->opt.key_bytes > 0 ? e->opt.key_bytes : bytes;
    for (size_t i = 0; i < bytes; i++)
        h = (h ^ msg[e->opt.key_offset + i]) * 0x100000001b3u;
    h = (h ^ (h >> 32)) * 0x9e3779b97f4a7c15u;
    return (size_t)((h >> 32) % j->n);
}

static size_t hash_lend(void *self, size_t n, struct rs_span *s)
{
    struct rs_joint *j = joint_of(self);
    n = lend_all(j, n);
    s->piece[0].data = j->staging;
    s->piece[0].count = n;
    s->piece[1].data = j->staging;
    s->piece[1].count = 0;
    s->stride_bytes = j->edge[0]->stride_bytes;
    return n;
}

static void hash_settle(void *self, size_t n)
{
    struct rs_joint *j = joint_of(self);
    const size_t stride = j->edge[0]->stride_bytes;
    memset(j->count, 0, j->n * sizeof *j->count);
    for (size_t i = 0; i < n; i++) {
        const unsigned char *msg = j->staging + i * stride;
        size_t to = hash_of(j, msg);
        if (!takes_no_more(j, to))
            memcpy(rs_span_at(&j->span[to], j->count[to]++), msg, j->edge[to]->msg_bytes);
    }
    for (size_t i = 0; i < j->n; i++)
        if (j->count[i] > 0)
            rs_end_settle(&j->end[i], j->count[i]);
}

/* ---- fan-in
 * --------------------------------------------------------------------------------------- */

static size_t priority_lend(void *self, size_t n, struct rs_span *s)
{
    struct rs_joint *j = joint_of(self);
    j->rotor = 0;
    return lend_next(j, n, j->batch_min, s);
}

static int by_priority(const void *a, const void *b)
{
    const struct rs_edge *const *ea = (const struct rs_edge *const *)a;
    const struct rs_edge *const *eb = (const struct rs_edge *const *)b;
    return ((*ea)->opt.priority > (*eb)->opt.priority) -
           ((*ea)->opt.priority < (*eb)->opt.priority);
}

/* ---- making one
 * ------------------------------------------------------------------------------------- */

static int make_hash_buffer(struct rs_joint *j)
{
    const struct rs_edge *e = j->edge[0];
    size_t align = rs_slots_align(e->msg_align);
    size_t bytes = (j->node->batch * e->stride_bytes + align - 1) / align * align;
    j->staging = aligned_alloc(align, bytes);
    if (j->staging == NULL)
        return -ENOMEM;
    memset(j->staging, 0, bytes);
    return 0;
}

int rs_joint_make(struct rs_joint *j, rs_node *n, bool output, unsigned port)
{
    j->node = n;
    j->output = output;
    j->port = port;
    j->edge = output ? n->out_edge[port] : n->in_edge[port];
    j->n = output ? n->n_out_edges[port] : n->n_in_edges[port];
    j->mode = output ? (int)j->edge[0]->opt.mode : (int)j->edge[0]->opt.merge;
    j->batch_min = output || n->in[port].batch_min == 0 ? 1 : n->in[port].batch_min;
    j->end = calloc(j->n, sizeof *j->end);
    j->span = calloc(j->n, sizeof *j->span);
    j->count = calloc(j->n, sizeof *j->count);
    if (!j->end || !j->span || !j->count)
        return -ENOMEM;
    if (!output && j->mode == RS_MERGE_PRIORITY)
        qsort(j->edge, j->n, sizeof(struct rs_edge *), by_priority);
    return output && j->mode == RS_HASH ? make_hash_buffer(j) : 0;
}

struct rs_end rs_joint_end(struct rs_joint *j)
{
    static const struct {
        size_t (*lend)(void *, size_t, struct rs_span *);
        void (*settle)(void *, size_t);
    } out[RS_FAN_OUTS] = {[RS_BROADCAST] = {broadcast_lend, broadcast_settle},
                          [RS_FAN_ROUND_ROBIN] = {turns_lend, turns_settle},
                          [RS_HASH] = {hash_lend, hash_settle}},
      in[RS_FAN_INS] = {[RS_MERGE_ROUND_ROBIN] = {turns_lend, turns_settle},
                        [RS_MERGE_PRIORITY] = {priority_lend, turns_settle}};
    return j->output ? (struct rs_end){out[j->mode].lend, out[j->mode].settle, j, &rs_never_parked}
                     : (struct rs_end){in[j->mode].lend, in[j->mode].settle, j, &rs_never_parked};
}

void rs_joint_free(struct rs_joint *j)
{
    free(j->end);
    free(j->span);
    free(j->count);
    free(j->staging);
    memset(j, 0, sizeof *j);
}
