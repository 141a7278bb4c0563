/* SPDX-License-Identifier: MIT */
/*
 * What two bridges say to each other: frames, written field by field in little endian and checked
 * against their length when they are read.  docs/edges.md has the table.  Only the bytes of the
 * messages themselves are as the sender's memory has them, so the greeting carries its byte order.
 *
 * Threads: none of its own.  Errors: NULL, or what is wrong in words (static).
 */
#ifndef RINGSIDE_WIRE_H
#define RINGSIDE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    RS_WIRE_VERSION = 1,
    RS_WIRE_HEADER_BYTES = 24,
    RS_WIRE_NAME_BYTES = 256, /* of a name in a greeting, with its 0 */
    RS_WIRE_TEXT_BYTES = 512, /* of an error, with its 0 */
    RS_WIRE_GREETING_BYTES = RS_WIRE_HEADER_BYTES + 32 + 3 * (2 + RS_WIRE_NAME_BYTES)
};
#define RS_WIRE_MAGIC 0x45475352u /* "RSGE" */

enum rs_wire_kind {
    RS_WIRE_HELLO = 1, /* writer: who it is and what it sends; then it waits */
    RS_WIRE_WELCOME,   /* reader: sequence = the message it wants first */
    RS_WIRE_REFUSAL,   /* reader: count = rs_wire_refusal, and a text */
    RS_WIRE_DATA,      /* writer: `count` messages from number `sequence` on */
    RS_WIRE_CREDIT,    /* reader: messages below `sequence` may be sent; those that were released */
    RS_WIRE_END,       /* writer: there were `sequence` messages */
    RS_WIRE_DONE,      /* reader: nothing more is wanted */
    RS_WIRE_STOP,      /* reader: let your sources end; what is in flight is still taken */
    RS_WIRE_FAILED,    /* either: its graph has failed, and a text */
    RS_WIRE_KINDS
};

enum rs_wire_refusal {
    RS_WIRE_MISMATCH = 1, /* of types, versions, byte orders, edges */
    RS_WIRE_BUSY          /* another writer is linked: try again */
};

enum { RS_WIRE_RESUMES = 1 }; /* flag of a greeting: reconnect = yes */

struct rs_wire_header {
    uint8_t kind, flags;
    uint32_t count, schema; /* schema = rs_wire_schema() of the messages */
    uint64_t sequence;      /* messages are numbered from 0 since the start of the stream */
};

/* HELLO and WELCOME. */
struct rs_wire_greeting {
    bool foreign_order; /* read: the other side's bytes are the other way round */
    uint32_t msg_bytes, msg_align;
    uint32_t ring_slots; /* of the greeter's ring: the bound on its side */
    uint64_t stream;     /* of one run of the writer */
    uint32_t attempt;    /* of the writer; its answer says the same */
    char type[RS_WIRE_NAME_BYTES], edge[RS_WIRE_NAME_BYTES], host[RS_WIRE_NAME_BYTES];
};

uint32_t rs_wire_schema(const char *type, uint32_t msg_bytes, uint32_t msg_align);

/* Writes to[0..RS_WIRE_HEADER_BYTES). */
void rs_wire_put_header(unsigned char *to, const struct rs_wire_header *);
const char *rs_wire_get_header(const unsigned char *from, size_t bytes, struct rs_wire_header *);

/* Writes header and body; to[0..RS_WIRE_GREETING_BYTES) has room.  How many bytes. */
size_t rs_wire_put_greeting(unsigned char *to, const struct rs_wire_header *,
                            const struct rs_wire_greeting *);
const char *rs_wire_get_greeting(const unsigned char *from, size_t bytes,
                                 struct rs_wire_greeting *);

/* A header and one number: CREDIT. */
enum { RS_WIRE_CREDIT_BYTES = RS_WIRE_HEADER_BYTES + 8 };
void rs_wire_put_credit(unsigned char *to, const struct rs_wire_header *, uint64_t released);
const char *rs_wire_get_credit(const unsigned char *from, size_t bytes, uint64_t *released);

/* A header and a text; what is read is cut, and what is not printable becomes '?'. */
size_t rs_wire_put_text(unsigned char *to, const struct rs_wire_header *, const char *text);
void rs_wire_get_text(const unsigned char *from, size_t bytes, char text[RS_WIRE_TEXT_BYTES]);

/* Are the messages after a DATA header all there, and nothing else? */
bool rs_wire_fits(const struct rs_wire_header *, size_t frame_bytes, size_t msg_bytes);

#ifdef __cplusplus
}
#endif

#endif
