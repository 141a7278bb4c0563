/* SPDX-License-Identifier: MIT */
/*
 * Shows that a run's description is written whole or not at all, read back as it was, and refused
 * if it is damaged, and that it tells one plan from another.
 */
#include "store_fixture.h"

#include "store/manifest.h"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <sys/resource.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace
{

class Replace : public FolderTest
{
  protected:
    int replace(const std::string &text)
    {
        return file_replace(path().c_str(), text.data(), text.size());
    }
    std::string path() const
    {
        return dir + "/file";
    }
};

TEST_F(Replace, WritesTheWholeFileAndNothingBesideIt)
{
    const std::string binary("a\0b\n", 4);
    for (const std::string &text :
         {std::string("first"), std::string(), std::string(1 << 20, 'x'), binary}) {
        EXPECT_EQ(replace(text), 0);
        EXPECT_EQ(read(path()), text);
        EXPECT_EQ(files(), 1u);
    }
}

TEST_F(Replace, AReaderSeesTheOldOrTheNew)
{
    const std::string text[2] = {std::string(30000, 'a'), std::string(20000, 'b')};
    std::atomic<bool> done(false);
    ASSERT_EQ(replace(text[0]), 0);
    std::thread writer([&] {
        for (int i = 1; i <= 500; i++)
            EXPECT_EQ(replace(text[i % 2]), 0);
        done = true;
    });
    while (!done) {
        const std::string seen = read(path());
        EXPECT_TRUE(seen == text[0] || seen == text[1]) << seen.size();
        for (int i = 0; i < 100; i++)
            EXPECT_EQ(access(path().c_str(), F_OK), 0) << "there is always a file";
    }
    writer.join();
}

TEST_F(Replace, KeepsTheOldFileWhenTheNewDoesNotFit)
{
    int status = 0;
    ASSERT_EQ(replace("old"), 0);
    pid_t pid = fork();
    if (pid == 0) {
        const struct rlimit limit = {1000, RLIM_INFINITY};
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &limit);
        _exit(replace(std::string(5000, 'x')) == -EFBIG ? 0 : 1);
    }
    ASSERT_EQ(waitpid(pid, &status, 0), pid);
    EXPECT_EQ(status, 0);
    EXPECT_EQ(read(path()), "old");
    EXPECT_EQ(files(), 1u);
}

TEST_F(Replace, FailsWithTheReason)
{
    EXPECT_EQ(file_replace((dir + "/none/file").c_str(), "x", 1), -ENOENT);
    EXPECT_EQ(file_replace(dir.c_str(), "x", 1), -EISDIR);
    EXPECT_FALSE(std::filesystem::exists(dir + ".new"));
}

class Manifest : public FolderTest
{
  protected:
    void SetUp() override
    {
        FolderTest::SetUp();
        ASSERT_EQ(topology_load(&topology), 0);
        load_plan("[plan]\ntitle = T\nrounds = 3..4\ninterval = 0.05\nrepeats = 1\n[cells a]\n"
                  "placement = same\n");
        manifest_here(&topology, &m);
        m.seed = UINT64_C(0x8000000000000005);
        m.set = json_pack("[s]", "capacity=64");
    }
    void TearDown() override
    {
        manifest_free(&m);
        plan_free(&plan);
        topology_free(&topology);
        FolderTest::TearDown();
    }
    void load_plan(const std::string &text)
    {
        char reason[512];
        plan_free(&plan);
        ASSERT_EQ(plan_parse("x", text.data(), text.size(), nullptr, &topology, &plan, reason,
                             sizeof reason),
                  0)
            << reason;
        snprintf(plan.name, sizeof plan.name, "mine");
        manifest_plan_hash(&plan, m.plan_hash);
    }
    int write_it()
    {
        char word0[] = "sweep", word1[] = "mine.exp";
        char *argv[] = {word0, word1, nullptr};
        return manifest_write(dir.c_str(), 2, argv, &m, &plan, &topology);
    }
    int read_it(struct manifest *to)
    {
        why[0] = '\0';
        return manifest_read(dir.c_str(), to, why, sizeof why);
    }
    int refused()
    {
        struct manifest back;
        int err = read_it(&back);
        EXPECT_EQ(back.set, nullptr) << "nothing to free";
        return err;
    }
    std::string path() const
    {
        return dir + "/manifest.json";
    }
    struct topology topology = {};
    struct plan plan = {};
    struct manifest m = {};
    char why[1024] = "";
};

