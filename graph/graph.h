/* SPDX-License-Identifier: MIT */
/*
 * A graph of processing nodes on pinned threads, each edge a single-producer single-consumer ring.
 *
 *     rs_graph *g = rs_graph_new(NULL);
 *     rs_node *a = rs_graph_add(g, &source_ops, "src", NULL, NULL);
 *     rs_node *b = rs_graph_add(g, &sink_ops, "dst", NULL, NULL);
 *     rs_graph_connect(g, a, "out", b, "in", NULL);
 *     if (rs_graph_run(g) != 0)
 *         fprintf(stderr, "%s\n", rs_graph_error(g));
 *     rs_graph_free(g);
 *
 * A node runs on one worker, a named and pinned OS thread; there is a worker a node, or several
 * nodes are fused on one where there are more nodes than cpus.  The bounded rings are the
 * backpressure.  Nothing that was committed is lost before its edge ends, unless the edge says so
 * (drop_newest) or the graph is stopped with RS_STOP_NOW.
 *
 * Threads: everything named rs_graph_* is called by one thread, the builder, but rs_graph_stop,
 * rs_graph_snapshot and rs_graph_error, which any thread may call once the graph has started.
 * rs_io_* and rs_node_* are for the hooks of a node, on the thread that runs the hook.
 * Ownership: the graph owns its nodes, edges and threads; ops, port names and parameter specs are
 * static.  Strings and options passed in are copied.
 * Errors: 0 or a negative errno, and rs_graph_error() says in words which node, what and why.
 * Nothing aborts.
 *
 * Ideas: bounded stages and first-touch placement are those of GNU Radio and of thread-per-core
 * servers; end of stream per edge is Kahn's (1974); asymmetric fences for sleeping threads are
 * those of userspace-rcu (see wait.h).
 *
 * Ordering (who, on what, why):
 *   M1 relaxed  messages  sole writer; the reporter may read an old value
 *   W1 light    fence     a ring's index is stored before the sleeper is looked for; pairs with W2
 *   W3 relaxed  parked    ordered by W1 and W2
 */
#ifndef RINGSIDE_GRAPH_H
#define RINGSIDE_GRAPH_H

#include "rings/ring.h"

#include <limits.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* 0 leaves the counters of nodes and with them the 1 Hz report out of the build.  Everything that
 * includes this header must be compiled with the same value. */
#ifndef RS_METRICS
#define RS_METRICS 1
#endif

/* Changes with every layout or contract in this file that a plug-in depends on. */
enum { RS_GRAPH_ABI = 0x0200 + RS_METRICS };

typedef struct rs_graph rs_graph;
typedef struct rs_node rs_node;
typedef struct rs_io rs_io;
typedef struct rs_node_ops rs_node_ops;

/* ---- what a node is ------------------------------------------------------------------------ */

/* What work and drain return besides a positive count. */
#define RS_IDLE 0       /* nothing could be done: a port had no messages or no room */
#define RS_EOS  INT_MIN /* this node has nothing more to do, ever */

/* A port.  msg_bytes = 0: any type; it becomes that of the port at the other end, and all such
 * ports of one node have the same one. */
typedef struct rs_port {
    const char *name;
    const char *schema; /* NULL = any; else both ends of an edge must say the same: "f32" */
    uint32_t msg_bytes;
    uint32_t msg_align; /* power of two; 0 = 1 */
    uint32_t batch_min; /* input: fewer are not lent before the end of the stream; 0 = 1 */
    uint32_t batch_max; /* most messages a loan; 0 = no limit but the node's batch */
} rs_port;

/* A parameter that a kind takes; the list ends with a NULL name. */
typedef struct rs_param_spec {
    const char *name, *default_text, *unit, *help; /* no default: it must be given */
} rs_param_spec;

typedef struct rs_param {
    const char *name, *value;
} rs_param;

typedef struct rs_params {
    const rs_param *item;
    size_t n;
} rs_params;

/* n messages that are neighbours in memory, for process_batch.  in or out is NULL where the node
 * has no such port. */
typedef struct rs_batch {
    const void *in;
    void *out;
    size_t in_stride_bytes, out_stride_bytes; /* from one message to the next */
    size_t n;
} rs_batch;

/* What the worker of a node that waits for something outside the graph may sleep on. */
enum { RS_SLEEP_FDS = 4 };
struct rs_sleep {
    int fd[RS_SLEEP_FDS]; /* [fds] one that is readable wakes the worker */
    unsigned fds;
    int64_t most_ns; /* < 0 = no limit; 0 = do not sleep: there is something to do */
};

