/* SPDX-License-Identifier: MIT */
/* An allocator that hands out the slot memory of rs_config once, for C++ queues that take one:
 * their slots then start on a line, and are owned by the caller, as ours. */
#ifndef PEER_MEMORY_H
#define PEER_MEMORY_H

#include <cstddef>

template <typename T> struct peer_memory {
    using value_type = T;

    void *at; /* not owned */

    explicit peer_memory(void *mem) : at(mem)
    {
    }
    template <typename U> peer_memory(const peer_memory<U> &other) : at(other.at)
    {
    }
    T *allocate(std::size_t)
    {
        return static_cast<T *>(at);
    }
    void deallocate(T *, std::size_t)
    {
    }
};

#endif
