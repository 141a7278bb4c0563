/* SPDX-License-Identifier: MIT */
#include "json_walk.h"

#include <string.h>

enum { DEPTH_MAX = 16 };

typedef bool take_member(void *user, const struct json_text *key, const struct json_text *value);

/* The rest of the text, from `at` to `end`. */
struct walk {
    const char *at, *end;
};

static bool skip(struct walk *w, char c)
{
    if (w->at == w->end || *w->at != c)
        return false;
    w->at++;
    return true;
}

static bool skip_word(struct walk *w, const char *word)
{
    const size_t n = strlen(word);
    if ((size_t)(w->end - w->at) < n || memcmp(w->at, word, n) != 0)
        return false;
    w->at += n;
    return true;
}

static bool skip_string(struct walk *w)
{
    if (!skip(w, '"'))
        return false;
    while (w->at < w->end && *w->at != '"' && *w->at != '\\' && *w->at >= ' ' && *w->at <= '~')
        w->at++;
    return skip(w, '"');
}

static bool skip_digits(struct walk *w, ptrdiff_t most)
{
    const char *const from = w->at;
    while (w->at < w->end && *w->at >= '0' && *w->at <= '9')
        w->at++;
    return w->at > from && w->at - from <= most;
}

/* Numbers that neither an int64_t nor a double might hold are left to jansson. */
static bool skip_number(struct walk *w)
{
    enum { WHOLE_MAX = 18, FRACTION_MAX = 40, EXPONENT_MAX = 2 };
    skip(w, '-');
    if (!skip(w, '0') && !skip_digits(w, WHOLE_MAX))
        return false;
    if (skip(w, '.') && !skip_digits(w, FRACTION_MAX))
        return false;
    if (!skip(w, 'e') && !skip(w, 'E'))
        return true;
    if (!skip(w, '+'))
        skip(w, '-');
    return skip_digits(w, EXPONENT_MAX);
}

static bool skip_value(struct walk *w, int depth);

static bool skip_array(struct walk *w, int depth)
{
    w->at++;
    if (skip(w, ']'))
        return true;
    do
        if (!skip_value(w, depth))
            return false;
    while (skip(w, ','));
    return skip(w, ']');
}

static bool walk_object(struct walk *w, int depth, take_member *take, void *user)
{
    if (!skip(w, '{'))
        return false;
    if (skip(w, '}'))
        return true;
    do {
        const char *const key = w->at;
        if (!skip_string(w) || !skip(w, ':'))
            return false;
        const char *const value = w->at;
        if (!skip_value(w, depth))
            return false;
        const struct json_text k = {key + 1, (size_t)(value - key) - 3};
        const struct json_text v = {value, (size_t)(w->at - value)};
        if (take != NULL && !take(user, &k, &v))
            return false;
    } while (skip(w, ','));
    return skip(w, '}');
}

static bool skip_value(struct walk *w, int depth)
{
    if (w->at == w->end || depth == 0)
        return false;
    switch (*w->at) {
    case '{':
        return walk_object(w, depth - 1, NULL, NULL);
    case '[':
        return skip_array(w, depth - 1);
    case '"':
        return skip_string(w);
    case 't':
        return skip_word(w, "true");
    case 'f':
        return skip_word(w, "false");
    case 'n':
        return skip_word(w, "null");
    default:
        return skip_number(w);
    }
}

bool json_text_is(const struct json_text *t, const char *word)
{
    return strlen(word) == t->length && memcmp(t->at, word, t->length) == 0;
}

bool json_walk(struct json_text text, take_member *take, void *user)
{
    struct walk w = {text.at, text.at + text.length};
    return walk_object(&w, DEPTH_MAX, take, user) && w.at == w.end;
}
