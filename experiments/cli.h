/* SPDX-License-Identifier: MIT */
/*
 * What every subcommand of `ringside` shares.
 *
 * A subcommand is one file cmd_<name>.c with `int cmd_<name>(int argc, char **argv)` and one line
 * in subcommands.def; argv[0] is its name, the result an enum exit_code.  Data goes to stdout,
 * everything else to stderr.
 */
#ifndef CLI_H
#define CLI_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum exit_code {
    EXIT_DONE = 0,
    EXIT_REGRESSION = 1,   /* confirmed regression */
    EXIT_USAGE = 2,        /* command line, plan or configuration */
    EXIT_UNSUITABLE = 3,   /* the environment, under --strict */
    EXIT_INCOMPLETE = 4,   /* stopped by a failure of the machine; `ringside resume` goes on */
    EXIT_INVALID = 5,      /* recorded data is missing or damaged */
    EXIT_NO_DECISION = 6,  /* the data does not name a winner */
    EXIT_HUNG = 7,         /* `ringside cell`: the round did not end */
    EXIT_INTERRUPTED = 130 /* Ctrl-C, after a clean flush */
};

#define SUBCOMMAND(name, arguments, summary) int cmd_##name(int argc, char **argv);
#include "subcommands.def"
#undef SUBCOMMAND

/* "ringside: " and a formatted line on stderr.  State what happened, why, and what to do. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The whole number that option --name was given, from least to most.  False after a complaint. */
bool cli_number(const char *name, const char *text, long long least, long long most,
                long long *number);

/*
 * getopt_long, which complains in our words: of an option that there is not, with the nearest that
 * there is, and of one without its value.  '?' then, as of getopt_long; -1 = no more.
 */
struct option;
int cli_option(int argc, char **argv, const char *letters, const struct option *options);

/* The exit code for recorded data that could not be read: an -errno of samples_load and its like.
 */
int cli_load_failure(int err);

/* --help of a subcommand on stdout: usage and summary from subcommands.def, then `options`. */
void cli_help(const char *name, const char *options);

#ifdef __cplusplus
}
#endif

#endif
