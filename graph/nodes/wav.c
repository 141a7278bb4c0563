/* SPDX-License-Identifier: MIT */
#include "graph/nodes/wav.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

enum { TAG_PCM = 1, TAG_FLOAT = 3, TAG_EXTENSIBLE = 0xfffe };
enum { FORMAT_BYTES = 16, EXTENSIBLE_BYTES = 40, CHANNELS_MAX = 1024 };

/* Where the reason goes. */
struct why {
    char *text;
    size_t n;
};

static int refuse(struct why *w, const char *format, ...) __attribute__((format(printf, 2, 3)));
static int refuse(struct why *w, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    vsnprintf(w->text, w->n, format, list);
    va_end(list);
    return -EINVAL;
}

static uint32_t le16(const unsigned char *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8;
}

static uint32_t le32(const unsigned char *p)
{
    return le16(p) | le16(p + 2) << 16;
}

/* By reading: a pipe cannot seek, and a seek past the end would not fail. */
static bool skip(FILE *f, uint64_t n)
{
    unsigned char sink[4096];
    while (n > 0) {
        size_t k = n < sizeof sink ? (size_t)n : sizeof sink;
        if (fread(sink, 1, k, f) != k)
            return false;
        n -= k;
    }
    return true;
}

/* ---- the format chunk -------------------------------------------------------------------------
 */

/* The tag that EXTENSIBLE hides in a GUID; 0 if that is none of the known family. */
static uint32_t inner_tag(const unsigned char *format, size_t n)
{
    static const unsigned char family[14] = {0, 0, 0,    0, 0x10, 0,    0x80,
                                             0, 0, 0xaa, 0, 0x38, 0x9b, 0x71};
    if (n < EXTENSIBLE_BYTES || memcmp(format + 26, family, sizeof family) != 0)
        return 0;
    return le16(format + 24);
}

static int set_codec(struct wav *w, uint32_t tag, uint32_t bits, struct why *why)
{
    if (tag == TAG_PCM && bits == 16)
        w->codec = WAV_PCM16;
    else if (tag == TAG_FLOAT && bits == 32)
        w->codec = WAV_FLOAT32;
    else
        return refuse(
            why,
            "its samples are %u-bit with codec 0x%04x; only 16-bit PCM (0x0001) and 32-bit "
            "float (0x0003) are read: convert it, for example with sox FILE -b 16 NEW.wav",
            bits, tag);
    return 0;
}

static int parse_format(struct wav *w, const unsigned char *c, size_t n, struct why *why)
{
    uint32_t tag, bits, frame_bytes;
    if (n < FORMAT_BYTES)
        return refuse(why, "its fmt chunk has %zu bytes instead of %d or more: it is damaged", n,
                      FORMAT_BYTES);
    tag = le16(c);
    w->channels = le16(c + 2);
    w->rate_hz = le32(c + 4);
    frame_bytes = le16(c + 12);
    bits = le16(c + 14);
    if (w->channels == 0 || w->channels > CHANNELS_MAX)
        return refuse(why, "it says %u channels; 1 to %d are read", w->channels, CHANNELS_MAX);
    if (set_codec(w, tag == TAG_EXTENSIBLE ? inner_tag(c, n) : tag, bits, why) != 0)
        return -EINVAL;
    w->frame_bytes = w->channels * bits / 8;
    if (frame_bytes != w->frame_bytes)
        return refuse(why,
                      "it says %u bytes a frame, but %u channels of %u bits are %u: it is damaged",
                      frame_bytes, w->channels, bits, w->frame_bytes);
    return 0;
}

static int read_format(FILE *f, struct wav *w, uint32_t size, struct why *why)
{
    unsigned char chunk[EXTENSIBLE_BYTES] = {0};
    size_t n = size < sizeof chunk ? size : sizeof chunk;
    if (fread(chunk, 1, n, f) != n || !skip(f, (uint64_t)size - n + (size & 1)))
        return refuse(why, "it ends within its fmt chunk: it is truncated; fetch it again");
    return parse_format(w, chunk, n, why);
}

/* ---- the file ---------------------------------------------------------------------------------
 */

/* Bytes from here to the end; -1 where the stream cannot tell. */
static int64_t bytes_left(FILE *f)
{
    off_t here = ftello(f), end;
    if (here < 0 || fseeko(f, 0, SEEK_END) != 0)
        return -1;
    end = ftello(f);
    if (fseeko(f, here, SEEK_SET) != 0)
        return -1;
    return end < here ? -1 : (int64_t)(end - here);
}

