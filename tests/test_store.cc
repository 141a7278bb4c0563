/* SPDX-License-Identifier: MIT */
/*
 * Shows that what a run has recorded survives a kill, a full disk and a second writer, and that
 * damaged or foreign files are refused with the line, never taken for results.
 */
#include "store_fixture.h"

#include "store/journal.h"
#include "store/manifest.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <csignal>
#include <cstring>
#include <functional>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace
{

/* Runs `act` in a child whose files may not grow beyond `bytes`; its exit status, -1 if killed. */
int with_file_limit(size_t bytes, const std::function<int()> &act)
{
    int status = 0;
    pid_t pid = fork();
    if (pid == 0) {
        const struct rlimit limit = {bytes, RLIM_INFINITY};
        signal(SIGXFSZ, SIG_IGN);
        _exit(setrlimit(RLIMIT_FSIZE, &limit) == 0 ? act() : 99);
    }
    EXPECT_EQ(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

class Journal : public FolderTest
{
  protected:
    int open()
    {
        return journal_open(&j, dir.c_str());
    }
    int append(int round)
    {
        json_t *record = good_record(cell_of({}), round, 5);
        int err = journal_append(&j, record);
        json_decref(record);
        return err;
    }
    void record(int rounds)
    {
        ASSERT_EQ(open(), 0);
        for (int r = 0; r < rounds; r++)
            ASSERT_EQ(append(r), 0);
        journal_close(&j);
    }
    std::vector<int> rounds()
    {
        struct samples s;
        char why[512] = "";
        std::vector<int> list;
        EXPECT_EQ(samples_load(dir.c_str(), &s, why, sizeof why), 0) << why;
        for (size_t i = 0; i < s.n; i++)
            list.push_back(s.item[i].round);
        torn = s.torn;
        samples_free(&s);
        return list;
    }
    struct journal j = {-1, 0};
    bool torn = false;
};

TEST_F(Journal, KeepsWhatWasRecordedWhenItIsOpenedAgain)
{
    record(3);
    ASSERT_EQ(open(), 0);
    EXPECT_EQ(append(3), 0);
    EXPECT_EQ(journal_sync(&j), 0);
    journal_close(&j);
    journal_close(&j); /* twice is harmless */
    EXPECT_EQ(rounds(), (std::vector<int>{0, 1, 2, 3}));
    EXPECT_FALSE(torn);
    const std::string text = read(samples);
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 4);
}

/* A kill in the middle of a write leaves the last record cut anywhere. */
TEST_F(Journal, CutsATornRecordAtWhateverByte)
{
    record(3);
    const std::string whole = read(samples);
    const size_t last = whole.rfind('\n', whole.size() - 2) + 1;
    for (size_t cut = last; cut < whole.size(); cut++) {
        write(samples, whole.substr(0, cut));
        ASSERT_EQ(rounds(), (std::vector<int>{0, 1})) << cut;
        EXPECT_EQ(torn, cut > last);
        ASSERT_EQ(open(), 0);
        EXPECT_EQ(read(samples), whole.substr(0, last)) << cut;
        ASSERT_EQ(append(7), 0);
        journal_close(&j);
        ASSERT_EQ(rounds(), (std::vector<int>{0, 1, 7})) << cut;
        EXPECT_FALSE(torn);
    }
}

TEST_F(Journal, HasOneWriter)
{
    struct journal second;
    ASSERT_EQ(open(), 0);
    ASSERT_EQ(append(0), 0);
    const std::string before = read(samples);
    EXPECT_EQ(journal_open(&second, dir.c_str()), -EWOULDBLOCK);
    EXPECT_EQ(second.fd, -1);
    EXPECT_EQ(read(samples), before);
    EXPECT_EQ(append(1), 0);
    journal_close(&j);
    EXPECT_EQ(journal_open(&second, dir.c_str()), 0);
    journal_close(&second);
}

/* A run may come from somebody else: its journal must not stand for another file. */
TEST_F(Journal, IsNoLink)
{
    const std::string other = dir + "/other";
    std::ofstream(other) << "one line without an end";
    ASSERT_EQ(symlink("other", samples.c_str()), 0);
    EXPECT_EQ(open(), -ELOOP);
    EXPECT_STRNE(journal_remedy(-ELOOP), "");
    EXPECT_EQ(read(other), "one line without an end");
}

TEST_F(Journal, FilesBesideItAreReplacedAndNotFollowed)
{
    const std::string other = dir + "/other", path = dir + "/summary.csv";
    std::ofstream(other) << "keep";
    for (const std::string &link : {path, path + ".new"}) {
        ASSERT_EQ(symlink("other", link.c_str()), 0);
        ASSERT_EQ(file_replace(path.c_str(), "new", 3), 0);
        EXPECT_EQ(read(path), "new");
        EXPECT_EQ(read(other), "keep");
    }
}

TEST_F(Journal, FailsWhereThereIsNoFolder)
{
    EXPECT_EQ(journal_open(&j, (dir + "/none").c_str()), -ENOENT);
    EXPECT_EQ(j.fd, -1);
}

/* A record that does not fit leaves nothing of itself behind, and there is a next one. */
TEST_F(Journal, UndoesAWriteThatDidNotFit)
{
    record(2);
    const std::string whole = read(samples);
    const size_t record_bytes = whole.size() / 2;
    for (size_t room : {size_t(0), size_t(1), record_bytes / 2, record_bytes - 1}) {
        int code = with_file_limit(whole.size() + room, [this] {
            if (open() != 0)
                return 1;
            int err = append(2);
            return err == -EFBIG || err == -ENOSPC ? 0 : 2;
        });
        EXPECT_EQ(code, 0);
        EXPECT_EQ(read(samples), whole) << room;
    }
    EXPECT_EQ(with_file_limit(whole.size() + record_bytes,
                              [this] { return open() == 0 && append(2) == 0 ? 0 : 1; }),
              0);
    EXPECT_EQ(rounds(), (std::vector<int>{0, 1, 2}));
}

class Samples : public FolderTest
{
  protected:
    void SetUp() override
    {
        FolderTest::SetUp();
        good = line_of(good_record(cell_of({}), 0, 5));
    }
    void TearDown() override
    {
        samples_free(&s);
        FolderTest::TearDown();
    }
    int load(const std::string &text)
    {
        samples_free(&s);
        write(samples, text);
        why[0] = '\0';
        return samples_load(dir.c_str(), &s, why, sizeof why);
    }
    /* Two good lines, then one without `key` or with another value. */
    int load_with(const char *key, json_t *value)
    {
        json_t *record = good_record(cell_of({}), 0, 5);
        if (value == nullptr)
            json_object_del(record, key);
        else
            json_object_set_new(record, key, value);
        return load(good + good + line_of(record));
    }
    bool says(const char *words) const
    {
        return strstr(why, words) != nullptr;
    }
    struct samples s = {};
    std::string good;
    char why[512] = "";
};

TEST_F(Samples, AreReadAsTheyWereWritten)
{
    json_t *record = good_record(cell_of({{FACTOR_kernel, "pingpong"}}), 3, 123.456);
    json_t *metrics = json_object_get(record, "metrics");
    json_object_set_new(record, "attempt", json_integer(2));
    json_object_set_new(record, "disturbed", json_pack("[s]", "producer: steal"));
    json_object_set_new(metrics, "rtt_p99_ns", json_real(400));
    json_object_set_new(metrics, "full_hits", json_null());
    json_object_set_new(record, "something_new", json_true());
    ASSERT_EQ(load(good + line_of(record)), 0) << why;
    ASSERT_EQ(s.n, 2u);
    EXPECT_FALSE(s.torn);
    const struct sample &read = s.item[1];
    EXPECT_EQ(read.round, 3);
    EXPECT_EQ(read.attempt, 2);
    EXPECT_EQ(read.status, SAMPLE_OK);
    EXPECT_TRUE(read.disturbed);
    EXPECT_DOUBLE_EQ(read.value, 123.456);
    EXPECT_DOUBLE_EQ(read.messages, 1000);
    EXPECT_DOUBLE_EQ(read.rtt_p99_ns, 400);
    EXPECT_DOUBLE_EQ(read.start_s, 4.5);
    EXPECT_TRUE(std::isnan(read.full_hits)) << "null is not available, not 0";
    EXPECT_TRUE(std::isnan(read.ring_bytes)) << "nor is what is missing";
    EXPECT_EQ(read.id, cell_id(&read.cell));
    EXPECT_NE(read.id, s.item[0].id);
}

TEST_F(Samples, RoundsThatGaveNothingHaveNoValue)
{
    const char *names[] = {"failed", "timeout", "crashed"};
    for (int i = 0; i < 3; i++) {
        json_t *record = good_record(cell_of({}), 0, 5);
        json_object_set_new(record, "status", json_string(names[i]));
        json_object_set_new(record, "metrics", json_null());
        ASSERT_EQ(load(line_of(record)), 0) << why;
        EXPECT_EQ(s.item[0].status, SAMPLE_FAILED + i);
        EXPECT_TRUE(std::isnan(s.item[0].value));
    }
}

TEST_F(Samples, NoneIsNoError)
{
    EXPECT_EQ(load(""), 0);
    EXPECT_EQ(s.n, 0u);
    EXPECT_FALSE(s.torn);
    EXPECT_EQ(load(good.substr(0, good.size() - 1)), 0);
    EXPECT_EQ(s.n, 0u) << "a record without its newline may be cut";
    EXPECT_TRUE(s.torn);
}

TEST_F(Samples, OfNoFolderSayWhatToGive)
{
    EXPECT_EQ(samples_load((dir + "/none").c_str(), &s, why, sizeof why), -ENOENT);
    EXPECT_TRUE(says("give the folder of a sweep")) << why;
}

TEST_F(Samples, RefuseARecordThatLacksSomething)
{
    for (const char *key : {"round", "attempt", "status", "disturbed", "factors", "metrics"}) {
        EXPECT_EQ(load_with(key, nullptr), -EINVAL) << key;
        EXPECT_TRUE(says("samples.jsonl, line 3 ")) << why;
        EXPECT_EQ(s.item, nullptr);
    }
}

TEST_F(Samples, RefuseImpossibleValues)
{
    for (const char *key : {"round", "attempt"}) {
        EXPECT_EQ(load_with(key, json_integer(-1)), -EINVAL) << key;
        EXPECT_EQ(load_with(key, json_integer(2147483647)), -EINVAL) << key;
        EXPECT_EQ(load_with(key, json_integer(4294967296)), -EINVAL) << key;
        EXPECT_EQ(load_with(key, json_real(1)), -EINVAL) << key;
    }
    EXPECT_EQ(load_with("status", json_string("fine")), -EINVAL);
    EXPECT_EQ(load_with("disturbed", json_false()), -EINVAL);
    for (double ns : {0.0, -1.0})
        EXPECT_EQ(load_with("metrics", json_pack("{s:f}", "ns_per_msg", ns)), -EINVAL) << ns;
    EXPECT_EQ(load_with("metrics", json_pack("{s:f}", "rtt_ns", 5.0)), -EINVAL)
        << "another kernel's metric";
}

TEST_F(Samples, RefuseWhatIsNoRecord)
{
    const std::string binary("\x7f\x45LF\x02\0\n\xff\xfe\0\n", 11);
    for (const std::string &line :
         {std::string("\n"), std::string("{}\n"), std::string("[]\n"), std::string("null\n"),
          std::string("{\"round\": 0\n"), std::string("{\"a\":1,\"a\":2}\n"),
          std::string("1e999\n"), std::string("\xff\xfe\n"), binary,
          std::string(100000, '[') + "\n", good.substr(0, good.size() - 1) + good}) {
        EXPECT_EQ(load(good + line + good), -EINVAL) << line.substr(0, 40);
        EXPECT_TRUE(says("line 2 ") && says("damaged or foreign")) << why;
    }
}

/* Every byte of a record matters or is read the same; damage is refused, or it is another value
 * that is possible; nothing else happens. */
TEST_F(Samples, SurviveAnyDamagedByte)
{
    for (size_t at = 0; at < good.size() - 1; at++)
        for (char byte : {'\0', '\n', '9', '"', '}', '\xff'}) {
            std::string line = good;
            line[at] = byte;
            int err = load(good + line);
            ASSERT_TRUE(err == 0 || err == -EINVAL) << at;
            ASSERT_EQ(err == 0, why[0] == '\0') << at;
        }
}
} /* namespace */
