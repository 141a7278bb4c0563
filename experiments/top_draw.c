/* SPDX-License-Identifier: MIT */
/* A scene as lines of text that fit a terminal. */
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "top.h"
#include "top_waits.h"

enum {
    LINE_BYTES = 1024,
    BAR = 10,       /* characters of a fill bar */
    NAME_LEAST = 8, /* columns of a node's name */
    NAME_MOST = 24,
    STATE_LEAST = 14, /* columns of what a node does; narrower figures are left out before */
    SILENCE_S = 3     /* a graph that shows nothing for so long is stopped or starved */
};

/* What is being drawn. */
struct drawing {
    const struct top_page *page;
    int left; /* rows; INT_MAX = no limit */
};

/* One line, cut to the page; what a terminal would obey is replaced. */
static void put_text(struct drawing *d, const char *text, bool bold)
{
    const struct top_page *p = d->page;
    int column = 0;
    if (d->left <= 0)
        return;
    d->left--;
    if (bold && p->terminal)
        fputs("\033[7m", p->to);
    for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
        column += (*c & 0xc0) != 0x80; /* the first byte of a character */
        if (p->columns > 0 && column > p->columns)
            break;
        fputc(*c < ' ' || *c == 0x7f ? '?' : *c, p->to);
    }
    if (p->terminal)
        fputs(bold ? "\033[0m\033[K" : "\033[K", p->to);
    fputs(p->terminal ? "\r\n" : "\n", p->to);
}

