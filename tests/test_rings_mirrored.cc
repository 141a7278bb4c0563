/* SPDX-License-Identifier: MIT */
/*
 * Memory that is mapped twice, and what a ring that needs it refuses.  The calls that map are
 * replaced by ones that can fail at will, to see that nothing is left behind then.
 */
#include <gtest/gtest.h>

#include <dirent.h>
#include <sys/mman.h>
#include <unistd.h>

#include <fstream>
#include <set>
#include <string>

namespace
{
/* The calls of a mapping in their order; the one numbered `failing` does not happen. */
struct Calls {
    int made, failing;
};
Calls calls = {0, -1};

bool fails(int err)
{
    if (calls.made++ != calls.failing)
        return false;
    errno = err;
    return true;
}

int try_memfd_create(const char *name, unsigned flags)
{
    return fails(EMFILE) ? -1 : memfd_create(name, flags);
}

int try_ftruncate(int file, off_t bytes)
{
    return fails(ENOSPC) ? -1 : ftruncate(file, bytes);
}

void *try_mmap(void *at, size_t bytes, int access, int flags, int file, off_t offset)
{
    return fails(ENOMEM) ? MAP_FAILED : mmap(at, bytes, access, flags, file, offset);
}
} // namespace

#define memfd_create try_memfd_create
#define ftruncate    try_ftruncate
#define mmap         try_mmap
#include "ring_fixture.h"
#undef memfd_create
#undef ftruncate
#undef mmap

namespace
{

/* The mappings and descriptors of this process that have to do with a mirror. */
std::set<std::string> left_behind()
{
    std::set<std::string> found;
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);)
        if (line.find("rs_mirror") != std::string::npos)
            found.insert(line);
    DIR *files = opendir("/proc/self/fd");
    EXPECT_NE(files, nullptr);
    while (const dirent *file = readdir(files)) {
        char to[256] = "";
        const std::string path = std::string("/proc/self/fd/") + file->d_name;
        if (readlink(path.c_str(), to, sizeof to - 1) > 0 && strstr(to, "rs_mirror") != nullptr)
            found.insert(path + " " + to);
    }
    closedir(files);
    return found;
}

/* Of one page, or of several. */
class Mirror : public ::testing::TestWithParam<size_t>
{
  protected:
    size_t image() const
    {
        return GetParam() * rs_page_bytes();
    }
};

TEST_P(Mirror, BothImagesAreTheSameZeroedMemory)
{
    void *mem = nullptr;
    ASSERT_EQ(rs_mirror_map(2 * image(), &mem), 0);
    auto *first = static_cast<unsigned char *>(mem), *second = first + image();
    EXPECT_EQ(left_behind().size(), 2u) << "two mappings and no descriptor";
    for (size_t i = 0; i < image(); i++)
        ASSERT_EQ(first[i] | second[i], 0);
    for (size_t i = 0; i < image(); i++) {
        volatile unsigned char *in = i % 2 ? first : second, *out = i % 2 ? second : first;
        in[i] = static_cast<unsigned char>(i * 7 + 1);
        ASSERT_EQ(out[i], static_cast<unsigned char>(i * 7 + 1)) << i;
    }
    EXPECT_TRUE(rs_is_mirrored(mem, image()));
    for (size_t i = 0; i < image(); i++)
        ASSERT_EQ(first[i], static_cast<unsigned char>(i * 7 + 1)) << "the look changed it";
    rs_mirror_unmap(mem, 2 * image());
    EXPECT_EQ(left_behind(), std::set<std::string>());
}

TEST_P(Mirror, NothingIsLeftBehindWhereACallFails)
{
    const int wanted[] = {-EMFILE, -ENOSPC, -ENOMEM, -ENOMEM, 0};
    for (int n = 0; n < 5; n++) {
        void *mem = nullptr;
        calls = {0, n};
        EXPECT_EQ(rs_mirror_map(2 * image(), &mem), wanted[n]) << "call " << n;
        if (wanted[n] == 0) {
            rs_mirror_unmap(mem, 2 * image());
            EXPECT_EQ(calls.made, 4) << "a call that this test does not know";
        } else {
            EXPECT_EQ(mem, nullptr);
        }
        EXPECT_EQ(left_behind(), std::set<std::string>()) << "call " << n;
    }
    calls = {0, -1};
}

