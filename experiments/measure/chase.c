/* SPDX-License-Identifier: MIT */
#include "chase.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/mman.h>

#include "clock.h"
#include "statistics.h"

enum { HUGE_PAGE_BYTES = 2 << 20, UNROLLED = 16 };

int chase_map(struct chase *c, size_t room_bytes, size_t stride_bytes, bool huge_pages,
              uint64_t seed)
{
    *c = (struct chase){.room_bytes = room_bytes, .stride_bytes = stride_bytes, .rng = seed};
    if (stride_bytes < sizeof(void *) || (stride_bytes & (stride_bytes - 1)) != 0 ||
        room_bytes < stride_bytes)
        return -EINVAL;
    c->mapping_bytes = room_bytes + HUGE_PAGE_BYTES;
    c->mapping = mmap(NULL, c->mapping_bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (c->mapping == MAP_FAILED) {
        c->mapping = NULL;
        return -errno;
    }
    /* Either way said, as the kernel's default may be the other one.  A kernel without huge pages
     * refuses both: chase_huge_bytes() tells what came of it. */
    madvise(c->mapping, c->mapping_bytes, huge_pages ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
    uintptr_t start = (uintptr_t)c->mapping;
    c->memory = (unsigned char *)c->mapping + (-start & (HUGE_PAGE_BYTES - 1));
    return 0;
}

void chase_unmap(struct chase *c)
{
    if (c->mapping != NULL)
        munmap(c->mapping, c->mapping_bytes);
    c->mapping = NULL;
}

static void **line_at(const struct chase *c, size_t i)
{
    return (void **)(void *)(c->memory + i * c->stride_bytes);
}

void chase_grow(struct chase *c, size_t bytes)
{
    size_t lines = (bytes < c->room_bytes ? bytes : c->room_bytes) / c->stride_bytes;
    if (c->lines == 0 && lines > 0) {
        c->at = *line_at(c, 0) = line_at(c, 0);
        c->lines = 1;
    }
    for (; c->lines < lines; c->lines++) {
        void **fresh = line_at(c, c->lines);
        void **before = line_at(c, (size_t)stats_below(&c->rng, c->lines));
        *fresh = *before;
        *before = fresh;
    }
}

uint64_t chase_walk(struct chase *c, uint64_t steps)
{
    void **at = (void **)c->at;
    const uint64_t rounds = (steps + UNROLLED - 1) / UNROLLED;
    for (uint64_t i = 0; i < rounds; i++)
        for (int k = 0; k < UNROLLED; k++)
            at = (void **)*at;
    c->at = at; /* the end is kept, so the compiler cannot leave out the way there */
    return rounds * UNROLLED;
}

double chase_time(struct chase *c, size_t warm_bytes, double seconds_min, uint64_t *steps)
{
    const size_t warm_lines = warm_bytes / c->stride_bytes;
    uint64_t begin = clock_ns();
    const uint64_t warm = chase_walk(c, c->lines < warm_lines ? c->lines : warm_lines + 1);
    double ns = (double)(clock_ns() - begin) / (double)warm;
    double want = ns > 0 ? seconds_min * 1e9 / ns : 0;
    *steps = want > CHASE_STEPS_MIN ? (uint64_t)want : CHASE_STEPS_MIN;
    begin = clock_ns();
    *steps = chase_walk(c, *steps);
    return (double)(clock_ns() - begin) / (double)*steps;
}

/* Of the mapping at hand in smaps, whose entry begins with "start-end". */
static bool is_entry_of(const struct chase *c, const char *line, bool *mine)
{
    uintptr_t from, to;
    if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " ", &from, &to) != 2)
        return false;
    *mine = from < (uintptr_t)c->mapping + c->mapping_bytes && to > (uintptr_t)c->mapping;
    return true;
}

int64_t chase_huge_bytes(const struct chase *c)
{
    FILE *smaps = fopen("/proc/self/smaps", "re");
    char line[512];
    bool mine = false;
    int64_t kib, sum = -1;
    if (smaps == NULL)
        return -1;
    while (fgets(line, sizeof line, smaps) != NULL)
        if (!is_entry_of(c, line, &mine) && mine &&
            sscanf(line, "AnonHugePages: %" SCNd64 " kB", &kib) == 1)
            sum = (sum < 0 ? 0 : sum) + kib * 1024;
    fclose(smaps);
    return sum;
}
