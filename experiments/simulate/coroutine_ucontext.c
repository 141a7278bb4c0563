/* SPDX-License-Identifier: MIT */
/* Coroutines on the contexts of POSIX.1-2001, all on the caller's thread. */
#include "simulate/coroutine.h"

#include <errno.h>
#include <stdbool.h>
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

/* makecontext passes nothing but ints: the pointer to the set comes in two. */
union set_in_words {
    struct coroutines *set;
    unsigned word[2];
};

static void enter(unsigned first, unsigned second)
{
    const union set_in_words argument = {.word = {first, second}};
    struct coroutines *set = argument.set;
    set->body(set, set->user, set->current);
    set->returned[set->current] = true;
    set->current = first_living(set);
    setcontext(set->current < set->n ? &set->context[set->current] : &set->home);
}

static int make_context(struct coroutines *set, size_t i)
{
    union set_in_words argument = {.word = {0, 0}};
    ucontext_t *c = &set->context[i];
    argument.set = set;
    if (getcontext(c) != 0)
        return -errno;
    c->uc_stack.ss_sp = set->stacks + i * STACK_BYTES;
    c->uc_stack.ss_size = STACK_BYTES;
    c->uc_link = &set->home;
    makecontext(c, (void (*)(void))enter, 2, argument.word[0], argument.word[1]);
    return 0;
}

static int run(size_t n, coroutine_body *body, void *user)
{
    ucontext_t *context = calloc(n, sizeof *context);
    bool *returned = calloc(n, sizeof *returned);
    unsigned char *stacks = malloc(n * STACK_BYTES);
    struct coroutines set = {.body = body,
                             .user = user,
                             .n = n,
                             .context = context,
                             .returned = returned,
                             .stacks = stacks};
    int err = context == NULL || returned == NULL || stacks == NULL ? -ENOMEM : 0;
    for (size_t i = 0; err == 0 && i < n; i++)
        err = make_context(&set, i);
    if (err == 0 && swapcontext(&set.home, &context[0]) != 0)
        err = -errno;
    free(context);
    free(returned);
    free(stacks);
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
