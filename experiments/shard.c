/* SPDX-License-Identifier: MIT */
#include "shard.h"

#include <ctype.h>
#include <stdlib.h>

enum { SHARDS_MAX = 100000 }; /* as the rounds of a plan */

static bool read_number(const char **text, int *number)
{
    char *end;
    if (!isdigit((unsigned char)**text))
        return false;
    const long value = strtol(*text, &end, 10);
    *text = end;
    *number = value > SHARDS_MAX ? SHARDS_MAX + 1 : (int)value;
    return true;
}

bool shard_parse(const char *text, struct shard *s)
{
    if (!read_number(&text, &s->index) || *text++ != '/' || !read_number(&text, &s->of))
        return false;
    return *text == '\0' && s->index >= 1 && s->index <= s->of && s->of <= SHARDS_MAX;
}

bool shard_has(const struct shard *s, int round)
{
    return s->of == 0 || round % s->of == s->index - 1;
}

int shard_rounds(const struct shard *s, int rounds)
{
    if (s->of == 0)
        return rounds;
    return rounds < s->index ? 0 : (rounds - s->index) / s->of + 1;
}
