/* SPDX-License-Identifier: MIT */
/* Rounds of unlike machines, taken apart. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "store/samples.h"

/* The part of a machine; a new one if it has none.  NULL without memory. */
static struct samples_part *part_of(struct samples_part **part, size_t *parts, uint32_t machine)
{
    for (size_t i = *parts; i > 0; i--)
        if ((*part)[i - 1].machine == machine)
            return &(*part)[i - 1];
    struct samples_part *more = realloc(*part, (*parts + 1) * sizeof *more);
    if (more == NULL)
        return NULL;
    *part = more;
    more[*parts] = (struct samples_part){.machine = machine};
    return &more[(*parts)++];
}

static int count(const struct samples *all, struct samples_part **part, size_t *parts)
{
    for (size_t i = 0; i < all->n; i++) {
        struct samples_part *p = part_of(part, parts, all->item[i].machine);
        if (p == NULL)
            return -ENOMEM;
        p->samples.n++;
    }
    return 0;
}

static bool are_apart(const struct samples *all, size_t parts)
{
    size_t changes = all->n > 0;
    for (size_t i = 1; i < all->n; i++)
        changes += all->item[i].machine != all->item[i - 1].machine;
    return changes == parts;
}

/* Each machine's in their order. */
static int take_apart(struct samples *all, struct samples_part *part, size_t parts)
{
    struct sample *apart = malloc(all->n * sizeof *apart);
    size_t n = 0;
    if (apart == NULL)
        return -ENOMEM;
    for (size_t p = 0; p < parts; p++)
        for (size_t i = 0; i < all->n; i++)
            if (all->item[i].machine == part[p].machine)
                apart[n++] = all->item[i];
    memcpy(all->item, apart, n * sizeof *apart);
    free(apart);
    return 0;
}

int samples_split(struct samples *all, struct samples_part **part, size_t *parts)
{
    *part = NULL;
    *parts = 0;
    int err = count(all, part, parts);
    if (err == 0 && !are_apart(all, *parts))
        err = take_apart(all, *part, *parts);
    struct sample *from = all->item;
    for (size_t i = 0; err == 0 && i < *parts; i++) {
        (*part)[i].samples.item = from;
        from += (*part)[i].samples.n;
    }
    if (err) {
        free(*part);
        *part = NULL;
        *parts = 0;
    }
    return err;
}
