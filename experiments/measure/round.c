/* SPDX-License-Identifier: MIT */
#include "round.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "kernels/bounds.h"
#include "measure/allocator.h"
#include "measure/clock.h"
#include "measure/disturbance.h"
#include "measure/engine.h"
#include "measure/graph_round.h"
#include "measure/passes.h"
#include "measure/wake_round.h"
#include "peer_rules.h"
#include "rings/mirror.h"

enum { BUFFER_BYTES_MIN = 4096 };

/* Memory that one thread touches first. */
static void *map_bytes(size_t bytes)
{
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return p == MAP_FAILED ? NULL : p;
}

/* Slots that a ring with these caps takes, and how much memory that is. */
static void *map_slots(unsigned caps, size_t bytes, size_t *memory_bytes)
{
    void *mem = NULL;
    *memory_bytes = bytes;
    if ((caps & RS_MIRRORED) == 0)
        return map_bytes(bytes);
    *memory_bytes = bytes / 2; /* two images of it */
    return rs_mirror_map(bytes, &mem) == 0 ? mem : NULL;
}

static enum mode cell_mode(const struct cell *c)
{
    if (c->value[FACTOR_sizes] == SIZES_MIXED)
        return MODE_MIXED;
    if (c->value[FACTOR_api] == API_SPAN)
        return MODE_SPAN;
    if (c->value[FACTOR_api] == API_HELD)
        return MODE_HELD;
    return c->value[FACTOR_batch] > 1 ? MODE_BATCH : MODE_ONE;
}

/* 0 is the default of each of these, and what a ring that does not heed it gets. */
static size_t level_or_0(const int64_t *v, enum factor f)
{
    return v[f] == FACTOR_UNUSED ? 0 : (size_t)v[f];
}

static struct rs_config cell_config(const int64_t *v)
{
    return (struct rs_config){.capacity = (size_t)v[FACTOR_capacity],
                              .msg_bytes = (size_t)v[FACTOR_msg_bytes],
                              .msg_align = (size_t)v[FACTOR_msg_align],
                              .defer = level_or_0(v, FACTOR_defer),
                              .slots = level_or_0(v, FACTOR_slots),
                              .prefetch_write = level_or_0(v, FACTOR_prefetch_write),
                              .prefetch_read = level_or_0(v, FACTOR_prefetch_read),
                              .stream = v[FACTOR_copy] == COPY_STREAM};
}

/* Side 0 makes the rings: it fills their slots first. */
static int make_rings(struct run *run)
{
    const int64_t *v = run->cell.value;
    const struct ring_kernels *k = kernels_find(ring_name(v[FACTOR_ring]), v[FACTOR_separation]);
    const struct rs_config cfg = cell_config(v);
    const unsigned caps = rs_ring_table[v[FACTOR_ring]].ops->caps;
    const size_t slots = k->bytes(rs_config_slots(&cfg), cfg.msg_bytes, cfg.msg_align);
    size_t memory_bytes = 0;
    const int rings = v[FACTOR_kernel] == KERNEL_pingpong ? 2 : 1;
    for (int i = 0; i < rings; i++) {
        void *ring = map_bytes(k->struct_bytes), *mem = map_slots(caps, slots, &memory_bytes);
        if (ring == NULL || mem == NULL)
            return -ENOMEM;
        memset(mem, 0, slots);
        int err = k->init(ring, mem, &cfg);
        if (err)
            return err;
        run->side[0].ring[i] = run->side[1].ring[i] = ring;
    }
    run->count = k->count;
    run->ring_bytes = k->struct_bytes + memory_bytes;
    return 0;
}

static int make_bound(struct run *run)
{
    void *shared = map_bytes(run->bound->shared_bytes);
    if (shared == NULL)
        return -ENOMEM;
    memset(shared, 0, run->bound->shared_bytes);
    run->side[0].ring[0] = run->side[1].ring[0] = shared;
    run->bound->set(shared, 0);
    return 0;
}

