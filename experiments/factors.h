/* SPDX-License-Identifier: MIT */
/*
 * Factors and cells: a cell is one point of the factor space, a round one run of a cell.
 *
 * Every factor's value is an int64_t whatever its type: a number, an index into a list of names,
 * nanoseconds, or an encoded placement.  A factor that a cell's kernel does not use holds
 * FACTOR_UNUSED, so that two cells which differ only in it are one cell.
 */
#ifndef FACTORS_H
#define FACTORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#ifdef __cplusplus
extern "C" {
#endif

enum factor {
#define FACTOR(name, type, default_text, unit, help) FACTOR_##name,
#include "factors.def"
#undef FACTOR
    FACTORS
};

#define FACTOR_UNUSED INT64_MIN

/* Placement: both cpus in one number, or one of these. */
enum { PLACE_ANY = -1, PLACE_SAME = -2, PLACE_PAIR = -3, PLACE_ALL = -4, PLACE_CPUS = 1 << 16 };
#define PLACE(producer, consumer) ((int64_t)(producer)*PLACE_CPUS + (consumer))

enum factor_type { TYPE_CHOICE, TYPE_INTEGER, TYPE_POWER, TYPE_SECONDS, TYPE_PLACEMENT };

struct factor_info {
    const char *name, *default_text, *unit, *help;
    enum factor_type type;
    double min, max;                      /* INTEGER, POWER; seconds for SECONDS */
    const char *(*choice)(int64_t index); /* CHOICE: its names, NULL past the end */
};
extern const struct factor_info factor_table[FACTORS];

enum kernel {
#define KERNEL(id, name, metric, bound, uses, summary) KERNEL_##id,
#include "kernels/kernels.def"
#undef KERNEL
    KERNELS
};
struct kernel_info {
    const char *name, *metric, *bound, *summary;
    unsigned uses;
};
enum { USES_RING = 1, USES_BATCH = 2, USES_POLL = 4, USES_GRAPH = 8, USES_WAIT = 16 };
extern const struct kernel_info kernel_table[KERNELS];

enum api { API_COPY, API_SPAN, API_HELD, APIS };
enum sizes { SIZES_FIXED, SIZES_MIXED };
enum poll { POLL_SPIN, POLL_PAUSE, POLL_YIELD, POLL_PAUSE4, POLL_PAUSE16, POLL_FENCE, POLLS };
enum copy { COPY_PLAIN, COPY_STREAM };
enum engine {
    ENGINE_RINGSIDE,
    ENGINE_RINGSIDE_BARE, /* without the counters of nodes */
    ENGINE_TBB_FLOW,
    ENGINE_TBB_PIPELINE,
    ENGINE_CROSSBEAM,
    ENGINES
};
enum graph_topology { GRAPH_CHAIN, GRAPH_BROADCAST, GRAPH_FAN_IN, GRAPH_DIAMOND };
enum allocator { ALLOCATOR_SYSTEM, ALLOCATOR_JEMALLOC };
enum graph_fuse { FUSE_AUTO, FUSE_NONE, FUSE_ALL };

const char *kernel_name(int64_t index);
const char *ring_name(int64_t index);
const char *api_name(int64_t index);
const char *sizes_name(int64_t index);
const char *poll_name(int64_t index);
const char *copy_name(int64_t index);
const char *engine_name(int64_t index);
const char *topology_name(int64_t index);
const char *wait_name(int64_t index); /* in the order of enum rs_wait */
const char *fuse_name(int64_t index);
const char *allocator_name(int64_t index);

struct cell {
    int64_t value[FACTORS];
};

/* The factor called `name`, or -1; *nearest is then the most similar name or NULL. */
int factor_find(const char *name, const char **nearest);

/* Parses one level.  0, or -EINVAL with the reason and the valid values in why[0..n). */
int factor_parse(enum factor f, const char *text, int64_t *value, char *why, size_t n);

/* The level as text; "-" if unused. */
void factor_format(enum factor f, int64_t value, char *text, size_t n);

/* The level as JSON: a number, a string, or null if unused.  New reference. */
json_t *factor_json(enum factor f, int64_t value);
json_t *cell_json(const struct cell *c);

/* Reads back cell_json of a normalised cell.  False if a factor is out of range, missing or null
 * though the cell uses it, or given though it does not.  One that it does not use may be missing:
 * the run may be older than the factor; a later factor that is missing has its default. */
bool cell_from_json(const json_t *factors, struct cell *c);

/* Every factor at its default level. */
struct cell cell_default(void);

/* Marks the factors that the cell does not use: by its kernel and, in a graph, its engine. */
void cell_normalise(struct cell *c);

bool factor_used(enum factor f, const struct cell *c);
bool cell_equal(const struct cell *a, const struct cell *b);

/* Whether only some rings heed the factor.  0 is its default, and as good as unused. */
bool factor_of_rings(enum factor f);

/* A hash of the levels that stays the same from run to run, and when a factor is added whose
 * default is what was done before. */
uint64_t cell_id(const struct cell *c);

/* "kernel=stream ring=cached ..." of the factors in use; with `brief`, only those that are not at
 * their defaults, and kernel and ring. */
void cell_format(const struct cell *c, bool brief, char *text, size_t n);

/* The command line that runs the cell: program, "cell", and a word for each factor in use. */
struct cell_words {
    char *argv[FACTORS + 4];
    char word[FACTORS][96];
    char option[96];
    char program[4096];
};
void cell_to_words(const struct cell *c, const char *program, struct cell_words *w);

/* Appends the words' one option, "--name=value". */
void cell_words_option(struct cell_words *w, const char *option);

#ifdef __cplusplus
}
#endif

#endif
