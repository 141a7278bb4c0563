/* SPDX-License-Identifier: MIT */
/* `ringside plot`: draws what a run has data for. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "plot.h"

static const char options[] =
    "  --out DIR     where to; DIR/plots of the run if not given\n"
    "  --data-only   write data and scripts, draw nothing\n\n"
    "Each plot is NAME.csv (the data), NAME.gp (`gnuplot NAME.gp` draws it again), NAME.svg and\n"
    "NAME.png.  Plots the run has no data for are left out, with a line on stderr.\n";

struct request {
    const char *dir, *out;
    bool data_only, help;
};

static int read_arguments(int argc, char **argv, struct request *q)
{
    *q = (struct request){0};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            q->help = true;
        } else if (strcmp(argv[i], "--data-only") == 0) {
            q->data_only = true;
        } else if (strcmp(argv[i], "--out") == 0 && i + 1 < argc) {
            q->out = argv[++i];
        } else if (argv[i][0] == '-' || q->dir != NULL) {
            complain("plot does not take '%s'%s; `ringside plot --help` shows what it takes",
                     argv[i], strcmp(argv[i], "--out") == 0 ? " without a folder" : "");
            return -EINVAL;
        } else {
            q->dir = argv[i];
        }
    }
    if (q->dir == NULL && !q->help) {
        complain("plot takes the folder of a run: ringside plot results/NAME");
        return -EINVAL;
    }
    return 0;
}

int cmd_plot(int argc, char **argv)
{
    struct request q;
    struct plot_run run;
    char why[1024], out[4096];
    if (read_arguments(argc, argv, &q) != 0)
        return EXIT_USAGE;
    if (q.help) {
        cli_help("plot", options);
        return EXIT_DONE;
    }
    if (q.out == NULL && (size_t)snprintf(out, sizeof out, "%s/plots", q.dir) >= sizeof out) {
        complain("the folder's name is too long");
        return EXIT_USAGE;
    }
    int err = plot_run_load(q.dir, &run, why, sizeof why);
    if (err) {
        complain("%s", why);
        return cli_load_failure(err);
    }
    err = plot_write(&run, q.out ? q.out : out, q.data_only);
    plot_run_free(&run);
    return err;
}
