/* SPDX-License-Identifier: MIT */
/* The levels of a latency curve; the method is in latency.h. */
#include "latency.h"

#include <math.h>
#include <stdlib.h>

#include "statistics.h"

static const double STEEP = 1.05; /* from one size to the next */
static const double RISE = 1.25;  /* from one plateau to the next */
static const double ERRORS = 3;   /* standard errors that noise may make of a step */

struct curve {
    size_t n;
    double *y;  /* smoothed, ns */
    bool *flat; /* [i]: the step from i to i + 1 */
};

static double middle(double a, double b, double c)
{
    return fmax(fmin(a, b), fmin(fmax(a, b), c));
}

/* The least ratio of neighbours that is taken for a rise: sigma of a median of n is 1.25 of the
 * mean's, and a ratio has two of them. */
static double steep_ratio(double noise, int runs)
{
    double error = 1.25 * sqrt(2) * noise / sqrt((double)runs);
    return fmax(STEEP, exp(ERRORS * error));
}

static void fill(struct curve *c, const struct latency_point *point, double steep)
{
    for (size_t i = 0; i < c->n; i++)
        c->y[i] = i == 0 || i + 1 == c->n
                      ? point[i].median_ns
                      : middle(point[i - 1].median_ns, point[i].median_ns, point[i + 1].median_ns);
    for (size_t i = 0; i + 1 < c->n; i++)
        c->flat[i] = c->y[i + 1] < c->y[i] * steep;
    for (size_t i = 1; i + 2 < c->n; i++) /* one flat step within a rise belongs to it */
        if (c->flat[i] && !c->flat[i - 1] && !c->flat[i + 1])
            c->flat[i] = false;
}

/* The first point after `i` from where the curve is flat again; n - 1 if it rises to the end. */
static size_t end_of_rise(const struct curve *c, size_t i)
{
    while (i + 1 < c->n && !c->flat[i])
        i++;
    return i;
}

/* The last point of the plateau that begins at i: a rise too small to count does not end it. */
static size_t end_of_plateau(const struct curve *c, size_t i)
{
    while (i + 1 < c->n) {
        if (c->flat[i]) {
            i++;
            continue;
        }
        size_t end = end_of_rise(c, i);
        if (c->y[end] >= c->y[i] * RISE)
            break;
        i = end;
    }
    return i;
}

static size_t find(const struct curve *c, const struct latency_point *point,
                   struct latency_level *level, size_t room)
{
    size_t found = 0;
    for (size_t from = 0; found < room; found++) {
        size_t to = end_of_plateau(c, from), next = end_of_rise(c, to);
        bool last = to + 1 == c->n, open = next + 1 == c->n;
        level[found] = (struct latency_level){.from_bytes = point[from].bytes,
                                              .to_bytes = point[to].bytes,
                                              .next_bytes = open ? 0 : point[next].bytes,
                                              .ns = stats_median(c->y + from, to - from + 1),
                                              .last = last};
        if (last || open)
            return found + 1;
        from = next;
    }
    return found;
}

size_t latency_levels(const struct latency_point *point, size_t n, double noise, int runs,
                      struct latency_level *level, size_t room)
{
    struct curve c = {.n = n};
    size_t found = 0;
    if (n == 0)
        return 0;
    c.y = (double *)calloc(n, sizeof *c.y);
    c.flat = (bool *)calloc(n, sizeof *c.flat);
    if (c.y != NULL && c.flat != NULL) {
        fill(&c, point, steep_ratio(noise, runs));
        found = find(&c, point, level, room);
    }
    free(c.y);
    free(c.flat);
    return found;
}
