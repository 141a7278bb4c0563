/* SPDX-License-Identifier: MIT */
/*
 * Shows that shards share the rounds of a plan out, each once, that a hundred splits of a sweep
 * merge to the records and the summary of the whole, and that merge tells what it refuses: rounds
 * that are there twice or missing, and damaged records.
 */
#include "store_fixture.h"

#include "merge.h"
#include "shard.h"
#include "store/summary.h"

#include <algorithm>
#include <numeric>
#include <random>

namespace
{

struct shard parsed(const char *text)
{
    struct shard s = {};
    EXPECT_TRUE(shard_parse(text, &s)) << text;
    return s;
}

TEST(Shard, IsReadAsItIsWritten)
{
    EXPECT_EQ(parsed("1/1").of, 1);
    EXPECT_EQ(parsed("3/4").index, 3);
    EXPECT_EQ(parsed("100000/100000").index, 100000);
    struct shard s;
    for (const char *text : {"", "1", "/", "1/", "/2", "0/2", "3/2", "-1/2", "1/-2", "1/2/3",
                             "1/2 ", " 1/2", "1.5/2", "a/b", "1/100001", "99999999999999999999/1"})
        EXPECT_FALSE(shard_parse(text, &s)) << text;
}

TEST(Shard, TheRoundsAreSharedOutEachOnce)
{
    for (int rounds : {1, 2, 7, 20, 101})
        for (int of = 1; of <= rounds; of++) {
            std::vector<int> owners(static_cast<size_t>(rounds));
            int all = 0;
            for (int index = 1; index <= of; index++) {
                const struct shard s = {index, of};
                int own = 0;
                for (int r = 0; r < rounds; r++)
                    if (shard_has(&s, r)) {
                        EXPECT_EQ(shard_place(&s, r), own++);
                        owners[static_cast<size_t>(r)]++;
                    }
                EXPECT_EQ(shard_rounds(&s, rounds), own);
                EXPECT_LE(abs(own - rounds / of), 1) << "shares are alike";
                all += own;
            }
            EXPECT_EQ(all, rounds);
            EXPECT_EQ(std::count(owners.begin(), owners.end(), 1), rounds);
        }
}

TEST(Shard, NoShardIsAllRounds)
{
    const struct shard none = {0, 0};
    EXPECT_TRUE(shard_has(&none, 0));
    EXPECT_TRUE(shard_has(&none, 77));
    EXPECT_EQ(shard_place(&none, 77), 77);
    EXPECT_EQ(shard_rounds(&none, 20), 20);
}

/* One attempt at one round. */
struct Record {
    int round;
    std::string line;
};

class Merge : public FolderTest
{
  protected:
    enum { ROUNDS = 24, REPEATS = 2 };

    void SetUp() override
    {
        FolderTest::SetUp();
        for (const char *ring : {"cached", "padded", "naive", "mutex"})
            for (const char *batch : {"1", "8"})
                cells.push_back(cell_of({{FACTOR_ring, ring}, {FACTOR_batch, batch}}));
        invent();
    }

    /* A sweep as it could have been: rounds shuffled, some disturbed and repeated, some failed. */
    void invent()
    {
        for (int r = 0; r < ROUNDS; r++) {
            std::vector<size_t> order(cells.size()), again;
            std::iota(order.begin(), order.end(), size_t{0});
            std::shuffle(order.begin(), order.end(), rng);
            const double share = r % 5 == 4 ? 0.9 : 0.2; /* now and then it is the machine */
            for (size_t cell : order)
                if (attempt(cell, r, 0, share))
                    again.push_back(cell);
            if (2 * again.size() > cells.size())
                continue;
            for (int a = 1; a <= REPEATS; a++) {
                std::vector<size_t> still;
                for (size_t cell : again)
                    if (attempt(cell, r, a, 0.3))
                        still.push_back(cell);
                again = still;
            }
        }
    }
    double uniform()
    {
        return std::uniform_real_distribution<double>(0, 1)(rng);
    }
    /* True if it was disturbed, and ok. */
    bool attempt(size_t cell, int round, int number, double share)
    {
        const bool failed = number == 0 && uniform() < 0.05,
                   disturbed = !failed && uniform() < share;
        json_t *j =
            good_record(cells[cell], round, (10 + static_cast<double>(cell)) * (1 + uniform()));
        json_object_set_new(j, "attempt", json_integer(number));
        if (disturbed)
            json_object_set_new(j, "disturbed", json_pack("[s]", "producer: \"migrated\""));
        if (failed) {
            json_object_set_new(j, "status", json_string("crashed"));
            json_object_set_new(j, "metrics", json_null());
        }
        records.push_back({round, line_of(j)});
        return disturbed;
    }

