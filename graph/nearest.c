/* SPDX-License-Identifier: MIT */
#include "graph/graph.h"

#include <string.h>

enum { WORD_MAX = 63 };

static size_t least(size_t a, size_t b, size_t c)
{
    size_t m = a < b ? a : b;
    return m < c ? m : c;
}

/* Levenshtein's distance, one row at a time; words are cut to WORD_MAX. */
static size_t edit_distance(const char *a, const char *b)
{
    size_t row[WORD_MAX + 1], la = strnlen(a, WORD_MAX), lb = strnlen(b, WORD_MAX);
    for (size_t j = 0; j <= lb; j++)
        row[j] = j;
    for (size_t i = 1; i <= la; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= lb; j++) {
            size_t above = row[j];
            row[j] = least(row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1]));
            diagonal = above;
        }
    }
    return row[lb];
}

const char *rs_nearest_name(const char *word, const char *const *list, size_t n)
{
    const char *best = NULL;
    size_t best_distance = strnlen(word, WORD_MAX) / 2 + 1;
    for (size_t i = 0; i < n; i++) {
        size_t d = edit_distance(word, list[i]);
        if (d <= best_distance && (best == NULL || d < best_distance)) {
            best = list[i];
            best_distance = d;
        }
    }
    return best;
}
