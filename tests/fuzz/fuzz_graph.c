/* SPDX-License-Identifier: MIT */
/*
 * A graph file: refused with a reason, or a graph that can be built, checked and drawn.  It is not
 * run.  What would reach beyond the file (a path, a plug-in) is parsed and not built.
 */
#include "fuzz.h"

#include "graph_file.h"

#include <stdbool.h>
#include <string.h>

static bool reaches_out(const uint8_t *data, size_t size)
{
    return memchr(data, '/', size) != NULL || memmem(data, size, "plugin", 6) != NULL;
}

static void draw(const struct graph_file *f)
{
    char *text = NULL;
    size_t length = 0;
    FILE *to = open_memstream(&text, &length);
    fuzz_require(to != NULL);
    fuzz_require(rs_graph_dot(f->graph, to) == 0);
    fclose(to);
    fuzz_require(length > 0);
    free(text);
}

static void ignore(void *user, rs_level level, const char *node, const char *text)
{
    (void)user, (void)level, (void)node, (void)text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct graph_file_options o = {.silent = true, .log = ignore};
    struct graph_file f;
    char why[2048] = "";
    memset(&f, 0, sizeof f);
    if (graph_file_parse(&f, "fuzz.graph", (const char *)data, size, &o, why, sizeof why) != 0) {
        fuzz_require(why[0] != '\0');
        return 0;
    }
    if (!reaches_out(data, size)) {
        if (graph_file_build(&f, why, sizeof why) == 0)
            draw(&f);
        else
            fuzz_require(why[0] != '\0');
    }
    fuzz_require(graph_file_free(&f) == 0);
    return 0;
}
