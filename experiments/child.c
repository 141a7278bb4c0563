/* SPDX-License-Identifier: MIT */
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "measure/again.h"
#include "measure/clock.h"

enum { OUTPUT_MAX = 1 << 20 };           /* a round prints a few KiB; more is a flood */
static const double WARMUP_MIN_NS = 1e6; /* the least that the factor takes */

struct pipe_end {
    int fd;
    char *text; /* [room + 1] */
    size_t used, room;
};

/* counting: "GROUP/PASS" of a counter round, NULL for a timing round. */
static void run_child(const struct cell *c, const char *counting, double limit_s, int out, int err)
{
    static struct cell_words words;
    char option[96];
    cell_to_words(c, "ringside", &words);
    if (counting != NULL) {
        snprintf(option, sizeof option, "--counters=%s", counting);
        cell_words_option(&words, option);
        unsetenv("RINGSIDE_NODE_METRICS"); /* those of timing rounds are drawn */
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* a killed sweep leaves no round behind */
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGTERM, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    signal(SIGINT, SIG_IGN);      /* all three reach the sweep, which lets the round finish */
    alarm((unsigned)limit_s + 2); /* outlives exec: for a round that closes its streams */
    dup2(out, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    again_exec(words.argv);
    _exit(127);
}

static int make_pipes(int out[2], int err[2])
{
    if (pipe2(out, O_CLOEXEC) != 0)
        return -errno;
    if (pipe2(err, O_CLOEXEC) == 0)
        return 0;
    int failure = -errno;
    close(out[0]);
    close(out[1]);
    return failure;
}

/* Reads what is there; false at the end of the stream or in a flood. */
static bool drain(struct pipe_end *p)
{
    char lost[4096];
    bool full = p->used == p->room;
    ssize_t n =
        read(p->fd, full ? lost : p->text + p->used, full ? sizeof lost : p->room - p->used);
    if (n > 0 && !full)
        p->used += (size_t)n;
    p->text[p->used] = '\0';
    return n > 0 || (n < 0 && errno == EINTR);
}

static bool has_ended(pid_t pid)
{
    siginfo_t info = {.si_pid = 0};
    return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == pid;
}

/* Collects both streams until they end; false if the time or the room is over.  What a round left
 * in time is taken also where the sweep looks late, because it was stopped itself (SIGSTOP). */
static bool collect(struct pipe_end p[2], pid_t pid, uint64_t deadline_ns)
{
    bool open[2] = {true, true};
    while (open[0] || open[1]) {
        struct pollfd fds[2] = {{open[0] ? p[0].fd : -1, POLLIN, 0},
                                {open[1] ? p[1].fd : -1, POLLIN, 0}};
        uint64_t now = clock_ns();
        const bool late = now >= deadline_ns;
        if ((late && !has_ended(pid)) || p[0].used == p[0].room)
            return false;
        int ready = poll(fds, 2, late ? 0 : (int)((deadline_ns - now) / 1000000 + 1));
        if (late && ready <= 0)
            return false;
        for (int i = 0; i < 2; i++)
            if (fds[i].revents != 0)
                open[i] = drain(&p[i]);
    }
    return true;
}

/* A ring can make its round fault or hang; who kills it otherwise, or why it could not be set up,
 * is the machine's doing. */
static const char *status_without_result(const struct child_result *r)
{
    switch (r->signal) {
    case SIGALRM:
        return "timeout";
    case SIGSEGV:
    case SIGBUS:
    case SIGILL:
    case SIGFPE:
    case SIGABRT:
        return "crashed";
    default:
        return "aborted";
    }
}

static void judge(struct child_result *r, int status, bool in_time, const struct pipe_end p[2])
{
    r->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    r->exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    if (!in_time) {
        bool flood = p[0].used == p[0].room;
        r->status = flood ? "crashed" : "timeout";
        snprintf(r->reason, sizeof r->reason, "%s",
                 flood ? "the round printed more than a round prints and was killed"
                       : "the round did not end within its limit and was killed");
        return;
    }
    if (r->exit_code == 0)
        r->line = json_loadb(p[0].text, p[0].used, 0, NULL);
    r->status = json_string_value(json_object_get(r->line, "status"));
    if (r->status != NULL)
        return;
    json_decref(r->line);
    r->line = NULL;
    r->status = status_without_result(r);
    snprintf(r->reason, sizeof r->reason, "%s%s%.400s",
             r->signal ? strsignal(r->signal) : "the round ended without a result",
             p[1].used ? ": " : "", p[1].text);
}

int child_count(const struct cell *c, const char *pass, double limit_s, struct child_result *result)
{
    int out[2] = {-1, -1}, err[2] = {-1, -1}, status = 0;
    uint64_t start = clock_ns();
    struct pipe_end p[2] = {{.room = OUTPUT_MAX}, {.room = 4096}};
    *result = (struct child_result){0};
    p[0].text = malloc(OUTPUT_MAX + 1);
    p[1].text = malloc(4096 + 1);
    int failure = p[0].text && p[1].text ? make_pipes(out, err) : -ENOMEM;
    if (failure == 0) {
        pid_t pid = fork();
        if (pid == 0)
            run_child(c, pass, limit_s, out[1], err[1]);
        failure = pid < 0 ? -errno : 0;
        close(out[1]);
        close(err[1]);
        p[0].fd = out[0];
        p[1].fd = err[0];
        if (failure == 0) {
            p[0].text[0] = p[1].text[0] = '\0';
            bool in_time = collect(p, pid, start + (uint64_t)(limit_s * 1e9));
            if (!in_time)
                kill(pid, SIGKILL);
            while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
                ;
            judge(result, status, in_time, p);
        }
        close(out[0]);
        close(err[0]);
    }
    free(p[0].text);
    free(p[1].text);
    result->wall_s = (double)(clock_ns() - start) / 1e9;
    return failure;
}

int child_run(const struct cell *c, double limit_s, struct child_result *result)
{
    return child_count(c, NULL, limit_s, result);
}

double line_round_trip_ns(int cpu_a, int cpu_b, double seconds)
{
    struct child_result result;
    struct cell c = cell_default();
    c.value[FACTOR_kernel] = KERNEL_line_pingpong;
    c.value[FACTOR_placement] = PLACE(cpu_a, cpu_b);
    c.value[FACTOR_seconds] = (int64_t)(seconds * 1e9);
    c.value[FACTOR_warmup] = (int64_t)fmax(seconds * 0.5e9, WARMUP_MIN_NS);
    cell_normalise(&c);
    if (child_run(&c, 10 + 10 * seconds, &result) != 0 || result.line == NULL)
        return -1;
    double ns =
        json_number_value(json_object_get(json_object_get(result.line, "metrics"), "rtt_ns"));
    json_decref(result.line);
    return ns > 0 ? ns : -1;
}
