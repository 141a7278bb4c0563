/* SPDX-License-Identifier: MIT */
#include "environment.h"
#include "counters_reason.h"
#include "papi_status.h"
#include "sysfile.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

json_t *environment_unavailable(const char *reason)
{
    return json_pack("{s:n, s:s}", "value", "reason", reason);
}

const char *environment_reason(const json_t *value)
{
    return json_string_value(json_object_get(value, "reason"));
}

/* Firmware strings may hold anything; JSON wants UTF-8. */
static json_t *text_or(const char *text, bool have, const char *reason)
{
    json_t *value = have && text[0] ? json_string(text) : NULL;

    return value ? value : environment_unavailable(reason);
}

/* The member of `[a] b c` that is chosen. */
static void keep_bracketed(char *text)
{
    char *open = strchr(text, '[');
    char *close = open ? strchr(open, ']') : NULL;

    if (!close)
        return;
    *close = '\0';
    memmove(text, open + 1, (size_t)(close - open));
}

enum kind { TEXT, CHOICE, CPUS, NUMBER };

static const struct {
    const char *key;
    enum kind kind;
    const char *path;
    const char *absent;
} files[] = {
    {"cpus_online", TEXT, "/sys/devices/system/cpu/online", "sysfs does not list cpus"},
    {"smt", TEXT, "/sys/devices/system/cpu/smt/control", "this kernel has no SMT control"},
    {"clocksource", TEXT, "/sys/devices/system/clocksource/clocksource0/current_clocksource",
     "sysfs does not tell the clocksource"},
    {"isolated_cpus", CPUS, "/sys/devices/system/cpu/isolated",
     "this kernel does not tell isolated cpus"},
    {"nohz_full", CPUS, "/sys/devices/system/cpu/nohz_full",
     "this kernel is built without full dynamic ticks"},
    {"numa_balancing", NUMBER, "/proc/sys/kernel/numa_balancing",
     "this kernel is built without automatic NUMA balancing"},
    {"transparent_hugepages", CHOICE, "/sys/kernel/mm/transparent_hugepage/enabled",
     "this kernel is built without transparent huge pages"},
    {"nr_hugepages", NUMBER, "/proc/sys/vm/nr_hugepages", "this kernel is built without hugetlbfs"},
    {"perf_event_paranoid", NUMBER, "/proc/sys/kernel/perf_event_paranoid",
     "this kernel is built without perf events"},
};

/* A list of cpus may be empty, which the kernel also writes as "(null)". */
static json_t *file_value(const char *root, enum kind kind, const char *path, const char *absent)
{
    char text[256];
    int64_t number;

    if (kind == NUMBER)
        return sysfile_number(root, &number, "%s", path) ? json_integer(number)
                                                         : environment_unavailable(absent);
    bool have = sysfile_line(root, text, sizeof text, "%s", path);
    if (kind == CHOICE)
        keep_bracketed(text);
    if (kind == CPUS && have)
        return json_string(strstr(text, "(null)") ? "" : text);
    return text_or(text, have, absent);
}

static void add_files(json_t *env, const char *root)
{
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        json_object_set_new(env, files[i].key,
                            file_value(root, files[i].kind, files[i].path, files[i].absent));
}

static void add_kernel(json_t *env)
{
    struct utsname name;

    if (uname(&name) != 0)
        return;
    json_object_set_new(env, "kernel", json_sprintf("%s %s", name.sysname, name.release));
    json_object_set_new(env, "machine", json_string(name.machine));
}

static bool cpuinfo(const char *root, char *out, size_t size, const char *key)
{
    return sysfile_field(root, out, size, "/proc/cpuinfo", key);
}

