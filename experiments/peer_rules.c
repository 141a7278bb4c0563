/* SPDX-License-Identifier: MIT */
#include "peer_rules.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "peers/sizes.h"
#include "rings/ring.h"

static const struct {
    const char *name, *needs;
} peers[] = {
#define PEER(name, language, needs, summary) {#name, needs},
#include "peers/peers.def"
#undef PEER
};
enum { PEERS = sizeof peers / sizeof peers[0] };

const char *peer_name(size_t index)
{
    return index < PEERS ? peers[index].name : NULL;
}

static bool has_ring(const char *name)
{
    for (size_t i = 0; i < rs_ring_table_count; i++)
        if (strcmp(rs_ring_table[i].name, name) == 0)
            return true;
    return false;
}

/* Whether this is ringside-peers. */
static bool has_peers(void)
{
    for (size_t i = 0; i < rs_ring_table_count; i++)
        if ((rs_ring_table[i].ops->caps & RS_PEER) != 0)
            return true;
    return false;
}

bool peer_absent(const char *ring, char *why, size_t n)
{
    size_t i = 0;
    while (i < PEERS && strcmp(peers[i].name, ring) != 0)
        i++;
    if (i == PEERS || has_ring(ring))
        return false;
    if (has_peers())
        snprintf(why, n,
                 "ring '%s' is a peer that this command was built without; it needs %s: "
                 "repeat `make peers`, which says what is in its way",
                 ring, peers[i].needs);
    else
        snprintf(why, n, "ring '%s' is a peer: `make peers` builds ringside-peers, which has it",
                 ring);
    return true;
}

static void refuse_size(const char *ring, int64_t msg_bytes, char *why, size_t n)
{
    static const char sizes[] =
#define PEER_SIZE(n) " " #n
        PEER_SIZE_LIST(PEER_SIZE);
#undef PEER_SIZE
    snprintf(why, n,
             "peer %s has no message of msg_bytes = %" PRId64
             ", as its messages are types of the sizes%s; use one of these",
             ring, msg_bytes, sizes);
}

bool peer_refusal(const struct cell *c, char *why, size_t n)
{
    const int64_t *v = c->value;
    const struct rs_ring_entry *ring = &rs_ring_table[v[FACTOR_ring]];
    const size_t msg_bytes = (size_t)v[FACTOR_msg_bytes];
    if ((ring->ops->caps & RS_PEER) == 0)
        return false;
    if (kernel_table[v[FACTOR_kernel]].uses & USES_GRAPH)
        snprintf(why, n, "ring %s is a peer, and the edges of a graph are rings of our own",
                 ring->name);
    else if (v[FACTOR_msg_align] != 1 || v[FACTOR_separation] != (int64_t)ring->ops->separation)
        snprintf(why, n,
                 "ring %s is a peer with a layout of its own: msg_align stays 1 and separation %u",
                 ring->name, ring->ops->separation);
    else if (!peer_has_size(msg_bytes))
        refuse_size(ring->name, v[FACTOR_msg_bytes], why, n);
    else if (ring->ops->bytes((size_t)v[FACTOR_capacity], msg_bytes, 1) == 0)
        snprintf(why, n,
                 "peer %s cannot hold as many messages as capacity = %" PRId64
                 " says and at most twice as many, at msg_bytes = %" PRId64
                 "; change it, or use another ring (`ringside list rings`)",
                 ring->name, v[FACTOR_capacity], v[FACTOR_msg_bytes]);
    else
        return false;
    return true;
}
