/* SPDX-License-Identifier: MIT */
/* A cell from the words of a command line: "ring=cached", "msg_bytes=64". */
#ifndef CELL_WORDS_H
#define CELL_WORDS_H

#include "factors.h"

/* Sets the levels that the words name.  0, or -EINVAL after a complaint. */
int cell_take_words(size_t n, char *const words[], struct cell *c);

/* Normalises the cell and puts it on cpus of this machine.  An exit code; not EXIT_DONE after a
 * complaint. */
int cell_prepare(struct cell *c);

#endif
