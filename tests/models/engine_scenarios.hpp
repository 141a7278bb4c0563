/* SPDX-License-Identifier: MIT */
/* What the models of the engine run, in order: the cheap and telling ones first. */
#ifndef RINGSIDE_MODELS_ENGINE_SCENARIOS_HPP
#define RINGSIDE_MODELS_ENGINE_SCENARIOS_HPP

enum shape {
    kPair,  /* source -> sink */
    kLine,  /* source -> map -> sink */
    kFanIn, /* two sources -> one port of the sink */
    kLoop /* source -> entry -> map -> exit, which returns messages to the entry or lets them go */
};
enum busy {
    kNobody,
    kSender, /* who sent goes on working until it was heard, so it does not idle */
    kReader, /* who was lent a copy keeps it until its sender has filled the ring again */
    kEndless /* the source goes on working when it has sent everything */
};
enum stop { kNever, kDrain, kNow };

struct scenario {
    const char *name;
    shape how;
    unsigned threads;         /* the workers, and one that stops the graph */
    unsigned capacity, total; /* slots of each ring, messages */
    unsigned batch;           /* most messages a loan */
    bool asymmetric;          /* membarrier, or a fence of the waker's own */
    bool drops;               /* drop = newest on every edge */
    busy busies;
    unsigned stop_after; /* the sink ends after so many messages; 0: it reads all */
    stop stops;          /* what a thread that is no worker asks for, at any time */
    unsigned bound;      /* every schedule with so many preemptions; 0: random schedules */
    unsigned schedules;  /* of those, how many; both 0: in the long run only */
    unsigned deep_total, deep_bound; /* the long run: messages, and preemptions if bounded */
};

static const scenario scenarios[] = {
    /* name, how, threads, capacity, total, batch, asymmetric, drops, busies, stop after, stops,
       bound, schedules, deep total, deep bound */
    {"park", kPair, 2, 2, 3, 1, true, false, kNobody, 0, kNever, 0, 20000, 5, 0},
    {"park, fenced", kPair, 2, 2, 3, 1, false, false, kNobody, 0, kNever, 0, 20000, 5, 0},
    {"park, batches", kPair, 2, 2, 5, 2, true, false, kNobody, 0, kNever, 0, 10000, 6, 0},
    {"park, batches, fenced", kPair, 2, 2, 5, 2, false, false, kNobody, 0, kNever, 0, 10000, 6, 0},
    {"reader ends early", kPair, 2, 2, 4, 1, true, false, kNobody, 1, kNever, 0, 10000, 6, 0},
    {"reader ends early, fenced", kPair, 2, 2, 4, 1, false, false, kNobody, 1, kNever, 0, 10000, 6,
     0},
    {"drops, reader ends early", kPair, 2, 2, 6, 1, true, true, kNobody, 1, kNever, 0, 5000, 6, 0},
    {"drops", kPair, 2, 2, 6, 1, true, true, kNobody, 0, kNever, 0, 5000, 6, 0},
    {"three nodes", kLine, 3, 2, 4, 2, true, false, kNobody, 0, kNever, 0, 10000, 6, 0},
    {"three nodes, fenced", kLine, 3, 2, 4, 2, false, false, kNobody, 0, kNever, 0, 5000, 6, 0},
    {"three nodes, reader ends early", kLine, 3, 2, 6, 1, true, false, kNobody, 1, kNever, 0, 10000,
     6, 0},
    {"three nodes, drain", kLine, 4, 2, 4, 1, true, false, kNobody, 0, kDrain, 0, 5000, 6, 0},
    {"three nodes, drain, fenced", kLine, 4, 2, 4, 1, false, false, kNobody, 0, kDrain, 0, 5000, 6,
     0},
    {"stop", kPair, 3, 2, 2, 1, true, false, kNobody, 0, kNow, 0, 20000, 4, 0},
    {"endless, drain", kPair, 3, 2, 2, 1, true, true, kEndless, 0, kDrain, 0, 5000, 2, 0},
    {"three nodes, stop", kLine, 4, 2, 4, 1, false, false, kNobody, 0, kNow, 0, 5000, 6, 0},
    {"loop", kLoop, 4, 2, 4, 1, true, false, kNobody, 0, kNever, 0, 5000, 6, 0},
    {"loop, fenced", kLoop, 4, 2, 4, 1, false, false, kNobody, 0, kNever, 0, 5000, 6, 0},
    {"fan-in", kFanIn, 3, 1, 4, 1, true, false, kNobody, 0, kNever, 0, 5000, 6, 0},
    {"fan-in, fenced", kFanIn, 3, 1, 4, 1, false, false, kNobody, 0, kNever, 0, 5000, 6, 0},
    {"busy", kPair, 2, 2, 3, 1, true, false, kSender, 0, kNever, 0, 10000, 5, 0},
    {"busy, fenced", kPair, 2, 2, 3, 1, false, false, kSender, 0, kNever, 0, 10000, 5, 0},
    {"busy reader", kPair, 2, 2, 4, 1, true, false, kReader, 0, kNever, 0, 5000, 6, 0},
    {"busy, drops none", kPair, 2, 2, 2, 1, true, true, kSender, 0, kNever, 0, 5000, 2, 0},
    {"busy in a loop", kLoop, 4, 2, 4, 1, true, false, kSender, 0, kNever, 0, 5000, 6, 0},
    {"busy in a loop, fenced", kLoop, 4, 2, 4, 1, false, false, kSender, 0, kNever, 0, 5000, 6, 0},
    {"park, every schedule", kPair, 2, 1, 1, 1, true, false, kNobody, 0, kNever, 2, 0, 4, 3},
    {"park, fenced, every schedule", kPair, 2, 1, 1, 1, false, false, kNobody, 0, kNever, 2, 0, 4,
     3},
    {"reader ends early, every schedule", kPair, 2, 1, 2, 1, true, false, kNobody, 1, kNever, 1, 0,
     4, 2},
    {"three nodes, every schedule", kLine, 3, 1, 1, 1, true, false, kNobody, 0, kNever, 0, 0, 1, 1},
};

#endif
