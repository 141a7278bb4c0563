/* SPDX-License-Identifier: MIT */
/* `ringside top`: watches a graph or a sweep that is running. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "measure/clock.h"
#include "top.h"

enum {
    PAGE_STEP = 10, /* nodes that a page key scrolls */
    WATCHED_MAX = 64,
    END_ROWS = 4 /* below the last picture: how it ended, and the prompt */
};

static const char help_text[] =
    "PID is a graph's or a sweep's process, RUN_FOLDER a sweep's folder or the one a graph was\n"
    "started in; without either the only one that runs is watched, or all are listed.  Several "
    "are\n"
    "watched together; a folder of another machine by the report in it, metrics = "
    "node_1hz.jsonl.\n"
    "  --once               print it once as text\n"
    "  --interval SECONDS   between looks, 0.1 to 3600 (default: 1)\n"
    "On a terminal it fills the screen: q or Ctrl-C ends, arrows, j, k and pages scroll.\n"
    "Elsewhere it prints text until what it watches ends.\n"
    "Exit 2: no such process or run; 3: of another user; 4: nothing runs, or it was killed;\n"
    "5: shown by another version.\n";

struct request {
    const char *word[WATCHED_MAX]; /* none = the only one */
    size_t words;
    double interval_s;
    bool once, help;
};

/* What is watched: head[0..n). */
struct watched {
    struct rs_live_header head[WATCHED_MAX];
    size_t n;
};

static int look(const struct watched *w, struct top_scene *scene)
{
    int err = top_look(w->head, w->n, scene);
    if (err == 0)
        return EXIT_DONE;
    top_scene_free(scene);
    complain("out of memory; free some and repeat");
    return EXIT_INCOMPLETE;
}

/* How it ended, and with which code. */
static int say_end(const struct watched *w, enum top_state state)
{
    const struct rs_live_header *h = &w->head[0];
    const char *kind = h->kind == RS_LIVE_SWEEP ? "sweep" : "graph";
    if (w->n > 1) {
        complain("%s",
                 state == TOP_ENDED ? "all have ended" : "none runs any more, and one was killed");
        return state == TOP_ENDED ? EXIT_DONE : EXIT_INCOMPLETE;
    }
    if (state == TOP_ENDED) {
        complain("%s '%s' (process %u) has ended", kind, h->name, (unsigned)h->pid);
        return EXIT_DONE;
    }
    complain("%s '%s' (process %u) was killed; what it showed last stands above%s%s", kind, h->name,
             (unsigned)h->pid, h->kind == RS_LIVE_SWEEP ? "; to go on: ringside resume " : "",
             h->kind == RS_LIVE_SWEEP ? h->folder : "");
    return EXIT_INCOMPLETE;
}

/* ---- as text ----------------------------------------------------------------------------------
 */

static int print_once(const struct watched *watched)
{
    const struct top_page page = {.to = stdout};
    struct top_scene scene;
    int code = look(watched, &scene);
    if (code != EXIT_DONE)
        return code;
    if (scene.state != TOP_ENDED)
        top_draw(&page, &scene);
    if (scene.state != TOP_RUNS)
        code = say_end(watched, scene.state);
    top_scene_free(&scene);
    return code;
}

static int print_on(const struct watched *watched, double interval_s)
{
    const struct top_page page = {.to = stdout};
    for (;;) {
        struct top_scene scene;
        int code = look(watched, &scene);
        if (code != EXIT_DONE)
            return code;
        const enum top_state state = scene.state;
        if (state != TOP_ENDED)
            top_draw(&page, &scene);
        top_scene_free(&scene);
        if (state != TOP_RUNS)
            return say_end(watched, state);
        putchar('\n');
        if (fflush(stdout) != 0)
            return EXIT_INCOMPLETE; /* the reader has gone: main says so */
        usleep((useconds_t)(interval_s * 1e6));
    }
}

/* ---- on a terminal ----------------------------------------------------------------------------
 */

static bool draw_screen(const struct top_scene *scene, size_t first)
{
    char *frame = NULL;
    size_t bytes = 0;
    struct top_page page = {.to = open_memstream(&frame, &bytes), .terminal = true, .first = first};
    if (page.to == NULL)
        return false;
    top_screen_size(&page.columns, &page.rows);
    page.rows -= page.rows > 1; /* the last line ends in a newline: keep it from scrolling */
    top_draw(&page, scene);
    bool shown = fclose(page.to) == 0 && top_screen_show(frame, bytes);
    free(frame);
    return shown;
}

/* The node that the list begins with after a key. */
static size_t scroll(const struct top_scene *scene, size_t first, enum top_event event)
{
    size_t most = 0;
    for (size_t i = 0; i < scene->n; i++)
        most = scene->graph[i].n > most ? scene->graph[i].n : most;
    const size_t step = event == TOP_PAGE_UP || event == TOP_PAGE_DOWN ? PAGE_STEP : 1;
    if (event == TOP_UP || event == TOP_PAGE_UP)
        return first > step ? first - step : 0;
    if (event == TOP_DOWN || event == TOP_PAGE_DOWN)
        return first + step < most ? first + step : most > 0 ? most - 1 : 0;
    return first;
}

