/* SPDX-License-Identifier: MIT */
/* Findings that only need reading: cpus, settings of the kernel, counters, programs. */
#include "doctor.h"
#include "flame.h"
#include "measure/allocator.h"
#include "measure/environment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *text_of(const json_t *env, const char *key)
{
    return json_string_value(json_object_get(env, key));
}

/* What is known, or why not. */
static const char *text_or_reason(const json_t *env, const char *key)
{
    const char *text = text_of(env, key);

    return text ? text : environment_reason(json_object_get(env, key));
}

static void check_cpus(json_t *findings, const struct topology *t, const json_t *env)
{
    static const struct doctor_finding kinds[] = {
        {DOCTOR_BAD, true, "cpus", "only placement = same can run: both sides share one cpu",
         "start Ringside with more cpus: taskset -c, the container's cpuset, or a larger machine"},
        {DOCTOR_NOTE, false, "cpus",
         "both are measured on, so interrupts and everything else on this machine run there too",
         "use a machine with more cpus for figures to publish"},
        {DOCTOR_OK, false, "cpus", NULL, NULL},
    };
    const char *online = text_of(env, "cpus_online");
    size_t kind = t->n_cpus > 2 ? 2 : t->n_cpus - 1;

    doctor_add(findings, &kinds[kind], "%zu allowed (%s), online %s", t->n_cpus,
               text_of(env, "cpus_allowed"), online ? online : "unknown");
}

static void check_quota(json_t *findings, const json_t *env)
{
    const json_t *quota = json_object_get(env, "cgroup_quota_cpus");
    const struct doctor_finding tight = {
        DOCTOR_BAD, true, "cpu quota", "two spinning threads exhaust it and are then stopped",
        "lift the limit for the measurement (docker --cpus, systemd CPUQuota=, limits.cpu)"};
    const struct doctor_finding wide = {DOCTOR_NOTE, false, "cpu quota",
                                        "more spinning threads than this are stopped at intervals",
                                        NULL};

    if (json_is_real(quota))
        doctor_add(findings, json_real_value(quota) < 2 ? &tight : &wide,
                   "the cgroup may use %.2f cpus' worth of time", json_real_value(quota));
}

static void check_caches(json_t *findings, const struct topology *t)
{
    const struct topology_cpu *cpu = &t->cpus[0];
    const struct doctor_finding told = {DOCTOR_OK, false, "caches", NULL, NULL};
    const struct doctor_finding untold = {
        DOCTOR_NOTE, false, "caches", "Ringside cannot tell which cpus are near each other", NULL};
    const struct doctor_finding other_line = {
        DOCTOR_NOTE, false, "caches", "separation = 64 puts both sides on one line of this machine",
        "prefer separation = 128 or 256"};
    char text[512] = "";
    bool wide = false;

    if (cpu->n_caches == 0) {
        doctor_add(findings, &untold, "the machine does not describe its caches");
        return;
    }
    for (size_t i = 0, used = 0; i < cpu->n_caches && used < sizeof text; i++) {
        const struct topology_cache *c = &cpu->cache[i];
        wide = wide || c->line_bytes > 64;
        used += (size_t)snprintf(text + used, sizeof text - used, "%sL%d %zu KiB (cpus %s)",
                                 i ? ", " : "", c->level, c->size_bytes / 1024, c->shared_cpus);
    }
    doctor_add(findings, wide ? &other_line : &told, "cpu %d: %s; lines of %zu bytes; by %s",
               cpu->cpu, text, cpu->cache[0].line_bytes, t->source);
}

/* Intel's "spatial prefetcher" completes pairs of lines (64 and IA-32 Architectures Optimization
 * Reference Manual), AMD's "L2 up/down prefetcher" takes a neighbour (Software Optimization Guides
 * of Zen).  By make: whether firmware has turned it off stands where only root can read. */
