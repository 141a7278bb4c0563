/* SPDX-License-Identifier: MIT */
/*
 * Shows that the cpus of this process are found, with the quota of its cgroup whatever the version
 * and depth; that a pinned thread is where it was put; that names of threads stay apart; and that
 * what is refused says what to do.
 */
extern "C" {
#include "graph/placement.h"
}

#include <gtest/gtest.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sched.h>
#include <string>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>

namespace
{
namespace fs = std::filesystem;

/* A machine made of files. */
class Cgroup : public ::testing::Test
{
  protected:
    void SetUp() override
    {
        char path[] = "/tmp/test_placement.XXXXXX";
        ASSERT_NE(mkdtemp(path), nullptr);
        root = path;
    }
    void TearDown() override
    {
        rs_cpus_free(&c);
        fs::remove_all(root);
    }
    void write(const std::string &path, const std::string &text) const
    {
        fs::path file(root + path);
        fs::create_directories(file.parent_path());
        std::ofstream(file) << text << "\n";
    }
    double quota()
    {
        rs_cpus_free(&c);
        EXPECT_EQ(rs_cpus_load(&c, root.c_str()), 0);
        return c.quota;
    }

    std::string root;
    struct rs_cpus c = {};
};

TEST_F(Cgroup, WithoutFilesThereIsNoQuota)
{
    EXPECT_EQ(quota(), 0);
    EXPECT_EQ(c.usable, c.n);
    EXPECT_GE(c.online, c.n);
}

TEST_F(Cgroup, V2OfTheGroup)
{
    write("/proc/self/cgroup", "0::/a/b");
    write("/sys/fs/cgroup/a/b/cpu.max", "150000 100000");
    EXPECT_DOUBLE_EQ(quota(), 1.5);
    EXPECT_EQ(c.usable, 1u) << "whole cpus only";
}

TEST_F(Cgroup, V2MaxIsNone)
{
    write("/proc/self/cgroup", "0::/a");
    write("/sys/fs/cgroup/a/cpu.max", "max 100000");
    EXPECT_EQ(quota(), 0);
}

TEST_F(Cgroup, V2OfAnAncestorThatIsTighter)
{
    write("/proc/self/cgroup", "0::/a/b/c");
    write("/sys/fs/cgroup/a/b/c/cpu.max", "400000 100000");
    write("/sys/fs/cgroup/a/b/cpu.max", "max 100000");
    write("/sys/fs/cgroup/a/cpu.max", "50000 100000");
    EXPECT_DOUBLE_EQ(quota(), 0.5);
    EXPECT_EQ(c.usable, 1u) << "at least one";
}

TEST_F(Cgroup, V2InAContainerWhosePathIsNotThere)
{
    write("/proc/self/cgroup", "0::/outside/pod");
    write("/sys/fs/cgroup/cpu.max", "75000 50000");
    EXPECT_DOUBLE_EQ(quota(), 1.5);
}

TEST_F(Cgroup, V1OfTheGroupAndItsAncestors)
{
    write("/proc/self/cgroup", "5:memory:/m\n4:cpu,cpuacct:/a/b\n3:cpuset:/x\n0::/");
    write("/sys/fs/cgroup/cpu,cpuacct/a/b/cpu.cfs_quota_us", "-1");
    write("/sys/fs/cgroup/cpu,cpuacct/a/b/cpu.cfs_period_us", "100000");
    EXPECT_EQ(quota(), 0) << "-1 is none";
    write("/sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_quota_us", "250000");
    write("/sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_period_us", "100000");
    EXPECT_DOUBLE_EQ(quota(), 2.5);
    write("/sys/fs/cgroup/cpu/a/b/cpu.cfs_quota_us", "20000");
    write("/sys/fs/cgroup/cpu/a/b/cpu.cfs_period_us", "10000");
    EXPECT_DOUBLE_EQ(quota(), 2) << "the tightest counts";
}

TEST_F(Cgroup, V1OfTheCpusetIsNotAQuota)
{
    write("/proc/self/cgroup", "3:cpuset:/a");
    write("/sys/fs/cgroup/cpu/a/cpu.cfs_quota_us", "1000");
    write("/sys/fs/cgroup/cpu/a/cpu.cfs_period_us", "100000");
    EXPECT_EQ(quota(), 0);
}

TEST_F(Cgroup, AQuotaOfMoreThanThereIsChangesNothing)
{
    write("/proc/self/cgroup", "0::/");
    write("/sys/fs/cgroup/cpu.max", "100000000 1000");
    EXPECT_DOUBLE_EQ(quota(), 100000);
    EXPECT_EQ(c.usable, c.n);
}

TEST_F(Cgroup, NonsenseIsNoQuota)
{
    for (const char *text : {"", "max", "x y", "100", "100 0", "-5 100"}) {
        write("/proc/self/cgroup", "garbage\n::\n0::/");
        write("/sys/fs/cgroup/cpu.max", text);
        EXPECT_EQ(quota(), 0) << text;
    }
}

TEST_F(Cgroup, OnlineCpusAreCounted)
{
    write("/sys/devices/system/cpu/online", "0-3,8,10-4095");
    quota();
    EXPECT_EQ(c.online, 4u + 1 + 4086);
}

TEST(Mask, IsThatOfTheThreadAscending)
{
    struct rs_cpus c;
    cpu_set_t set;
    ASSERT_EQ(rs_cpus_load(&c, ""), 0);
    ASSERT_EQ(sched_getaffinity(0, sizeof set, &set), 0);
    EXPECT_EQ(c.n, static_cast<size_t>(CPU_COUNT(&set)));
    for (size_t i = 0; i < c.n; i++) {
        EXPECT_TRUE(CPU_ISSET(c.cpu[i], &set));
        EXPECT_TRUE(i == 0 || c.cpu[i - 1] < c.cpu[i]);
    }
    EXPECT_GE(c.usable, 1u);
    EXPECT_LE(c.usable, c.n);
    rs_cpus_free(&c);
}

TEST(Pin, PutsTheThreadOnEachCpuInTurn)
{
    struct rs_cpus c;
    ASSERT_EQ(rs_cpus_load(&c, ""), 0);
    std::thread([&c] {
        for (size_t i = 0; i < c.n; i++) {
            char why[256] = "";
            ASSERT_EQ(rs_pin(c.cpu[i], why, sizeof why), 0) << why;
            EXPECT_EQ(sched_getcpu(), c.cpu[i]);
            struct rs_cpus now;
            ASSERT_EQ(rs_cpus_load(&now, ""), 0);
            EXPECT_EQ(now.n, 1u);
            EXPECT_EQ(now.cpu[0], c.cpu[i]);
            rs_cpus_free(&now);
        }
    }).join();
    rs_cpus_free(&c);
}

TEST(Pin, RefusesACpuThatIsNotThere)
{
    for (int cpu : {-1, 100000, 1 << 30}) {
        char why[256] = "";
        EXPECT_EQ(rs_pin(cpu, why, sizeof why), -EINVAL);
        EXPECT_NE(std::string(why).find("Invalid argument; "), std::string::npos) << why;
        EXPECT_NE(std::string(why).find("Cpus_allowed_list"), std::string::npos) << why;
    }
}

TEST(Priority, NoneDoesNothing)
{
    char why[256] = "";
    EXPECT_EQ(rs_raise(RS_PRIORITY_NONE, why, sizeof why), 0);
    EXPECT_STREQ(why, "");
}

/* Raised, or refused with both ways out; only the thread itself is touched. */
TEST(Priority, IsRaisedOrSaysTheFix)
{
    const int before = getpriority(PRIO_PROCESS, 0);
    std::thread([] {
        char why[512] = "";
        int err = rs_raise(RS_PRIORITY_NICE, why, sizeof why);
        if (err == 0) {
            EXPECT_EQ(getpriority(PRIO_PROCESS, static_cast<id_t>(gettid())), -20);
        } else {
            EXPECT_NE(std::string(why).find("ulimit -e"), std::string::npos) << why;
            EXPECT_NE(std::string(why).find("CAP_SYS_NICE"), std::string::npos) << why;
        }
    }).join();
    std::thread([] {
        char why[512] = "";
        int err = rs_raise(RS_PRIORITY_FIFO, why, sizeof why);
        if (err == 0) {
            EXPECT_EQ(sched_getscheduler(0), SCHED_FIFO);
        } else {
            EXPECT_NE(std::string(why).find("ulimit -r"), std::string::npos) << why;
            EXPECT_NE(std::string(why).find("CAP_SYS_NICE"), std::string::npos) << why;
        }
    }).join();
    EXPECT_EQ(getpriority(PRIO_PROCESS, 0), before);
}

TEST(Priority, FifoLeavesTheMachineACpu)
{
    struct rs_cpus c = {};
    c.n = c.usable = c.online = 4;
    EXPECT_EQ(rs_priority_refusal(RS_PRIORITY_FIFO, 3, &c), nullptr);
    EXPECT_NE(rs_priority_refusal(RS_PRIORITY_FIFO, 4, &c), nullptr);
    EXPECT_NE(rs_priority_refusal(RS_PRIORITY_FIFO, 9, &c), nullptr);
    EXPECT_EQ(rs_priority_refusal(RS_PRIORITY_NICE, 9, &c), nullptr);
    EXPECT_EQ(rs_priority_refusal(RS_PRIORITY_NONE, 9, &c), nullptr);
    c.n = 3; /* taskset keeps the fourth free */
    EXPECT_EQ(rs_priority_refusal(RS_PRIORITY_FIFO, 9, &c), nullptr);
    c.n = c.online = 1;
    const char *why = rs_priority_refusal(RS_PRIORITY_FIFO, 1, &c);
    ASSERT_NE(why, nullptr);
    EXPECT_NE(std::string(why).find("priority = nice"), std::string::npos) << why;
}

std::string thread_name(const std::string &node)
{
    char name[16];
    rs_thread_name(node.c_str(), name);
    return name;
}

TEST(ThreadName, ShortOnesAreKept)
{
    EXPECT_EQ(thread_name(""), "");
    EXPECT_EQ(thread_name("src"), "src");
    EXPECT_EQ(thread_name("123456789012345"), "123456789012345");
}

TEST(ThreadName, LongOnesKeepBothEnds)
{
    const std::string a = thread_name("filter-bank-left-0017");
    const std::string b = thread_name("filter-bank-left-0018");
    EXPECT_EQ(a, "filte~left-0017");
    EXPECT_NE(a, b);
    EXPECT_EQ(thread_name("1234567890123456").size(), 15u);
    EXPECT_EQ(thread_name(std::string(1000, 'x')).size(), 15u);
}

TEST(ThreadName, NoCharacterIsCutInHalf)
{
    for (size_t shift = 0; shift < 6; shift++) {
        std::string name = thread_name(std::string(shift, 'a') +
                                       "\xc3\xa4\xe2\x82\xac\xc3\xb6\xe2"
                                       "\x82\xac\xc3\xbc\xe2\x82\xac\xc3\xa4\xe2\x82\xac");
        EXPECT_LE(name.size(), 15u);
        for (size_t i = 0; i < name.size(); i++) { /* every lead byte has all that follow it */
            auto byte = static_cast<unsigned char>(name[i]);
            size_t more = byte < 0x80 ? 0 : byte < 0xe0 ? 1 : 2;
            ASSERT_FALSE(byte >= 0x80 && byte < 0xc0) << name;
            for (; more > 0; more--) {
                ASSERT_LT(++i, name.size()) << name;
                ASSERT_EQ(static_cast<unsigned char>(name[i]) & 0xc0, 0x80) << name;
            }
        }
    }
}

} /* namespace */
