/* SPDX-License-Identifier: MIT */
/* What Rust calls in C: functions of those that are inline here.  Only a pass that records every
 * round trip calls them, never one that times a block. */
#include "experiments/kernels/kernel.h"
#include "experiments/measure/clock.h"

uint64_t ringside_rust_clock_ns(void);
void ringside_rust_record(struct histogram *h, uint64_t ns);

uint64_t ringside_rust_clock_ns(void)
{
    return clock_ns();
}

void ringside_rust_record(struct histogram *h, uint64_t ns)
{
    histogram_record(h, ns);
}