static void put(struct drawing *d, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void put(struct drawing *d, const char *format, ...)
{
    char line[LINE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    put_text(d, line, false);
}

/* ---- figures ----------------------------------------------------------------------------------
 */

void top_number(double x, char *text, size_t n)
{
    static const char *const unit[] = {"", "k", "M", "G", "T", "P"};
    size_t u = 0;
    while (x >= 999.5 && u + 1 < sizeof unit / sizeof unit[0]) {
        x /= 1000;
        u++;
    }
    if (u == 0 && x == floor(x))
        snprintf(text, n, "%.0f", x);
    else
        snprintf(text, n, "%.*f%s", x < 9.995 ? 2 : x < 99.95 ? 1 : 0, x, unit[u]);
}

static void duration(double s, char *text, size_t n)
{
    if (s < 120)
        snprintf(text, n, "%.0f s", s);
    else if (s < 7200)
        snprintf(text, n, "%.0f min %02.0f s", floor(s / 60), floor(fmod(s, 60)));
    else
        snprintf(text, n, "%.0f h %02.0f min", floor(s / 3600), floor(fmod(s, 3600) / 60));
}

static void bar(double share, int width, char *text)
{
    const int full = (int)(share * width + 0.5);
    for (int i = 0; i < width; i++)
        text[i] = i < full ? '#' : '.';
    text[width] = '\0';
}

/* ---- the columns of the node list -------------------------------------------------------------
 */

static void show_in(const struct top_node *n, char *to, size_t room)
{
    top_number(n->rates.in_msgs_per_s, to, room);
}

static void show_out(const struct top_node *n, char *to, size_t room)
{
    top_number(n->rates.out_msgs_per_s, to, room);
}

static void show_bytes(const struct top_node *n, char *to, size_t room)
{
    const double in = n->rates.in_bytes_per_s, out = n->rates.out_bytes_per_s;
    top_number(in > out ? in : out, to, room);
}

static void show_rx(const struct top_node *n, char *to, size_t room)
{
    snprintf(to, room, "%.0f", n->rates.rx_wait_pct);
}

static void show_work(const struct top_node *n, char *to, size_t room)
{
    snprintf(to, room, "%.0f", n->rates.work_pct);
}

static void show_tx(const struct top_node *n, char *to, size_t room)
{
    snprintf(to, room, "%.0f", n->rates.tx_wait_pct);
}

static void show_batch(const struct top_node *n, char *to, size_t room)
{
    snprintf(to, room, n->rates.mean_batch > 0 ? "%.1f" : "-", n->rates.mean_batch);
}

static void show_parks(const struct top_node *n, char *to, size_t room)
{
    top_number(n->rates.parks_per_s, to, room);
}

static void show_worker(const struct top_node *n, char *to, size_t room)
{
    snprintf(to, room, n->worker >= 0 ? "%d" : "-", n->worker);
}

static void show_cpu(const struct top_node *n, char *to, size_t room)
{
    snprintf(to, room, n->cpu >= 0 ? "%d" : "any", n->cpu);
}

static void show_cpu_share(const struct top_node *n, char *to, size_t room)
{
    snprintf(to, room, "%.0f", n->rates.cpu_pct);
}

static void show_fill(const struct top_node *n, char *to, size_t room)
{
    char filled[BAR + 1];
    bar(n->fill, BAR, filled);
    snprintf(to, room, "[%s]%4.0f%%", filled, n->fill * 100);
}

static const struct column {
    const char *title;
    int width;
    int rank;   /* where the page is narrow the highest goes first */
    bool rated; /* unknown before the first second */
    void (*show)(const struct top_node *, char *to, size_t room);
} columns[] = {
    {"in/s", 6, 1, true, show_in},       {"out/s", 6, 2, true, show_out},
    {"bytes/s", 7, 6, true, show_bytes}, {"rx%", 4, 3, true, show_rx},
    {"work%", 5, 3, true, show_work},    {"tx%", 4, 3, true, show_tx},
    {"batch", 6, 7, true, show_batch},   {"fill", BAR + 7, 4, false, show_fill},
    {"parks/s", 7, 8, true, show_parks}, {"worker", 6, 10, false, show_worker},
    {"cpu", 4, 9, false, show_cpu},      {"cpu%", 4, 5, true, show_cpu_share},
};
enum { COLUMNS = sizeof columns / sizeof columns[0], RANKS = 10 };

/* The columns that fit: those of rank <= most. */
static int ranks_that_fit(const struct top_page *p, int name_width)
{
    int most = RANKS;
    for (; p->columns > 0 && most > 0; most--) {
        int width = name_width + STATE_LEAST + 2;
        for (size_t i = 0; i < COLUMNS; i++)
            width += columns[i].rank <= most ? columns[i].width + 1 : 0;
        if (width <= p->columns)
            break;
    }
    return most;
}

static int name_width(const struct top_graph *g)
{
    size_t most = NAME_LEAST;
    for (size_t i = 0; i < g->n; i++)
        most = strlen(g->node[i].name) > most ? strlen(g->node[i].name) : most;
    return most < NAME_MOST ? (int)most : NAME_MOST;
}

static void put_titles(struct drawing *d, int name, int ranks)
{
    char line[LINE_BYTES];
    int used = snprintf(line, sizeof line, "%-*s", name, "node");
    for (size_t i = 0; i < COLUMNS; i++)
        if (columns[i].rank <= ranks)
            used += snprintf(line + used, sizeof line - (size_t)used, " %*s", columns[i].width,
                             columns[i].title);
    snprintf(line + used, sizeof line - (size_t)used, "  what it does");
    put_text(d, line, true);
}

static void put_node(struct drawing *d, const struct top_node *n, int name, int ranks)
{
    char line[LINE_BYTES], text[64];
    int used = snprintf(line, sizeof line, "%-*.*s", name, name, n->name);
    for (size_t i = 0; i < COLUMNS; i++) {
        if (columns[i].rank > ranks)
            continue;
        if (columns[i].rated && !(n->rates.interval_s > 0))
            snprintf(text, sizeof text, "-");
        else
            columns[i].show(n, text, sizeof text);
        used += snprintf(line + used, sizeof line - (size_t)used, " %*s", columns[i].width, text);
    }
    top_waits_say(n, text, sizeof text);
    snprintf(line + used, sizeof line - (size_t)used, "  %s", text);
    put_text(d, line, false);
}

/* ---- a graph ----------------------------------------------------------------------------------
 */

static void put_graph_head(struct drawing *d, const struct top_graph *g)
{
    char up[32], workers[48] = "", host[72] = "";
    duration(g->up_s, up, sizeof up);
    if (g->workers > 0)
        snprintf(workers, sizeof workers, " on %zu worker%s", g->workers,
                 g->workers == 1 ? "" : "s");
    if (g->host[0] != '\0')
        snprintf(host, sizeof host, " on %.63s", g->host);
    if (g->by_report)
        put(d, "graph '%s'%s  by its report of %.0f s ago  %zu node%s", g->name, host, g->age_s,
            g->n, g->n == 1 ? "" : "s");
    else if (g->pid != 0)
        put(d, "graph '%s'%s  pid %u  up %s  %zu node%s%s", g->name, host, (unsigned)g->pid, up,
            g->n, g->n == 1 ? "" : "s", workers);
    else
        put(d, "graph '%s'  the last that ended  %zu node%s", g->name, g->n, g->n == 1 ? "" : "s");
    if (g->pid != 0 && g->n > 0 && g->age_s > SILENCE_S)
        put(d, "no news for %.0f s: the process is stopped, or its reporter gets no cpu", g->age_s);
}

static void put_held_up(struct drawing *d, const struct top_graph *g)
{
    char text[256];
    if (top_waits_root(g, text, sizeof text))
        put(d, "%s", text);
}

/* As many nodes as there is room for, from the page's first. */
static void put_nodes(struct drawing *d, const struct top_graph *g)
{
    const int name = name_width(g), ranks = ranks_that_fit(d->page, name);
    size_t first = d->page->first < g->n ? d->page->first : g->n > 0 ? g->n - 1 : 0;
    put_titles(d, name, ranks);
    for (size_t i = first; i < g->n; i++) {
        if (d->left == 1 && i + 1 < g->n) {
            put(d, "... %zu more: arrows and pages scroll, --once shows all", g->n - i);
            return;
        }
        put_node(d, &g->node[i], name, ranks);
    }
}

static void put_graph(struct drawing *d, const struct top_graph *g)
{
    put_graph_head(d, g);
    put_held_up(d, g);
    put_nodes(d, g);
}

/* ---- a sweep ----------------------------------------------------------------------------------
 */

static void put_progress(struct drawing *d, const struct sweep_state *s, double now_s)
{
    const uint64_t all = s->done + s->left;
    const double share = all > 0 ? (double)s->done / (double)all : 0;
    const double to_go = s->left_s - (now_s - (double)s->at_ns / 1e9);
    char filled[32], time[32];
    bar(share, 30, filled);
    duration(to_go > 0 ? to_go : 0, time, sizeof time);
    put(d, "[%s] %llu of at most %llu rounds, at most %s to go", filled,
        (unsigned long long)s->done, (unsigned long long)all, time);
    put(d, "pass %d of %d..%d%s  %llu cells  noisy %llu  failed %llu", s->round + 1, s->rounds_min,
        s->rounds_max, s->attempt > 0 ? " (again)" : "", (unsigned long long)s->cells,
        (unsigned long long)s->disturbed, (unsigned long long)s->failed);
}

/* The timing rounds are done; their events are counted in rounds of their own. */
static void put_counting(struct drawing *d, const struct sweep_state *s, double now_s)
{
    const uint64_t all = s->counted + s->count_left;
    const double to_go = s->left_s - (now_s - (double)s->at_ns / 1e9);
    char filled[32], time[32];
    bar(all > 0 ? (double)s->counted / (double)all : 0, 30, filled);
    duration(to_go > 0 ? to_go : 0, time, sizeof time);
    put(d, "[%s] %llu of at most %llu counter rounds, about %s to go", filled,
        (unsigned long long)s->counted, (unsigned long long)all, time);
    put(d, "round %d of %llu of each pass  %llu cells  %llu timing rounds are done  noisy %llu",
        s->round + 1, (unsigned long long)s->rounds_each, (unsigned long long)s->cells,
        (unsigned long long)s->done, (unsigned long long)s->disturbed);
}

static void put_sweep(struct drawing *d, const struct top_scene *scene)
{
    const struct sweep_state *s = &scene->sweep;
    char up[32];
    if (s->at_ns == 0) {
        put(d, "sweep '%s'  pid %u  has not begun a round yet", scene->head.name,
            (unsigned)scene->head.pid);
        return;
    }
    duration(scene->now_s - (double)s->begun_ns / 1e9, up, sizeof up);
    put(d, "sweep '%s'  pid %u  up %s  in %s", scene->head.name, (unsigned)scene->head.pid, up,
        scene->head.folder);
    put(d, "%s", s->title);
    if (s->counting)
        put_counting(d, s, scene->now_s);
    else
        put_progress(d, s, scene->now_s);
    put(d, "ring %s  for %.1f s: %s", s->ring, scene->now_s - (double)s->at_ns / 1e9, s->cell);
}

void top_draw(const struct top_page *page, const struct top_scene *scene)
{
    struct drawing d = {.page = page, .left = page->rows > 0 ? page->rows : INT_MAX};
    if (scene->is_sweep)
        put_sweep(&d, scene);
    for (size_t i = 0; i < scene->n; i++) {
        if (i > 0 || scene->is_sweep)
            put_text(&d, "", false);
        put_graph(&d, &scene->graph[i]);
    }
}
