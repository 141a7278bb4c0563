/* SPDX-License-Identifier: MIT */
/* The last graph in node_1hz.jsonl of a sweep, which its rounds append their reports to. */
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "top.h"

enum { TAIL_BYTES = 256 << 10 }; /* some hundred lines */

static void path_of(const char *folder, char path[1100])
{
    snprintf(path, 1100, "%.1024s/node_1hz.jsonl", folder);
}

double top_report_age_s(const char *folder)
{
    char path[1100];
    struct stat s;
    path_of(folder, path);
    if (stat(path, &s) != 0)
        return -1;
    const double age = difftime(time(NULL), s.st_mtime);
    return age > 0 ? age : 0;
}

static char *read_tail(const char *folder)
{
    char path[1100];
    path_of(folder, path);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    char *text = fd >= 0 ? malloc(TAIL_BYTES + 1) : NULL;
    const off_t end = fd >= 0 ? lseek(fd, 0, SEEK_END) : 0;
    const off_t from = end > TAIL_BYTES ? end - TAIL_BYTES : 0;
    ssize_t n = text != NULL ? pread(fd, text, TAIL_BYTES, from) : -1;
    if (fd >= 0)
        close(fd);
    if (n <= 0) {
        free(text);
        return NULL;
    }
    text[n] = '\0';
    return text;
}

static double number(const json_t *line, const char *key)
{
    return json_number_value(json_object_get(line, key));
}

static const char *string(const json_t *line, const char *key)
{
    const char *text = json_string_value(json_object_get(line, key));
    return text != NULL ? text : "";
}

static void read_node(const json_t *line, struct top_node *to)
{
    const double interval_s = number(line, "interval_s");
    *to = (struct top_node){
        .fill = number(line, "fill"),
        .worker = (int)number(line, "worker"),
        .cpu = (int)number(line, "cpu"),
        .ended = true,
        .rates = {.interval_s = interval_s,
                  .in_msgs_per_s = number(line, "in_msgs_per_s"),
                  .out_msgs_per_s = number(line, "out_msgs_per_s"),
                  .in_bytes_per_s = number(line, "in_bytes_per_s"),
                  .out_bytes_per_s = number(line, "out_bytes_per_s"),
                  .rx_wait_pct = number(line, "rx_wait_pct"),
                  .work_pct = number(line, "work_pct"),
                  .tx_wait_pct = number(line, "tx_wait_pct"),
                  .mean_batch = number(line, "mean_batch"),
                  .parks_per_s = interval_s > 0 ? number(line, "parks") / interval_s : 0,
                  .cpu_pct = number(line, "cpu_pct")}};
    snprintf(to->name, sizeof to->name, "%.63s", string(line, "node"));
}

static bool has_node(const struct top_graph *g, const char *name)
{
    for (size_t i = 0; i < g->n; i++)
        if (strcmp(g->node[i].name, name) == 0)
            return true;
    return false;
}

/* False once the line is of an earlier graph or report. */
static bool take_line(struct top_graph *g, const json_t *line)
{
    if (g->n == 0)
        snprintf(g->name, sizeof g->name, "%.63s", string(line, "graph"));
    if (g->n == 0)
        snprintf(g->host, sizeof g->host, "%.63s", string(line, "host"));
    if (strcmp(g->name, string(line, "graph")) != 0 || strcmp(g->host, string(line, "host")) != 0 ||
        has_node(g, string(line, "node")))
        return false;
    void *more = realloc(g->node, (g->n + 1) * sizeof *g->node);
    if (more == NULL)
        return false;
    g->node = (struct top_node *)more;
    read_node(line, &g->node[g->n++]);
    return true;
}

static void reverse(struct top_graph *g)
{
    for (size_t i = 0; i < g->n / 2; i++) {
        const struct top_node swap = g->node[i];
        g->node[i] = g->node[g->n - 1 - i];
        g->node[g->n - 1 - i] = swap;
    }
}

/* From the end; what was cut off at the beginning, or is still being written, does not parse. */
bool top_report_last(const char *folder, struct top_graph *g)
{
    char *text = read_tail(folder), *newline;
    bool more = text != NULL;
    *g = (struct top_graph){.pid = 0};
    while (more) {
        newline = strrchr(text, '\n');
        json_t *line = json_loads(newline != NULL ? newline + 1 : text, 0, NULL);
        more = (line == NULL || take_line(g, line)) && newline != NULL;
        json_decref(line);
        if (newline != NULL)
            *newline = '\0';
    }
    free(text);
    reverse(g);
    return g->n > 0;
}