/* x86 has a name; Arm mostly only numbers of implementer and part. */
static void add_cpu_model(json_t *env, const char *root)
{
    char name[128];
    char part[4][64];

    bool have = cpuinfo(root, name, sizeof name, "model name") ||
                cpuinfo(root, name, sizeof name, "Model") ||
                cpuinfo(root, name, sizeof name, "Hardware");
    json_object_set_new(env, "cpu_model", text_or(name, have, "/proc/cpuinfo has no model name"));

    static const char *const x86[] = {"vendor_id", "cpu family", "model", "stepping"};
    static const char *const arm[] = {"CPU implementer", "CPU variant", "CPU part", "CPU revision"};
    const char *const *key = cpuinfo(root, part[0], sizeof part[0], x86[0]) ? x86 : arm;
    have = true;
    for (int i = 0; i < 4; i++)
        have = cpuinfo(root, part[i], sizeof part[i], key[i]) && have;
    json_object_set_new(
        env, "cpu_signature",
        have ? json_sprintf("%s %s %s %s", part[0], part[1], part[2], part[3])
             : environment_unavailable("/proc/cpuinfo does not tell family, model and stepping"));

    have = cpuinfo(root, name, sizeof name, "microcode");
    json_object_set_new(env, "microcode", text_or(name, have, "/proc/cpuinfo has no microcode"));
}

void environment_cpu_list(const struct topology *t, char *out, size_t size)
{
    size_t used = 0;

    out[0] = '\0';
    for (size_t i = 0; i < t->n_cpus && used < size;) {
        size_t last = i;
        while (last + 1 < t->n_cpus && t->cpus[last + 1].cpu == t->cpus[last].cpu + 1)
            last++;
        int n = snprintf(out + used, size - used, last > i ? "%s%d-%d" : "%s%d", used ? "," : "",
                         t->cpus[i].cpu, t->cpus[last].cpu);
        used += n > 0 ? (size_t)n : size;
        i = last + 1;
    }
}

static void add_allowed(json_t *env, const struct topology *t)
{
    char list[256];

    environment_cpu_list(t, list, sizeof list);
    json_object_set_new(env, "cpus_allowed", json_string(list));
    json_object_set_new(env, "cpus_allowed_count", json_integer((json_int_t)t->n_cpus));

    json_t *claims = topology_json(t);
    json_t *first = json_array_get(json_object_get(claims, "cpus"), 0);
    json_object_set(env, "caches", json_object_get(first, "caches"));
    json_decref(claims);
}

static json_t *governor(const char *root, const struct topology *t)
{
    char first[64] = "";
    char other[64];

    for (size_t i = 0; i < t->n_cpus; i++) {
        if (!sysfile_line(root, other, sizeof other,
                          "/sys/devices/system/cpu/cpu%d/cpufreq/scaling_governor", t->cpus[i].cpu))
            return environment_unavailable("the kernel does not control the frequency here (no "
                                           "cpufreq in sysfs), as is usual in a virtual machine");
        if (i == 0)
            memcpy(first, other, sizeof first);
        else if (strcmp(first, other) != 0)
            return json_string("mixed");
    }
    return text_or(first, true, "no cpus");
}

static json_t *turbo(const char *root)
{
    int64_t value;

    if (sysfile_number(root, &value, "/sys/devices/system/cpu/intel_pstate/no_turbo"))
        return json_boolean(value == 0);
    if (sysfile_number(root, &value, "/sys/devices/system/cpu/cpufreq/boost"))
        return json_boolean(value != 0);
    return environment_unavailable(
        "no cpufreq driver tells (intel_pstate/no_turbo, cpufreq/boost)");
}

static json_t *hypervisor(const char *root)
{
    char flags[4096];
    char type[64];
    char vendor[128];
    char product[128];

    /* Flags are separated by blanks, and this one is never the first. */
    bool x86 = cpuinfo(root, flags, sizeof flags, "flags");
    bool has_type = sysfile_line(root, type, sizeof type, "/sys/hypervisor/type");
    bool has_vendor = sysfile_line(root, vendor, sizeof vendor, "/sys/class/dmi/id/sys_vendor");
    bool has_product =
        sysfile_line(root, product, sizeof product, "/sys/class/dmi/id/product_name");
    return json_pack(
        "{s:o, s:o, s:o, s:o}", "cpu_flag",
        x86 ? json_boolean(strstr(flags, " hypervisor") != NULL)
            : environment_unavailable("this architecture has no such flag in /proc/cpuinfo"),
        "type", text_or(type, has_type, "no /sys/hypervisor/type"), "vendor",
        text_or(vendor, has_vendor, "no DMI table"), "product",
        text_or(product, has_product, "no DMI table"));
}

