/* SPDX-License-Identifier: MIT */
/* `ringside sweep` and `ringside resume`. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli.h"
#include "store/folder.h"
#include "store/manifest.h"
#include "sweep.h"

enum { SET_MAX = 64 };

static const char sweep_options[] =
    "PLAN is a built-in name (`ringside list plans`) or a file.\n"
    "  --out DIR             where the results go (default: results/PLAN-TIME)\n"
    "  --seed N              order of the rounds (default: from the clock; recorded)\n"
    "  --set FACTOR=LEVELS   replaces the plan's levels; may be given again\n"
    "Ctrl-C finishes the round, records it and exits 130; `ringside resume DIR` goes on.\n"
    "Prints the folder of the results.\n";
static const char resume_options[] =
    "Goes on with a sweep that was stopped, and skips what is recorded.\n"
    "  --force   although the binary, the plan or the machine is another one\n"
    "Prints the folder of the results.\n";

struct request {
    const char *plan, *out;
    const char *set[SET_MAX];
    size_t sets;
    uint64_t seed;
    bool force;
};

static int write_summary(const struct plan *p, const char *dir)
{
    struct samples samples;
    struct summary summary;
    char path[4096], why[512], *text = NULL;
    size_t length = 0;
    int err = samples_load(dir, &samples, why, sizeof why);
    if (err == 0)
        err = summary_make(&samples, &p->rule, &summary);
    if (err == 0) {
        FILE *memory = open_memstream(&text, &length);
        err = memory ? summary_write_csv(&summary, memory) : -ENOMEM;
        if (memory != NULL)
            fclose(memory);
        summary_free(&summary);
    }
    snprintf(path, sizeof path, "%s/summary.csv", dir);
    if (err == 0)
        err = file_replace(path, text, length);
    if (err)
        complain("cannot write %s: %s", path, strerror(-err));
    free(text);
    samples_free(&samples);
    return err;
}

/* results/latest names the run that was written last. */
static void link_latest(const char *dir)
{
    const char *name = strrchr(dir, '/');
    char link[4096];
    if (name == NULL)
        return;
    snprintf(link, sizeof link, "%.*s/latest", (int)(name - dir), dir);
    unlink(link);
    if (symlink(name + 1, link) != 0)
        complain("cannot link %s to the run: %s", link, strerror(errno));
}

static int run(struct sweep *s)
{
    char why[1024] = "";
    int err = sweep_run(s, why, sizeof why);
    int written = write_summary(s->plan, s->dir);
    if (err == -EINTR) {
        complain("interrupted; every finished round is recorded, `ringside resume %s` goes on",
                 s->dir);
        return EXIT_INTERRUPTED;
    }
    if (err) {
        complain("%s", why);
        return EXIT_INCOMPLETE;
    }
    printf("%s\n", s->dir);
    return written == 0 ? EXIT_DONE : EXIT_INCOMPLETE;
}

/* Rounds of the graph kernel append their nodes' reports to a file of the run. */
static void send_node_metrics_to(const char *dir)
{
    char path[4200];
    snprintf(path, sizeof path, "%s/node_1hz.jsonl", dir);
    setenv("RINGSIDE_NODE_METRICS", path, 1);
}

static int open_and_run(const struct plan *p, uint64_t seed, const char *dir)
{
    struct sweep s = {.plan = p, .seed = seed, .dir = dir};
    char why[1024];
    send_node_metrics_to(dir);
    int err = sweep_open(&s, why, sizeof why);
    if (err) {
        complain("%s", why);
        return err == -EINVAL ? EXIT_INVALID : EXIT_INCOMPLETE;
    }
    int code = run(&s);
    sweep_close(&s);
    return code;
}

