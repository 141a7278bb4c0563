/* SPDX-License-Identifier: MIT */
/* A frame as it comes from another host, with anything in it: what is read of it is within it. */
#include "fuzz.h"

#include "graph/wire.h"

#include <string.h>

/* What was read is written and read again: the same. */
static void check_greeting(const struct rs_wire_header *h, const struct rs_wire_greeting *g)
{
    unsigned char again[RS_WIRE_GREETING_BYTES];
    struct rs_wire_greeting back;
    fuzz_require(strlen(g->type) < sizeof g->type && strlen(g->edge) < sizeof g->edge);
    fuzz_require(strlen(g->host) < sizeof g->host);
    const size_t bytes = rs_wire_put_greeting(again, h, g);
    fuzz_require(bytes <= sizeof again);
    fuzz_require(rs_wire_get_greeting(again, bytes, &back) == NULL);
    fuzz_require(strcmp(g->edge, back.edge) == 0 && g->stream == back.stream);
    fuzz_require(g->msg_bytes == back.msg_bytes && g->attempt == back.attempt);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rs_wire_header h;
    struct rs_wire_greeting g;
    char text[RS_WIRE_TEXT_BYTES];
    uint64_t released = 0;
    if (rs_wire_get_header(data, size, &h) != NULL)
        return 0;
    if (rs_wire_get_greeting(data, size, &g) == NULL)
        check_greeting(&h, &g);
    rs_wire_get_text(data, size, text);
    fuzz_require(strlen(text) < sizeof text);
    for (const char *c = text; *c != '\0'; c++)
        fuzz_require(*c >= ' ' && *c < 127);
    if (rs_wire_get_credit(data, size, &released) == NULL)
        fuzz_require(size == RS_WIRE_CREDIT_BYTES);
    if (rs_wire_fits(&h, size, 8))
        fuzz_require(size == RS_WIRE_HEADER_BYTES + 8 * (size_t)h.count);
    return 0;
}
