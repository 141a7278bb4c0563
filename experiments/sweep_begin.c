/* SPDX-License-Identifier: MIT */
#include "sweep_begin.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "ini_file.h"
#include "session.h"
#include "store/folder.h"
#include "store/manifest.h"

enum { DIR_BYTES = 3800 }; /* leaves room for the names of files in it */

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
        complain("cannot link %s to the run: %s; remove what has that name", link, strerror(errno));
}

static json_t *set_json(const struct sweep_request *r)
{
    json_t *set = json_array();
    for (size_t i = 0; i < r->sets; i++)
        json_array_append_new(set, json_string(r->set[i]));
    return set;
}

/* The events of the run stay what they are when the user's file changes. */
static int keep_counters_file(const char *dir)
{
    const char *user = getenv("RINGSIDE_COUNTERS");
    char path[4200], why[512];
    size_t length;
    if (user == NULL || user[0] == '\0')
        return 0;
    char *text = ini_file_read(user, "counters file", &length, why, sizeof why);
    snprintf(path, sizeof path, "%s/counters.ini", dir);
    int err = text ? file_replace(path, text, length) : -ENOENT;
    free(text);
    return err;
}

/* Rounds of two sweeps on one cpu would measure each other. */
int sweep_lock_cpus(struct cpu_lock *l, const struct plan *p, const struct topology *t, bool wait)
{
    char why[1024] = "";
    switch (cpu_lock_take(l, p, t, wait, why, sizeof why)) {
    case CPU_LOCK_BUSY:
        complain("%s; rounds of both would disturb each other. Wait for it with --wait-for-cpus, "
                 "or run on other cpus (--set placement=)",
                 why);
        return EXIT_UNSUITABLE;
    case CPU_LOCK_UNAVAILABLE:
        complain("%s; another sweep on these cpus would not be noticed. Going on", why);
        return EXIT_DONE;
    default:
        return EXIT_DONE;
    }
}

/* A manifest is written before the first record, so without one there is nothing to lose. */
static bool holds_a_sweep(const char *dir)
{
    char path[DIR_BYTES + 32];
    snprintf(path, sizeof path, "%s/manifest.json", dir);
    if (access(path, F_OK) == 0)
        return true;
    struct stat s;
    snprintf(path, sizeof path, "%s/samples.jsonl", dir);
    return stat(path, &s) == 0 && s.st_size > 0;
}

static int refuse_folder(const char *dir)
{
    complain("%s holds a sweep already; `ringside resume %s` goes on with it, or use another "
             "--out",
             dir, dir);
    return EXIT_USAGE;
}

static int make_folder(const struct sweep_request *r, const struct plan *p, char *dir, size_t n)
{
    int err = r->out ? folder_make(r->out) : folder_make_default(p->name, dir, n);
    if (err)
        complain("cannot write results in %s: %s; use --out", dir, strerror(-err));
    return err == 0 ? EXIT_DONE : EXIT_INCOMPLETE;
}

/* Once the journal is open nobody else writes here. */
static int describe(const struct sweep_request *r, const struct plan *p, const struct topology *t,
                    const char *dir, int argc, char **argv)
{
    struct manifest m = {.seed = r->seed, .set = set_json(r)};
    if (holds_a_sweep(dir)) { /* of somebody who was faster */
        manifest_free(&m);
        return refuse_folder(dir);
    }
    manifest_here(t, &m);
    manifest_plan_hash(p, m.plan_hash);
    int err = keep_counters_file(dir);
    if (err == 0)
        err = manifest_write(dir, argc, argv, &m, p, t);
    if (err)
        complain("cannot write results in %s: %s; use --out", dir, strerror(-err));
    manifest_free(&m);
    return err == 0 ? EXIT_DONE : EXIT_INCOMPLETE;
}

static int run_in(const struct sweep_request *r, const struct plan *p,
                  const struct counter_plan *counters, const struct topology *t, const char *dir,
                  int argc, char **argv)
{
    struct journal journal;
    int code = session_lock(dir, &journal);
    if (code != EXIT_DONE)
        return code;
    code = describe(r, p, t, dir, argc, argv);
    if (code != EXIT_DONE) {
        journal_close(&journal);
        return code;
    }
    code = session_run(p, counters, r->seed, dir, r->prometheus, &journal);
    if (r->out == NULL)
        link_latest(dir);
    return code;
}

int sweep_begin(const struct sweep_request *r, const struct plan *p,
                const struct counter_plan *counters, const struct topology *t, int argc,
                char **argv)
{
    char dir[DIR_BYTES] = "results";
    struct cpu_lock cpus;
    if (r->out != NULL && (size_t)snprintf(dir, sizeof dir, "%s", r->out) >= sizeof dir) {
        complain("--out is longer than %d bytes; give a shorter name", DIR_BYTES - 1);
        return EXIT_USAGE;
    }
    if (r->out != NULL && holds_a_sweep(dir))
        return refuse_folder(dir);
    int code = sweep_lock_cpus(&cpus, p, t, r->wait);
    if (code != EXIT_DONE)
        return code;
    code = make_folder(r, p, dir, sizeof dir);
    if (code == EXIT_DONE) {
        cpu_lock_sign(&cpus, dir);
        code = run_in(r, p, counters, t, dir, argc, argv);
    }
    cpu_lock_release(&cpus);
    return code;
}
