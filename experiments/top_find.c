/* SPDX-License-Identifier: MIT */
/* Which of the live files is meant. */
#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "top.h"

/* ---- all live files ---------------------------------------------------------------------------
 */

static uint32_t pid_in_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return (uint32_t)strtoul(slash != NULL ? slash + 1 : path, NULL, 10);
}

static bool add_item(struct top_scan *s, const struct rs_live_view *v)
{
    void *more = realloc(s->item, (s->n + 1) * sizeof *s->item);
    if (more == NULL)
        return false;
    s->item = (struct top_item *)more;
    struct top_item *item = &s->item[s->n++];
    item->head = *v->header;
    item->state = rs_live_state(v->header);
    item->payload = malloc((size_t)v->header->payload_bytes + 1);
    if (item->payload != NULL && rs_live_copy(v, item->payload) != 0) {
        free(item->payload);
        item->payload = NULL;
    }
    return true;
}

/* False ends the scan: memory is out. */
static bool take_file(void *scan, const char *path)
{
    struct top_scan *s = (struct top_scan *)scan;
    struct rs_live_view v;
    char why[640];
    int err = rs_live_open(&v, path, why, sizeof why);
    if (err == 0) {
        s->complete = add_item(s, &v);
        rs_live_close(&v);
        return s->complete;
    }
    if (err != -ENOENT) { /* it ended just now */
        snprintf(s->refused, sizeof s->refused, "%s", why);
        s->refused_pid = pid_in_name(path);
        s->refused_err = err;
    }
    return true;
}

int top_scan_make(struct top_scan *s)
{
    *s = (struct top_scan){.complete = true};
    rs_live_each(take_file, s);
    if (s->complete)
        return 0;
    top_scan_free(s);
    return -ENOMEM;
}

void top_scan_free(struct top_scan *s)
{
    for (size_t i = 0; i < s->n; i++)
        free(s->item[i].payload);
    free(s->item);
    *s = (struct top_scan){.n = 0};
}

bool top_is_same(const struct top_item *item, const struct rs_live_header *h)
{
    return item->head.pid == h->pid && item->head.started_ticks == h->started_ticks &&
           item->head.pid_space == h->pid_space;
}

bool top_is_round_of(const struct top_item *item, const struct rs_live_header *sweep)
{
    return sweep->kind == RS_LIVE_SWEEP && item->head.kind == RS_LIVE_GRAPH &&
           item->head.parent_pid == sweep->pid && item->head.pid_space == sweep->pid_space;
}

/* ---- telling what there is --------------------------------------------------------------------
 */

static const char *kind_of(const struct rs_live_header *h)
{
    return h->kind == RS_LIVE_SWEEP ? "sweep" : "graph";
}

static void say_killed(const struct rs_live_header *h)
{
    if (h->kind == RS_LIVE_SWEEP)
        complain("sweep '%s' was killed (process %u); what it recorded is valid, `ringside resume "
                 "%s` goes on",
                 h->name, (unsigned)h->pid, h->folder);
    else
        complain("graph '%s' was killed, or its program ended without freeing it (process %u)",
                 h->name, (unsigned)h->pid);
}

/* Is it shown with something else: a further graph of its process, a round of a sweep? */
static bool belongs_to_another(const struct top_scan *s, size_t i)
{
    for (size_t k = 0; k < s->n; k++)
        if (k != i && s->item[k].state != RS_LIVE_DEAD &&
            (top_is_round_of(&s->item[i], &s->item[k].head) ||
             (k < i && top_is_same(&s->item[k], &s->item[i].head))))
            return true;
    return false;
}

/* Looks among those for which fits() holds; the result as of top_find. */
static int choose(const struct top_scan *s, bool (*fits)(const struct top_item *, const void *),
                  const void *what, struct rs_live_header *found)
{
    size_t running = 0;
    const struct rs_live_header *dead = NULL;
    for (size_t i = 0; i < s->n; i++) {
        if (!fits(&s->item[i], what) || belongs_to_another(s, i))
            continue;
        if (s->item[i].state == RS_LIVE_DEAD)
            dead = &s->item[i].head;
        else if (running++ == 0)
            *found = s->item[i].head;
    }
    if (running == 1)
        return EXIT_DONE;
    if (running == 0 && dead != NULL)
        say_killed(dead);
    if (running == 0)
        return EXIT_INCOMPLETE;
    for (size_t i = 0; i < s->n; i++)
        if (s->item[i].state != RS_LIVE_DEAD && fits(&s->item[i], what) &&
            !belongs_to_another(s, i))
            printf("%-8u %-6s %-20s %s\n", (unsigned)s->item[i].head.pid, kind_of(&s->item[i].head),
                   s->item[i].head.name, s->item[i].head.folder);
    complain("%zu are running; say which by its pid: `ringside top PID`", running);
    return EXIT_USAGE;
}

/* ---- by nothing, by pid, by folder ------------------------------------------------------------
 */

static bool fits_all(const struct top_item *item, const void *unused)
{
    (void)item;
    (void)unused;
    return true;
}

static bool fits_pid(const struct top_item *item, const void *pid)
{
    return item->head.pid == *(const uint32_t *)pid;
}

static bool fits_folder(const struct top_item *item, const void *folder)
{
    return strncmp(item->head.folder, (const char *)folder, sizeof item->head.folder - 1) == 0;
}

static bool any_fits(const struct top_scan *s, bool (*fits)(const struct top_item *, const void *),
                     const void *what)
{
    for (size_t i = 0; i < s->n; i++)
        if (fits(&s->item[i], what))
            return true;
    return false;
}

