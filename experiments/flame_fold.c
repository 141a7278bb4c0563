/* SPDX-License-Identifier: MIT */
#include "flame_fold.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { FRAMES_MAX = 256, FRAME_BYTES = 192, STACK_BYTES = 16384, NAME_BYTES = 64 };

static const char waits_for_a_cpu[] = "[waits_for_a_cpu]", no_stack[] = "[stack_not_recorded]";

struct thread {
    unsigned pid, tid;
    char name[NAME_BYTES];
    char *stack;     /* of the sample before the OUT; off-CPU alone */
    uint64_t out_ns; /* when it left the cpu */
    bool out, ready; /* it is off the cpu; it could go on */
};

struct entry {
    size_t thread;
    uint64_t weight; /* samples or ns */
    uint64_t samples;
    char *stack;
};

struct fold {
    const struct fold_options *o;
    struct fold_counts *counts;
    struct thread *thread; /* [threads] */
    struct entry *entry;   /* [n], room for n_max */
    size_t threads, n, n_max, merge_at;
    /* the sample that is being read: frames from the innermost */
    size_t current; /* thread */
    bool in_sample;
    size_t frames;
    char frame[FRAMES_MAX][FRAME_BYTES];
};

/* ---- threads --------------------------------------------------------------------------------- */

static int find_thread(struct fold *f, unsigned pid, unsigned tid, size_t *index)
{
    for (size_t i = f->threads; i-- > 0;)
        if (f->thread[i].tid == tid && f->thread[i].pid == pid) {
            *index = i;
            return 0;
        }
    struct thread *more = realloc(f->thread, (f->threads + 1) * sizeof *more);
    if (more == NULL)
        return -ENOMEM;
    f->thread = more;
    *index = f->threads++;
    f->thread[*index] = (struct thread){.pid = pid, .tid = tid};
    return 0;
}

static bool is_left_out(const struct fold *f, const struct thread *t)
{
    const struct fold_options *o = f->o;
    return (o->command != NULL && strcmp(t->name, o->command) == 0) ||
           (o->reporter != NULL && strcmp(t->name, o->reporter) == 0);
}

/* ---- stacks ---------------------------------------------------------------------------------- */

/* By thread's name, then stack, so that equal stacks of threads of one name are neighbours. */
static int compare(const void *a, const void *b, void *fold)
{
    const struct entry *x = (const struct entry *)a, *y = (const struct entry *)b;
    const struct fold *f = (const struct fold *)fold;
    int order =
        x->thread == y->thread ? 0 : strcmp(f->thread[x->thread].name, f->thread[y->thread].name);
    return order != 0 ? order : strcmp(x->stack, y->stack);
}

static void merge(struct fold *f, bool by_name)
{
    size_t kept = 0;
    if (f->n == 0)
        return;
    qsort_r(f->entry, f->n, sizeof *f->entry, compare, f);
    for (size_t i = 1; i < f->n; i++) {
        struct entry *last = &f->entry[kept], *e = &f->entry[i];
        if ((by_name || last->thread == e->thread) && compare(last, e, f) == 0) {
            last->weight += e->weight;
            last->samples += e->samples;
            free(e->stack);
        } else {
            f->entry[++kept] = *e;
        }
    }
    f->n = kept + 1;
}

/* Takes over `stack`. */
static int add(struct fold *f, size_t thread, char *stack, uint64_t weight)
{
    if (stack == NULL)
        return -ENOMEM;
    if (f->n == f->n_max && f->n >= f->merge_at) {
        merge(f, false);
        f->merge_at = 2 * f->n > 65536 ? 2 * f->n : 65536;
    }
    if (f->n == f->n_max) {
        size_t room = f->n_max > 0 ? 2 * f->n_max : 1024;
        struct entry *more = realloc(f->entry, room * sizeof *more);
        if (more == NULL) {
            free(stack);
            return -ENOMEM;
        }
        f->entry = more;
        f->n_max = room;
    }
    f->entry[f->n++] = (struct entry){thread, weight, 1, stack};
    return 0;
}

