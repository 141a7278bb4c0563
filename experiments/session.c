/* SPDX-License-Identifier: MIT */
#include "session.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli.h"
#include "store/counter_records.h"
#include "store/manifest.h"
#include "sweep.h"
#include "sweep_counters.h"
#include "sweep_live.h"

static int write_summary(const struct plan *p, const char *dir)
{
    struct samples samples;
    struct summary summary;
    char path[4096], why[512], *text = NULL;
    const struct stop_rule rule = stop_rule_of(&p->rule, &p->shard);
    size_t length = 0;
    int err = samples_load(dir, &samples, why, sizeof why);
    if (err == 0)
        err = summary_make(&samples, &rule, &summary);
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

static int write_counters(const char *dir)
{
    struct counter_records records;
    char path[4096], why[512] = "", *text = NULL;
    size_t length = 0;
    int err = counter_records_load(dir, &records, why, sizeof why);
    if (err == 0) {
        FILE *memory = open_memstream(&text, &length);
        err = memory ? counter_records_write_csv(&records, memory) : -ENOMEM;
        if (memory != NULL)
            fclose(memory);
    }
    snprintf(path, sizeof path, "%s/counters.csv", dir);
    if (err == 0)
        err = file_replace(path, text, length);
    if (err)
        complain("cannot write %s: %s", path, why[0] ? why : strerror(-err));
    free(text);
    counter_records_free(&records);
    return err;
}

static int ended(int err, const char *dir, const char *why)
{
    if (err == -EINTR)
        complain("interrupted; every finished round is recorded, `ringside resume %s` goes on",
                 dir);
    else
        complain("%s", why);
    return err == -EINTR ? EXIT_INTERRUPTED : EXIT_INCOMPLETE;
}

static int run(struct sweep *s)
{
    char why[1024] = "";
    int err = sweep_run(s, why, sizeof why);
    int written = write_summary(s->plan, s->dir);
    if (err)
        return ended(err, s->dir, why);
    return written == 0 ? EXIT_DONE : EXIT_INCOMPLETE;
}

static int count(const struct sweep *s, const struct counter_plan *counters)
{
    struct counter_sweep c = {
        .plan = s->plan, .counters = counters, .seed = s->seed, .dir = s->dir, .shown = s};
    char why[1024] = "";
    int err = counter_sweep_open(&c, why, sizeof why);
    if (err) {
        complain("%s", why);
        return err == -EINVAL ? EXIT_INVALID : EXIT_INCOMPLETE;
    }
    err = counter_sweep_run(&c, why, sizeof why);
    counter_sweep_close(&c);
    int written = write_counters(s->dir);
    if (err)
        return ended(err, s->dir, why);
    return written == 0 ? EXIT_DONE : EXIT_INCOMPLETE;
}

/* Rounds of the graph kernel append their nodes' reports to a file of the run. */
static void send_node_metrics_to(const char *dir)
{
    char path[4200];
    struct stat there;
    snprintf(path, sizeof path, "%s/node_1hz.jsonl", dir);
    if (lstat(path, &there) == 0 && S_ISLNK(there.st_mode))
        complain("%s is a link, so no report of a node is appended to it; remove it", path);
    else
        setenv("RINGSIDE_NODE_METRICS", path, 1);
}

int session_lock(const char *dir, struct journal *journal)
{
    int err = journal_open(journal, dir);
    if (err == -EWOULDBLOCK)
        complain("another sweep is writing to %s; wait for it, or use another --out", dir);
    else if (err)
        complain("cannot write samples.jsonl in %s: %s%s", dir, strerror(-err),
                 journal_remedy(err));
    else if (journal->torn_bytes > 0)
        complain("the last record of %s/samples.jsonl was torn (%zu bytes) and is cut off; its "
                 "round runs again",
                 dir, journal->torn_bytes);
    return err == 0 ? EXIT_DONE : EXIT_INCOMPLETE;
}

int session_run(const struct plan *p, const struct counter_plan *counters, uint64_t seed,
                const char *dir, const char *prometheus, const struct journal *journal)
{
    struct sweep_live live;
    struct sweep s = {.plan = p, .seed = seed, .dir = dir, .journal = *journal, .live = &live};
    char why[1024];
    send_node_metrics_to(dir);
    int err = sweep_open(&s, why, sizeof why);
    if (err) {
        complain("%s", why);
        return err == -EINVAL ? EXIT_INVALID : EXIT_INCOMPLETE;
    }
    sweep_live_open(&live, &s, prometheus);
    int code = run(&s);
    if (code == EXIT_DONE && counters->n > 0)
        code = count(&s, counters);
    if (code == EXIT_DONE)
        printf("%s\n", dir);
    sweep_live_close(&live, &s, code == EXIT_DONE);
    sweep_close(&s);
    return code;
}
