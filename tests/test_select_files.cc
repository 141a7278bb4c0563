/* SPDX-License-Identifier: MIT */
/*
 * Shows that `ringside select` refuses damaged input and wrong options, reports what it cannot
 * write, and writes a header that compiles in both languages, carries messages and cannot be made
 * to carry anything else.
 */
#include "rings/ring.h"
#include "select_fixture.h"

#include <gtest/gtest.h>

namespace
{

/* Rounds in which cached is the fastest by far. */
void clear_winner(Sweep &run)
{
    run.stream("padded", 10).stream("cached", 6).stream("chunked", 7).aa(6);
}

/* ---- input -------------------------------------------------------------------------------- */

TEST(SelectInput, UnknownOptionsAndLevelsNameTheNearest)
{
    Sweep run;
    clear_winner(run);
    Answer a = run.select("--max-memry 3");
    EXPECT_EQ(a.code, 2);
    EXPECT_NE(a.err.find("'--max-memory'"), std::string::npos) << a.err;
    a = run.select("--allow flush,zero");
    EXPECT_EQ(a.code, 2);
    EXPECT_NE(a.err.find("no condition 'zero'; give words of flush,nonzero,mirrored"),
              std::string::npos)
        << a.err;
    a = run.select("--poll paus");
    EXPECT_EQ(a.code, 2);
    EXPECT_NE(a.err.find("'pause'"), std::string::npos) << a.err;
    a = run.select("--capacity 4096");
    EXPECT_EQ(a.code, 2);
    EXPECT_NE(a.err.find("the run has: 1024"), std::string::npos) << a.err;
}

TEST(SelectInput, ImpossibleValuesAreUsageErrors)
{
    Sweep run;
    clear_winner(run);
    for (const char *words :
         {"--allow", "--allow flush,", "--allow=", "--max-rtt-ns", "--max-rtt-ns x",
          "--max-rtt-ns nan", "--max-memory -1", "--seed -1", "--weight-throughput 0",
          "--min-margin 2", "--batch 0", "other", "-x", "--seed="})
        EXPECT_EQ(run.select(words).code, 2) << words;
}

TEST(SelectInput, MissingFolderAndMissingSamples)
{
    Sweep run;
    EXPECT_EQ(run.command("select /nonexistent/run").code, 2);
    EXPECT_EQ(run.command("select").code, 2);
    EXPECT_EQ(run.select().code, 2); /* not the folder of a sweep */
    run.raw("");
    EXPECT_EQ(run.select().code, 5); /* a sweep without rounds */
    EXPECT_EQ(run.command("select --help").code, 0);
}

TEST(SelectInput, DamagedRecordsAreRefused)
{
    const char *const damage[][2] = {
        {"\"ring\":\"cached\"", "\"ring\":\"../../etc/passwd\""},
        {"\"ring\":\"cached\"", "\"ring\":\"cached\\\"; system(0)\""},
        {"\"ring\":\"cached\"", "\"ring\":null"},
        {"\"ring\":\"cached\"", "\"ring\":17"},
        {"\"separation\":128", "\"separation\":96"},
        {"\"msg_align\":1", "\"msg_align\":\"1\\n#error\""},
        {"\"kernel\":\"stream\"", "\"kernel\":\"stream2\""},
        {"\"kernel\":\"stream\"", "\"kernel\":null"},
        {"\"status\":\"ok\"", "\"status\":\"fine\""},
        {"{", "x"},
    };
    for (const auto &d : damage) {
        Sweep run;
        clear_winner(run);
        run.replace_first(d[0], d[1]);
        Answer a = run.select();
        EXPECT_EQ(a.code, 5) << d[1];
        EXPECT_FALSE(run.has("ring_selected.h")) << d[1];
    }
}

TEST(SelectInput, TornLastLineIsLeftOutAndSaid)
{
    Sweep run;
    clear_winner(run);
    run.raw(run.text() + "{\"cell\":\"12");
    Answer a = run.select();
    EXPECT_EQ(a.selected(), "cached");
    EXPECT_NE(a.err.find("torn"), std::string::npos);
}

TEST(SelectOutput, UnwritableFoldersAreIncomplete)
{
    Sweep run;
    clear_winner(run);
    EXPECT_EQ(run.select("--out /dev/null/x").code, 4);
    EXPECT_EQ(run.select("--out /proc/nothing").code, 4);
    EXPECT_EQ(run.select("> /dev/full").code, 4);
}

TEST(SelectOutput, OutIsMadeAndTheRunIsLeftAlone)
{
    Sweep run;
    clear_winner(run);
    EXPECT_EQ(run.select("--out " + run.path("chosen")).code, 0);
    EXPECT_TRUE(run.has("chosen/ring_selected.h"));
    EXPECT_TRUE(run.has("chosen/selection.json"));
    EXPECT_FALSE(run.has("ring_selected.h"));
}

/* ---- header ------------------------------------------------------------------------------- */

TEST(SelectHeader, PollsAsWasMeasured)
{
    const std::pair<const char *, const char *> expected[] = {
        {"spin", "(void)0;"}, {"pause", "    rs_pause();"}, {"yield", "sched_yield();"},
        {"pause4", "i < 4;"}, {"pause16", "i < 16;"},       {"fence", "rs_pause_fence();"}};
    for (const auto &each : expected) {
        SCOPED_TRACE(each.first);
        Sweep run;
        run.stream("cached", 6, {{"poll", std::string("\"") + each.first + "\""}});
        ASSERT_EQ(run.select().selected(), "cached");
        const std::string header = run.text("ring_selected.h");
        const size_t at = header.find("rs_selected_poll(void)");
        ASSERT_NE(at, std::string::npos);
        EXPECT_LT(header.find(each.second, at), header.find("\n}\n", at));
        run.write("orders.c", file_text("examples/selected.c"));
        EXPECT_EQ(run.compile_and_run("CC", "gcc", "-x c -std=c11", "orders.c"), "");
    }
}

TEST(SelectHeader, CompilesAndCarriesMessagesWhicheverRing)
{
    for (size_t i = 0; i < rs_ring_table_count; i++) {
        const rs_ring_entry &entry = rs_ring_table[i];
        if (entry.ops->caps & (RS_CONTROL | RS_MIRRORED))
            continue; /* another one's slot memory: RecordsAndMirrors */
        SCOPED_TRACE(entry.name);
        for (const char *align : {"1", "64"}) {
            Sweep run;
            run.stream(entry.name, 2, {{"separation", "64"}, {"msg_align", align}}).aa(9);
            ASSERT_EQ(run.select("--allow flush,nonzero").selected(), entry.name);
            run.write("orders.c", file_text("examples/selected.c"));
            EXPECT_EQ(run.compile_and_run("CC", "gcc", "-x c -std=c11", "orders.c"), "");
            EXPECT_EQ(run.compile_and_run("CXX", "g++", "-x c++ -std=c++17", "orders.c"), "");
            const std::string header = run.text("ring_selected.h");
            EXPECT_EQ(header.find("\n *   flush ") != std::string::npos,
                      (entry.ops->caps & RS_NEEDS_FLUSH) != 0);
            EXPECT_EQ(header.find("\n *   nonzero ") != std::string::npos,
                      (entry.ops->caps & RS_NONZERO_ONLY) != 0);
        }
    }
}

/* Uses each operation of a ring with spans. */
static const char every_operation[] = R"(
#include "ring_selected.h"
#include <stdlib.h>

static int lend(rs_selected *r)
{
    struct rs_span s;
    uint64_t m = 7;
    if (rs_selected_reserve(r, 2, &s) != 2 || rs_selected_reserve_all(r, 99999, &s) != 0 ||
        rs_selected_reserve_all(r, 1, &s) != 1)
        return 1;
    memcpy(rs_span_at(&s, 0), &m, sizeof m);
    rs_selected_commit(r, 1);
    if (rs_selected_peek_all(r, 2, &s) != 0 || rs_selected_peek(r, 2, &s) != 1)
        return 2;
    memcpy(&m, rs_span_at(&s, 0), sizeof m);
    rs_selected_release(r, 1);
    return m != 7;
}

int main(void)
{
    static rs_selected r;
    uint64_t in[4] = {1, 2, 3, 4}, out[4] = {0, 0, 0, 0};
    struct rs_config cfg = RS_SELECTED_CONFIG(sizeof in[0]);
    void *mem = aligned_alloc(rs_slots_align(cfg.msg_align),
                              rs_selected_bytes(cfg.capacity, cfg.msg_bytes, cfg.msg_align));
    if (mem == NULL || rs_selected_init(&r, mem, &cfg) != 0 || lend(&r) != 0)
        return 1;
    if (rs_selected_push_n(&r, in, 3, sizeof in[0]) != 3 || rs_selected_count(&r) != 3 ||
        !rs_selected_push(&r, &in[3], sizeof in[3]))
        return 2;
    rs_selected_flush(&r);
    if (rs_selected_pop_n(&r, out, 3, sizeof out[0]) != 3 ||
        !rs_selected_pop(&r, &out[3], sizeof out[3]) || memcmp(in, out, sizeof in) != 0)
        return 3;
    rs_selected_close(&r);
    rs_selected_poll();
    free(mem);
    return rs_selected_closed(&r) && RS_SELECTED_API_SPAN && RS_SELECTED_BATCH == 32 ? 0 : 4;
}
)";

