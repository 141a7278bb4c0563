/* SPDX-License-Identifier: MIT */
/* Records a command by `perf record` and folds what `perf script` says of it. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "flame.h"
#include "program.h"

enum { ARGUMENTS = 128, PATH_BYTES = 4300 };

struct command {
    char *argv[ARGUMENTS];
    int n;
};

static void put(struct command *c, const char *word)
{
    if (c->n + 1 < ARGUMENTS)
        c->argv[c->n++] = (char *)word; /* exec takes char *const but writes nothing */
    c->argv[c->n] = NULL;
}

static void put_all(struct command *c, const char *const *words)
{
    for (; *words != NULL; words++)
        put(c, *words);
}

/* What perf itself is told.  Ring functions are leaves, and without frame pointers their caller is
 * found by the debug information alone: perf copies the top of the stack and unwinds it later. */
static void put_perf(struct command *c, const struct flame_request *r, const struct flame_means *m,
                     const char *data, char frequency[16])
{
    const char *const common[] = {m->perf,    "record", "--quiet", "--no-buildid-cache",
                                  "--output", data,     "--event", m->event,
                                  NULL};
    const char *const on[] = {"--call-graph", "dwarf,8192", "--freq", frequency, NULL};
    const char *const off[] = {"--call-graph",    "dwarf,2048", "--count", "1",
                               "--switch-events", "--max-size", "256M",    NULL};
    snprintf(frequency, 16, "%d", r->frequency_hz);
    put_all(c, common);
    put_all(c, r->off_cpu ? off : on);
    if (m->buffer != NULL) {
        put(c, "--mmap-pages");
        put(c, m->buffer);
    }
    put(c, "--");
}

struct child_words {
    char self[4096], seconds[32], metrics[PATH_BYTES];
    struct cell_words cell;
};

static void put_child(struct command *c, const struct flame_request *r,
                      const struct flame_target *t, struct child_words *w)
{
    if (t->file == NULL) {
        cell_to_words(&t->cell, w->self, &w->cell);
        put(c, w->self);
        put_all(c, (const char *const *)w->cell.argv + 1);
        setenv("RINGSIDE_NODE_METRICS", w->metrics, 1); /* the graph kernel writes there */
        return;
    }
    const char *const words[] = {
        w->self,    "graph",     "run",      t->file, "--quiet",          "--for",
        w->seconds, "--metrics", w->metrics, "--set", "graph.report=0.2", NULL};
    snprintf(w->seconds, sizeof w->seconds, "%g", t->seconds);
    put_all(c, words);
    for (size_t i = 0; i < r->sets; i++) {
        put(c, "--set");
        put(c, r->set[i]);
    }
}

static int judge(const struct flame_target *t, const struct program_result *p)
{
    if (p->interrupted || p->exit_code == EXIT_INTERRUPTED || p->signal == SIGINT) {
        complain("interrupted; what was being recorded is dropped, what was drawn before is whole");
        return EXIT_INTERRUPTED;
    }
    if (p->exit_code == 0)
        return EXIT_DONE;
    complain("%s was not recorded, perf or the command failed (%s %d): %s", t->title,
             p->signal ? "signal" : "exit", p->signal ? p->signal : p->exit_code,
             *p->said ? p->said : "nothing on stderr");
    return p->exit_code == EXIT_USAGE ? EXIT_USAGE : EXIT_INCOMPLETE;
}

/* Runs it; its output is left in *out. */
static int run(const struct flame_target *t, struct command *c, FILE **out)
{
    struct program_result p;
    int err = program_run(c->argv, &p);
    if (err != 0) {
        complain("cannot start %s: %s", c->argv[0], strerror(-err));
        return EXIT_INCOMPLETE;
    }
    int code = judge(t, &p);
    if (code == EXIT_DONE)
        *out = p.out;
    else
        fclose(p.out);
    return code;
}

/* The line that a cell prints. */
static int take_result(const struct flame_target *t, FILE *out, json_t **result)
{
    *result = NULL;
    if (t->file != NULL)
        return EXIT_DONE;
    *result = json_loadf(out, JSON_DISABLE_EOF_CHECK, NULL);
    const char *status = json_string_value(json_object_get(*result, "status"));
    if (status != NULL && strcmp(status, "ok") == 0)
        return EXIT_DONE;
    const char *reason = json_string_value(json_object_get(*result, "reason"));
    complain("%s failed: %s", t->title, reason != NULL ? reason : "it printed no result");
    json_decref(*result);
    *result = NULL;
    return EXIT_INCOMPLETE;
}