INSTANTIATE_TEST_SUITE_P(Pages, Mirror, ::testing::Values(1, 3, 16));

TEST(MirrorRefuses, WhatIsNotWholePagesOrCannotBeMapped)
{
    void *mem = nullptr;
    EXPECT_EQ(rs_mirror_map(0, &mem), -EINVAL);
    EXPECT_EQ(rs_mirror_map(rs_page_bytes(), &mem), -EINVAL) << "half a page an image";
    EXPECT_EQ(rs_mirror_map(2 * rs_page_bytes() + 8, &mem), -EINVAL);
    EXPECT_LT(rs_mirror_map(SIZE_MAX - 2 * rs_page_bytes() + 1, &mem), 0) << "all addresses";
    EXPECT_EQ(mem, nullptr);
    EXPECT_EQ(left_behind(), std::set<std::string>());
}

const rs_ring_ops *mirrored()
{
    for (const rs_ring_entry *entry : every_ring())
        if (std::string(entry->name) == "mirrored")
            return entry->ops;
    ADD_FAILURE() << "no ring mirrored";
    return nullptr;
}

TEST(Mirrored, RefusesMemoryThatIsNotMappedTwice)
{
    const size_t page = rs_page_bytes();
    const rs_config cfg = config_of(page / 8, 8);
    Guarded ring(mirrored()->struct_bytes, 256), plain(4 * page, page);
    EXPECT_EQ(mirrored()->bytes(cfg.capacity, 8, 1), 2 * page);
    EXPECT_EQ(mirrored()->init(ring.at(), plain.at(), &cfg), -EINVAL);
    const char *why = rs_memory_refusal(&cfg, plain.at(), mirrored()->caps);
    ASSERT_NE(why, nullptr);
    EXPECT_NE(strstr(why, "rs_mirror_map"), nullptr) << why;
    EXPECT_TRUE(plain.margin_untouched());
}

/* Each page counts: of two that are mapped twice, but not `image` bytes apart, none will do. */
TEST(Mirrored, RefusesAMirrorOfAnotherSize)
{
    const size_t page = rs_page_bytes();
    const rs_config cfg = config_of(2 * page / 8, 8);
    void *mem = nullptr;
    ASSERT_EQ(rs_mirror_map(4 * page * 2, &mem), 0);
    Guarded ring(mirrored()->struct_bytes, 256);
    EXPECT_EQ(mirrored()->init(ring.at(), mem, &cfg), -EINVAL) << "an image of 4 pages, not 2";
    rs_mirror_unmap(mem, 4 * page * 2);
}

TEST(Mirrored, SaysWhyACapacityIsRefused)
{
    const rs_config odd = config_of(rs_page_bytes() / 8 / 2, 8);
    const char *why = rs_config_refusal(&odd, mirrored()->caps);
    ASSERT_NE(why, nullptr);
    EXPECT_NE(strstr(why, "pages"), nullptr) << why;
    const rs_config fit = rs_config_fit(&odd, mirrored()->caps);
    EXPECT_EQ(rs_config_refusal(&fit, mirrored()->caps), nullptr);
    EXPECT_EQ(fit.msg_align, 16u) << "the smallest that will do";
}

/* Packed slots of a size that divides no page: every loan at every slot is one piece in a row. */
TEST(Mirrored, EveryLoanIsOnePiece)
{
    const size_t capacity = rs_page_bytes() / 8, size = 24;
    Ring r(mirrored(), config_of(capacity, size));
    for (size_t at = 0; at < capacity; at += 61) {
        rs_span s;
        ASSERT_EQ(mirrored()->reserve(r.get(), capacity, &s), capacity);
        EXPECT_EQ(s.piece[0].count, capacity);
        EXPECT_EQ(s.stride_bytes, size);
        const std::vector<unsigned char> all = messages(r.pushed(), capacity, size);
        memcpy(s.piece[0].data, all.data(), all.size());
        r.commit(s, capacity);
        ASSERT_EQ(mirrored()->peek(r.get(), capacity, &s), capacity);
        EXPECT_EQ(s.piece[1].count, 0u);
        EXPECT_EQ(memcmp(s.piece[0].data, all.data(), all.size()), 0) << "from slot " << at;
        r.release(s, capacity);
        EXPECT_EQ(r.push_n(61), 61u);
        EXPECT_EQ(r.pop_n(61), 61u);
    }
}

} // namespace