/* The frames that were read, outermost first; NULL if out of memory. */
static char *join_frames(const struct fold *f)
{
    char stack[STACK_BYTES];
    size_t used = 0;
    stack[0] = '\0';
    for (size_t i = f->frames; i-- > 0;) {
        size_t length = strlen(f->frame[i]);
        if (used + length + 2 > sizeof stack)
            break;
        if (used > 0)
            stack[used++] = ';';
        memcpy(stack + used, f->frame[i], length + 1);
        used += length;
    }
    return strdup(used > 0 ? stack : no_stack);
}

static int end_sample(struct fold *f)
{
    if (!f->in_sample)
        return 0;
    f->in_sample = false;
    char *stack = join_frames(f);
    if (!f->o->off_cpu)
        return add(f, f->current, stack, 1);
    struct thread *t = &f->thread[f->current];
    free(t->stack);
    t->stack = stack;
    return stack != NULL ? 0 : -ENOMEM;
}

/* ---- lines ----------------------------------------------------------------------------------- */

/* What would be taken for a separator is replaced. */
static void clean(char *text)
{
    for (; *text != '\0'; text++)
        if (*text == ';' || (unsigned char)*text <= ' ')
            *text = '_';
}

/* "  ffffffff813c1521 do_sched_yield ([kernel.kallsyms])", "  e1dfc chain (inlined)",
 * "  19a70 [unknown] (/usr/lib/libhwloc.so.15.6.1)" */
static void take_frame(struct fold *f, char *line)
{
    char *end, *symbol, *file, *suffix = "";
    strtoull(line, &end, 16);
    if (!f->in_sample || *end != ' ' || f->frames == FRAMES_MAX)
        return;
    symbol = end + 1;
    if ((file = strstr(symbol, " (inlined)")) != NULL)
        suffix = "_[i]";
    else if ((file = strstr(symbol, " ([")) != NULL)
        suffix = strstr(file, "[vdso]") == NULL && strstr(file, "[unknown]") == NULL ? "_[k]" : "";
    else
        file = strstr(symbol, " (/");
    if (file != NULL) {
        *file = '\0';
        file += 2;
        file[strcspn(file, ")")] = '\0';
    }
    if (strcmp(symbol, "[unknown]") == 0 && file != NULL) {
        char *name = strrchr(file, '/');
        snprintf(f->frame[f->frames], FRAME_BYTES, *file == '[' ? "%.100s" : "[%.100s]",
                 name != NULL ? name + 1 : file);
    } else {
        snprintf(f->frame[f->frames], FRAME_BYTES, "%.180s%s", symbol, suffix);
    }
    clean(f->frame[f->frames++]);
}

struct head {
    char name[NAME_BYTES];
    unsigned pid, tid;
    uint64_t time_ns;
    const char *event; /* rest of the line */
};

/* "producer 12789/12791 13400.529677123: PERF_RECORD_SWITCH OUT preempt"; names hold spaces. */
static bool read_head(const char *line, struct head *h)
{
    for (const char *p = strchr(line, ' '); p != NULL; p = strchr(p + 1, ' ')) {
        unsigned long long s, fraction;
        int begin = 0, end = 0;
        if (sscanf(p, " %u/%u %llu.%n%llu%n", &h->pid, &h->tid, &s, &begin, &fraction, &end) != 4 ||
            p[end] != ':')
            continue;
        for (int digits = end - begin; digits < 9; digits++)
            fraction *= 10;
        while (*line == ' ')
            line++;
        snprintf(h->name, sizeof h->name, "%.*s", p > line ? (int)(p - line) : 0, line);
        clean(h->name);
        h->time_ns = s * 1000000000u + fraction;
        h->event = p + end + 1;
        return true;
    }
    return false;
}

static void switch_out(struct fold *f, struct thread *t, const struct head *h)
{
    f->counts->unpaired += t->out;
    t->out = true;
    t->ready = strstr(h->event, "preempt") != NULL;
    t->out_ns = h->time_ns;
    f->counts->no_stack += t->stack == NULL;
}

