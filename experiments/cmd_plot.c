/* SPDX-License-Identifier: MIT */
/* `ringside plot`: draws what a run has data for. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "plot.h"
#include "store/folder.h"

static const char options[] =
    "  --out DIR     where to; DIR/plots of the run if not given\n"
    "  --data-only   write data and scripts, draw nothing\n\n"
    "Each plot is NAME.csv (the data), NAME.gp (`gnuplot NAME.gp` draws it again), NAME.svg and\n"
    "NAME.png.  Plots the run has no data for are left out, with a line on stderr.\n"
    "A merged run of unlike machines is drawn machine by machine, each in a folder of its name.\n";

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

/* Into a folder of its own for each kind of machine where there are several. */
static int write_all(const struct plot_runs *runs, const char *out, bool data_only)
{
    int result = EXIT_DONE;
    if (runs->n == 1)
        return plot_write(&runs->run[0], out, data_only);
    for (size_t i = 0; i < runs->n; i++) {
        char machine[MACHINE_KIND_TEXT], folder[4200];
        machine_kind_format(runs->run[i].machine, machine);
        snprintf(folder, sizeof folder, "%s/%s", out, machine);
        const int err = folder_make(folder);
        if (err)
            complain("cannot make the folder %s: %s; give another by --out", folder,
                     strerror(-err));
        const int code = err == 0 ? plot_write(&runs->run[i], folder, data_only) : EXIT_INCOMPLETE;
        result = result == EXIT_DONE ? code : result;
    }
    return result;
}

int cmd_plot(int argc, char **argv)
{
    struct request q;
    struct plot_runs runs;
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
    int err = plot_runs_load(q.dir, &runs, why, sizeof why);
    if (err) {
        complain("%s", why);
        return cli_load_failure(err);
    }
    err = write_all(&runs, q.out ? q.out : out, q.data_only);
    plot_runs_free(&runs);
    return err;
}
