/* SPDX-License-Identifier: MIT */
/* Results of `ringside simulate` as CSV, as a table, as JSON. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "simulate_command.h"

enum { CELL_WIDTH = 14, NUMBER_WIDTH = 10 };

/* ---- columns --------------------------------------------------------------------------------- */

/* A table has no room for what all rows have in common. */
static bool shows_factor(const struct simulate_request *q, enum factor f)
{
    return simulate_uses(f) && (q->format != FORMAT_TABLE || f == FACTOR_ring ||
                                f == FACTOR_msg_bytes || q->grid.levels[f].n > 1);
}

static bool shows_messages(const struct simulate_request *q)
{
    return q->format != FORMAT_TABLE;
}

static void put(const struct simulate_request *q, bool first, int width, const char *text)
{
    if (q->format == FORMAT_TABLE)
        printf("%s%*s", first ? "" : " ", first ? -width : width, text);
    else
        printf("%s%s", first ? "" : ",", text);
}

static void put_number(const struct simulate_request *q, double x)
{
    char text[64];
    snprintf(text, sizeof text, "%.4f", x);
    put(q, false, NUMBER_WIDTH, text);
}

static void put_rest_of_head(const struct simulate_request *q)
{
    put(q, false, CELL_WIDTH, "schedule");
    if (shows_messages(q)) {
        put(q, false, 0, "protocol");
        put(q, false, 0, "granule");
    }
    put(q, false, NUMBER_WIDTH, "part");
    if (shows_messages(q))
        put(q, false, 0, "messages");
    put(q, false, NUMBER_WIDTH, "misses");
    for (int e = 0; e < EVENTS && q->format != FORMAT_TABLE; e++)
        put(q, false, 0, event_name(e));
    for (int c = 0; c < LINE_CLASSES; c++)
        if (c != LINE_CONSTANT) /* never misses */
            put(q, false, NUMBER_WIDTH, line_class_name(c));
    put(q, false, NUMBER_WIDTH, "cost_ns");
    putchar('\n');
}

void simulate_print_head(const struct simulate_request *q)
{
    bool first = true;
    if (q->format == FORMAT_JSON)
        return;
    for (int f = 0; f < FACTORS; f++) {
        if (!shows_factor(q, (enum factor)f))
            continue;
        put(q, first, CELL_WIDTH, factor_table[f].name);
        first = false;
    }
    put_rest_of_head(q);
}

/* ---- a row ----------------------------------------------------------------------------------- */

static void put_settings(const struct simulate_request *q, const struct cell *c,
                         const struct simulate_config *config, const char *part)
{
    char text[64];
    bool first = true;
    for (int f = 0; f < FACTORS; f++) {
        if (!shows_factor(q, (enum factor)f))
            continue;
        factor_format((enum factor)f, c->value[f], text, sizeof text);
        put(q, first, CELL_WIDTH,
            c->value[f] == FACTOR_UNUSED && q->format == FORMAT_CSV ? "" : text);
        first = false;
    }
    schedule_format(&config->schedule, text, sizeof text);
    put(q, false, CELL_WIDTH, text);
    if (shows_messages(q)) {
        put(q, false, 0, protocol_name(config->protocol));
        snprintf(text, sizeof text, "%u", config->granule);
        put(q, false, 0, text);
    }
    put(q, false, NUMBER_WIDTH, part);
}

static void put_traffic(const struct simulate_request *q, const struct traffic *t)
{
    const double n = (double)t->messages;
    char text[64];
    if (shows_messages(q)) {
        snprintf(text, sizeof text, "%" PRIu64, t->messages);
        put(q, false, 0, text);
    }
    put_number(q, (double)traffic_misses(t) / n);
    for (int e = 0; e < EVENTS && q->format != FORMAT_TABLE; e++)
        put_number(q, (double)traffic_events(t, (enum event)e) / n);
    for (int c = 0; c < LINE_CLASSES; c++)
        if (c != LINE_CONSTANT)
            put_number(q, (double)traffic_class_misses(t, (enum line_class)c) / n);
    put_number(q, traffic_cost_ns(t, q->cost_ns));
    putchar('\n');
}