struct rs_node_ops {
    uint32_t abi;     /* RS_GRAPH_ABI */
    const char *kind; /* "map.gain" */
    const char *summary;
    const rs_port *in, *out;
    uint16_t n_in, n_out;
    const rs_param_spec *params; /* NULL = takes none */
    size_t state_bytes;          /* rs_node_state(): zeroed, 64-byte aligned, owned by the graph */

    /* Builder thread, from rs_graph_add: reads parameters, sets types.  0 or rs_node_fail(). */
    int (*init)(rs_node *, const rs_params *);
    /* The rest runs on the node's worker; every hook may be NULL but work or one adaptor. */
    int (*start)(rs_node *); /* pinned already: allocate and touch memory here */
    /*
     * Moves some messages and returns soon: > 0 progress, RS_IDLE, RS_EOS, or rs_node_fail().
     * Never blocks.  Loans end when it returns.  An idle return without a port that refused means
     * the node waits for something the engine does not know, and is asked again after a while,
     * or when what its sleeps hook names has come.
     */
    int (*work)(rs_node *, rs_io *);
    /* Every input has ended; same results, called until RS_EOS.  NULL = nothing to add. */
    int (*drain)(rs_node *, rs_io *);
    /* Always runs if start did and succeeded; rs_node_ended_well() tells how it came to it. */
    void (*stop)(rs_node *);
    void (*fini)(rs_node *); /* builder thread, from rs_graph_free; only if init succeeded */

    /*
     * Adaptors, instead of work, for nodes with at most one input and one output.
     * process: one message; > 0 = *out is filled, 0 = nothing to send (a source: nothing now).
     * process_batch: n messages, all consumed; how many were written to the start of b->out.
     * Both may return RS_EOS or rs_node_fail(); what the call was given then counts as not
     * consumed.
     */
    int (*process)(rs_node *, const void *in, void *out);
    int (*process_batch)(rs_node *, const rs_batch *b);

    /*
     * For a node that waits for something outside the graph: its worker sleeps on this, and on its
     * rings, instead of napping.  Called on the worker when all its nodes were idle; *s is zeroed
     * but for most_ns = -1.  What became ready between the idle call and this one must be told
     * (most_ns = 0) or still make a descriptor readable.
     */
    void (*sleeps)(rs_node *, struct rs_sleep *s);
};

/* ---- the graph ------------------------------------------------------------------------------ */

/* How a worker waits when none of its nodes can go on.  Where workers share a cpu, spin and pause
 * give it away after a while: they would keep it from the very thread they wait for. */
typedef enum rs_wait {
    RS_WAIT_AUTO,  /* pause, then park; the fewer cpus a worker, the sooner */
    RS_WAIT_SPIN,  /* poll without a break */
    RS_WAIT_PAUSE, /* poll with the cpu's pause instruction */
    RS_WAIT_YIELD, /* sched_yield between polls */
    RS_WAIT_PARK,  /* pause a few microseconds, then sleep until woken */
    RS_WAIT_SLEEP, /* pause a few microseconds, then nap 50 us to 0.8 ms at a time */
    RS_WAITS
} rs_wait;

typedef enum rs_placement {
    RS_PLACE_AUTO, /* a worker a node, pinned, if there are cpus enough; else fused, a worker a cpu
                    */
    RS_PLACE_THREADS, /* a worker a node (or fuse group), pinned in turn to the allowed cpus */
    RS_PLACE_FREE,    /* the same, not pinned */
    RS_PLACEMENTS
} rs_placement;

typedef enum rs_priority {
    RS_PRIORITY_NONE,
    RS_PRIORITY_NICE, /* nice -20 */
    RS_PRIORITY_FIFO, /* SCHED_FIFO; refused where it could leave no cpu to the rest of the machine
                       */
    RS_PRIORITIES
} rs_priority;

typedef enum rs_level { RS_ERROR, RS_WARN, RS_INFO, RS_DEBUG, RS_LEVELS } rs_level;

/* node is "" for the graph itself.  Called from any thread of the graph, one call at a time. */
typedef void rs_log_function(void *user, rs_level level, const char *node, const char *text);

enum { RS_DEFAULT_CAPACITY = 1024, RS_DEFAULT_BATCH = 64 };

