/* SPDX-License-Identifier: MIT */
#include "cell_words.h"

#include <errno.h>
#include <string.h>

#include "cli.h"
#include "measure/round.h"

static int take_word(const char *word, struct cell *c)
{
    char name[64], why[512];
    const char *level = strchr(word, '='), *near;
    if (level == NULL || (size_t)(level - word) >= sizeof name) {
        complain("'%s' is not FACTOR=LEVEL; `ringside list factors` shows them", word);
        return -EINVAL;
    }
    memcpy(name, word, (size_t)(level - word));
    name[level - word] = '\0';
    int f = factor_find(name, &near);
    if (f < 0) {
        complain("no factor '%s'%s%s; `ringside list factors` shows them", name,
                 near ? ", the nearest is " : "", near ? near : "");
        return -EINVAL;
    }
    if (factor_parse((enum factor)f, level + 1, &c->value[f], why, sizeof why) != 0) {
        complain("%s", why);
        return -EINVAL;
    }
    return 0;
}

int cell_take_words(size_t n, char *const words[], struct cell *c)
{
    for (size_t i = 0; i < n; i++)
        if (take_word(words[i], c) != 0)
            return -EINVAL;
    return 0;
}

int cell_prepare(struct cell *c)
{
    struct topology topology;
    char why[512];
    int result = EXIT_DONE;
    if (topology_load(&topology) != 0) {
        complain("cannot read which cpus this process may run on");
        return EXIT_UNSUITABLE;
    }
    cell_normalise(c);
    if (c->value[FACTOR_placement] == PLACE_ALL) {
        complain("placement = all is many cells; give `cell` one pair of cpus, or use a plan");
        result = EXIT_USAGE;
    } else if (cell_refusal(c, &topology, why, sizeof why) || !cell_place(c, &topology)) {
        complain("%s", why);
        result = EXIT_USAGE;
    }
    topology_free(&topology);
    return result;
}
