/* SPDX-License-Identifier: MIT */
/*
 * What the files of the engine share.  Who touches what:
 * - builder: everything until the workers start and after they have ended;
 * - worker: its nodes and their ports; the producer's half of an edge on the worker of `from`, the
 *   consumer's half on that of `to`;
 * - reporter: reads counters and ring fills.
 *
 * Ordering (who, on what, why):
 *   W1 light    fence   a ring's index is stored before the sleeper is looked for; pairs with W2
 *   W3 relaxed  parked  ordered by W1 and W2
 */
#ifndef RINGSIDE_INTERNAL_H
#define RINGSIDE_INTERNAL_H

#include "graph/graph.h"
#include "graph/log.h"
#include "graph/placement.h"

#include <pthread.h>
#include <sys/types.h>

enum { RS_NAME_BYTES = 64, RS_ERROR_BYTES = 1024 };

extern const struct rs_ring_ops rs_ring_ops_local;

struct rs_edge {
    rs_graph *graph;
    rs_node *from, *to;
    uint16_t out, in; /* port numbers */
    rs_edge_options opt;
    char ring_name[32];
    size_t capacity;
    size_t msg_bytes, msg_align, stride_bytes;
    const struct rs_ring_ops *ops;
    bool local;    /* both ends on one worker */
    bool feedback; /* opt.credits > 0 */
    void *ring, *slots;

    struct RS_SEPARATED {              /* consumer to producer */
        RS_ATOMIC(uint32_t) abandoned; /* the consumer ended first: nobody will read */
    } back;
    struct RS_SEPARATED {
        unsigned char *staging; /* of a ring without spans: [batch] messages */
        size_t staged, sent;    /* committed messages in it, and how many of them the ring took */
        unsigned char *nowhere; /* what is dropped is written here: [batch] slots */
        bool scratch;           /* what was lent lies there */
        bool discard;           /* abandoned, and the producer knows */
        RS_ATOMIC(uint64_t) dropped;
        RS_ATOMIC(uint64_t) forgone; /* feedback: messages that left the loop */
        struct rs_end inner;         /* below a drop */
    } producer;
    struct RS_SEPARATED {
        unsigned char *staging;
        size_t staged, taken; /* popped messages in it, and how many were released */
        bool ended;
        struct rs_end inner; /* of a ring without spans */
    } consumer;
};

/* Several edges of one port. */
struct rs_joint {
    rs_node *node;
    bool output;
    unsigned port;
    int mode; /* rs_fan_out or rs_fan_in */
    size_t n, rotor, chosen, batch_min;
    struct rs_edge **edge;  /* [n]; of RS_MERGE_PRIORITY sorted */
    struct rs_end *end;     /* [n] */
    struct rs_span *span;   /* [n] lent */
    size_t *count;          /* [n] hash: messages for each */
    unsigned char *staging; /* hash: [batch] messages */
};

/* Limits what a node sends into its loop.  On the worker of the node that the feedback leads to. */
struct rs_credit {
    struct rs_edge *feedback;
    struct rs_end inner;     /* of the feedback's consumer */
    uint64_t sent, returned; /* messages; credits left = opt.credits + returned + forgone - sent */
};
struct rs_credit_end { /* an output port inside loops */
    struct rs_end inner;
    rs_node *node;
    uint64_t loops; /* bit i: the port sends into the loop of node->credits[i] */
};

enum rs_status { RS_NODE_RUNNING, RS_NODE_DRAINING, RS_NODE_FLUSHING, RS_NODE_ENDED };

/* Counters of a node: its worker writes, the reporter reads. */
struct RS_SEPARATED rs_counters {
    RS_ATOMIC(uint64_t) calls, empty_stalls, full_stalls;
    RS_ATOMIC(uint64_t) rx_wait_ticks, tx_wait_ticks;
    RS_ATOMIC(uint64_t) sample_ticks; /* in timed calls */
    RS_ATOMIC(uint32_t) refused;      /* while its worker waits: as rs_io.refused, or ELSE */
    RS_ATOMIC(uint64_t) ended_ns;     /* 0 = not yet */
};
#define RS_WAITS_ELSE 0x40000u

struct rs_node {
    void *state;                     /* first: rs_node_state() */
    int (*call)(rs_node *, rs_io *); /* work, an adaptor, or drain */
    rs_graph *graph;
    const rs_node_ops *ops;
    char name[RS_NAME_BYTES];
    rs_node_options opt;
    char fuse[RS_NAME_BYTES]; /* "" = none */
    size_t index, batch;
    rs_port *in, *out;                      /* types, [n_in], [n_out] */
    struct rs_edge ***in_edge, ***out_edge; /* [port][n] */
    size_t *n_in_edges, *n_out_edges;       /* [port] */
    bool inited, started, failed;
    bool defers; /* one of its outputs may hold back what was sent, until a flush */
    struct rs_worker *worker;
    struct rs_joint *in_joint, *out_joint; /* [port]; n = 0: one edge */
    struct rs_credit *credits;             /* of the feedback edges that lead here */
    struct rs_credit_end *credit_end;      /* [n_out] */
    size_t n_credits;
    struct rs_io io;
    enum rs_status status;
    struct rs_counters counters;
};

