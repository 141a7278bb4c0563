/* SPDX-License-Identifier: MIT */
/*
 * Runs a model through its scenarios and says how each ended.
 *
 * usage: MODEL [-v] [-s] [-d SECONDS] [-o SCENARIO] [SITE]
 *
 *   -v            how many schedules each scenario ran and for how long (bound 0: random), and the
 *                 trace of a failure
 *   -s            list the accesses
 *   -d SECONDS    the long run: deeper() of each scenario, for at most so much time of a cpu
 *   -o SCENARIO   one alone, by its name
 *   SITE          the number of an access that runs as relaxed
 *
 * Exit 1 and the reason at the first scenario that fails.  Schedule n of a random search is drawn
 * from the seed n, so a run can be repeated.
 */
#ifndef RINGSIDE_MODELS_RUNNER_HPP
#define RINGSIDE_MODELS_RUNNER_HPP

#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifdef RS_MODEL_RANDOM_ONLY
static const bool kBounded = false;
#else
static const bool kBounded = true;
#endif
/* Random schedules of a long run, shared out among the scenarios of a model. */
enum { kDeepSchedules = 1000000 };

static const scenario *now;         /* the scenario that runs; Relacy makes the models itself */
static unsigned long long schedule; /* the number of the schedule that runs, from 1 */

/* What the long run makes of a scenario; `schedules` of them if it is random. */
static scenario deeper(const scenario &s, unsigned schedules);

template <class model>
static rl::test_result_e search(rl::test_params &p, std::ostream &end, bool again)
{
#ifndef RS_MODEL_RANDOM_ONLY /* each kind of search doubles the time to compile */
    if (p.search_type == rl::sched_bound)
        return rl::run_test<model, rl::context_bound_scheduler<model::params::thread_count>>(p, end,
                                                                                             again);
#endif
    return rl::run_test<model, rl::random_scheduler<model::params::thread_count>>(p, end, again);
}

/* Runs the failing schedule again, this time with its trace. */
template <class model> static void show(rl::test_params &p, const std::string &end)
{
    rl::ostringstream trace, unused;
    p.initial_state.assign(end.data(), end.size());
    p.collect_history = true;
    p.output_stream = &trace;
    search<model>(p, unused, true);
    fwrite(trace.str().data(), 1, trace.str().size(), stdout);
}

template <class model> static bool holds(const scenario *s, bool verbose)
{
    rl::test_params p;
    rl::ostringstream said, end; /* not std::, for Relacy replaces operator new */
    now = s;
    p.output_stream = p.progress_stream = &said;
    p.search_type = s->bound > 0 ? rl::sched_bound : rl::sched_random;
    p.context_bound = s->bound;
    p.iteration_count = s->bound > 0 ? 0xffffffffu : s->schedules;
    p.execution_depth_limit = 5000;
    const time_t begin = time(NULL);
    bool ok = search<model>(p, end, false) == rl::test_result_success;
    if (!ok)
        printf("%s: %s in schedule %llu\n", s->name, rl::test_result_str(p.test_result),
               (unsigned long long)p.stop_iteration);
    else if (verbose)
        printf("%s: %llu schedules, %u messages, bound %u, %ld s\n", s->name,
               (unsigned long long)p.stop_iteration, s->total, s->bound,
               (long)(time(NULL) - begin));
    if (!ok && verbose)
        show<model>(p, std::string(end.str().data(), end.str().size()));
    fflush(stdout);
    return ok;
}

struct options {
    bool verbose, list;
    unsigned deep_s;  /* 0 = not deep */
    const char *only; /* NULL = all */
};

static void out_of_time(int)
{
    char line[256];
    int n =
        snprintf(line, sizeof line, "%s: not ended, %llu schedules held, %u messages, bound %u\n",
                 now->name, schedule - 1, now->total, now->bound);
    _exit(write(1, line, (size_t)n) == n ? 0 : 1);
}

/* A search cannot be ended from outside, but with its process. */
static bool holds_in_time(unsigned limit_s, bool (*holds_one)(const scenario *, bool),
                          const scenario *s)
{
    int status = -1;
    fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
        struct itimerval limit = {};
        limit.it_value.tv_sec = limit_s;
        now = s;
        signal(SIGPROF, out_of_time);
        setitimer(ITIMER_PROF, &limit, NULL);
        _exit(holds_one(s, true) ? 0 : 1);
    }
    return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

static bool wanted(const options &o, const scenario &s)
{
    const bool runs = s.bound > 0 ? kBounded : s.schedules > 0;
    return runs && (o.only == NULL || strcmp(o.only, s.name) == 0);
}

static options read_options(int argc, char **argv)
{
    options o = {false, false, 0, NULL};
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "-v") == 0)
            o.verbose = true;
        else if (strcmp(argv[i], "-s") == 0)
            o.list = true;
        else if (strcmp(argv[i], "-d") == 0 && i + 1 < argc)
            o.deep_s = (unsigned)atoi(argv[++i]);
        else if (strcmp(argv[i], "-o") == 0 && i + 1 < argc)
            o.only = argv[++i];
        else
            rs_weakened = atoi(argv[i]);
    return o;
}

/* A model's scenarios, those that it can run, in order; deeper ones if asked.  Whether all held. */
template <size_t n>
static bool all_hold(const options &o, const scenario (&all)[n],
                     bool (*applies_here)(const scenario &),
                     bool (*holds_one)(const scenario *, bool))
{
    static scenario run;
    unsigned random = 0; /* scenarios that share the schedules */
    bool ok = true;
    for (const scenario &s : all)
        random += deeper(s, kDeepSchedules).schedules == kDeepSchedules && applies_here(s);
    for (const scenario &s : all) {
        run = o.deep_s > 0 ? deeper(s, kDeepSchedules / (random > 0 ? random : 1) + 1) : s;
        if (ok && wanted(o, run) && applies_here(run))
            ok = o.deep_s > 0 ? holds_in_time(o.deep_s, holds_one, &run)
                              : holds_one(&run, o.verbose);
    }
    return ok;
}

/* The fibers of a failed run cannot be unwound. */
[[noreturn]] static void finish(const options &o, bool ok)
{
    if (o.list)
        rs_list_sites();
    fflush(stdout);
    _exit(ok ? 0 : 1);
}

#endif
