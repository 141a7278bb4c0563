/* SPDX-License-Identifier: MIT */
/*
 * ring_selected.h: the selected ring as one file without dependencies but libc.
 *
 * The ring's own headers travel inside the command and are copied unchanged, each once and after
 * those it includes; around them go the licence, the evidence, the separation and thin names.
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "resources.h"
#include "select/selection.h"

enum { HEADERS_MAX = 16, NAME_MAX_BYTES = 64 };

/* ---- operations --------------------------------------------------------------------------- */

enum needs { NEEDS_NOTHING, NEEDS_HELD, NEEDS_SPANS, NEEDS_RECORDS, NEEDS_WAIT };

/* The contract of rings/ring.h; `r` comes first in each but bytes. */
static const struct operation {
    enum needs needs;
    const char *returns, *name, *parameters, *arguments;
} operations[] = {
    {NEEDS_NOTHING, "int", "init", ", void *mem, const struct rs_config *cfg", ", mem, cfg"},
    {NEEDS_NOTHING, "bool", "push", ", const void *msg, size_t size", ", msg, size"},
    {NEEDS_NOTHING, "bool", "pop", ", void *msg, size_t size", ", msg, size"},
    {NEEDS_NOTHING, "size_t", "push_n", ", const void *msgs, size_t n, size_t size",
     ", msgs, n, size"},
    {NEEDS_NOTHING, "size_t", "pop_n", ", void *msgs, size_t n, size_t size", ", msgs, n, size"},
    {NEEDS_HELD, "void", "take_producer", ", rs_selected_producer *p", ", p"},
    {NEEDS_HELD, "void", "put_producer", ", rs_selected_producer *p", ", p"},
    {NEEDS_HELD, "bool", "push_held", ", rs_selected_producer *p, const void *msg, size_t size",
     ", p, msg, size"},
    {NEEDS_HELD, "void", "take_consumer", ", rs_selected_consumer *c", ", c"},
    {NEEDS_HELD, "void", "put_consumer", ", rs_selected_consumer *c", ", c"},
    {NEEDS_HELD, "bool", "pop_held", ", rs_selected_consumer *c, void *msg, size_t size",
     ", c, msg, size"},
    {NEEDS_SPANS, "size_t", "reserve", ", size_t n, struct rs_span *s", ", n, s"},
    {NEEDS_SPANS, "size_t", "reserve_all", ", size_t n, struct rs_span *s", ", n, s"},
    {NEEDS_SPANS, "void", "commit", ", size_t n", ", n"},
    {NEEDS_SPANS, "size_t", "peek", ", size_t n, struct rs_span *s", ", n, s"},
    {NEEDS_SPANS, "size_t", "peek_all", ", size_t n, struct rs_span *s", ", n, s"},
    {NEEDS_SPANS, "void", "release", ", size_t n", ", n"},
    {NEEDS_RECORDS, "int", "claim", ", size_t n, struct rs_record *record", ", n, record"},
    {NEEDS_RECORDS, "void", "commit_record", ", size_t n", ", n"},
    {NEEDS_RECORDS, "void", "abort_record", "", ""},
    {NEEDS_RECORDS, "bool", "next_record", ", struct rs_record *record", ", record"},
    {NEEDS_RECORDS, "void", "release_record", "", ""},
    {NEEDS_WAIT, "void", "wait_space", "", ""},
    {NEEDS_WAIT, "void", "wait_data", "", ""},
    {NEEDS_NOTHING, "void", "flush", "", ""},
    {NEEDS_NOTHING, "void", "close", "", ""},
    {NEEDS_NOTHING, "bool", "closed", "", ""},
    {NEEDS_NOTHING, "size_t", "count", "", ""},
};

static void write_operations(const struct rs_ring_entry *ring, FILE *to)
{
    fprintf(to,
            "RS_INLINE size_t rs_selected_bytes(size_t capacity, size_t msg_bytes, size_t "
            "msg_align)\n{\n    return rs_%s_bytes(capacity, msg_bytes, msg_align);\n}\n",
            ring->name);
    if (ring->ops->caps & RS_HELD)
        fprintf(to,
                "\ntypedef rs_%s_producer rs_selected_producer;\n"
                "typedef rs_%s_consumer rs_selected_consumer;\n",
                ring->name, ring->name);
    for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++) {
        const struct operation *o = &operations[i];
        if ((o->needs == NEEDS_HELD && (ring->ops->caps & RS_HELD) == 0) ||
            (o->needs == NEEDS_SPANS && ring->ops->reserve == NULL) ||
            (o->needs == NEEDS_RECORDS && ring->ops->claim == NULL) ||
            (o->needs == NEEDS_WAIT && ring->ops->wait_space == NULL))
            continue;
        fprintf(to, "\nRS_INLINE %s rs_selected_%s(rs_selected *r%s)\n{\n    %srs_%s_%s(r%s);\n}\n",
                o->returns, o->name, o->parameters,
                strcmp(o->returns, "void") == 0 ? "" : "return ", ring->name, o->name,
                o->arguments);
    }
}

