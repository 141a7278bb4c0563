/* SPDX-License-Identifier: MIT */
#include "simulate/schedule.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    uint64_t least, most; /* of its amount; 0: it takes none */
    bool optional;        /* the amount may be left out */
} kinds[] = {
    [SCHEDULE_LOCKSTEP] = {"lockstep", 0, 0, true},
    [SCHEDULE_BACKLOG] = {"backlog", 1, UINT64_C(1) << 28, false},
    [SCHEDULE_BURST] = {"burst", 1, UINT64_C(1) << 28, false},
    [SCHEDULE_RANDOM] = {"random", 1, 99, true},
};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

static int refuse_amount(size_t kind, const char *text, char *why, size_t n)
{
    if (kinds[kind].most == 0)
        snprintf(why, n, "schedule '%.40s': %s takes no number", text, kinds[kind].name);
    else
        snprintf(why, n, "schedule '%.40s' is not %s:N with N from %" PRIu64 " to %" PRIu64 "%s",
                 text, kinds[kind].name, kinds[kind].least, kinds[kind].most,
                 kind == SCHEDULE_RANDOM ? " (percent of draws that are producers)"
                                         : " (messages)");
    return -EINVAL;
}

int schedule_parse(const char *text, struct schedule *s, char *why, size_t n)
{
    const size_t length = strcspn(text, ":");
    const char *amount = text[length] == ':' ? text + length + 1 : NULL;
    for (size_t k = 0; k < KINDS; k++) {
        char *end = NULL;
        if (strlen(kinds[k].name) != length || strncmp(text, kinds[k].name, length) != 0)
            continue;
        *s = (struct schedule){.kind = (enum schedule_kind)k};
        if (amount == NULL)
            return kinds[k].optional ? 0 : refuse_amount(k, text, why, n);
        errno = 0;
        s->amount = strtoull(amount, &end, 10);
        if (amount[0] < '0' || amount[0] > '9' || *end != '\0' || errno != 0 ||
            s->amount < kinds[k].least || s->amount > kinds[k].most)
            return refuse_amount(k, text, why, n);
        return 0;
    }
    snprintf(why, n, "no schedule '%.40s'. Valid: lockstep backlog:N burst:N random random:PERCENT",
             text);
    return -EINVAL;
}

void schedule_format(const struct schedule *s, char *text, size_t n)
{
    if (s->amount == 0)
        snprintf(text, n, "%s", kinds[s->kind].name);
    else
        snprintf(text, n, "%s:%" PRIu64, kinds[s->kind].name, s->amount);
}
