/* SPDX-License-Identifier: MIT */
/* Writes the files of the plots, and has gnuplot draw them. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli.h"
#include "plot.h"
#include "resources.h"
#include "store/manifest.h"

#define SCRIPTS "scripts/plots/"
enum { NOT_FOUND = 127 }; /* what a shell says of a command that it did not find */

struct drawing {
    const char *out;
    bool gnuplot; /* wanted, and there as far as is known */
    FILE *paths;  /* where what was written is named */
};

/* Plots that are no part of a run: the commands of these names draw them. */
static const char *const apart[] = {"latency", "topology"};

static int write_file(const char *out, const char *name, const char *suffix, const char *text,
                      size_t length)
{
    char path[4096];
    int err = -ENAMETOOLONG;
    if ((size_t)snprintf(path, sizeof path, "%s/%s%s", out, name, suffix) < sizeof path)
        err = file_replace(path, text, length);
    if (err != 0)
        complain("cannot write %s: %s; make room or permit it, or give another folder by --out",
                 path, strerror(-err));
    return err;
}

static bool is_script_of(const char *file, const char *plot)
{
    size_t length = strlen(plot);
    return strncmp(file, plot, length) == 0 && strcmp(file + length, ".gp") == 0;
}

static bool is_plot(const char *file)
{
    for (size_t i = 0; i < plot_table_count; i++)
        if (is_script_of(file, plot_table[i].name))
            return true;
    for (size_t i = 0; i < sizeof apart / sizeof *apart; i++)
        if (is_script_of(file, apart[i]))
            return true;
    return false;
}

/* The scripts that plots share go along, so that a folder of plots draws itself. */
static int write_shared_scripts(const char *out)
{
    int err = 0;
    for (unsigned long i = 0; err == 0 && i < resources_count; i++) {
        const char *path = resources[i].path, *file = path + strlen(SCRIPTS);
        if (strncmp(path, SCRIPTS, strlen(SCRIPTS)) == 0 && !is_plot(file))
            err = write_file(out, file, "", resources[i].text, strlen(resources[i].text));
    }
    return err;
}

static int write_data(const struct plot_run *r, const struct plot *p, const char *out)
{
    char *text = NULL;
    size_t length = 0;
    FILE *to = open_memstream(&text, &length);
    if (to == NULL)
        return -ENOMEM;
    int err = p->data(r, to);
    if (fclose(to) != 0 && err == 0)
        err = -ENOMEM;
    if (err == 0)
        err = write_file(out, p->name, ".csv", text, length);
    else if (err == -ENODATA)
        complain("no %s plot: the run lacks %s", p->name, p->needs);
    else
        complain("%s not drawn: %s", p->name, strerror(-err));
    free(text);
    return err;
}

static int write_script(const char *name, const char *out)
{
    char path[256];
    snprintf(path, sizeof path, SCRIPTS "%s.gp", name);
    const char *text = resource_text(path);
    if (text == NULL) {
        complain("%s is not part of this ringside; build it again", path);
        return -ENOENT;
    }
    return write_file(out, name, ".gp", text, strlen(text));
}

/* In the child: never returns. */
static void become_gnuplot(const char *out, char *script)
{
    char name[] = "gnuplot", plain[] = "--default-settings";
    char *const arguments[] = {name, plain, script, NULL};
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0 ||
        chdir(out) != 0)
        _exit(1);
    setenv("LC_ALL", "C.UTF-8", 1); /* the data is UTF-8; a bare locale has gnuplot warn of it */
    execvp(name, arguments);
    _exit(errno == ENOENT ? NOT_FOUND : 1);
}

/* gnuplot's exit code; -1 if it was killed or could not be started. */
static int run_gnuplot(const char *out, const char *name)
{
    char script[256];
    int status;
    pid_t left;
    snprintf(script, sizeof script, "%s.gp", name);
    pid_t child = fork();
    if (child == 0)
        become_gnuplot(out, script);
    if (child < 0)
        return -1;
    do
        left = waitpid(child, &status, 0);
    while (left < 0 && errno == EINTR);
    return left == child && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* gnuplot would follow a link that came with the results, and write elsewhere. */
static void remove_link(const char *out, const char *name, const char *suffix)
{
    char path[4096];
    struct stat there;
    snprintf(path, sizeof path, "%s/%s%s", out, name, suffix);
    if (lstat(path, &there) == 0 && S_ISLNK(there.st_mode))
        unlink(path);
}

static void print_path(const struct drawing *d, const char *name, const char *suffix)
{
    char path[4096];
    struct stat there;
    snprintf(path, sizeof path, "%s/%s%s", d->out, name, suffix);
    if (stat(path, &there) == 0)
        fprintf(d->paths, "%s\n", path);
}

static int draw(struct drawing *d, const char *name)
{
    remove_link(d->out, name, ".svg");
    remove_link(d->out, name, ".png");
    int left = d->gnuplot ? run_gnuplot(d->out, name) : NOT_FOUND;
    if (left == 0) {
        print_path(d, name, ".svg");
        print_path(d, name, ".png");
        return 0;
    }
    print_path(d, name, ".csv");
    if (left == NOT_FOUND) {
        if (d->gnuplot)
            complain("gnuplot is not installed: wrote data and scripts, drew nothing; install it "
                     "(apt-get install gnuplot-nox) and plot again");
        d->gnuplot = false;
        return 0;
    }
    complain("gnuplot could not draw %s (see above); `gnuplot %s.gp` in %s tries again", name, name,
             d->out);
    return -EIO;
}

static int prepare_folder(const char *out)
{
    if (mkdir(out, 0777) == 0 || errno == EEXIST)
        return write_shared_scripts(out);
    complain("cannot make the folder %s: %s; give another by --out", out, strerror(errno));
    return -EIO;
}

int plot_write_apart(const char *name, const char *csv, size_t length, const char *out)
{
    struct drawing d = {.out = out, .gnuplot = true, .paths = stderr};
    int err = prepare_folder(out);
    if (err == 0)
        err = write_file(out, name, ".csv", csv, length);
    if (err == 0)
        err = write_script(name, out);
    if (err == 0)
        err = draw(&d, name);
    return err == 0 ? EXIT_DONE : EXIT_INCOMPLETE;
}

int plot_write(const struct plot_run *r, const char *out, bool data_only)
{
    struct drawing d = {.out = out, .gnuplot = !data_only, .paths = stdout};
    int result = EXIT_DONE;
    if (prepare_folder(out) != 0)
        return EXIT_INCOMPLETE;
    for (size_t i = 0; i < plot_table_count; i++) {
        const struct plot *p = &plot_table[i];
        int err = write_data(r, p, out);
        if (err == -ENODATA)
            continue;
        if (err == 0)
            err = write_script(p->name, out);
        if (err == 0)
            err = draw(&d, p->name);
        if (err != 0)
            result = EXIT_INCOMPLETE;
    }
    if (fflush(stdout) != 0)
        result = EXIT_INCOMPLETE;
    return result;
}
