/* SPDX-License-Identifier: MIT */
/* Words and columns that plots share. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "plot.h"
#include "rings/ring.h"

/* '"' ends a field and '\\' begins an escape for gnuplot; "]]>" ends a section of an svg. */
static char clean_character(char c, char before)
{
    if ((unsigned char)c < 0x20 || c == 0x7f || (c == '>' && before == ']'))
        return ' ';
    if (c == '"')
        return '\'';
    if (c == '\\')
        return '/';
    return c;
}

void plot_clean(const char *from, char *to, size_t n)
{
    size_t used = 0;
    char last = ' ';
    for (; *from != '\0' && used + 1 < n; from++)
        to[used++] = last = clean_character(*from, last);
    if (*from != '\0') /* the rest of a UTF-8 character was left behind: take back its start */
        while (used > 0 && ((unsigned char)*from & 0xc0) == 0x80)
            from--, used--;
    to[used] = '\0';
}

/* A level is read as before, level, after; not listed: of no interest to who looks at a plot. */
static const struct {
    const char *before, *after;
} words[FACTORS] = {
    [FACTOR_msg_bytes] = {"messages of ", " bytes"},
    [FACTOR_msg_align] = {"slots aligned to ", " bytes"},
    [FACTOR_separation] = {"sides ", " bytes apart"},
    [FACTOR_capacity] = {"capacity ", " slots"},
    [FACTOR_batch] = {"batch ", ""},
    [FACTOR_api] = {"", " API"},
    [FACTOR_poll] = {"poll ", ""},
    [FACTOR_defer] = {"defer ", ""},
    [FACTOR_slots] = {"memory of ", " slots"},
    [FACTOR_prefetch_write] = {"writes prefetched ", " lines ahead"},
    [FACTOR_prefetch_read] = {"reads prefetched ", " lines ahead"},
    [FACTOR_copy] = {"copy ", ""},
    [FACTOR_placement] = {"cpus ", ""},
    [FACTOR_messages] = {"rounds of ", " messages"},
    [FACTOR_seconds] = {"rounds of ", " s"},
};

static bool worth_telling(int f, const struct cell *c)
{
    bool counted = c->value[FACTOR_messages] > 0;
    if (words[f].before == NULL || c->value[f] == FACTOR_UNUSED ||
        (factor_of_rings((enum factor)f) && c->value[f] == 0))
        return false;
    return f == FACTOR_messages ? counted : f == FACTOR_seconds ? !counted : true;
}

void plot_describe(FILE *to, const char *before, const struct cell *c, unsigned mask)
{
    for (int f = 0; f < FACTORS; f++) {
        char level[64];
        if ((mask & 1u << f) == 0 || !worth_telling(f, c))
            continue;
        factor_format((enum factor)f, c->value[f], level, sizeof level);
        if (f == FACTOR_msg_align && c->value[f] == 1)
            fprintf(to, "%spacked slots", before);
        else
            fprintf(to, "%s%s%s%s", before, words[f].before, level, words[f].after);
        before = ", ";
    }
}

/* "medians of 6 to 12 rounds, with 95% intervals" as far as the rounds allow. */
static void describe_rounds(FILE *to, const struct plot_cells *s, const char *spread)
{
    size_t least = SIZE_MAX, most = 0;
    bool few = false, enough = false;
    for (size_t i = 0; i < s->n; i++) {
        const struct summary_cell *c = s->cell[i];
        if (c->n == 0)
            continue;
        least = c->n < least ? c->n : least;
        most = c->n > most ? c->n : most;
        *(c->median.coverage < 0.95 ? &few : &enough) = true;
    }
    if (least == most)
        fprintf(to, "median of %zu round%s; ", most, most == 1 ? "" : "s");
    else
        fprintf(to, "median of %zu to %zu rounds; ", least, most);
    fprintf(to, "%s %s", spread,
            enough ? "its 95% interval" : "the range of all rounds, too few for a 95% interval");
    if (few && enough)
        fprintf(to, ", or the range of rounds where fewer than 6");
}

const char *plot_bound_words(const struct plot_cells *s, const char *measured)
{
    for (size_t i = 0; i < s->n; i++)
        if (isfinite(s->cell[i]->bound))
            return measured;
    return "; the bound was not measured";
}

void plot_head(FILE *to, const struct plot_run *r, const char *title, const struct plot_cells *s,
               const char *spread, const char *marks)
{
    fprintf(to, "# title: %s%s%s\n# conditions: ", title, r->title[0] ? " — " : "", r->title);
    plot_describe(to, "", &s->cell[0]->cell, ~s->free);
    fprintf(to, "\n# reading: ");
    describe_rounds(to, s, spread);
    fprintf(to, "%s\n", marks);
}

void plot_label(FILE *to, const char *key, size_t index, const struct cell *c, bool api)
{
    const struct rs_ring_entry *ring = &rs_ring_table[c->value[FACTOR_ring]];
    char summary[160];
    plot_clean(ring->summary, summary, sizeof summary);
    fprintf(to, "# %s %zu: %s", key, index, ring->name);
    if (api)
        fprintf(to, " (%s)", api_name(c->value[FACTOR_api]));
    fprintf(to, " — %s\n", summary);
}

void plot_number(FILE *to, double x)
{
    if (isfinite(x))
        fprintf(to, ",%.6g", x);
    else
        fputc(',', to);
}

void plot_columns(FILE *to, const struct summary_cell *c, plot_unit *unit)
{
    struct plot_value v = unit(c);
    plot_number(to, v.value);
    plot_number(to, v.lo);
    plot_number(to, v.hi);
    plot_number(to, v.bound);
    fprintf(to, ",%zu,%zu", c->n, c->n_failed);
}

/* From ns to something of which more is better: the ends of the interval change places. */
static struct plot_value rate(const struct summary_cell *c, double per_ns)
{
    return (struct plot_value){.value = per_ns / c->median.estimate,
                               .lo = per_ns / c->median.hi,
                               .hi = per_ns / c->median.lo,
                               .bound = per_ns / c->bound};
}

struct plot_value plot_mmsg_per_s(const struct summary_cell *c)
{
    return rate(c, 1e3);
}

struct plot_value plot_gb_per_s(const struct summary_cell *c)
{
    return rate(c, (double)c->cell.value[FACTOR_msg_bytes]);
}

struct plot_value plot_ns(const struct summary_cell *c)
{
    return (struct plot_value){c->median.estimate, c->median.lo, c->median.hi, c->bound};
}
