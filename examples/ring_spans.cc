// SPDX-License-Identifier: MIT
// A ring in C++17, its slots written and read in place.
// c++ -std=c++17 $(pkg-config --cflags ringside) ring_spans.cc -o ring_spans
#include <rings/chunked.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <thread>

struct Tick {
    std::uint64_t time;
    double price;
};

constexpr std::size_t messages = 1000000, capacity = 4096, batch = 64;

static void produce(rs_chunked *ring)
{
    for (std::size_t sent = 0; sent < messages;) {
        rs_span span;
        std::size_t room = rs_chunked_reserve(ring, std::min(batch, messages - sent), &span);
        for (std::size_t i = 0; i < room; i++)
            new (rs_span_at(&span, i)) Tick{sent + i, 0.5 * static_cast<double>(sent + i)};
        if (room > 0)
            rs_chunked_commit(ring, room);
        sent += room;
    }
    rs_chunked_close(ring);
}

int main()
{
    rs_config cfg{};
    cfg.capacity = capacity, cfg.msg_bytes = sizeof(Tick), cfg.msg_align = 1;
    const std::size_t bytes = rs_chunked_bytes(cfg.capacity, cfg.msg_bytes, cfg.msg_align);
    std::unique_ptr<void, decltype(&std::free)> slots(
        std::aligned_alloc(rs_slots_align(cfg.msg_align), bytes), &std::free);
    static rs_chunked ring;
    if (!slots || rs_chunked_init(&ring, slots.get(), &cfg) != 0)
        return EXIT_FAILURE;

    std::thread producer(produce, &ring);
    std::size_t n = 0;
    bool right = true;
    for (;;) {
        rs_span span;
        const bool ended = rs_chunked_closed(&ring);
        const std::size_t got = rs_chunked_peek(&ring, batch, &span);
        for (std::size_t i = 0; i < got; i++)
            right &= reinterpret_cast<const Tick *>(rs_span_at(&span, i))->time == n + i;
        if (got > 0)
            rs_chunked_release(&ring, got);
        else if (ended)
            break;
        n += got;
    }
    producer.join();
    std::printf("%zu ticks, %s\n", n, right ? "in order" : "out of order");
    return right && n == messages ? EXIT_SUCCESS : EXIT_FAILURE;
}
