/* SPDX-License-Identifier: MIT */
/*
 * Messages packed into lines, each behind a header of one word, for rings that publish a line at a
 * time: how many share a line, where the next one is.
 *
 * A line is filled to its end before the next is opened, so message i has the same place however
 * the messages come, and the memory holds the capacity exactly: the lines that so many messages in
 * a row can touch.  Messages are msg_align apart (nobody is lent one, so only their distance
 * follows it).  One that with this is too long for a line has a line of its own, which is then as
 * many cache lines as it needs, from a multiple of msg_align.
 *
 * Threads: each side has a place of its own; struct rs_lines is written by init alone, so it lies
 * apart from what either side writes.  What the header says, and its order, is the ring's.
 */
#ifndef RINGSIDE_LINES_H
#define RINGSIDE_LINES_H

#include "ring.h"

/* The lines; constant after init, and read by both sides. */
struct rs_lines {
    RS_PLAIN(rs_cell *) base;
    RS_PLAIN(rs_cell *) end;
    RS_PLAIN(size_t) line_bytes;
    RS_PLAIN(size_t) per_line;     /* messages */
    RS_PLAIN(size_t) stride_bytes; /* from one message to the next */
};

/* Where one side is. */
struct rs_lines_place {
    RS_PLAIN(rs_cell *) line; /* the one it is in */
    RS_PLAIN(size_t) used;    /* messages of that line which are behind it, < per_line */
};

/* Messages that share a line, at least 1. */
RS_INLINE size_t rs_lines_per_line(size_t msg_bytes, size_t msg_align)
{
    size_t fit = (RS_LINE_BYTES - sizeof(rs_word)) / rs_stride_bytes(msg_bytes, msg_align);
    return fit > 0 ? fit : 1;
}

/* Bytes of a line with its header. */
RS_INLINE size_t rs_lines_line_bytes(size_t msg_bytes, size_t msg_align)
{
    size_t unit = msg_align > RS_LINE_BYTES ? msg_align : RS_LINE_BYTES;
    if (rs_lines_per_line(msg_bytes, msg_align) > 1)
        return RS_LINE_BYTES;
    return (sizeof(rs_word) + msg_bytes + unit - 1) / unit * unit;
}

/* Lines that `capacity` messages in a row touch at most: the first may be the last of its line. */
RS_INLINE size_t rs_lines_count(size_t capacity, size_t per_line)
{
    return (capacity - 1 + per_line - 1) / per_line + 1;
}

RS_INLINE size_t rs_lines_bytes(size_t capacity, size_t msg_bytes, size_t msg_align)
{
    size_t per_line;
    if (rs_slots_bytes(capacity, msg_bytes, msg_align) == 0)
        return 0;
    per_line = rs_lines_per_line(msg_bytes, msg_align);
    return rs_slots_bytes(rs_lines_count(capacity, per_line),
                          rs_lines_line_bytes(msg_bytes, msg_align), 1);
}

RS_INLINE void rs_lines_init(struct rs_lines *l, rs_cell *mem, const struct rs_config *cfg)
{
    size_t per_line = rs_lines_per_line(cfg->msg_bytes, cfg->msg_align);
    size_t line_bytes = rs_lines_line_bytes(cfg->msg_bytes, cfg->msg_align);
    rs_set(&l->base, mem);
    rs_set(&l->end, mem + rs_lines_count(cfg->capacity, per_line) * line_bytes);
    rs_set(&l->line_bytes, line_bytes);
    rs_set(&l->per_line, per_line);
    rs_set(&l->stride_bytes, rs_stride_bytes(cfg->msg_bytes, cfg->msg_align));
}

/* At the first message of the first line. */
RS_INLINE void rs_lines_begin(struct rs_lines *l, struct rs_lines_place *p)
{
    rs_set(&p->line, rs_get(&l->base));
    rs_set(&p->used, (size_t)0);
}

/* The message of the line at p that has `used` before it. */
RS_INLINE rs_cell *rs_lines_cell(struct rs_lines *l, struct rs_lines_place *p, size_t used)
{
    rs_cell *line = rs_get(&p->line);
    size_t stride = rs_get(&l->stride_bytes);
    return line + sizeof(rs_word) + used * stride;
}

/* n messages of the line at p, from the one that has `used` before it. */
RS_INLINE void rs_lines_cut(struct rs_lines *l, struct rs_lines_place *p, size_t used, size_t n,
                            struct rs_span *out)
{
    out->piece[0].data = rs_lines_cell(l, p, used);
    out->piece[0].count = n;
    out->piece[1].data = rs_get(&l->base);
    out->piece[1].count = 0;
    out->stride_bytes = rs_get(&l->stride_bytes);
}

/* `used` messages of its line are behind p: on to the next line if that is all. */
RS_INLINE void rs_lines_pass(struct rs_lines *l, struct rs_lines_place *p, size_t used)
{
    if (used == rs_get(&l->per_line)) {
        rs_cell *line = rs_get(&p->line) + rs_get(&l->line_bytes);
        if (rs_unlikely(line == rs_get(&l->end)))
            line = rs_get(&l->base);
        rs_set(&p->line, line);
        used = 0;
    }
    rs_set(&p->used, used);
}

#endif
