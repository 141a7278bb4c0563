/* SPDX-License-Identifier: MIT */
/* `ringside plot`: draws what a run has data for. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

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
    static const struct option flags[] = {{"out", required_argument, NULL, 'o'},
                                          {"data-only", no_argument, NULL, 'd'},
                                          {"help", no_argument, NULL, 'h'},
                                          {0}};
    int c;
    *q = (struct request){0};
    optind = 1;
    while ((c = cli_option(argc, argv, "", flags)) != -1) {
        if (c == '?')
            return -EINVAL;
        q->help = q->help || c == 'h';
        q->data_only = q->data_only || c == 'd';
        q->out = c == 'o' ? optarg : q->out;
    }
    if (!q->help && optind + 1 != argc) {
        complain("plot takes the folder of a run: ringside plot results/NAME");
        return -EINVAL;
    }
    q->dir = argv[optind];
    return 0;
}

/* DIR/plots, unless it came with the results as a link to elsewhere.  0, or -1 after the error. */
static int default_out(const char *dir, char *out, size_t n)
{
    struct stat there;
    if ((size_t)snprintf(out, n, "%s/plots", dir) >= n) {
        complain("the folder's name is too long");
        return -1;
    }
    if (lstat(out, &there) == 0 && S_ISLNK(there.st_mode)) {
        complain("%s is a link, which may lead anywhere; if you know where, say --out %s", out,
                 out);
        return -1;
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
    if (q.out == NULL && default_out(q.dir, out, sizeof out) != 0)
        return EXIT_USAGE;
    int err = plot_runs_load(q.dir, &runs, why, sizeof why);
    if (err) {
        complain("%s", why);
        return cli_load_failure(err);
    }
    err = write_all(&runs, q.out ? q.out : out, q.data_only);
    plot_runs_free(&runs);
    return err;
}
