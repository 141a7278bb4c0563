/* SPDX-License-Identifier: MIT */
/*
 * Shows what is read from a made-up /sys, that relations follow from it and are symmetric, which
 * pair is the default, and that on this machine hwloc (if built in) and the kernel agree.
 */
#include "../experiments/measure/disturbance.h"
#include "../experiments/measure/topology.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

namespace
{

namespace fs = std::filesystem;

/* A directory in the place of "/", filled file by file. */
class Machine
{
  public:
    Machine()
    {
        std::string name = (fs::temp_directory_path() / "topology-XXXXXX").string();
        if (!mkdtemp(name.data()))
            std::abort();
        root_ = name;
    }
    ~Machine()
    {
        fs::remove_all(root_);
    }
    Machine(const Machine &) = delete;
    Machine &operator=(const Machine &) = delete;

    void write(const std::string &path, const std::string &text) const
    {
        fs::path file(root_ + path);
        fs::create_directories(file.parent_path());
        std::ofstream(file) << text << "\n";
    }

    void cpu(int cpu, const std::string &siblings, int package, int node) const
    {
        std::string dir = "/sys/devices/system/cpu/cpu" + std::to_string(cpu);
        write(dir + "/topology/thread_siblings_list", siblings);
        write(dir + "/topology/physical_package_id", std::to_string(package));
        fs::create_directories(root_ + dir + "/node" + std::to_string(node));
    }

    void cache(int cpu, int index, int level, const std::string &type, const std::string &size,
               const std::string &shared) const
    {
        std::string dir = "/sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/cache/index" +
                          std::to_string(index);
        write(dir + "/level", std::to_string(level));
        write(dir + "/type", type);
        write(dir + "/size", size);
        write(dir + "/coherency_line_size", "64");
        write(dir + "/shared_cpu_list", shared);
    }

    const char *root() const
    {
        return root_.c_str();
    }

  private:
    std::string root_;
};

/*
 * Two packages; in the first, cpus 0 and 4 are siblings and share an L3 with 1, while 2 has an L3
 * of its own on the same memory node and 3 is on the second node; 5 is in the other package.
 */
class Sysfs : public ::testing::Test
{
  protected:
    void SetUp() override
    {
        machine.cpu(0, "0,4", 0, 0);
        machine.cpu(1, "1", 0, 0);
        machine.cpu(2, "2", 0, 0);
        machine.cpu(3, "3", 0, 1);
        machine.cpu(4, "0,4", 0, 0);
        machine.cpu(5, "5", 1, 2);
        for (int cpu : {0, 1, 2, 3, 4, 5}) {
            std::string near = cpu == 0 || cpu == 4 ? "0,4" : std::to_string(cpu);
            std::string far = cpu == 0 || cpu == 1 || cpu == 4 ? "0-1,4" : std::to_string(cpu);
            machine.cache(cpu, 0, 1, "Data", "48K", near);
            machine.cache(cpu, 1, 1, "Instruction", "32K", near);
            machine.cache(cpu, 2, 2, "Unified", "2048K", near);
            machine.cache(cpu, 3, 3, "Unified", "32M", far);
        }
        load({0, 1, 2, 3, 4, 5});
    }
    void TearDown() override
    {
        topology_free(&t);
    }
    void load(const std::vector<int> &cpus)
    {
        topology_free(&t);
        ASSERT_EQ(topology_load_sysfs(&t, machine.root(), cpus.data(), cpus.size()), 0);
    }

