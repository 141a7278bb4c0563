/* SPDX-License-Identifier: MIT */
#include "folder.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

/* What stands there may be a file. */
static int make_one(const char *path)
{
    struct stat s;
    if (mkdir(path, 0755) == 0)
        return 0;
    if (errno != EEXIST)
        return -errno;
    return stat(path, &s) == 0 && S_ISDIR(s.st_mode) ? 0 : -ENOTDIR;
}

int folder_make(const char *path)
{
    char part[4096] = "";
    int err = 0;
    if ((size_t)snprintf(part, sizeof part, "%s", path) >= sizeof part)
        return -ENAMETOOLONG;
    for (char *p = part + 1; err == 0 && part[0] != '\0' && *p; p++)
        if (*p == '/') {
            *p = '\0';
            err = make_one(part);
            *p = '/';
        }
    return err != 0 ? err : make_one(part);
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
