/* SPDX-License-Identifier: MIT */
/*
 * What every loop needs and no loop is about: to wait, and the bytes of messages whose size is not
 * known before.  It is part of each loop, or where the program is to be small (SMALL_LOOPS) a call.
 */
#ifndef SHARED_H
#define SHARED_H

#include "rings/memory.h"

#ifdef SMALL_LOOPS
#define SHARED            __attribute__((noinline, unused)) static
#define SHARED_SIZE(size) (!__builtin_constant_p(size))
#else
#define SHARED            RS_INLINE
#define SHARED_SIZE(size) 0
#endif

#endif
