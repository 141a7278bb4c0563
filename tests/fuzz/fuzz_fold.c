/* SPDX-License-Identifier: MIT */
/* What `perf script` prints, with anything in it: folded, one "stack weight" a line. */
#include "fuzz.h"

#include "flame_fold.h"

#include <string.h>

static void check_lines(char *text)
{
    for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        const char *weight = strrchr(line, ' ');
        fuzz_require(weight != NULL && weight != line);
        fuzz_require(strspn(weight + 1, "0123456789") == strlen(weight + 1) && weight[1] != '\0');
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fold_options o = {.command = "ringside", .reporter = "reporter"};
    struct fold_counts counts;
    char *text = NULL;
    size_t length = 0;
    FILE *script, *to;
    if (size < 2)
        return 0;
    o.off_cpu = data[0] & 1; /* the first byte chooses, the rest is the file */
    script = fmemopen((void *)(data + 1), size - 1, "rb");
    to = open_memstream(&text, &length);
    fuzz_require(script != NULL && to != NULL);
    fuzz_require(fold_script(script, &o, to, &counts) == 0);
    fclose(script);
    fclose(to);
    if (memchr(text, 0, length) == NULL)
        check_lines(text);
    free(text);
    return 0;
}
