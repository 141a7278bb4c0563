/* SPDX-License-Identifier: MIT */
/*
 * Which ring?  From the rounds of one run to one design, or to "no decision" with its reason.
 *
 * A design is a ring with its separation and message alignment; a candidate is a design that the
 * run measured.  A workload is what the caller's program fixes: kernel, message size, capacity,
 * batch, polling and placement.  In a workload a candidate takes the better of the allowed APIs.
 *
 *   field     who was measured in what            field.c
 *   gates     who may win, and why the rest not   gates.c
 *   contest   paired costs and their bootstrap    contest.h
 *   decision  margin, ties, stability, Pareto     decide.c
 *   flips     what would change the answer        flips.c
 *
 * Everything is a pure function of samples and options: the same input and seed give the same
 * answer.  Structures point into the summary, which must outlive them.
 */
#ifndef SELECTION_H
#define SELECTION_H

#include "rings/ring.h"
#include "select/contest.h"
#include "store/summary.h"

enum {
    SELECT_REPLICATES = 4000,
    SELECT_ROUNDS_MIN = 6, /* fewer give no 95% interval of a median */
    SELECT_NOBODY = -1,
    SCOPE_TEXT_MAX = 4096
};
#define SELECT_STABILITY_MIN 0.90
#define SELECT_FLOOR_MAX     0.10 /* a machine noisier than this decides nothing */

enum goal { GOAL_THROUGHPUT, GOAL_RTT, GOALS };

struct select_options {
    const char *dir, *out;  /* out: where files go, dir unless given */
    int64_t level[FACTORS]; /* only cells with this level; FACTOR_UNUSED = any */
    double max_rtt_ns, max_memory_bytes, weight_throughput, weight_rtt, min_margin;
    uint64_t seed;
    unsigned allow; /* caps of the conditions that the program can meet */
    bool json;
    int argc; /* as given, to be repeated in the evidence */
    char **argv;
};

/* ---- conditions --------------------------------------------------------------------------- */

/* What a program must do for a ring that cannot simply take another one's place. */
struct condition {
    unsigned cap;     /* of the ring */
    const char *word; /* of --allow */
    const char *why;  /* the ring is not eligible without it */
    const char *must; /* what the program must do */
};
enum { SELECT_CONDITIONS = 3 };
extern const struct condition select_conditions[SELECT_CONDITIONS];

/* The caps of the ring's conditions that are not allowed. */
unsigned conditions_missing(const struct rs_ring_entry *ring, const struct select_options *o);

/* The words of these caps, "flush,nonzero"; the same as a new array. */
void conditions_words(unsigned caps, char *text, size_t n);
json_t *conditions_json(unsigned caps);

/* Words with commas between them; false with the first that is none in wrong[0..length). */
bool conditions_parse(const char *text, unsigned *caps, const char **wrong, size_t *length);

/* ---- field -------------------------------------------------------------------------------- */

struct workload {
    struct cell key; /* other factors are FACTOR_UNUSED */
    enum goal goal;
    size_t rings; /* how many, controls apart, were measured in it */
    bool allowed; /* at least one of them with an allowed API */
    bool compared;
};

enum gate { GATE_CORRECT, GATE_COMPLETE, GATE_CAPABLE, GATE_CONSTRAINTS, GATE_PASSED };

struct candidate {
    struct cell design; /* other factors are FACTOR_UNUSED */
    const struct rs_ring_entry *ring;
    bool control;                     /* a yardstick, never selected */
    bool peer;                        /* one of another library; then control as well */
    const struct summary_cell **cell; /* [workloads], the better of the allowed APIs, or NULL */
    bool *measured;                   /* [workloads], with any API */
    enum gate gate;                   /* where it stopped */
    char why[512];
    /* Over the compared workloads it was measured in; NaN where there is none. */
    double median_ns[GOALS]; /* geometric means of the medians */
    double rtt_worst_ns;     /* the highest upper end of a round trip's 95% interval */
    double ring_bytes;       /* the largest */
};

/* Candidates ascend from the simplest: order of rs_ring_table, then separation, alignment. */
struct field {
    struct candidate *candidate;
    size_t n;
    struct workload *workload;
    size_t workloads;
};

/* 0; -ENOMEM; -EINVAL for a cell without the factors its kernel needs. */
int field_make(const struct summary *s, const struct select_options *o, struct field *f);
void field_free(struct field *f);

/* "ring separation=128 msg_align=1", or with `brief` without what is at its default. */
void design_format(const struct candidate *c, bool brief, char *text, size_t n);

/* The levels that set the workloads of the run apart; all of them if there is one workload. */
void workload_format(const struct field *f, size_t w, char *text, size_t n);

/* Runs every candidate through the gates and fills in gate, why and the medians. */
void gates_apply(const struct samples *s, const struct select_options *o, struct field *f);
const char *gate_name(enum gate g);

