/* SPDX-License-Identifier: MIT */
/* The command: a table of subcommands. */
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "commit.h"
#include "graph/graph.h"

static const struct subcommand {
    const char *name, *arguments, *summary;
    int (*run)(int argc, char **argv);
} subcommands[] = {
#define SUBCOMMAND(name, arguments, summary) {#name, arguments, summary, cmd_##name},
#include "subcommands.def"
#undef SUBCOMMAND
};
enum { COUNT = sizeof subcommands / sizeof subcommands[0] };

static void usage(FILE *to)
{
    fprintf(to, "Finds the right single-producer single-consumer ring for this machine.\n\n"
                "usage: ringside COMMAND [ARGUMENTS]    (each takes --help)\n\n");
    for (size_t i = 0; i < COUNT; i++)
        fprintf(to, "  %-8s %s\n", subcommands[i].name, subcommands[i].summary);
    fprintf(
        to,
        "\nexit codes: 0 done, 2 usage or plan, 3 unsuitable machine (--strict),\n"
        "  4 incomplete (resume), 5 invalid data, 6 no decision, 7 hung round, 130 interrupted\n");
}

static int unknown(const char *word)
{
    const char *names[COUNT], *near;
    for (size_t i = 0; i < COUNT; i++)
        names[i] = subcommands[i].name;
    near = rs_nearest_name(word, names, COUNT);
    complain("no command '%s'%s%s%s; `ringside --help` lists them", word,
             near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    return EXIT_USAGE;
}

/* A result that did not reach its reader is not done. */
static int check_output(int code)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return code;
    complain("cannot write to stdout: the disk is full, or the reader has gone");
    return code == EXIT_DONE ? EXIT_INCOMPLETE : code;
}

/* Half a record would pass for a whole one, so a process without memory for JSON ends: what was
 * recorded before is valid, and resume goes on. */
static void *json_memory(size_t n)
{
    void *memory = malloc(n);
    if (memory == NULL) {
        complain("out of memory; free some and repeat (a sweep: `ringside resume`)");
        _exit(EXIT_INCOMPLETE);
    }
    return memory;
}

int main(int argc, char **argv)
{
    signal(SIGXFSZ, SIG_IGN); /* a file at its limit is an error of write(), as a full disk is */
    json_set_alloc_funcs(json_memory, free);
    if (argc < 2) {
        usage(stderr);
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        usage(stdout);
        return EXIT_DONE;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("ringside %s\n", RINGSIDE_COMMIT);
        return EXIT_DONE;
    }
    for (size_t i = 0; i < COUNT; i++)
        if (strcmp(argv[1], subcommands[i].name) == 0)
            return check_output(subcommands[i].run(argc - 1, argv + 1));
    return unknown(argv[1]);
}
