/* SPDX-License-Identifier: MIT */
#include "graph/exposition.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const double EXACT_MOST = 9007199254740992.0; /* 2^53: whole numbers are exact below */

void rs_exposition_family(FILE *to, const char *name, const char *type, const char *help)
{
    fprintf(to, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void write_value(FILE *to, const char *text)
{
    for (const char *c = text; *c; c++)
        if (*c == '\n')
            fputs("\\n", to);
        else if (*c == '\\' || *c == '"')
            fprintf(to, "\\%c", *c);
        else
            fputc(*c, to);
}

void rs_exposition_sample(FILE *to, const char *name, const struct rs_label *label, size_t labels,
                          double value)
{
    fputs(name, to);
    for (size_t i = 0; i < labels; i++) {
        fprintf(to, "%c%s=\"", i == 0 ? '{' : ',', label[i].name);
        write_value(to, label[i].value);
        fputc('"', to);
    }
    fprintf(to, value == floor(value) && fabs(value) < EXACT_MOST ? "%s %.0f\n" : "%s %.9f\n",
            labels > 0 ? "}" : "", value);
}

double rs_unix_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int write_all(int fd, const char *text, size_t length)
{
    while (length > 0) {
        ssize_t n = write(fd, text, length);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? -errno : -ENOSPC;
        text += n;
        length -= (size_t)n;
    }
    return 0;
}

int rs_exposition_replace(const char *path, const char *text, size_t length)
{
    char beside[PATH_MAX];
    struct stat there;
    if (stat(path, &there) == 0 && !S_ISREG(there.st_mode)) /* a rename would replace /dev/null */
        return S_ISDIR(there.st_mode) ? -EISDIR : -ENOTSUP;
    int used = snprintf(beside, sizeof beside, "%s.%d", path, (int)getpid());
    if (used < 0 || (size_t)used >= sizeof beside)
        return -ENAMETOOLONG;
    unlink(beside); /* of a process that was killed and had this pid */
    int fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (fd < 0)
        return -errno;
    int err = write_all(fd, text, length);
    if (close(fd) != 0 && err == 0)
        err = -errno;
    if (err == 0 && rename(beside, path) != 0)
        err = -errno;
    if (err != 0)
        unlink(beside);
    return err;
}
