/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "fleet.h"
#include "measure/engine.h"
#include "program.h"
#include "store/folder.h"
#include "store/manifest.h"

enum { FLEET_VERSION = 1, PATH_BYTES = FLEET_DIR_BYTES + 128 };

/* ---- what is shipped ------------------------------------------------------------------------- */

/* sha256sum escapes names with a backslash or a line end; then its line begins with one. */
static bool read_sum(FILE *out, char sha256[65])
{
    char line[80];
    if (fgets(line, sizeof line, out) == NULL)
        return false;
    const char *digits = line + (line[0] == '\\');
    size_t n = strspn(digits, "0123456789abcdef");
    snprintf(sha256, 65, "%.64s", digits);
    return n == 64;
}

static int sum_file(const char *path, char sha256[65])
{
    char program[4096], given[4096];
    struct program_result r;
    if (!program_find("sha256sum", NULL, program, sizeof program)) {
        complain("sha256sum is not in PATH; what is shipped cannot be verified. It is in "
                 "coreutils");
        return EXIT_UNSUITABLE;
    }
    snprintf(given, sizeof given, "%s", path);
    char *const argv[] = {program, (char[]){"--"}, given, NULL};
    int err = program_run(argv, &r);
    bool good = err == 0 && r.exit_code == 0 && read_sum(r.out, sha256);
    if (err == 0)
        fclose(r.out);
    if (!good)
        complain("cannot take the checksum of %s: %s", path,
                 err             ? strerror(-err)
                 : r.interrupted ? "interrupted; nothing was submitted"
                                 : r.said);
    return good ? EXIT_DONE : r.interrupted ? EXIT_INTERRUPTED : EXIT_INCOMPLETE;
}

/* The text that was parsed, not the file that may have changed since. */
static int sum_text(const char *text, char sha256[65])
{
    char path[] = "/tmp/ringside-plan-XXXXXX";
    int fd = mkostemp(path, O_CLOEXEC);
    size_t length = strlen(text);
    bool written = fd >= 0 && write(fd, text, length) == (ssize_t)length;
    if (!written)
        complain("cannot write %s: %s", path, strerror(errno));
    int code = written ? sum_file(path, sha256) : EXIT_INCOMPLETE;
    if (fd >= 0) {
        close(fd);
        unlink(path);
    }
    return code;
}

static struct fleet_file *add_file(struct fleet *f, const char *from, const char *name)
{
    struct fleet_file *file = &f->file[f->files++];
    snprintf(file->from, sizeof file->from, "%s", from);
    snprintf(file->name, sizeof file->name, "%s", name);
    return file;
}

static bool needs(const struct plan *p, int64_t engine)
{
    for (size_t i = 0; i < p->n; i++)
        if ((kernel_table[p->cell[i].value[FACTOR_kernel]].uses & USES_GRAPH) != 0 &&
            p->cell[i].value[FACTOR_engine] == engine)
            return true;
    return false;
}

static bool has_name(const struct fleet *f, const char *name)
{
    for (size_t i = 0; i < f->files; i++)
        if (strcmp(f->file[i].name, name) == 0)
            return true;
    return false;
}

/* Engines are programs in the folder of the command. */
static int pack_engines(struct fleet *f, const struct plan *p)
{
    char path[4096];
    const char *slash = strrchr(f->file[0].from, '/');
    int code = EXIT_DONE;
    for (int64_t e = 0; code == EXIT_DONE && e < ENGINES; e++) {
        if (engine_is_this(e) || !needs(p, e) || has_name(f, engine_program(e)))
            continue;
        snprintf(path, sizeof path, "%.*s/%s", (int)(slash - f->file[0].from), f->file[0].from,
                 engine_program(e));
        code = sum_file(path, add_file(f, path, engine_program(e))->sha256);
    }
    return code;
}

int fleet_pack(struct fleet *f, const struct plan *p)
{
    char self[4096], name[80];
    if (!program_self(self, sizeof self)) {
        complain("cannot find the file of this command: /proc/self/exe does not tell");
        return EXIT_UNSUITABLE;
    }
    snprintf(name, sizeof name, "%s.exp", p->name);
    int code = sum_file(self, add_file(f, self, "ringside")->sha256);
    if (code == EXIT_DONE)
        code = sum_text(p->text, add_file(f, "", name)->sha256);
    return code == EXIT_DONE ? pack_engines(f, p) : code;
}

/* ---- the folder ------------------------------------------------------------------------------ */

static int copy_bytes(int from, int to)
{
    ssize_t n;
    while ((n = sendfile(to, from, NULL, 1 << 24)) > 0)
        ;
    return n < 0 || fsync(to) != 0 ? -errno : 0;
}

