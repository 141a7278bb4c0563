/* SPDX-License-Identifier: MIT */
/* What the tests of stored runs share: a folder of their own, and records as the sweep writes them.
 */
#ifndef RINGSIDE_TESTS_STORE_FIXTURE_H
#define RINGSIDE_TESTS_STORE_FIXTURE_H

#include "store/samples.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

class FolderTest : public testing::Test
{
  protected:
    void SetUp() override
    {
        char name[] = "/tmp/test_store.XXXXXX";
        ASSERT_NE(mkdtemp(name), nullptr);
        dir = name;
        samples = dir + "/samples.jsonl";
    }
    void TearDown() override
    {
        std::filesystem::remove_all(dir);
    }
    static std::string read(const std::string &path)
    {
        std::ifstream file(path, std::ios::binary);
        return std::string(std::istreambuf_iterator<char>(file), {});
    }
    static void write(const std::string &path, const std::string &text)
    {
        std::ofstream(path, std::ios::binary) << text;
    }
    size_t files() const
    {
        using entries = std::filesystem::directory_iterator;
        return static_cast<size_t>(std::distance(entries(dir), entries()));
    }
    std::string dir, samples;
};

inline struct cell cell_of(const std::vector<std::pair<enum factor, const char *>> &levels)
{
    struct cell c = cell_default();
    char why[512];
    c.value[FACTOR_placement] = PLACE(0, 1);
    for (const auto &level : levels)
        EXPECT_EQ(factor_parse(level.first, level.second, &c.value[level.first], why, sizeof why),
                  0)
            << why;
    cell_normalise(&c);
    return c;
}

/* A record of an undisturbed round that took `ns` (a message, a round trip, ...). */
inline json_t *good_record(const struct cell &c, int round, double ns)
{
    const char *metric = kernel_table[c.value[FACTOR_kernel]].metric;
    return json_pack("{s:s, s:i, s:i, s:f, s:s, s:n, s:{s:f, s:i}, s:[], s:o}", "cell", "-",
                     "round", round, "attempt", 0, "start_s", 1.5 * round, "status", "ok", "reason",
                     "metrics", metric, ns, "messages", 1000, "disturbed", "factors",
                     cell_json(&c));
}

inline std::string line_of(json_t *record)
{
    char *text = json_dumps(record, JSON_COMPACT);
    std::string line = std::string(text) + "\n";
    free(text);
    json_decref(record);
    return line;
}

#endif