/* ---- the ring's own headers --------------------------------------------------------------- */

struct bundle {
    FILE *to;
    char seen[HEADERS_MAX][NAME_MAX_BYTES];
    size_t n;
};

/* The name in a line `#include "name"`; false for every other line. */
static bool quoted_include(const char *line, char *name)
{
    static const char start[] = "#include \"";
    if (strncmp(line, start, sizeof start - 1) != 0)
        return false;
    line += sizeof start - 1;
    size_t length = strcspn(line, "\"\n");
    if (line[length] != '"' || length >= NAME_MAX_BYTES)
        return false;
    memcpy(name, line, length);
    name[length] = '\0';
    return true;
}

static const char *next_line(const char *line)
{
    const char *end = strchr(line, '\n');
    return end ? end + 1 : line + strlen(line);
}

static int bundle_header(struct bundle *b, const char *name);

static int bundle_included(struct bundle *b, const char *text)
{
    char name[NAME_MAX_BYTES];
    int err = 0;
    for (const char *line = text; err == 0 && *line != '\0'; line = next_line(line))
        if (quoted_include(line, name))
            err = bundle_header(b, name);
    return err;
}

/* Writes rings/name after what it includes, unless it is there already. */
static int bundle_header(struct bundle *b, const char *name)
{
    char path[NAME_MAX_BYTES + 8], ignored[NAME_MAX_BYTES];
    for (size_t i = 0; i < b->n; i++)
        if (strcmp(b->seen[i], name) == 0)
            return 0;
    snprintf(path, sizeof path, "rings/%s", name);
    const char *text = resource_text(path);
    if (text == NULL || b->n == HEADERS_MAX)
        return -ENOENT;
    snprintf(b->seen[b->n++], NAME_MAX_BYTES, "%s", name);
    int err = bundle_included(b, text);
    if (err)
        return err;
    fprintf(b->to, "/* ---- %s ---- */\n", path);
    for (const char *line = text; *line != '\0'; line = next_line(line))
        if (!quoted_include(line, ignored))
            fwrite(line, 1, (size_t)(next_line(line) - line), b->to);
    fprintf(b->to, "\n");
    return 0;
}

/* ---- evidence ----------------------------------------------------------------------------- */

static int write_licence(FILE *to)
{
    const char *text = resource_text("LICENSE");
    if (text == NULL)
        return -ENOENT;
    fprintf(to, "/*\n");
    for (const char *line = text; *line != '\0'; line = next_line(line))
        fprintf(to, *line == '\n' ? " *%.*s" : " * %.*s", (int)(next_line(line) - line), line);
    fprintf(to, " */\n");
    return ferror(to) ? -EIO : 0;
}

static void write_scope(const json_t *scope, FILE *to)
{
    static const char *const keys[] = {"run",  "date",   "commit",  "machine", "compiler",
                                       "plan", "levels", "command", "select"};
    char text[SCOPE_TEXT_MAX];
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        scope_text(scope, keys[i], text, sizeof text);
        fprintf(to, " *   %-9s %s\n", keys[i], text);
    }
}

static void write_figure(const struct selection *s, size_t i, FILE *to)
{
    const struct entrant *e = &s->entrant[i];
    char design[128];
    design_format(e->candidate, true, design, sizeof design);
    fprintf(to, " *   %-28s %9.3f ns, ratio %.3f [%.3f, %.3f]%s\n", design,
            exp(s->total.estimate[i]), e->ratio.estimate, e->ratio.lo, e->ratio.hi,
            s->chosen == (int)i ? "  <- selected" : "");
}

/* What is true of this ring and not of every other one. */
static void write_conditions(const struct rs_ring_entry *ring, FILE *to)
{
    const char *before = " *\n * Conditions of this ring:\n *\n";
    for (size_t i = 0; i < SELECT_CONDITIONS; i++)
        if (ring->ops->caps & select_conditions[i].cap) {
            fprintf(to, "%s *   %-9s %s\n", before, select_conditions[i].word,
                    select_conditions[i].must);
            before = "";
        }
}

static void write_evidence(const struct selection *s, const json_t *scope, FILE *to)
{
    const struct entrant *e = &s->entrant[s->chosen];
    fprintf(to,
            "/*\n * The ring that `ringside select` chose: %s.\n *\n"
            " * Evidence: within %.1f%% of the least cost in %.1f%% of %d bootstrap replicates of "
            "%zu rounds\n * (seed %" PRIu64 ").  Cost is the weighted geometric mean over the "
            "workloads, weights\n * %g throughput, %g round trip; ratio is to the least cost, with "
            "its 95%% interval.\n *\n",
            e->candidate->ring->name, 100 * s->margin, 100 * e->stability, SELECT_REPLICATES,
            s->contest.rounds, s->options->seed, s->options->weight_throughput,
            s->options->weight_rtt);
    for (size_t i = 0; i < s->n; i++)
        write_figure(s, i, to);
    fprintf(to, " *\n * Scope: nothing was tried beyond this.\n *\n");
    write_scope(scope, to);
    write_conditions(e->candidate->ring, to);
    fprintf(to, " *\n * The operations are those of the contract below under the names "
                "rs_selected_*.\n */\n");
}