static void check_pair_prefetch(json_t *findings, const json_t *env)
{
    static const struct {
        const char *make, *does;
    } makes[] = {{"GenuineIntel", "fetch lines in pairs of 128 bytes"},
                 {"AuthenticAMD", "fetch a line's neighbour too"}};
    const struct doctor_finding pairs = {
        DOCTOR_NOTE, false, "prefetch",
        "separation = 64 keeps the two sides off one line and not off one pair: they may disturb "
        "each other",
        "prefer separation = 128, the default; `ringside simulate --granule 128` shows the most it "
        "can cost"};
    const char *signature = text_of(env, "cpu_signature");

    for (size_t i = 0; signature != NULL && i < sizeof makes / sizeof makes[0]; i++)
        if (strncmp(signature, makes[i].make, strlen(makes[i].make)) == 0)
            doctor_add(findings, &pairs, "processors of this make (%s) %s", makes[i].make,
                       makes[i].does);
}

static void check_smt(json_t *findings, const struct topology *t, const json_t *env)
{
    const struct doctor_finding none = {DOCTOR_OK, false, "SMT", NULL, NULL};
    const struct doctor_finding some = {
        DOCTOR_NOTE, false, "SMT",
        "load on a sibling slows a measured cpu without showing as steal",
        "keep the siblings of measured cpus idle, or write off to "
        "/sys/devices/system/cpu/smt/control"};
    const struct doctor_finding only = {DOCTOR_WARN, true, "SMT",
                                        "both sides share one core: results hold for siblings only",
                                        "allow cpus of two cores"};
    size_t siblings = 0;
    int a;
    int b;

    for (size_t i = 0; i < t->n_cpus; i++)
        for (size_t k = i + 1; k < t->n_cpus; k++)
            siblings += topology_relation(t, t->cpus[i].cpu, t->cpus[k].cpu) == RELATION_SMT;
    const char *control = text_of(env, "smt");
    if (!siblings)
        doctor_add(findings, &none, "no two allowed cpus are claimed to be siblings (SMT %s)",
                   control ? control : "unknown");
    else if (topology_default_pair(t, &a, &b) && topology_relation(t, a, b) == RELATION_SMT)
        doctor_add(findings, &only, "all allowed cpus are claimed to be siblings of one core");
    else
        doctor_add(findings, &some, "%zu pairs of siblings; the default pair is of two cores",
                   siblings);
}

static void check_hypervisor(json_t *findings, const json_t *env)
{
    const json_t *hypervisor = json_object_get(env, "hypervisor");
    const char *type = text_of(hypervisor, "type");
    const char *product = text_of(hypervisor, "product");
    const struct doctor_finding bare = {DOCTOR_OK, false, "hypervisor", NULL, NULL};
    const struct doctor_finding virtual = {
        DOCTOR_NOTE, false, "hypervisor",
        "topology may be invented, two cpus may be siblings of one core, and neighbours show only "
        "as steal or as noise",
        "for figures to publish use bare metal, or ask the host for pinned cpus"};

    if (json_is_true(json_object_get(hypervisor, "cpu_flag")) || type)
        doctor_add(findings, &virtual, "a virtual machine (%s)",
                   type ? type : (product ? product : "of unknown make"));
    else
        doctor_add(findings, &bare, "none claimed; hardware: %s", product ? product : "unknown");
}

static void check_frequency(json_t *findings, const json_t *env)
{
    const char *governor = text_of(env, "governor");
    const json_t *turbo = json_object_get(env, "turbo");
    const struct doctor_finding fast = {DOCTOR_OK, false, "frequency", NULL, NULL};
    const struct doctor_finding untold = {DOCTOR_NOTE, false, "frequency",
                                          "changes of frequency cannot be seen or prevented", NULL};
    const struct doctor_finding slow = {DOCTOR_WARN, true, "frequency",
                                        "the frequency follows the load: early rounds run slower",
                                        "cpupower frequency-set -g performance"};
    const struct doctor_finding turbo_on = {
        DOCTOR_NOTE, false, "turbo", "the frequency depends on temperature and on idle neighbours",
        "write 1 to /sys/devices/system/cpu/intel_pstate/no_turbo, or 0 to cpufreq/boost"};
    const struct doctor_finding turbo_off = {DOCTOR_OK, false, "turbo", NULL, NULL};

    if (!governor)
        doctor_add(findings, &untold, "%s", text_or_reason(env, "governor"));
    else
        doctor_add(findings, strcmp(governor, "performance") == 0 ? &fast : &slow, "governor %s",
                   governor);
    if (json_is_boolean(turbo))
        doctor_add(findings, json_is_true(turbo) ? &turbo_on : &turbo_off, "%s",
                   json_is_true(turbo) ? "on" : "off");
}