/* Zeroed = defaults. */
typedef struct rs_graph_options {
    const char *name; /* "graph" */
    const char *host; /* of this part of a graph that is on several; NULL = it is not */
    rs_wait wait;
    rs_placement placement;
    rs_priority priority;
    const char *ring; /* of edges that do not say; "chunked" */
    size_t capacity;  /* slots, likewise; 1024 */
    size_t batch;     /* messages a loan, likewise of nodes; 64 */
    double report_s;  /* interval of the node report; 0 = 1 s, < 0 = none */
    double stall_s;   /* without progress for so long, the watchdog speaks; 0 = 5 s, < 0 = never */
    size_t stack_bytes;          /* of a worker; 0 = the system's */
    const char *metrics_path;    /* the report as JSON lines is appended here; NULL = nowhere */
    bool publish;                /* the reporter shows the nodes to `ringside top`: see live.h */
    const char *prometheus_path; /* replaced by all counters as Prometheus text with each
                                    report, at least once a second */
    bool arenas; /* with jemalloc: a worker allocates (rings, node state in start) in an arena of
                    its own, as far as there are; a warning where jemalloc is not the allocator */
    rs_log_function *log; /* NULL = stderr, up to the level in $RS_LOG (error warn info debug) */
    void *log_user;
    bool sde; /* counters as events of PAPI (sde.h); $RINGSIDE_SDE=1 says so too */
} rs_graph_options;

enum { RS_ANY_CPU = -1 };

typedef struct rs_node_options {
    int cpu;          /* index into the cpus this process may run on, or RS_ANY_CPU */
    const char *fuse; /* nodes with the same word share a worker; NULL = as placement says */
    size_t batch;     /* messages a loan; 0 = the graph's */
    double cost;      /* relative work a message, for fusing; 0 = 1 */
} rs_node_options;
#define RS_NODE_DEFAULTS                                                                           \
    {                                                                                              \
        RS_ANY_CPU, NULL, 0, 0                                                                     \
    }

typedef enum rs_fan_out {
    RS_BROADCAST,       /* each edge gets every message */
    RS_FAN_ROUND_ROBIN, /* a batch to the next edge that has room */
    RS_HASH,            /* by the key in the message: equal keys take the same edge, in order */
    RS_FAN_OUTS
} rs_fan_out;

typedef enum rs_fan_in {
    RS_MERGE_ROUND_ROBIN, /* a batch from the next edge that has some */
    RS_MERGE_PRIORITY,    /* from the edge with the lowest `priority` that has some */
    RS_FAN_INS
} rs_fan_in;

typedef struct rs_edge_options {
    const char *ring; /* NULL = the graph's */
    size_t capacity;  /* slots; 0 = the graph's */
    size_t align;     /* bytes, power of two: slots start on multiples; 0 = the port's */
    rs_fan_out mode;  /* all edges of one output port must agree */
    rs_fan_in merge;  /* all edges of one input port must agree */
    int priority;
    bool drop_newest;               /* a full ring takes no more: count and go on */
    uint32_t key_offset, key_bytes; /* of RS_HASH; key_bytes = 0: the whole message, 8 at most */
    /*
     * > 0 makes this a feedback edge: at most so many messages are in the loop.  The node it leads
     * to takes a credit for each message it sends into the loop and gets it back when it releases
     * one that came round, or when the edge's sender calls rs_io_forgo for one that does not come.
     * capacity >= credits, so the loop cannot deadlock.
     */
    size_t credits;
} rs_edge_options;

/* NULL if memory is out. */
rs_graph *rs_graph_new(const rs_graph_options *options);

/* NULL on error. */
rs_node *rs_graph_add(rs_graph *, const rs_node_ops *, const char *name, const rs_params *,
                      const rs_node_options *);
int rs_graph_connect(rs_graph *, rs_node *from, const char *out, rs_node *to, const char *in,
                     const rs_edge_options *);
rs_node *rs_graph_find(rs_graph *, const char *name); /* NULL = none */

/* Everything that can be told without running: types, batches, cycles, dangling ports, placement.
 * rs_graph_start does it if it was not done. */
int rs_graph_check(rs_graph *);

/* Returns when every node has started, or when one could not and all have stopped again. */
int rs_graph_start(rs_graph *);

/* Waits for all nodes to end.  timeout_s < 0 = for ever.  0; -ETIMEDOUT, and rs_graph_error()
 * names who runs and what each waits for; or the code of the first node that failed. */
int rs_graph_wait(rs_graph *, double timeout_s);

typedef enum rs_stop {
    RS_STOP_DRAIN, /* sources end, what is in flight arrives */
    RS_STOP_NOW    /* every node stops after its current call; what is in flight is dropped */
} rs_stop;
void rs_graph_stop(rs_graph *, rs_stop how);

/* start, then wait for ever. */
int rs_graph_run(rs_graph *);

