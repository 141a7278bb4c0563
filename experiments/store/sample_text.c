/* SPDX-License-Identifier: MIT */
#include "sample_text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "store/json_walk.h"
#include "store/machine_kind.h"

struct known_cell {
    uint64_t hash;
    char *text; /* NULL = a free place */
    size_t length;
    struct cell cell;
    uint64_t id;
};

/* ---- cells that are known by their text --------------------------------------------------- */

/* FNV-1a by words: the text is long and only has to be told apart from a few thousand others. */
static uint64_t hash_text(const struct json_text *t)
{
    uint64_t hash = 0xcbf29ce484222325u, word;
    size_t i = 0;
    for (; i + sizeof word <= t->length; i += sizeof word) {
        memcpy(&word, t->at + i, sizeof word);
        hash = (hash ^ word) * 0x100000001b3u;
        hash ^= hash >> 29;
    }
    for (; i < t->length; i++)
        hash = (hash ^ (unsigned char)t->at[i]) * 0x100000001b3u;
    return hash ^ hash >> 32;
}

static struct known_cell *place_of(const struct sample_texts *t, const struct json_text *text,
                                   uint64_t hash)
{
    size_t at = (size_t)hash & (t->room - 1);
    while (t->known[at].text != NULL &&
           (t->known[at].hash != hash || t->known[at].length != text->length ||
            memcmp(t->known[at].text, text->at, text->length) != 0))
        at = (at + 1) & (t->room - 1);
    return &t->known[at];
}

static bool make_room(struct sample_texts *t)
{
    struct sample_texts more = {.room = t->room > 0 ? 2 * t->room : 64};
    if (2 * (t->n + 1) < t->room)
        return true;
    more.known = calloc(more.room, sizeof *more.known);
    if (more.known == NULL)
        return false;
    for (size_t i = 0; i < t->room; i++) {
        const struct known_cell *k = &t->known[i];
        const struct json_text text = {k->text, k->length};
        if (k->text != NULL)
            *place_of(&more, &text, k->hash) = *k;
    }
    more.n = t->n;
    free(t->known);
    *t = more;
    return true;
}

/* By jansson, once. */
static bool learn(struct sample_texts *t, struct known_cell *k, const struct json_text *text,
                  uint64_t hash)
{
    struct known_cell now = {.hash = hash, .length = text->length};
    json_t *factors = json_loadb(text->at, text->length, JSON_REJECT_DUPLICATES, NULL);
    const bool good = factors != NULL && cell_from_json(factors, &now.cell);
    json_decref(factors);
    now.text = good ? malloc(text->length) : NULL;
    if (now.text == NULL)
        return false;
    memcpy(now.text, text->at, text->length);
    now.id = cell_id(&now.cell);
    *k = now;
    t->n++;
    return true;
}

static const struct known_cell *cell_of(struct sample_texts *t, const struct json_text *factors)
{
    const uint64_t hash = hash_text(factors);
    if (!make_room(t))
        return NULL;
    struct known_cell *k = place_of(t, factors, hash);
    return k->text != NULL || learn(t, k, factors, hash) ? k : NULL;
}

/* ---- a record ----------------------------------------------------------------------------- */

enum member {
    MEMBER_round,
    MEMBER_attempt,
    MEMBER_start_s,
    MEMBER_status,
    MEMBER_metrics,
    MEMBER_disturbed,
    MEMBER_factors,
    MEMBER_machine,
    MEMBERS
};

static bool take_member(void *user, const struct json_text *key, const struct json_text *value)
{
    static const char *const names[MEMBERS] = {"round",   "attempt",   "start_s", "status",
                                               "metrics", "disturbed", "factors", "machine"};
    struct json_text *member = (struct json_text *)user;
    for (int i = 0; i < MEMBERS; i++)
        if (json_text_is(key, names[i])) {
            const bool first = member[i].at == NULL;
            member[i] = *value;
            return first;
        }
    return true;
}

static bool is_number(const struct json_text *t)
{
    return t->length > 0 && (t->at[0] == '-' || (t->at[0] >= '0' && t->at[0] <= '9'));
}

