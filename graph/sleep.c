/* SPDX-License-Identifier: MIT */
/*
 * How a worker sleeps of whose nodes one waits for something outside the graph: on descriptors.
 * Its rings wake it by an eventfd, its bell, whose number the announcement carries.
 */
#include "internal.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "wait.h"

enum { FDS_MAX = 64, CROWDED_NAP_NS = 1000000 }; /* of a worker that has more */

static int bell_of(const struct rs_worker *w)
{
    return (int)w->bell - 1;
}

static size_t outsiders(rs_node *const *node, size_t n)
{
    size_t found = 0;
    for (size_t i = 0; i < n; i++)
        found += node[i]->ops->sleeps != NULL;
    return found;
}

int rs_bell_make(struct rs_worker *w)
{
    const rs_graph *g = w->graph;
    if (outsiders(w->node, w->n) == 0)
        return 0;
    /* What is waited for comes by a thread of a library: who polls may keep it from its cpu. */
    w->crowded |= g->n_workers + outsiders(g->node, g->n_nodes) > g->cpus.usable;
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (fd < 0)
        return -errno;
    w->bell = (uint32_t)fd + 1;
    return 0;
}

void rs_bell_free(struct rs_worker *w)
{
    if (w->bell != 0)
        close(bell_of(w));
    w->bell = 0;
}

/* What all nodes of the worker wait for; how many descriptors. */
static nfds_t gather_fds(struct rs_worker *w, struct pollfd fd[FDS_MAX], int64_t *most_ns)
{
    nfds_t n = 0;
    fd[n++] = (struct pollfd){.fd = bell_of(w), .events = POLLIN};
    *most_ns = -1;
    for (size_t i = 0; i < w->n; i++) {
        rs_node *node = w->node[i];
        struct rs_sleep s = {.most_ns = -1};
        if (node->status == RS_NODE_ENDED || node->ops->sleeps == NULL)
            continue;
        node->ops->sleeps(node, &s);
        if (n + s.fds > FDS_MAX)
            s = (struct rs_sleep){.most_ns = s.most_ns != 0 ? CROWDED_NAP_NS : 0};
        for (unsigned k = 0; k < s.fds; k++)
            fd[n++] = (struct pollfd){.fd = s.fd[k], .events = POLLIN};
        if (s.most_ns >= 0 && (*most_ns < 0 || s.most_ns < *most_ns))
            *most_ns = s.most_ns;
    }
    return n;
}

static void silence(int bell)
{
    uint64_t rings;
    while (read(bell, &rings, sizeof rings) < 0 && errno == EINTR)
        continue;
}

/* After the announcement.  A waker that is late rings for a worker that is awake, which then looks
 * once for nothing. */
void rs_sleep_outside(struct rs_worker *w)
{
    struct pollfd fd[FDS_MAX];
    int64_t most_ns;
    const nfds_t n = gather_fds(w, fd, &most_ns);
    const struct timespec t = {.tv_sec = (time_t)(most_ns / 1000000000),
                               .tv_nsec = (long)(most_ns % 1000000000)};
    if (most_ns != 0)
        ppoll(fd, n, most_ns < 0 ? NULL : &t, NULL);
    rs_park_cancel(&w->parked.word);
    if (fd[0].revents != 0)
        silence(bell_of(w));
}
