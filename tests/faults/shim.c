/* SPDX-License-Identifier: MIT */
/*
 * Faults that no tool of the system brings about, for LD_PRELOAD:
 *
 *   FAULT_MALLOC_AT=n     the n-th allocation of the process fails (malloc, calloc, realloc, ...)
 *   FAULT_MALLOC_ON=1     and every one after it
 *   FAULT_MALLOC_SEEN=f   the file f is made when one has failed
 *   FAULT_MALLOC_WHO=w    only in processes whose first argument is w
 *   FAULT_CLOCK_STEP=s    the clock of the day jumps to and fro by s seconds, at each look
 *
 *   FAULT_STORM_HZ=n      a signal with a handler, n times a second, that interrupts system calls
 *
 * Allocations of hwloc and of PAPI do not count: without memory both crash by themselves.
 *
 * glibc only: its allocator is called by the names under which it exports it.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

void *__libc_malloc(size_t bytes);
void *__libc_calloc(size_t n, size_t bytes);
void *__libc_realloc(void *old, size_t bytes);
void *__libc_memalign(size_t align, size_t bytes);

static long malloc_at, malloc_seen, malloc_on, clock_step, looks;
static const char *seen_path;
static __thread int inside; /* a library that is not under test */

static void take_signal(int number)
{
    (void)number;
}

static void begin_storm(long hz)
{
    struct sigaction action = {.sa_handler = take_signal}; /* no SA_RESTART */
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
    const struct timespec period = {0, 1000000000L / hz};
    const struct itimerspec when = {period, period};
    timer_t timer;
    sigaction(SIGUSR1, &action, NULL);
    if (timer_create(CLOCK_MONOTONIC, &event, &timer) == 0)
        timer_settime(timer, 0, &when, NULL);
}

__attribute__((constructor)) static void read_wishes(int argc, char **argv)
{
    const char *at = getenv("FAULT_MALLOC_AT"), *on = getenv("FAULT_MALLOC_ON");
    const char *step = getenv("FAULT_CLOCK_STEP"), *who = getenv("FAULT_MALLOC_WHO");
    if (getenv("FAULT_STORM_HZ") != NULL)
        begin_storm(atol(getenv("FAULT_STORM_HZ")));
    seen_path = getenv("FAULT_MALLOC_SEEN");
    clock_step = step != NULL ? atol(step) : 0;
    malloc_on = on != NULL;
    if (who != NULL && (argc < 2 || strcmp(argv[1], who) != 0))
        return;
    __atomic_store_n(&malloc_seen, 0, __ATOMIC_RELAXED); /* from here on */
    malloc_at = at != NULL ? atol(at) : 0;
}

static int fails(void)
{
    if (malloc_at == 0 || inside > 0)
        return 0;
    long number = __atomic_add_fetch(&malloc_seen, 1, __ATOMIC_RELAXED);
    if (number != malloc_at && !(malloc_on && number > malloc_at))
        return 0;
    if (number == malloc_at && seen_path != NULL)
        close(open(seen_path, O_WRONLY | O_CREAT, 0644));
    errno = ENOMEM;
    return 1;
}

void *malloc(size_t bytes)
{
    return fails() ? NULL : __libc_malloc(bytes);
}

void *calloc(size_t n, size_t bytes)
{
    return fails() ? NULL : __libc_calloc(n, bytes);
}

void *realloc(void *old, size_t bytes)
{
    return fails() ? NULL : __libc_realloc(old, bytes);
}

void *aligned_alloc(size_t align, size_t bytes)
{
    return fails() ? NULL : __libc_memalign(align, bytes);
}

void *memalign(size_t align, size_t bytes)
{
    return fails() ? NULL : __libc_memalign(align, bytes);
}

int posix_memalign(void **to, size_t align, size_t bytes)
{
    void *memory = fails() ? NULL : __libc_memalign(align, bytes);
    if (memory == NULL)
        return ENOMEM;
    *to = memory;
    return 0;
}

#define OF_LIBRARY(name, parameters, ...)                                                          \
    int name parameters                                                                            \
    {                                                                                              \
        int(*real) parameters;                                                                     \
        *(void **)(void *)&real = dlsym(RTLD_NEXT, #name);                                         \
        inside++;                                                                                  \
        int result = real(__VA_ARGS__);                                                            \
        inside--;                                                                                  \
        return result;                                                                             \
    }
int PAPI_library_init(int version);
OF_LIBRARY(PAPI_library_init, (int version), version)
int hwloc_topology_init(void **to);
int hwloc_topology_load(void *topology);
int hwloc_topology_set_all_types_filter(void *topology, int filter);
OF_LIBRARY(hwloc_topology_init, (void **to), to)
OF_LIBRARY(hwloc_topology_load, (void *topology), topology)
OF_LIBRARY(hwloc_topology_set_all_types_filter, (void *topology, int filter), topology, filter)

/* Every other look is s seconds off. */
static long offset_s(void)
{
    return __atomic_fetch_add(&looks, 1, __ATOMIC_RELAXED) % 2 == 0 ? clock_step : 0;
}

int clock_gettime(clockid_t clock, struct timespec *t)
{
    static int (*real)(clockid_t, struct timespec *);
    if (real == NULL)
        *(void **)(void *)&real = dlsym(RTLD_NEXT, "clock_gettime");
    int err = real(clock, t);
    if (err == 0 && clock == CLOCK_REALTIME)
        t->tv_sec += offset_s();
    return err;
}

time_t time(time_t *to)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (to != NULL)
        *to = now.tv_sec;
    return now.tv_sec;
}

int gettimeofday(struct timeval *restrict t, void *restrict zone)
{
    struct timespec now;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &now);
    t->tv_sec = now.tv_sec;
    t->tv_usec = now.tv_nsec / 1000;
    return 0;
}
