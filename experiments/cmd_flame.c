/* SPDX-License-Identifier: MIT */
/* `ringside flame`: flame graphs of cells and graphs, on the cpu, off it, and of two compared. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "flame.h"
#include "program.h"
#include "store/folder.h"

static const char help_text[] =
    "  ringside flame ring=cached msg_bytes=64        a cell (`ringside list factors`)\n"
    "  ringside flame ring=padded --diff ring=cached  two cells: the second is the first with\n"
    "                                                 other levels; red grew, blue shrank\n"
    "  ringside flame quick                           of a plan the first cell of each ring\n"
    "  ringside flame filter.graph                    a graph file; a thread a worker\n\n"
    "  --off-cpu            where threads wait, and how long, instead of where they run\n"
    "  --seconds S          of each recording, 0.1 to 60 (default: 2)\n"
    "  --frequency HZ       samples a second of cpu time, 1 to 20000 (default: 997)\n"
    "  --set NAME=VALUE     as of `sweep` for a plan, of `graph run` for a graph file\n"
    "  --limit N            cells of a plan at most (default: 16)\n"
    "  --out DIR            where to (default: results/flame-TIME)\n\n"
    "Writes NAME.folded, NAME.svg, NAME.html (all of it in one file that needs no network),\n"
    "NAME.json (what it is of) and NAME.data (perf's own), and prints what was drawn.  Recorded "
    "by\n"
    "perf, drawn by inferno (`make flamegraph` builds it).  docs/flame-graphs.md says more.\n"
    "Exit 3: perf is missing or forbidden, or inferno is missing; 4: what was recorded failed.\n";

/* ---- one graph ------------------------------------------------------------------------------- */

static int write_about(const char *dir, const char *name, const json_t *about)
{
    char *text = json_dumps(about, JSON_INDENT(1));
    if (text == NULL) {
        complain("out of memory; free some and repeat");
        return EXIT_INCOMPLETE;
    }
    int code = flame_write(dir, name, ".json", text, strlen(text));
    free(text);
    return code;
}

static void print_drawn(const char *dir, const char *name)
{
    printf("%s/%s.svg\n%s/%s.html\n", dir, name, dir, name);
}

static int draw_one(const struct flame_request *r, const struct flame_target *t,
                    const struct flame_means *m, const char *dir, const json_t *about,
                    const struct flame_recording *rec)
{
    char subtitle[512], title[600];
    const struct flame_style style = {title, subtitle, r->off_cpu ? "us" : "samples", false, false};
    snprintf(title, sizeof title, "%s%s", t->title, r->off_cpu ? ", off cpu" : "");
    snprintf(subtitle, sizeof subtitle, "%s, %llu %s, %llu lost", m->event,
             (unsigned long long)rec->counts.samples, r->off_cpu ? "waits" : "samples",
             (unsigned long long)rec->counts.lost);
    char *svg = flame_draw(rec->folded, &style);
    const struct flame_picture picture = {
        r->off_cpu ? "Time off the cpu, in microseconds" : "Time on the cpu, in samples", svg};
    int code = svg != NULL ? flame_write(dir, t->name, ".svg", svg, strlen(svg)) : EXIT_INCOMPLETE;
    if (code == EXIT_DONE)
        code = flame_write_page(dir, t->name, title, about, &picture, 1);
    if (code == EXIT_DONE)
        print_drawn(dir, t->name);
    free(svg);
    return code;
}

static int make_one(const struct flame_request *r, const struct flame_target *t,
                    const struct flame_means *m, const char *dir)
{
    struct flame_recording rec;
    int code = flame_record(r, t, m, dir, &rec);
    if (code != EXIT_DONE)
        return code;
    json_t *about = flame_about(r, m);
    flame_about_add(about, r, t, &rec);
    code = write_about(dir, t->name, about);
    if (code == EXIT_DONE && flame_can_draw())
        code = draw_one(r, t, m, dir, about, &rec);
    json_decref(about);
    flame_recording_free(&rec);
    return code;
}

/* ---- two compared ---------------------------------------------------------------------------- */

