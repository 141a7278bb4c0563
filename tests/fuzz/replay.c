/* SPDX-License-Identifier: MIT */
/*
 * Runs a fuzz target on files, without libFuzzer: usage: replay_TARGET FILE-OR-FOLDER...
 * Prints a TAP line for each file before and after, so that the log names the one that ends it.
 */
#include "fuzz.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

/* Exactly as long as the file, so that a sanitizer sees what is read behind it. */
static uint8_t *read_file(const char *path, size_t *size)
{
    struct stat st;
    uint8_t *data;
    FILE *f = fopen(path, "rbe");
    if (f == NULL)
        return NULL;
    data = fstat(fileno(f), &st) == 0 ? malloc((size_t)st.st_size + (st.st_size == 0)) : NULL;
    *size = data != NULL ? fread(data, 1, (size_t)st.st_size, f) : 0;
    fclose(f);
    return data;
}

static bool replay_file(const char *path)
{
    size_t size;
    uint8_t *data = read_file(path, &size);
    if (data == NULL) {
        printf("not ok - %s cannot be read: %s\n", path, strerror(errno));
        return false;
    }
    printf("# %s: %zu bytes\n", path, size);
    fflush(stdout);
    (void)LLVMFuzzerTestOneInput(data, size);
    free(data);
    printf("ok - %s\n", path);
    return true;
}

static int not_hidden(const struct dirent *d)
{
    return d->d_name[0] != '.';
}

static bool replay(const char *path)
{
    struct dirent **name;
    int n = scandir(path, &name, not_hidden, alphasort);
    bool good = true;
    if (n < 0)
        return replay_file(path);
    for (int i = 0; i < n; i++) {
        char file[4096];
        snprintf(file, sizeof file, "%s/%s", path, name[i]->d_name);
        good = replay_file(file) && good;
        free(name[i]);
    }
    free(name);
    return good;
}

int main(int argc, char **argv)
{
    bool good = true;
    if (argc < 2) {
        fprintf(stderr, "usage: %s FILE-OR-FOLDER...\n", argv[0]);
        return 2;
    }
    for (int i = 1; i < argc; i++)
        good = replay(argv[i]) && good;
    return good ? 0 : 1;
}