/* The last error in words; "" if there was none.  Valid until the next call for this graph. */
const char *rs_graph_error(const rs_graph *);

/* Stops now, waits, frees all.  NULL is allowed.  -EBUSY, with nothing freed, if a node's hook has
 * not returned within 5 s. */
int rs_graph_free(rs_graph *);

/* Graphviz source: nodes by worker, edges with ring, capacity and mode.  Checks first. */
int rs_graph_dot(rs_graph *, FILE *to);

/* ---- metrics --------------------------------------------------------------------------------- */

typedef enum rs_wait_for {
    RS_WAIT_NOTHING,
    RS_WAIT_INPUT,
    RS_WAIT_OUTPUT,
    RS_WAIT_OTHER
} rs_wait_for;

/* One node since the start of the graph; differences of two make rates. */
typedef struct rs_node_metrics {
    char name[64];
    uint64_t at_ns; /* CLOCK_MONOTONIC, when this was read */
    uint64_t in_msgs, out_msgs, in_bytes, out_bytes, dropped_msgs;
    uint64_t calls; /* of work and drain that made progress: in_msgs / calls = batch */
    uint64_t empty_stalls, full_stalls; /* times it began to wait for input, for output */
    uint64_t rx_wait_ns, tx_wait_ns;    /* the wait that goes on is included */
    uint64_t work_ns; /* the rest; of a fused node an estimate from sampled calls */
    uint64_t parks, involuntary_switches, cpu_ns; /* of its worker */
    double fill;     /* of its input rings, 0..1; of its outputs if it has no input */
    int worker, cpu; /* cpu < 0 = not pinned */
    int fused;       /* nodes on its worker */
    rs_wait_for waits_for;
    char waits_on[64]; /* the port's other end, "node.port" */
    bool ended;
} rs_node_metrics;

/* Fills m[0..n) in the order the nodes were added and returns how many there are.  With
 * RS_METRICS = 0 only name, worker, cpu, fused and ended are set. */
size_t rs_graph_snapshot(rs_graph *, rs_node_metrics *m, size_t n);

/* What a node did between two readings; all 0 if no time has passed. */
typedef struct rs_node_rates {
    double interval_s;
    double in_msgs_per_s, out_msgs_per_s, in_bytes_per_s, out_bytes_per_s;
    double rx_wait_pct, work_pct, tx_wait_pct; /* of the time, at most 100 each */
    double mean_batch;                         /* messages a call; 0 = no calls */
    double parks_per_s, cpu_pct;               /* of its worker */
} rs_node_rates;
rs_node_rates rs_node_rates_between(const rs_node_metrics *then, const rs_node_metrics *now);

/* ---- inside a node -----------------------------------------------------------------------------
 */

/* A side of an edge, or of several joined.  Private to the engine; here so that it inlines. */
struct rs_end {
    size_t (*lend)(void *self, size_t n, struct rs_span *s); /* reserve, or peek */
    void (*settle)(void *self, size_t n);                    /* commit, or release */
    void *self;
    RS_ATOMIC(uint32_t) * parked; /* not 0: the worker at the other end sleeps */
};

struct rs_io_port {
    struct rs_end end;
    size_t batch_min, batch_max;
    RS_ATOMIC(uint64_t) messages; /* settled; this thread writes, the reporter reads */
};

struct rs_io {
    struct rs_io_port *in, *out;
    rs_node *node;
    uint32_t refused; /* the last port that lent nothing: RS_REFUSED_IN/OUT + port; 0 = none */
};
#define RS_REFUSED_IN  0x10000u
#define RS_REFUSED_OUT 0x20000u

void rs_io_wake(struct rs_end *);

/* A message was settled: the counter, then the sleeper.  No fence here: see wait.h. */
RS_INLINE void rs_io_settle(struct rs_io_port *p, size_t n)
{
    p->end.settle(p->end.self, n);
#if RS_METRICS
    /* M1 relaxed: sole writer; the reporter may read an old value */
    rs_store_relaxed(&p->messages, p->messages + n);
#endif
    /* W1 light: the ring's index is stored before the sleeper is looked for; pairs with W2. Without
     * it the compiler may look first, and the sleeper misses the message. */
    rs_fence_light();
    if (rs_unlikely(rs_load_relaxed(p->end.parked) != 0)) /* W3 relaxed: ordered by W1 and W2 */
        rs_io_wake(&p->end);
}

/*
 * The oldest 0..n messages of an input, in place (at most two pieces); a message is at
 * rs_span_at(s, i).  n is cut to the node's batch.  Asking again drops the loan.
 */
