/* SPDX-License-Identifier: MIT */
/*
 * The loops of every peer, in whatever language they are written: they send the messages of
 * message.h and no others, for every size and mode; the check notices a message that is not the one
 * due; what is counted is what happened.
 */
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "experiments/kernels/kernel.h"
#include "experiments/kernels/message.h"
#include "experiments/peers/sizes.h"

namespace
{

constexpr unsigned kSeparation = 128;
constexpr uint64_t kFirst = 1000; /* number of the first message */
constexpr uint64_t kMessages = 48;

#define SIZE(n) n,
const size_t sizes[] = {PEER_SIZE_LIST(SIZE)};
#undef SIZE

std::vector<std::string> peers()
{
    std::vector<std::string> all;
    for (size_t i = 0; i < rs_ring_table_count; i++)
        if (rs_ring_table[i].ops->caps & RS_PEER)
            all.push_back(rs_ring_table[i].name);
    return all;
}

std::shared_ptr<unsigned char> memory(size_t bytes)
{
    const size_t page = 4096, whole = (bytes + page - 1) / page * page;
    std::shared_ptr<unsigned char> m(static_cast<unsigned char *>(std::aligned_alloc(page, whole)),
                                     std::free);
    std::memset(m.get(), 0, whole);
    return m;
}

struct Ring {
    std::shared_ptr<unsigned char> self, slots;
};

/* Two sides, and the rings between them. */
class EachLoop : public testing::TestWithParam<std::string>
{
  protected:
    const ring_kernels *kernels = kernels_find(GetParam().c_str(), kSeparation);
    side sides[2];
    std::shared_ptr<unsigned char> buffer[2];
    std::vector<Ring> rings;
    size_t size = 0;

    void connect(size_t capacity, size_t msg_bytes)
    {
        size = msg_bytes;
        rings.clear();
        for (int i = 0; i < 2; i++)
            rings.push_back(make(capacity));
        for (int i = 0; i < 2; i++) {
            buffer[i] = memory(kMessages * size);
            std::memset(&sides[i], 0, sizeof sides[i]);
            for (int r = 0; r < 2; r++)
                sides[i].ring[r] = rings[static_cast<size_t>(r)].self.get();
            sides[i].msg_bytes = size;
            sides[i].batch = kMessages;
            sides[i].poll = POLL_YIELD;
            sides[i].seq = kFirst;
            sides[i].buffer = buffer[i].get();
        }
    }
    /* The least capacity it takes that holds all messages. */
    size_t capacity(size_t msg_bytes) const
    {
        size_t slots = 64;
        while (kernels->bytes(slots, msg_bytes, 1) == 0 && slots < 65536)
            slots *= 2;
        return slots;
    }
    /* Every size in every mode that it has. */
    void each(const std::function<void(kernel_function *const *)> &check)
    {
        for (size_t bytes : sizes)
            for (int mode = 0; mode < MODES; mode++) {
                kernel_function *const *loops = kernels->stream[mode][kernel_size_index(bytes)];
                if (loops[0] == nullptr)
                    continue;
                SCOPED_TRACE("bytes " + std::to_string(bytes) + ", mode " + std::to_string(mode));
                connect(capacity(bytes), bytes);
                check(loops);
            }
    }
    std::vector<unsigned char> sent() const
    {
        std::vector<unsigned char> all(kMessages * size);
        for (uint64_t i = 0; i < kMessages; i++)
            message_fill(all.data() + i * size, kFirst + i, size);
        return all;
    }

