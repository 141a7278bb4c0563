/* SPDX-License-Identifier: MIT */
/* `ringside fleet`: a plan in shards, as a job array of Slurm. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli.h"
#include "fleet.h"
#include "program.h"
#include "store/folder.h"

static const char help[] =
    "PLAN is a built-in name (`ringside list plans`) or a file; this host must be able to run it.\n"
    "  --constraint C        only on nodes with these features, as of sbatch; one kind of cpu\n"
    "                        a fleet, or shards of unlike machines are kept apart when merged\n"
    "  --nodes N             on at most N nodes at a time (default: as many as shards)\n"
    "  --shards N            in so many parts, each on one node at a time (default: --nodes, else\n"
    "                        the plan's fewest rounds of a cell)\n"
    "  --out DIR             on a file system that all nodes share (default: results/PLAN-TIME)\n"
    "  --seed N              order of the rounds (default: from the clock; recorded)\n"
    "  --set FACTOR=LEVELS   replaces the plan's levels; may be given again\n"
    "  --interval S          seconds between two looks at the queue (default: 5)\n"
    "  --print               prints the script and does nothing else\n"
    "  --detach              submits and leaves the jobs alone; prints DIR\n"
    "  fleet --resume DIR    follows again what was left alone; if no task is in the queue, "
    "submits\n"
    "                        the shards that are not complete; merges when all are\n"
    "  fleet --cancel DIR    cancels the jobs; what was recorded stays, --resume goes on\n"
    "Partition, account, time and the like: by the variables of sbatch, SBATCH_PARTITION=...\n"
    "Ctrl-C detaches and exits 130; twice within 3 s cancels.  Prints the folder of the merged "
    "run.\n"
    "Without Slurm: exit 3, and on stdout the shell loop that does the same.\n";

struct request {
    const char *what; /* PLAN, or DIR after --resume and --cancel */
    const char *out;
    struct fleet fleet;
    long long nodes, shards, interval_s; /* 0 = not given */
    bool print, detach, resume, cancel;
};

/* ---- the command line ------------------------------------------------------------------------ */

static bool take_seed(const char *text, uint64_t *seed)
{
    char *end;
    *seed = strtoull(text, &end, 0);
    if (*end == '\0' && end != text)
        return true;
    complain("--seed %s is not a whole number", text);
    return false;
}

static bool take_set(struct fleet *f, const char *text)
{
    if (f->sets < FLEET_SETS_MAX) {
        f->set[f->sets++] = text;
        return true;
    }
    complain("more than %d --set; write a plan of your own", FLEET_SETS_MAX);
    return false;
}

static bool take_constraint(struct fleet *f, const char *text)
{
    char why[512];
    if (!fleet_constraint_refusal(text, why, sizeof why)) {
        snprintf(f->constraint, sizeof f->constraint, "%s", text);
        return true;
    }
    complain("%s", why);
    return false;
}

static bool take_option(int c, struct request *r)
{
    switch (c) {
    case 'o':
        r->out = optarg;
        return true;
    case 's':
        return take_seed(optarg, &r->fleet.seed);
    case 'S':
        return take_set(&r->fleet, optarg);
    case 'C':
        return take_constraint(&r->fleet, optarg);
    case 'N':
        return cli_number("nodes", optarg, 1, FLEET_SHARDS_MAX, &r->nodes);
    case 'n':
        return cli_number("shards", optarg, 1, FLEET_SHARDS_MAX, &r->shards);
    case 'i':
        return cli_number("interval", optarg, 1, 3600, &r->interval_s);
    case 'p':
        r->print = true;
        return true;
    case 'd':
        r->detach = true;
        return true;
    case 'r':
        r->resume = true;
        return true;
    case 'c':
        r->cancel = true;
        return true;
    default:
        return false;
    }
}

