/* SPDX-License-Identifier: MIT */
/* Runs another program by its argument list, never by a shell, and waits for it. */
#ifndef PROGRAM_H
#define PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct program_result {
    FILE *out;        /* what it printed, at its start; the caller closes it */
    char said[768];   /* the end of its stderr, without line ends at its end */
    int exit_code;    /* -1 if a signal ended it */
    int signal;       /* that ended it, or 0 */
    bool interrupted; /* SIGINT, SIGTERM or SIGHUP came meanwhile; it was passed on */
};

/* Path of a program that is executable in folder/../`beside` of this command or in PATH. */
bool program_find(const char *name, const char *beside, char *path, size_t n);

/* Path of this command; false if /proc does not tell. */
bool program_self(char *path, size_t n);

/* Blocks the signals that stop a command, so that program_run sees them.  Once, before threads. */
void program_block_signals(void);

/* Runs argv[0] (a path) with nothing on stdin.  0, or -errno if it could not be started; then
 * r->out is NULL.  Call program_block_signals() first.  It dies with the caller. */
int program_run(char *const argv[], struct program_result *r);

#endif
