/* SPDX-License-Identifier: MIT */
/*
 * Model of the live view under Relacy: the unmodified rs_live_publish of graph/live.c against the
 * unmodified rs_live_copy of graph/live_read.c.
 *
 * usage: live [-v] [-s] [-d] [-o SCENARIO] [SITE]    see runner.hpp
 *
 * Shown: a reader never takes words of two payloads for one, never goes back, and of a payload that
 * it took knows what the writer did before.
 */
#define RS_MEMORY_OVERRIDE "memory_live.hpp"
#define RS_SEPARATION      64
#define RS_METRICS         0
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "graph/live.c"
#include "graph/live_read.c"

struct scenario {
    const char *name;
    unsigned total, copies; /* payloads published, and copied */
    unsigned bound;         /* every schedule with so many preemptions; 0: random schedules */
    unsigned schedules;     /* of those, how many */
};

static const scenario scenarios[] = {
    {"live view", 4, 2, 0, 20000},
    {"live view, every schedule", 2, 1, 2, 0},
};

#include "runner.hpp"

enum { kWords = 2, kMostPayloads = 8 };

static struct {
    struct rs_live_header header;
    uint64_t halves[2 * kWords];
} file;
static rl::atomic<uint64_t> *words; /* published, then the halves */

inline rl::atomic<uint64_t> *rs_relacy_word(const void *at)
{
    if (at == &file.header.last.published)
        return words;
    return words + 1 + (static_cast<const uint64_t *>(at) - file.halves);
}

struct model : rl::test_suite<model, 2> {
    rl::atomic<uint64_t> word[1 + 2 * kWords];
    rl::var<unsigned> before_payload[kMostPayloads + 1];

    void before()
    {
        schedule++;
        words = word;
        file.header.header_bytes = sizeof file.header;
        file.header.payload_bytes = kWords * sizeof(uint64_t);
        for (rl::atomic<uint64_t> &w : word)
            w.store(0, rl::mo_relaxed, RL_INFO);
    }

    void publish_all()
    {
        struct rs_live l = {&file.header, sizeof file, ""};
        for (unsigned k = 1; k <= now->total; k++) {
            const uint64_t payload[kWords] = {k, k};
            before_payload[k](RL_INFO).store(k);
            rs_live_publish(&l, payload);
        }
    }

    void copy_some()
    {
        const struct rs_live_view v = {&file.header, &file, sizeof file};
        uint64_t last = 0;
        for (unsigned i = 0; i < now->copies; i++) {
            uint64_t got[kWords] = {0, 0};
            while (rs_live_copy(&v, got) != 0)
                rs_pause();
            RL_ASSERT(got[0] == got[1] && got[0] >= last && got[0] <= now->total);
            last = got[0];
            RL_ASSERT(before_payload[last](RL_INFO).load() == last);
        }
    }

    void thread(unsigned side)
    {
        if (side == 0)
            publish_all();
        else
            copy_some();
    }
};

/* What making and finding the files asks for; no model does either. */
uint64_t rs_live_pid_space(void)
{
    return 0;
}
uint64_t rs_live_started(uint32_t)
{
    return 0;
}
size_t rs_live_folders(char[RS_LIVE_FOLDERS][RS_LIVE_PATH_BYTES])
{
    return 0;
}
int rs_live_open_folder(const char *, bool)
{
    return -ENOENT;
}
void rs_live_remove_dead(int)
{
}
void rs_live_unmap(struct rs_live_header **, size_t)
{
}

static scenario deeper(const scenario &s, unsigned schedules)
{
    scenario d = s;
    d.total = s.bound > 0 ? 4 : 6;
    d.bound = s.bound > 0 ? 3 : 0;
    d.schedules = s.bound > 0 ? 0 : schedules;
    return d;
}

static bool applies_here(const scenario &)
{
    return true;
}

int main(int argc, char **argv)
{
    const options o = read_options(argc, argv);
    finish(o, all_hold(o, scenarios, applies_here, holds<model>));
}
