/* SPDX-License-Identifier: MIT */
/*
 * Runs every ring of the table under delays (docs/verification-stress.md) and prints TAP lines.
 *
 * Exit: 0 all is well; 1 a ring failed; 2 usage; 3 the environment does not allow it.
 */
#include "random.h"
#include "run.h"

#include <errno.h>
#include <getopt.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

static const char usage[] =
    "usage: stress [options]\n"
    "\n"
    "Every ring and capacity, on all cpus that this process may use and on one, with delays at\n"
    "each access to shared memory.\n"
    "\n"
    "  --messages N   of a run, all its pairs together (10000000)\n"
    "  --seed N       repeats the operations and delays of an earlier time (0 = a fresh one)\n"
    "  --soak TIME    until the time is over, with fresh seeds: 90s, 30m, 1h; 1h/3 = a third of "
    "it\n"
    "  --ring NAME    only this ring\n"
    "  --capacity N   only this capacity: 1, 2, 4, 64, 4096\n"
    "  --patience S   seconds without progress before a ring counts as stuck (60)\n";

struct stress {
    uint64_t messages, seed;
    uint64_t capacity; /* slots; 0 = every */
    double soak_s, patience_s;
    const char *ring; /* NULL = every */
    int cpu[CPUS_MAX];
    size_t cpus;
};

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static bool take_number(const char *text, uint64_t *to)
{
    char *end;
    errno = 0;
    *to = strtoull(text, &end, 0);
    return errno == 0 && end != text && *end == '\0' && *text != '-';
}

/* Seconds, or with a unit: s, m, h; then perhaps a share of it: /N. */
static bool take_time(const char *text, double *to_s)
{
    static const char units[] = "smh";
    static const double unit_s[] = {1, 60, 3600};
    char *end;
    *to_s = strtod(text, &end);
    if (end == text || !(*to_s > 0) || *to_s > 1e9)
        return false;
    if (*end != '\0' && strchr(units, *end) != NULL)
        *to_s *= unit_s[strchr(units, *end++) - units];
    if (*end == '/' && end[1] >= '1' && end[1] <= '9') {
        *to_s /= end[1] - '0';
        end += 2;
    }
    return *end == '\0';
}

static bool known(const char *ring)
{
    for (size_t i = 0; i < rs_ring_table_count; i++)
        if (strcmp(rs_ring_table[i].name, ring) == 0)
            return true;
    return false;
}

static const size_t capacities[] = {1, 2, 4, 64, 4096}; /* slots */
enum { CAPACITIES = sizeof capacities / sizeof capacities[0] };

static bool take_capacity(const char *text, uint64_t *to)
{
    if (take_number(text, to))
        for (size_t i = 0; i < CAPACITIES; i++)
            if (capacities[i] == *to)
                return true;
    return false;
}

static bool take_option(struct stress *s, int option, const char *value)
{
    switch (option) {
    case 'm':
        return take_number(value, &s->messages) && s->messages > 0;
    case 's':
        return take_number(value, &s->seed);
    case 'k':
        return take_time(value, &s->soak_s);
    case 'c':
        return take_capacity(value, &s->capacity);
    case 'p':
        return take_time(value, &s->patience_s);
    case 'r':
        s->ring = value;
        return known(value);
    default:
        return false;
    }
}

/* 0, or an exit code. */
static int take_options(struct stress *s, int argc, char **argv)
{
    static const struct option options[] = {
        {"messages", required_argument, NULL, 'm'},
        {"seed", required_argument, NULL, 's'},
        {"soak", required_argument, NULL, 'k'},
        {"ring", required_argument, NULL, 'r'},
        {"patience", required_argument, NULL, 'p'},
        {"capacity", required_argument, NULL, 'c'},
        {NULL, 0, NULL, 0},
    };
    int option, index = 0;
    while ((option = getopt_long(argc, argv, "", options, &index)) != -1) {
        if (option != '?' && take_option(s, option, optarg))
            continue;
        if (option != '?')
            fprintf(stderr, "stress: '%s' is no value for --%s\n", optarg, options[index].name);
        fputs(usage, stderr);
        return 2;
    }
    if (optind == argc)
        return 0;
    fprintf(stderr, "stress: '%s' is not understood\n%s", argv[optind], usage);
    return 2;
}

static bool find_cpus(struct stress *s)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0)
        return false;
    for (int cpu = 0; cpu < CPU_SETSIZE && s->cpus < CPUS_MAX; cpu++)
        if (CPU_ISSET((size_t)cpu, &set))
            s->cpu[s->cpus++] = cpu;
    return s->cpus > 0;
}

/* FNV-1a, so that a ring's seed does not depend on its place in the table. */
static uint64_t name_hash(const char *name)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (; *name != '\0'; name++)
        hash = (hash ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
    return hash;
}

static bool stress_ring(const struct stress *s, uint64_t seed, const struct rs_ring_entry *ring,
                        double until_s)
{
    bool good = true;
    struct run r = {
        .ring = ring, .cpu = s->cpu, .messages = s->messages, .patience_s = s->patience_s};
    for (size_t i = 0; i < 2 * CAPACITIES; i++) {
        const struct rs_config cfg = {
            .capacity = capacities[i / 2], .msg_bytes = 8, .msg_align = 1};
        r.capacity = cfg.capacity;
        r.cpus = i % 2 == 0 ? s->cpus : 1;
        r.seed = random_branch(seed ^ name_hash(ring->name), i);
        const char *refusal = rs_config_refusal(&cfg, ring->ops->caps);
        if ((s->capacity != 0 && s->capacity != cfg.capacity) || (i % 2 == 0 && s->cpus == 1))
            continue;
        if (refusal != NULL) {
            printf("# %s refuses %zu slots: %s\n", ring->name, cfg.capacity, refusal);
            continue;
        }
        if (until_s > 0 && now_s() > until_s)
            break;
        good = run_stress(&r) && good;
    }
    return good;
}

static bool stress_all(const struct stress *s, uint64_t seed, double until_s)
{
    bool good = true;
    printf("# seed %#llx\n", (unsigned long long)seed);
    for (size_t i = 0; i < rs_ring_table_count; i++) {
        const struct rs_ring_entry *ring = &rs_ring_table[i];
        if (s->ring != NULL && strcmp(ring->name, s->ring) != 0)
            continue;
        if ((ring->ops->caps & RS_NO_TRANSFER) != 0)
            printf("ok - %s # SKIP moves no messages\n", ring->name);
        else
            good = stress_ring(s, seed, ring, until_s) && good;
    }
    return good;
}

int main(int argc, char **argv)
{
    struct stress s = {.messages = 10000000, .patience_s = 60};
    bool good = true;
    uint64_t seed;
    double until_s;
    int code = take_options(&s, argc, argv);
    if (code != 0)
        return code;
    if (!find_cpus(&s)) {
        fprintf(stderr, "stress: the cpus of this process cannot be told: %s\n", strerror(errno));
        return 3;
    }
    if (s.seed == 0 && getrandom(&s.seed, sizeof s.seed, 0) != sizeof s.seed)
        s.seed = (uint64_t)time(NULL);
    seed = s.seed;
    until_s = s.soak_s > 0 ? now_s() + s.soak_s : 0;
    do {
        good = stress_all(&s, seed, until_s) && good;
        seed = random_branch(seed, 0);
    } while (good && now_s() < until_s);
    return good ? 0 : 1;
}
