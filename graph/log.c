/* SPDX-License-Identifier: MIT */
#include "graph/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_MAX_BYTES = 1024 };

static const char *const level_names[RS_LEVELS] = {
    [RS_ERROR] = "error", [RS_WARN] = "warn", [RS_INFO] = "info", [RS_DEBUG] = "debug"};

/* A line is one write, so that lines of several processes do not mix. */
static void write_stderr(void *user, rs_level level, const char *node, const char *text)
{
    (void)user;
    fprintf(stderr, "%s: %s%s%s\n", level_names[level], node, node[0] != '\0' ? ": " : "", text);
}

void rs_log_init(struct rs_log *log, rs_log_function *function, void *user)
{
    const char *word = getenv("RS_LOG");
    bool known = word == NULL || word[0] == '\0';
    *log = (struct rs_log){.function = function, .user = user, .most = RS_INFO};
    pthread_mutex_init(&log->lock, NULL);
    for (int i = 0; !known && i < RS_LEVELS; i++)
        if (strcmp(word, level_names[i]) == 0) {
            log->most = (rs_level)i;
            known = true;
        }
    if (!known)
        rs_log_line(log, RS_WARN, "",
                    "RS_LOG=%.40s is none of error, warn, info, debug; it is info", word);
}

void rs_log_fini(struct rs_log *log)
{
    pthread_mutex_destroy(&log->lock);
}

void rs_log_line(struct rs_log *log, rs_level level, const char *node, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    rs_log_vline(log, level, node, format, arguments);
    va_end(arguments);
}

void rs_log_vline(struct rs_log *log, rs_level level, const char *node, const char *format,
                  va_list arguments)
{
    char text[LINE_MAX_BYTES];
    if (log->function == NULL && level > log->most)
        return;
    vsnprintf(text, sizeof text, format, arguments);
    pthread_mutex_lock(&log->lock);
    (log->function != NULL ? log->function : write_stderr)(log->user, level,
                                                           node != NULL ? node : "", text);
    pthread_mutex_unlock(&log->lock);
}
