/* SPDX-License-Identifier: MIT */
#include "papi_status.h"

json_t *papi_status_json(void)
{
    return json_pack(
        "{s:n, s:s}", "value", "reason",
        "built without PAPI, as papi.h was not found; install libpapi-dev and rebuild");
}
