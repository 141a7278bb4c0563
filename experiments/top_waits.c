/* SPDX-License-Identifier: MIT */
#include "top_waits.h"

#include <stdlib.h>
#include <string.h>

void top_waits_say(const struct top_node *node, char *text, size_t n)
{
    if (node->ended)
        snprintf(text, n, "has ended");
    else if (node->waits_for == RS_WAIT_INPUT)
        snprintf(text, n, "waits for %s", node->waits_on);
    else if (node->waits_for == RS_WAIT_OUTPUT)
        snprintf(text, n, "waits for room at %s", node->waits_on);
    else if (node->waits_for == RS_WAIT_OTHER)
        snprintf(text, n, "waits for something outside the graph");
    else
        snprintf(text, n, "works");
}

/* The engine cuts a long name in `waits_on`: its beginning must do. */
static size_t node_waited_for(const struct top_graph *g, const struct top_node *node)
{
    const size_t length = strcspn(node->waits_on, ".");
    if (node->ended || length == 0 ||
        (node->waits_for != RS_WAIT_INPUT && node->waits_for != RS_WAIT_OUTPUT))
        return g->n;
    for (size_t i = 0; i < g->n; i++)
        if (strncmp(g->node[i].name, node->waits_on, length) == 0 &&
            (length >= 40 || g->node[i].name[length] == '\0'))
            return i;
    return g->n;
}

/* Where following next[] from i leads; in a circle, somewhere in it. */
static size_t follow(const size_t *next, size_t n, size_t i)
{
    for (size_t steps = 0; steps < n && next[i] < n; steps++)
        i = next[i];
    return i;
}

/* Counts, for each node, who is held up by it; the index of the largest count. */
static size_t most_waited_for(const size_t *next, size_t *held, size_t n)
{
    size_t most = 0;
    for (size_t i = 0; i < n; i++)
        if (next[i] < n)
            held[follow(next, n, i)]++;
    for (size_t i = 0; i < n; i++)
        most = held[i] > held[most] ? i : most;
    return most;
}

/* A snapshot is not of one moment: where messages move, a circle is two nodes seen in turn. */
static bool has_moved(const struct top_node *node)
{
    return node->rates.in_msgs_per_s > 0 || node->rates.out_msgs_per_s > 0;
}

bool top_waits_root(const struct top_graph *g, char *text, size_t n)
{
    size_t *next = calloc(2 * g->n + 1, sizeof *next), *held = next + g->n;
    if (next == NULL || g->n == 0) {
        free(next);
        return false;
    }
    for (size_t i = 0; i < g->n; i++)
        next[i] = node_waited_for(g, &g->node[i]);
    const size_t root = most_waited_for(next, held, g->n), count = held[root];
    const bool circle = next[root] < g->n;
    char does[128];
    top_waits_say(&g->node[root], does, sizeof does);
    if (circle)
        snprintf(text, n, "a circle of waiting goes through %s, which %s", g->node[root].name,
                 does);
    else
        snprintf(text, n, "%zu node%s held up by %s, which %s", count, count == 1 ? " is" : "s are",
                 g->node[root].name, does);
    free(next);
    return count > 0 && !(circle && has_moved(&g->node[root]));
}