RS_INLINE size_t rs_io_peek(rs_io *io, unsigned port, size_t n, struct rs_span *s)
{
    struct rs_io_port *p = &io->in[port];
    size_t got = p->end.lend(p->end.self, n < p->batch_max ? n : p->batch_max, s);
    if (rs_unlikely(got < p->batch_min)) {
        io->refused = RS_REFUSED_IN + port;
        return 0;
    }
    return got;
}

/* Gives the first n lent messages back to the producer. */
RS_INLINE void rs_io_release(rs_io *io, unsigned port, size_t n)
{
    rs_io_settle(&io->in[port], n);
}

/* Room for 0..n messages of an output, to be written in place. */
RS_INLINE size_t rs_io_reserve(rs_io *io, unsigned port, size_t n, struct rs_span *s)
{
    struct rs_io_port *p = &io->out[port];
    size_t got = p->end.lend(p->end.self, n < p->batch_max ? n : p->batch_max, s);
    if (rs_unlikely(got == 0))
        io->refused = RS_REFUSED_OUT + port;
    return got;
}

/* Sends the first n lent slots; 0 is allowed at any time and sends none. */
RS_INLINE void rs_io_commit(rs_io *io, unsigned port, size_t n)
{
    rs_io_settle(&io->out[port], n);
}

/* Every edge of the input has ended and is empty (below batch_min).  Only work that must tell its
 * inputs apart needs it. */
bool rs_io_ended(rs_io *, unsigned in_port);

/* The sender of a feedback edge: n messages leave the loop here. */
void rs_io_forgo(rs_io *, unsigned out_port, size_t n);

/* The first member of a node: inline, as every call of work asks for it. */
RS_INLINE void *rs_node_state(rs_node *n)
{
    return *(void **)(void *)n;
}
const char *rs_node_name(const rs_node *);
rs_graph *rs_node_graph(rs_node *);
size_t rs_node_batch(const rs_node *); /* messages a loan, as configured */

/* A port's type once it is known (in start and later); in init, what was set or declared. */
rs_port rs_node_in(const rs_node *, unsigned port);
rs_port rs_node_out(const rs_node *, unsigned port);
/* init only: a type that depends on a parameter.  The schema is not copied; keep it in the state.
 */
void rs_node_set_in(rs_node *, unsigned port, const char *schema, uint32_t bytes, uint32_t align);
void rs_node_set_out(rs_node *, unsigned port, const char *schema, uint32_t bytes, uint32_t align);

/* Records the error in words and returns `code`, a negative errno, for the hook to return. */
int rs_node_fail(rs_node *, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void rs_node_log(rs_node *, rs_level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* In stop: the node ended because its stream did; false after an error anywhere or RS_STOP_NOW. */
bool rs_node_ended_well(const rs_node *);

/* Parameters for init: the value given or the default.  0, or rs_node_fail() that says what is
 * valid; a number must lie in low..high. */
int rs_param_text(rs_node *, const rs_params *, const char *name, const char **to);
int rs_param_number(rs_node *, const rs_params *, const char *name, double low, double high,
                    double *to);
int rs_param_integer(rs_node *, const rs_params *, const char *name, int64_t low, int64_t high,
                     int64_t *to);

/* ---- kinds by name --------------------------------------------------------------------------- */

/* The ready-made kinds of graph/nodes/nodes.def, and those of plug-ins that were loaded into it. */
typedef struct rs_kinds rs_kinds;
rs_kinds *rs_kinds_new(void); /* NULL if memory is out */
/* After the graphs that use it are freed: unloads the plug-ins. */
void rs_kinds_free(rs_kinds *);
/* NULL = none; then *nearest is the most similar name, or NULL. */
const rs_node_ops *rs_kinds_find(const rs_kinds *, const char *kind, const char **nearest);
const rs_node_ops *rs_kinds_at(const rs_kinds *, size_t i); /* NULL past the end */

/* A plug-in is a shared object that exports `const struct rs_plugin rs_plugin`. */
struct rs_plugin {
    uint32_t abi; /* RS_GRAPH_ABI */
    uint32_t n;
    const rs_node_ops *const *kind; /* [n] */
};
/* `path` has a slash: nothing is searched.  0 or -errno with the reason in why[0..n). */
int rs_kinds_load(rs_kinds *, const char *path, char *why, size_t n);

/* The name in list[0..n) nearest to `word` by edit distance; NULL if none is near. */
const char *rs_nearest_name(const char *word, const char *const *list, size_t n);

#ifdef __cplusplus
}
#endif

#endif
