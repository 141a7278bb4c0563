/* SPDX-License-Identifier: MIT */
/* `ringside summary`: summary.csv of what has been recorded so far, on stdout. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "store/manifest.h"

int cmd_summary(int argc, char **argv)
{
    struct manifest m;
    struct samples samples;
    struct summary summary;
    char why[1024];
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        cli_help("summary", "");
        return EXIT_DONE;
    }
    if (argc != 2) {
        complain("summary takes the folder of a sweep");
        return EXIT_USAGE;
    }
    int err = manifest_read(argv[1], &m, why, sizeof why);
    const struct stop_rule rule = m.rule;
    manifest_free(&m);
    if (err == 0)
        err = samples_load(argv[1], &samples, why, sizeof why);
    if (err) {
        complain("%s", why);
        return err == -EINVAL ? EXIT_INVALID : EXIT_USAGE;
    }
    err = summary_make(&samples, &rule, &summary);
    if (err == 0) {
        err = summary_write_csv(&summary, stdout);
        summary_free(&summary);
    }
    samples_free(&samples);
    return err == 0 && fflush(stdout) == 0 ? EXIT_DONE : EXIT_INCOMPLETE;
}