static void check_isolation(json_t *findings, const json_t *env)
{
    const char *isolated = text_of(env, "isolated_cpus");
    const char *tickless = text_of(env, "nohz_full");
    const struct doctor_finding some = {DOCTOR_OK, false, "isolation", NULL, NULL};
    const struct doctor_finding none = {
        DOCTOR_NOTE, false, "isolation",
        "the scheduler may put other tasks, interrupts and ticks on the measured cpus",
        "for tail latencies boot with isolcpus= and nohz_full= for the measured cpus"};
    bool isolates = isolated && isolated[0];

    doctor_add(findings, isolates ? &some : &none, "isolated cpus: %s; tickless: %s",
               isolates ? isolated : "none", tickless && tickless[0] ? tickless : "none");
}

static void check_pmu(json_t *findings, const json_t *env)
{
    const json_t *pmu = json_object_get(env, "pmu");
    const json_t *paranoid = json_object_get(env, "perf_event_paranoid");
    const char *name = text_of(pmu, "errno");
    const struct doctor_finding works = {DOCTOR_OK, false, "counters", NULL, NULL};
    const struct doctor_finding missing = {
        DOCTOR_NOTE, false, "counters", "cache misses and cycles are null in the results",
        "use bare metal or a machine type with a virtual performance unit"};
    const struct doctor_finding forbidden = {
        DOCTOR_WARN, false, "counters", "cache misses and cycles are null in the results",
        "sudo sysctl kernel.perf_event_paranoid=1, or allow perf_event_open in the sandbox"};
    char level[32] = "unknown";

    if (json_is_integer(paranoid))
        snprintf(level, sizeof level, "%lld", (long long)json_integer_value(paranoid));
    if (json_is_true(json_object_get(pmu, "available")))
        doctor_add(findings, &works, "hardware counters work; kernel.perf_event_paranoid %s",
                   level);
    else
        doctor_add(findings,
                   strcmp(name, "EACCES") == 0 || strcmp(name, "EPERM") == 0 ? &forbidden
                                                                             : &missing,
                   "%s: %s; kernel.perf_event_paranoid %s", name, environment_reason(pmu), level);
}

static void check_papi_component(json_t *findings, const json_t *component)
{
    const char *name = text_of(component, "name");
    const char *disabled = text_of(component, "disabled_reason");
    const struct doctor_finding works = {DOCTOR_OK, false, "PAPI", NULL, NULL};
    const struct doctor_finding unused = {DOCTOR_NOTE, false, "PAPI", NULL, NULL};
    long long counters = json_integer_value(json_object_get(component, "counters"));

    if (disabled)
        doctor_add(findings, &unused, "component %s is off: %s", name, disabled);
    else if (counters <= 0)
        doctor_add(findings, &unused, "component %s is on, but counts nothing by itself", name);
    else
        doctor_add(findings, &works, "component %s works, %lld counters at once", name, counters);
}

static void check_papi(json_t *findings, const json_t *env)
{
    const json_t *papi = json_object_get(env, "papi");
    const json_t *components = json_object_get(papi, "components");
    const struct doctor_finding missing = {DOCTOR_NOTE, false, "PAPI",
                                           "no counters by PAPI are recorded", NULL};

    if (!components)
        doctor_add(findings, &missing, "%s", environment_reason(papi));
    for (size_t i = 0; i < json_array_size(components); i++)
        check_papi_component(findings, json_array_get(components, i));
}

