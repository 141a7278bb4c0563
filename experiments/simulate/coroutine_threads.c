/* SPDX-License-Identifier: MIT */
/* Coroutines as threads that pass on the right to run; `mutex` guards all that changes. */
#include "simulate/coroutine.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

enum { NOBODY = -1, CALL_OFF = -2 };

struct place {
    struct coroutines *set;
    size_t index;
    pthread_t thread;
    pthread_cond_t turn_came;
    bool returned;
};

struct coroutines {
    coroutine_body *body;
    void *user;
    size_t n, current;
    long turn; /* whose it is; NOBODY before the start, CALL_OFF if not all could be started */
    pthread_mutex_t mutex;
    struct place *place; /* [n] */
};

static void give_turn(struct coroutines *set, long to)
{
    set->turn = to;
    if (to >= 0) {
        set->current = (size_t)to;
        pthread_cond_signal(&set->place[to].turn_came);
    }
}

/* False if all is called off. */
static bool await_turn(struct place *p)
{
    struct coroutines *set = p->set;
    while (set->turn != (long)p->index && set->turn != CALL_OFF)
        pthread_cond_wait(&p->turn_came, &set->mutex);
    return set->turn != CALL_OFF;
}

static void *thread_main(void *argument)
{
    struct place *p = argument;
    struct coroutines *set = p->set;
    size_t next = 0;
    pthread_mutex_lock(&set->mutex);
    const bool mine = await_turn(p);
    pthread_mutex_unlock(&set->mutex);
    if (!mine)
        return NULL;
    set->body(set, set->user, p->index);
    pthread_mutex_lock(&set->mutex);
    p->returned = true;
    while (next < set->n && set->place[next].returned)
        next++;
    give_turn(set, next < set->n ? (long)next : NOBODY);
    pthread_mutex_unlock(&set->mutex);
    return NULL;
}

static void call_off(struct coroutines *set, size_t started)
{
    pthread_mutex_lock(&set->mutex);
    set->turn = CALL_OFF;
    for (size_t i = 0; i < started; i++)
        pthread_cond_signal(&set->place[i].turn_came);
    pthread_mutex_unlock(&set->mutex);
}

static int start_all(struct coroutines *set, size_t *started)
{
    int err = 0;
    while (err == 0 && *started < set->n) {
        struct place *p = &set->place[*started];
        err = pthread_create(&p->thread, NULL, thread_main, p);
        *started += err == 0;
    }
    return -err;
}

static int run(size_t n, coroutine_body *body, void *user)
{
    struct coroutines set = {.body = body, .user = user, .n = n, .turn = NOBODY};
    size_t started = 0;
    set.place = calloc(n, sizeof *set.place);
    if (set.place == NULL)
        return -ENOMEM;
    pthread_mutex_init(&set.mutex, NULL);
    for (size_t i = 0; i < n; i++) {
        set.place[i].set = &set;
        set.place[i].index = i;
        pthread_cond_init(&set.place[i].turn_came, NULL);
    }
    int err = start_all(&set, &started);
    if (err != 0) {
        call_off(&set, started);
    } else {
        pthread_mutex_lock(&set.mutex);
        give_turn(&set, 0);
        pthread_mutex_unlock(&set.mutex);
    }
    for (size_t i = 0; i < started; i++)
        pthread_join(set.place[i].thread, NULL);
    for (size_t i = 0; i < n; i++)
        pthread_cond_destroy(&set.place[i].turn_came);
    pthread_mutex_destroy(&set.mutex);
    free(set.place);
    return err;
}

static void hand_over(struct coroutines *set, size_t to)
{
    pthread_mutex_lock(&set->mutex);
    struct place *me = &set->place[set->current];
    if (to != me->index) {
        give_turn(set, (long)to);
        await_turn(me);
    }
    pthread_mutex_unlock(&set->mutex);
}

const struct coroutine_way coroutine_threads = {"threads", run, hand_over};
