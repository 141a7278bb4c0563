/* SPDX-License-Identifier: MIT */
/* What the models run, in order: the cheap and telling ones first, so that a bug is found soon. */
#ifndef RINGSIDE_MODELS_SCENARIOS_HPP
#define RINGSIDE_MODELS_SCENARIOS_HPP

enum style { kAlone, kSingles, kBatches, kSpans, kRecords, kHandshake };

struct scenario {
    const char *name;
    style how;
    unsigned capacity, total; /* slots, messages */
    unsigned msg_align;       /* bytes; 1 = packed */
    bool waits;               /* sleep in wait_space and wait_data instead of polling */
    bool counts;              /* look at count between operations */
    unsigned stop_after;      /* the consumer closes after so many messages; 0: the producer does */
    unsigned bound;           /* every schedule with so many preemptions; 0: random schedules */
    unsigned schedules;       /* of those, how many */
    bool defers;              /* for rings that hold back (half of the capacity) or look ahead */
    bool plain;               /* no choice of how many or how long: batches and loans of two */
};

static const scenario scenarios[] = {
    /* name, how, capacity, total, align, waits, counts, stop, bound, schedules, defers, plain */
    {"alone, 1 slot", kAlone, 1, 0, 1, false, false, 0, 0, 1, false, false},
    {"alone, packed", kAlone, 2, 0, 1, false, false, 0, 0, 1, false, false},
    {"alone, strided", kAlone, 4, 0, 4, false, false, 0, 0, 1, false, false},
    {"singles", kSingles, 2, 5, 1, false, false, 0, 0, 20000, false, false},
    {"singles, 1 slot", kSingles, 1, 4, 1, false, true, 0, 0, 5000, false, false},
    {"singles, strided", kSingles, 2, 5, 4, false, false, 0, 0, 5000, false, false},
    {"batches", kBatches, 2, 6, 1, false, false, 0, 0, 20000, false, false},
    {"batches, strided, counted", kBatches, 2, 6, 4, false, true, 0, 0, 10000, false, false},
    {"spans", kSpans, 2, 6, 1, false, true, 0, 0, 20000, false, false},
    {"records", kRecords, 2, 7, 1, false, false, 0, 0, 20000, false, false},
    {"records, strided, counted", kRecords, 1, 6, 4, false, true, 0, 0, 2000, false, false},
    {"consumer closes", kSingles, 2, 4, 1, false, false, 1, 0, 10000, false, false},
    {"waits, 1 slot", kSingles, 1, 4, 1, true, false, 0, 0, 20000, false, false},
    {"waits, batches", kBatches, 2, 6, 1, true, false, 0, 0, 10000, false, false},
    {"consumer closes, producer waits", kSingles, 1, 2, 1, true, false, 1, 0, 10000, false, false},
    {"singles, deferred", kSingles, 4, 8, 1, false, true, 0, 0, 20000, true, false},
    {"batches, deferred", kBatches, 4, 9, 1, false, false, 0, 0, 20000, true, false},
    {"spans, deferred", kSpans, 4, 9, 1, false, false, 0, 0, 20000, true, false},
    {"consumer closes, deferred", kSingles, 4, 8, 1, false, false, 5, 0, 5000, true, false},
    {"handshake", kHandshake, 1, 0, 1, false, false, 0, 0, 2000, false, false},
    {"singles, every schedule", kSingles, 2, 4, 1, false, false, 0, 2, 0, false, false},
    {"singles, 1 slot, every schedule", kSingles, 1, 3, 1, false, false, 0, 2, 0, false, false},
    {"batches, every schedule", kBatches, 2, 2, 1, false, false, 0, 2, 0, false, false},
    {"batches of 2, every schedule", kBatches, 2, 6, 1, false, false, 0, 2, 0, false, true},
    {"spans of 2, every schedule", kSpans, 2, 6, 1, false, false, 0, 2, 0, false, true},
    {"records, every schedule", kRecords, 1, 2, 1, false, false, 0, 2, 0, false, false},
    {"records of one size, every schedule", kRecords, 1, 2, 1, false, false, 0, 2, 0, false, true},
    {"consumer closes, every schedule", kSingles, 2, 3, 1, false, false, 1, 2, 0, false, false},
    {"waits, every schedule", kSingles, 1, 3, 1, true, false, 0, 2, 0, false, false},
    {"handshake, every schedule", kHandshake, 1, 0, 1, false, false, 0, 3, 0, false, false},
};

/* Three preemptions and at least four messages, or so many random schedules. */
static scenario deeper(const scenario &s, unsigned schedules)
{
    scenario d = s;
    if (s.how == kAlone || s.how == kHandshake)
        return d;
    d.total = s.total < 4 ? 4 : s.total;
    d.bound = s.bound > 0 ? 3 : 0;
    d.schedules = s.bound > 0 ? 0 : schedules;
    return d;
}

static inline bool applies(const scenario &s, unsigned caps, bool has_batch, bool has_wait,
                           bool defers)
{
    if (s.defers && !defers)
        return false;
    if (s.how == kBatches && s.bound > 0 && !has_batch)
        return false; /* a loop of singles, whose every schedule is run as such */
    if ((caps & RS_NO_TRANSFER) != 0)
        return s.how == kHandshake;
    if (s.how == kRecords && (caps & RS_VARLEN) == 0)
        return false;
    if (s.how == kHandshake || (s.how == kSpans && (caps & RS_ZERO_COPY) == 0))
        return false;
    return has_wait || !s.waits;
}

#endif
