/* SPDX-License-Identifier: MIT */
/* Messages of which every byte follows from their number; no first word is 0 (RS_NONZERO_ONLY). */
#ifndef RINGSIDE_TESTS_STRESS_MESSAGE_H
#define RINGSIDE_TESTS_STRESS_MESSAGE_H

#include "random.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { MESSAGE_BYTES_MAX = 200 };

/* Message `number` of a stream: its number counted from 1, then bytes that depend on number,
 * stream and position. */
static inline void message_fill(unsigned char *to, size_t bytes, uint64_t stream, uint64_t number)
{
    uint64_t word = number + 1;
    for (size_t at = 0; at < bytes; at += sizeof word) {
        size_t rest = bytes - at;
        memcpy(to + at, &word, rest < sizeof word ? rest : sizeof word);
        word = random_mix(stream + (number + 1) * 64 + at);
    }
}

static inline uint64_t message_number(const unsigned char *message, size_t bytes)
{
    uint64_t word = 0;
    memcpy(&word, message, bytes < sizeof word ? bytes : sizeof word);
    return word - 1;
}

#endif
