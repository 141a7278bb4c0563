/* SPDX-License-Identifier: MIT */
#include "graph/wire.h"

#include <string.h>

enum {
    AT_MAGIC = 0,
    AT_VERSION = 4,
    AT_KIND = 6,
    AT_FLAGS = 7,
    AT_SEQUENCE = 8,
    AT_COUNT = 16,
    AT_SCHEMA = 20
};
#define ORDER_MARK  0x01020304u
#define ORDER_OTHER 0x04030201u

/* ---- numbers ----------------------------------------------------------------------------------
 */

static void put(unsigned char *to, uint64_t x, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        to[i] = (unsigned char)(x >> (8 * i));
}

static uint64_t get(const unsigned char *from, size_t bytes)
{
    uint64_t x = 0;
    for (size_t i = 0; i < bytes; i++)
        x |= (uint64_t)from[i] << (8 * i);
    return x;
}

/* FNV-1a (Fowler, Noll, Vo): tells types apart that differ by mistake, not by intent. */
static uint32_t hash(uint32_t h, const void *data, size_t bytes)
{
    const unsigned char *c = (const unsigned char *)data;
    for (size_t i = 0; i < bytes; i++)
        h = (h ^ c[i]) * 16777619u;
    return h;
}

uint32_t rs_wire_schema(const char *type, uint32_t msg_bytes, uint32_t msg_align)
{
    unsigned char size[8];
    put(size, msg_bytes, 4);
    put(size + 4, msg_align, 4);
    return hash(hash(2166136261u, size, sizeof size), type, strlen(type));
}

/* ---- header -----------------------------------------------------------------------------------
 */

void rs_wire_put_header(unsigned char *to, const struct rs_wire_header *h)
{
    put(to + AT_MAGIC, RS_WIRE_MAGIC, 4);
    put(to + AT_VERSION, RS_WIRE_VERSION, 2);
    to[AT_KIND] = h->kind;
    to[AT_FLAGS] = h->flags;
    put(to + AT_SEQUENCE, h->sequence, 8);
    put(to + AT_COUNT, h->count, 4);
    put(to + AT_SCHEMA, h->schema, 4);
}

const char *rs_wire_get_header(const unsigned char *from, size_t bytes, struct rs_wire_header *h)
{
    if (bytes < AT_KIND || get(from + AT_MAGIC, 4) != RS_WIRE_MAGIC)
        return "it is no frame of an edge";
    if (get(from + AT_VERSION, 2) != RS_WIRE_VERSION)
        return "it speaks another version of the protocol; build both sides from the same release";
    if (bytes < RS_WIRE_HEADER_BYTES)
        return "its header is cut short";
    h->kind = from[AT_KIND];
    h->flags = from[AT_FLAGS];
    h->sequence = get(from + AT_SEQUENCE, 8);
    h->count = (uint32_t)get(from + AT_COUNT, 4);
    h->schema = (uint32_t)get(from + AT_SCHEMA, 4);
    return h->kind >= RS_WIRE_HELLO && h->kind < RS_WIRE_KINDS
               ? NULL
               : "it is of a kind that is not known";
}

/* ---- greetings --------------------------------------------------------------------------------
 */

struct cursor {
    const unsigned char *at, *end;
    bool short_of;
};

static uint64_t take(struct cursor *c, size_t bytes)
{
    if ((size_t)(c->end - c->at) < bytes) {
        c->short_of = true;
        return 0;
    }
    c->at += bytes;
    return get(c->at - bytes, bytes);
}

static char printable(unsigned char c)
{
    char text;
    memcpy(&text, &c, 1);
    if (c < ' ' || c >= 127)
        text = '?';
    return text;
}

static void take_name(struct cursor *c, char to[RS_WIRE_NAME_BYTES])
{
    const size_t n = (size_t)take(c, 2);
    to[0] = '\0';
    if (c->short_of || n >= RS_WIRE_NAME_BYTES || n > (size_t)(c->end - c->at)) {
        c->short_of = true;
        return;
    }
    for (size_t i = 0; i < n; i++)
        to[i] = printable(c->at[i]);
    to[n] = '\0';
    c->at += n;
}

