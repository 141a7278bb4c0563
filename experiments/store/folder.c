/* SPDX-License-Identifier: MIT */
#include "folder.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

int folder_make(const char *path)
{
    char part[4096] = "";
    snprintf(part, sizeof part, "%s", path);
    for (char *p = part + 1; *p; p++)
        if (*p == '/') {
            *p = '\0';
            if (mkdir(part, 0755) != 0 && errno != EEXIST)
                return -errno;
            *p = '/';
        }
    return mkdir(part, 0755) == 0 || errno == EEXIST ? 0 : -errno;
}

void folder_default(const char *name, char *dir, size_t n)
{
    char stamp[32];
    time_t now = time(NULL);
    struct tm utc;
    gmtime_r(&now, &utc);
    strftime(stamp, sizeof stamp, "%Y%m%d-%H%M%S", &utc);
    snprintf(dir, n, "results/%s-%s", name, stamp);
}
