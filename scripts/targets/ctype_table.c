/* SPDX-License-Identifier: MIT */
/*
 * What Debian's libinih.a, compiled for glibc, asks of the C library and musl has not: glibc's
 * isspace is a bit of a table.  Only that bit is here, since inih asks for no other.  The rest of
 * what it uses is the same in both, and no struct crosses the border.
 */
#include <ctype.h>
#include <stddef.h>

const unsigned short **__ctype_b_loc(void);

const unsigned short **__ctype_b_loc(void)
{
    enum { SPACE = 1 << 13 }; /* glibc's _ISspace, little-endian */
    static unsigned short table[384];
    static const unsigned short *middle = table + 128; /* indices -128..255 */
    for (int c = 0; c < 128; c++)
        table[128 + c] = isspace(c) ? SPACE : 0;
    return &middle;
}