static void check_pages(json_t *findings, const json_t *env)
{
    const json_t *reserved = json_object_get(env, "nr_hugepages");
    const char *mode = text_or_reason(env, "transparent_hugepages");
    long long pages = json_integer_value(reserved);
    const struct doctor_finding some = {DOCTOR_OK, false, "huge pages", NULL, NULL};
    const struct doctor_finding none = {
        DOCTOR_NOTE, false, "huge pages", "rings cannot be placed on reserved huge pages",
        "sudo sysctl vm.nr_hugepages=64, if pages are to be compared"};

    doctor_add(findings, pages > 0 ? &some : &none, "%lld reserved; transparent ones: %s", pages,
               mode);
}

static bool in_path(const char *program)
{
    const char *path = getenv("PATH");
    char name[4096];

    for (const char *dir = path; dir && *dir;) {
        size_t length = strcspn(dir, ":");
        int n = snprintf(name, sizeof name, "%.*s/%s", (int)length, dir, program);
        if (n > 0 && (size_t)n < sizeof name && access(name, X_OK) == 0)
            return true;
        dir += length + (dir[length] == ':');
    }
    return false;
}

static void check_inferno(json_t *findings)
{
    const struct doctor_finding found = {DOCTOR_OK, false, "tools", NULL, NULL};
    const struct doctor_finding missing = {DOCTOR_NOTE, false, "tools",
                                           "`ringside flame` records, and draws nothing",
                                           "make flamegraph, or: cargo install inferno"};
    const bool there = flame_can_draw();

    doctor_add(findings, there ? &found : &missing, "inferno %s",
               there ? "found" : "is neither beside this command nor in PATH");
}

static void check_jemalloc(json_t *findings)
{
    const struct doctor_finding found = {DOCTOR_OK, false, "tools", NULL, NULL};
    const struct doctor_finding missing = {
        DOCTOR_NOTE, false, "tools", "graphs cannot be run on it: no `sweep allocator`", NULL};
    struct cell c = cell_default();
    char why[512];

    c.value[FACTOR_allocator] = ALLOCATOR_JEMALLOC;
    if (allocator_refusal(&c, why, sizeof why))
        doctor_add(findings, &missing, "%s", why);
    else
        doctor_add(findings, &found, "jemalloc found");
}

void doctor_tools(json_t *findings)
{
    static const struct {
        const char *program;
        const char *without;
        const char *fix;
    } tools[] = {
        {"gnuplot", "`ringside plot` cannot draw; the data is all there",
         "scripts/setup, or: sudo apt-get install gnuplot-nox"},
        {"perf", "`ringside flame` cannot record",
         "sudo apt-get install linux-perf (Ubuntu: linux-tools-generic)"},
        {"git", "results do not name the commit they were made from", "sudo apt-get install git"},
    };

    for (size_t i = 0; i < sizeof tools / sizeof *tools; i++) {
        const struct doctor_finding found = {DOCTOR_OK, false, "tools", NULL, NULL};
        const struct doctor_finding missing = {DOCTOR_NOTE, false, "tools", tools[i].without,
                                               tools[i].fix};
        bool there = in_path(tools[i].program);
        doctor_add(findings, there ? &found : &missing, "%s %s", tools[i].program,
                   there ? "found" : "is not installed");
    }
    check_inferno(findings);
    check_jemalloc(findings);
}

void doctor_machine(json_t *findings, const struct topology *t, const json_t *env)
{
    check_cpus(findings, t, env);
    check_quota(findings, env);
    check_caches(findings, t);
    check_pair_prefetch(findings, env);
    check_smt(findings, t, env);
    check_hypervisor(findings, env);
    check_frequency(findings, env);
    check_isolation(findings, env);
    check_pmu(findings, env);
    check_papi(findings, env);
    check_pages(findings, env);
}
