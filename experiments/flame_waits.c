/* SPDX-License-Identifier: MIT */
/* Who waits for whom: sums up the reports of a graph's nodes.  A blocking stack says that a worker
 * sleeps, the engine's counters say for which port. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flame.h"

static const struct share {
    const char *from, *to;
} shares[] = {{"rx_wait_pct", "input_pct"}, {"work_pct", "work_pct"}, {"tx_wait_pct", "room_pct"}};

static void note_port(json_t *node, const char *port)
{
    json_t *on = json_object_get(node, "on");
    for (size_t i = 0; i < json_array_size(on); i++)
        if (strcmp(json_string_value(json_array_get(on, i)), port) == 0)
            return;
    json_array_append_new(on, json_string(port));
}

/* Sums of percent times seconds, until scale() divides them. */
static void add_report(json_t *waits, const json_t *report)
{
    const char *name = json_string_value(json_object_get(report, "node"));
    const char *port = json_string_value(json_object_get(report, "waits_on"));
    double s = json_number_value(json_object_get(report, "interval_s"));
    if (name == NULL || s <= 0)
        return;
    json_t *node = json_object_get(waits, name);
    if (node == NULL) {
        node = json_pack("{s:f, s:[]}", "seconds", 0.0, "on");
        json_object_set_new(waits, name, node);
    }
    double seconds = json_number_value(json_object_get(node, "seconds"));
    json_object_set_new(node, "seconds", json_real(seconds + s));
    for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) {
        double sum = json_number_value(json_object_get(node, shares[i].to));
        double pct = json_number_value(json_object_get(report, shares[i].from));
        json_object_set_new(node, shares[i].to, json_real(sum + pct * s));
    }
    if (port != NULL && *port != '\0')
        note_port(node, port);
}

static void scale(json_t *waits)
{
    const char *name;
    json_t *node;
    json_object_foreach(waits, name, node)
    {
        double seconds = json_number_value(json_object_get(node, "seconds"));
        for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) {
            double sum = json_number_value(json_object_get(node, shares[i].to));
            json_object_set_new(node, shares[i].to,
                                json_real((double)(long)(sum / seconds * 10 + 0.5) / 10));
        }
        json_object_del(node, "seconds");
    }
}

json_t *flame_waits(const char *path)
{
    FILE *f = fopen(path, "re");
    json_t *waits = json_object();
    char *line = NULL;
    size_t room = 0;
    while (f != NULL && getline(&line, &room, f) > 0) {
        json_t *report = json_loads(line, 0, NULL);
        add_report(waits, report);
        json_decref(report);
    }
    free(line);
    if (f != NULL)
        fclose(f);
    if (json_object_size(waits) == 0) {
        json_decref(waits);
        return NULL;
    }
    scale(waits);
    return waits;
}
