/* SPDX-License-Identifier: MIT */
/* What the tests of plans share: made-up machines, and a plan from text. */
#ifndef RINGSIDE_TESTS_PLAN_FIXTURE_H
#define RINGSIDE_TESTS_PLAN_FIXTURE_H

#include "plan.h"

#include "rings/ring.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <set>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

/* Cpus 0..n-1, each a core of its own. */
struct Machine {
    explicit Machine(size_t n) : cpus(n)
    {
        for (size_t i = 0; i < n; i++) {
            cpus[i].cpu = cpus[i].core = static_cast<int>(i);
            cpus[i].package = cpus[i].node = 0;
        }
        topology.cpus = cpus.data();
        topology.n_cpus = n;
    }
    std::vector<struct topology_cpu> cpus;
    struct topology topology = {};
};

/* A plan from text, on a made-up machine of `n_cpus`. */
class Plan
{
  public:
    explicit Plan(const std::string &text, size_t n_cpus = 2, std::vector<const char *> set = {})
    {
        char buffer[1024] = "";
        Machine m(n_cpus);
        const struct plan_override over = {set.data(), set.size()};
        err = plan_parse("x.exp", text.data(), text.size(), &over, &m.topology, &p, buffer,
                         sizeof buffer);
        why = buffer;
        if (err != 0) {
            EXPECT_EQ(p.cell, nullptr);
            EXPECT_EQ(p.text, nullptr);
        }
    }
    ~Plan()
    {
        plan_free(&p);
    }
    Plan(const Plan &) = delete;
    Plan &operator=(const Plan &) = delete;

    /* The cells, one of the A/A pair's halves left out, as "factor=level ..." without defaults. */
    std::vector<std::string> cells() const
    {
        std::vector<std::string> list;
        char text[1024];
        for (size_t i = 0; i < p.n; i++) {
            cell_format(&p.cell[i], true, text, sizeof text);
            if (p.cell[i].value[FACTOR_replica] == 0)
                list.push_back(text);
        }
        return list;
    }
    std::set<int64_t> levels(enum factor f) const
    {
        std::set<int64_t> list;
        for (size_t i = 0; i < p.n; i++)
            list.insert(p.cell[i].value[f]);
        return list;
    }
    bool says(const std::string &words) const
    {
        return why.find(words) != std::string::npos;
    }

    struct plan p = {};
    int err = 0;
    std::string why;
};

inline void expect_refused(const std::string &text, const std::vector<std::string> &says,
                           size_t cpus = 2)
{
    Plan plan(text, cpus);
    EXPECT_EQ(plan.err, -EINVAL) << text;
    for (const std::string &words : says)
        EXPECT_TRUE(plan.says(words)) << words << "\nis not in\n" << plan.why;
}

inline size_t rings_with(unsigned cap)
{
    size_t n = 0;
    for (size_t i = 0; i < rs_ring_table_count; i++)
        n += (rs_ring_table[i].ops->caps & cap) != 0;
    return n;
}

#endif