static const struct option sweep_flags[] = {{"out", required_argument, NULL, 'o'},
                                            {"seed", required_argument, NULL, 's'},
                                            {"set", required_argument, NULL, 'S'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
static const struct option resume_flags[] = {
    {"force", no_argument, NULL, 'f'}, {"help", no_argument, NULL, 'h'}, {0}};

static int parse_options(int argc, char **argv, const struct option *options, struct request *r)
{
    char *end = NULL;
    int c;
    optind = 1;
    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (c == 'o')
            r->out = optarg;
        else if (c == 's')
            r->seed = strtoull(optarg, &end, 0);
        else if (c == 'S' && r->sets < SET_MAX)
            r->set[r->sets++] = optarg;
        else if (c == 'f')
            r->force = true;
        else
            return c == 'h' ? 1 : -1;
        if (end != NULL && (*end != '\0' || end == optarg)) {
            complain("--seed %s is not a whole number", optarg);
            return -1;
        }
    }
    if (optind + 1 != argc) {
        complain("%s takes one argument, %d were given; see `ringside %s --help`", argv[0],
                 argc - optind, argv[0]);
        return -1;
    }
    r->plan = argv[optind];
    return 0;
}

static json_t *set_json(const struct request *r)
{
    json_t *set = json_array();
    for (size_t i = 0; i < r->sets; i++)
        json_array_append_new(set, json_string(r->set[i]));
    return set;
}

static int start(const struct request *r, const struct plan *p, const struct topology *t, int argc,
                 char **argv)
{
    char dir[4096], samples[4200];
    struct manifest m = {.seed = r->seed, .set = set_json(r)};
    if (r->out != NULL)
        snprintf(dir, sizeof dir, "%s", r->out);
    else
        folder_default(p->name, dir, sizeof dir);
    snprintf(samples, sizeof samples, "%s/samples.jsonl", dir);
    manifest_here(t, &m);
    manifest_plan_hash(p, m.plan_hash);
    int code = EXIT_INCOMPLETE, err = folder_make(dir);
    if (err == 0 && access(samples, F_OK) == 0) {
        complain("%s holds a sweep already; `ringside resume %s` goes on with it, or use another "
                 "--out",
                 dir, dir);
        code = EXIT_USAGE;
    } else if (err == 0 && (err = manifest_write(dir, argc, argv, &m, p, t)) == 0) {
        code = open_and_run(p, r->seed, dir);
        if (r->out == NULL)
            link_latest(dir);
    }
    if (err)
        complain("cannot write results in %s: %s; use --out", dir, strerror(-err));
    manifest_free(&m);
    return code;
}

int cmd_sweep(int argc, char **argv)
{
    struct request r = {.seed = (uint64_t)time(NULL)};
    struct topology t;
    struct plan p;
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
    int code = EXIT_USAGE;
    if (plan_load(r.plan, &set, &t, &p, why, sizeof why) == 0) {
        code = start(&r, &p, &t, argc, argv);
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

static int load_resumed(const struct request *r, const struct manifest *m, const struct topology *t,
                        struct plan *p)
{
    char path[4096], why[1024], hash[17];
    const char *items[SET_MAX];
    struct manifest here = {0};
    struct plan_override set = {items, 0};
    for (; set.n < json_array_size(m->set) && set.n < SET_MAX; set.n++)
        items[set.n] = json_string_value(json_array_get(m->set, set.n));
    snprintf(path, sizeof path, "%s/plan.exp", r->plan);
    if (plan_load(path, &set, t, p, why, sizeof why) != 0) {
        complain("%s", why);
        return EXIT_USAGE;
    }
    snprintf(p->name, sizeof p->name, "%s", m->plan_name);
    manifest_here(t, &here);
    manifest_plan_hash(p, hash);
    if (same("binary", m->binary_hash, here.binary_hash, r->force) &&
        same("plan", m->plan_hash, hash, r->force) &&
        same("machine", m->machine, here.machine, r->force))
        return EXIT_DONE;
    plan_free(p);
    return EXIT_USAGE;
}

int cmd_resume(int argc, char **argv)
{
    struct request r = {0};
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
        return err == -EINVAL ? EXIT_INVALID : EXIT_USAGE;
    }
    int code = EXIT_UNSUITABLE;
    if (topology_load(&t) == 0) {
        code = load_resumed(&r, &m, &t, &p);
        if (code == EXIT_DONE) {
            code = open_and_run(&p, m.seed, r.plan);
            plan_free(&p);
        }
        topology_free(&t);
    }
    manifest_free(&m);
    return code;
}
