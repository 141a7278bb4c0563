/* SPDX-License-Identifier: MIT */
/*
 * Prometheus text exposition format 0.0.4, as node_exporter's textfile collector reads it.
 *
 * Threads: none of its own; a FILE belongs to its caller.
 * Errors: those of the stream, which the caller asks; 0 or -errno where a file is replaced.
 */
#ifndef RINGSIDE_EXPOSITION_H
#define RINGSIDE_EXPOSITION_H

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

struct rs_label {
    const char *name, *value;
};

/* # HELP and # TYPE; the samples of the family must follow.  type: "counter" or "gauge". */
void rs_exposition_family(FILE *to, const char *name, const char *type, const char *help);

/* One sample; label values are escaped. */
void rs_exposition_sample(FILE *to, const char *name, const struct rs_label *label, size_t labels,
                          double value);

/* The present, for timestamps. */
double rs_unix_s(void);

/* Readers find the old file or the new one, whole: written beside `path` under a name that ends in
 * the pid, and so is not collected, then renamed.  -ENOTSUP if `path` is a device or a pipe. */
int rs_exposition_replace(const char *path, const char *text, size_t length);

/* Why it could not. */
static inline const char *rs_exposition_why(int err)
{
    return err == -ENOTSUP ? "it is a device or a pipe; give a file" : strerror(-err);
}

#ifdef __cplusplus
}
#endif

#endif
