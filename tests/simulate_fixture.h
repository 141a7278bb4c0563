/* SPDX-License-Identifier: MIT */
/* What the tests of the simulator share: a configuration by name, and a run that must succeed. */
#ifndef SIMULATE_FIXTURE_H
#define SIMULATE_FIXTURE_H

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "rings/ring.h"
#include "simulate/simulate.h"

inline struct simulate_config config_of(const char *ring, const char *schedule,
                                        unsigned separation = 128)
{
    struct simulate_config c = simulate_config_default(simulated_ring(ring, separation));
    char why[256] = "";
    EXPECT_EQ(schedule_parse(schedule, &c.schedule, why, sizeof why), 0) << why;
    return c;
}

struct Simulated {
    explicit Simulated(const struct simulate_config &c)
    {
        char why[256] = "";
        EXPECT_FALSE(simulate_refusal(&c, why, sizeof why)) << why;
        err = simulate_run(&c, &result, why, sizeof why);
        EXPECT_EQ(err, 0) << why;
    }
    ~Simulated()
    {
        simulate_result_free(&result);
    }
    Simulated(const Simulated &) = delete;
    Simulated &operator=(const Simulated &) = delete;
    double per_msg(enum event e) const
    {
        return (double)traffic_events(&result.total, e) / (double)result.total.messages;
    }
    double misses() const
    {
        return (double)traffic_misses(&result.total) / (double)result.total.messages;
    }
    double misses(enum line_class c) const
    {
        return (double)traffic_class_misses(&result.total, c) / (double)result.total.messages;
    }
    int err;
    struct simulate_result result = {};
};

inline std::vector<std::string> moving_rings()
{
    std::vector<std::string> names;
    for (size_t i = 0; i < rs_ring_table_count; i++)
        if ((rs_ring_table[i].ops->caps & RS_NO_TRANSFER) == 0)
            names.push_back(rs_ring_table[i].name);
    return names;
}

#endif
