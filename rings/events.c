/* SPDX-License-Identifier: MIT */
/*
 * The counters of events.h: who has which, and their sum.  Linked with RS_EVENTS = 1 only.
 *
 * The counters belong to the process, as its threads do, so they hang off static variables.  Blocks
 * are only ever added: a sum walks them without the lock.
 *
 * Ordering (who, on what, why):
 *   E1 relaxed  counter  sole writer; whoever sums may see an old value
 *   E2 release  blocks   a new block is zeroed and linked; pairs with E3
 *   E3 acquire  blocks   what a block holds is there; pairs with E2
 *   E4 relaxed  blocks   written under the lock alone
 */
#include "events.h"

#include <stdlib.h>

struct block {
    struct rs_event_counts counts;
    struct block *next; /* constant once it is linked */
    bool taken;         /* under the lock: a thread has it */
};

static RS_ATOMIC(struct block *) blocks;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static bool key_made;
static __thread struct rs_event_counts uncounted; /* where memory is out */

__thread struct rs_event_counts *rs_events_mine;

/* A thread has ended; the next to start goes on counting in its block. */
static void leave(void *block)
{
    pthread_mutex_lock(&lock);
    ((struct block *)block)->taken = false;
    pthread_mutex_unlock(&lock);
    rs_events_mine = NULL;
}

static void make_key(void)
{
    key_made = pthread_key_create(&key, leave) == 0;
}

/* Under the lock.  Blocks of two threads share no line. */
static struct block *new_block(struct block *next)
{
    const size_t bytes = (sizeof(struct block) + RS_SEPARATION - 1) / RS_SEPARATION * RS_SEPARATION;
    struct block *b = aligned_alloc(RS_SEPARATION, bytes);
    if (b == NULL)
        return NULL;
    for (int i = 0; i < RS_EVENT_KINDS; i++)
        rs_store_relaxed(&b->counts.n[i], (uint64_t)0); /* E1 relaxed: not linked yet */
    b->next = next;
    /* E2 release: the block is zeroed; pairs with E3. Without it a sum adds what was there. */
    rs_store_release(&blocks, b);
    return b;
}

static struct block *take_block(void)
{
    struct block *first, *b;
    pthread_mutex_lock(&lock);
    first = rs_load_relaxed(&blocks); /* E4 relaxed: under the lock */
    b = first;
    while (b != NULL && b->taken)
        b = b->next;
    if (b == NULL)
        b = new_block(first);
    if (b != NULL)
        b->taken = true;
    pthread_mutex_unlock(&lock);
    return b;
}

struct rs_event_counts *rs_events_join(void)
{
    struct block *b;
    pthread_once(&once, make_key);
    b = take_block();
    if (b != NULL && key_made)
        pthread_setspecific(key, b);
    rs_events_mine = b != NULL ? &b->counts : &uncounted;
    return rs_events_mine;
}

uint64_t rs_events_sum(enum rs_event event)
{
    uint64_t sum = 0;
    /* E3 acquire: the block is zeroed and linked; pairs with E2. Without it a sum adds what was
     * there. */
    const struct block *b = rs_load_acquire(&blocks);
    for (; b != NULL; b = b->next)
        sum += rs_load_relaxed(&b->counts.n[event]); /* E1 relaxed: may be old */
    return sum;
}