/* 0; 1 = help is asked for; -1 after a complaint. */
static int parse(int argc, char **argv, struct request *r)
{
    static const struct option options[] = {{"out", required_argument, NULL, 'o'},
                                            {"seed", required_argument, NULL, 's'},
                                            {"set", required_argument, NULL, 'S'},
                                            {"constraint", required_argument, NULL, 'C'},
                                            {"nodes", required_argument, NULL, 'N'},
                                            {"shards", required_argument, NULL, 'n'},
                                            {"interval", required_argument, NULL, 'i'},
                                            {"print", no_argument, NULL, 'p'},
                                            {"detach", no_argument, NULL, 'd'},
                                            {"resume", no_argument, NULL, 'r'},
                                            {"cancel", no_argument, NULL, 'c'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    int c;
    optind = 1;
    while ((c = cli_option(argc, argv, "", options)) != -1)
        if (!take_option(c, r))
            return c == 'h' ? 1 : -1;
    if (optind + 1 != argc) {
        complain("fleet takes one argument, a plan or after --resume and --cancel a folder; %d "
                 "were given; see `ringside fleet --help`",
                 argc - optind);
        return -1;
    }
    if (r->print + r->detach > 1 || r->resume + r->cancel > 1) {
        complain("--print and --detach, or --resume and --cancel, do not go together");
        return -1;
    }
    r->what = argv[optind];
    return 0;
}

/* ---- a new fleet ----------------------------------------------------------------------------- */

/* A shard has a round of each cell or more: by default so many that few are left to wait for. */
static int choose_shards(struct request *r, const struct plan *p)
{
    const int least = p->rule.rounds_min, most = p->rule.rounds_max;
    struct fleet *f = &r->fleet;
    if (r->shards > most) {
        complain("--shards %lld is more than the %d rounds of a cell; some shards would have none. "
                 "Use fewer, or a plan with more rounds",
                 r->shards, most);
        return EXIT_USAGE;
    }
    if (r->shards > 0)
        f->shards = (int)r->shards;
    else
        f->shards = r->nodes == 0 ? least : r->nodes < most ? (int)r->nodes : most;
    f->nodes = r->nodes > 0 && r->nodes < f->shards ? (int)r->nodes : f->shards;
    f->rounds = (long long)p->n * most;
    snprintf(f->plan, sizeof f->plan, "%s", p->name);
    return EXIT_DONE;
}

/* Symbolic links stay: what a mount is called here is what it is called on the nodes. */
static bool make_absolute(const char *path, char *absolute, size_t n)
{
    char here[4096] = "";
    if (path[0] != '/' && getcwd(here, sizeof here) == NULL)
        return false;
    int length = snprintf(absolute, n, "%s%s%s", path[0] == '/' ? "" : here,
                          path[0] == '/' ? "" : "/", path);
    while (length > 1 && (size_t)length < n && absolute[length - 1] == '/')
        absolute[--length] = '\0';
    return (size_t)length < n;
}

/* Without `make` the folder is only named. */
static int choose_folder(struct request *r, bool make)
{
    char dir[FLEET_DIR_BYTES], json[FLEET_DIR_BYTES + 16];
    int err = 0;
    if (r->out == NULL && make)
        err = folder_make_default(r->fleet.plan, dir, sizeof dir);
    else if (r->out == NULL)
        snprintf(dir, sizeof dir, "results/%s-fleet", r->fleet.plan);
    else
        snprintf(dir, sizeof dir, "%s", r->out);
    if (err == 0 && !make_absolute(dir, r->fleet.dir, sizeof r->fleet.dir))
        err = -ENAMETOOLONG;
    if (err) {
        complain("cannot write in %.1000s: %s; use another --out", dir, strerror(-err));
        return EXIT_INCOMPLETE;
    }
    snprintf(json, sizeof json, "%s/fleet.json", r->fleet.dir);
    if (access(json, F_OK) != 0)
        return EXIT_DONE;
    complain("%s holds a fleet already; `ringside fleet --resume` goes on with it, or use another "
             "--out",
             r->fleet.dir);
    return EXIT_USAGE;
}

/* A built-in plan by its name, a file by a path that holds in every folder. */
static int print_loop(const struct request *r)
{
    size_t length = strlen(r->what);
    char plan[4096 + FLEET_DIR_BYTES];
    bool is_file =
        strchr(r->what, '/') != NULL || (length > 4 && strcmp(r->what + length - 4, ".exp") == 0);
    if (!is_file || !make_absolute(r->what, plan, sizeof plan))
        snprintf(plan, sizeof plan, "%s", r->what);
    fleet_write_loop(&r->fleet, plan, stdout);
    return EXIT_UNSUITABLE;
}

/* ---- submit and follow ----------------------------------------------------------------------- */

static int submit(struct fleet *f, const struct fleet_watch *w)
{
    char why[1024];
    int err = fleet_submit(f, w, why, sizeof why);
    if (err) {
        complain("%s; `ringside fleet --resume %s` submits it again", why, f->dir);
        return err == -EINTR ? EXIT_INTERRUPTED : EXIT_INCOMPLETE;
    }
    err = fleet_write(f);
    if (err)
        complain("cannot write fleet.json in %s: %s; job %s goes on, but --resume would submit it "
                 "once more",
                 f->dir, strerror(-err), f->job);
    return err ? EXIT_INCOMPLETE : EXIT_DONE;
}

static int follow(const struct request *r, struct fleet_watch *w, const sigset_t *before)
{
    if (r->detach) {
        printf("%s\n", r->fleet.dir);
        return EXIT_DONE;
    }
    int code = fleet_follow(w, r->interval_s ? (int)r->interval_s : FLEET_INTERVAL_S);
    return code == EXIT_DONE ? fleet_collect(w, before) : code;
}

static int launch(struct request *r, const struct plan *p, const sigset_t *before)
{
    struct fleet_watch w;
    int code = fleet_ship(&r->fleet, p);
    if (code == EXIT_DONE)
        code = submit(&r->fleet, NULL);
    if (code != EXIT_DONE)
        return code;
    complain("job %s: plan %s in %d shards on at most %d nodes, in %s", r->fleet.job, r->fleet.plan,
             r->fleet.shards, r->fleet.nodes, r->fleet.dir);
    if (fleet_watch_open(&w, &r->fleet) != 0) {
        complain("out of memory; the job goes on");
        return EXIT_INCOMPLETE;
    }
    code = follow(r, &w, before);
    fleet_watch_close(&w);
    return code;
}

static int begin(struct request *r, const struct plan *p, const sigset_t *before)
{
    char why[256] = "";
    const bool slurm = fleet_has_slurm(why, sizeof why);
    int code = choose_shards(r, p);
    if (code == EXIT_DONE)
        code = fleet_pack(&r->fleet, p);
    if (code == EXIT_DONE)
        code = choose_folder(r, slurm && !r->print);
    if (code != EXIT_DONE)
        return code;
    if (r->print) {
        fleet_write_script(&r->fleet, stdout);
        return EXIT_DONE;
    }
    if (slurm)
        return launch(r, p, before);
    complain("there is no Slurm here: %s. The script on stdout does the same in a shell loop; "
             "install slurm-client where a cluster is",
             why);
    return print_loop(r);
}

static int new_fleet(struct request *r, const sigset_t *before)
{
    const struct plan_override set = {r->fleet.set, r->fleet.sets};
    struct topology t;
    struct plan p;
    char why[1024];
    int code = EXIT_USAGE;
    if (topology_load(&t) != 0) {
        complain("cannot read which cpus this process may run on");
        return EXIT_UNSUITABLE;
    }
    if (plan_load(r->what, &set, &t, &p, why, sizeof why) == 0) {
        code = begin(r, &p, before);
        plan_free(&p);
    } else {
        complain("%s", why);
    }
    topology_free(&t);
    return code;
}

/* ---- a fleet that there is ------------------------------------------------------------------- */

static int go_on(struct request *r, struct fleet_watch *w, const sigset_t *before)
{
    char why[1024];
    if (fleet_incomplete(w) == 0)
        return fleet_collect(w, before);
    if (!fleet_has_slurm(why, sizeof why)) {
        complain("there is no Slurm here: %s; repeat it on a host of the cluster", why);
        return EXIT_UNSUITABLE;
    }
    if (fleet_queue(w, why, sizeof why) != 0) {
        complain("%s; repeat it when Slurm answers", why);
        return EXIT_INCOMPLETE;
    }
    if (r->cancel && fleet_any_queued(w))
        return fleet_cancel(w);
    if (r->cancel) {
        complain("job %s has no task in the queue; there is nothing to cancel", r->fleet.job);
        return EXIT_DONE;
    }
    int code = EXIT_DONE;
    if (fleet_any_queued(w)) {
        complain("job %s is in the queue", r->fleet.job);
    } else {
        code = submit(&r->fleet, w);
        if (code == EXIT_DONE)
            complain("job %s: the %zu shards that are not complete", r->fleet.job,
                     fleet_incomplete(w));
    }
    return code == EXIT_DONE ? follow(r, w, before) : code;
}

static int old_fleet(struct request *r, const sigset_t *before)
{
    struct fleet_watch w;
    int code = fleet_read(r->what, &r->fleet);
    if (code != EXIT_DONE)
        return code;
    if (fleet_watch_open(&w, &r->fleet) != 0) {
        complain("out of memory; nothing was done");
        return EXIT_INCOMPLETE;
    }
    code = go_on(r, &w, before);
    fleet_watch_close(&w);
    return code;
}

int cmd_fleet(int argc, char **argv)
{
    sigset_t before;
    struct request *r = calloc(1, sizeof *r);
    if (r == NULL) {
        complain("out of memory");
        return EXIT_INCOMPLETE;
    }
    r->fleet.seed = (uint64_t)time(NULL);
    int parsed = parse(argc, argv, r), code = parsed < 0 ? EXIT_USAGE : EXIT_DONE;
    sigprocmask(SIG_SETMASK, NULL, &before);
    program_block_signals();
    if (parsed > 0)
        cli_help("fleet", help);
    else if (parsed == 0)
        code = r->resume || r->cancel ? old_fleet(r, &before) : new_fleet(r, &before);
    free(r);
    return code;
}
