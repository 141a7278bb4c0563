/* SPDX-License-Identifier: MIT */
#include "pair.h"

#include "message.h"
#include "rings/mirror.h"
#include "sides.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

/* Just below the wrap of 32 bits, of the index type, or anywhere. */
static rs_index draw_start(uint64_t *random, size_t capacity)
{
    uint64_t below = random_below(random, 2 * capacity + 1000);
    switch (random_below(random, 4)) {
    case 0:
        return (rs_index)((UINT64_C(1) << 32) - below);
    case 1:
        return (rs_index)random_next(random);
    default:
        return (rs_index)(0 - below);
    }
}

static size_t draw_bytes(uint64_t *random, unsigned caps)
{
    static const size_t bytes[] = {8, 8, 16, 24, 60, 64, 200, 12, 4, 5};
    const size_t all = sizeof bytes / sizeof bytes[0];
    return bytes[random_below(random, (caps & RS_NONZERO_ONLY) != 0 ? all - 2 : all)];
}

static void draw_life(struct pair *p)
{
    static const size_t aligns[] = {1, 1, 8, 64};
    struct life *l = &p->life;
    uint64_t left = p->messages - p->consumer.moved;
    uint64_t most = (p->messages >> random_below(&p->random, 16)) + 1; /* as often short as long */
    l->cfg.capacity = p->capacity;
    l->cfg.msg_bytes = draw_bytes(&p->random, p->ops->caps);
    l->cfg.msg_align = aligns[random_below(&p->random, sizeof aligns / sizeof aligns[0])];
    l->cfg.start = draw_start(&p->random, p->capacity);
    l->cfg.defer = (size_t)random_below(&p->random, p->capacity / 2 + 1);
    l->stream = random_next(&p->random);
    l->messages = random_below(&p->random, most) + 1;
    l->messages = l->messages < left ? l->messages : left;
    l->consumer_closes = random_one_in(&p->random, 4);
}

/* What the ring takes: messages of 8 bytes where it has no room for larger ones. */
static void fit_life(struct rs_config *cfg, unsigned caps)
{
    *cfg = rs_config_fit(cfg, caps);
    if (rs_config_refusal(cfg, caps) == NULL)
        return;
    cfg->msg_bytes = 8;
    cfg->msg_align = 1;
    *cfg = rs_config_fit(cfg, caps);
}

/* A ring of a life has memory of its own size, so that a sanitizer sees what is beyond it. */
static bool make_ring(struct pair *p)
{
    struct rs_config *cfg = &p->life.cfg;
    fit_life(cfg, p->ops->caps);
    p->slots_bytes = p->ops->bytes(cfg->capacity, cfg->msg_bytes, cfg->msg_align);
    p->ring = aligned_alloc(RS_SEPARATION, p->ops->struct_bytes);
    if (rs_slots_alloc(p->ops->caps, p->slots_bytes, cfg->msg_align, &p->slots) != 0)
        p->slots = NULL;
    return p->ring != NULL && p->slots != NULL && p->ops->init(p->ring, p->slots, cfg) == 0;
}

static void free_ring(struct pair *p)
{
    free(p->ring);
    if (p->slots != NULL)
        rs_slots_free(p->ops->caps, p->slots, p->slots_bytes);
    p->ring = p->slots = NULL;
}

/* By the consumer, while the producer waits at the barrier. */
static void next_life(struct pair *p)
{
    const bool failed = p->producer.wrong[0] != '\0' || p->consumer.wrong[0] != '\0';
    free_ring(p);
    p->over = failed || p->consumer.moved >= p->messages;
    if (p->over)
        return;
    draw_life(p);
    p->lives++;
    if (make_ring(p))
        return;
    snprintf(p->consumer.wrong, sizeof p->consumer.wrong,
             "the ring cannot be made: %zu slots of %zu bytes at %zu", p->life.cfg.capacity,
             p->life.cfg.msg_bytes, p->life.cfg.msg_align);
    p->over = true;
}

static void pin(int cpu)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET((size_t)cpu, &set);
    (void)pthread_setaffinity_np(pthread_self(), sizeof set, &set);
}

