/* SPDX-License-Identifier: MIT */
#include "loader.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

bool loader_finds(const char *library)
{
    void *self = dlopen(NULL, RTLD_LAZY);
    Dl_serinfo size;
    bool found = false;
    if (self == NULL || dlinfo(self, RTLD_DI_SERINFOSIZE, &size) != 0)
        return false;
    Dl_serinfo *dirs = malloc(size.dls_size);
    if (dirs != NULL && dlinfo(self, RTLD_DI_SERINFOSIZE, dirs) == 0 &&
        dlinfo(self, RTLD_DI_SERINFO, dirs) == 0)
        for (unsigned i = 0; i < dirs->dls_cnt && !found; i++) {
            char path[4096];
            snprintf(path, sizeof path, "%s/%s", dirs->dls_serpath[i].dls_name, library);
            found = access(path, R_OK) == 0;
        }
    free(dirs);
    dlclose(self);
    return found;
}
