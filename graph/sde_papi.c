/* SPDX-License-Identifier: MIT */
/* Software-defined events through libsde, which libpapi reads. */
#include "sde.h"

#include <sde_lib.h>
#include <stddef.h>

static const char library[] = "RINGSIDE";
enum { MODE = PAPI_SDE_RO | PAPI_SDE_DELTA };

/* Opening it again finds it; libsde keeps one of each name. */
const char *rs_sde_library_open(void)
{
    return papi_sde_init(library) != NULL ? NULL : "libsde has been disabled in this process";
}

bool rs_sde_register(const char *name, const char *text, rs_sde_read *read, void *of)
{
    papi_handle_t handle = papi_sde_init(library);
    if (handle == NULL ||
        papi_sde_register_counter_cb(handle, name, MODE, PAPI_SDE_long_long, read, of) != SDE_OK)
        return false;
    papi_sde_describe_counter(handle, name, text);
    return true;
}

/* ---- what papi_native_avail -sde asks a library for -------------------------------------------
 */

struct listing {
    const papi_sde_fptr_struct_t *papi;
    papi_handle_t handle;
};

static bool list(void *to, const char *name, const char *text, rs_sde_read *read, void *of)
{
    const struct listing *l = to;
    if (l->papi->register_counter_cb(l->handle, name, MODE, PAPI_SDE_long_long, read, of) != SDE_OK)
        return false;
    l->papi->describe_counter(l->handle, name, text);
    return true;
}

papi_handle_t papi_sde_hook_list_events(papi_sde_fptr_struct_t *papi)
{
    struct listing l = {papi, papi->init(library)};
    if (l.handle != NULL)
        rs_sde_each_sum(list, &l);
    return l.handle;
}
