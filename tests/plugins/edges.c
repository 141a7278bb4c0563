/* SPDX-License-Identifier: MIT */
/*
 * The two ends of a stream that is checked, and of one that is measured: messages that carry their
 * number and a body made of it, and a sink that keeps its place in a file that outlives its
 * process.  A message that comes again or is left out is counted there, and is an error.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "graph/graph.h"

enum { BYTES_MAX = 1 << 16 };

static uint64_t word_of(uint64_t number, size_t i)
{
    return i == 0 ? number : (number + i) * 0x9e3779b97f4a7c15u;
}

/* ---- the source -------------------------------------------------------------------------------
 */

struct numbers {
    uint64_t next, count;
    size_t words;
    int64_t pause_us, fail_at;
};

static int numbers_init(rs_node *n, const rs_params *params)
{
    struct numbers *s = (struct numbers *)rs_node_state(n);
    int64_t count = 0, bytes = 0;
    int err = rs_param_integer(n, params, "count", 0, INT64_MAX, &count);
    err = err ? err : rs_param_integer(n, params, "bytes", 8, BYTES_MAX, &bytes);
    err = err ? err : rs_param_integer(n, params, "pause_us", 0, 1000000, &s->pause_us);
    err = err ? err : rs_param_integer(n, params, "fail_at", 0, INT64_MAX, &s->fail_at);
    s->count = (uint64_t)count;
    s->words = (size_t)bytes / 8;
    rs_node_set_out(n, 0, "numbers", (uint32_t)(s->words * 8), 8);
    return err;
}

static int numbers_work(rs_node *n, rs_io *io)
{
    struct numbers *s = (struct numbers *)rs_node_state(n);
    struct rs_span span;
    if (s->count > 0 && s->next == s->count)
        return RS_EOS;
    if (s->fail_at > 0 && s->next >= (uint64_t)s->fail_at)
        return rs_node_fail(n, -EPROTO, "told to fail");
    const size_t k = rs_io_reserve(io, 0, s->count > 0 ? s->count - s->next : SIZE_MAX, &span);
    for (size_t i = 0; i < k; i++) {
        unsigned char *to = (unsigned char *)rs_span_at(&span, i);
        for (size_t j = 0; j < s->words; j++) {
            const uint64_t word = word_of(s->next + i, j);
            memcpy(to + 8 * j, &word, 8);
        }
    }
    s->next += k;
    if (k > 0)
        rs_io_commit(io, 0, k);
    if (k > 0 && s->pause_us > 0)
        usleep((useconds_t)s->pause_us);
    return (int)k;
}

static const rs_port numbers_out[] = {{.name = "out"}};
static const rs_param_spec numbers_params[] = {
    {"count", "0", "messages", "how many; 0 = for ever"},
    {"bytes", "8", "bytes", "of a message, a multiple of 8"},
    {"pause_us", "0", "us", "after each batch"},
    {"fail_at", "0", "messages", "fails after so many; 0 = never"},
    {NULL, NULL, NULL, NULL},
};
static const rs_node_ops numbers = {
    .abi = RS_GRAPH_ABI,
    .kind = "test.numbers",
    .summary = "messages that carry their number and a body made of it",
    .out = numbers_out,
    .n_out = 1,
    .params = numbers_params,
    .state_bytes = sizeof(struct numbers),
    .init = numbers_init,
    .work = numbers_work,
};

/* ---- the sink ---------------------------------------------------------------------------------
 */

/* What the file holds. */
struct place {
    uint64_t next; /* messages that it is done with: written last, in one store */
    uint64_t lost, twice, damaged;
};

struct progress {
    struct place *place;
    char file[256];
    size_t words;
    int64_t pause_us, end_at;
};

static int progress_init(rs_node *n, const rs_params *params)
{
    struct progress *s = (struct progress *)rs_node_state(n);
    const char *file;
    int64_t bytes = 0;
    int err = rs_param_text(n, params, "file", &file);
    err = err ? err : rs_param_integer(n, params, "bytes", 8, BYTES_MAX, &bytes);
    err = err ? err : rs_param_integer(n, params, "pause_us", 0, 10000000, &s->pause_us);
    err = err ? err : rs_param_integer(n, params, "end_at", 0, INT64_MAX, &s->end_at);
    if (err == 0 && strlen(file) >= sizeof s->file)
        err = rs_node_fail(n, -EINVAL, "file: too long");
    if (err != 0)
        return err;
    memcpy(s->file, file, strlen(file) + 1);
    s->words = (size_t)bytes / 8;
    rs_node_set_in(n, 0, "numbers", (uint32_t)(s->words * 8), 8);
    return 0;
}