static json_t *meminfo_bytes(const char *root, const char *key)
{
    char text[64];

    if (!sysfile_field(root, text, sizeof text, "/proc/meminfo", key))
        return environment_unavailable("not in /proc/meminfo");
    return json_integer(strtoll(text, NULL, 10) * 1024);
}

static json_t *load_average(void)
{
    double load[3];

    if (getloadavg(load, 3) != 3)
        return environment_unavailable("getloadavg() failed");
    return json_pack("[f, f, f]", load[0], load[1], load[2]);
}

/* cpu.max of the process's group and of all above it: the tightest counts.  0 = none. */
static double tightest_quota(const char *root, char *group)
{
    char text[64];
    double tightest = 0;

    for (;;) {
        long long quota;
        long long period;
        if (sysfile_line(root, text, sizeof text, "/sys/fs/cgroup%s/cpu.max", group) &&
            sscanf(text, "%lld %lld", &quota, &period) == 2 && period > 0 &&
            (tightest <= 0 || (double)quota / (double)period < tightest))
            tightest = (double)quota / (double)period;
        char *slash = strrchr(group, '/');
        if (!slash)
            return tightest;
        *slash = '\0';
    }
}

static json_t *quota_cpus(const char *root)
{
    char group[512] = "";
    int64_t quota;
    int64_t period;

    /* The second version's line is "0::/path": the key is "0", the text ":/path". */
    if (sysfile_field(root, group, sizeof group, "/proc/self/cgroup", "0") && group[0] == ':')
        memmove(group, group + 1, strlen(group));
    double cpus = tightest_quota(root, group);
    if (cpus <= 0 && sysfile_number(root, &quota, "/sys/fs/cgroup/cpu/cpu.cfs_quota_us") &&
        sysfile_number(root, &period, "/sys/fs/cgroup/cpu/cpu.cfs_period_us") && quota > 0 &&
        period > 0)
        cpus = (double)quota / (double)period;
    return cpus > 0 ? json_real(cpus) : environment_unavailable("no cgroup limits cpu time");
}

const char *environment_perf_reason(int error, const char **name)
{
    const struct counters_reason *reason = counters_perf_reason(error);

    *name = reason->name;
    return reason->what;
}

static json_t *pmu(void)
{
    struct perf_event_attr cycles = {
        .type = PERF_TYPE_HARDWARE,
        .size = sizeof cycles,
        .config = PERF_COUNT_HW_CPU_CYCLES,
        .disabled = 1,
        .exclude_kernel = 1,
        .exclude_hv = 1,
    };
    long file = syscall(SYS_perf_event_open, &cycles, 0, -1, -1, 0);

    if (file >= 0) {
        close((int)file);
        return json_pack("{s:b, s:n, s:n}", "available", 1, "errno", "reason");
    }
    const char *name;
    const char *reason = environment_perf_reason(errno, &name);
    return json_pack("{s:b, s:s, s:s}", "available", 0, "errno", name, "reason", reason);
}

json_t *environment_json_at(const char *root, const struct topology *t)
{
    json_t *env = json_object();

    if (!env)
        return NULL;
    add_kernel(env);
    add_cpu_model(env, root);
    add_allowed(env, t);
    add_files(env, root);
    json_object_set_new(env, "governor", governor(root, t));
    json_object_set_new(env, "turbo", turbo(root));
    json_object_set_new(env, "hypervisor", hypervisor(root));
    json_object_set_new(env, "hugepage_bytes", meminfo_bytes(root, "Hugepagesize"));
    json_object_set_new(env, "memory_bytes", meminfo_bytes(root, "MemTotal"));
    json_object_set_new(env, "load_average", load_average());
    json_object_set_new(env, "cgroup_quota_cpus", quota_cpus(root));
    json_object_set_new(env, "pmu", pmu());
    json_object_set_new(env, "papi", papi_status_json());
    return env;
}

json_t *environment_json(const struct topology *t)
{
    return environment_json_at("", t);
}
