/* SPDX-License-Identifier: MIT */
/* counters.csv: counter rounds summed up by cell, group, thread and event. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "measure/statistics.h"
#include "store/counter_records.h"
#include "store/machine_kind.h"

enum { ROWS_MAX = 4096 };

/* Of one cell; the texts are the records'. */
struct row {
    const char *group, *thread, *event, *backend, *family, *reason;
    size_t rounds, n, disturbed; /* rounds that ran, that gave a value, and were disturbed */
    double *value, *per_msg;     /* [n] */
};

struct sheet {
    const struct counter_records *records;
    struct row *row; /* [ROWS_MAX] */
    size_t rows;
    size_t room; /* for values in a row */
    bool by_machine;
};

/* Of one machine and one cell? */
static bool alike(const struct counter_record *a, const struct counter_record *b)
{
    return a->id == b->id && a->machine == b->machine;
}

static struct row *find_row(struct sheet *s, const char *group, const char *thread,
                            const char *event)
{
    for (size_t i = 0; i < s->rows; i++)
        if (strcmp(s->row[i].event, event) == 0 && strcmp(s->row[i].thread, thread) == 0 &&
            strcmp(s->row[i].group, group) == 0)
            return &s->row[i];
    if (s->rows == ROWS_MAX)
        return NULL;
    struct row *r = &s->row[s->rows];
    *r = (struct row){.group = group, .thread = thread, .event = event};
    r->value = calloc(s->room, sizeof *r->value);
    r->per_msg = calloc(s->room, sizeof *r->per_msg);
    s->rows++; /* what it has is freed with the rest */
    return r->value && r->per_msg ? r : NULL;
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static int add_event(struct sheet *s, const struct counter_record *r, const char *thread,
                     const char *event, const json_t *entry)
{
    struct row *row = find_row(s, r->group, thread, event);
    const json_t *value = json_object_get(entry, "value");
    if (row == NULL)
        return -ENOMEM;
    row->rounds++;
    row->disturbed += r->disturbed;
    row->backend = text_of(r->counters, "backend");
    row->family = text_of(r->counters, "family");
    if (json_is_integer(value)) {
        row->value[row->n] = json_number_value(value);
        row->per_msg[row->n++] = json_number_value(json_object_get(entry, "per_msg"));
    } else {
        row->reason = text_of(entry, "reason");
    }
    return 0;
}

static int add_record(struct sheet *s, const struct counter_record *r)
{
    const char *thread, *event;
    json_t *events, *entry;
    int err = 0;
    json_object_foreach(r->counters, thread, events)
    {
        if (!json_is_object(events))
            continue;
        json_object_foreach(events, event, entry)
        {
            err = err ? err : add_event(s, r, thread, event, entry);
        }
    }
    return err;
}

/* A field in quotes: reasons are sentences. */
static void write_text(const char *text, FILE *to)
{
    fputs(",\"", to);
    for (; *text; text++)
        if (*text == '"')
            fputs("\"\"", to);
        else
            fputc(*text, to);
    fputc('"', to);
}

/* -ENOMEM if the medians of its values could not be made. */
static int write_row(const struct sheet *s, const struct counter_record *first, const struct row *r,
                     FILE *to)
{
    char level[64], machine[MACHINE_KIND_TEXT];
    const double value = stats_median(r->value, r->n), per_msg = stats_median(r->per_msg, r->n);
    if (r->n > 0 && (isnan(value) || isnan(per_msg)))
        return -ENOMEM;
    machine_kind_format(first->machine, machine);
    fprintf(to, "%s%s%016llx", s->by_machine ? machine : "", s->by_machine ? "," : "",
            (unsigned long long)first->id);
    for (int f = 0; f < FACTORS; f++) {
        factor_format((enum factor)f, first->cell.value[f], level, sizeof level);
        fprintf(to, ",%s", first->cell.value[f] == FACTOR_UNUSED ? "" : level);
    }
    fprintf(to, ",%s,%s,%s,%s,%s,%zu,%zu,%zu", r->family, r->backend, r->group, r->thread, r->event,
            r->rounds, r->n, r->disturbed);
    if (r->n > 0)
        fprintf(to, ",%.9g,%.6g", value, per_msg);
    else
        fputs(",,", to);
    if (r->n < r->rounds && r->reason != NULL && r->reason[0] != '\0')
        write_text(r->reason, to);
    else
        fputc(',', to);
    fputc('\n', to);
    return 0;
}

static void clear(struct sheet *s)
{
    for (size_t i = 0; i < s->rows; i++) {
        free(s->row[i].value);
        free(s->row[i].per_msg);
    }
    s->rows = 0;
}

/* All rows of the cell of record `first`, which is its first. */
static int write_cell(struct sheet *s, size_t first, FILE *to)
{
    const struct counter_records *all = s->records;
    int err = 0;
    s->room = 0;
    for (size_t i = first; i < all->n; i++)
        s->room += alike(&all->item[i], &all->item[first]);
    for (size_t i = first; err == 0 && i < all->n; i++)
        if (alike(&all->item[i], &all->item[first]) && all->item[i].counters != NULL)
            err = add_record(s, &all->item[i]);
    for (size_t i = 0; err == 0 && i < s->rows; i++)
        err = write_row(s, &all->item[first], &s->row[i], to);
    clear(s);
    return err;
}

static bool is_first(const struct counter_records *r, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (alike(&r->item[i], &r->item[at]))
            return false;
    return true;
}

int counter_records_write_csv(const struct counter_records *r, FILE *to)
{
    struct sheet s = {.records = r, .row = calloc(ROWS_MAX, sizeof *s.row)};
    int err = s.row ? 0 : -ENOMEM;
    for (size_t i = 1; i < r->n; i++)
        s.by_machine |= r->item[i].machine != r->item[0].machine;
    fputs(s.by_machine ? "machine,cell" : "cell", to);
    for (int f = 0; f < FACTORS; f++)
        fprintf(to, ",%s", factor_table[f].name);
    fputs(",family,backend,group,thread,event,rounds,n,disturbed,median,median_per_msg,reason\n",
          to);
    for (size_t i = 0; err == 0 && i < r->n; i++)
        if (is_first(r, i))
            err = write_cell(&s, i, to);
    free(s.row);
    return err ? err : ferror(to) ? -EIO : 0;
}