/* Every operation that the ring has is there, and lends and batches work. */
TEST(SelectHeader, HasEveryOperation)
{
    Sweep run;
    run.stream("chunked", 2, {{"api", "\"span\""}, {"batch", "32"}}).aa(9);
    ASSERT_EQ(run.select().selected(), "chunked");
    run.write("all.c", every_operation);
    EXPECT_EQ(run.compile_and_run("CC", "gcc", "-x c -std=c11", "all.c"), "");
    EXPECT_EQ(run.compile_and_run("CXX", "g++", "-x c++ -std=c++17", "all.c"), "");
}

static const char held_operation[] = R"(
#include "ring_selected.h"

int main(void)
{
    static rs_selected r;
    static _Alignas(RS_SELECTED_SEPARATION) unsigned char slots[RS_SELECTED_CAPACITY * 8];
    const struct rs_config cfg = RS_SELECTED_CONFIG(8);
    uint64_t in = 7, out = 0;
    rs_selected_producer p;
    rs_selected_consumer c;
    if (rs_selected_init(&r, slots, &cfg) != 0)
        return 1;
    rs_selected_take_producer(&r, &p);
    rs_selected_take_consumer(&r, &c);
    if (!rs_selected_push_held(&r, &p, &in, sizeof in) ||
        !rs_selected_pop_held(&r, &c, &out, sizeof out) || out != in)
        return 2;
    rs_selected_put_producer(&r, &p);
    rs_selected_put_consumer(&r, &c);
    return rs_selected_count(&r) == 0 && RS_SELECTED_API_HELD == 1 ? 0 : 3;
}
)";

