/* SPDX-License-Identifier: MIT */
#include "run.h"

#include "pair.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct watch {
    uint64_t progress; /* of the pair at the last look at which it had moved */
    double since_s;
};

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void say(const struct run *r, const char *verdict)
{
    printf("%s - %s, %zu slots, %d pairs on %zu cpu%s, %zu-bit indices\n", verdict, r->ring->name,
           r->capacity, PAIRS, r->cpus, r->cpus == 1 ? "" : "s", 8 * sizeof(rs_index));
}

/* Waits until a side posts, or a while.  False after the while. */
static bool side_ended(sem_t *ended)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += 100000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    while (sem_timedwait(ended, &until) != 0)
        if (errno != EINTR)
            return false;
    return true;
}

static bool stalled(const struct run *r, const struct pair *p, struct watch *w)
{
    uint64_t progress = pair_progress(p);
    if (progress != w->progress || w->since_s == 0) {
        w->progress = progress;
        w->since_s = now_s();
    }
    return __atomic_load_n(&p->consumer.doing, __ATOMIC_RELAXED) != ENDED &&
           now_s() - w->since_s > r->patience_s;
}

/* Its threads cannot be stopped, so the process goes with them. */
static _Noreturn void give_up(const struct run *r, struct pair *p)
{
    say(r, "not ok");
    printf("# no message for %.0f s\n", r->patience_s);
    pair_dump(p);
    fflush(stdout);
    _exit(1);
}

static void watch(const struct run *r, struct pair *pair, sem_t *ended)
{
    struct watch watch[PAIRS] = {{0}};
    for (int sides = 2 * PAIRS; sides > 0;) {
        if (side_ended(ended)) {
            sides--;
            continue;
        }
        for (size_t i = 0; i < PAIRS; i++)
            if (stalled(r, &pair[i], &watch[i]))
                give_up(r, &pair[i]);
    }
}

static void begin(const struct run *r, struct pair *pair, sem_t *ended)
{
    for (size_t i = 0; i < PAIRS; i++) {
        const struct pair_options o = {
            .ops = r->ring->ops,
            .capacity = r->capacity,
            .messages = (r->messages + PAIRS - 1) / PAIRS,
            .seed = random_branch(r->seed, i),
            .producer_cpu = r->cpu[2 * i % r->cpus],
            .consumer_cpu = r->cpu[(2 * i + 1) % r->cpus],
            .ended = ended,
        };
        int err = pair_begin(&pair[i], &o);
        if (err == 0)
            continue;
        printf("not ok - threads cannot be made: %s\n", strerror(-err));
        fflush(stdout);
        _exit(1);
    }
}

bool run_stress(const struct run *r)
{
    struct pair *pair = calloc(PAIRS, sizeof *pair);
    const char *wrong[PAIRS];
    unsigned lives = 0;
    bool good = pair != NULL;
    sem_t ended;
    sem_init(&ended, 0, 0);
    if (good) {
        begin(r, pair, &ended);
        watch(r, pair, &ended);
    }
    for (size_t i = 0; i < PAIRS && pair != NULL; i++) {
        wrong[i] = pair_end(&pair[i]);
        good = good && wrong[i] == NULL;
        lives += pair[i].lives;
    }
    say(r, good ? "ok" : "not ok");
    if (pair == NULL)
        printf("# out of memory\n");
    else
        printf("# seed %#llx: %u lives\n", (unsigned long long)r->seed, lives);
    for (size_t i = 0; i < PAIRS && pair != NULL; i++)
        if (wrong[i] != NULL)
            printf("# pair %zu: %s\n", i, wrong[i]);
    fflush(stdout);
    sem_destroy(&ended);
    free(pair);
    return good;
}