  private:
    Ring make(size_t capacity) const
    {
        Ring r = {memory(kernels->struct_bytes), memory(kernels->bytes(capacity, size, 1))};
        rs_config cfg{};
        cfg.capacity = capacity, cfg.msg_bytes = size, cfg.msg_align = 1;
        EXPECT_EQ(kernels->init(r.self.get(), r.slots.get(), &cfg), 0);
        return r;
    }
};

TEST_P(EachLoop, DeliversAllAndAccountsForThem)
{
    each([this](kernel_function *const *loops) {
        loops[0](&sides[0], kMessages);
        EXPECT_EQ(kernels->count(sides[1].ring[0]), kMessages);
        loops[1](&sides[1], kMessages);
        EXPECT_EQ(kernels->count(sides[1].ring[0]), 0u);
        for (const side &s : sides) {
            EXPECT_EQ(s.mismatches, 0u);
            EXPECT_EQ(s.seq, kFirst + kMessages);
            EXPECT_EQ(s.stuck, 0u);
            EXPECT_EQ(s.polls, 0u);
        }
    });
}

TEST_P(EachLoop, SendsTheMessagesOfEveryKernelByteForByte)
{
    for (size_t bytes : sizes) {
        SCOPED_TRACE("bytes " + std::to_string(bytes));
        connect(capacity(bytes), bytes);
        kernel_function *const *loops = kernels->stream[MODE_BATCH][kernel_size_index(bytes)];
        loops[0](&sides[0], kMessages);
        loops[1](&sides[1], kMessages);
        const std::vector<unsigned char> wanted = sent();
        EXPECT_EQ(std::memcmp(buffer[0].get(), wanted.data(), wanted.size()), 0);
        EXPECT_EQ(std::memcmp(buffer[1].get(), wanted.data(), wanted.size()), 0);
    }
}

/* A span or a single message is made elsewhere than a batch: what one mode sends another expects.
 */
TEST_P(EachLoop, ModesUnderstandEachOther)
{
    each([this](kernel_function *const *loops) {
        const auto &batch = kernels->stream[MODE_BATCH][kernel_size_index(size)];
        loops[0](&sides[0], kMessages);
        batch[1](&sides[1], kMessages);
        EXPECT_EQ(sides[1].mismatches, 0u);
        const std::vector<unsigned char> wanted = sent();
        EXPECT_EQ(std::memcmp(buffer[1].get(), wanted.data(), wanted.size()), 0);
        batch[0](&sides[0], kMessages);
        loops[1](&sides[1], kMessages);
        EXPECT_EQ(sides[1].mismatches, 0u);
    });
}

TEST_P(EachLoop, NoticesAMessageThatIsNotDue)
{
    each([this](kernel_function *const *loops) {
        loops[0](&sides[0], kMessages);
        sides[1].seq++;
        loops[1](&sides[1], kMessages);
        EXPECT_NE(sides[1].mismatches, 0u);
    });
}

/* A consumer that is there first waits once, however often it looks.  It may be late on a busy
 * machine, and then does not wait at all: hence the attempts. */
TEST_P(EachLoop, CountsAWaitOnceAndEachLook)
{
    each([this](kernel_function *const *loops) {
        uint64_t stuck = 0, polls = 0;
        for (int attempt = 0; attempt < 50 && stuck == 0; attempt++) {
            sides[1].stuck = sides[1].polls = 0;
            std::thread consumer([&] { loops[1](&sides[1], 1); });
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
            loops[0](&sides[0], 1);
            consumer.join();
            stuck = sides[1].stuck;
            polls = sides[1].polls;
        }
        EXPECT_EQ(stuck, 1u);
        EXPECT_GE(polls, 1u);
        EXPECT_EQ(sides[0].stuck, 0u);
    });
}

TEST_P(EachLoop, ReturnsAMessageAndRecordsEachRoundTrip)
{
    auto recorded = std::make_unique<histogram>();
    for (size_t bytes : sizes)
        for (histogram *h : {static_cast<histogram *>(nullptr), recorded.get()}) {
            SCOPED_TRACE("bytes " + std::to_string(bytes) + (h ? ", recorded" : ""));
            connect(capacity(bytes), bytes);
            kernel_function *const *loops = kernels->pingpong[kernel_size_index(bytes)];
            histogram_reset(recorded.get());
            sides[0].round_trips = h;
            std::thread other([&] { loops[1](&sides[1], kMessages); });
            loops[0](&sides[0], kMessages);
            other.join();
            EXPECT_EQ(sides[0].mismatches | sides[1].mismatches, 0u);
            EXPECT_EQ(sides[0].seq, kFirst + kMessages);
            EXPECT_EQ(sides[1].seq, kFirst + kMessages);
            EXPECT_EQ(histogram_count(recorded.get()), h ? kMessages : 0);
        }
}

TEST_P(EachLoop, RefusesWhatItHasNoTypeFor)
{
    connect(capacity(8), 8);
    rs_config wrong[3] = {};
    wrong[0].capacity = 64, wrong[0].msg_bytes = 24, wrong[0].msg_align = 1;
    wrong[1].capacity = 64, wrong[1].msg_bytes = 8, wrong[1].msg_align = 64;
    wrong[2].capacity = 0, wrong[2].msg_bytes = 8, wrong[2].msg_align = 1;
    for (const rs_config &cfg : wrong)
        EXPECT_EQ(kernels->init(rings[0].self.get(), rings[0].slots.get(), &cfg), -EINVAL);
}

INSTANTIATE_TEST_SUITE_P(Peers, EachLoop, testing::ValuesIn(peers()),
                         [](const testing::TestParamInfo<std::string> &at) { return at.param; });
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(EachLoop);

} // namespace
