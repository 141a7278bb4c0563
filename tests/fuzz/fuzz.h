/* SPDX-License-Identifier: MIT */
/*
 * What the fuzz targets share.  A target is tests/fuzz/fuzz_<name>.c with the entry of libFuzzer
 * (https://llvm.org/docs/LibFuzzer.html); its seeds are in corpus/<name>/, what once failed in
 * crashes/<name>/.  Both are run again by replay.c in `make test`, without libFuzzer.
 */
#ifndef RINGSIDE_TESTS_FUZZ_H
#define RINGSIDE_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* data[0..size) is freed by the caller and ends where it ends: no 0 follows.  Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What must hold whatever the input is. */
#define fuzz_require(what)                                                                         \
    ((what) ? (void)0                                                                              \
            : (fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #what), abort()))

#endif