static int make_side(struct run *run, int i)
{
    struct side *s = &run->side[i];
    const int64_t *v = run->cell.value;
    size_t bytes = BUFFER_BYTES_MIN;
    if (run->bound == NULL) {
        s->msg_bytes = (size_t)v[FACTOR_msg_bytes];
        s->batch = v[FACTOR_batch] == FACTOR_UNUSED ? 1 : (size_t)v[FACTOR_batch];
        if (v[FACTOR_api] != API_SPAN)
            bytes += s->msg_bytes * s->batch;
    }
    s->poll = v[FACTOR_poll] == FACTOR_UNUSED ? POLL_PAUSE : (enum poll)v[FACTOR_poll];
    s->buffer = map_bytes(bytes);
    if (s->buffer == NULL)
        return -ENOMEM;
    memset(s->buffer, 0, bytes);
    return 0;
}

struct thread {
    struct run *run;
    int side;
};

static void *side_main(void *argument)
{
    const struct thread *t = (const struct thread *)argument;
    struct run *run = t->run;
    const int i = t->side;
    run->seen[i].meter.schedstat = -1; /* as closed, in case it is never opened */
    int err = run->cpu[i] >= 0 ? disturbance_pin(run->cpu[i]) : 0;
    run->unpinned[i] = err != 0;
    pthread_setname_np(pthread_self(), i == 0 ? "producer" : "consumer");
    if (err == 0)
        err = disturbance_open(&run->seen[i].meter, run->cpu[i]);
    if (err == 0)
        err = make_side(run, i);
    if (err == 0 && i == 0)
        err = run->bound ? make_bound(run) : make_rings(run);
    run->setup_error[i] = err;
    pthread_barrier_wait(&run->barrier);
    if (run->setup_error[0] == 0 && run->setup_error[1] == 0) {
        if (run->counting != NULL)
            counters_open(&run->seen[i].counters, run->counting);
        passes_run(run, i);
        counters_close(&run->seen[i].counters);
    }
    disturbance_close(&run->seen[i].meter);
    return NULL;
}

static void choose_kernel(struct run *run)
{
    const int64_t *v = run->cell.value;
    const struct ring_kernels *k;
    run->bound = bound_find((enum kernel)v[FACTOR_kernel]);
    if (run->bound != NULL) {
        memcpy(run->function, run->bound->run, sizeof run->function);
        return;
    }
    k = kernels_find(ring_name(v[FACTOR_ring]), v[FACTOR_separation]);
    size_t size = kernel_size_index((size_t)v[FACTOR_msg_bytes]);
    if (v[FACTOR_kernel] == KERNEL_stream)
        memcpy(run->function, k->stream[cell_mode(&run->cell)][size], sizeof run->function);
    else
        memcpy(run->function, k->pingpong[size], sizeof run->function);
}

/* Side 0 is the calling thread, so that only one start can fail. */
static int run_sides(struct run *run)
{
    struct thread thread[2] = {{run, 0}, {run, 1}};
    pthread_t other;
    int err = pthread_create(&other, NULL, side_main, &thread[1]);
    if (err)
        return -err;
    side_main(&thread[0]);
    pthread_join(other, NULL);
    return run->setup_error[0] ? run->setup_error[0] : run->setup_error[1];
}

static bool only_one_cpu(void)
{
    cpu_set_t mask;
    return sched_getaffinity(0, sizeof mask, &mask) == 0 && CPU_COUNT(&mask) == 1;
}

static bool is_graph(const struct cell *c)
{
    return (kernel_table[c->value[FACTOR_kernel]].uses & USES_GRAPH) != 0;
}

static void explain_setup(const struct run *run, int err, char *why, size_t n)
{
    for (int i = 0; run != NULL && i < 2; i++)
        if (run->unpinned[i]) {
            snprintf(why, n,
                     "cannot set up the round: cpu %d is refused%s (%s); a sandbox (seccomp) or a "
                     "cpuset may forbid it: run without it, or with placement = any",
                     run->cpu[i], err == -ENOTSUP ? ", the kernel granted another mask" : "",
                     strerror(-err));
            return;
        }
    snprintf(why, n, "cannot set up the round: %s", strerror(-err));
}

