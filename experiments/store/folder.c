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

int folder_make_default(const char *name, char *dir, size_t n)
{
    enum { AGAIN_MAX = 1000 };
    char stamp[32];
    time_t now = time(NULL);
    struct tm utc;
    gmtime_r(&now, &utc);
    strftime(stamp, sizeof stamp, "%Y%m%d-%H%M%S", &utc);
    int used = snprintf(dir, n, "results/%s-%s", name, stamp), err = folder_make("results");
    for (int again = 2; err == 0 && mkdir(dir, 0755) != 0; again++) {
        err = errno == EEXIST && again < AGAIN_MAX ? 0 : -errno;
        if (err == 0)
            snprintf(dir + used, n - (size_t)used, "-%d", again);
    }
    return err;
}
