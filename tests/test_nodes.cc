/* SPDX-License-Identifier: MIT */
/*
 * Shows, through the engine, that each ready-made node does what its summary says, refuses what it
 * cannot do with the name of the node and a reason, and that a file of sink.file's name is whole
 * whatever becomes of the graph.
 */
#include "node_fixture.h"

#include <chrono>
#include <thread>

namespace
{

/* A header as of 48 kHz PCM and so many bytes of data, whatever follows. */
bytes wav_header(unsigned channels, unsigned bits, uint32_t data_bytes)
{
    auto le = [](uint32_t v, int n) {
        bytes s;
        for (int i = 0; i < n; i++)
            s += (char)(v >> 8 * i);
        return s;
    };
    unsigned frame = channels * bits / 8;
    return "RIFF" + le(36 + data_bytes, 4) + "WAVEfmt " + le(16, 4) + le(1, 2) + le(channels, 2) +
           le(48000, 4) + le(48000 * frame, 4) + le(frame, 2) + le(bits, 2) + "data" +
           le(data_bytes, 4);
}

/* ---- the list ---------------------------------------------------------------------------------
 */

TEST_F(Nodes, EachKindIsDescribed)
{
    size_t n = 0;
    for (; rs_kinds_at(kinds, n) != nullptr; n++) {
        const rs_node_ops *ops = rs_kinds_at(kinds, n);
        EXPECT_EQ((uint32_t)RS_GRAPH_ABI, ops->abi) << ops->kind;
        EXPECT_EQ(ops, rs_kinds_find(kinds, ops->kind, nullptr));
        EXPECT_STRNE("", ops->summary) << ops->kind;
        for (const rs_param_spec *p = ops->params; p != nullptr && p->name != nullptr; p++)
            EXPECT_STRNE("", p->help) << ops->kind << " " << p->name;
    }
    EXPECT_GE(n, 11U);
}

/* ---- sources ----------------------------------------------------------------------------------
 */

TEST_F(Nodes, CounterSendsItsNumbersAndZeros)
{
    for (size_t msg_bytes : {8U, 12U, 64U}) {
        bytes got;
        begin();
        ASSERT_EQ("", run({add("src", "source.counter",
                               {{"count", "5000"}, {"msg_bytes", std::to_string(msg_bytes)}}),
                           add_collect(&got)}));
        ASSERT_EQ(5000 * msg_bytes, got.size());
        for (size_t i = 0; i < 5000; i++) {
            bytes want(msg_bytes, '\0');
            uint64_t number = i;
            std::memcpy(&want[0], &number, sizeof number);
            ASSERT_EQ(want, got.substr(i * msg_bytes, msg_bytes)) << i;
        }
    }
}

TEST_F(Nodes, CounterRefusesMessagesWithoutRoomForANumber)
{
    EXPECT_EQ(nullptr, add("src", "source.counter", {{"msg_bytes", "7"}}));
    EXPECT_TRUE(says(error(), {"src", "msg_bytes", "7", "8"}));
}

TEST_F(Nodes, FileIsCopiedByteForByte)
{
    bytes content;
    for (unsigned i = 0; i < 300000; i++)
        content += (char)(i * 7919U >> 5);
    std::string in = write("in", content), out = dir + "out";
    for (const char *msg_bytes : {"1", "3", "8", "100000"}) {
        begin();
        ASSERT_EQ("", run({add("src", "source.file",
                               {{"path", in}, {"format", "raw"}, {"msg_bytes", msg_bytes}}),
                           add("tee", "tee"), add("dst", "sink.file", {{"path", out}})}));
        EXPECT_TRUE(read(out) == content) << msg_bytes;
        EXPECT_FALSE(exists(out + ".part"));
        unlink(out.c_str());
    }
}

TEST_F(Nodes, AnEmptyFileIsAnEmptyStream)
{
    std::string in = write("in", ""), out = dir + "out";
    ASSERT_EQ("", run({add("src", "source.file", {{"path", in}, {"format", "raw"}}),
                       add("dst", "sink.file", {{"path", out}})}));
    EXPECT_TRUE(exists(out));
    EXPECT_EQ("", read(out));
}

TEST_F(Nodes, HalfAMessageAtTheEndIsAnErrorAndLeavesNoOutput)
{
    std::string in = write("in", "12345678abc"), out = dir + "out";
    std::string why =
        run({add("src", "source.file", {{"path", in}, {"format", "raw"}, {"msg_bytes", "8"}}),
             add("dst", "sink.file", {{"path", out}})});
    EXPECT_TRUE(says(why, {"src", in.c_str(), "3 bytes", "msg_bytes"}));
    EXPECT_FALSE(exists(out));
    EXPECT_FALSE(exists(out + ".part"));
}

TEST_F(Nodes, WhatCannotBeReadIsRefusedByName)
{
    bytes data(200, 'x');
    const struct {
        bytes content;
        settings with;
        std::initializer_list<const char *> says;
    } cases[] = {
        {wav_header(1, 16, 400) + data, {}, {"400", "200", "truncated"}},
        {wav_header(1, 24, 198) + data, {}, {"24-bit", "convert"}},
        {wav_header(2, 16, 200) + data, {{"channel", "3"}}, {"channel = 3", "2"}},
        {"not sound at all", {}, {"no WAV", "raw"}},
        {wav_header(1, 16, 200) + data, {{"format", "mp3"}}, {"mp3", "wav", "raw"}},
    };
    for (const auto &c : cases) {
        settings with = c.with;
        with["path"] = write("in.wav", c.content);
        EXPECT_EQ(nullptr, add("src", "source.file", with));
        EXPECT_TRUE(says(error(), {"src"}));
        EXPECT_TRUE(says(error(), c.says));
    }
    EXPECT_EQ(nullptr, add("src", "source.file", {{"path", dir + "none"}}));
    EXPECT_TRUE(says(error(), {"src", (dir + "none").c_str(), "No such file"}));
    EXPECT_EQ(nullptr, add("src", "source.file", {}));
    EXPECT_TRUE(says(error(), {"src", "path"}));
}

/* A pipe does not tell its length before it ends. */
TEST_F(Nodes, AWavThatEndsEarlyIsAnErrorAndLeavesNoOutput)
{
    std::string fifo = dir + "fifo", out = dir + "out";
    ASSERT_EQ(0, mkfifo(fifo.c_str(), 0600));
    std::thread writer([&] {
        std::ofstream(fifo, std::ios::binary) << wav_header(1, 16, 400000) << bytes(100000, 'x');
    });
    std::string why = run(
        {add("src", "source.file", {{"path", fifo}}), add("dst", "sink.file", {{"path", out}})});
    writer.join();
    EXPECT_TRUE(says(why, {"src", fifo.c_str(), "150000 frames", "truncated"}));
    EXPECT_FALSE(exists(out));
}

TEST_F(Nodes, WavGoesRoundThroughAFile)
{
    std::string mid = dir + "mid.wav", text = dir + "text";
    bytes got;
    ASSERT_EQ("", run({add("src", "source.file", {{"path", "tests/golden/dsp/synthetic.wav"}}),
                       add("dst", "sink.file", {{"path", mid}, {"format", "wav"}})}));
    begin();
    ASSERT_EQ("", run({add("src", "source.file", {{"path", mid}}), add_collect(&got)}));
    samples x = floats(got);
    bytes pcm = read("tests/golden/dsp/synthetic.wav").substr(44);
    ASSERT_EQ(pcm.size() / 2, x.size());
    for (size_t i = 0; i < x.size(); i++) {
        int16_t v;
        std::memcpy(&v, &pcm[2 * i], 2);
        ASSERT_EQ((float)v / 32768, x[i]) << i;
    }
}

/* ---- sinks ------------------------------------------------------------------------------------
 */

TEST_F(Nodes, TextIsANumberALine)
{
    samples x = {0, 0.5F, 0.1F, 16777216};
    ASSERT_EQ("", run({add_feed(&x),
                       add("dst", "sink.file", {{"path", dir + "t"}, {"format", "text"}})}));
    EXPECT_EQ("0\n0.5\n0.100000001\n16777216\n", read(dir + "t"));
}

TEST_F(Nodes, TextAndWavAreForSamplesOnly)
{
    for (const char *format : {"text", "wav"}) {
        begin();
        std::string why = run({add("src", "source.counter", {{"count", "1"}}),
                               add("dst", "sink.file", {{"path", dir + "t"}, {"format", format}})});
        EXPECT_TRUE(says(why, {"src", "dst", "f32"}));
    }
}

TEST_F(Nodes, AFullDiskIsAnErrorAndLeavesNoOutput)
{
    for (const char *count : {"1", "1000000"}) { /* noticed at the close, noticed under way */
        std::string out = dir + "out";
        ASSERT_EQ(0, symlink("/dev/full", (out + ".part").c_str()));
        begin();
        std::string why = run({add("src", "source.counter", {{"count", count}}),
                               add("dst", "sink.file", {{"path", out}})});
        EXPECT_TRUE(says(why, {"dst", out.c_str(), "No space left"})) << count;
        EXPECT_FALSE(exists(out));
        EXPECT_FALSE(exists(out + ".part"));
    }
}

TEST_F(Nodes, AFolderThatIsNotThereIsNamed)
{
    std::string out = dir + "none/out";
    std::string why =
        run({add("src", "source.counter", {}), add("dst", "sink.file", {{"path", out}})});
    EXPECT_TRUE(says(why, {"dst", out.c_str(), "No such file"}));
}

TEST_F(Nodes, StoppedAtOnceItLeavesNoOutputAndTheOldFileAsItWas)
{
    std::string out = write("out", "old");
    ASSERT_EQ(0, connect(add("src", "source.counter"), add("dst", "sink.file", {{"path", out}})));
    ASSERT_EQ(0, rs_graph_start(graph)) << error();
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    EXPECT_TRUE(exists(out + ".part"));
    rs_graph_stop(graph, RS_STOP_NOW);
    rs_graph_wait(graph, 10);
    EXPECT_EQ("old", read(out));
    EXPECT_FALSE(exists(out + ".part"));
}

TEST_F(Nodes, StoppedByDrainingItLeavesAWholeFile)
{
    std::string out = dir + "out";
    ASSERT_EQ(0, connect(add("src", "source.counter"), add("dst", "sink.file", {{"path", out}})));
    ASSERT_EQ(0, rs_graph_start(graph)) << error();
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    rs_graph_stop(graph, RS_STOP_DRAIN);
    ASSERT_EQ(0, rs_graph_wait(graph, 10)) << error();
    std::vector<uint64_t> got = numbers(read(out));
    ASSERT_FALSE(got.empty());
    for (size_t i = 0; i < got.size(); i++)
        ASSERT_EQ(i, got[i]);
}

/* ---- maps -------------------------------------------------------------------------------------
 */

TEST_F(Nodes, GainMultiplies)
{
    samples x = ramp(1000);
    rs_edge_options apart = {};
    apart.align = 64;
    for (const rs_edge_options *o :
         {(const rs_edge_options *)nullptr, (const rs_edge_options *)&apart}) {
        bytes got;
        begin();
        ASSERT_EQ(
            "",
            run({add_feed(&x), add("gain", "map.gain", {{"gain", "-0.5"}}), add_collect(&got)}, o));
        samples y = floats(got);
        ASSERT_EQ(x.size(), y.size());
        for (size_t i = 0; i < x.size(); i++)
            ASSERT_EQ(-0.5F * x[i], y[i]);
    }
}

TEST_F(Nodes, FirGivesItsTapsForAnImpulse)
{
    samples x(300), want(300);
    x[150] = 1;
    want[150] = 0.25F;
    want[151] = 0.5F;
    want[152] = -0.25F;
    rs_edge_options apart = {};
    apart.align = 64;
    std::string file = write("taps", "# three\n0.25\n0.5\n-0.25\n");
    for (const std::string &taps : {std::string("0.25, 0.5, -0.25"), file})
        for (bool spread : {false, true}) {
            bytes got;
            begin();
            ASSERT_EQ(
                "", run({add_feed(&x), add("fir", "map.fir", {{"taps", taps}}), add_collect(&got)},
                        spread ? &apart : nullptr));
            EXPECT_EQ(want, floats(got)) << taps;
        }
}

TEST_F(Nodes, FirRefusesWhatIsNoFilter)
{
    EXPECT_EQ(nullptr, add("fir", "map.fir"));
    EXPECT_TRUE(says(error(), {"fir", "taps", "lowpass", "none"}));
    EXPECT_EQ(nullptr, add("fir", "map.fir", {{"taps", "1"}, {"lowpass", "100"}}));
    EXPECT_TRUE(says(error(), {"fir", "taps", "lowpass", "one of them"}));
    EXPECT_EQ(nullptr, add("fir", "map.fir", {{"taps", "1,x"}}));
    EXPECT_TRUE(says(error(), {"fir", "1,x", "tap 2"}));
    EXPECT_EQ(nullptr, add("fir", "map.fir", {{"taps", dir + "none"}}));
    EXPECT_TRUE(says(error(), {"fir", (dir + "none").c_str(), "No such file"}));
    EXPECT_EQ(nullptr, add("fir", "map.fir", {{"lowpass", "30000"}}));
    EXPECT_TRUE(says(error(), {"fir", "lowpass", "24000"}));
}

TEST_F(Nodes, SpinSpendsItsTimeAndChangesNothing)
{
    bytes got;
    auto begun = std::chrono::steady_clock::now();
    ASSERT_EQ("", run({add("src", "source.counter", {{"count", "2000"}}),
                       add("spin", "map.spin", {{"ns", "20000"}}), add_collect(&got)}));
    std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
    EXPECT_GT(took.count(), 0.5 * 2000 * 20e-6);
    std::vector<uint64_t> n = numbers(got);
    ASSERT_EQ(2000U, n.size());
    for (size_t i = 0; i < n.size(); i++)
        ASSERT_EQ(i, n[i]);
}

TEST_F(Nodes, TeeAndMergeAreTheEndsOfParallelBranches)
{
    bytes whole, joined;
    rs_node *src = add("src", "source.counter", {{"count", "10000"}}), *tee = add("tee", "tee");
    rs_node *merge = add("merge", "merge"), *nowhere = add("null", "sink.null");
    ASSERT_EQ(0, connect(src, tee));
    ASSERT_EQ(0, connect(tee, add_collect(&whole, "whole")));
    ASSERT_EQ(0, connect(tee, nowhere));
    for (const char *name : {"a", "b"}) {
        rs_node *branch = add(name, "map.spin", {{"ns", "0"}});
        ASSERT_EQ(0, connect(tee, branch));
        ASSERT_EQ(0, connect(branch, merge));
    }
    ASSERT_EQ("", run({merge, add_collect(&joined, "joined")}));
    EXPECT_EQ(10000U, numbers(whole).size());
    std::map<uint64_t, int> times;
    for (uint64_t n : numbers(joined))
        times[n]++;
    ASSERT_EQ(10000U, times.size());
    for (const auto &t : times)
        ASSERT_EQ(2, t.second) << t.first;
}

} // namespace