static int copy_program(const char *from, const char *to)
{
    int in = open(from, O_RDONLY | O_CLOEXEC);
    if (in < 0)
        return -errno;
    int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
    int err = out < 0 ? -errno : copy_bytes(in, out);
    if (out >= 0 && close(out) != 0 && err == 0)
        err = -errno;
    close(in);
    return err;
}

static int make_folders(const char *dir)
{
    static const char *const folders[] = {"ship", "shards", "exits", "logs"};
    char path[PATH_BYTES];
    int err = 0;
    for (size_t i = 0; err == 0 && i < sizeof folders / sizeof folders[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", dir, folders[i]);
        err = folder_make(path);
    }
    return err;
}

static int ship_files(const struct fleet *f, const struct plan *p)
{
    char path[PATH_BYTES];
    int err = 0;
    for (size_t i = 0; err == 0 && i < f->files; i++) {
        snprintf(path, sizeof path, "%s/ship/%s", f->dir, f->file[i].name);
        err = f->file[i].from[0] ? copy_program(f->file[i].from, path)
                                 : file_replace(path, p->text, strlen(p->text));
    }
    return err;
}

static int ship_script(const struct fleet *f)
{
    char path[PATH_BYTES], *text = NULL;
    size_t length = 0;
    FILE *memory = open_memstream(&text, &length);
    if (memory == NULL)
        return -ENOMEM;
    fleet_write_script(f, memory);
    int err = fclose(memory) == 0 ? 0 : -ENOMEM;
    snprintf(path, sizeof path, "%s/fleet.sh", f->dir);
    if (err == 0)
        err = file_replace(path, text, length);
    free(text);
    return err;
}

int fleet_ship(const struct fleet *f, const struct plan *p)
{
    int err = make_folders(f->dir);
    if (err == 0)
        err = ship_files(f, p);
    if (err == 0)
        err = ship_script(f);
    if (err == 0)
        err = fleet_write(f);
    if (err)
        complain("cannot write in %s: %s; use --out with a folder that all nodes share", f->dir,
                 strerror(-err));
    return err == 0 ? EXIT_DONE : EXIT_INCOMPLETE;
}

/* ---- fleet.json ------------------------------------------------------------------------------ */

int fleet_write(const struct fleet *f)
{
    char path[PATH_BYTES];
    json_t *j = json_pack("{s:i, s:s, s:i, s:i, s:I, s:I, s:s}", "version", FLEET_VERSION, "plan",
                          f->plan, "shards", f->shards, "nodes", f->nodes, "seed",
                          (json_int_t)f->seed, "rounds", (json_int_t)f->rounds, "job", f->job);
    char *text = j ? json_dumps(j, JSON_INDENT(1)) : NULL;
    json_decref(j);
    snprintf(path, sizeof path, "%s/fleet.json", f->dir);
    int err = text ? file_replace(path, text, strlen(text)) : -ENOMEM;
    free(text);
    return err;
}

static bool take_members(const json_t *j, struct fleet *f)
{
    const char *job = json_string_value(json_object_get(j, "job"));
    const char *plan = json_string_value(json_object_get(j, "plan"));
    const json_int_t shards = json_integer_value(json_object_get(j, "shards"));
    const json_int_t nodes = json_integer_value(json_object_get(j, "nodes"));
    if (json_integer_value(json_object_get(j, "version")) != FLEET_VERSION || job == NULL ||
        plan == NULL || shards < 1 || shards > FLEET_SHARDS_MAX || nodes < 1 ||
        nodes > FLEET_SHARDS_MAX || strlen(job) >= sizeof f->job ||
        strspn(job, "0123456789") != strlen(job))
        return false;
    snprintf(f->job, sizeof f->job, "%s", job);
    snprintf(f->plan, sizeof f->plan, "%s", plan);
    f->shards = (int)shards;
    f->nodes = (int)nodes;
    f->rounds = json_integer_value(json_object_get(j, "rounds"));
    return true;
}

int fleet_read(const char *dir, struct fleet *f)
{
    char path[PATH_BYTES], *real = realpath(dir, NULL);
    bool fits = real != NULL && strlen(real) < sizeof f->dir;
    if (fits)
        snprintf(f->dir, sizeof f->dir, "%s", real);
    free(real);
    snprintf(path, sizeof path, "%s/fleet.json", f->dir);
    if (!fits || access(path, R_OK) != 0) {
        complain("cannot read %.1000s/fleet.json: %s; give the folder of a fleet", dir,
                 strerror(errno));
        return EXIT_USAGE;
    }
    json_t *j = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
    bool good = take_members(j, f);
    json_decref(j);
    if (!good)
        complain("%s is damaged or of another version of ringside", path);
    return good ? EXIT_DONE : EXIT_INVALID;
}
