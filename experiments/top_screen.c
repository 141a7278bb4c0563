/* SPDX-License-Identifier: MIT */
/*
 * The terminal: its alternate screen, keys without echo, and signals as events, so that every way
 * out restores it.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "measure/clock.h"
#include "top.h"

static const char enter[] = "\033[?1049h\033[?25l\033[2J"; /* alternate screen, no cursor */
static const char leave[] = "\033[?25h\033[?1049l";

bool top_screen_fits(void)
{
    const char *term = getenv("TERM");
    return isatty(STDOUT_FILENO) && term != NULL && term[0] != '\0' && strcmp(term, "dumb") != 0;
}

static bool write_all(const char *text, size_t n)
{
    while (n > 0) {
        ssize_t written = write(STDOUT_FILENO, text, n);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        text += written;
        n -= (size_t)written;
    }
    return true;
}

/* In the background of its shell it must not change the terminal: SIGTTOU would stop it. */
static void show_screen(struct top_screen *s)
{
    s->raw = isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &s->before) == 0;
    if (s->raw) {
        struct termios keys = s->before;
        keys.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
        keys.c_cc[VMIN] = 0;
        keys.c_cc[VTIME] = 0;
        tcsetattr(STDIN_FILENO, TCSANOW, &keys);
    }
    write_all(enter, sizeof enter - 1);
}

static void hide_screen(struct top_screen *s)
{
    write_all(leave, sizeof leave - 1);
    if (s->raw)
        tcsetattr(STDIN_FILENO, TCSANOW, &s->before);
}

int top_screen_open(struct top_screen *s)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGQUIT);
    sigaddset(&set, SIGTSTP);
    sigaddset(&set, SIGWINCH);
    s->n_typed = 0;
    s->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (s->signals < 0)
        return -errno;
    sigprocmask(SIG_BLOCK, &set, &s->mask_before);
    show_screen(s);
    return 0;
}

void top_screen_close(struct top_screen *s)
{
    hide_screen(s);
    close(s->signals);
    sigprocmask(SIG_SETMASK, &s->mask_before, NULL);
}

void top_screen_size(int *columns, int *rows)
{
    struct winsize size;
    const bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    *columns = known ? size.ws_col : 80;
    *rows = known && size.ws_row > 0 ? size.ws_row : 24;
}

bool top_screen_show(const char *frame, size_t bytes)
{
    static const char home[] = "\033[H", rest[] = "\033[J";
    return write_all(home, sizeof home - 1) && write_all(frame, bytes) &&
           write_all(rest, sizeof rest - 1);
}

/* ---- what happens -----------------------------------------------------------------------------
 */

/* Ctrl-Z: the shell gets its terminal as it was; back in the foreground the screen is ours again.
 */
static void suspend(struct top_screen *s)
{
    hide_screen(s);
    kill(getpid(), SIGSTOP);
    show_screen(s);
}

static enum top_event take_signal(struct top_screen *s)
{
    struct signalfd_siginfo info;
    if (read(s->signals, &info, sizeof info) != (ssize_t)sizeof info)
        return TOP_TIME;
    if (info.ssi_signo == SIGTSTP)
        suspend(s);
    return info.ssi_signo == SIGWINCH || info.ssi_signo == SIGTSTP ? TOP_RESIZED : TOP_QUIT;
}

/* Reads what was typed behind what is left. */
static bool read_keys(struct top_screen *s)
{
    ssize_t n = read(STDIN_FILENO, s->typed + s->n_typed, sizeof s->typed - 1 - s->n_typed);
    if (n <= 0)
        return n < 0 && errno == EINTR;
    s->n_typed += (size_t)n;
    s->typed[s->n_typed] = '\0';
    return true;
}

/* The first key of those typed; what is none is passed over. */
static enum top_event next_key(struct top_screen *s)
{
    static const struct {
        const char *bytes;
        enum top_event event;
    } keys[] = {{"q", TOP_QUIT},
                {"Q", TOP_QUIT},
                {"\033[A", TOP_UP},
                {"\033OA", TOP_UP},
                {"k", TOP_UP},
                {"\033[B", TOP_DOWN},
                {"\033OB", TOP_DOWN},
                {"j", TOP_DOWN},
                {"\033[5~", TOP_PAGE_UP},
                {"b", TOP_PAGE_UP},
                {"\033[6~", TOP_PAGE_DOWN},
                {" ", TOP_PAGE_DOWN}};
    enum top_event event = TOP_RESIZED; /* draws again */
    size_t used = s->n_typed > 0;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (strncmp(s->typed, keys[i].bytes, strlen(keys[i].bytes)) == 0) {
            event = keys[i].event;
            used = strlen(keys[i].bytes);
        }
    s->n_typed -= used;
    memmove(s->typed, s->typed + used, s->n_typed + 1);
    return event;
}

enum top_event top_screen_wait(struct top_screen *s, uint64_t until_ns)
{
    struct pollfd fds[2] = {{s->signals, POLLIN, 0}, {s->raw ? STDIN_FILENO : -1, POLLIN, 0}};
    for (;;) {
        const uint64_t now = clock_ns();
        if (s->n_typed > 0)
            return next_key(s);
        if (now >= until_ns)
            return TOP_TIME;
        int n = poll(fds, 2, (int)((until_ns - now) / 1000000 + 1));
        if (n > 0 && fds[0].revents != 0)
            return take_signal(s);
        if (n > 0 && fds[1].revents != 0 && !read_keys(s))
            return TOP_QUIT; /* the terminal has gone */
    }
}
