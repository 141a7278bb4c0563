/* SPDX-License-Identifier: MIT */
/* `ringside cell`: one round in this process, its result as one line of JSON. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cell_words.h"
#include "cli.h"
#include "measure/round.h"

enum { LIMIT_SECONDS = 300 }; /* a round that hangs ends by SIGALRM */

static int print_round(const struct cell *c)
{
    char why[256];
    json_t *result = round_run(c, why, sizeof why);
    if (result == NULL) {
        complain("%s", why);
        return EXIT_INCOMPLETE;
    }
    json_object_set_new(result, "factors", cell_json(c));
    json_dumpf(result, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(result);
    return fflush(stdout) == 0 ? EXIT_DONE : EXIT_INCOMPLETE;
}

int cmd_cell(int argc, char **argv)
{
    struct cell c = cell_default();
    if (argc > 1 && strcmp(argv[1], "--help") == 0) {
        cli_help("cell", "Factors not given are at their defaults (`ringside list factors`).\n"
                         "example: ringside cell ring=chunked api=span batch=32 seconds=0.5\n");
        return EXIT_DONE;
    }
    if (cell_take_words((size_t)argc - 1, argv + 1, &c) != 0)
        return EXIT_USAGE;
    int err = cell_prepare(&c);
    if (err != EXIT_DONE)
        return err;
    unsigned left = alarm(LIMIT_SECONDS); /* the sweep's limit, if it set one, stays */
    if (left > 0)
        alarm(left);
    return print_round(&c);
}
