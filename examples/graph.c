/* SPDX-License-Identifier: MIT */
/* A graph of three nodes: numbers, a node of one's own, their sum.
 * cc graph.c $(pkg-config --cflags --libs ringside) -o graph */
#include "scale.h"

#include <stdlib.h>

enum { MESSAGES = 100000 };

struct progress {
    uint64_t n;
    double sum;
};

static int send_number(rs_node *node, const void *in, void *out)
{
    struct progress *p = (struct progress *)rs_node_state(node);
    const float x = (float)(p->n % 100);
    (void)in;
    if (p->n++ == MESSAGES)
        return RS_EOS;
    memcpy(out, &x, sizeof x);
    return 1;
}

static int add(rs_node *node, const void *in, void *out)
{
    struct progress *p = (struct progress *)rs_node_state(node);
    float x;
    (void)out;
    memcpy(&x, in, sizeof x);
    p->sum += (double)x;
    p->n++;
    return 1;
}

static const rs_node_ops numbers_ops = {
    .abi = RS_GRAPH_ABI,
    .kind = "source.numbers",
    .summary = "0 to 99, again and again",
    .out = scale_out,
    .n_out = 1,
    .state_bytes = sizeof(struct progress),
    .process = send_number,
};
static const rs_node_ops sum_ops = {
    .abi = RS_GRAPH_ABI,
    .kind = "sink.sum",
    .summary = "adds up",
    .in = scale_in,
    .n_in = 1,
    .state_bytes = sizeof(struct progress),
    .process = add,
};

int main(void)
{
    const rs_param by[] = {{"by", "3"}};
    const rs_params params = {by, 1};
    rs_graph *g = rs_graph_new(NULL);
    rs_node *numbers = rs_graph_add(g, &numbers_ops, "numbers", NULL, NULL);
    rs_node *scale = rs_graph_add(g, &scale_ops, "scale", &params, NULL);
    rs_node *sum = rs_graph_add(g, &sum_ops, "sum", NULL, NULL);
    rs_graph_connect(g, numbers, "out", scale, "in", NULL);
    rs_graph_connect(g, scale, "out", sum, "in", NULL);
    if (rs_graph_run(g) != 0) {
        fprintf(stderr, "%s\n", rs_graph_error(g));
        rs_graph_free(g);
        return EXIT_FAILURE;
    }
    const struct progress *p = (const struct progress *)rs_node_state(sum);
    const bool right = p->n == MESSAGES && p->sum == 3.0 * 4950 * (MESSAGES / 100);
    printf("%llu numbers, sum %.0f\n", (unsigned long long)p->n, p->sum);
    rs_graph_free(g);
    return right ? EXIT_SUCCESS : EXIT_FAILURE;
}
