/* SPDX-License-Identifier: MIT */
/* Runs a model through one scenario and says how it ended. */
#ifndef RINGSIDE_MODELS_RUNNER_HPP
#define RINGSIDE_MODELS_RUNNER_HPP

#include "scenarios.hpp"

static const scenario *now; /* the scenario that runs; Relacy makes the models itself */

template <class model>
static rl::test_result_e search(rl::test_params &p, std::ostream &end, bool again)
{
#ifndef RS_MODEL_RANDOM_ONLY /* each kind of search doubles the time to compile */
    if (p.search_type == rl::sched_bound)
        return rl::run_test<model, rl::context_bound_scheduler<2>>(p, end, again);
#endif
    return rl::run_test<model, rl::random_scheduler<2>>(p, end, again);
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
    bool ok = search<model>(p, end, false) == rl::test_result_success;
    if (!ok)
        printf("%s: %s in schedule %llu\n", s->name, rl::test_result_str(p.test_result),
               (unsigned long long)p.stop_iteration);
    else if (verbose)
        printf("%s: %llu schedules\n", s->name, (unsigned long long)p.stop_iteration);
    if (!ok && verbose)
        show<model>(p, std::string(end.str().data(), end.str().size()));
    return ok;
}

#endif