    Machine machine;
    struct topology t = {};
};

TEST_F(Sysfs, ReadsWhatTheFilesSay)
{
    const struct topology_cpu *cpu = topology_find(&t, 4);
    ASSERT_NE(cpu, nullptr);
    EXPECT_EQ(cpu->core, 0);
    EXPECT_EQ(cpu->package, 0);
    EXPECT_EQ(cpu->node, 0);
    ASSERT_EQ(cpu->n_caches, 3u) << "the instruction cache does not count";
    EXPECT_EQ(cpu->cache[0].level, 1);
    EXPECT_EQ(cpu->cache[0].size_bytes, 48u * 1024);
    EXPECT_EQ(cpu->cache[2].size_bytes, 32u * 1024 * 1024);
    EXPECT_EQ(cpu->cache[2].line_bytes, 64u);
    EXPECT_STREQ(cpu->cache[2].shared_cpus, "0-1,4");
    EXPECT_EQ(topology_find(&t, 5)->node, 2);
}

TEST_F(Sysfs, RelationsFollowAndAreOrderedByDistance)
{
    EXPECT_EQ(topology_relation(&t, 2, 2), RELATION_SAME_CPU);
    EXPECT_EQ(topology_relation(&t, 0, 4), RELATION_SMT);
    EXPECT_EQ(topology_relation(&t, 0, 1), RELATION_SHARED_L3);
    EXPECT_EQ(topology_relation(&t, 0, 2), RELATION_SAME_NODE);
    EXPECT_EQ(topology_relation(&t, 0, 3), RELATION_SAME_PACKAGE);
    EXPECT_EQ(topology_relation(&t, 0, 5), RELATION_OTHER_PACKAGE);
    EXPECT_EQ(topology_relation(&t, 0, 77), RELATION_UNKNOWN);
    EXPECT_LT(RELATION_SMT, RELATION_SHARED_L3);
    EXPECT_LT(RELATION_SHARED_L3, RELATION_OTHER_PACKAGE);
}

TEST_F(Sysfs, RelationIsSymmetric)
{
    for (int a = 0; a < 7; a++)
        for (int b = 0; b < 7; b++)
            EXPECT_EQ(topology_relation(&t, a, b), topology_relation(&t, b, a)) << a << " " << b;
}

TEST_F(Sysfs, PackagesComeBeforeNodesWhereMemoryIsInterleaved)
{
    machine.cpu(6, "6", 1, 0);
    load({0, 6});
    EXPECT_EQ(topology_relation(&t, 0, 6), RELATION_OTHER_PACKAGE);
}

TEST_F(Sysfs, DefaultPairAvoidsSiblings)
{
    int producer = -1;
    int consumer = -1;
    load({0, 4, 5});
    ASSERT_TRUE(topology_default_pair(&t, &producer, &consumer));
    EXPECT_EQ(producer, 0);
    EXPECT_EQ(consumer, 5);
    load({0, 4});
    ASSERT_TRUE(topology_default_pair(&t, &producer, &consumer));
    EXPECT_EQ(consumer, 4) << "siblings if there is nothing else";
    load({3});
    EXPECT_FALSE(topology_default_pair(&t, &producer, &consumer));
}

TEST_F(Sysfs, WhatIsNotToldIsNullAndNoRelation)
{
    Machine bare;
    const int cpus[] = {0, 1};
    struct topology untold;
    ASSERT_EQ(topology_load_sysfs(&untold, bare.root(), cpus, 2), 0);
    EXPECT_EQ(topology_relation(&untold, 0, 1), RELATION_UNKNOWN);
    json_t *json = topology_json(&untold);
    json_t *cpu = json_array_get(json_object_get(json, "cpus"), 1);
    EXPECT_EQ(json_integer_value(json_object_get(cpu, "cpu")), 1);
    for (const char *key : {"core", "package", "node"})
        EXPECT_TRUE(json_is_null(json_object_get(cpu, key))) << key;
    EXPECT_EQ(json_array_size(json_object_get(cpu, "caches")), 0u);
    json_decref(json);
    topology_free(&untold);
}

TEST_F(Sysfs, LongListsOfSharersAreCutAndStillTellCachesApart)
{
    std::string even = "0";
    std::string odd = "1";
    for (int cpu = 2; cpu < 300; cpu += 2) {
        even += "," + std::to_string(cpu);
        odd += "," + std::to_string(cpu + 1);
    }
    for (int cpu : {20, 21, 22}) {
        machine.cpu(cpu, std::to_string(cpu), 0, 0);
        machine.cache(cpu, 0, 3, "Unified", "32M", cpu % 2 ? odd : even);
    }
    load({20, 21, 22});
    EXPECT_EQ(topology_relation(&t, 20, 22), RELATION_SHARED_L3);
    EXPECT_EQ(topology_relation(&t, 20, 21), RELATION_SAME_NODE);
}

TEST(Topology, RefusesAnEmptyListOfCpus)
{
    struct topology t;
    EXPECT_EQ(topology_load_sysfs(&t, "", nullptr, 0), -EINVAL);
}

TEST(Topology, EveryRelationHasAName)
{
    for (int relation = 0; relation < RELATIONS; relation++)
        EXPECT_STRNE(topology_relation_name(static_cast<enum relation>(relation)), "");
    EXPECT_STREQ(topology_relation_name(RELATION_SHARED_L3), "shared L3");
}

TEST(Topology, ThisMachineAsBuiltAgreesWithTheKernel)
{
    struct topology built;
    struct topology kernel;
    if (getenv("HWLOC_SYNTHETIC") || getenv("HWLOC_XMLFILE") || getenv("HWLOC_FSROOT"))
        GTEST_SKIP() << "hwloc is told to describe another machine";
    ASSERT_EQ(topology_load(&built), 0);
    std::vector<int> cpus;
    for (size_t i = 0; i < built.n_cpus; i++)
        cpus.push_back(built.cpus[i].cpu);
    ASSERT_EQ(topology_load_sysfs(&kernel, "", cpus.data(), cpus.size()), 0);
    for (int a : cpus)
        for (int b : cpus)
            EXPECT_EQ(topology_relation(&built, a, b), topology_relation(&kernel, a, b))
                << built.source << " and sysfs differ about cpus " << a << " and " << b;
    EXPECT_STRNE(built.source, "");
    topology_free(&built);
    topology_free(&kernel);
}

TEST(Topology, KnowsOnlyCpusThisThreadMayRunOn)
{
    int *cpus = nullptr;
    size_t n = 0;
    ASSERT_EQ(topology_allowed(&cpus, &n), 0);
    int last = cpus[n - 1];
    free(cpus);
    std::thread pinned([last] {
        struct topology t;
        ASSERT_EQ(disturbance_pin(last), 0);
        ASSERT_EQ(topology_load(&t), 0);
        EXPECT_EQ(t.n_cpus, 1u);
        EXPECT_EQ(t.cpus[0].cpu, last);
        topology_free(&t);
    });
    pinned.join();
}

} // namespace
