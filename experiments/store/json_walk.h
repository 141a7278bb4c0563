/* SPDX-License-Identifier: MIT */
/*
 * One JSON object on a line, walked without making a tree of it: a million records are read in
 * seconds that way, which takes jansson ten times as long.
 *
 * It knows what json_dumps(JSON_COMPACT) writes, less what is rare: no white space, no escapes,
 * nothing beyond ASCII, few levels.  All else it refuses, and jansson has to judge.  What it
 * accepts is well-formed, but keys may repeat.  Threads: any.
 */
#ifndef JSON_WALK_H
#define JSON_WALK_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A part of the text; of a string its quotes too. */
struct json_text {
    const char *at;
    size_t length;
};

bool json_text_is(const struct json_text *t, const char *word);

/* Hands each member of the object to `take`, key without quotes.  False if the text is not known to
 * be one object and nothing behind it, or if `take` said so. */
bool json_walk(struct json_text text,
               bool (*take)(void *user, const struct json_text *key, const struct json_text *value),
               void *user);

#ifdef __cplusplus
}
#endif

#endif
