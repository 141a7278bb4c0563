/* SPDX-License-Identifier: MIT */
/* Records of samples.jsonl, read from their text: the same as sample_read() of what jansson makes
 * of it, in a tenth of the time.  A cell's factors are read once and known by their text from then
 * on.
 */
#ifndef SAMPLE_TEXT_H
#define SAMPLE_TEXT_H

#include "store/samples.h"

#ifdef __cplusplus
extern "C" {
#endif

struct known_cell;
struct sample_texts {
    struct known_cell *known; /* hash table of `room` places, less than half of them used */
    size_t n, room;
};

/* Of a line with its newline.  False if it is not plain enough, or not a good record: then jansson
 * and sample_read() have to tell.  Starts from a zeroed struct; sample_texts_free() ends it. */
bool sample_text_read(struct sample_texts *t, const char *line, size_t length, struct sample *s);
void sample_texts_free(struct sample_texts *t);

#ifdef __cplusplus
}
#endif

#endif
