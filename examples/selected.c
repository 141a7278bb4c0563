/* SPDX-License-Identifier: MIT */
/* One thread sends orders, another adds them up. */
#include "ring_selected.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

struct order {
    uint64_t number, price;
};

static const uint64_t orders = 100000;
static rs_selected ring;

static void *produce(void *unused)
{
    for (uint64_t i = 1; i <= orders; i++) { /* from 1: no first word is 0 */
        struct order o = {i, 100 + i % 7};
        while (!rs_selected_push(&ring, &o, sizeof o))
            rs_selected_poll(); /* full: the consumer is behind */
    }
    rs_selected_flush(&ring); /* publishes what a deferring ring holds back */
    rs_selected_close(&ring);
    return unused;
}

static uint64_t consume(void)
{
    uint64_t count = 0;
    struct order o;
    for (;;) {
        bool ended = rs_selected_closed(&ring); /* before the pop, or the tail may be lost */
        if (rs_selected_pop(&ring, &o, sizeof o)) {
            if (o.number != ++count || o.price != 100 + count % 7)
                return 0;
        } else if (ended) {
            return count;
        } else {
            rs_selected_poll(); /* empty: the producer is behind */
        }
    }
}

int main(void)
{
    struct rs_config cfg = RS_SELECTED_CONFIG(sizeof(struct order));
    size_t bytes = rs_selected_bytes(cfg.capacity, cfg.msg_bytes, cfg.msg_align);
    void *slots = aligned_alloc(rs_slots_align(cfg.msg_align), bytes);
    pthread_t producer;
    if (slots == NULL || rs_selected_init(&ring, slots, &cfg) != 0)
        return EXIT_FAILURE;
    if (pthread_create(&producer, NULL, produce, NULL) != 0)
        return EXIT_FAILURE;
    uint64_t count = consume();
    pthread_join(producer, NULL);
    free(slots);
    printf("%llu orders through a %s ring\n", (unsigned long long)count, RS_SELECTED_RING);
    return count == orders ? EXIT_SUCCESS : EXIT_FAILURE;
}
