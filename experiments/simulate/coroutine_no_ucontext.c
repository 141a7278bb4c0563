/* SPDX-License-Identifier: MIT */
/* In the place of coroutine_ucontext.c where libc has no ucontext. */
#include "simulate/coroutine.h"

const struct coroutine_way *const coroutine_ucontext = NULL;
