/* SPDX-License-Identifier: MIT */
/*
 * Bare libzmq beside an edge of a graph: PUSH and PULL of the same batches over the same address,
 * with the copies that any program makes, out of memory into a message and back.
 *
 *     ringside-zmq push ADDRESS BATCH MESSAGES     8-byte messages, BATCH in each frame
 *     ringside-zmq stamps ADDRESS EVERY_US COUNT   one message at a time that says when
 *     ringside-zmq pull ADDRESS BATCH [timed]      until an empty frame; prints JSON
 *
 * scripts/edges-bench runs it.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zmq.h>

enum { MSG_BYTES = 8, LATE_MOST = 1 << 16, LINGER_MS = 5000 };

static uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static int fail(const char *what)
{
    fprintf(stderr, "ringside-zmq: cannot %s: %s\n", what, zmq_strerror(zmq_errno()));
    return 1;
}

/* ---- sending ----------------------------------------------------------------------------------
 */

static int push(void *socket, size_t batch, uint64_t messages)
{
    uint64_t *from = (uint64_t *)calloc(batch, MSG_BYTES), next = 0;
    while (from != NULL && next < messages) {
        const size_t n = messages - next < batch ? (size_t)(messages - next) : batch;
        zmq_msg_t m;
        for (size_t i = 0; i < n; i++)
            from[i] = next++;
        if (zmq_msg_init_size(&m, n * MSG_BYTES) != 0)
            break;
        memcpy(zmq_msg_data(&m), from, n * MSG_BYTES);
        if (zmq_msg_send(&m, socket, 0) < 0)
            break;
    }
    free(from);
    return next == messages ? 0 : fail("send");
}

static int stamp(void *socket, long every_us, uint64_t count)
{
    const struct timespec pause = {every_us / 1000000, every_us % 1000000 * 1000};
    for (uint64_t i = 0; i < count; i++) {
        const uint64_t now = now_ns();
        if (zmq_send(socket, &now, sizeof now, 0) < 0)
            return fail("send");
        nanosleep(&pause, NULL);
    }
    return 0;
}

/* ---- receiving --------------------------------------------------------------------------------
 */

static int by_size(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

struct tally {
    uint64_t first_ns, last_ns, messages, sum;
    uint64_t late_ns[LATE_MOST];
};

static void count(struct tally *t, const uint64_t *batch, size_t n)
{
    t->last_ns = now_ns();
    t->first_ns = t->messages == 0 ? t->last_ns : t->first_ns;
    for (size_t i = 0; i < n; i++)
        t->sum += batch[i];
    if (t->messages < LATE_MOST)
        t->late_ns[t->messages] = t->last_ns - batch[0];
    t->messages += n;
}

static int pull(void *socket, size_t batch, int timed)
{
    struct tally *t = (struct tally *)calloc(1, sizeof *t);
    uint64_t *to = (uint64_t *)calloc(batch, MSG_BYTES);
    zmq_msg_t m;
    zmq_msg_init(&m);
    while (t != NULL && to != NULL && zmq_msg_recv(&m, socket, 0) >= 0 && zmq_msg_size(&m) > 0) {
        const size_t n = zmq_msg_size(&m) / MSG_BYTES;
        memcpy(to, zmq_msg_data(&m), n < batch ? zmq_msg_size(&m) : batch * MSG_BYTES);
        count(t, to, n);
    }
    zmq_msg_close(&m);
    free(to);
    if (t == NULL)
        return fail("count");
    printf("{\"messages\":%llu,\"seconds\":%.9f", (unsigned long long)t->messages,
           (double)(t->last_ns - t->first_ns) / 1e9);
    const size_t kept = t->messages < LATE_MOST ? (size_t)t->messages : LATE_MOST;
    qsort(t->late_ns, kept, sizeof t->late_ns[0], by_size);
    if (timed && kept > 0)
        printf(",\"late_ns\":%llu", (unsigned long long)t->late_ns[kept / 2]);
    printf(",\"sum\":%llu}\n", (unsigned long long)t->sum);
    free(t);
    return 0;
}

/* ---- the command line -------------------------------------------------------------------------
 */

int main(int argc, char **argv)
{
    const int linger = LINGER_MS, pulls = argc > 1 && strcmp(argv[1], "pull") == 0;
    if (argc < (pulls ? 4 : 5)) {
        fprintf(stderr, "usage: %s push|stamps|pull ADDRESS NUMBER [NUMBER|timed]\n", argv[0]);
        return 2;
    }
    void *context = zmq_ctx_new();
    void *socket = zmq_socket(context, pulls ? ZMQ_PULL : ZMQ_PUSH);
    const unsigned long number = strtoul(argv[3], NULL, 10);
    int code;
    zmq_setsockopt(socket, ZMQ_LINGER, &linger, sizeof linger);
    if ((pulls ? zmq_bind(socket, argv[2]) : zmq_connect(socket, argv[2])) != 0)
        return fail(pulls ? "listen" : "connect");
    if (pulls)
        code = pull(socket, number, argc > 4);
    else if (strcmp(argv[1], "push") == 0)
        code = push(socket, number, strtoull(argv[4], NULL, 10));
    else
        code = stamp(socket, (long)number, strtoull(argv[4], NULL, 10));
    if (!pulls)
        zmq_send(socket, "", 0, 0);
    zmq_close(socket);
    zmq_ctx_term(context);
    return code;
}
