/* SPDX-License-Identifier: MIT */
/* What a program must do or send for a ring that is no drop-in replacement. */
#include <stdio.h>
#include <string.h>

#include "select/selection.h"

const struct condition select_conditions[SELECT_CONDITIONS] = {
    {RS_NEEDS_FLUSH, "flush", "its producer must flush before it waits, goes idle or closes",
     "The producer calls rs_selected_flush before it waits, goes idle or closes: until then a "
     "message may stay with it."},
    {RS_NONZERO_ONLY, "nonzero", "it takes no message whose first word is 0",
     "The first word (size_t) of a message is never 0: a push of such a message is refused, and a "
     "message has at least that word."},
    {RS_MIRRORED, "mirrored", "its slots are whole pages that the program maps twice",
     "Slot memory comes from rs_mirror_map (define _GNU_SOURCE), and capacity times the size of a "
     "slot is a whole number of pages."},
};

unsigned conditions_missing(const struct rs_ring_entry *ring, const struct select_options *o)
{
    unsigned all = 0;
    for (size_t i = 0; i < SELECT_CONDITIONS; i++)
        all |= select_conditions[i].cap;
    return ring->ops->caps & all & ~o->allow;
}

void conditions_words(unsigned caps, char *text, size_t n)
{
    text[0] = '\0';
    for (size_t i = 0, used = 0; i < SELECT_CONDITIONS && used < n; i++)
        if (caps & select_conditions[i].cap)
            used += (size_t)snprintf(text + used, n - used, "%s%s", used > 0 ? "," : "",
                                     select_conditions[i].word);
}

json_t *conditions_json(unsigned caps)
{
    json_t *list = json_array();
    for (size_t i = 0; i < SELECT_CONDITIONS; i++)
        if (caps & select_conditions[i].cap)
            json_array_append_new(list, json_string(select_conditions[i].word));
    return list;
}

/* The condition of the word text[0..n), or NULL. */
static const struct condition *find(const char *text, size_t n)
{
    for (size_t i = 0; i < SELECT_CONDITIONS; i++)
        if (strlen(select_conditions[i].word) == n &&
            memcmp(select_conditions[i].word, text, n) == 0)
            return &select_conditions[i];
    return NULL;
}

bool conditions_parse(const char *text, unsigned *caps, const char **wrong, size_t *length)
{
    *caps = 0;
    for (;; text++) {
        const size_t n = strcspn(text, ",");
        const struct condition *c = find(text, n);
        *wrong = text;
        *length = n;
        if (c == NULL)
            return false;
        *caps |= c->cap;
        text += n;
        if (*text == '\0')
            return true;
    }
}
