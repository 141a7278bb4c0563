/* SPDX-License-Identifier: MIT */
/*
 * The engine's own loop, ports, edges and handshake, as one program for Relacy: the unmodified
 * graph/{worker,ports,joint,edge,wait}.c.  What they ask of its other files is empty where it only
 * shows or measures, and fails the model where no scenario should come.
 */
#ifndef RINGSIDE_MODELS_ENGINE_PARTS_HPP
#define RINGSIDE_MODELS_ENGINE_PARTS_HPP

/* Nobody sleeps on it, in the model's own object: Relacy has no atomics outside of one. */
#define rs_never_parked (*rs_model_never_parked)
#define rs_credit       rs_loop_credit /* a ring has the name too; in C they never meet */
#include "graph/internal.h"
#include "graph/wait.h"

/* Polls before a worker parks are what its machine makes best; here it parks at once. */
#define rs_wait_step rs_wait_step_of_a_machine
#include "graph/wait.c"
#undef rs_wait_step
enum rs_step rs_wait_step(rs_wait, unsigned, bool, bool can_park)
{
    if (can_park)
        return RS_STEP_PARK;
    rs_pause();
    return RS_STEP_POLL;
}

#include "graph/edge.c"
#include "graph/joint.c"
#include "graph/ports.c"
#include "graph/worker.c"

rl::atomic<uint32_t>(*rs_model_never_parked);
const struct rs_ring_ops rs_ring_ops_local = {}; /* no edge has both ends on one worker */

uint64_t rs_now_ns(void)
{
    return 1;
}
void rs_wait_begins(struct rs_worker *)
{
}
void rs_wait_goes_on(struct rs_worker *)
{
}
void rs_wait_ends(struct rs_worker *)
{
}

/* As graph/check.c finds in the one graph with a loop: every edge leads into it. */
bool rs_in_loop(const struct rs_edge *, const struct rs_edge *e)
{
    return !e->feedback;
}

template <class T> static T never_comes(T value)
{
    RL_ASSERT(!"no scenario comes here");
    return value;
}
int rs_bell_make(struct rs_worker *)
{
    return 0; /* no node waits for anything but its rings */
}
void rs_sleep_outside(struct rs_worker *)
{
    never_comes(0);
}
int rs_node_fail(rs_node *, int code, const char *, ...)
{
    return never_comes(code);
}
int rs_work_process(rs_node *, rs_io *)
{
    return never_comes(0);
}
int rs_work_batch(rs_node *, rs_io *)
{
    return never_comes(0);
}
int rs_arena_take(size_t, char *, size_t)
{
    return never_comes(0);
}
int rs_pin(int, char *, size_t)
{
    return never_comes(0);
}
int rs_raise(rs_priority, char *, size_t)
{
    return never_comes(0);
}
void rs_thread_name(const char *, char[16])
{
}
void rs_log_line(struct rs_log *, rs_level, const char *, const char *, ...)
{
}

#undef rs_credit

#endif
