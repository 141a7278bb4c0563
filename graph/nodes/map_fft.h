/* SPDX-License-Identifier: MIT */
/* The face of map.fft, with kissfft or without. */
#ifndef RINGSIDE_NODES_MAP_FFT_H
#define RINGSIDE_NODES_MAP_FFT_H

#define MAP_FFT_SUMMARY "short-time Fourier transform of f32 samples: frames of size / 2 + 1 bins"

/* The specification of its parameters. */
#define MAP_FFT_PARAMS                                                                             \
    {                                                                                              \
        {"size", "512", "samples", "of one transform; even"},                                      \
            {"hop", "0", "samples", "from one frame's first to the next's; 0 = half of size"},     \
            {"window", "hann", "", "hann (periodic) or none"}, {NULL, NULL, NULL, NULL},           \
    }

#endif
