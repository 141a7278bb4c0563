/* SPDX-License-Identifier: MIT */
/*
 * Reads RIFF/WAVE: 16-bit PCM and 32-bit float, any number of channels, plain or
 * WAVE_FORMAT_EXTENSIBLE.  Reads forwards only, so a pipe will do.
 *
 * Trusts nothing that the file says: sizes are checked against each other and, where the stream can
 * be positioned, against its length.
 */
#ifndef RINGSIDE_NODES_WAV_H
#define RINGSIDE_NODES_WAV_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum wav_codec { WAV_PCM16, WAV_FLOAT32 } wav_codec;

struct wav {
    wav_codec codec;
    unsigned channels;
    uint32_t rate_hz;
    uint32_t frame_bytes; /* of all channels at one instant */
    uint64_t frames;
};

/* Leaves the stream at the first frame.  0, or a negative errno with what is wrong and what to do
 * in why[0..n_why). */
int wav_read_header(FILE *, struct wav *, char *why, size_t n_why);

/* One channel, 0 .. channels - 1, of n frames; PCM is scaled to [-1, 1). */
void wav_convert(const struct wav *, const unsigned char *frames, unsigned channel, float *to,
                 size_t n);

enum { WAV_HEADER_BYTES = 44 };
/* Header of a mono float file of data_bytes; rate_hz is a note for the reader. */
void wav_write_header(unsigned char to[WAV_HEADER_BYTES], uint32_t rate_hz, uint32_t data_bytes);

#ifdef __cplusplus
}
#endif

#endif
