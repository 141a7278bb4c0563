/* SPDX-License-Identifier: MIT */
/*
 * Shows that a level survives every form it takes (text, number, JSON), that a bad one is refused
 * with the way out, and that a cell is known by the same id in every run.
 */
#include "factors.h"

#include "rings/ring.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <set>
#include <string>
#include <vector>

namespace
{

struct Parsed {
    int err;
    int64_t value;
    std::string why;
};

Parsed parse(enum factor f, const std::string &text)
{
    char why[512] = "";
    Parsed p = {0, 0, ""};
    p.err = factor_parse(f, text.c_str(), &p.value, why, sizeof why);
    p.why = why;
    return p;
}

std::string format(enum factor f, int64_t value)
{
    char text[64];
    factor_format(f, value, text, sizeof text);
    return text;
}

std::string text_of(const struct cell &c, bool brief)
{
    char text[1024];
    cell_format(&c, brief, text, sizeof text);
    return text;
}

struct cell with(enum factor f, const std::string &level)
{
    struct cell c = cell_default();
    c.value[f] = parse(f, level).value;
    return c;
}

/* The same of a kernel that uses the factor. */
struct cell used_with(enum factor f, const std::string &level)
{
    struct cell c = with(f, level);
    const struct cell plain = cell_default();
    if (f == FACTOR_slots)
        c.value[FACTOR_slots] = 4096;
    else if (f == FACTOR_defer)
        c.value[FACTOR_ring] = parse(FACTOR_ring, "lazy").value;
    else if (f == FACTOR_prefetch_write || f == FACTOR_prefetch_read)
        c.value[FACTOR_ring] = parse(FACTOR_ring, "iffq").value;
    else if (f == FACTOR_copy)
        c.value[FACTOR_msg_bytes] = 4096;
    else if (!factor_used(f, &plain))
        c.value[FACTOR_kernel] = KERNEL_graph;
    return c;
}

/* Many levels of a factor, as a user writes them. */
std::vector<std::string> levels(enum factor f)
{
    const struct factor_info &info = factor_table[f];
    std::vector<std::string> list;
    const int64_t min = static_cast<int64_t>(info.min), max = static_cast<int64_t>(info.max);
    switch (info.type) {
    case TYPE_CHOICE:
        for (int64_t i = 0; info.choice(i) != nullptr; i++)
            list.push_back(info.choice(i));
        break;
    case TYPE_INTEGER:
        for (int64_t x : {min, min + 1, min / 2 + max / 2, max - 1, max})
            list.push_back(std::to_string(x));
        break;
    case TYPE_POWER:
        for (int64_t x = min; x <= max; x *= 2)
            list.push_back(std::to_string(x));
        break;
    case TYPE_SECONDS:
        list = {"0.001", "0.0025", "0.02", "0.08", "0.1", "0.123456789", "1", "1.5", "33.3", "60"};
        break;
    case TYPE_PLACEMENT:
        list = {"any", "same", "pair", "all", "0:1", "1:0", "7:7", "0:0", "255:3", "65535:65535"};
        break;
    }
    return list;
}

class EachFactor : public testing::TestWithParam<int>
{
  protected:
    enum factor factor() const
    {
        return static_cast<enum factor>(GetParam());
    }
};

TEST_P(EachFactor, IsDescribedAndItsDefaultParses)
{
    const struct factor_info &info = factor_table[factor()];
    const char *nearest = "";
    EXPECT_EQ(factor_find(info.name, &nearest), factor());
    EXPECT_STRNE(info.help, "");
    Parsed p = parse(factor(), info.default_text);
    EXPECT_EQ(p.err, 0) << p.why;
    EXPECT_EQ(cell_default().value[factor()], p.value);
}

TEST_P(EachFactor, TextAndValueAreTheSameLevel)
{
    for (const std::string &level : levels(factor())) {
        Parsed p = parse(factor(), level);
        EXPECT_EQ(p.err, 0) << p.why;
        EXPECT_EQ(format(factor(), p.value), level);
        EXPECT_NE(p.value, FACTOR_UNUSED);
    }
    EXPECT_EQ(format(factor(), FACTOR_UNUSED), "-");
}

TEST_P(EachFactor, JsonAsWrittenToAFileGivesTheCellBack)
{
    for (const std::string &level : levels(factor())) {
        struct cell c = used_with(factor(), level), back = {};
        cell_normalise(&c);
        json_t *object = cell_json(&c);
        char *text = json_dumps(object, JSON_COMPACT);
        json_t *read = json_loads(text, 0, nullptr);
        EXPECT_TRUE(cell_from_json(read, &back)) << text;
        EXPECT_TRUE(cell_equal(&c, &back)) << text;
        EXPECT_EQ(cell_id(&c), cell_id(&back));
        free(text);
        json_decref(object);
        json_decref(read);
    }
}

TEST_P(EachFactor, BadLevelsAreRefusedByName)
{
    const std::string name = factor_table[factor()].name;
    std::vector<std::string> bad = {std::string(5000, '9'), std::string(5000, 'x')};
    for (const char *level : {"", "rubbish", "-1", "8 8", "8x", "nan", "inf", "1e999",
                              "0:", "0:1:2", "-1:0", "0:65536", "\xff", "99999999999999999999"})
        bad.push_back(level);
    for (const std::string &level : bad) {
        Parsed p = parse(factor(), level);
        EXPECT_EQ(p.err, -EINVAL) << name << " = " << level;
        EXPECT_NE(p.why.find(name), std::string::npos) << p.why;
    }
}

TEST_P(EachFactor, AReasonIsCutToItsRoom)
{
    for (size_t room = 1; room < 40; room++) {
        std::vector<char> why(room, '#');
        int64_t value;
        EXPECT_EQ(factor_parse(factor(), "rubbish", &value, why.data(), room), -EINVAL);
        EXPECT_LT(strnlen(why.data(), room), room);
    }
}

INSTANTIATE_TEST_SUITE_P(Factors, EachFactor, testing::Range(0, static_cast<int>(FACTORS)),
                         [](const testing::TestParamInfo<int> &at) {
                             return std::string(factor_table[at.param].name);
                         });

struct Refused {
    enum factor factor;
    const char *level, *says;
};

class RefusedLevel : public testing::TestWithParam<Refused>
{
};

TEST_P(RefusedLevel, SaysWhyAndWhatIsValid)
{
    Parsed p = parse(GetParam().factor, GetParam().level);
    EXPECT_EQ(p.err, -EINVAL);
    EXPECT_NE(p.why.find(GetParam().says), std::string::npos) << p.why;
}

INSTANTIATE_TEST_SUITE_P(
    Levels, RefusedLevel,
    testing::Values(Refused{FACTOR_ring, "cachd", "did you mean 'cached'"},
                    Refused{FACTOR_ring, "zzzzzzzzzzzz", "Valid: null mutex"},
                    Refused{FACTOR_kernel, "pingpon", "did you mean 'pingpong'"},
                    Refused{FACTOR_api, "spam", "did you mean 'span'"},
                    Refused{FACTOR_poll, "paus", "did you mean 'pause'"},
                    Refused{FACTOR_poll, "mfence", "did you mean 'fence'"},
                    Refused{FACTOR_copy, "steam", "did you mean 'stream'"},
                    Refused{FACTOR_prefetch_read, "4097", "0 to 4096 lines"},
                    Refused{FACTOR_msg_bytes, "7", "8 to 1048576 bytes"},
                    Refused{FACTOR_msg_bytes, "1048577", "out of range"},
                    Refused{FACTOR_msg_bytes, "8.5", "not a whole number"},
                    Refused{FACTOR_msg_bytes, "eight", "not a number"},
                    Refused{FACTOR_msg_align, "3", "powers of two from 1 to 4096"},
                    Refused{FACTOR_msg_align, "8192", "1 to 4096"},
                    Refused{FACTOR_separation, "96", "powers of two from 64 to 256"},
                    Refused{FACTOR_separation, "32", "64 to 256"},
                    Refused{FACTOR_capacity, "0", "out of range"},
                    Refused{FACTOR_stages, "1", "2 to 4096 nodes"},
                    Refused{FACTOR_wait, "prak", "did you mean 'park'"},
                    Refused{FACTOR_seconds, "0", "0.001 to 60 s"},
                    Refused{FACTOR_seconds, "61", "0.001 to 60 s"},
                    Refused{FACTOR_replica, "2", "0 to 1"},
                    Refused{FACTOR_placement, "par", "pair, all, same, any"},
                    Refused{FACTOR_placement, "1", "PRODUCER:CONSUMER"}));

TEST(FactorFind, NamesTheNearest)
{
    const char *nearest = "";
    EXPECT_EQ(factor_find("capacty", &nearest), -1);
    EXPECT_STREQ(nearest, "capacity");
    EXPECT_EQ(factor_find("msgbytes", &nearest), -1);
    EXPECT_STREQ(nearest, "msg_bytes");
    EXPECT_EQ(factor_find("xyzxyzxyz", &nearest), -1);
    EXPECT_EQ(nearest, nullptr);
    EXPECT_EQ(factor_find("", &nearest), -1);
}

/* Stored runs are resumed and compared by this number: if it changes, they cannot be.  It is of the
 * line without sizes=fixed, as of all later factors at their defaults. */
TEST(CellId, IsTheOneOfStoredRuns)
{
    struct cell c = with(FACTOR_placement, "0:1");
    cell_normalise(&c);
    EXPECT_EQ(
        text_of(c, false),
        "kernel=stream ring=cached msg_bytes=8 msg_align=1 separation=128 capacity=1024 "
        "batch=1 api=copy sizes=fixed poll=pause slots=0 placement=0:1 messages=0 seconds=0.08 "
        "warmup=0.02 replica=0");
    EXPECT_EQ(cell_id(&c), UINT64_C(0xa6e562346a1d930d)); /* FNV-1a, 64 bits, of that */
}

/* Factors that came later: at their defaults the ids are those of before. */
TEST(CellId, StaysWhenAFactorIsAdded)
{
    const struct {
        std::vector<std::pair<enum factor, std::string>> levels;
        uint64_t id;
    } stored[] = {
        {{{FACTOR_ring, "lazy"}}, UINT64_C(0x0a26b96e842ba6f9)},
        {{{FACTOR_ring, "chunked"}, {FACTOR_api, "span"}, {FACTOR_batch, "32"}},
         UINT64_C(0x4c954c8bdfca299a)},
        {{{FACTOR_msg_bytes, "4096"}}, UINT64_C(0xc838126d6b8a6008)},
    };
    for (const auto &each : stored) {
        struct cell c = with(FACTOR_placement, "0:1");
        for (const auto &level : each.levels)
            c.value[level.first] = parse(level.first, level.second).value;
        cell_normalise(&c);
        EXPECT_EQ(cell_id(&c), each.id) << text_of(c, false);
    }
}

TEST(CellId, DiffersWhereALevelDiffers)
{
    std::set<uint64_t> ids;
    std::set<std::string> texts;
    for (int f = 0; f < FACTORS; f++)
        for (const std::string &level : levels(static_cast<enum factor>(f))) {
            struct cell c = used_with(static_cast<enum factor>(f), level);
            cell_normalise(&c);
            ids.insert(cell_id(&c));
            texts.insert(text_of(c, false));
        }
    EXPECT_GT(texts.size(), 60u);
    EXPECT_EQ(ids.size(), texts.size());
}

/* What each kernel leaves out, by hand. */
TEST(CellNormalise, MarksWhatAKernelDoesNotUse)
{
    const std::set<int> batches = {FACTOR_batch, FACTOR_api, FACTOR_sizes};
    const std::set<int> rings = {
        FACTOR_slots,    FACTOR_ring,     FACTOR_msg_bytes, FACTOR_msg_align, FACTOR_separation,
        FACTOR_capacity, FACTOR_messages, FACTOR_batch,     FACTOR_api,       FACTOR_sizes};
    const std::set<int> graphs = {FACTOR_engine, FACTOR_topology, FACTOR_stages,   FACTOR_work_ns,
                                  FACTOR_wait,   FACTOR_fuse,     FACTOR_allocator};
    const std::set<int> of_some_rings = {FACTOR_defer, FACTOR_prefetch_write, FACTOR_prefetch_read,
                                         FACTOR_copy};
    std::set<int> all = rings;
    all.insert(FACTOR_poll);
    const struct {
        enum kernel kernel;
        std::set<int> unused;
    } expected[] = {
        {KERNEL_stream, {}},
        {KERNEL_pingpong, batches},
        {KERNEL_graph, {FACTOR_separation, FACTOR_api, FACTOR_sizes, FACTOR_poll, FACTOR_slots}},
        {KERNEL_wake, all},
        {KERNEL_line_pingpong, rings},
        {KERNEL_line_pingpong_1, rings},
        {KERNEL_line_pingpong_2, rings},
        {KERNEL_line_stream, rings},
        {KERNEL_memcpy, all},
        {KERNEL_timer, all}};
    static_assert(sizeof expected / sizeof expected[0] == KERNELS, "a kernel is left out");
    for (const auto &e : expected) {
        struct cell c = with(FACTOR_kernel, kernel_table[e.kernel].name);
        cell_normalise(&c);
        std::set<int> unused = e.unused;
        unused.insert(of_some_rings.begin(), of_some_rings.end()); /* not of the default one */
        if (e.kernel != KERNEL_graph)
            unused.insert(graphs.begin(), graphs.end());
        if (e.kernel == KERNEL_wake)
            unused.erase(FACTOR_wait);
        for (int f = 0; f < FACTORS; f++) {
            EXPECT_EQ(c.value[f] == FACTOR_UNUSED, unused.count(f) > 0)
                << kernel_table[e.kernel].name << ", " << factor_table[f].name;
            EXPECT_EQ(factor_used(static_cast<enum factor>(f), &c), unused.count(f) == 0);
        }
    }
}

/* What a ring does not heed makes no cell of its own. */
TEST(CellNormalise, MarksWhatARingDoesNotHeed)
{
    const struct {
        const char *kernel, *ring, *api, *msg_bytes;
        std::set<int> used;
    } expected[] = {
        {"stream", "cached", "copy", "8", {FACTOR_slots}},
        {"stream", "cached", "copy", "1024", {FACTOR_slots, FACTOR_copy}},
        {"pingpong", "cached", "copy", "4096", {FACTOR_slots, FACTOR_copy}},
        {"stream", "padded", "copy", "4096", {}},
        {"stream", "chunked", "copy", "4096", {FACTOR_slots, FACTOR_copy}},
        {"stream",
         "chunked",
         "span",
         "4096",
         {FACTOR_slots, FACTOR_prefetch_write, FACTOR_prefetch_read}},
        {"stream", "credit", "copy", "8", {FACTOR_slots, FACTOR_defer}},
        {"stream",
         "lazy",
         "span",
         "8",
         {FACTOR_slots, FACTOR_defer, FACTOR_prefetch_write, FACTOR_prefetch_read}},
        {"pingpong", "lazy", "span", "8", {FACTOR_slots, FACTOR_defer}},
        {"stream",
         "lazy",
         "held",
         "8",
         {FACTOR_slots, FACTOR_defer, FACTOR_prefetch_write, FACTOR_prefetch_read}},
        {"stream", "iffq", "copy", "8", {FACTOR_prefetch_write, FACTOR_prefetch_read}},
        {"stream", "biffq", "copy", "8", {FACTOR_prefetch_write, FACTOR_prefetch_read}},
        {"pingpong", "iffq", "copy", "8", {}},
        {"stream", "fastforward", "copy", "8", {}},
        {"graph", "lazy", "copy", "4096", {}},
        {"line-stream", "lazy", "span", "4096", {}},
    };
    for (const auto &e : expected) {
        struct cell c = with(FACTOR_kernel, e.kernel);
        c.value[FACTOR_ring] = parse(FACTOR_ring, e.ring).value;
        c.value[FACTOR_api] = parse(FACTOR_api, e.api).value;
        c.value[FACTOR_msg_bytes] = parse(FACTOR_msg_bytes, e.msg_bytes).value;
        cell_normalise(&c);
        for (int f :
             {FACTOR_slots, FACTOR_defer, FACTOR_prefetch_write, FACTOR_prefetch_read, FACTOR_copy})
            EXPECT_EQ(c.value[f] != FACTOR_UNUSED, e.used.count(f) > 0)
                << text_of(c, true) << ", " << factor_table[f].name;
    }
}

/* What plots and `select` take for the default of such a factor, used or not. */
TEST(CellNormalise, WhatOnlySomeRingsHeedIs0ByDefault)
{
    int n = 0;
    for (int f = 0; f < FACTORS; f++)
        if (factor_of_rings(static_cast<enum factor>(f))) {
            EXPECT_EQ(cell_default().value[f], 0) << factor_table[f].name;
            n++;
        }
    EXPECT_EQ(n, 5);
}

/* Other engines have no ring of ours: cells that differ only in it are one. */
TEST(CellNormalise, MarksWhatAnEngineDoesNotUse)
{
    for (int64_t engine = 0; engine < ENGINES; engine++) {
        struct cell c = with(FACTOR_kernel, "graph");
        c.value[FACTOR_engine] = engine;
        cell_normalise(&c);
        const bool ours = engine == ENGINE_RINGSIDE || engine == ENGINE_RINGSIDE_BARE;
        for (int f : {FACTOR_ring, FACTOR_msg_align, FACTOR_wait, FACTOR_fuse})
            EXPECT_EQ(c.value[f] != FACTOR_UNUSED, ours) << factor_table[f].name;
        for (int f : {FACTOR_msg_bytes, FACTOR_capacity, FACTOR_batch, FACTOR_stages})
            EXPECT_NE(c.value[f], FACTOR_UNUSED) << factor_table[f].name;
    }
}

TEST(CellNormalise, MakesOneCellOfTwoThatDifferInWhatIsUnused)
{
    struct cell a = with(FACTOR_kernel, "timer"), b = a;
    b.value[FACTOR_capacity] = 64;
    b.value[FACTOR_ring] = 0;
    EXPECT_FALSE(cell_equal(&a, &b));
    cell_normalise(&a);
    cell_normalise(&b);
    EXPECT_TRUE(cell_equal(&a, &b));
    EXPECT_EQ(cell_id(&a), cell_id(&b));
    struct cell again = b;
    cell_normalise(&again);
    EXPECT_TRUE(cell_equal(&again, &b));
}

TEST(CellFormat, BriefNamesKernelRingAndWhatIsNotDefault)
{
    EXPECT_EQ(text_of(cell_default(), true), "kernel=stream ring=cached");
    EXPECT_EQ(text_of(with(FACTOR_batch, "32"), true), "kernel=stream ring=cached batch=32");
    struct cell c = with(FACTOR_kernel, "timer");
    cell_normalise(&c);
    EXPECT_EQ(text_of(c, true), "kernel=timer");
}

TEST(CellFormat, IsCutToItsRoom)
{
    struct cell c = cell_default();
    const std::string whole = text_of(c, false);
    for (size_t room = 1; room <= whole.size(); room++) {
        std::vector<char> text(room, '#');
        cell_format(&c, false, text.data(), room);
        ASSERT_LT(strnlen(text.data(), room), room);
        EXPECT_EQ(whole.compare(0, strlen(text.data()), text.data()), 0);
    }
}

TEST(Tables, NamesEnd)
{
    std::set<std::string> names;
    for (int64_t i = 0; ring_name(i) != nullptr; i++)
        names.insert(ring_name(i));
    EXPECT_EQ(names.size(), rs_ring_table_count);
    for (auto name : {kernel_name, ring_name, api_name, sizes_name, poll_name, copy_name,
                      engine_name, topology_name, wait_name, fuse_name}) {
        EXPECT_EQ(name(-1), nullptr);
        EXPECT_EQ(name(1000), nullptr);
    }
}

} /* namespace */