static const char *short_title(const struct flame_target *t)
{
    static const char common[] = "ringside cell ";
    return t->title + (strncmp(t->title, common, sizeof common - 1) == 0 ? sizeof common - 1 : 0);
}

static int draw_pair(const struct flame_request *r, const struct flame_target t[2],
                     const struct flame_recording rec[2], const char *dir, const char *name,
                     const json_t *about)
{
    char title[1200], as_a[600], as_b[600];
    const char *unit = r->off_cpu ? "us" : "samples";
    const struct flame_style forward = {title, as_b, unit, true, false};
    const struct flame_style backward = {title, as_a, unit, true, true};
    snprintf(title, sizeof title, "%s \u2192 %s%s", t[0].title, short_title(&t[1]),
             r->off_cpu ? ", off cpu" : "");
    snprintf(as_b, sizeof as_b, "red: larger share than before, blue: smaller; widths as of %s",
             short_title(&t[1]));
    snprintf(as_a, sizeof as_a, "red: larger share after, blue: smaller; widths as of %s",
             short_title(&t[0]));
    char *ab = flame_compare(&t[0], rec[0].folded, &t[1], rec[1].folded);
    char *ba = ab != NULL ? flame_compare(&t[1], rec[1].folded, &t[0], rec[0].folded) : NULL;
    char *after = ba != NULL ? flame_draw(ab, &forward) : NULL;
    char *before = after != NULL ? flame_draw(ba, &backward) : NULL;
    const struct flame_picture pictures[] = {{as_b, after}, {as_a, before}};
    int code = before != NULL ? EXIT_DONE : EXIT_INCOMPLETE;
    if (code == EXIT_DONE)
        code = flame_write(dir, name, ".folded", ab, strlen(ab));
    if (code == EXIT_DONE)
        code = flame_write(dir, name, ".svg", after, strlen(after));
    if (code == EXIT_DONE)
        code = flame_write_page(dir, name, title, about, pictures, 2);
    if (code == EXIT_DONE)
        print_drawn(dir, name);
    free(before);
    free(after);
    free(ba);
    free(ab);
    return code;
}

/* Either cell may have files of its own in the folder, of another recording. */
static void name_pair(struct flame_target t[2], char *name, size_t n)
{
    snprintf(name, n, "%.120s-to-%.120s", t[0].name, t[1].name);
    snprintf(t[0].name, sizeof t[0].name, "%s.before", name);
    snprintf(t[1].name, sizeof t[1].name, "%s.after", name);
}

static int make_pair(const struct flame_request *r, struct flame_target t[2],
                     const struct flame_means *m, const char *dir)
{
    struct flame_recording rec[2] = {0};
    char name[256];
    json_t *about = flame_about(r, m);
    int code = EXIT_DONE;
    name_pair(t, name, sizeof name);
    for (int i = 0; i < 2 && code == EXIT_DONE; i++) {
        code = flame_record(r, &t[i], m, dir, &rec[i]);
        if (code == EXIT_DONE)
            flame_about_add(about, r, &t[i], &rec[i]);
    }
    if (code == EXIT_DONE)
        code = write_about(dir, name, about);
    if (code == EXIT_DONE && flame_can_draw())
        code = draw_pair(r, t, rec, dir, name, about);
    json_decref(about);
    flame_recording_free(&rec[0]);
    flame_recording_free(&rec[1]);
    return code;
}

/* ---- all of them ----------------------------------------------------------------------------- */

static int make_all(const struct flame_request *r, struct flame_target *t, size_t n)
{
    struct flame_means m;
    char made[128];
    const char *dir = r->out != NULL ? r->out : made;
    int code = flame_probe(r->off_cpu, &m);
    if (code != EXIT_DONE)
        return code;
    int err =
        r->out != NULL ? folder_make(r->out) : folder_make_default("flame", made, sizeof made);
    if (err != 0) {
        complain("cannot make the folder %s: %s; give another by --out", dir, strerror(-err));
        return EXIT_INCOMPLETE;
    }
    complain("records %s (%s)", m.event, m.event_about);
    if (r->diff)
        code = make_pair(r, t, &m, dir);
    for (size_t i = 0; i < n && !r->diff && code == EXIT_DONE; i++)
        code = make_one(r, &t[i], &m, dir);
    if (code != EXIT_DONE || flame_can_draw())
        return code;
    complain("recorded, not drawn: inferno is neither beside this command nor in PATH; install it "
             "(`make flamegraph`, or cargo install inferno) and repeat. %s has the stacks as text",
             dir);
    return EXIT_UNSUITABLE;
}