static int refused_code(int err)
{
    return err == -EPERM ? EXIT_UNSUITABLE : EXIT_INVALID;
}

static int find_alone(const struct top_scan *s, struct rs_live_header *found)
{
    char folder[RS_LIVE_FOLDERS][RS_LIVE_PATH_BYTES];
    int code = choose(s, fits_all, NULL, found);
    if (code != EXIT_INCOMPLETE)
        return code;
    if (s->refused[0] != '\0') {
        complain("%s", s->refused);
        return refused_code(s->refused_err);
    }
    const size_t n = rs_live_folders(folder);
    complain("nothing is running: no graph and no sweep shows itself in %s%s%s; `ringside graph "
             "run` and `ringside sweep` do, a program of yours with rs_graph_options.publish",
             folder[0], n > 1 ? " or " : "", n > 1 ? folder[1] : "");
    return EXIT_INCOMPLETE;
}

static const char *user_name(uid_t uid, char *text, size_t n)
{
    const struct passwd *p = getpwuid(uid);
    if (p != NULL)
        snprintf(text, n, "%s", p->pw_name);
    else
        snprintf(text, n, "%u", (unsigned)uid);
    return text;
}

/* Nothing shows itself under this pid: why? */
static int refuse_pid(const struct top_scan *s, uint32_t pid)
{
    struct stat process;
    char path[48], user[64];
    snprintf(path, sizeof path, "/proc/%u", (unsigned)pid);
    if (s->refused_pid == pid && s->refused[0] != '\0') {
        complain("%s", s->refused);
        return refused_code(s->refused_err);
    }
    if (stat(path, &process) != 0) {
        complain("there is no process %u; `ringside top` lists what is running", (unsigned)pid);
        return EXIT_USAGE;
    }
    if (process.st_uid != geteuid()) {
        complain("process %u is of user %s, and shows itself to them alone; run `ringside top` as "
                 "that user",
                 (unsigned)pid, user_name(process.st_uid, user, sizeof user));
        return EXIT_UNSUITABLE;
    }
    complain("process %u shows no graph and no sweep; a program does with "
             "rs_graph_options.publish, and not if it was built with RS_METRICS = 0",
             (unsigned)pid);
    return EXIT_USAGE;
}

static int find_pid(const struct top_scan *s, uint32_t pid, struct rs_live_header *found)
{
    return any_fits(s, fits_pid, &pid) ? choose(s, fits_pid, &pid, found) : refuse_pid(s, pid);
}

static int find_folder(const struct top_scan *s, const char *word, struct rs_live_header *found)
{
    char folder[PATH_MAX], inside[PATH_MAX + 16];
    if (realpath(word, folder) == NULL) {
        complain("%s: %s; give the pid of a graph or the folder of a sweep", word, strerror(errno));
        return EXIT_USAGE;
    }
    if (any_fits(s, fits_folder, folder))
        return choose(s, fits_folder, folder, found);
    snprintf(inside, sizeof inside, "%s/manifest.json", folder);
    if (access(inside, F_OK) == 0) {
        complain("no sweep is running in %s; `ringside summary %s` says what it recorded, "
                 "`ringside resume %s` goes on with it",
                 word, word, word);
        return EXIT_INCOMPLETE;
    }
    complain("%s is no folder of a run, and no graph was started in it; give the pid of a graph or "
             "the folder of a sweep",
             word);
    return EXIT_USAGE;
}

int top_find(const char *word, struct rs_live_header *found)
{
    struct top_scan scan;
    char *end = NULL;
    if (top_scan_make(&scan) != 0) {
        complain("out of memory; free some and repeat");
        return EXIT_INCOMPLETE;
    }
    const unsigned long pid = word != NULL ? strtoul(word, &end, 10) : 0;
    int code;
    if (word == NULL)
        code = find_alone(&scan, found);
    else if (word[0] >= '0' && word[0] <= '9' && *end == '\0' && pid <= INT_MAX)
        code = find_pid(&scan, (uint32_t)pid, found);
    else
        code = find_folder(&scan, word, found);
    top_scan_free(&scan);
    return code;
}

/* ---- several ----------------------------------------------------------------------------------
 */

static int find_one_of_several(const char *word, struct rs_live_header *found)
{
    struct top_scan scan;
    char folder[PATH_MAX];
    bool runs = false;
    if (realpath(word, folder) == NULL || top_report_age_s(folder) < 0)
        return top_find(word, found);
    if (top_scan_make(&scan) != 0) {
        complain("out of memory; free some and repeat");
        return EXIT_INCOMPLETE;
    }
    for (size_t i = 0; i < scan.n; i++)
        runs |= scan.item[i].state != RS_LIVE_DEAD && fits_folder(&scan.item[i], folder);
    top_scan_free(&scan);
    if (runs)
        return top_find(word, found);
    *found = (struct rs_live_header){.kind = RS_LIVE_GRAPH};
    snprintf(found->folder, sizeof found->folder, "%.*s", (int)sizeof found->folder - 1, folder);
    return EXIT_DONE;
}

int top_find_several(const char *const *word, size_t n, struct rs_live_header *found)
{
    for (size_t i = 0; i < n; i++) {
        int code = find_one_of_several(word[i], &found[i]);
        if (code != EXIT_DONE)
            return code;
        if (found[i].kind == RS_LIVE_SWEEP) {
            complain("%s is a sweep; of several, all must be graphs", word[i]);
            return EXIT_USAGE;
        }
    }
    return EXIT_DONE;
}
