/* SPDX-License-Identifier: MIT */
/*
 * The n-th allocation of our code fails, for every n: an error and no leak (the copy with
 * AddressSanitizer tells), or the same result as with all the memory.  The linker sends the
 * allocations of the library's objects here (--wrap); those of other libraries go on.
 * The commands as wholes: tests/faults/memory.
 */
#include "graph_file.h"
#include "plan_fixture.h"
#include "store/summary.h"
#include "store_fixture.h"

#include <cerrno>
#include <cstdlib>
#include <functional>
#include <jansson.h>

namespace
{
long fail_at = 0, allocations = 0; /* of this test's one thread */

bool fails()
{
    if (++allocations != fail_at)
        return false;
    errno = ENOMEM;
    return true;
}
} // namespace

extern "C" {
void *__real_malloc(size_t bytes);
void *__real_calloc(size_t n, size_t bytes);
void *__real_realloc(void *old, size_t bytes);
char *__real_strdup(const char *text);
char *__real_strndup(const char *text, size_t n);
void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t n, size_t bytes);
void *__wrap_realloc(void *old, size_t bytes);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t n);

void *__wrap_malloc(size_t bytes)
{
    return fails() ? nullptr : __real_malloc(bytes);
}
void *__wrap_calloc(size_t n, size_t bytes)
{
    return fails() ? nullptr : __real_calloc(n, bytes);
}
void *__wrap_realloc(void *old, size_t bytes)
{
    return fails() ? nullptr : __real_realloc(old, bytes);
}
char *__wrap_strdup(const char *text)
{
    return fails() ? nullptr : __real_strdup(text);
}
char *__wrap_strndup(const char *text, size_t n)
{
    return fails() ? nullptr : __real_strndup(text, n);
}
}

namespace
{
/* Linked in, its allocations would fail too, which it does not survive. */
class MemoryOfRuns : public FolderTest
{
  protected:
    MemoryOfRuns()
    {
        json_set_alloc_funcs(__real_malloc, std::free);
    }
};

/* `act` returns 0 or -errno.  Fails one allocation after the other until none is left to fail. */
void fail_each(const std::function<int()> &act)
{
    long n = 0;
    for (bool reached = true; reached; n += reached) {
        allocations = 0;
        fail_at = n + 1;
        const int err = act();
        reached = allocations >= fail_at;
        fail_at = 0;
        if (!reached) {
            EXPECT_EQ(err, 0) << "without a failure";
        } else if (err != 0) {
            EXPECT_EQ(err, -ENOMEM) << "allocation " << n + 1;
        }
    }
    EXPECT_GT(n, 2) << "nothing of it allocates";
}

TEST(Memory, APlanIsReadWholeOrNotAtAll)
{
    const std::string text = "[plan]\nrounds = 3\n[cells a]\nring = *\nmsg_bytes = 8, 64\n";
    const Machine m(4);
    const size_t cells = Plan(text, 4).p.n;
    fail_each([&] {
        struct plan p;
        char why[512] = "";
        int err = plan_parse("x.exp", text.data(), text.size(), nullptr, &m.topology, &p, why,
                             sizeof why);
        if (err == 0) {
            EXPECT_EQ(p.n, cells);
            plan_free(&p);
        }
        return err;
    });
}

TEST_F(MemoryOfRuns, ASummaryIsWholeOrNoneAtAll)
{
    const struct stop_rule rule = {1, 9, 0.02, 0};
    std::string text;
    for (int r = 0; r < 9; r++)
        for (const char *bytes : {"8", "64", "256"})
            text += line_of(good_record(cell_of({{FACTOR_msg_bytes, bytes}}), r, 5 + r));
    write(samples, text);
    fail_each([&] {
        struct samples s;
        struct summary sum;
        char why[512] = "";
        int err = samples_load(dir.c_str(), &s, why, sizeof why);
        if (err != 0)
            return err;
        err = summary_make(&s, &rule, &sum);
        if (err == 0) {
            EXPECT_EQ(sum.n, 3u);
            for (size_t i = 0; i < sum.n; i++) {
                EXPECT_EQ(sum.cell[i].median.estimate, 9);
                EXPECT_EQ(sum.cell[i].mad, 2);
                EXPECT_STREQ(sum.cell[i].stop, "cap");
            }
            summary_free(&sum);
        }
        samples_free(&s);
        return err;
    });
}

TEST(Memory, AGraphIsBuiltOrRefusedWithoutALeak)
{
    const std::string text =
        "[graph]\nplacement = free\n[node src]\nkind = source.counter\n"
        "count = 100\n[node dst]\nkind = sink.null\n[edge src.out -> dst.in]\n";
    struct graph_file_options options = {};
    options.silent = true;
    fail_each([&] {
        struct graph_file f;
        char why[1024] = "";
        int err =
            graph_file_parse(&f, "x.graph", text.data(), text.size(), &options, why, sizeof why);
        if (err == 0) {
            err = graph_file_build(&f, why, sizeof why);
            graph_file_free(&f);
        }
        if (err == 0)
            return 0;
        EXPECT_NE(std::string(why).find("emory"), std::string::npos) << err << ": " << why;
        return -ENOMEM; /* an error of the file, with its line, is -EINVAL */
    });
}
} // namespace