TEST(SelectHeader, HasWhatHoldsASide)
{
    Sweep run;
    run.stream("cached", 2, {{"api", "\"held\""}}).aa(9);
    ASSERT_EQ(run.select().selected(), "cached");
    run.write("held.c", held_operation);
    EXPECT_EQ(run.compile_and_run("CC", "gcc", "-x c -std=c11", "held.c"), "");
}

static const char mirrored_operation[] = R"(
#include "ring_selected.h"

int main(void)
{
    static rs_selected r;
    const struct rs_config cfg = RS_SELECTED_CONFIG(8);
    const size_t bytes = rs_selected_bytes(cfg.capacity, cfg.msg_bytes, cfg.msg_align);
    uint64_t in = 7, out = 0;
    void *mem = NULL;
    if (rs_mirror_map(bytes, &mem) != 0 || rs_selected_init(&r, mem, &cfg) != 0)
        return 1;
    if (!rs_selected_push(&r, &in, sizeof in) || !rs_selected_pop(&r, &out, sizeof out))
        return 2;
    rs_mirror_unmap(mem, bytes);
    return in == out ? 0 : 3;
}
)";

static const char record_operations[] = R"(
#include "ring_selected.h"
#include <stdlib.h>

int main(void)
{
    static rs_selected r;
    const struct rs_config cfg = RS_SELECTED_CONFIG(8);
    struct rs_record record;
    void *mem = aligned_alloc(rs_slots_align(cfg.msg_align),
                              rs_selected_bytes(cfg.capacity, cfg.msg_bytes, cfg.msg_align));
    if (mem == NULL || rs_selected_init(&r, mem, &cfg) != 0)
        return 1;
    if (rs_selected_claim(&r, (size_t)-1 / 2, &record) != -EMSGSIZE ||
        rs_selected_claim(&r, 5, &record) != 0)
        return 2;
    rs_selected_abort_record(&r);
    if (rs_selected_claim(&r, 100, &record) != 0)
        return 3;
    memcpy(record.data, "seven", 5);
    rs_selected_commit_record(&r, 5);
    if (!rs_selected_next_record(&r, &record) || record.bytes != 5 ||
        memcmp(record.data, "seven", 5) != 0)
        return 4;
    rs_selected_release_record(&r);
    free(mem);
    return 0;
}
)";

