/* SPDX-License-Identifier: MIT */
#include "counters_pfm.h"
#include "papi_status.h"

#include <papi.h>

static json_t *failed(int code)
{
    const char *text = code == PAPI_EINVAL || code > 0 ? "its headers and its library differ"
                                                       : PAPI_strerror(code);

    return json_pack(
        "{s:n, s:o}", "value", "reason",
        json_sprintf("PAPI_library_init failed with %d: %s", code, text ? text : "no explanation"));
}

static json_t *component(const PAPI_component_info_t *info)
{
    const char *reason = info->disabled_reason[0] ? info->disabled_reason : "no reason given";

    return json_pack("{s:s, s:i, s:o}", "name", info->name, "counters", info->num_cntrs,
                     "disabled_reason", info->disabled ? json_string(reason) : json_null());
}

json_t *papi_status_json(void)
{
    char why[256];

    pfm_usable(why,
               sizeof why); /* PAPI starts libpfm4 too: the settings of counters_pfm.c come first */
    if (!PAPI_is_initialized()) {
        int version = PAPI_library_init(PAPI_VER_CURRENT);
        if (version != (int)PAPI_VER_CURRENT)
            return failed(version);
    }

    json_t *components = json_array();
    for (int i = 0; i < PAPI_num_components(); i++) {
        const PAPI_component_info_t *info = PAPI_get_component_info(i);
        if (info)
            json_array_append_new(components, component(info));
    }
    return json_pack("{s:o, s:o}", "version",
                     json_sprintf("%d.%d.%d", PAPI_VERSION_MAJOR(PAPI_VERSION),
                                  PAPI_VERSION_MINOR(PAPI_VERSION),
                                  PAPI_VERSION_REVISION(PAPI_VERSION)),
                     "components", components);
}
