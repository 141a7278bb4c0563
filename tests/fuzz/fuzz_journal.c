/* SPDX-License-Identifier: MIT */
/*
 * The journal of a run, with anything in it: opening it cuts off a torn line and nothing else, a
 * record that is appended is its last line, and reading it back takes it or says which line is no
 * record.
 */
#include "fuzz.h"

#include "store/journal.h"
#include "store/samples.h"

#include <stdbool.h>
#include <string.h>
#include <unistd.h>

/* A folder of the process for its one file; the last input stays there. */
static const char *folder(void)
{
    static char name[] = "/tmp/ringside-fuzz.XXXXXX";
    static bool made;
    if (!made)
        fuzz_require(mkdtemp(name) != NULL);
    made = true;
    return name;
}

static void write_file(const char *path, const uint8_t *data, size_t size)
{
    FILE *f = fopen(path, "wbe");
    fuzz_require(f != NULL);
    fuzz_require(fwrite(data, 1, size, f) == size);
    fuzz_require(fclose(f) == 0);
}

/* Whether the file begins with the first `size` bytes of data and then has `more`, and no more. */
static bool holds(const char *path, const uint8_t *data, size_t size, const char *more)
{
    const size_t all = size + strlen(more);
    char *text = malloc(all + 1);
    FILE *f = fopen(path, "rbe");
    bool same;
    fuzz_require(text != NULL && f != NULL);
    same = fread(text, 1, all + 1, f) == all && memcmp(text, data, size) == 0 &&
           memcmp(text + size, more, all - size) == 0;
    fclose(f);
    free(text);
    return same;
}

static void read_back(const char *dir)
{
    struct samples s;
    char why[512] = "";
    memset(&s, 0, sizeof s);
    if (samples_load(dir, &s, why, sizeof why) == 0)
        samples_free(&s);
    else
        fuzz_require(why[0] != '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *dir = folder();
    const uint8_t *newline = size > 0 ? memrchr(data, '\n', size) : NULL;
    const size_t whole = newline != NULL ? (size_t)(newline - data) + 1 : 0;
    json_t *record = json_pack("{s:i}", "round", 7);
    struct journal j;
    char path[64];
    snprintf(path, sizeof path, "%s/samples.jsonl", dir);
    write_file(path, data, size);
    read_back(dir);
    fuzz_require(record != NULL);
    fuzz_require(journal_open(&j, dir) == 0);
    fuzz_require(holds(path, data, whole, ""));
    fuzz_require(journal_append(&j, record) == 0);
    journal_close(&j);
    fuzz_require(holds(path, data, whole, "{\"round\":7}\n"));
    read_back(dir);
    json_decref(record);
    return 0;
}
