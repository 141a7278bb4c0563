/* SPDX-License-Identifier: MIT */
/* Words for a POSIX shell.  Threads: any. */
#ifndef SHELL_QUOTE_H
#define SHELL_QUOTE_H

#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Writes text as one word that a shell takes for exactly it, whatever bytes but 0 it has. */
void shell_quote(FILE *to, const char *text);

#ifdef __cplusplus
}
#endif

#endif