struct rs_worker {
    rs_graph *graph;
    size_t index, n;
    rs_node **node; /* [n] in topological order */
    int cpu;        /* the kernel's number; -1 = not pinned */
    bool crowded;   /* shares its cpu with another worker */
    char name[RS_NAME_BYTES];
    pthread_t thread;
    bool created;
    int error;                    /* of setting up */
    size_t live;                  /* nodes that have not ended */
    unsigned passes;              /* over its nodes, to choose which are timed */
    unsigned polls;               /* passes without progress since it began to wait, or was woken */
    unsigned run;                 /* passes with progress since it last waited */
    unsigned gather, gather_most; /* pauses that a wait begins with, and at most */
    unsigned stop_seen;           /* the request that it has acted on */
    uint32_t bell; /* eventfd + 1 if one of its nodes waits for something outside; 0 = none */
    bool waiting;
    uint64_t idle_at; /* ticks at the last of them */
    struct RS_SEPARATED {
        RS_ATOMIC(uint32_t) word;
    } parked;
    struct RS_SEPARATED {
        RS_ATOMIC(uint64_t) idle_ticks, idle_since, parks;
        RS_ATOMIC(uint64_t) last_switches, last_cpu_ns; /* when its thread had ended */
        RS_ATOMIC(uint32_t) alive; /* its thread runs: /proc/self/task/<tid> is its own */
        RS_ATOMIC(uint32_t) tid;
    } counters;
};

enum rs_phase { RS_BUILDING, RS_CHECKED, RS_STARTED, RS_OVER };

struct rs_graph {
    rs_graph_options opt;
    char name[RS_NAME_BYTES], ring[32], host[RS_NAME_BYTES]; /* host "" = it is not split */
    char *metrics_path, *prometheus_path;
    bool batch_given;
    struct rs_log log;
    struct rs_cpus cpus;
    rs_node **node;
    struct rs_edge **edge;
    struct rs_worker **worker;
    size_t n_nodes, n_edges, n_workers;
    rs_node **order; /* topological, feedback edges left out */
    enum rs_phase phase;
    bool asymmetric; /* membarrier works */

    pthread_mutex_t lock;
    pthread_cond_t changed;
    /* under lock */
    size_t arrived; /* workers at the gate */
    int gate;       /* the step that may go on */
    bool abort;     /* somebody could not start */
    size_t ended;   /* workers */
    int error_code;
    char error[RS_ERROR_BYTES], first_error[RS_ERROR_BYTES];

    struct RS_SEPARATED {
        RS_ATOMIC(uint32_t) stop; /* RS_STOPPING_* */
    } control;

    struct rs_reporter *reporter;
    struct rs_publisher *publisher; /* NULL = nothing is shown to other processes */
    uint64_t start_ns, start_ticks;
};
enum { RS_STOPPING_NOT, RS_STOPPING_DRAIN, RS_STOPPING_NOW };

extern RS_ATOMIC(uint32_t) rs_never_parked;

/* graph.c */
int rs_graph_fail(rs_graph *, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
const rs_node_ops *rs_node_kind(const rs_node *);
void rs_graph_free_all(rs_graph *);

/* node.c: work() by an adaptor */
int rs_work_process(rs_node *, rs_io *);
int rs_work_batch(rs_node *, rs_io *);

/* check.c, partition.c */
int rs_check(rs_graph *);
int rs_order(rs_graph *);
int rs_partition(rs_graph *);
bool rs_in_loop(const struct rs_edge *feedback, const struct rs_edge *e);

/* edge.c, joint.c, ports.c: the producer's worker makes an edge; then both make their ends. */
int rs_edge_make(struct rs_edge *);
void rs_edge_free(struct rs_edge *);
int rs_ends_make(rs_node *);
void rs_ends_free(rs_node *);
struct rs_end rs_edge_out(struct rs_edge *);
struct rs_end rs_edge_in(struct rs_edge *);
int rs_edge_make_nowhere(struct rs_edge *); /* what rs_edge_drop() needs */
struct rs_end rs_edge_drop(struct rs_edge *);
int rs_joint_make(struct rs_joint *, rs_node *, bool output, unsigned port);
struct rs_end rs_joint_end(struct rs_joint *);
void rs_joint_free(struct rs_joint *);
bool rs_edge_push_staged(struct rs_edge *); /* true = nothing is left */
void rs_edge_flush(struct rs_edge *);
bool rs_node_inputs_ended(rs_node *);
bool rs_node_note_abandoned(rs_node *); /* true = every output is */
bool rs_node_flush(rs_node *);          /* true = all is with the rings */
void rs_node_close(rs_node *);          /* ends its edges, both ways */

/* worker.c */
void *rs_worker_main(void *worker);
void rs_workers_wake(rs_graph *);

/* sleep.c: of a worker with nodes that wait for something outside the graph */
int rs_bell_make(struct rs_worker *); /* nothing to do for others; 0 or -errno */
void rs_bell_free(struct rs_worker *);
void rs_sleep_outside(struct rs_worker *);

/* metrics.c, report.c */
size_t rs_edge_used(const struct rs_edge *); /* slots, about */
uint64_t rs_edge_dropped(struct rs_edge *);
int rs_reporter_start(rs_graph *);
void rs_reporter_stop(rs_graph *);
void rs_graph_who_runs(rs_graph *, char *text, size_t n);
uint64_t rs_now_ns(void);

/* sde.c: nothing unless the option says so.  After the check, once its workers run, before it is
 * freed. */
void rs_sde_declare(rs_graph *);
void rs_sde_attach(rs_graph *);
void rs_sde_detach(rs_graph *);

/* A settled end wakes who waits for it. */
RS_INLINE void rs_end_settle(struct rs_end *e, size_t n)
{
    e->settle(e->self, n);
    /* W1 light: as in graph.h; pairs with W2. Without it the sleeper misses the message. */
    rs_fence_light();
    if (rs_unlikely(rs_load_relaxed(e->parked) != 0)) /* W3 relaxed: ordered by W1 and W2 */
        rs_io_wake(e);
}

#endif
