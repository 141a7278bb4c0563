/* SPDX-License-Identifier: MIT */
/*
 * Shows that every member of the environment is there, that what a machine does not tell is null
 * with a reason, and how the files of a made-up machine are read.
 */
#include "../experiments/measure/environment.h"
#include "../experiments/measure/papi_status.h"
#include "../experiments/measure/sysfile.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace
{

namespace fs = std::filesystem;

const char *const members[] = {"kernel",
                               "machine",
                               "cpu_model",
                               "cpu_signature",
                               "microcode",
                               "cpus_online",
                               "cpus_allowed",
                               "cpus_allowed_count",
                               "caches",
                               "governor",
                               "turbo",
                               "smt",
                               "hypervisor",
                               "clocksource",
                               "isolated_cpus",
                               "nohz_full",
                               "numa_balancing",
                               "transparent_hugepages",
                               "nr_hugepages",
                               "hugepage_bytes",
                               "memory_bytes",
                               "load_average",
                               "cgroup_quota_cpus",
                               "perf_event_paranoid",
                               "pmu",
                               "papi"};

/* No member is bare null, and every {"value": null} has a reason. */
void expect_reasons(const json_t *value, const std::string &where)
{
    EXPECT_FALSE(json_is_null(value)) << where << " is null without a reason";
    if (json_is_null(json_object_get(value, "value"))) {
        EXPECT_STRNE(environment_reason(value), "") << where;
    }
    if (json_is_string(value) && where != "isolated_cpus" && where != "nohz_full") {
        EXPECT_STRNE(json_string_value(value), "") << where;
    }
}

/* Cpus 0, 1, 2 and 5 of a machine whose files are written below a directory. */
class Environment : public ::testing::Test
{
  protected:
    void SetUp() override
    {
        std::string name = (fs::temp_directory_path() / "environment-XXXXXX").string();
        ASSERT_NE(mkdtemp(name.data()), nullptr);
        root = name;
        const int cpus[] = {0, 1, 2, 5};
        ASSERT_EQ(topology_load_sysfs(&t, root.c_str(), cpus, 4), 0);
    }
    void TearDown() override
    {
        json_decref(env);
        topology_free(&t);
        fs::remove_all(root);
    }
    void write(const std::string &path, const std::string &text) const
    {
        fs::path file(root + path);
        fs::create_directories(file.parent_path());
        std::ofstream(file) << text << "\n";
    }
    void governors(const std::string &last) const
    {
        for (int cpu : {0, 1, 2, 5})
            write("/sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/cpufreq/scaling_governor",
                  cpu == 5 ? last : "performance");
    }
    const json_t *get(const char *key)
    {
        json_decref(env);
        env = environment_json_at(root.c_str(), &t);
        return json_object_get(env, key);
    }
    std::string text(const char *key)
    {
        const char *value = json_string_value(get(key));
        return value ? value : "(none)";
    }

    std::string root;
    struct topology t = {};
    json_t *env = nullptr;
};

TEST_F(Environment, OfABareMachineIsCompleteAndGivesReasons)
{
    get("kernel");
    EXPECT_EQ(json_object_size(env), sizeof members / sizeof *members);
    for (const char *key : members)
        expect_reasons(json_object_get(env, key), key);
    for (const char *key : {"governor", "turbo", "microcode", "clocksource", "nr_hugepages",
                            "perf_event_paranoid", "memory_bytes", "cgroup_quota_cpus"})
        EXPECT_NE(environment_reason(json_object_get(env, key)), nullptr) << key;
}

TEST_F(Environment, ListsAllowedCpus)
{
    EXPECT_EQ(text("cpus_allowed"), "0-2,5");
    EXPECT_EQ(json_integer_value(get("cpus_allowed_count")), 4);
    char cut[4];
    environment_cpu_list(&t, cut, sizeof cut);
    EXPECT_STREQ(cut, "0-2") << "a list that does not fit is cut";
}

TEST_F(Environment, GovernorOfAllCpusOrMixed)
{
    governors("performance");
    EXPECT_EQ(text("governor"), "performance");
    governors("powersave");
    EXPECT_EQ(text("governor"), "mixed");
}

TEST_F(Environment, TurboByEitherDriver)
{
    write("/sys/devices/system/cpu/cpufreq/boost", "1");
    EXPECT_TRUE(json_is_true(get("turbo")));
    write("/sys/devices/system/cpu/intel_pstate/no_turbo", "1");
    EXPECT_TRUE(json_is_false(get("turbo")));
}

TEST_F(Environment, CpuAsX86SaysIt)
{
    write("/proc/cpuinfo", "processor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\n"
                           "model\t\t: 85\nmodel name\t: Some Xeon @ 2 GHz\nstepping\t: 7\n"
                           "microcode\t: 0x5003\nflags\t\t: fpu vme hypervisor lm");
    EXPECT_EQ(text("cpu_model"), "Some Xeon @ 2 GHz");
    EXPECT_EQ(text("cpu_signature"), "GenuineIntel 6 85 7");
    EXPECT_EQ(text("microcode"), "0x5003");
    EXPECT_TRUE(json_is_true(json_object_get(get("hypervisor"), "cpu_flag")));
}

TEST_F(Environment, CpuAsArmSaysIt)
{
    write("/proc/cpuinfo", "processor\t: 0\nCPU implementer\t: 0x41\nCPU architecture: 8\n"
                           "CPU variant\t: 0x3\nCPU part\t: 0xd0c\nCPU revision\t: 1");
    EXPECT_NE(environment_reason(get("cpu_model")), nullptr);
    EXPECT_EQ(text("cpu_signature"), "0x41 0x3 0xd0c 1");
    EXPECT_NE(environment_reason(json_object_get(get("hypervisor"), "cpu_flag")), nullptr);
}

TEST_F(Environment, KernelSettings)
{
    write("/sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never");
    write("/sys/devices/system/cpu/isolated", "");
    write("/sys/devices/system/cpu/nohz_full", "  (null)");
    write("/proc/sys/kernel/perf_event_paranoid", "-1");
    write("/proc/meminfo", "MemTotal:       1024 kB\nHugepagesize:       2048 kB");
    EXPECT_EQ(text("transparent_hugepages"), "madvise");
    EXPECT_EQ(text("isolated_cpus"), "") << "told, and empty, is not unavailable";
    EXPECT_EQ(text("nohz_full"), "");
    EXPECT_EQ(json_integer_value(get("perf_event_paranoid")), -1);
    EXPECT_EQ(json_integer_value(get("memory_bytes")), 1024 * 1024);
    EXPECT_EQ(json_integer_value(get("hugepage_bytes")), 2048 * 1024);
}

TEST_F(Environment, TheTightestQuotaOfTheGroupsCounts)
{
    write("/proc/self/cgroup", "0::/machine/job");
    write("/sys/fs/cgroup/machine/job/cpu.max", "max 100000");
    EXPECT_NE(environment_reason(get("cgroup_quota_cpus")), nullptr);
    write("/sys/fs/cgroup/machine/job/cpu.max", "400000 100000");
    write("/sys/fs/cgroup/machine/cpu.max", "150000 100000");
    EXPECT_DOUBLE_EQ(json_real_value(get("cgroup_quota_cpus")), 1.5);
    write("/sys/fs/cgroup/cpu.max", "50000 100000");
    EXPECT_DOUBLE_EQ(json_real_value(get("cgroup_quota_cpus")), 0.5);
}

TEST_F(Environment, QuotaOfTheFirstVersionOfCgroups)
{
    write("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1");
    write("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000");
    EXPECT_NE(environment_reason(get("cgroup_quota_cpus")), nullptr);
    write("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "300000");
    EXPECT_DOUBLE_EQ(json_real_value(get("cgroup_quota_cpus")), 3);
}

TEST_F(Environment, WhatIsNoTextIsNotWrittenAsText)
{
    write("/sys/class/dmi/id/product_name", "\xff\xfe");
    EXPECT_NE(environment_reason(json_object_get(get("hypervisor"), "product")), nullptr);
}

TEST_F(Environment, OfThisMachineIsCompleteAndNamesNobody)
{
    struct topology real;
    char host[256] = "";
    ASSERT_EQ(topology_load(&real), 0);
    json_t *here = environment_json(&real);
    for (const char *key : members)
        expect_reasons(json_object_get(here, key), key);
    EXPECT_GE(json_integer_value(json_object_get(here, "cpus_allowed_count")), 1);

    ASSERT_EQ(gethostname(host, sizeof host - 1), 0);
    json_t *value;
    const char *key;
    json_object_foreach(here, key, value)
    {
        const char *said = json_string_value(value);
        EXPECT_STRNE(said ? said : "", host) << key;
    }
    json_decref(here);
    topology_free(&real);
}

TEST_F(Environment, CountersAreAvailableOrSayWhyNot)
{
    const json_t *pmu = get("pmu");
    if (json_is_true(json_object_get(pmu, "available")))
        return;
    EXPECT_TRUE(json_is_false(json_object_get(pmu, "available")));
    EXPECT_STRNE(json_string_value(json_object_get(pmu, "errno")), "");
    EXPECT_STRNE(environment_reason(pmu), "");
}

TEST(Perf, EveryErrorHasANameAndAReason)
{
    for (int error : {ENOENT, EACCES, EPERM, EOPNOTSUPP, ENOSYS, EBUSY, ENODEV, EINVAL, EDOM}) {
        const char *name = nullptr;
        const char *reason = environment_perf_reason(error, &name);
        EXPECT_STRNE(reason, "") << error;
        EXPECT_STRNE(name, "") << error;
    }
}

TEST(Papi, StatusIsNeverEmpty)
{
    json_t *status = papi_status_json();
    ASSERT_TRUE(json_is_object(status));
    const json_t *components = json_object_get(status, "components");
    if (components) {
        EXPECT_TRUE(json_is_string(json_object_get(status, "version")));
        EXPECT_GT(json_array_size(components), 0u);
    } else {
        EXPECT_STRNE(environment_reason(status), "");
    }
    for (size_t i = 0; i < json_array_size(components); i++) {
        const json_t *reason = json_object_get(json_array_get(components, i), "disabled_reason");
        EXPECT_TRUE(json_is_null(reason) || json_string_length(reason) > 0);
    }
    json_decref(status);
}

TEST(Sysfile, ReadsNumbersLinesAndFields)
{
    int64_t number = 7;
    char text[8];
    EXPECT_FALSE(sysfile_number("", &number, "/nonexistent/%d", 1));
    EXPECT_EQ(number, 7) << "untouched when there is none";
    EXPECT_FALSE(sysfile_line("", text, sizeof text, "%s", "/nonexistent"));
    EXPECT_STREQ(text, "");
    EXPECT_FALSE(sysfile_field("", text, sizeof text, "/proc/self/status", "NoSuchField"));
    EXPECT_TRUE(sysfile_field("", text, sizeof text, "/proc/self/status", "Name"));
    std::string name; /* of an emulator, where one runs this */
    std::ifstream("/proc/self/comm") >> name;
    EXPECT_EQ(std::string(text), name.substr(0, 7)) << "cut to fit";
    std::string longest(5000, 'x');
    EXPECT_FALSE(sysfile_line("", text, sizeof text, "/%s", longest.c_str()));
}

} // namespace
