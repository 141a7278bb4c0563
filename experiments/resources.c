/* SPDX-License-Identifier: MIT */
#include "resources.h"

#include <stddef.h>
#include <string.h>

const char *resource_text(const char *path)
{
    for (unsigned long i = 0; i < resources_count; i++)
        if (strcmp(resources[i].path, path) == 0)
            return resources[i].text;
    return NULL;
}
