/* SPDX-License-Identifier: MIT */
/* The logging facade: one callback; stderr up to $RS_LOG if there is none.  Private to the engine.
 */
#ifndef RINGSIDE_LOG_H
#define RINGSIDE_LOG_H

#include "graph/graph.h"

#include <pthread.h>
#include <stdarg.h>

#ifdef __cplusplus
extern "C" {
#endif

struct rs_log {
    rs_log_function *function;
    void *user;
    rs_level most;        /* of the default log: error, warn, info (if RS_LOG is not set), debug */
    pthread_mutex_t lock; /* one call at a time */
};

void rs_log_init(struct rs_log *, rs_log_function *, void *user);
void rs_log_fini(struct rs_log *);
void rs_log_line(struct rs_log *, rs_level, const char *node, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void rs_log_vline(struct rs_log *, rs_level, const char *node, const char *format, va_list);

#ifdef __cplusplus
}
#endif

#endif
