/* SPDX-License-Identifier: MIT */
/* Why a counter could not be opened, in words, and what to do; one text for each code. */
#ifndef COUNTERS_REASON_H
#define COUNTERS_REASON_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct counters_reason {
    int code;         /* errno of perf_event_open(), or what PAPI returned */
    const char *name; /* of the code */
    const char *what;
    const char *fix;
};

extern const struct counters_reason counters_perf_reasons[], counters_papi_reasons[];
extern const size_t counters_perf_reasons_count, counters_papi_reasons_count;

/* The entry of a code, or of `another error`; never NULL. */
const struct counters_reason *counters_perf_reason(int error);
const struct counters_reason *counters_papi_reason(int code);

/* "NAME: what; fix" */
void counters_reason_text(const struct counters_reason *r, char *to, size_t n);

#ifdef __cplusplus
}
#endif

#endif
