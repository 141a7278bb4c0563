/* SPDX-License-Identifier: MIT */
/* A WAV file: refused with a reason, or every channel of its frames can be read. */
#include "fuzz.h"

#include "graph/nodes/wav.h"

#include <string.h>

/* The header promises that the frames are there: a stream that can be positioned is checked. */
static void read_frames(FILE *f, const struct wav *w, size_t size)
{
    const size_t n = (size_t)w->frames;
    unsigned char *raw;
    float *one;
    fuzz_require(w->channels > 0 && w->frame_bytes > 0);
    fuzz_require(w->frames <= size / w->frame_bytes);
    raw = malloc(n * w->frame_bytes + 1);
    one = malloc((n + 1) * sizeof *one);
    fuzz_require(raw != NULL && one != NULL);
    fuzz_require(fread(raw, w->frame_bytes, n, f) == n);
    wav_convert(w, raw, 0, one, n);
    wav_convert(w, raw, w->channels - 1, one, n);
    for (size_t i = 0; i < n && w->codec == WAV_PCM16; i++)
        fuzz_require(one[i] >= -1 && one[i] < 1);
    free(raw);
    free(one);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wav w;
    char why[512] = "";
    FILE *f;
    if (size == 0)
        return 0; /* fmemopen has no empty file */
    f = fmemopen((void *)data, size, "rb");
    fuzz_require(f != NULL);
    if (wav_read_header(f, &w, why, sizeof why) == 0)
        read_frames(f, &w, size);
    else
        fuzz_require(why[0] != '\0');
    fclose(f);
    return 0;
}