static int accept_data(FILE *f, struct wav *w, uint32_t size, struct why *why)
{
    int64_t left = bytes_left(f);
    if (left >= 0 && (int64_t)size > left)
        return refuse(
            why,
            "its data chunk says %u bytes, but only %lld follow: it is truncated; fetch it "
            "again or rewrite its header, for example with sox --ignore-length FILE NEW.wav",
            size, (long long)left);
    if (size % w->frame_bytes != 0)
        return refuse(why, "its data chunk of %u bytes is no whole number of frames of %u: damaged",
                      size, w->frame_bytes);
    w->frames = size / w->frame_bytes;
    return 0;
}

/* Walks the chunks up to data, each of which may be any number of bytes long. */
static int find_data(FILE *f, struct wav *w, struct why *why)
{
    unsigned char head[8];
    bool know_format = false;
    while (fread(head, 1, sizeof head, f) == sizeof head) {
        uint32_t size = le32(head + 4);
        if (memcmp(head, "data", 4) == 0)
            return know_format ? accept_data(f, w, size, why)
                               : refuse(why, "its data chunk comes before its fmt chunk: damaged");
        if (memcmp(head, "fmt ", 4) == 0) {
            if (read_format(f, w, size, why) != 0)
                return -EINVAL;
            know_format = true;
        } else if (!skip(f, (uint64_t)size + (size & 1))) {
            return refuse(
                why, "it ends within a chunk of %u bytes before any data: it is truncated", size);
        }
    }
    return refuse(why, "it has no data chunk: it is truncated or holds no sound");
}

int wav_read_header(FILE *f, struct wav *w, char *text, size_t n_text)
{
    struct why why = {text, n_text};
    unsigned char head[12];
    memset(w, 0, sizeof *w);
    if (fread(head, 1, sizeof head, f) != sizeof head)
        return ferror(f) ? refuse(&why, "it cannot be read: %s", strerror(errno))
                         : refuse(&why, "it is no WAV file: it is too short for one");
    if (memcmp(head, "RIFF", 4) != 0 || memcmp(head + 8, "WAVE", 4) != 0)
        return refuse(&why,
                      "it is no WAV file (no RIFF ... WAVE at its start); for bare samples use "
                      "format = raw");
    return find_data(f, w, &why);
}

/* ---- samples ----------------------------------------------------------------------------------
 */

static float sample_of(wav_codec codec, const unsigned char *p)
{
    uint32_t bits;
    float value;
    if (codec == WAV_PCM16)
        return (float)(int16_t)le16(p) / 32768.0F;
    bits = le32(p);
    memcpy(&value, &bits, sizeof value);
    return value;
}

void wav_convert(const struct wav *w, const unsigned char *frames, unsigned channel, float *to,
                 size_t n)
{
    const unsigned char *p = frames + channel * (w->frame_bytes / w->channels);
    for (size_t i = 0; i < n; i++)
        to[i] = sample_of(w->codec, p + i * w->frame_bytes);
}

#define TEXT4(a, b, c, d) (a | b << 8 | c << 16 | (uint32_t)d << 24)

static void put(unsigned char *p, uint32_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        p[i] = (unsigned char)(value >> 8 * i);
}

void wav_write_header(unsigned char to[WAV_HEADER_BYTES], uint32_t rate_hz, uint32_t data_bytes)
{
    put(to, TEXT4('R', 'I', 'F', 'F'), 4);
    put(to + 4, WAV_HEADER_BYTES - 8 + data_bytes, 4);
    put(to + 8, TEXT4('W', 'A', 'V', 'E'), 4);
    put(to + 12, TEXT4('f', 'm', 't', ' '), 4);
    put(to + 16, FORMAT_BYTES, 4);
    put(to + 20, TAG_FLOAT, 2);
    put(to + 22, 1, 2); /* channel */
    put(to + 24, rate_hz, 4);
    put(to + 28, rate_hz * 4, 4); /* bytes a second */
    put(to + 32, 4, 2);           /* bytes a frame */
    put(to + 34, 32, 2);          /* bits a sample */
    put(to + 36, TEXT4('d', 'a', 't', 'a'), 4);
    put(to + 40, data_bytes, 4);
}