static void print_rows(const struct simulate_request *q, const struct cell *c,
                       const struct simulate_config *config, const struct simulate_result *r)
{
    char part[64];
    put_settings(q, c, config, "all");
    put_traffic(q, &r->total);
    for (size_t e = 0; q->parts == PARTS_EDGES && e < r->edges; e++) {
        snprintf(part, sizeof part, "%zu>%zu", r->edge[e].from, r->edge[e].to);
        put_settings(q, c, config, part);
        put_traffic(q, &r->edge[e].traffic);
    }
    for (size_t a = 0; q->parts == PARTS_AGENTS && a < r->agents; a++) {
        snprintf(part, sizeof part, "agent%zu", a);
        put_settings(q, c, config, part);
        put_traffic(q, &r->agent[a]);
    }
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static json_t *json_traffic(const struct simulate_request *q, const struct traffic *t)
{
    json_t *object = json_object(), *lines = json_object(), *at = json_object();
    const double n = (double)t->messages;
    for (int c = 0; c < LINE_CLASSES; c++) {
        json_t *events = json_object();
        for (int e = 0; e < EVENTS; e++)
            json_object_set_new(events, event_name(e), json_integer((json_int_t)t->event[c][e]));
        json_object_set_new(lines, line_class_name(c), events);
    }
    for (int d = 0; d < DISTANCES; d++)
        json_object_set_new(at, distance_name(d), json_integer((json_int_t)t->misses_at[d]));
    json_object_set_new(object, "messages", json_integer((json_int_t)t->messages));
    json_object_set_new(object, "misses_per_msg", json_real((double)traffic_misses(t) / n));
    json_object_set_new(object, "cost_ns_per_msg", json_real(traffic_cost_ns(t, q->cost_ns)));
    json_object_set_new(object, "counts", lines);
    json_object_set_new(object, "misses_at", at);
    return object;
}

static json_t *json_edges(const struct simulate_request *q, const struct simulate_result *r)
{
    json_t *edges = json_array();
    for (size_t e = 0; e < r->edges; e++) {
        json_t *edge = json_traffic(q, &r->edge[e].traffic);
        json_object_set_new(edge, "from", json_integer((json_int_t)r->edge[e].from));
        json_object_set_new(edge, "to", json_integer((json_int_t)r->edge[e].to));
        json_array_append_new(edges, edge);
    }
    return edges;
}

static json_t *json_agents(const struct simulate_request *q, const struct simulate_result *r)
{
    json_t *agents = json_array();
    for (size_t a = 0; a < r->agents; a++)
        json_array_append_new(agents, json_traffic(q, &r->agent[a]));
    return agents;
}

static void print_json(const struct simulate_request *q, const struct cell *c,
                       const struct simulate_config *config, const struct simulate_result *r)
{
    json_t *line = json_object(), *factors = json_object();
    char text[64];
    for (int f = 0; f < FACTORS; f++)
        if (simulate_uses((enum factor)f))
            json_object_set_new(factors, factor_table[f].name,
                                factor_json((enum factor)f, c->value[f]));
    schedule_format(&config->schedule, text, sizeof text);
    json_object_set_new(line, "factors", factors);
    json_object_set_new(line, "schedule", json_string(text));
    json_object_set_new(line, "protocol", json_string(protocol_name(config->protocol)));
    json_object_set_new(line, "granule", json_integer(config->granule));
    json_object_set_new(line, "seed", json_integer((json_int_t)config->seed));
    json_object_set_new(line, "total", json_traffic(q, &r->total));
    json_object_set_new(line, "edges", json_edges(q, r));
    json_object_set_new(line, "agents", json_agents(q, r));
    json_dumpf(line, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(line);
}

void simulate_print(const struct simulate_request *q, const struct cell *c,
                    const struct simulate_config *config, const struct simulate_result *r)
{
    if (q->format == FORMAT_JSON)
        print_json(q, c, config, r);
    else
        print_rows(q, c, config, r);
}
