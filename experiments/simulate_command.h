/* SPDX-License-Identifier: MIT */
/* What the files of `ringside simulate` share: the request, and how a result is printed. */
#ifndef SIMULATE_COMMAND_H
#define SIMULATE_COMMAND_H

#include "plan_grid.h"
#include "simulate_cell.h"

enum { SCHEDULES_MAX = 16 };
enum simulate_format { FORMAT_CSV, FORMAT_JSON, FORMAT_TABLE };
enum simulate_parts { PARTS_WHOLE, PARTS_EDGES, PARTS_AGENTS };

struct simulate_request {
    struct grid grid; /* levels of the factors that simulate_uses */
    struct schedule schedule[SCHEDULES_MAX];
    size_t schedules;
    bool default_schedules;      /* what does not fit them is passed over */
    struct simulate_config base; /* what the factors leave open */
    size_t places;               /* given by --place; 0 = by --distance */
    double cost_ns[DISTANCES];
    enum simulate_format format;
    enum simulate_parts parts;
    bool help;
};

/* Reads the command line.  0, or -EINVAL when it has complained. */
int simulate_read_arguments(int argc, char **argv, struct simulate_request *q);

extern const char simulate_options_help[];

/* The first line, if the format has one, and one result. */
void simulate_print_head(const struct simulate_request *q);
void simulate_print(const struct simulate_request *q, const struct cell *c,
                    const struct simulate_config *config, const struct simulate_result *r);

#endif