static void *run_side(void *arg)
{
    struct side *s = arg;
    struct pair *p = s->pair;
    const bool consumer = s == &p->consumer;
    pin(s->cpu);
    stress_delays_mine = &s->delays;
    for (;;) {
        side_does(s, AT_BARRIER);
        pthread_barrier_wait(&p->barrier);
        if (consumer)
            next_life(p);
        pthread_barrier_wait(&p->barrier);
        if (p->over)
            break;
        s->of_life = 0;
        if (consumer)
            side_consume(s);
        else
            side_produce(s);
    }
    stress_delays_mine = NULL;
    side_does(s, ENDED);
    sem_post(p->ended);
    return NULL;
}

static int begin_side(struct pair *p, struct side *s, int cpu, uint64_t seed)
{
    s->pair = p;
    s->cpu = cpu;
    s->random = random_branch(seed, 0);
    s->delays.random = random_branch(seed, 1);
    return -pthread_create(&s->thread, NULL, run_side, s);
}

int pair_begin(struct pair *p, const struct pair_options *o)
{
    int err;
    memset(p, 0, sizeof *p);
    p->ops = o->ops;
    p->capacity = o->capacity;
    p->messages = o->messages;
    p->ended = o->ended;
    p->random = random_branch(o->seed, 0);
    err = -pthread_barrier_init(&p->barrier, NULL, 2);
    if (err == 0)
        err = begin_side(p, &p->producer, o->producer_cpu, random_branch(o->seed, 1));
    if (err == 0)
        err = begin_side(p, &p->consumer, o->consumer_cpu, random_branch(o->seed, 2));
    return err;
}

const char *pair_end(struct pair *p)
{
    pthread_join(p->producer.thread, NULL);
    pthread_join(p->consumer.thread, NULL);
    pthread_barrier_destroy(&p->barrier);
    if (p->consumer.wrong[0] != '\0')
        return p->consumer.wrong;
    return p->producer.wrong[0] != '\0' ? p->producer.wrong : NULL;
}

uint64_t pair_progress(const struct pair *p)
{
    return __atomic_load_n(&p->producer.moved, __ATOMIC_RELAXED) +
           __atomic_load_n(&p->consumer.moved, __ATOMIC_RELAXED);
}

static void dump_side(const struct side *s, const char *name)
{
    static const char *const doing[] = {
        [AT_BARRIER] = "waits for the other side to end this life",
        [MOVING] = "moves messages",
        [STUCK] = "gets nowhere",
        [IN_WAIT] = "sleeps in the ring's own wait",
        [ENDED] = "has ended",
    };
    printf("#   %s on cpu %d: %s; %llu messages in this life, %llu in all\n", name, s->cpu,
           doing[__atomic_load_n(&s->doing, __ATOMIC_RELAXED)], (unsigned long long)s->of_life,
           (unsigned long long)s->moved);
}

static void dump_bytes(const unsigned char *at, size_t n)
{
    for (size_t i = 0; i < n; i += 16) {
        unsigned any = 0;
        for (size_t k = 0; k < 16; k++)
            any |= at[i + k];
        if (any == 0)
            continue;
        printf("#   %4zx:", i);
        for (size_t k = 0; k < 16; k++)
            printf(" %02x", at[i + k]);
        putchar('\n');
    }
}

__attribute__((no_sanitize("thread"))) void pair_dump(struct pair *p)
{
    const struct life *l = &p->life;
    printf("# life %u: %zu slots of %zu bytes at %zu, start %#llx, defer %zu; the %s closes after "
           "%llu messages\n",
           p->lives, l->cfg.capacity, l->cfg.msg_bytes, l->cfg.msg_align,
           (unsigned long long)l->cfg.start, l->cfg.defer,
           l->consumer_closes ? "consumer" : "producer", (unsigned long long)l->messages);
    dump_side(&p->producer, "producer");
    dump_side(&p->consumer, "consumer");
    if (p->ring == NULL)
        return;
    printf("#   the ring's struct, %zu bytes (lines of zeroes left out):\n", p->ops->struct_bytes);
    dump_bytes(p->ring, p->ops->struct_bytes);
    if ((p->ops->caps & RS_BLOCKING) == 0) /* a lock may be held for ever */
        printf("#   count %zu, closed %d\n", p->ops->count(p->ring), p->ops->closed(p->ring));
}
