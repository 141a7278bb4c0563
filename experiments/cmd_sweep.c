/* SPDX-License-Identifier: MIT */
/* `ringside sweep` and `ringside resume`. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli.h"
#include "session.h"
#include "store/manifest.h"
#include "sweep_begin.h"

static const char sweep_options[] =
    "PLAN is a built-in name (`ringside list plans`) or a file.\n"
    "  --out DIR             where the results go (default: results/PLAN-TIME)\n"
    "  --seed N              order of the rounds (default: from the clock; recorded)\n"
    "  --shard I/N           only every Nth round of each cell, from the Ith: the share of one of "
    "N\n"
    "                        machines (then the default seed is 1). `ringside merge` joins them\n"
    "  --set FACTOR=LEVELS   replaces the plan's levels; may be given again\n"
    "  --counters GROUPS     counts these events too, in rounds of their own after the others: a\n"
    "                        list of groups, all, or none (`ringside list counters`; default: the\n"
    "                        plan's `counters`)\n"
    "  --counters-file FILE  names more events (or RINGSIDE_COUNTERS=FILE)\n"
    "  --prometheus FILE     replaced between rounds by the progress as Prometheus text\n"
    "  --wait-for-cpus       waits for another sweep on its cpus; else it is refused (exit 3)\n"
    "Ctrl-C finishes the round, records it and exits 130; `ringside resume DIR` goes on.\n"
    "Prints the folder of the results.\n";
static const char resume_options[] =
    "Goes on with a sweep that was stopped, and skips what is recorded.\n"
    "  --force             although the binary, the plan or the machine is another one\n"
    "  --prometheus FILE   as of sweep\n"
    "  --wait-for-cpus     likewise\n"
    "Prints the folder of the results.\n";

static const struct option sweep_flags[] = {{"out", required_argument, NULL, 'o'},
                                            {"seed", required_argument, NULL, 's'},
                                            {"shard", required_argument, NULL, 'd'},
                                            {"set", required_argument, NULL, 'S'},
                                            {"counters", required_argument, NULL, 'c'},
                                            {"counters-file", required_argument, NULL, 'F'},
                                            {"prometheus", required_argument, NULL, 'p'},
                                            {"wait-for-cpus", no_argument, NULL, 'w'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
static const struct option resume_flags[] = {{"force", no_argument, NULL, 'f'},
                                             {"prometheus", required_argument, NULL, 'p'},
                                             {"wait-for-cpus", no_argument, NULL, 'w'},
                                             {"help", no_argument, NULL, 'h'},
                                             {0}};

/* False after a complaint. */
static bool read_shard(const char *text, struct sweep_request *r)
{
    if (shard_parse(text, &r->shard))
        return true;
    complain("--shard %s is not I/N: of N shards the Ith, from 1; 1/4 to 4/4 are the four of one "
             "sweep",
             text);
    return false;
}

static int parse_options(int argc, char **argv, const struct option *options,
                         struct sweep_request *r)
{
    char *end = NULL;
    bool good = true;
    int c;
    optind = 1;
    while (good && (c = cli_option(argc, argv, "", options)) != -1) {
        if (c == 'o')
            r->out = optarg;
        else if (c == 's')
            r->seed = strtoull(r->seed_text = optarg, &end, 0);
        else if (c == 'd')
            good = read_shard(optarg, r);
        else if (c == 'S' && r->sets < SWEEP_SET_MAX)
            r->set[r->sets++] = optarg;
        else if (c == 'c')
            r->counters = optarg;
        else if (c == 'F')
            setenv("RINGSIDE_COUNTERS", optarg, 1);
        else if (c == 'p')
            r->prometheus = optarg;
        else if (c == 'f')
            r->force = true;
        else if (c == 'w')
            r->wait = true;
        else
            return c == 'h' ? 1 : -1;
        if (end != NULL && (*end != '\0' || end == optarg)) {
            complain("--seed %s is not a whole number", optarg);
            return -1;
        }
    }
    if (!good)
        return -1;
    if (r->sets == SWEEP_SET_MAX) {
        complain("more than %d --set; write a plan of your own", SWEEP_SET_MAX - 1);
        return -1;
    }
    if (optind + 1 != argc) {
        complain("%s takes one argument, %d were given; see `ringside %s --help`", argv[0],
                 argc - optind, argv[0]);
        return -1;
    }
    r->plan = argv[optind];
    return 0;
}

static void use_kept_counters_file(const char *dir)
{
    char path[4200];
    snprintf(path, sizeof path, "%s/counters.ini", dir);
    setenv("RINGSIDE_COUNTERS", access(path, F_OK) == 0 ? path : "", 1);
}

/* Nothing is opened for a sweep that counts nothing.  False after a complaint. */
static bool find_counters(const struct plan *p, struct counter_plan *counters)
{
    char why[1024];
    memset(counters, 0, sizeof *counters);
    if (p->counters[0] == '\0')
        return true;
    int err = counter_plan_open(counters, why, sizeof why);
    if (err == 0)
        err = counter_plan_add(counters, p->counters, why, sizeof why);
    if (err == 0 && counters->n == 0) {
        snprintf(
            why, sizeof why,
            "no event of %.100s on cpu family %s; `ringside list counters` shows what there is",
            p->counters, counters->family->name);
        err = -EINVAL;
    }
    if (err) {
        complain("%s", why);
        counter_plan_close(counters);
    }
    return err == 0;
}

/* Shards that nobody gave a seed must be those of one sweep all the same. */
static uint64_t seed_of(const struct sweep_request *r)
{
    return r->seed_text != NULL ? r->seed : r->shard.of > 0 ? 1 : (uint64_t)time(NULL);
}

