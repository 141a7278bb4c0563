/* SPDX-License-Identifier: MIT */
/* `ringside merge`: the shards of a sweep as one run. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "merge.h"
#include "store/folder.h"

static const char options_text[] =
    "DIR are runs of one plan, --set, seed and binary: shards of a sweep (`ringside sweep "
    "--shard`),\n"
    "or whole sweeps of several machines. Their rounds become one run, which is summed up, drawn "
    "and\n"
    "selected from as any other; rounds of unlike machines stay apart.\n"
    "  --out DIR   where it goes (default: results/PLAN-merged-TIME)\n"
    "  --partial   although rounds are missing; else it says which resume measures them (exit 4)\n"
    "Prints the folder of the merged run.\n";

static const struct option flags[] = {{"out", required_argument, NULL, 'o'},
                                      {"partial", no_argument, NULL, 'p'},
                                      {"help", no_argument, NULL, 'h'},
                                      {0}};

struct request {
    const char *out;
    bool partial;
    char **dir;
    size_t dirs;
};

/* 1 = help, -1 after a complaint. */
static int parse(int argc, char **argv, struct request *q)
{
    int c;
    optind = 1;
    while ((c = cli_option(argc, argv, "", flags)) != -1) {
        if (c == 'o')
            q->out = optarg;
        else if (c == 'p')
            q->partial = true;
        else
            return c == 'h' ? 1 : -1;
    }
    q->dir = argv + optind;
    q->dirs = (size_t)(argc - optind);
    if (q->dirs > 0)
        return 0;
    complain("merge takes the folders of the runs: ringside merge DIR... --out DIR");
    return -1;
}

/* Anything that a run could have written makes it one. */
static bool holds_a_run(const char *dir)
{
    static const char *const names[] = {"manifest.json", "samples.jsonl"};
    char path[4200];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", dir, names[i]);
        if (access(path, F_OK) == 0)
            return true;
    }
    return false;
}

static int make_folder(const struct request *q, const struct merge *m, char *dir, size_t n)
{
    char name[96];
    snprintf(name, sizeof name, "%s-merged", m->folder[0].about.plan_name);
    if (q->out != NULL)
        snprintf(dir, n, "%s", q->out);
    const int err = q->out ? folder_make(dir) : folder_make_default(name, dir, n);
    if (err)
        complain("cannot write results in %s: %s; use --out", dir, strerror(-err));
    return err == 0 ? EXIT_DONE : EXIT_INCOMPLETE;
}

static void report(const struct merge *m)
{
    fprintf(stderr, "%zu records of %zu folders", m->samples.n, m->folders);
    for (size_t k = 0; k < m->kinds; k++) {
        const struct merge_kind *kind = &m->kind[k];
        char id[MACHINE_KIND_TEXT];
        size_t rounds = 0;
        for (int r = 0; r < kind->plan.rule.rounds_max; r++)
            rounds += kind->owner[r] != 0;
        machine_kind_format(kind->about.id, id);
        fprintf(stderr, "\n%s: %zu records of %zu rounds in %zu folders; %s; %s", id, kind->records,
                rounds, kind->folders, kind->about.cpu_model, kind->about.topology);
    }
    fputc('\n', stderr);
}

static int merge(const struct request *q, struct merge *m, int argc, char **argv)
{
    char dir[3900];
    int code = merge_open(m, q->dir, q->dirs);
    if (code == EXIT_DONE)
        code = merge_rounds(m);
    if (code == EXIT_DONE)
        code = make_folder(q, m, dir, sizeof dir);
    if (code == EXIT_DONE)
        code = merge_write(m, dir, argc, argv);
    if (code != EXIT_DONE)
        return code;
    report(m);
    printf("%s\n", dir);
    return EXIT_DONE;
}

int cmd_merge(int argc, char **argv)
{
    struct request q = {0};
    struct merge m = {0};
    const int parsed = parse(argc, argv, &q);
    if (parsed != 0) {
        if (parsed > 0)
            cli_help("merge", options_text);
        return parsed > 0 ? EXIT_DONE : EXIT_USAGE;
    }
    if (q.out != NULL && strlen(q.out) >= 3800) {
        complain("--out is longer than 3800 bytes; give a shorter name");
        return EXIT_USAGE;
    }
    if (q.out != NULL && holds_a_run(q.out)) {
        complain("%s holds a run already; use another --out", q.out);
        return EXIT_USAGE;
    }
    m.partial = q.partial;
    const int code = merge(&q, &m, argc, argv);
    merge_close(&m);
    return code;
}