/* ---- the command line ------------------------------------------------------------------------ */

static int take_number(const char *option, const char *text, double least, double most, double *to)
{
    char *end;
    double x = strtod(text, &end);
    if (end == text || *end != '\0' || !(x >= least && x <= most)) {
        complain("--%s %.40s: give a number from %g to %g", option, text, least, most);
        return EXIT_USAGE;
    }
    *to = x;
    return EXIT_DONE;
}

static int take_word(struct flame_request *r, char *word)
{
    const int side = r->diff ? 1 : 0;
    if (r->words[side] == FLAME_WORDS_MAX) {
        complain("more than %d words; a cell has fewer levels", FLAME_WORDS_MAX);
        return EXIT_USAGE;
    }
    r->word[side][r->words[side]++] = word;
    return EXIT_DONE;
}

static int take_set(struct flame_request *r, const char *text)
{
    if (r->sets == FLAME_SETS_MAX) {
        complain("more than %d --set; write them into the file", FLAME_SETS_MAX);
        return EXIT_USAGE;
    }
    r->set[r->sets++] = text;
    return EXIT_DONE;
}

static int take_option(int c, struct flame_request *r)
{
    double x = 0;
    int code = EXIT_DONE;
    switch (c) {
    case 1:
        return take_word(r, optarg);
    case 'S':
        return take_set(r, optarg);
    case 's':
        return take_number("seconds", optarg, 0.1, 60, &r->seconds);
    case 'f':
        code = take_number("frequency", optarg, 1, 20000, &x);
        r->frequency_hz = (int)x;
        return code;
    case 'l':
        code = take_number("limit", optarg, 1, 1000, &x);
        r->limit = (size_t)x;
        return code;
    case 'o':
        r->out = optarg;
        return code;
    case 'O':
        r->off_cpu = true;
        return code;
    case 'd':
        r->diff = true;
        return code;
    case 'h':
        r->help = true;
        return code;
    default:
        return EXIT_USAGE;
    }
}

/* Words stay in order: those after --diff are of the second cell. */
static int parse(int argc, char **argv, struct flame_request *r)
{
    static const struct option flags[] = {{"off-cpu", no_argument, NULL, 'O'},
                                          {"diff", no_argument, NULL, 'd'},
                                          {"seconds", required_argument, NULL, 's'},
                                          {"frequency", required_argument, NULL, 'f'},
                                          {"limit", required_argument, NULL, 'l'},
                                          {"set", required_argument, NULL, 'S'},
                                          {"out", required_argument, NULL, 'o'},
                                          {"help", no_argument, NULL, 'h'},
                                          {0}};
    int c;
    optind = 1;
    while ((c = cli_option(argc, argv, "-", flags)) != -1) {
        int code = take_option(c, r);
        if (code != EXIT_DONE || r->help)
            return code;
    }
    while (optind < argc)
        if (take_word(r, argv[optind++]) != EXIT_DONE)
            return EXIT_USAGE;
    return EXIT_DONE;
}

int cmd_flame(int argc, char **argv)
{
    struct flame_request r = {.seconds = -1, .argc = argc, .argv = argv};
    struct flame_target *targets = NULL;
    size_t n = 0;
    if (parse(argc, argv, &r) != EXIT_DONE)
        return EXIT_USAGE;
    if (r.help) {
        cli_help("flame", help_text);
        return EXIT_DONE;
    }
    int code = flame_targets(&r, &targets, &n);
    if (code != EXIT_DONE)
        return code;
    program_block_signals();
    code = make_all(&r, targets, n);
    free(targets);
    return code;
}
