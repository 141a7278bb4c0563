/* SPDX-License-Identifier: MIT */
/* `ringside select` of a merged run: a selection for each kind of machine, which has its files in a
 * folder of its name, and what one ring everywhere would cost. */
#ifndef MACHINES_H
#define MACHINES_H

#include "select/everywhere.h"

struct select_machines {
    struct select_machine *machine;
    size_t n;
};

/* Selects on each.  An enum exit_code after complaints; select_machines_free() in any case. */
int select_machines_make(const struct select_options *o, const struct samples_part *part,
                         size_t parts, struct select_machines *all);
void select_machines_free(struct select_machines *all);

/* Writes the files of each and, unless `to` is NULL, its report.  As above. */
int select_machines_write(struct select_machines *all, FILE *to);

/* Is there a ring for each of them? */
bool select_machines_decided(const struct select_machines *all);

/* selection.json of all.  New reference. */
json_t *select_machines_json(const struct select_machines *all, const struct everywhere *e);

#endif
