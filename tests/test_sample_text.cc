/* SPDX-License-Identifier: MIT */
/*
 * Shows that a record read from its text is what jansson makes of it: of all published runs, and of
 * records damaged at random, where nothing is accepted that jansson refuses.
 */
#include "store_fixture.h"

#include "store/json_walk.h"
#include "store/sample_text.h"

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <random>

namespace
{

std::vector<std::string> lines_of(const std::string &path)
{
    std::vector<std::string> lines;
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);)
        lines.push_back(line + "\n");
    return lines;
}

std::vector<std::string> published()
{
    std::vector<std::string> lines;
    for (const char *run : {"figures", "graph", "wait"})
        for (const std::string &line :
             lines_of(std::string("results/published/") + run + "/samples.jsonl"))
            lines.push_back(line);
    return lines;
}

bool by_jansson(const std::string &line, struct sample *s)
{
    json_t *record = json_loadb(line.data(), line.size(), JSON_REJECT_DUPLICATES, nullptr);
    bool good = record != nullptr && sample_read(record, s);
    json_decref(record);
    return good;
}

/* A key twice is all that may be passed over, and only where nothing is read. */
bool has_a_key_twice(const std::string &line)
{
    json_error_t error;
    json_t *strict = json_loadb(line.data(), line.size(), JSON_REJECT_DUPLICATES, &error);
    json_decref(strict);
    return strict == nullptr && json_error_code(&error) == json_error_duplicate_key;
}

/* NaN is NaN. */
bool same(double a, double b)
{
    return a == b || (std::isnan(a) && std::isnan(b));
}

void expect_same(const struct sample &a, const struct sample &b, const std::string &line)
{
    EXPECT_TRUE(cell_equal(&a.cell, &b.cell)) << line;
    EXPECT_EQ(a.id, b.id) << line;
    EXPECT_EQ(a.round, b.round) << line;
    EXPECT_EQ(a.attempt, b.attempt) << line;
    EXPECT_EQ(a.status, b.status) << line;
    EXPECT_EQ(a.disturbed, b.disturbed) << line;
    EXPECT_EQ(a.machine, b.machine) << line;
    EXPECT_TRUE(same(a.value, b.value) && same(a.messages, b.messages) &&
                same(a.ring_bytes, b.ring_bytes) && same(a.fill_mean_slots, b.fill_mean_slots) &&
                same(a.full_hits, b.full_hits) && same(a.empty_hits, b.empty_hits) &&
                same(a.rtt_p99_ns, b.rtt_p99_ns) && same(a.start_s, b.start_s))
        << line;
}

class SampleText : public testing::Test
{
  protected:
    void TearDown() override
    {
        sample_texts_free(&texts);
    }
    bool read(const std::string &line, struct sample *s)
    {
        return sample_text_read(&texts, line.c_str(), line.size(), s);
    }
    struct sample_texts texts = {};
};

TEST_F(SampleText, IsWhatJanssonMakesOfIt)
{
    size_t n = 0;
    for (const std::string &line : published()) {
        struct sample a = {}, b = {};
        if (!by_jansson(line, &b))
            continue; /* a ring that this build does not have */
        ASSERT_TRUE(read(line, &a)) << line;
        expect_same(a, b, line);
        n++;
    }
    EXPECT_GT(n, 1000u);
}

TEST_F(SampleText, KnowsMachineStatusAndDisturbance)
{
    const struct cell c = cell_of({{FACTOR_ring, "cached"}});
    for (const char *status : {"ok", "failed", "timeout", "crashed", "aborted", "lost"})
        for (const char *machine : {"", "01ab89ef", "0", "01AB89EF", "00000000"}) {
            json_t *j = good_record(c, 3, 12.5);
            json_object_set_new(j, "status", json_string(status));
            if (*machine)
                json_object_set_new(j, "machine", json_string(machine));
            json_array_append_new(json_object_get(j, "disturbed"), json_string("migrated"));
            const std::string line = line_of(j);
            struct sample a = {}, b = {};
            ASSERT_EQ(read(line, &a), by_jansson(line, &b)) << line;
            if (read(line, &a))
                expect_same(a, b, line);
        }
}

TEST_F(SampleText, NothingIsAcceptedThatJanssonRefuses)
{
    const std::vector<std::string> lines = published();
    const std::string bytes = "{}[]\",:0123456789.-+eE\\ \tnulltruefalse\x80\x01/";
    std::mt19937 rng(7);
    size_t accepted = 0;
    const int changes = getenv("RINGSIDE_EMULATOR") ? 12000 : 60000;
    for (int i = 0; i < changes; i++) {
        std::string line = lines[rng() % lines.size()];
        for (unsigned k = 0; k <= rng() % 3; k++) {
            const size_t at = rng() % (line.size() - 1);
            switch (rng() % 3) {
            case 0:
                line[at] = bytes[rng() % bytes.size()];
                break;
            case 1:
                line.erase(at, 1 + rng() % 3);
                break;
            default:
                line.insert(at, 1, bytes[rng() % bytes.size()]);
            }
        }
        struct sample a = {}, b = {};
        if (line.size() < 2 || !read(line, &a) || has_a_key_twice(line))
            continue;
        ASSERT_TRUE(by_jansson(line, &b)) << line;
        expect_same(a, b, line);
        accepted++;
    }
    EXPECT_GT(accepted, static_cast<size_t>(changes) / 60) << "some damage changes a value only";
}

TEST(JsonWalk, RefusesWhatIsNotOnePlainObject)
{
    const auto walks = [](const char *text) {
        return json_walk(
            {text, strlen(text)}, [](void *, const json_text *, const json_text *) { return true; },
            nullptr);
    };
    for (const char *good :
         {"{}", R"({"a":1})", R"({"a":[1,-2.5e+3,0,"x",null,true,false,{}],"b":{}})"})
        EXPECT_TRUE(walks(good)) << good;
    for (const char *bad : {"",
                            "{",
                            "[]",
                            "1",
                            "{}{}",
                            "{} ",
                            R"({"a"})",
                            R"({"a":})",
                            R"({"a":1,})",
                            R"({a:1})",
                            R"({"a":01})",
                            R"({"a":1.})",
                            R"({"a":.5})",
                            R"({"a":1e})",
                            R"({"a":-})",
                            R"({"a":nul})",
                            R"({"a":"\n"})",
                            R"({"a":"x)",
                            R"({"a":[1})",
                            R"({"a":[1,]})",
                            R"({"a":+1})",
                            "{\"a\":\"\x7f\"}",
                            "{\"a\":\"\xc3\xa9\"}",
                            R"({"a":[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]})"})
        EXPECT_FALSE(walks(bad)) << bad;
}

} /* namespace */