/* One look and all keys until the next.  False: quit. */
static bool show_until_next(struct top_screen *screen, const struct top_scene *scene,
                            double interval_s, size_t *first)
{
    const uint64_t until_ns = clock_ns() + (uint64_t)(interval_s * 1e9);
    enum top_event event;
    do {
        if (!draw_screen(scene, *first))
            return false;
        event = top_screen_wait(screen, until_ns);
        *first = scroll(scene, *first, event);
    } while (event != TOP_TIME && event != TOP_QUIT);
    return event != TOP_QUIT;
}

/* The last picture stays on the ordinary screen, with room for what is said below. */
static int print_end(const struct watched *w, struct top_scene *last, enum top_state state)
{
    struct top_page page = {.to = stdout};
    top_screen_size(&page.columns, &page.rows);
    page.rows -= page.rows > END_ROWS ? END_ROWS : 0;
    top_draw(&page, last);
    fflush(stdout);
    return say_end(w, state);
}

/* Until it ends or the user does.  *last is the last picture. */
static int watch_on(struct top_screen *screen, const struct watched *watched, double interval_s,
                    struct top_scene *last)
{
    size_t first = 0;
    for (;;) {
        struct top_scene next;
        if (top_look(watched->head, watched->n, &next) != 0) {
            top_scene_free(&next);
            return -ENOMEM;
        }
        if (next.state == TOP_ENDED) { /* its file has gone: the picture before is the last */
            last->state = TOP_ENDED;
            top_scene_free(&next);
            return 0;
        }
        top_scene_free(last);
        *last = next;
        if (last->state != TOP_RUNS || !show_until_next(screen, last, interval_s, &first))
            return 0;
    }
}

static int watch(const struct watched *watched, double interval_s)
{
    struct top_screen screen;
    struct top_scene last = {.head = watched->head[0],
                             .is_sweep = watched->head[0].kind == RS_LIVE_SWEEP};
    int code = EXIT_DONE, err = top_screen_open(&screen);
    if (err == 0) {
        err = watch_on(&screen, watched, interval_s, &last);
        top_screen_close(&screen);
    }
    if (err != 0) {
        complain("cannot go on: %s", strerror(-err));
        code = EXIT_INCOMPLETE;
    } else if (last.state != TOP_RUNS) {
        code = print_end(watched, &last, last.state);
    }
    top_scene_free(&last);
    return code;
}

/* ---- the command line -------------------------------------------------------------------------
 */

static int take_interval(const char *text, double *to)
{
    char *end;
    double x = strtod(text, &end);
    if (end == text || *end != '\0' || !(x >= 0.1 && x <= 3600)) {
        complain("--interval %.40s: give seconds from 0.1 to 3600", text);
        return EXIT_USAGE;
    }
    *to = x;
    return EXIT_DONE;
}

static int parse(int argc, char **argv, struct request *r)
{
    static const struct option flags[] = {{"once", no_argument, NULL, 'o'},
                                          {"interval", required_argument, NULL, 'i'},
                                          {"help", no_argument, NULL, 'h'},
                                          {0}};
    int c;
    optind = 1;
    while ((c = cli_option(argc, argv, "", flags)) != -1) {
        if (c == 'o')
            r->once = true;
        else if (c == 'h')
            r->help = true;
        else if (c != 'i' || take_interval(optarg, &r->interval_s) != EXIT_DONE)
            return EXIT_USAGE;
    }
    while (optind < argc && r->words < WATCHED_MAX)
        r->word[r->words++] = argv[optind++];
    if (optind < argc && !r->help) {
        complain("top takes at most %d folders or pids; `ringside top --help` says more",
                 WATCHED_MAX);
        return EXIT_USAGE;
    }
    return EXIT_DONE;
}

int cmd_top(int argc, char **argv)
{
    struct request r = {.interval_s = 1};
    struct watched *w;
    int code = parse(argc, argv, &r);
    if (code != EXIT_DONE)
        return code;
    if (r.help) {
        cli_help("top", help_text);
        return EXIT_DONE;
    }
    w = (struct watched *)calloc(1, sizeof *w);
    if (w == NULL) {
        complain("out of memory; free some and repeat");
        return EXIT_INCOMPLETE;
    }
    w->n = r.words > 1 ? r.words : 1;
    code = r.words > 1 ? top_find_several(r.word, r.words, w->head)
                       : top_find(r.words > 0 ? r.word[0] : NULL, &w->head[0]);
    if (code == EXIT_DONE && r.once)
        code = print_once(w);
    else if (code == EXIT_DONE)
        code = top_screen_fits() ? watch(w, r.interval_s) : print_on(w, r.interval_s);
    free(w);
    return code;
}