/* Slot memory that is mapped twice, only where it is allowed; and records. */
TEST(SelectHeader, RecordsAndMirrors)
{
    Sweep mirrored, records;
    mirrored.stream("mirrored", 2).stream("cached", 3).aa(3);
    EXPECT_EQ(mirrored.select().selected(), "cached");
    ASSERT_EQ(mirrored.select("--allow mirrored").selected(), "mirrored");
    mirrored.write("mirror.c", mirrored_operation);
    EXPECT_EQ(mirrored.compile_and_run("CC", "gcc", "-x c -std=c11 -D_GNU_SOURCE", "mirror.c"), "");
    EXPECT_EQ(mirrored.compile_and_run("CXX", "g++", "-x c++ -std=c++17", "mirror.c"), "");
    records.stream("bytering", 2).aa(9);
    ASSERT_EQ(records.select().selected(), "bytering");
    records.write("records.c", record_operations);
    EXPECT_EQ(records.compile_and_run("CC", "gcc", "-x c -std=c11", "records.c"), "");
    EXPECT_EQ(records.compile_and_run("CXX", "g++", "-x c++ -std=c++17", "records.c"), "");
}

TEST(SelectHeader, RefusesAnotherSeparationWithAMessage)
{
    Sweep run;
    clear_winner(run);
    run.select();
    run.write("use.c", "#include \"ring_selected.h\"\nint main(void) { return 0; }\n");
    EXPECT_EQ(run.compile_and_run("CC", "gcc", "-DRS_SEPARATION=128", "use.c"), "");
    EXPECT_NE(
        run.compile_and_run("CC", "gcc", "-DRS_SEPARATION=64", "use.c").find("was chosen with"),
        std::string::npos);
}

/* What stands in a manifest ends up in a comment and must not get out of it. */
TEST(SelectHeader, ManifestCannotInjectCode)
{
    Sweep run;
    clear_winner(run);
    run.write("manifest.json",
              R"({"machine":"*/ #error out /* \u202e x","commit":"a*/\n#error b",)"
              R"("command":["ringside","*/","/*","a\n#error c"],"plan":{"name":"p??/"}})");
    Answer a = run.select("--json");
    EXPECT_EQ(a.selected(), "cached");
    run.write("use.c", "#include \"ring_selected.h\"\nint main(void) { return 0; }\n");
    EXPECT_EQ(run.compile_and_run("CC", "gcc", "-std=c11", "use.c"), "");
    EXPECT_EQ(run.select().out.find('\x1b'), std::string::npos);
}

TEST(SelectHeader, CarriesLicenceEvidenceAndCommand)
{
    Sweep run;
    clear_winner(run);
    run.select();
    std::string header = run.text("ring_selected.h");
    for (const char *words : {"Permission is hereby granted", "ringside sweep quick", "abc1234",
                              "Test cpu", "<- selected", "95% interval", "RS_SELECTED_CAPACITY"})
        EXPECT_NE(header.find(words), std::string::npos) << words;
    EXPECT_EQ(header.find("#include \""), std::string::npos);
}

TEST(SelectHeader, DocumentShowsTheProgramThatIsTested)
{
    std::string program = file_text("examples/selected.c");
    program.erase(0, program.find("/* One thread"));
    EXPECT_NE(file_text("docs/using-a-selected-ring.md").find("```c\n" + program + "```\n"),
              std::string::npos);
}

} // namespace