/* What follows the text ends the number. */
static bool read_real(const struct json_text *t, double *x)
{
    *x = is_number(t) ? strtod(t->at, NULL) : NAN;
    return !is_number(t) || isfinite(*x);
}

static bool read_count(const struct json_text *t, int *n)
{
    enum { DIGITS_MAX = 5 }; /* larger ones are left to jansson */
    *n = 0;
    for (size_t i = 0; i < t->length; i++) {
        if (i == DIGITS_MAX || t->at[i] < '0' || t->at[i] > '9')
            return false;
        *n = 10 * *n + (t->at[i] - '0');
    }
    return t->length > 0;
}

struct metrics {
    struct sample *sample;
    const char *value; /* the name of the kernel's */
};

static bool take_metric(void *user, const struct json_text *key, const struct json_text *value)
{
    const struct metrics *m = (const struct metrics *)user;
    struct sample *s = m->sample;
    const struct {
        const char *name;
        double *to;
    } list[] = {{m->value, &s->value},          {"messages", &s->messages},
                {"ring_bytes", &s->ring_bytes}, {"fill_mean_slots", &s->fill_mean_slots},
                {"full_hits", &s->full_hits},   {"empty_hits", &s->empty_hits},
                {"rtt_p99_ns", &s->rtt_p99_ns}};
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++)
        if (json_text_is(key, list[i].name))
            return isnan(*list[i].to) && read_real(value, list[i].to);
    return true;
}

static bool read_metrics(const struct json_text *text, struct sample *s)
{
    struct metrics m = {s, kernel_table[s->cell.value[FACTOR_kernel]].metric};
    s->value = s->messages = s->ring_bytes = s->fill_mean_slots = NAN;
    s->full_hits = s->empty_hits = s->rtt_p99_ns = NAN;
    if (text->length > 0 && text->at[0] == '{' && !json_walk(*text, take_metric, &m))
        return false;
    if (s->status == SAMPLE_OK)
        return s->value > 0;
    s->value = NAN;
    return true;
}

static bool read_status(const struct json_text *t, enum sample_status *status)
{
    if (t->length < 2 || t->at[0] != '"')
        return false;
    const struct json_text word = {t->at + 1, t->length - 2};
    for (int i = 0; i < SAMPLE_STATUSES; i++)
        if (json_text_is(&word, sample_status_name((enum sample_status)i))) {
            *status = (enum sample_status)i;
            return true;
        }
    return false;
}

static bool read_machine(const struct json_text *t, uint32_t *machine)
{
    char text[MACHINE_KIND_TEXT];
    *machine = 0;
    if (t->at == NULL)
        return true;
    if (t->length != sizeof text + 1 || t->at[0] != '"')
        return false;
    memcpy(text, t->at + 1, sizeof text - 1);
    text[sizeof text - 1] = '\0';
    return machine_kind_parse(text, machine);
}

bool sample_text_read(struct sample_texts *t, const char *line, size_t length, struct sample *s)
{
    struct json_text member[MEMBERS] = {{NULL, 0}};
    const struct json_text *disturbed = &member[MEMBER_disturbed];
    if (length == 0 || line[length - 1] != '\n' ||
        !json_walk((struct json_text){line, length - 1}, take_member, member))
        return false;
    if (!read_count(&member[MEMBER_round], &s->round) ||
        !read_count(&member[MEMBER_attempt], &s->attempt) ||
        !read_status(&member[MEMBER_status], &s->status) ||
        !read_machine(&member[MEMBER_machine], &s->machine) ||
        !read_real(&member[MEMBER_start_s], &s->start_s) || disturbed->at == NULL ||
        disturbed->at[0] != '[' || member[MEMBER_factors].at == NULL)
        return false;
    s->disturbed = disturbed->length > 2;
    const struct known_cell *k = cell_of(t, &member[MEMBER_factors]);
    if (k == NULL)
        return false;
    s->cell = k->cell;
    s->id = k->id;
    return read_metrics(&member[MEMBER_metrics], s);
}

void sample_texts_free(struct sample_texts *t)
{
    for (size_t i = 0; i < t->room; i++)
        free(t->known[i].text);
    free(t->known);
    *t = (struct sample_texts){NULL, 0, 0};
}