static unsigned char *put_name(unsigned char *to, const char *name)
{
    const size_t n = strnlen(name, RS_WIRE_NAME_BYTES - 1);
    put(to, n, 2);
    memcpy(to + 2, name, n);
    return to + 2 + n;
}

size_t rs_wire_put_greeting(unsigned char *to, const struct rs_wire_header *h,
                            const struct rs_wire_greeting *g)
{
    const uint32_t mark = ORDER_MARK;
    unsigned char *at = to + RS_WIRE_HEADER_BYTES;
    rs_wire_put_header(to, h);
    memcpy(at, &mark, 4); /* as it lies in memory */
    put(at + 4, g->msg_bytes, 4);
    put(at + 8, g->msg_align, 4);
    put(at + 12, g->ring_slots, 4);
    put(at + 16, g->stream, 8);
    put(at + 24, g->attempt, 4);
    at = put_name(put_name(put_name(at + 28, g->type), g->edge), g->host);
    return (size_t)(at - to);
}

const char *rs_wire_get_greeting(const unsigned char *from, size_t bytes,
                                 struct rs_wire_greeting *g)
{
    struct cursor c = {.at = from + RS_WIRE_HEADER_BYTES, .end = from + bytes};
    uint32_t mark = 0;
    if (bytes < RS_WIRE_HEADER_BYTES + 28)
        return "its greeting is cut short";
    memcpy(&mark, c.at, 4);
    c.at += 4;
    g->msg_bytes = (uint32_t)take(&c, 4);
    g->msg_align = (uint32_t)take(&c, 4);
    g->ring_slots = (uint32_t)take(&c, 4);
    g->stream = take(&c, 8);
    g->attempt = (uint32_t)take(&c, 4);
    take_name(&c, g->type);
    take_name(&c, g->edge);
    take_name(&c, g->host);
    if (c.short_of || c.at != c.end)
        return "its greeting has another length than its fields";
    g->foreign_order = mark == ORDER_OTHER;
    return mark == ORDER_MARK || mark == ORDER_OTHER ? NULL : "its byte order is unknown";
}

/* ---- the rest ---------------------------------------------------------------------------------
 */

void rs_wire_put_credit(unsigned char *to, const struct rs_wire_header *h, uint64_t released)
{
    rs_wire_put_header(to, h);
    put(to + RS_WIRE_HEADER_BYTES, released, 8);
}

const char *rs_wire_get_credit(const unsigned char *from, size_t bytes, uint64_t *released)
{
    if (bytes != RS_WIRE_CREDIT_BYTES)
        return "its credit has another length";
    *released = get(from + RS_WIRE_HEADER_BYTES, 8);
    return NULL;
}

size_t rs_wire_put_text(unsigned char *to, const struct rs_wire_header *h, const char *text)
{
    const size_t n = strnlen(text, RS_WIRE_TEXT_BYTES - 1);
    rs_wire_put_header(to, h);
    memcpy(to + RS_WIRE_HEADER_BYTES, text, n);
    return RS_WIRE_HEADER_BYTES + n;
}

void rs_wire_get_text(const unsigned char *from, size_t bytes, char text[RS_WIRE_TEXT_BYTES])
{
    size_t n = bytes > RS_WIRE_HEADER_BYTES ? bytes - RS_WIRE_HEADER_BYTES : 0;
    n = n < RS_WIRE_TEXT_BYTES - 1 ? n : RS_WIRE_TEXT_BYTES - 1;
    for (size_t i = 0; i < n; i++)
        text[i] = printable(from[RS_WIRE_HEADER_BYTES + i]);
    text[n] = '\0';
}

bool rs_wire_fits(const struct rs_wire_header *h, size_t frame_bytes, size_t msg_bytes)
{
    const size_t body = frame_bytes - RS_WIRE_HEADER_BYTES;
    return frame_bytes >= RS_WIRE_HEADER_BYTES && h->count > 0 && body / msg_bytes == h->count &&
           body % msg_bytes == 0;
}
