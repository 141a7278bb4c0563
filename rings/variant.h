/* SPDX-License-Identifier: MIT */
/*
 * Reaches one ring by name, for files compiled once a ring with -DRS_VARIANT=<name>: includes its
 * header, names its struct RS_RING, its operations RS_OP(push) and its flags RS_HAS(spans).
 */
#ifndef RINGSIDE_VARIANT_H
#define RINGSIDE_VARIANT_H

#include "ring.h"

#define RS_STRING_(x) #x
#define RS_STRING(x)  RS_STRING_(x)
#include RS_STRING(RS_VARIANT.h)

#define RS_OP__(v, op)    rs_##v##_##op
#define RS_OP_(v, op)     RS_OP__(v, op)
#define RS_HAS__(v, what) RS_HAS_##v##_##what
#define RS_HAS_(v, what)  RS_HAS__(v, what)

#define RS_RING      struct RS_PASTE(rs_, RS_VARIANT)
#define RS_PRODUCER  RS_OP(producer)
#define RS_CONSUMER  RS_OP(consumer)
#define RS_CAPS      RS_PASTE(RS_CAPS_, RS_VARIANT)
#define RS_OP(op)    RS_OP_(RS_VARIANT, op)
#define RS_HAS(what) RS_HAS_(RS_VARIANT, what)

/* Declares what such a file exports; a ring in C++ has it compiled as C++. */
#ifdef __cplusplus
#define RS_EXPORTED extern "C"
#else
#define RS_EXPORTED extern
#endif

/* RS_HAS of a flag that a header may leave out: 1 where it is 1.  The name of a flag that is not
 * defined stays one argument; RS_GIVEN_1 makes two of it. */
#define RS_GIVEN_1           ~, 1
#define RS_SECOND(a, b, ...) b
#define RS_SECOND_(...)      RS_SECOND(__VA_ARGS__, 0, 0)
#define RS_GIVEN__(flag)     RS_SECOND_(RS_GIVEN_##flag)
#define RS_GIVEN_(flag)      RS_GIVEN__(flag)
#define RS_MAY(what)         RS_GIVEN_(RS_HAS_(RS_VARIANT, what))

#endif
