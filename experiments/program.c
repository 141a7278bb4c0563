/* SPDX-License-Identifier: MIT */
#include "program.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { LOOK_MS = 200, NOT_STARTED = 127 };

bool program_self(char *path, size_t n)
{
    ssize_t length = readlink("/proc/self/exe", path, n - 1);
    path[length > 0 ? length : 0] = '\0';
    return length > 0;
}

static bool executable(const char *path)
{
    struct stat s;
    return access(path, X_OK) == 0 && stat(path, &s) == 0 && S_ISREG(s.st_mode);
}

static bool find_in_path(const char *name, char *path, size_t n)
{
    const char *folder = getenv("PATH");
    while (folder != NULL && *folder != '\0') {
        size_t length = strcspn(folder, ":");
        int whole = snprintf(path, n, "%.*s/%s", (int)length, folder, name);
        if (length > 0 && whole > 0 && (size_t)whole < n && executable(path))
            return true;
        folder += length + (folder[length] == ':');
    }
    return false;
}

bool program_find(const char *name, const char *beside, char *path, size_t n)
{
    char self[4096];
    char *end = program_self(self, sizeof self) ? strrchr(self, '/') : NULL;
    if (beside != NULL && end != NULL) {
        int length = snprintf(path, n, "%.*s/%s/%s", (int)(end - self), self, beside, name);
        if (length > 0 && (size_t)length < n && executable(path))
            return true;
    }
    return find_in_path(name, path, n);
}

static sigset_t stop_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    return set;
}

void program_block_signals(void)
{
    sigset_t set = stop_signals();
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_BLOCK, &set, NULL);
}

/* In the child: never returns. */
static void become(char *const argv[], int out, int err)
{
    sigset_t none;
    int in = open("/dev/null", O_RDONLY | O_CLOEXEC);
    sigemptyset(&none);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (in < 0 || dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 ||
        dup2(err, STDERR_FILENO) < 0)
        _exit(NOT_STARTED);
    signal(SIGXFSZ, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execv(argv[0], argv);
    dprintf(STDERR_FILENO, "%s: %s", argv[0], strerror(errno));
    _exit(NOT_STARTED);
}

/* A signal from a terminal has reached the program too, one from `kill` has not: pass it on. */
static int wait_for(pid_t pid, bool *interrupted)
{
    const struct timespec look = {0, LOOK_MS * 1000000L};
    sigset_t set = stop_signals();
    int status;
    sigaddset(&set, SIGCHLD);
    for (;;) {
        pid_t left = waitpid(pid, &status, WNOHANG);
        if (left == pid)
            return status;
        if (left < 0 && errno != EINTR)
            return NOT_STARTED << 8;
        int number = sigtimedwait(&set, NULL, &look);
        if (number > 0 && number != SIGCHLD) {
            *interrupted = true;
            kill(pid, SIGINT);
        }
    }
}

static void read_end(FILE *err, char *said, size_t n)
{
    long length = fseek(err, 0, SEEK_END) == 0 ? ftell(err) : 0;
    long from = length > (long)n - 1 ? length - (long)n + 1 : 0;
    size_t got = fseek(err, from, SEEK_SET) == 0 ? fread(said, 1, n - 1, err) : 0;
    while (got > 0 && (said[got - 1] == '\n' || said[got - 1] == ' '))
        got--;
    said[got] = '\0';
}

int program_run(char *const argv[], struct program_result *r)
{
    FILE *err = tmpfile();
    *r = (struct program_result){.out = tmpfile(), .exit_code = -1};
    int failure = r->out != NULL && err != NULL ? 0 : -errno;
    pid_t pid = failure == 0 ? fork() : -1;
    if (pid == 0)
        become(argv, fileno(r->out), fileno(err));
    if (failure == 0 && pid < 0)
        failure = -errno;
    if (failure == 0) {
        int status = wait_for(pid, &r->interrupted);
        r->exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
        r->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
        read_end(err, r->said, sizeof r->said);
        rewind(r->out);
    } else if (r->out != NULL) {
        fclose(r->out);
        r->out = NULL;
    }
    if (err != NULL)
        fclose(err);
    return failure;
}
