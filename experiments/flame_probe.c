/* SPDX-License-Identifier: MIT */
/* Whether perf is there, and which event this kernel lets this user record. */
#include <errno.h>
#include <linux/capability.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cli.h"
#include "flame.h"
#include "measure/environment.h"
#include "program.h"

struct candidate {
    const char *event; /* for perf record -e */
    const char *about;
    uint64_t config;
    uint32_t type;
    bool user_only;
};

static const struct candidate on_cpu[] = {
    {"cycles", "cycles, with the kernel", PERF_COUNT_HW_CPU_CYCLES, PERF_TYPE_HARDWARE, false},
    {"cycles:u", "cycles, without the kernel: kernel.perf_event_paranoid forbids it",
     PERF_COUNT_HW_CPU_CYCLES, PERF_TYPE_HARDWARE, true},
    {"cpu-clock", "cpu time by a timer, with the kernel: there is no hardware counter here",
     PERF_COUNT_SW_CPU_CLOCK, PERF_TYPE_SOFTWARE, false},
    {"cpu-clock:u",
     "cpu time by a timer, without the kernel: no hardware counter, and "
     "kernel.perf_event_paranoid forbids the kernel",
     PERF_COUNT_SW_CPU_CLOCK, PERF_TYPE_SOFTWARE, true},
};
/* A switch happens in the kernel: who may not see it gets no stack. */
static const struct candidate off_cpu[] = {
    {"context-switches", "time between leaving a cpu and coming back",
     PERF_COUNT_SW_CONTEXT_SWITCHES, PERF_TYPE_SOFTWARE, false},
};

/* 0 or the errno. */
static int try_event(const struct candidate *c)
{
    struct perf_event_attr attr = {
        .type = c->type,
        .size = sizeof attr,
        .config = c->config,
        .sample_period = 1000000, /* a counter that cannot interrupt is of no use */
        .disabled = 1,
        .exclude_kernel = c->user_only,
        .exclude_hv = 1,
    };
    long file = syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
    if (file < 0)
        return errno;
    close((int)file);
    return 0;
}

static void read_paranoid(char text[16])
{
    FILE *f = fopen("/proc/sys/kernel/perf_event_paranoid", "re");
    snprintf(text, 16, "unknown");
    if (f != NULL && fscanf(f, "%15s", text) != 1)
        snprintf(text, 16, "unknown");
    if (f != NULL)
        fclose(f);
}

static void say_forbidden(const char *event, int error)
{
    const char *name, *reason = environment_perf_reason(error, &name);
    char paranoid[16];
    read_paranoid(paranoid);
    complain("this kernel does not let you record %s (%s): %s", event, name, reason);
    if (error == EACCES)
        complain("kernel.perf_event_paranoid is %s: sudo sysctl kernel.perf_event_paranoid=1, or "
                 "give the command CAP_PERFMON",
                 paranoid);
    else if (error == EPERM || error == ENOSYS)
        complain("let the sandbox allow perf_event_open: a container needs --cap-add PERFMON and a "
                 "seccomp profile with it; kernel.perf_event_paranoid is %s",
                 paranoid);
}

static int choose_event(bool off, struct flame_means *m)
{
    const struct candidate *c = off ? off_cpu : on_cpu;
    const size_t n = off ? 1 : sizeof on_cpu / sizeof *on_cpu;
    int error = 0;
    for (size_t i = 0; i < n; i++) {
        error = try_event(&c[i]);
        if (error == 0) {
            snprintf(m->event, sizeof m->event, "%s", c[i].event);
            m->event_about = c[i].about;
            return EXIT_DONE;
        }
    }
    say_forbidden(c[n - 1].event, error);
    return EXIT_UNSUITABLE;
}

static int ask_version(struct flame_means *m)
{
    char word[] = "--version";
    char *argv[] = {m->perf, word, NULL};
    struct program_result p;
    int err = program_run(argv, &p);
    if (err == 0 && p.exit_code == 0 && fgets(m->perf_version, sizeof m->perf_version, p.out)) {
        m->perf_version[strcspn(m->perf_version, "\n")] = '\0';
        fclose(p.out);
        return EXIT_DONE;
    }
    complain("%s does not run: %s; install the perf of this kernel (apt-get install linux-perf)",
             m->perf, err != 0 ? strerror(-err) : p.said);
    if (err == 0)
        fclose(p.out);
    return EXIT_UNSUITABLE;
}

/* A large buffer loses less, but counts as locked memory, of which most users may have little. */
static bool may_lock_memory(void)
{
    FILE *f = fopen("/proc/self/status", "re");
    char line[128];
    unsigned long long capabilities = 0;
    while (f != NULL && fgets(line, sizeof line, f) != NULL)
        if (sscanf(line, "CapEff: %llx", &capabilities) == 1)
            break;
    if (f != NULL)
        fclose(f);
    return (capabilities >> CAP_IPC_LOCK & 1) != 0;
}

int flame_probe(bool off, struct flame_means *m)
{
    *m = (struct flame_means){.event_about = ""};
    if (!program_find("perf", NULL, m->perf, sizeof m->perf)) {
        complain("flame graphs are recorded by perf, which is not in PATH; install it (apt-get "
                 "install linux-perf; on Ubuntu linux-tools-generic)");
        return EXIT_UNSUITABLE;
    }
    int code = ask_version(m);
    m->buffer = may_lock_memory() ? "16M" : NULL;
    return code == EXIT_DONE ? choose_event(off, m) : code;
}