static json_t *sides_run(const struct cell *c, const struct counters_pass *counting, char *why,
                         size_t n)
{
    struct run *run = aligned_alloc(256, (sizeof *run + 255) / 256 * 256);
    json_t *result = NULL;
    int err = run ? 0 : -ENOMEM;
    if (err == 0) {
        const int64_t place = c->value[FACTOR_placement];
        memset(run, 0, sizeof *run);
        run->cell = *c;
        run->counting = counting;
        run->cpu[0] = place == PLACE_ANY ? -1 : (int)(place / PLACE_CPUS);
        run->cpu[1] = place == PLACE_ANY ? -1 : (int)(place % PLACE_CPUS);
        run->shares_cpu = run->cpu[0] >= 0 ? run->cpu[0] == run->cpu[1] : only_one_cpu();
        run->alone =
            c->value[FACTOR_kernel] == KERNEL_memcpy || c->value[FACTOR_kernel] == KERNEL_timer;
        choose_kernel(run);
        pthread_barrier_init(&run->barrier, NULL, 2);
        err = run_sides(run);
    }
    if (err == 0)
        result = passes_json(run);
    else
        explain_setup(run, err, why, n);
    free(run);
    return result;
}

json_t *round_count(const struct cell *c, const struct counters_pass *counting, char *why, size_t n)
{
    if (c->value[FACTOR_kernel] == KERNEL_wake)
        return wake_round_run(c, why, n);
    return is_graph(c) ? graph_round_run(c, counting, why, n) : sides_run(c, counting, why, n);
}

json_t *round_run(const struct cell *c, char *why, size_t n)
{
    return round_count(c, NULL, why, n);
}

bool cell_counting_refusal(const struct cell *c, char *why, size_t n)
{
    if (c->value[FACTOR_kernel] == KERNEL_wake)
        snprintf(why, n,
                 "the threads of kernel = wake sleep between single messages, so there is "
                 "nothing to count a message; use kernel = graph");
    else if (is_graph(c) && !engine_is_this(c->value[FACTOR_engine]))
        snprintf(why, n,
                 "engine %s is another command, and only ringside counts events; use "
                 "engine = ringside",
                 engine_name(c->value[FACTOR_engine]));
    else
        return false;
    return true;
}

bool cell_place(struct cell *c, const struct topology *t)
{
    int64_t *place = &c->value[FACTOR_placement];
    int producer, consumer;
    if (*place == PLACE_PAIR) {
        if (!topology_default_pair(t, &producer, &consumer))
            return false;
        *place = PLACE(producer, consumer);
    } else if (*place == PLACE_SAME) {
        *place = PLACE(t->cpus[0].cpu, t->cpus[0].cpu);
    }
    return true;
}

bool cell_place_refusal(const struct cell *c, const struct topology *t, char *why, size_t n)
{
    const int64_t place = c->value[FACTOR_placement];
    if (place == PLACE_PAIR) {
        int a, b;
        if (topology_default_pair(t, &a, &b))
            return false;
        snprintf(why, n,
                 "placement = pair needs two cpus and this process may run on one; use "
                 "placement = same (both threads on one cpu), or widen the cpu mask");
        return true;
    }
    for (int side = 0; place >= 0 && side < 2; side++) {
        int cpu = (int)(side == 0 ? place / PLACE_CPUS : place % PLACE_CPUS);
        if (topology_find(t, cpu) == NULL) {
            snprintf(why, n,
                     "cpu %d is not among the cpus this process may run on; `ringside doctor` "
                     "lists them",
                     cpu);
            return true;
        }
    }
    return false;
}

/* Why records of mixed sizes cannot be sent. */
static bool held_refusal(const int64_t *v, const struct rs_ring_entry *ring, char *why, size_t n)
{
    if ((ring->ops->caps & RS_HELD) == 0)
        snprintf(
            why, n,
            "ring %s has no push_held, so api = held cannot run on it; use api = copy, or a ring "
            "that `ringside list rings` marks held",
            ring->name);
    else if (v[FACTOR_batch] != 1)
        snprintf(why, n,
                 "api = held moves one message a call, not batch = %" PRId64
                 "; use batch = 1, or api = copy or span",
                 v[FACTOR_batch]);
    else
        return false;
    return true;
}

static bool sizes_refusal(const struct cell *c, const struct rs_ring_entry *ring, char *why,
                          size_t n)
{
    const int64_t *v = c->value;
    if ((ring->ops->caps & RS_VARLEN) == 0)
        snprintf(why, n,
                 "ring %s carries messages of one size, so sizes = mixed cannot run on it; use "
                 "sizes = fixed, or a ring that `ringside list rings` marks varlen",
                 ring->name);
    else if (v[FACTOR_batch] > 1)
        snprintf(why, n,
                 "sizes = mixed sends a record at a time, and batch = %" PRId64
                 "; use batch = 1, or sizes = fixed",
                 v[FACTOR_batch]);
    else
        return false;
    return true;
}

