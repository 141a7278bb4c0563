/* SPDX-License-Identifier: MIT */
/* `ringside topology`: how far any two cpus are from each other. */
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "doctor.h"
#include "measure/environment.h"
#include "measurement_files.h"
#include "topology_report.h"

static const char options[] =
    "  --cpus LIST    only these cpus, as in 0-3,8 (default: all that are allowed)\n"
    "  --seconds S    of each round trip's timed loop (default: 0.02)\n"
    "  --runs N       over all pairs, each in another order (default: 5)\n"
    "  --ordered      both directions of a pair apart; else runs take turns in who begins\n"
    "  --pairs N      at most so many, drawn at random; then no clusters can be told\n"
    "  --seed N       of the orders (default: 1)\n"
    "  --out DIR      where the files go (default: results/topology-TIME)\n"
    "  --json         the result as JSON\n"
    "Files: topology.csv (every trial), summary.json, manifest.json, plots/topology.svg and .png.\n"
    "How long it takes is said at the start: it grows with the square of the cpus.\n";

enum { PAIRS_MOST = 1 << 24 };
static const double LONG_S = 600;

struct request {
    const char *cpus, *out;
    bool json;
    struct pair_plan plan;
};

/* ---- the command line --------------------------------------------------------------------- */

static const struct option flags[] = {
    {"cpus", required_argument, NULL, 'c'},  {"seconds", required_argument, NULL, 's'},
    {"runs", required_argument, NULL, 'r'},  {"ordered", no_argument, NULL, 'O'},
    {"pairs", required_argument, NULL, 'p'}, {"seed", required_argument, NULL, 'S'},
    {"out", required_argument, NULL, 'o'},   {"json", no_argument, NULL, 'j'},
    {"help", no_argument, NULL, 'h'},        {0}};

static bool take_seconds(const char *text, double *seconds)
{
    char *end;
    double value = strtod(text, &end);
    if (end != text && *end == '\0' && value >= 0.001 && value <= 60) {
        *seconds = value;
        return true;
    }
    complain("--seconds %s is not a number from 0.001 to 60", text);
    return false;
}

static bool take_option(int c, struct request *q)
{
    long long number = 0;
    switch (c) {
    case 's':
        return take_seconds(optarg, &q->plan.seconds);
    case 'r':
        if (!cli_number("runs", optarg, 1, PAIR_RUNS_MAX, &number))
            return false;
        q->plan.runs = (int)number;
        return true;
    case 'p':
        if (!cli_number("pairs", optarg, 1, PAIRS_MOST, &number))
            return false;
        q->plan.most = (size_t)number;
        return true;
    case 'S':
        if (!cli_number("seed", optarg, 0, INT64_MAX, &number))
            return false;
        q->plan.seed = (uint64_t)number;
        return true;
    case 'c':
        q->cpus = optarg;
        return true;
    case 'o':
        q->out = optarg;
        return true;
    case 'O':
        q->plan.ordered = true;
        return true;
    default:
        q->json = true;
        return true;
    }
}

/* 0, 1 after --help, or -1 after a complaint. */
static int read_arguments(int argc, char **argv, struct request *q)
{
    int c;
    optind = 1;
    while ((c = cli_option(argc, argv, "", flags)) != -1) {
        if (c == 'h') {
            cli_help("topology", options);
            return 1;
        }
        if (c == '?' || !take_option(c, q))
            return -1;
    }
    if (optind == argc)
        return 0;
    complain("topology does not take '%s'; `ringside topology --help` shows what it takes",
             argv[optind]);
    return -1;
}

/* ---- which cpus --------------------------------------------------------------------------- */

/* "3" or "0-7" at *text, which is moved behind it and its comma. */
static bool read_range(const char **text, long *from, long *to)
{
    char *end;
    if (!isdigit((unsigned char)**text))
        return false;
    *from = *to = strtol(*text, &end, 10);
    if (*end == '-' && isdigit((unsigned char)end[1]))
        *to = strtol(end + 1, &end, 10);
    if ((*end != '\0' && *end != ',') || (*end == ',' && end[1] == '\0'))
        return false;
    *text = *end == ',' ? end + 1 : end;
    return *from <= *to;
}

/* Marks the cpus of the list in wanted[t->n_cpus].  False after a complaint. */
static bool mark_cpus(const char *list, const struct topology *t, bool *wanted)
{
    char allowed[256];
    long from, to;
    environment_cpu_list(t, allowed, sizeof allowed);
    for (const char *text = list; *text != '\0';) {
        if (!read_range(&text, &from, &to)) {
            complain("--cpus %s is not a list of cpus; write it as in 0-3,8", list);
            return false;
        }
        for (long cpu = from; cpu <= to; cpu++) {
            const struct topology_cpu *found = cpu <= INT32_MAX ? topology_find(t, (int)cpu) : NULL;
            if (found == NULL) {
                complain("--cpus %s: cpu %ld is not among the cpus this process may run on: %s",
                         list, cpu, allowed);
                return false;
            }
            wanted[found - t->cpus] = true;
        }
    }
    return true;
}

