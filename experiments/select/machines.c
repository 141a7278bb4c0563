/* SPDX-License-Identifier: MIT */
#include "select/machines.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "store/folder.h"

/* Whom it stands for, and where its files go. */
static void describe(const struct select_options *o, const struct machine_kinds *kinds,
                     const struct samples_part *part, struct select_machine *m)
{
    const struct machine_kind *kind = machine_kinds_find(kinds, part->machine);
    char id[MACHINE_KIND_TEXT];
    if (kind != NULL)
        m->kind = *kind;
    m->kind.id = part->machine;
    m->samples = &part->samples;
    m->options = *o;
    m->options.out = m->out;
    machine_kind_format(part->machine, id);
    snprintf(m->out, sizeof m->out, "%s/%s", o->out, id);
}

static int select_on(struct select_machine *m)
{
    const int result =
        selection_decide(&m->options, m->samples, &m->summary, &m->selection, &m->flips);
    if (result != EXIT_DONE) {
        complain("that was of the rounds of %s", m->kind.cpu_model);
        return result;
    }
    m->scope = scope_json(&m->summary, &m->selection);
    json_object_set_new(m->scope, "machine",
                        json_sprintf("%s; %s", m->kind.cpu_model, m->kind.topology));
    return EXIT_DONE;
}

int select_machines_make(const struct select_options *o, const struct samples_part *part,
                         size_t parts, struct select_machines *all)
{
    struct machine_kinds kinds;
    int result = EXIT_DONE;
    *all = (struct select_machines){calloc(parts, sizeof *all->machine), 0};
    if (all->machine == NULL) {
        complain("not enough memory for %zu kinds of machine", parts);
        return EXIT_INCOMPLETE;
    }
    machine_kinds_load(o->dir, &kinds);
    for (; result == EXIT_DONE && all->n < parts; all->n++) {
        describe(o, &kinds, &part[all->n], &all->machine[all->n]);
        result = select_on(&all->machine[all->n]);
        if (result != EXIT_DONE)
            break; /* it has nothing to free */
    }
    free(kinds.kind);
    return result;
}

void select_machines_free(struct select_machines *all)
{
    for (size_t i = 0; i < all->n; i++) {
        struct select_machine *m = &all->machine[i];
        json_decref(m->scope);
        flips_free(&m->flips);
        selection_free(&m->selection);
        summary_free(&m->summary);
    }
    free(all->machine);
    *all = (struct select_machines){NULL, 0};
}

static int write_one(struct select_machine *m, FILE *to)
{
    char path[4096], *text = NULL;
    const int err = folder_make(m->out);
    if (err) {
        complain("cannot make %s: %s; write elsewhere with --out DIR", m->out, strerror(-err));
        return EXIT_INCOMPLETE;
    }
    selection_warn(&m->options, m->samples, &m->selection);
    const int result = selection_write(&m->summary, &m->selection, &m->flips, m->scope, &text);
    free(text);
    if (result != EXIT_DONE || to == NULL)
        return result;
    fprintf(to, "==== %s; %s\n\n", m->kind.cpu_model, m->kind.topology);
    selection_report(&m->summary, &m->selection, &m->flips, m->scope,
                     selection_header(&m->selection, path, sizeof path), to);
    fprintf(to, "\n");
    return EXIT_DONE;
}

int select_machines_write(struct select_machines *all, FILE *to)
{
    int result = EXIT_DONE;
    for (size_t i = 0; result == EXIT_DONE && i < all->n; i++)
        result = write_one(&all->machine[i], to);
    if (to != NULL && result == EXIT_DONE)
        fprintf(to, "==== All kinds\n\n");
    return result;
}

bool select_machines_decided(const struct select_machines *all)
{
    for (size_t i = 0; i < all->n; i++)
        if (all->machine[i].selection.chosen == SELECT_NOBODY)
            return false;
    return true;
}

static json_t *machine_json(const struct select_machine *m)
{
    char path[4096], id[MACHINE_KIND_TEXT];
    machine_kind_format(m->kind.id, id);
    return json_pack("{s:s, s:s, s:s, s:o}", "machine", id, "cpu_model", m->kind.cpu_model,
                     "topology_class", m->kind.topology, "selection",
                     selection_json(&m->summary, &m->selection, &m->flips, m->scope,
                                    selection_header(&m->selection, path, sizeof path)));
}

json_t *select_machines_json(const struct select_machines *all, const struct everywhere *e)
{
    json_t *list = json_array();
    for (size_t i = 0; i < all->n; i++)
        json_array_append_new(list, machine_json(&all->machine[i]));
    return json_pack("{s:i, s:o, s:o}", "version", 1, "machines", list, "everywhere",
                     everywhere_json(e));
}