TEST_F(Manifest, IsReadAsItWasWritten)
{
    struct manifest back;
    ASSERT_EQ(write_it(), 0);
    ASSERT_EQ(read_it(&back), 0) << why;
    EXPECT_EQ(back.seed, m.seed) << "all 64 bits";
    EXPECT_STREQ(back.plan_name, "mine");
    EXPECT_STREQ(back.plan_hash, m.plan_hash);
    EXPECT_STREQ(back.binary_hash, m.binary_hash);
    EXPECT_STREQ(back.machine, m.machine);
    EXPECT_TRUE(json_equal(back.set, m.set));
    EXPECT_EQ(back.rule.rounds_min, 3);
    EXPECT_EQ(back.rule.rounds_max, 4);
    EXPECT_DOUBLE_EQ(back.rule.target, 0.05);
    EXPECT_EQ(back.rule.repeats, 1);
    EXPECT_EQ(read(dir + "/plan.exp"), plan.text);
    EXPECT_EQ(files(), 2u);
    manifest_free(&back);
}

TEST_F(Manifest, HoldsWhatARunIsJudgedBy)
{
    ASSERT_EQ(write_it(), 0);
    json_t *j = json_load_file(path().c_str(), 0, nullptr);
    for (const char *key : {"version", "title", "command", "seed", "started", "plan", "commit",
                            "compiler", "flags", "binary", "machine", "environment", "topology"})
        EXPECT_NE(json_object_get(j, key), nullptr) << key;
    const json_t *cells = json_object_get(json_object_get(j, "plan"), "cells");
    ASSERT_EQ(json_array_size(cells), plan.n);
    for (size_t i = 0; i < plan.n; i++) {
        struct cell c;
        ASSERT_TRUE(cell_from_json(json_array_get(cells, i), &c));
        EXPECT_TRUE(cell_equal(&c, &plan.cell[i]));
    }
    EXPECT_STREQ(json_string_value(json_array_get(json_object_get(j, "command"), 2)), "mine.exp");
    json_decref(j);
}

TEST_F(Manifest, HereIsTheSameEachTime)
{
    struct manifest again = {};
    manifest_here(&topology, &again);
    EXPECT_STREQ(again.binary_hash, m.binary_hash);
    EXPECT_STREQ(again.machine, m.machine);
    EXPECT_EQ(strlen(again.binary_hash), 16u);
    EXPECT_NE(strstr(again.machine, "cpus"), nullptr);
}

TEST_F(Manifest, PlanHashIsOfTheTextAndOfTheCells)
{
    const std::string text = "[cells a]\nplacement = same\n";
    char first[17], hash[17];
    load_plan(text);
    manifest_plan_hash(&plan, first);
    load_plan(text);
    manifest_plan_hash(&plan, hash);
    EXPECT_STREQ(hash, first);
    plan.cell[0].value[FACTOR_msg_bytes]++; /* as by --set, or by another default */
    manifest_plan_hash(&plan, hash);
    EXPECT_STRNE(hash, first);
    load_plan(text + "# a note\n");
    manifest_plan_hash(&plan, hash);
    EXPECT_STRNE(hash, first);
}

TEST_F(Manifest, CutAnywhereIsRefused)
{
    ASSERT_EQ(write_it(), 0);
    const std::string whole = read(path());
    for (size_t cut = 0; cut < whole.size(); cut += 7) {
        write(path(), whole.substr(0, cut));
        ASSERT_EQ(refused(), -EINVAL) << cut;
        EXPECT_NE(strstr(why, "is damaged"), nullptr) << why;
    }
}

TEST_F(Manifest, WithoutWhatResumeNeedsIsRefused)
{
    ASSERT_EQ(write_it(), 0);
    const std::string whole = read(path());
    for (const char *key : {"version", "seed", "plan", "binary", "machine"}) {
        json_t *j = json_loads(whole.c_str(), 0, nullptr);
        json_object_del(j, key);
        write(path(), line_of(j));
        EXPECT_EQ(refused(), -EINVAL) << key;
    }
    for (const char *key : {"set", "name", "hash", "rounds_min", "rounds_max"}) {
        json_t *j = json_loads(whole.c_str(), 0, nullptr);
        json_object_del(json_object_get(j, "plan"), key);
        write(path(), line_of(j));
        EXPECT_EQ(refused(), -EINVAL) << key;
    }
    json_t *j = json_loads(whole.c_str(), 0, nullptr);
    json_object_set_new(j, "version", json_integer(2));
    write(path(), line_of(j));
    EXPECT_EQ(refused(), -EINVAL) << "written by a later version";
}

TEST_F(Manifest, OfNoRunSaysWhatToGive)
{
    EXPECT_EQ(refused(), -ENOENT);
    EXPECT_NE(strstr(why, "give the folder of a sweep"), nullptr) << why;
}

} /* namespace */