/* Fills cpus[t->n_cpus]; how many, 0 after a complaint. */
static size_t choose_cpus(const struct request *q, const struct topology *t, int *cpus)
{
    bool *wanted = (bool *)calloc(t->n_cpus, sizeof *wanted);
    size_t n = 0;
    bool good = wanted != NULL && (q->cpus == NULL || mark_cpus(q->cpus, t, wanted));
    for (size_t i = 0; good && i < t->n_cpus; i++)
        if (q->cpus == NULL || wanted[i])
            cpus[n++] = t->cpus[i].cpu;
    free(wanted);
    if (good && q->cpus != NULL && n == 0)
        complain("--cpus is empty; write it as in 0-3,8");
    return n;
}

/* ---- the measurement ---------------------------------------------------------------------- */

static void say_how_long(const struct pair_plan *p)
{
    const double seconds = pair_matrix_seconds(p);
    fprintf(stderr, "topology: %zu pairs of %zu cpus, %d runs, about %.0f s\n",
            pair_matrix_pairs(p), p->n, p->runs, ceil(seconds));
    if (seconds > LONG_S)
        complain("that is long; --cpus with one cpu a core, fewer --runs or --seconds, or --pairs "
                 "make it shorter");
}

static int show_progress(void *user, size_t done, size_t of, int run)
{
    const struct pair_plan *p = (const struct pair_plan *)user;
    const bool terminal = isatty(STDERR_FILENO), first = done * (size_t)p->runs % of == 0;
    if (terminal || first)
        fprintf(stderr, "%stopology: run %d of %d, %zu%%%s", terminal ? "\r\033[K" : "", run + 1,
                p->runs, 100 * done / of, terminal ? (done + 1 == of ? "\r\033[K" : "") : "\n");
    return 0;
}

/* ---- the files ---------------------------------------------------------------------------- */

static void write_rows(const void *what, FILE *to)
{
    topology_write_csv((const struct topology_report *)what, to);
}

static void write_plot(const void *what, const char *machine, FILE *to)
{
    topology_write_plot((const struct topology_report *)what, machine, to);
}

static int report(const struct request *q, const struct topology *t, const struct pair_matrix *m,
                  const char *dir)
{
    struct topology_report r;
    int err = topology_report_make(&r, t, &q->plan, m);
    json_t *json = err ? NULL : topology_report_json(&r);
    if (json == NULL) {
        complain("out of memory; free some and repeat");
        return EXIT_INCOMPLETE;
    }
    if (q->json) {
        json_dumpf(json, stdout, JSON_INDENT(1));
        putchar('\n');
    } else {
        topology_write_text(&r, stdout);
        doctor_print(r.findings);
    }
    const struct measurement files = {.name = "topology",
                                      .what = &r,
                                      .write_rows = write_rows,
                                      .write_plot = write_plot,
                                      .summary = json};
    int code = measurement_write(&files, t, dir);
    json_decref(json);
    topology_report_free(&r);
    return code;
}

static int measure(struct request *q, const struct topology *t, int argc, char **argv)
{
    struct pair_matrix m;
    char dir[4096];
    int code = measurement_open("topology", q->out, argc, argv, q->plan.seed, t, dir, sizeof dir);
    if (code != EXIT_DONE)
        return code;
    say_how_long(&q->plan);
    int err = pair_matrix_measure(&q->plan, &m);
    if (err) {
        complain("cannot measure: %s", strerror(-err));
        return EXIT_INCOMPLETE;
    }
    if (m.failed > 0)
        complain("%zu of %zu pairs could not be measured; look whether the cpuset of this process "
                 "changed meanwhile",
                 m.failed, m.pairs);
    code = m.failed < m.pairs ? report(q, t, &m, dir) : EXIT_INCOMPLETE;
    pair_matrix_free(&m);
    return code == EXIT_DONE && m.failed > 0 ? EXIT_INCOMPLETE : code;
}

static int prepare_and_measure(struct request *q, const struct topology *t, int argc, char **argv)
{
    int *cpus = (int *)calloc(t->n_cpus, sizeof *cpus);
    int code = EXIT_USAGE;
    if (cpus == NULL)
        return EXIT_INCOMPLETE;
    q->plan.cpus = cpus;
    q->plan.n = choose_cpus(q, t, cpus);
    if (q->plan.n == 1) {
        complain("there is only cpu %d, and a way needs two; allow more (taskset, cpuset of the "
                 "container) or name more by --cpus",
                 cpus[0]);
        code = EXIT_UNSUITABLE;
    } else if (q->plan.n > 1) {
        code = measure(q, t, argc, argv);
    }
    free(cpus);
    return code;
}

int cmd_topology(int argc, char **argv)
{
    struct request q = {.plan = {.runs = 5, .seconds = 0.02, .seed = 1, .progress = show_progress}};
    struct topology t;
    q.plan.user = &q.plan;
    int said = read_arguments(argc, argv, &q);
    if (said != 0)
        return said > 0 ? EXIT_DONE : EXIT_USAGE;
    int err = topology_load(&t);
    if (err) {
        complain("cannot read which cpus this process may run on: %s", strerror(-err));
        return EXIT_UNSUITABLE;
    }
    int code = prepare_and_measure(&q, &t, argc, argv);
    topology_free(&t);
    return code;
}
