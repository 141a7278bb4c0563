/* SPDX-License-Identifier: MIT */
/* One ring between two threads.  cc $(pkg-config --cflags ringside) ring.c -o ring */
#include <rings/credit.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { MESSAGES = 1000000, CAPACITY = 1024 };

static struct rs_credit ring;

static void *produce(void *unused)
{
    for (uint64_t i = 0; i < MESSAGES; i++)
        while (!rs_credit_push(&ring, &i, sizeof i))
            rs_pause(); /* full */
    rs_credit_close(&ring);
    return unused;
}

int main(void)
{
    struct rs_config cfg = {.capacity = CAPACITY, .msg_bytes = sizeof(uint64_t), .msg_align = 1};
    void *slots = aligned_alloc(rs_slots_align(cfg.msg_align),
                                rs_credit_bytes(cfg.capacity, cfg.msg_bytes, cfg.msg_align));
    pthread_t producer;
    uint64_t sum = 0, n = 0, message;

    if (slots == NULL || rs_credit_init(&ring, slots, &cfg) != 0 ||
        pthread_create(&producer, NULL, produce, NULL) != 0)
        return EXIT_FAILURE;
    for (;;) {
        bool ended = rs_credit_closed(&ring); /* before the pop, or the tail may be lost */
        if (rs_credit_pop(&ring, &message, sizeof message)) {
            sum += message;
            n++;
        } else if (ended) {
            break;
        } else {
            rs_pause(); /* empty */
        }
    }
    pthread_join(producer, NULL);
    free(slots);
    printf("%llu messages, sum %llu\n", (unsigned long long)n, (unsigned long long)sum);
    return n == MESSAGES && sum == (uint64_t)MESSAGES * (MESSAGES - 1) / 2 ? 0 : EXIT_FAILURE;
}
