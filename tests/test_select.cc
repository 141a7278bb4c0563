/* SPDX-License-Identifier: MIT */
/*
 * Shows that `ringside select` names the right ring from rounds whose truth is known, and says why
 * when it cannot.
 * The command is run as a user runs it, on samples.jsonl files made here.
 */
#include "select_fixture.h"

#include <gtest/gtest.h>

namespace
{

/* Rounds in which cached is the fastest by far. */
void clear_winner(Sweep &run)
{
    run.stream("padded", 10).stream("cached", 6).stream("chunked", 7).aa(6);
}

TEST(Select, NamesTheClearWinner)
{
    Sweep run;
    clear_winner(run);
    Answer a = run.select();
    EXPECT_EQ(a.code, 0) << a.err;
    EXPECT_EQ(a.selected(), "cached");
    EXPECT_NEAR(a.number("padded", "ratio"), 10.0 / 6, 0.05);
    EXPECT_EQ(a.status("padded"), "beaten");
    EXPECT_EQ(a.status("chunked"), "beaten");
    EXPECT_NE(a.out.find("Selected: cached separation=128 msg_align=1"), std::string::npos);
    EXPECT_TRUE(run.has("ring_selected.h"));
    EXPECT_EQ(a.json["candidates"].size(), 3u);
}

TEST(Select, SameInputAndSeedGiveTheSameAnswer)
{
    Sweep run;
    clear_winner(run);
    EXPECT_EQ(run.select("--json").out, run.select("--json").out);
    EXPECT_NE(run.select("--json").out, run.select("--json --seed 2").out);
}

TEST(Select, BreaksATieToTheSimplerRing)
{
    Sweep run;
    run.stream("padded", 10).stream("cached", 6.04).stream("chunked", 6).aa(6);
    Answer a = run.select();
    EXPECT_EQ(a.code, 0) << a.err;
    EXPECT_EQ(a.selected(), "cached");
    EXPECT_EQ(a.status("chunked"), "tied");
    EXPECT_NE(a.out.find("and is simpler"), std::string::npos);
}

TEST(Select, BreaksATieToTheSmallerSeparation)
{
    Sweep run;
    run.stream("cached", 6, {{"separation", "256"}}).stream("cached", 6, {{"separation", "64"}});
    run.stream("padded", 9, {{"separation", "64"}}).aa(6);
    EXPECT_EQ(run.select().json["selected"]["separation"].text(), "64");
}

/* A candidate with a wide interval is tied with everything; that must not let it win. */
TEST(Select, DoesNotTakeASimplerRingOnlyBecauseItIsUncertain)
{
    Sweep run;
    run.noise(0.15).stream("naive", 6.8).noise(0.005).stream("cached", 6).aa(6);
    Answer a = run.select();
    EXPECT_EQ(a.code, 0) << a.err;
    EXPECT_EQ(a.selected(), "cached");
}

TEST(Select, PicksTheBetterApiOfEachCandidate)
{
    Sweep run;
    run.stream("cached", 6).stream("chunked", 6).stream("chunked", 3, {{"api", "\"span\""}}).aa(6);
    Answer a = run.select();
    EXPECT_EQ(a.selected(), "chunked");
    EXPECT_EQ(a.json["selected"]["api"].text(), "span");
    Answer copy = run.select("--api copy");
    EXPECT_EQ(copy.selected(), "cached");
    EXPECT_NE(copy.out.find("with any API: chunked"), std::string::npos) << copy.out;
}

/* A ring that wins only when it is tuned does not win: the header would not tune it. */
TEST(Select, ComparesRingsAsTheyCome)
{
    Sweep run;
    run.stream("cached", 6).stream("lazy", 8).aa(6);
    run.stream("lazy", 2, {{"defer", "16"}});
    Answer a = run.select("--allow flush");
    EXPECT_EQ(a.selected(), "cached");
    EXPECT_EQ(a.status("lazy"), "beaten");
}

TEST(Select, SpanConstraintEliminatesRingsWithoutSpans)
{
    Sweep run;
    run.stream("cached", 6).stream("chunked", 9).stream("chunked", 8, {{"api", "\"span\""}}).aa(6);
    Answer a = run.select("--api=span");
    EXPECT_EQ(a.selected(), "chunked");
    EXPECT_EQ(a.gate("cached"), "capable");
}

/* A ring that cannot simply take another one's place wins only if the program can meet its
 * conditions, all of them. */
TEST(Select, RingsWithConditionsAreLeftOutUnlessAllowed)
{
    Sweep run;
    run.stream("cached", 6).stream("lazy", 4).stream("iffq", 3).stream("biffq", 2).aa(6);
    Answer a = run.select();
    EXPECT_EQ(a.selected(), "cached");
    EXPECT_EQ(a.json["selected"]["conditions"].size(), 0u);
    for (const char *ring : {"lazy", "iffq", "biffq"})
        EXPECT_EQ(a.gate(ring), "capable") << ring;
    for (const char *words :
         {"must flush before it waits, goes idle or closes; --allow flush admits it",
          "takes no message whose first word is 0; --allow nonzero admits it",
          "closes, and it takes no message whose first word is 0; --allow flush,nonzero admits it",
          "with --allow flush,nonzero: biffq"})
        EXPECT_NE(a.out.find(words), std::string::npos) << words << "\n" << a.out;
    EXPECT_EQ(a.candidate("biffq")["conditions"].size(), 2u);
    EXPECT_EQ(run.select("--allow flush").selected(), "lazy");
    EXPECT_EQ(run.select("--allow=nonzero").selected(), "iffq");
    Answer all = run.select("--allow nonzero,flush");
    EXPECT_EQ(all.selected(), "biffq");
    EXPECT_EQ(all.json["options"]["allow"].size(), 2u);
    EXPECT_EQ(all.json["selected"]["conditions"].size(), 2u);
    EXPECT_NE(all.out.find("Condition (flush)"), std::string::npos) << all.out;
    EXPECT_NE(all.out.find("Condition (nonzero)"), std::string::npos) << all.out;
    EXPECT_EQ(all.out.find("with --allow"), std::string::npos) << all.out;
}

/* ---- gates -------------------------------------------------------------------------------- */

TEST(Select, FailedRoundEliminatesTheFastest)
{
    for (const char *status : {"failed", "crashed", "timeout"}) {
        Sweep run;
        clear_winner(run);
        run.bad_round("cached", status);
        Answer a = run.select();
        EXPECT_EQ(a.selected(), "chunked") << status;
        EXPECT_EQ(a.gate("cached"), "correct") << status;
    }
}

TEST(Select, FailureCountsOutsideTheFiltersAndTimeoutsDoNot)
{
    for (const char *status : {"failed", "timeout"}) {
        Sweep run;
        clear_winner(run);
        run.bad_round("cached", status, {{"capacity", "64"}});
        Answer a = run.select("--capacity 1024");
        EXPECT_EQ(a.selected(), status == std::string("failed") ? "chunked" : "cached");
    }
}

TEST(Select, IncompleteCandidateIsEliminated)
{
    Sweep run;
    clear_winner(run);
    run.stream("padded", 9, {{"batch", "32"}}).stream("chunked", 5, {{"batch", "32"}});
    Answer a = run.select();
    EXPECT_EQ(a.selected(), "chunked");
    EXPECT_EQ(a.gate("cached"), "complete");
    EXPECT_EQ(run.select("--batch 1").selected(), "cached");
}

TEST(Select, WorkloadOfASingleRingIsNotCompared)
{
    Sweep run;
    clear_winner(run);
    run.stream("chunked", 1, {{"batch", "32"}});
    Answer a = run.select();
    EXPECT_EQ(a.selected(), "cached");
    EXPECT_NE(a.out.find("not compared: batch=32"), std::string::npos) << a.out;
}

TEST(Select, ControlsAreShownAndNeverSelected)
{
    Sweep run;
    clear_winner(run);
    run.stream("null", 0.5).stream("mutex", 90);
    Answer a = run.select();
    EXPECT_EQ(a.selected(), "cached");
    EXPECT_NE(a.out.find("control null"), std::string::npos);
    EXPECT_EQ(a.status("null"), "eliminated");
}

TEST(Select, MaxRttIsHeldAgainstTheUpperEnd)
{
    Sweep run;
    clear_winner(run);
    run.pingpong("padded", 90).noise(0.1).pingpong("cached", 99).noise(0.005);
    run.pingpong("chunked", 80);
    Answer a = run.select("--max-rtt-ns 100");
    EXPECT_EQ(a.gate("cached"), "constraints") << a.out;
    EXPECT_EQ(a.selected(), "chunked");
    EXPECT_NE(a.out.find("without --max-rtt-ns: cached"), std::string::npos) << a.out;
}

TEST(Select, MaxMemory)
{
    Sweep run;
    clear_winner(run);
    run.ring_bytes(99999).stream("naive", 1);
    Answer a = run.select("--max-memory 50000");
    EXPECT_EQ(a.gate("naive"), "constraints");
    EXPECT_EQ(a.selected(), "cached");
    EXPECT_EQ(run.select().selected(), "naive");
}

TEST(Select, WeightsChangeTheWinnerAndTheReportSaysSo)
{
    Sweep run;
    clear_winner(run);
    run.pingpong("padded", 50).pingpong("cached", 99).pingpong("chunked", 98);
    Answer a = run.select();
    EXPECT_EQ(a.selected(), "cached");
    EXPECT_NE(a.out.find("round trip alone (--weight-throughput 0 --weight-rtt 1): padded"),
              std::string::npos)
        << a.out;
    EXPECT_EQ(run.select("--weight-throughput 0 --weight-rtt 1").selected(), "padded");
    EXPECT_TRUE(a.candidate("padded")["pareto"].truth());
    EXPECT_TRUE(a.candidate("cached")["pareto"].truth());
    EXPECT_FALSE(a.candidate("chunked")["pareto"].truth());
}

TEST(Select, MarginAtWhichTheSimplerRingWinsIsStated)
{
    Sweep run;
    run.stream("padded", 6.6).stream("cached", 6).aa(6);
    Answer a = run.select();
    EXPECT_EQ(a.selected(), "cached");
    double at = 0;
    size_t where = a.out.find("a margin above ");
    ASSERT_NE(where, std::string::npos) << a.out;
    ASSERT_EQ(std::sscanf(a.out.c_str() + where, "a margin above %lf", &at), 1);
    EXPECT_NEAR(at, 10, 1.5);
    EXPECT_EQ(run.select("--min-margin " + std::to_string((at + 0.5) / 100)).selected(), "padded");
    EXPECT_EQ(run.select("--min-margin " + std::to_string((at - 0.5) / 100)).selected(), "cached");
}

/* ---- noise -------------------------------------------------------------------------------- */

TEST(Select, NoiseFloorRaisesTheMargin)
{
    Sweep run;
    run.stream("padded", 6.24).stream("cached", 6).aa(6 * 1.06);
    Answer a = run.select();
    EXPECT_EQ(a.code, 0) << a.err;
    EXPECT_GT(a.json["margin"]["used"].number(), 0.05);
    EXPECT_EQ(a.selected(), "padded"); /* 4% slower: within 6%, beyond 3% */
}

TEST(Select, DriftOfBothCandidatesCancels)
{
    Sweep run;
    run.drift(0.4).stream("padded", 6.6).stream("cached", 6).aa(6);
    Answer a = run.select();
    EXPECT_EQ(a.code, 0) << a.err;
    EXPECT_EQ(a.selected(), "cached");
    Json ratio = a.candidate("padded")["ratio_interval95"];
    EXPECT_GT(ratio[0].number(), 1.08);
    EXPECT_LT(ratio[1].number(), 1.12);
}

TEST(Select, FewDisturbedRoundsDoNotMoveTheAnswer)
{
    Sweep run;
    run.rounds(12).outliers(true).stream("naive", 20).stream("padded", 7);
    run.stream("cached", 6).stream("chunked", 8).aa(6);
    Answer a = run.select();
    EXPECT_EQ(a.code, 0) << a.out;
    EXPECT_EQ(a.selected(), "cached");
}

TEST(Select, NoDecisionOnANoisyMachine)
{
    Sweep run;
    run.noise(0.3).stream("padded", 10).stream("cached", 6).aa(6);
    Answer a = run.select();
    EXPECT_EQ(a.code, 6);
    EXPECT_EQ(a.reason(), "noise");
    EXPECT_FALSE(run.has("ring_selected.h"));
    EXPECT_NE(a.out.find("What to do:"), std::string::npos);
}

TEST(Select, NoDecisionWithFewRounds)
{
    Sweep run;
    run.rounds(5);
    clear_winner(run);
    Answer a = run.select();
    EXPECT_EQ(a.code, 6);
    EXPECT_EQ(a.reason(), "few-rounds");
}

TEST(Select, OnlyRoundsThatAllHaveCount)
{
    Sweep run;
    clear_winner(run);
    run.rounds(4).stream("naive", 20);
    Answer a = run.select();
    EXPECT_EQ(a.reason(), "few-rounds");
    EXPECT_NE(a.out.find("4, has naive"), std::string::npos) << a.out;
}

TEST(Select, NoDecisionWhenNothingPasses)
{
    Sweep run;
    clear_winner(run);
    Answer a = run.select("--max-memory 10");
    EXPECT_EQ(a.code, 6);
    EXPECT_EQ(a.reason(), "nothing-passes");
    EXPECT_NE(a.out.find("without --max-memory: cached"), std::string::npos) << a.out;
}

TEST(Select, NoDecisionWhenAGoalHasNoWorkload)
{
    Sweep run;
    clear_winner(run);
    Answer a = run.select("--weight-rtt 1");
    EXPECT_EQ(a.code, 6);
    EXPECT_EQ(a.reason(), "no-workload");
    EXPECT_NE(a.out.find("kernel = pingpong"), std::string::npos);
}

TEST(Select, NoDecisionWhenAnotherSetOfRoundsCouldNameAnother)
{
    Sweep run;
    run.rounds(8).noise(0.12).stream("padded", 6.2).stream("cached", 6);
    run.stream("chunked", 6.1).noise(0.003).aa_pair(5, 5);
    Answer a = run.select();
    EXPECT_EQ(a.code, 6) << a.out;
    EXPECT_EQ(a.reason(), "unstable");
    EXPECT_FALSE(run.has("ring_selected.h"));
}

TEST(Select, NoDecisionKeepsNoSilenceAboutAnOldHeader)
{
    Sweep run;
    clear_winner(run);
    run.select();
    EXPECT_NE(run.select("--max-memory 10").err.find("earlier selection"), std::string::npos);
}

TEST(Select, MissingPairIsAWarning)
{
    Sweep run;
    run.stream("padded", 10).stream("cached", 6);
    Answer a = run.select();
    EXPECT_EQ(a.code, 0);
    EXPECT_EQ(a.selected(), "cached");
    EXPECT_NE(a.err.find("noise floor unknown"), std::string::npos);
    EXPECT_NE(a.out.find("Warning"), std::string::npos);
}

} // namespace
