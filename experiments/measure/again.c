/* SPDX-License-Identifier: MIT */
#include "again.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void exec_emulated(const char *emulator, char *const argv[])
{
    char self[4096];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    size_t n = 0;
    if (length <= 0)
        return;
    self[length] = '\0';
    while (argv[n] != NULL)
        n++;
    char **words = malloc((n + 2) * sizeof *words);
    char *first = strdup(emulator);
    if (words == NULL || first == NULL) {
        free((void *)words);
        free(first);
        return;
    }
    words[0] = first;
    words[1] = self;
    for (size_t i = 1; i <= n; i++)
        words[i + 1] = argv[i];
    execvp(emulator, words);
    free((void *)words);
    free(first);
}

void again_exec(char *const argv[])
{
    execv("/proc/self/exe", argv);
    const char *emulator = getenv("RINGSIDE_EMULATOR");
    if (errno == ENOEXEC && emulator != NULL && *emulator != '\0')
        exec_emulated(emulator, argv);
}