static int record(const struct flame_request *r, const struct flame_target *t,
                  const struct flame_means *m, const char *data, const char *metrics,
                  json_t **result)
{
    static const char what[] = "%s: recording %s for about %g s";
    struct child_words *w = calloc(1, sizeof *w);
    struct command c = {.n = 0};
    char frequency[16];
    FILE *out = NULL;
    if (w == NULL || !program_self(w->self, sizeof w->self)) {
        complain("cannot find out which program this is; mount /proc");
        free(w);
        return EXIT_INCOMPLETE;
    }
    snprintf(w->metrics, sizeof w->metrics, "%s", metrics);
    put_perf(&c, r, m, data, frequency);
    put_child(&c, r, t, w);
    complain(what, t->title, m->event, t->seconds);
    int code = run(t, &c, &out);
    unsetenv("RINGSIDE_NODE_METRICS");
    free(w);
    if (code != EXIT_DONE)
        return code;
    code = take_result(t, out, result);
    fclose(out);
    return code;
}

char *flame_slurp(FILE *from, size_t *length)
{
    size_t room = 1 << 16, used = 0, n;
    char *text = malloc(room + 1);
    while (text != NULL && (n = fread(text + used, 1, room - used, from)) > 0) {
        used += n;
        char *more = used == room ? realloc(text, 2 * room + 1) : text;
        if (more == NULL)
            free(text);
        room = used == room ? 2 * room : room;
        text = more;
    }
    if (text != NULL)
        text[used] = '\0';
    *length = used;
    return text;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

static int fold(const struct flame_request *r, const struct flame_target *t,
                const struct flame_means *m, const char *data, struct flame_recording *rec)
{
    const char *const words[] = {m->perf,
                                 "script",
                                 "--input",
                                 data,
                                 "--fields",
                                 "comm,pid,tid,time,event,ip,sym,dso",
                                 "--ns",
                                 "--show-switch-events",
                                 "--show-lost-events",
                                 NULL};
    char self[4096];
    struct command c = {.n = 0};
    FILE *script = NULL, *to = open_memstream(&rec->folded, &rec->folded_bytes);
    program_self(self, sizeof self);
    const struct fold_options o = {r->off_cpu, base_name(self), "rs-report"};
    put_all(&c, words);
    int code = run(t, &c, &script);
    if (code == EXIT_DONE) {
        int err = to != NULL ? fold_script(script, &o, to, &rec->counts) : -ENOMEM;
        if (err != 0)
            complain("cannot fold the stacks of %s: %s", t->title, strerror(-err));
        code = err == 0 ? EXIT_DONE : EXIT_INCOMPLETE;
        fclose(script);
    }
    if (to != NULL)
        fclose(to);
    return code;
}

static int judge_stacks(bool off_cpu, const struct flame_target *t,
                        const struct flame_recording *rec)
{
    if (rec->counts.lost > 0)
        complain("%s: perf lost %llu records; record %s", t->title,
                 (unsigned long long)rec->counts.lost,
                 off_cpu ? "for fewer --seconds, or expect some waits to be missing"
                         : "with a lower --frequency, or expect shares to be off");
    if (rec->folded_bytes > 0)
        return EXIT_DONE;
    complain("%s: no stack was recorded in %g s; give more --seconds", t->title, t->seconds);
    return EXIT_INCOMPLETE;
}

int flame_record(const struct flame_request *r, const struct flame_target *t,
                 const struct flame_means *m, const char *dir, struct flame_recording *rec)
{
    char data[PATH_BYTES], fresh[PATH_BYTES + 8], metrics[PATH_BYTES];
    *rec = (struct flame_recording){0};
    snprintf(data, sizeof data, "%s/%s.data", dir, t->name);
    snprintf(fresh, sizeof fresh, "%s.new", data);
    snprintf(metrics, sizeof metrics, "%s/%s.nodes.jsonl", dir, t->name);
    unlink(fresh);
    unlink(metrics);
    int code = record(r, t, m, fresh, metrics, &rec->result);
    if (code == EXIT_DONE)
        code = fold(r, t, m, fresh, rec);
    rec->waits = code == EXIT_DONE ? flame_waits(metrics) : NULL;
    unlink(metrics);
    if (code == EXIT_DONE && rename(fresh, data) != 0)
        complain("cannot keep %s: %s", data, strerror(errno));
    unlink(fresh);
    if (code == EXIT_DONE)
        code = judge_stacks(r->off_cpu, t, rec);
    if (code == EXIT_DONE)
        code = flame_write(dir, t->name, ".folded", rec->folded, rec->folded_bytes);
    if (code != EXIT_DONE)
        flame_recording_free(rec);
    return code;
}

void flame_recording_free(struct flame_recording *rec)
{
    free(rec->folded);
    json_decref(rec->result);
    json_decref(rec->waits);
    *rec = (struct flame_recording){0};
}
