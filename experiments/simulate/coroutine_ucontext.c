/* SPDX-License-Identifier: MIT */
/* Coroutines on the contexts of POSIX.1-2001, all on the caller's thread. */
#include "simulate/coroutine.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <ucontext.h>

enum { STACK_BYTES = 128 << 10 };

struct coroutines {
    coroutine_body *body;
    void *user;
    size_t n, current;
    ucontext_t home;
    ucontext_t *context; /* [n] */
    bool *returned;      /* [n] */
    unsigned char *stacks;
};

static size_t first_living(const struct coroutines *set)
{
    size_t i = 0;
    while (i < set->n && set->returned[i])
        i++;
    return i;
}

/* makecontext passes nothing but ints: the set comes in two halves. */
static void enter(unsigned high, unsigned low)
{
    struct coroutines *set = (struct coroutines *)(uintptr_t)((uint64_t)high << 32 | (uint64_t)low);
    set->body(set, set->user, set->current);
    set->returned[set->current] = true;
    set->current = first_living(set);
    setcontext(set->current < set->n ? &set->context[set->current] : &set->home);
}

static int make_context(struct coroutines *set, size_t i)
{
    const uint64_t address = (uint64_t)(uintptr_t)set;
    ucontext_t *c = &set->context[i];
    if (getcontext(c) != 0)
        return -errno;
    c->uc_stack.ss_sp = set->stacks + i * STACK_BYTES;
    c->uc_stack.ss_size = STACK_BYTES;
    c->uc_link = &set->home;
    makecontext(c, (void (*)(void))enter, 2, (unsigned)(address >> 32), (unsigned)address);
    return 0;
}

static int run(size_t n, coroutine_body *body, void *user)
{
    struct coroutines set = {.body = body, .user = user, .n = n};
    int err = -ENOMEM;
    set.context = calloc(n, sizeof *set.context);
    set.returned = calloc(n, sizeof *set.returned);
    set.stacks = malloc(n * STACK_BYTES);
    if (set.context != NULL && set.returned != NULL && set.stacks != NULL)
        err = 0;
    for (size_t i = 0; err == 0 && i < n; i++)
        err = make_context(&set, i);
    if (err == 0 && swapcontext(&set.home, &set.context[0]) != 0)
        err = -errno;
    free(set.context);
    free(set.returned);
    free(set.stacks);
    return err;
}

static void hand_over(struct coroutines *set, size_t to)
{
    const size_t from = set->current;
    if (to == from)
        return;
    set->current = to;
    swapcontext(&set->context[from], &set->context[to]);
}

static const struct coroutine_way way = {"ucontext", run, hand_over};
const struct coroutine_way *const coroutine_ucontext = &way;