/* ---- decision ----------------------------------------------------------------------------- */

/* What two equal cells seemed to differ by. */
struct noise_floor {
    size_t rounds;
    struct stats_interval ratio; /* NaN if not known */
    double floor;                /* as a ratio less 1; NaN if not known */
    const char *why;             /* it is not known */
};

enum undecided {
    DECIDED,
    UNDECIDED_NOTHING_PASSES,
    UNDECIDED_NO_WORKLOAD,
    UNDECIDED_FEW_ROUNDS,
    UNDECIDED_NOISE,
    UNDECIDED_UNSTABLE
};

/* A candidate that passed the gates. */
struct entrant {
    struct candidate *candidate;
    struct stats_interval ratio; /* cost over the best one's; NaN without a bootstrap */
    double stability;            /* share of replicates in which it is within margin of the best */
    double within;               /* ratio to the best that 90% of the replicates stay below */
    bool tied, pareto;
};

struct selection {
    const struct select_options *options;
    struct field field;
    struct entrant *entrant;
    size_t n;
    size_t *compared; /* [workloads] indices into field.workload */
    size_t workloads, goal_workloads[GOALS];
    struct contest contest;
    struct costs total, goal[GOALS];
    struct noise_floor noise;
    double margin;    /* ratios up to 1 + margin are no difference */
    int best, chosen; /* entrants, or SELECT_NOBODY */
    enum undecided undecided;
    char reason[512], advice[512]; /* of no decision */
};

/* 0 (a missing decision is no error), -ENOMEM or -EINVAL as field_make. */
int selection_make(const struct samples *samples, const struct summary *summary,
                   const struct select_options *o, struct selection *s);
void selection_free(struct selection *s);

const char *undecided_name(enum undecided u);

/* Weight of each compared workload: a goal's weight shared equally among its workloads.  The sum
 * is 1.  False where a goal has weight and no workload. */
bool selection_weights(const struct selection *s, double throughput, double rtt, double *weight);

/* Who would be chosen for these costs, or SELECT_NOBODY. */
int selection_choose(const struct costs *c, double margin);

/* ---- flips -------------------------------------------------------------------------------- */

struct flip {
    char change[256], winner[160];
    bool same; /* the answer stays */
};
struct flips {
    struct flip *item;
    size_t n;
};

int flips_make(const struct samples *samples, const struct summary *summary,
               const struct selection *s, struct flips *out);
void flips_free(struct flips *f);

/* ---- what comes out ----------------------------------------------------------------------- */

/* What the answer holds for: machine, plan, levels, rounds, commands; from manifest.json as far
 * as there is one.  New reference. */
json_t *scope_json(const struct summary *summary, const struct selection *s);

/* `from` with everything but printable ASCII replaced, and no comment delimiters: for terminals
 * and for comments in C. */
void plain_text(const char *from, char *to, size_t n);

/* A member of the scope as plain text, "unknown" if there is none. */
void scope_text(const json_t *scope, const char *key, char *text, size_t n);

json_t *selection_json(const struct summary *summary, const struct selection *s,
                       const struct flips *flips, const json_t *scope, const char *header);
void selection_report(const struct summary *summary, const struct selection *s,
                      const struct flips *flips, const json_t *scope, const char *header, FILE *to);

/* The cell in which the entrant moved messages fastest (or answered fastest, if no throughput was
 * compared): its levels are the header's hints. */
const struct summary_cell *selection_hint(const struct selection *s, int entrant);

/* Writes ring_selected.h.  0 or -errno. */
int header_write(const struct selection *s, const json_t *scope, FILE *to);

/* The path of ring_selected.h in path[0..n), whoever wrote it; NULL if there is no decision. */
const char *selection_header(const struct selection *s, char *path, size_t n);

/* Writes ring_selected.h and selection.json, whose text is then *text, the caller's to free in any
 * case.  An enum exit_code after complaints. */
int selection_write(const struct summary *summary, const struct selection *s,
                    const struct flips *flips, const json_t *scope, char **text);

/* The same with selection.json alone, in `out`; takes the reference to j. */
int selection_write_json(const char *out, json_t *j, char **text);

/* Sums up, judges and looks for flips.  An enum exit_code after complaints; EXIT_DONE also without
 * a decision, and only then is there something to free. */
int selection_decide(const struct select_options *o, const struct samples *samples,
                     struct summary *summary, struct selection *s, struct flips *flips);

/* What a user should know beside the answer, on stderr. */
void selection_warn(const struct select_options *o, const struct samples *samples,
                    const struct selection *s);

/* 0, or EXIT_USAGE after saying why. */
int select_parse(int argc, char **argv, struct select_options *o, bool *help);
int select_check_levels(const struct summary *s, const struct select_options *o);

#endif
