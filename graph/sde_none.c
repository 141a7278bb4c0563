/* SPDX-License-Identifier: MIT */
/* A build without PAPI's library of software-defined events. */
#include "sde.h"

const char *rs_sde_library_open(void)
{
    return "built without sde_lib.h and libsde; install libpapi-dev and rebuild";
}

bool rs_sde_register(const char *name, const char *text, rs_sde_read *read, void *of)
{
    (void)name;
    (void)text;
    (void)read;
    (void)of;
    return false;
}