static int progress_start(rs_node *n)
{
    struct progress *s = (struct progress *)rs_node_state(n);
    int fd = open(s->file, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0 || ftruncate(fd, sizeof *s->place) != 0)
        return rs_node_fail(n, -errno, "%s: %s", s->file, strerror(errno));
    void *at = mmap(NULL, sizeof *s->place, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (at == MAP_FAILED)
        return rs_node_fail(n, -errno, "%s: %s", s->file, strerror(errno));
    s->place = (struct place *)at;
    return 0;
}

static void look(struct progress *s, const unsigned char *message, uint64_t want)
{
    uint64_t word[2];
    memcpy(word, message, 8);
    s->place->lost += word[0] > want;
    s->place->twice += word[0] < want;
    for (size_t j = 1; j < s->words; j++) {
        memcpy(&word[1], message + 8 * j, 8);
        s->place->damaged += word[1] != word_of(word[0], j);
    }
}

static int progress_work(rs_node *n, rs_io *io)
{
    struct progress *s = (struct progress *)rs_node_state(n);
    struct place *p = s->place;
    struct rs_span span;
    const size_t k = rs_io_peek(io, 0, SIZE_MAX, &span);
    if (k == 0)
        return RS_IDLE;
    for (size_t i = 0; i < k; i++)
        look(s, (const unsigned char *)rs_span_at(&span, i), p->next + i);
    if (p->lost + p->twice + p->damaged > 0)
        return rs_node_fail(n, -EBADMSG, "message %llu: lost %llu, twice %llu, damaged %llu",
                            (unsigned long long)p->next, (unsigned long long)p->lost,
                            (unsigned long long)p->twice, (unsigned long long)p->damaged);
    if (s->pause_us > 0)
        usleep((useconds_t)s->pause_us);
    __atomic_store_n(&p->next, p->next + k, __ATOMIC_RELEASE);
    rs_io_release(io, 0, k);
    return s->end_at > 0 && p->next >= (uint64_t)s->end_at ? RS_EOS : (int)k;
}

static void progress_stop(rs_node *n)
{
    struct progress *s = (struct progress *)rs_node_state(n);
    munmap(s->place, sizeof *s->place);
}

static const rs_port progress_in[] = {{.name = "in"}};
static const rs_param_spec progress_params[] = {
    {"file", NULL, "", "where it keeps its place"},
    {"bytes", "8", "bytes", "of a message, a multiple of 8"},
    {"pause_us", "0", "us", "for each batch"},
    {"end_at", "0", "messages", "wants no more than so many; 0 = all"},
    {NULL, NULL, NULL, NULL},
};
static const rs_node_ops progress = {
    .abi = RS_GRAPH_ABI,
    .kind = "test.progress",
    .summary = "checks numbers, and keeps its place in a file",
    .in = progress_in,
    .n_in = 1,
    .params = progress_params,
    .state_bytes = sizeof(struct progress),
    .init = progress_init,
    .start = progress_start,
    .work = progress_work,
    .stop = progress_stop,
};

/* ---- a source that says when, and a sink that measures ----------------------------------------
 */

static uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

struct stamps {
    uint64_t due_ns, left;
    int64_t every_us;
};

static int stamps_init(rs_node *n, const rs_params *params)
{
    struct stamps *s = (struct stamps *)rs_node_state(n);
    int64_t count = 0;
    int err = rs_param_integer(n, params, "count", 1, INT64_MAX, &count);
    err = err ? err : rs_param_integer(n, params, "every_us", 1, 1000000, &s->every_us);
    s->left = (uint64_t)count;
    rs_node_set_out(n, 0, "stamps", 8, 8);
    return err;
}

static int stamps_work(rs_node *n, rs_io *io)
{
    struct stamps *s = (struct stamps *)rs_node_state(n);
    struct rs_span span;
    uint64_t now = now_ns();
    if (s->left == 0)
        return RS_EOS;
    if (now < s->due_ns || rs_io_reserve(io, 0, 1, &span) == 0)
        return RS_IDLE;
    s->due_ns = now + (uint64_t)s->every_us * 1000;
    s->left--;
    now = now_ns();
    memcpy(rs_span_at(&span, 0), &now, 8);
    rs_io_commit(io, 0, 1);
    return 1;
}

static void stamps_sleeps(rs_node *n, struct rs_sleep *sleep)
{
    struct stamps *s = (struct stamps *)rs_node_state(n);
    const uint64_t now = now_ns();
    sleep->most_ns = s->due_ns > now ? (int64_t)(s->due_ns - now) : 0;
}

static const rs_port stamps_out[] = {{.name = "out"}};
static const rs_param_spec stamps_params[] = {
    {"count", "1000", "messages", "how many"},
    {"every_us", "1000", "us", "one each"},
    {NULL, NULL, NULL, NULL},
};
static const rs_node_ops stamps = {
    .abi = RS_GRAPH_ABI,
    .kind = "test.stamps",
    .summary = "messages that say when they were sent, at a low rate",
    .out = stamps_out,
    .n_out = 1,
    .params = stamps_params,
    .state_bytes = sizeof(struct stamps),
    .init = stamps_init,
    .work = stamps_work,
    .sleeps = stamps_sleeps,
};

enum { KEPT = 1 << 16 };

struct meter {
    uint64_t first_ns, last_ns, messages;
    uint64_t *late_ns; /* [KEPT]; NULL = messages are no stamps */
    int64_t timed;
};

static int meter_init(rs_node *n, const rs_params *params)
{
    struct meter *s = (struct meter *)rs_node_state(n);
    int err = rs_param_integer(n, params, "timed", 0, 1, &s->timed);
    rs_node_set_in(n, 0, NULL, 8, 8);
    return err;
}

static int meter_start(rs_node *n)
{
    struct meter *s = (struct meter *)rs_node_state(n);
    s->late_ns = s->timed ? (uint64_t *)calloc(KEPT, sizeof *s->late_ns) : NULL;
    return s->timed && s->late_ns == NULL ? -ENOMEM : 0;
}

static int meter_work(rs_node *n, rs_io *io)
{
    struct meter *s = (struct meter *)rs_node_state(n);
    struct rs_span span;
    const size_t k = rs_io_peek(io, 0, SIZE_MAX, &span);
    if (k == 0)
        return RS_IDLE;
    s->last_ns = now_ns();
    s->first_ns = s->messages == 0 ? s->last_ns : s->first_ns;
    for (size_t i = 0; s->late_ns != NULL && i < k && s->messages + i < KEPT; i++) {
        uint64_t sent;
        memcpy(&sent, rs_span_at(&span, i), 8);
        s->late_ns[s->messages + i] = s->last_ns - sent;
    }
    s->messages += k;
    rs_io_release(io, 0, k);
    return (int)k;
}

static int by_size(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static void meter_stop(rs_node *n)
{
    struct meter *s = (struct meter *)rs_node_state(n);
    const uint64_t kept = s->messages < KEPT ? s->messages : KEPT;
    printf("{\"messages\":%llu,\"seconds\":%.9f", (unsigned long long)s->messages,
           (double)(s->last_ns - s->first_ns) / 1e9);
    if (s->late_ns != NULL && kept > 0) {
        qsort(s->late_ns, kept, sizeof *s->late_ns, by_size);
        printf(",\"late_ns\":%llu", (unsigned long long)s->late_ns[kept / 2]);
    }
    printf("}\n");
    fflush(stdout);
    free(s->late_ns);
}

static const rs_port meter_in[] = {{.name = "in"}};
static const rs_param_spec meter_params[] = {
    {"timed", "0", "", "1 = messages say when they were sent"},
    {NULL, NULL, NULL, NULL},
};
static const rs_node_ops meter = {
    .abi = RS_GRAPH_ABI,
    .kind = "test.meter",
    .summary = "says how many messages came, how fast, and how late they were",
    .in = meter_in,
    .n_in = 1,
    .params = meter_params,
    .state_bytes = sizeof(struct meter),
    .init = meter_init,
    .start = meter_start,
    .work = meter_work,
    .stop = meter_stop,
};

static const rs_node_ops *const kinds[] = {&numbers, &progress, &stamps, &meter};
const struct rs_plugin rs_plugin = {RS_GRAPH_ABI, 4, kinds};
