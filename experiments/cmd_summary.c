/* SPDX-License-Identifier: MIT */
/* `ringside summary`: summary.csv of what has been recorded so far, on stdout. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "store/counter_records.h"
#include "store/manifest.h"

static int finish(int err)
{
    if (err)
        complain("cannot sum up: %s; free some and repeat", strerror(-err));
    return err == 0 && fflush(stdout) == 0 ? EXIT_DONE : EXIT_INCOMPLETE;
}

static void complain_torn(const char *name, const char *dir)
{
    complain("the last line of %s is torn and left out; `ringside resume %s` measures that round "
             "again",
             name, dir);
}

static int print_counters(const char *dir)
{
    struct counter_records records;
    struct manifest m;
    char why[1024];
    int err = manifest_read(dir, &m, why, sizeof why);
    manifest_free(&m);
    if (err == 0)
        err = counter_records_load(dir, &records, why, sizeof why);
    if (err) {
        complain("%s", why);
        return cli_load_failure(err);
    }
    if (records.n == 0)
        complain("%s has no counter rounds; `ringside sweep PLAN --counters all` records them",
                 dir);
    if (records.torn)
        complain_torn(COUNTERS_JOURNAL, dir);
    err = counter_records_write_csv(&records, stdout);
    counter_records_free(&records);
    return finish(err);
}

int cmd_summary(int argc, char **argv)
{
    struct manifest m;
    struct samples samples;
    struct machine_kinds kinds;
    char why[1024];
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        cli_help("summary", "  --counters  of its counter rounds instead, as counters.csv\n");
        return EXIT_DONE;
    }
    if (argc == 3 && strcmp(argv[2], "--counters") == 0)
        return print_counters(argv[1]);
    if (argc != 2 || argv[1][0] == '-') {
        complain("summary takes the folder of a sweep, and --counters after it");
        return EXIT_USAGE;
    }
    int err = manifest_read(argv[1], &m, why, sizeof why);
    const struct stop_rule rule = stop_rule_of(&m.rule, &m.shard);
    manifest_free(&m);
    if (err == 0)
        err = samples_load(argv[1], &samples, why, sizeof why);
    if (err) {
        complain("%s", why);
        return cli_load_failure(err);
    }
    if (samples.torn)
        complain_torn("samples.jsonl", argv[1]);
    machine_kinds_load(argv[1], &kinds);
    err = summary_write_by_machine(&samples, &rule, &kinds, stdout);
    free(kinds.kind);
    samples_free(&samples);
    return finish(err);
}
