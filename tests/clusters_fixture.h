/* SPDX-License-Identifier: MIT */
/* Machines that are not here: distances between their cpus, with noise, and what they claim. */
#ifndef CLUSTERS_FIXTURE_H
#define CLUSTERS_FIXTURE_H

#include "measure/statistics.h"
#include "measure/topology.h"

#include <cstdio>
#include <cstring>
#include <functional>
#include <vector>

using distance = std::function<double(size_t, size_t)>;

/* About normal, sigma 1. */
inline double normal(uint64_t *rng)
{
    double sum = -6;
    for (int i = 0; i < 12; i++)
        sum += static_cast<double>(stats_next(rng) >> 11) / 9007199254740992.0;
    return sum;
}

/* Groups at several distances: ns[0] within group[0] of them, and so on; ns.back() beyond. */
inline distance nested(std::vector<std::function<size_t(size_t)>> group, std::vector<double> ns)
{
    return [group, ns](size_t i, size_t k) {
        for (size_t g = 0; g < group.size(); g++)
            if (group[g](i) == group[g](k))
                return ns[g];
        return ns.back();
    };
}
inline std::function<size_t(size_t)> blocks_of(size_t size)
{
    return [size](size_t i) { return i / size; };
}

/* Blocks of n cpus: smt a core, l3 a cache, package a package. */
struct claimed {
    std::vector<struct topology_cpu> cpus;
    struct topology t = {};
    std::vector<int> numbers;

    claimed(size_t n, size_t smt, size_t l3, size_t package)
    {
        for (size_t i = 0; i < n; i++) {
            struct topology_cpu c = {};
            c.cpu = static_cast<int>(i);
            c.core = static_cast<int>(i / smt * smt);
            c.package = static_cast<int>(i / package);
            c.node = c.package;
            c.n_caches = 1;
            c.cache[0].level = 3;
            std::snprintf(c.cache[0].shared_cpus, sizeof c.cache[0].shared_cpus, "%zu-%zu",
                          i / l3 * l3, i / l3 * l3 + l3 - 1);
            cpus.push_back(c);
            numbers.push_back(c.cpu);
        }
        std::strcpy(t.source, "this test");
        t.n_cpus = n;
        t.cpus = cpus.data();
    }
};

#endif