/* ---- constants ---------------------------------------------------------------------------- */

/* Two distances in one program would be two different structs of one name. */
static void write_separation(int64_t separation, FILE *to)
{
    fprintf(to,
            "#if defined RS_SEPARATION && RS_SEPARATION != %" PRId64 "\n"
            "#error \"RS_SEPARATION is defined otherwise; ring_selected.h was chosen with %" PRId64
            "\"\n#endif\n#ifndef RS_SEPARATION\n#define RS_SEPARATION %" PRId64 "\n#endif\n\n"
            "#include <sched.h>\n\n",
            separation, separation, separation);
}

static void write_constants(const struct selection *s, FILE *to)
{
    const struct candidate *c = s->entrant[s->chosen].candidate;
    const struct cell *hint = &selection_hint(s, s->chosen)->cell;
    const int64_t *v = hint->value;
    const bool batches = v[FACTOR_batch] != FACTOR_UNUSED;
    static const char *const polls[POLLS] = {
        [POLL_SPIN] = "(void)0",
        [POLL_PAUSE] = "rs_pause()",
        [POLL_YIELD] = "sched_yield()",
        [POLL_PAUSE4] = "for (int i = 0; i < 4; i++)\n        rs_pause()",
        [POLL_PAUSE16] = "for (int i = 0; i < 16; i++)\n        rs_pause()",
        [POLL_FENCE] = "rs_pause_fence()"};
    fprintf(
        to,
        "/* ---- the selection ---- */\n"
        "typedef struct rs_%s rs_selected;\n\n"
        "#define RS_SELECTED_RING       \"%s\"\n"
        "#define RS_SELECTED_SEPARATION %" PRId64 " /* bytes */\n"
        "#define RS_SELECTED_MSG_ALIGN  %" PRId64 " /* bytes, for rs_config.msg_align */\n\n"
        "/* Levels of the cell in which it was fastest. */\n"
        "#define RS_SELECTED_MSG_BYTES %" PRId64 "\n"
        "#define RS_SELECTED_CAPACITY  %" PRId64 " /* slots */\n"
        "#define RS_SELECTED_BATCH     %" PRId64 " /* messages a call */\n"
        "#define RS_SELECTED_API_SPAN  %d /* 1: with reserve/commit and peek/release */\n"
        "#define RS_SELECTED_API_HELD  %d /* 1: with push_held and pop_held */\n\n"
        "/* For rs_selected_init: those levels, and all else at its default. */\n"
        "#define RS_SELECTED_CONFIG(msg_bytes) \\\n"
        "    {RS_SELECTED_CAPACITY, (msg_bytes), RS_SELECTED_MSG_ALIGN, 0, 0, 0, 0, false, 0}\n\n"
        "/* What a side ran between two tries on a full or empty ring. */\n"
        "RS_INLINE void rs_selected_poll(void)\n{\n    %s;\n}\n\n",
        c->ring->name, c->ring->name, c->design.value[FACTOR_separation],
        c->design.value[FACTOR_msg_align], v[FACTOR_msg_bytes], v[FACTOR_capacity],
        batches ? v[FACTOR_batch] : 1, v[FACTOR_api] == API_SPAN, v[FACTOR_api] == API_HELD,
        polls[v[FACTOR_poll]]);
}

int header_write(const struct selection *s, const json_t *scope, FILE *to)
{
    const struct candidate *c = s->entrant[s->chosen].candidate;
    struct bundle b = {.to = to};
    char name[NAME_MAX_BYTES];
    fprintf(to, "/* SPDX-License-Identifier: MIT */\n");
    int err = write_licence(to);
    if (err)
        return err;
    write_evidence(s, scope, to);
    fprintf(to, "#ifndef RING_SELECTED_H\n#define RING_SELECTED_H\n\n");
    write_separation(c->design.value[FACTOR_separation], to);
    snprintf(name, sizeof name, "%.60s.h", c->ring->name);
    err = bundle_header(&b, name);
    if (err == 0 && (c->ring->ops->caps & RS_MIRRORED) != 0)
        err = bundle_header(&b, "mirror.h");
    if (err)
        return err;
    write_constants(s, to);
    write_operations(c->ring, to);
    fprintf(to, "\n#endif\n");
    return ferror(to) ? -EIO : 0;
}