/* False after a complaint. */
static bool choose_shard(struct plan *p, const struct shard *shard)
{
    p->shard = *shard;
    if (shard->of <= p->rule.rounds_max)
        return true;
    complain("--shard %d/%d: plan %s has at most %d rounds, so no more shards than that; take "
             "fewer, or raise `rounds` in the plan",
             shard->index, shard->of, p->name, p->rule.rounds_max);
    return false;
}

/* The command line beats the plan.  False after a complaint. */
static bool choose_counters(struct plan *p, const char *groups)
{
    if (groups == NULL)
        return true;
    if (strlen(groups) >= sizeof p->counters) {
        complain("--counters is longer than %zu bytes; say all, or name fewer groups",
                 sizeof p->counters - 1);
        return false;
    }
    snprintf(p->counters, sizeof p->counters, "%s", strcmp(groups, "none") == 0 ? "" : groups);
    return true;
}

int cmd_sweep(int argc, char **argv)
{
    struct sweep_request r = {0};
    struct topology t;
    struct plan p;
    struct counter_plan counters;
    char why[1024];
    int parsed = parse_options(argc, argv, sweep_flags, &r);
    if (parsed != 0) {
        if (parsed > 0)
            cli_help("sweep", sweep_options);
        return parsed > 0 ? EXIT_DONE : EXIT_USAGE;
    }
    if (topology_load(&t) != 0) {
        complain("cannot read which cpus this process may run on");
        return EXIT_UNSUITABLE;
    }
    const struct plan_override set = {r.set, r.sets};
    r.seed = seed_of(&r);
    int code = EXIT_USAGE;
    if (plan_load(r.plan, &set, &t, &p, why, sizeof why) == 0) {
        if (choose_shard(&p, &r.shard) && choose_counters(&p, r.counters) &&
            find_counters(&p, &counters)) {
            code = sweep_begin(&r, &p, &counters, &t, argc, argv);
            counter_plan_close(&counters);
        }
        plan_free(&p);
    } else {
        complain("%s", why);
    }
    topology_free(&t);
    return code;
}

static bool same(const char *what, const char *then, const char *now, bool force)
{
    if (strcmp(then, now) == 0)
        return true;
    complain("the %s is not the one that began this sweep (%s then, %s now)%s", what, then, now,
             force ? "; going on, as told"
                   : "; rounds of both would be mixed. Start a new sweep, "
                     "or say --force");
    return force;
}

static int load_resumed(const struct sweep_request *r, const struct manifest *m,
                        const struct topology *t, struct plan *p)
{
    char path[4096], why[1024], hash[17];
    const char *items[SWEEP_SET_MAX];
    struct manifest here = {0};
    struct plan_override set = {items, 0};
    for (; set.n < json_array_size(m->set) && set.n < SWEEP_SET_MAX; set.n++)
        items[set.n] = json_string_value(json_array_get(m->set, set.n));
    snprintf(path, sizeof path, "%s/plan.exp", r->plan);
    use_kept_counters_file(r->plan);
    if (plan_load(path, &set, t, p, why, sizeof why) != 0) {
        complain("%s", why);
        return EXIT_USAGE;
    }
    snprintf(p->name, sizeof p->name, "%s", m->plan_name);
    p->shard = m->shard;
    manifest_here(t, &here);
    manifest_plan_hash(p, hash);
    if (same("binary", m->binary_hash, here.binary_hash, r->force) &&
        same("plan", m->plan_hash, hash, r->force) &&
        same("machine", m->machine, here.machine, r->force))
        return EXIT_DONE;
    plan_free(p);
    return EXIT_USAGE;
}

static int go_on(struct plan *p, const struct manifest *m, const struct sweep_request *r,
                 const struct topology *t)
{
    struct counter_plan counters;
    struct journal journal;
    struct cpu_lock cpus;
    snprintf(p->counters, sizeof p->counters, "%s", m->counters);
    if (!find_counters(p, &counters))
        return EXIT_USAGE;
    int code = session_lock(r->plan, &journal);
    if (code == EXIT_DONE) {
        code = sweep_lock_cpus(&cpus, p, t, r->wait);
        if (code == EXIT_DONE) {
            cpu_lock_sign(&cpus, r->plan);
            code = session_run(p, &counters, m->seed, r->plan, r->prometheus, &journal);
            cpu_lock_release(&cpus);
        } else {
            journal_close(&journal);
        }
    }
    counter_plan_close(&counters);
    return code;
}

int cmd_resume(int argc, char **argv)
{
    struct sweep_request r = {0};
    struct topology t;
    struct manifest m;
    struct plan p;
    char why[1024];
    int parsed = parse_options(argc, argv, resume_flags, &r);
    if (parsed != 0) {
        if (parsed > 0)
            cli_help("resume", resume_options);
        return parsed > 0 ? EXIT_DONE : EXIT_USAGE;
    }
    int err = manifest_read(r.plan, &m, why, sizeof why);
    if (err) {
        complain("%s", why);
        return cli_load_failure(err);
    }
    if (m.merged) {
        complain("%s was merged of several runs, and has no rounds of its own to go on with; "
                 "`ringside resume` the runs, and merge again",
                 r.plan);
        manifest_free(&m);
        return EXIT_USAGE;
    }
    int code = EXIT_UNSUITABLE;
    if (topology_load(&t) == 0) {
        code = load_resumed(&r, &m, &t, &p);
        if (code == EXIT_DONE) {
            code = go_on(&p, &m, &r, &t);
            plan_free(&p);
        }
        topology_free(&t);
    }
    manifest_free(&m);
    return code;
}