static bool ring_refusal(const struct cell *c, char *why, size_t n)
{
    const int64_t *v = c->value;
    const struct rs_ring_entry *ring = &rs_ring_table[v[FACTOR_ring]];
    const struct rs_config given = cell_config(v);
    const struct rs_config cfg = is_graph(c) ? rs_config_fit(&given, ring->ops->caps) : given;
    const char *refusal = rs_config_refusal(&cfg, ring->ops->caps);
    if (refusal != NULL) {
        snprintf(why, n,
                 "ring %s refuses capacity = %" PRId64 ", msg_bytes = %" PRId64
                 ": %s; change it, or use another ring (`ringside list rings`)",
                 ring->name, v[FACTOR_capacity], v[FACTOR_msg_bytes], refusal);
        return true;
    }
    if (v[FACTOR_api] == API_SPAN && !(ring->ops->caps & RS_ZERO_COPY)) {
        snprintf(why, n,
                 "ring %s has no spans, so api = span cannot run on it; use api = copy, or a ring "
                 "that `ringside list rings` marks zero-copy",
                 ring->name);
        return true;
    }
    if (v[FACTOR_api] == API_HELD && held_refusal(v, ring, why, n))
        return true;
    if (v[FACTOR_sizes] == SIZES_MIXED && sizes_refusal(c, ring, why, n))
        return true;
    return peer_refusal(c, why, n) ||
           (!is_graph(c) && kernels_separation_refusal(v[FACTOR_separation], why, n));
}

static bool copy_refusal(const struct cell *c, char *why, size_t n)
{
    if (RS_STREAMS_HERE || c->value[FACTOR_copy] != COPY_STREAM)
        return false;
    snprintf(why, n,
             "copy = stream needs the non-temporal stores of x86-64, and this command was built "
             "for another machine; use copy = plain");
    return true;
}

static bool batch_refusal(const struct cell *c, char *why, size_t n)
{
    const int64_t *v = c->value;
    if (v[FACTOR_batch] <= v[FACTOR_capacity])
        return false;
    snprintf(why, n,
             "batch = %" PRId64 " is larger than capacity = %" PRId64 "; a batch must fit the ring",
             v[FACTOR_batch], v[FACTOR_capacity]);
    return true;
}

static bool memory_refusal(const struct cell *c, char *why, size_t n)
{
    const int64_t *v = c->value;
    const double most = (double)(size_t)1 * 4 * 1024 * 1024 * 1024;
    const size_t align = v[FACTOR_msg_align] == FACTOR_UNUSED ? 1 : (size_t)v[FACTOR_msg_align];
    const int64_t slots =
        v[FACTOR_slots] > v[FACTOR_capacity] ? v[FACTOR_slots] : v[FACTOR_capacity];
    double bytes = (double)slots * (double)rs_stride_bytes((size_t)v[FACTOR_msg_bytes], align);
    if (is_graph(c))
        bytes *= (double)graph_edges(c);
    if (bytes <= most)
        return false;
    snprintf(why, n, "the %s would need %.0f MiB; the harness stops at %.0f MiB",
             is_graph(c) ? "graph's rings" : "ring", bytes / 1048576, most / 1048576);
    return true;
}

bool cell_engine_refusal(const struct cell *c, char *why, size_t n)
{
    return is_graph(c) && (engine_refusal(c, why, n) || allocator_refusal(c, why, n));
}

bool cell_ring_refusal(const struct cell *c, char *why, size_t n)
{
    const bool rings = (kernel_table[c->value[FACTOR_kernel]].uses & USES_RING) != 0;
    if (!rings && !is_graph(c))
        return false;
    return (c->value[FACTOR_ring] != FACTOR_UNUSED && ring_refusal(c, why, n)) ||
           copy_refusal(c, why, n) || batch_refusal(c, why, n) ||
           (is_graph(c) && graph_refusal(c, why, n)) || memory_refusal(c, why, n);
}

bool cell_refusal(const struct cell *c, const struct topology *t, char *why, size_t n)
{
    return cell_engine_refusal(c, why, n) || cell_ring_refusal(c, why, n) ||
           cell_place_refusal(c, t, why, n);
}