static int switch_in(struct fold *f, size_t index, const struct head *h)
{
    struct thread *t = &f->thread[index];
    if (!t->out) /* its first time on a cpu, or the OUT was lost */
        return 0;
    char *stack = NULL;
    const char *known = t->stack != NULL ? t->stack : no_stack;
    int length =
        asprintf(&stack, "%s%s%s", known, t->ready ? ";" : "", t->ready ? waits_for_a_cpu : "");
    free(t->stack);
    t->stack = NULL;
    t->out = false;
    uint64_t ns = h->time_ns > t->out_ns ? h->time_ns - t->out_ns : 0;
    return length < 0 ? -ENOMEM : add(f, index, stack, ns);
}

static void count_lost(struct fold *f, const char *event)
{
    const char *number = strpbrk(strstr(event, "LOST") + 4, "0123456789");
    f->counts->lost += number != NULL ? strtoull(number, NULL, 10) : 1;
}

static int take_head(struct fold *f, const char *line)
{
    struct head h;
    size_t index;
    if (!read_head(line, &h))
        return 0;
    if (strstr(h.event, "PERF_RECORD_LOST") != NULL) {
        count_lost(f, h.event);
        return 0;
    }
    if (find_thread(f, h.pid, h.tid, &index) != 0)
        return -ENOMEM;
    snprintf(f->thread[index].name, NAME_BYTES, "%s", h.name);
    if (strstr(h.event, "PERF_RECORD_SWITCH") == NULL) {
        f->in_sample = true;
        f->current = index;
        f->frames = 0;
    } else if (f->o->off_cpu && strstr(h.event, " OUT") != NULL) {
        switch_out(f, &f->thread[index], &h);
    } else if (f->o->off_cpu) {
        return switch_in(f, index, &h);
    }
    return 0;
}

static int take_line(struct fold *f, char *line)
{
    line[strcspn(line, "\n")] = '\0';
    if (*line == '\0')
        return end_sample(f);
    char *first = line + strspn(line, " \t");
    if (*line == '\t') {
        take_frame(f, first);
        return 0;
    }
    int err = end_sample(f);
    return err != 0 ? err : take_head(f, line);
}

/* ---- what came out --------------------------------------------------------------------------- */

static void write_stacks(struct fold *f, FILE *to)
{
    const uint64_t unit = f->o->off_cpu ? 1000 : 1; /* ns a us */
    for (size_t i = 0; i < f->n; i++) {
        const struct entry *e = &f->entry[i];
        const struct thread *t = &f->thread[e->thread];
        uint64_t weight = (e->weight + unit / 2) / unit;
        if (is_left_out(f, t)) {
            f->counts->left_out += e->samples;
            continue;
        }
        f->counts->samples += e->samples;
        f->counts->weight += weight;
        if (weight > 0)
            fprintf(to, "%s;%s %" PRIu64 "\n", t->name, e->stack, weight);
    }
}

static void free_fold(struct fold *f)
{
    for (size_t i = 0; i < f->n; i++)
        free(f->entry[i].stack);
    for (size_t i = 0; i < f->threads; i++)
        free(f->thread[i].stack);
    free(f->entry);
    free(f->thread);
    free(f);
}

int fold_script(FILE *script, const struct fold_options *o, FILE *to, struct fold_counts *counts)
{
    struct fold *f = calloc(1, sizeof *f);
    char *line = NULL;
    size_t room = 0;
    int err = 0;
    *counts = (struct fold_counts){0};
    if (f == NULL)
        return -ENOMEM;
    f->o = o;
    f->counts = counts;
    f->merge_at = 65536;
    while (err == 0 && getline(&line, &room, script) > 0)
        err = take_line(f, line);
    if (err == 0)
        err = end_sample(f);
    for (size_t i = 0; i < f->threads; i++)
        counts->unpaired += f->thread[i].out;
    counts->threads = f->threads;
    if (err == 0) {
        merge(f, true);
        write_stacks(f, to);
    }
    if (err == 0 && (ferror(script) || ferror(to)))
        err = -EIO;
    free(line);
    free_fold(f);
    return err;
}