    json_t *manifest() const
    {
        json_t *list = json_array();
        for (const struct cell &c : cells)
            json_array_append_new(list, cell_json(&c));
        json_t *plan =
            json_pack("{s:s, s:s, s:i, s:i, s:f, s:i, s:[], s:o}", "name", "mine", "hash",
                      "0123456789abcdef", "rounds_min", int{ROUNDS}, "rounds_max", int{ROUNDS},
                      "interval", 0.02, "repeats", int{REPEATS}, "set", "cells", list);
        json_t *topology = json_loads(
            R"({"source":"test","cpus":[{"cpu":0,"core":0,"package":0,"node":0,"caches":)"
            R"([{"level":1,"size_bytes":32768,"line_bytes":64,"shared_cpus":"0"}]}]})",
            0, nullptr);
        return json_pack("{s:i, s:i, s:s, s:o, s:s, s:s, s:{s:s}, s:o}", "version", 1, "seed", 5,
                         "started", "2026-01-02T03:04:05Z", "plan", plan, "binary",
                         "fedcba9876543210", "machine", "Test; 1 cpu", "environment", "cpu_model",
                         "Test", "topology", topology);
    }
    /* The folder of a shard, or of the whole with shard.of = 0, with those of its rounds that
     * `keep` keeps. */
    std::string folder(const std::string &name, struct shard shard,
                       bool (*keep)(const Record &) = nullptr) const
    {
        const std::string path = dir + "/" + name;
        std::filesystem::create_directory(path);
        json_t *j = manifest();
        if (shard.of > 0)
            json_object_set_new(j, "shard", json_sprintf("%d/%d", shard.index, shard.of));
        write(path + "/manifest.json", line_of(j));
        write(path + "/plan.exp", "[plan]\n");
        std::string text;
        for (const Record &r : records)
            if (shard_has(&shard, r.round) && (keep == nullptr || keep(r)))
                text += r.line;
        write(path + "/samples.jsonl", text);
        return path;
    }
    /* 0 or the exit code at which it stopped; what is said is in `said`. */
    int merge(std::vector<std::string> folders, bool partial = false)
    {
        std::vector<char *> names;
        char word[] = "merge", *argv[] = {word, nullptr};
        struct merge m = {};
        for (std::string &f : folders)
            names.push_back(&f[0]);
        out = dir + "/merged";
        std::filesystem::remove_all(out);
        std::filesystem::create_directory(out);
        m.partial = partial;
        testing::internal::CaptureStderr();
        int code = merge_open(&m, names.data(), names.size());
        if (code == 0)
            code = merge_read(&m);
        if (code == 0)
            code = merge_judge(&m);
        if (code == 0)
            code = merge_write(&m, out.c_str(), 1, argv);
        merge_close(&m);
        said = testing::internal::GetCapturedStderr();
        return code;
    }
    std::string summary_of(const std::string &path) const
    {
        const struct stop_rule rule = {ROUNDS, ROUNDS, 0.02, REPEATS};
        struct samples all;
        struct machine_kinds none = {nullptr, 0};
        char why[512], *text = nullptr;
        size_t length = 0;
        EXPECT_EQ(samples_load(path.c_str(), &all, why, sizeof why), 0) << why;
        FILE *to = open_memstream(&text, &length);
        EXPECT_EQ(summary_write_by_machine(&all, &rule, &none, to), 0);
        fclose(to);
        std::string csv(text, length);
        free(text);
        samples_free(&all);
        return csv;
    }
    /* The merged records without their machine. */
    std::string merged_records() const
    {
        std::string text = read(out + "/samples.jsonl");
        const size_t length = std::string(R"(,"machine":"01234567")").size();
        for (size_t at; (at = text.find(R"(,"machine":")")) != std::string::npos;)
            text.erase(at, length);
        return text;
    }
    bool tells(const std::string &words) const
    {
        return said.find(words) != std::string::npos;
    }

    std::mt19937 rng{20261125};
    std::vector<struct cell> cells;
    std::vector<Record> records;
    std::string out, said;
};

/* A random split: some of N shards, and some of those once more into two. */
std::vector<struct shard> split(std::mt19937 &rng, int rounds)
{
    std::vector<struct shard> list;
    const int of = std::uniform_int_distribution<int>(1, rounds)(rng);
    for (int index = 1; index <= of; index++)
        if (2 * of <= rounds && rng() % 3 == 0) {
            list.push_back({index, 2 * of});
            list.push_back({index + of, 2 * of});
        } else {
            list.push_back({index, of});
        }
    std::shuffle(list.begin(), list.end(), rng);
    return list;
}

TEST_F(Merge, AHundredSplitsAreTheWhole)
{
    const std::string whole = folder("whole", {0, 0});
    const std::string want = summary_of(whole), lines = read(whole + "/samples.jsonl");
    ASSERT_GT(records.size(), cells.size() * ROUNDS) << "some rounds were repeated";
    for (int i = 0; i < 100; i++) {
        std::vector<std::string> folders;
        for (const struct shard &s : split(rng, ROUNDS))
            folders.push_back(folder(std::to_string(i) + "." + std::to_string(folders.size()), s));
        ASSERT_EQ(merge(folders), 0) << said;
        ASSERT_EQ(read(out + "/summary.csv"), want) << "split " << i;
        ASSERT_EQ(merged_records(), lines) << "and in its order; split " << i;
    }
}

TEST_F(Merge, ASummaryMissesARoundThatIsMissing)
{
    const std::string want = summary_of(folder("whole", {0, 0}));
    ASSERT_EQ(merge({folder("a", {1, 2}),
                     folder("b", {2, 2}, [](const Record &r) { return r.round != 5; })},
                    true),
              0);
    EXPECT_NE(read(out + "/summary.csv"), want);
}

TEST_F(Merge, AShardThatNobodyRanIsNamed)
{
    EXPECT_EQ(merge({folder("a", {1, 3}), folder("c", {3, 3})}), 4);
    EXPECT_TRUE(tells("no folder is shard 2/3;")) << said;
    EXPECT_TRUE(tells("ringside sweep mine --seed 5 --shard I/N")) << said;
    EXPECT_EQ(merge({dir + "/a", dir + "/c"}, true), 0) << said;
}

TEST_F(Merge, AFolderWithoutAllItsRoundsIsNamedWithItsResume)
{
    const std::string a = folder("a", {1, 2});
    const std::string b = folder("b", {2, 2}, [](const Record &r) { return r.round < 21; });
    EXPECT_EQ(merge({a, b}), 4);
    EXPECT_TRUE(tells(b + " lacks 16 rounds;")) << said;
    EXPECT_TRUE(tells("`ringside resume " + b + "` completes it")) << said;
    EXPECT_FALSE(tells("resume " + a)) << said;
    EXPECT_FALSE(std::filesystem::exists(out + "/samples.jsonl"));
}

/* The second attempt at a disturbed round is due as a first one is. */
TEST_F(Merge, ARepeatThatIsMissingIsMissing)
{
    const std::string a = folder("a", {1, 2}), b = folder("b", {2, 2});
    std::string text = read(a + "/samples.jsonl");
    const size_t last = text.rfind(R"("attempt":1)");
    ASSERT_NE(last, std::string::npos);
    const size_t from = text.rfind('\n', last) + 1;
    text.resize(from); /* as if it was stopped there */
    write(a + "/samples.jsonl", text);
    EXPECT_EQ(merge({a, b}), 4);
    EXPECT_TRUE(tells("resume " + a)) << said;
}

TEST_F(Merge, RoundsThatAreThereTwiceAreRefused)
{
    const std::string a = folder("a", {1, 2}), b = folder("b", {2, 2}), c = folder("c", {4, 4});
    EXPECT_EQ(merge({a, b, c}), 2);
    EXPECT_TRUE(tells(c + " has round 3 and others of what " + b + " has too")) << said;
    EXPECT_EQ(merge({a, a, b}, true), 2) << "--partial is about what is missing";
}

TEST_F(Merge, ARecordThatCannotBeInItsPlaceIsRefused)
{
    const std::string a = folder("a", {1, 2}), b = folder("b", {2, 2});
    const std::string good = read(b + "/samples.jsonl"),
                      first = good.substr(0, good.find('\n') + 1);
    write(b + "/samples.jsonl", first + good);
    EXPECT_EQ(merge({a, b}), 5);
    EXPECT_TRUE(tells("line 2 is of a round that the run does not have, or that it has")) << said;
    write(b + "/samples.jsonl", good + records[0].line); /* round 0: of the other shard */
    EXPECT_EQ(merge({a, b}), 5);
    write(b + "/samples.jsonl", good + "{}\n");
    EXPECT_EQ(merge({a, b}), 5);
    EXPECT_TRUE(tells("is not a record")) << said;
    const struct cell other = cell_of({{FACTOR_ring, "cached"}, {FACTOR_batch, "16"}});
    write(b + "/samples.jsonl", good + line_of(good_record(other, 1, 5)));
    EXPECT_EQ(merge({a, b}), 5);
    EXPECT_TRUE(tells("of a cell that its plan does not have")) << said;
}

TEST_F(Merge, ATornLastLineIsLeftOut)
{
    const std::string a = folder("a", {1, 2}), b = folder("b", {2, 2});
    const std::string good = read(b + "/samples.jsonl");
    write(b + "/samples.jsonl", good + R"({"cell":"12)");
    EXPECT_EQ(merge({a, b}), 0) << said;
    EXPECT_TRUE(tells("is torn and left out")) << said;
}

} /* namespace */

/* Rounds of three machines in turns: each machine's own, in the order in which they ran. */
TEST(Samples, OfMachinesInTurnsAreTakenApart)
{
    const uint32_t machine[] = {7, 3, 7, 7, 5, 3};
    const std::vector<std::vector<int>> rounds = {{0, 2, 3}, {1, 5}, {4}};
    std::vector<struct sample> of(6);
    for (size_t i = 0; i < of.size(); i++) {
        of[i].machine = machine[i];
        of[i].round = (int)i;
    }
    struct samples all = {of.data(), of.size(), false};
    struct samples_part *part;
    size_t parts;
    ASSERT_EQ(samples_split(&all, &part, &parts), 0);
    ASSERT_EQ(parts, rounds.size());
    for (size_t p = 0; p < parts; p++) {
        ASSERT_EQ(part[p].samples.n, rounds[p].size());
        for (size_t i = 0; i < rounds[p].size(); i++) {
            EXPECT_EQ(part[p].samples.item[i].round, rounds[p][i]);
            EXPECT_EQ(part[p].samples.item[i].machine, part[p].machine);
        }
    }
    EXPECT_EQ(part[0].machine, 7u);
    EXPECT_EQ(part[1].machine, 3u);
    EXPECT_EQ(part[2].machine, 5u);
    free(part);
}
