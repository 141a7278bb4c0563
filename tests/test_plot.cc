/* SPDX-License-Identifier: MIT */
/*
 * Shows that plots get the numbers of the run and nothing else: the data of a made-up run byte by
 * byte (tests/golden/plots; its make-run says how it was made), which cells are chosen, that text
 * from result files stays text, and what happens where data, gnuplot or a writable folder lack.
 *
 * After a change that is meant: RINGSIDE_UPDATE_GOLDEN=1 build/tests/test_plot, and read the diff.
 */
#include "store_fixture.h"

#include "cli.h"
#include "plot.h"

#include <cerrno>
#include <cmath>
#include <map>
#include <sstream>

namespace
{

const std::string golden = "tests/golden/plots/";

struct Written {
    int err;
    std::string text;
};

Written data_of(const struct plot_run &run, plot_data *data)
{
    char *text = nullptr;
    size_t length = 0;
    FILE *to = open_memstream(&text, &length);
    Written written = {data(&run, to), ""};
    fclose(to);
    written.text.assign(text, length);
    free(text);
    return written;
}

/* The lines that are not comments, each as column name -> field. */
std::vector<std::map<std::string, std::string>> rows_of(const std::string &csv)
{
    std::vector<std::map<std::string, std::string>> rows;
    std::vector<std::string> names;
    std::istringstream lines(csv);
    for (std::string line; std::getline(lines, line);) {
        std::vector<std::string> fields;
        std::string field;
        if (line[0] == '#')
            continue;
        for (std::istringstream rest(line + ","); std::getline(rest, field, ',');)
            fields.push_back(field);
        if (names.empty()) {
            names = fields;
            continue;
        }
        EXPECT_EQ(fields.size(), names.size()) << line;
        rows.emplace_back();
        for (size_t i = 0; i < fields.size() && i < names.size(); i++)
            rows.back()[names[i]] = fields[i];
    }
    return rows;
}

std::string line_with(const std::string &text, const std::string &start)
{
    size_t at = text.find("# " + start + ": ");
    return at == std::string::npos ? "" : text.substr(at, text.find('\n', at) - at);
}

const struct plot *plot_named(const std::string &name)
{
    for (size_t i = 0; i < plot_table_count; i++)
        if (plot_table[i].name == name)
            return &plot_table[i];
    return nullptr;
}

class Plot : public FolderTest
{
  protected:
    void SetUp() override
    {
        FolderTest::SetUp();
        plots = dir + "/plots";
    }
    void TearDown() override
    {
        if (loaded)
            plot_run_free(&run);
        FolderTest::TearDown();
    }
    /* Three rounds of the cell, about ns long. */
    void record(const struct cell &c, double ns)
    {
        for (int round = 0; round < 3; round++)
            records += line_of(good_record(c, round, ns * (1 + 0.01 * round)));
    }
    void load(const std::string &from)
    {
        char why[512] = "";
        ASSERT_EQ(plot_run_load(from.c_str(), &run, why, sizeof why), 0) << why;
        loaded = true;
    }
    void load_records()
    {
        write(samples, records);
        load(dir);
    }
    struct plot_run run = {};
    bool loaded = false;
    std::string plots, records;
};

/* ---- the data ----------------------------------------------------------------------------- */

TEST_F(Plot, DataOfTheGoldenRunIsAsCheckedIn)
{
    load(golden + "run");
    for (size_t i = 0; i < plot_table_count; i++) {
        const std::string path = golden + plot_table[i].name + ".csv";
        Written written = data_of(run, plot_table[i].data);
        EXPECT_EQ(written.err, 0) << plot_table[i].name;
        if (getenv("RINGSIDE_UPDATE_GOLDEN") != nullptr)
            write(path, written.text);
        EXPECT_EQ(written.text, read(path)) << path;
    }
}

TEST_F(Plot, RatesKeepTheirIntervalsTheRightWayRound)
{
    load(golden + "run");
    auto rows = rows_of(data_of(run, plot_throughput).text);
    ASSERT_FALSE(rows.empty());
    for (auto &row : rows) {
        EXPECT_LE(std::stod(row["mmsg_per_s_lo"]), std::stod(row["mmsg_per_s"])) << row["ring"];
        EXPECT_GE(std::stod(row["mmsg_per_s_hi"]), std::stod(row["mmsg_per_s"])) << row["ring"];
    }
}

TEST_F(Plot, ControlsComeAfterAllRings)
{
    load(golden + "run");
    for (const char *name : {"throughput", "round-trip", "throughput-by-size"}) {
        int last = 0;
        for (auto &row : rows_of(data_of(run, plot_named(name)->data).text)) {
            EXPECT_GE(std::stoi(row["control"]), last) << name;
            last = std::stoi(row["control"]);
        }
        EXPECT_EQ(last, 1) << name;
    }
}

TEST_F(Plot, ARingLooksTheSameInAllPlots)
{
    load(golden + "run");
    std::map<std::string, std::string> style;
    for (const char *name :
         {"throughput-by-size", "throughput-by-batch", "throughput-by-capacity", "placement"})
        for (auto &row : rows_of(data_of(run, plot_named(name)->data).text))
            EXPECT_EQ(style.emplace(row["ring"], row["style"]).first->second, row["style"])
                << name << " " << row["ring"];
    EXPECT_GE(style.size(), 3u);
}

TEST_F(Plot, FailedRoundsAreCountedAndACellWithoutAValueIsEmptyNotZero)
{
    struct cell naive = cell_of({{FACTOR_ring, "naive"}}), cached = cell_of({});
    record(cached, 4);
    json_t *failed = good_record(naive, 0, 1);
    json_object_set_new(failed, "status", json_string("crashed"));
    json_object_set_new(failed, "metrics", json_null());
    records += line_of(failed);
    load_records();
    auto rows = rows_of(data_of(run, plot_throughput).text);
    ASSERT_EQ(rows.size(), 2u);
    EXPECT_EQ(rows[0]["ring"], "naive");
    EXPECT_EQ(rows[0]["mmsg_per_s"], "");
    EXPECT_EQ(rows[0]["failed"], "1");
    EXPECT_EQ(rows[1]["failed"], "0");
    EXPECT_NEAR(std::stod(rows[1]["mmsg_per_s"]), 1000 / 4.04, 0.001);
}

/* ---- which cells -------------------------------------------------------------------------- */

TEST_F(Plot, OtherFactorsStandWhereMostCellsHaveThem)
{
    for (const char *ring : {"padded", "cached"})
        record(cell_of({{FACTOR_ring, ring}, {FACTOR_capacity, "64"}}), 5);
    record(cell_of({}), 3);
    load_records();
    Written written = data_of(run, plot_throughput);
    EXPECT_NE(line_with(written.text, "conditions").find("capacity 64 slots"), std::string::npos);
    EXPECT_EQ(rows_of(written.text).size(), 2u);
}

TEST_F(Plot, OfEqualBasesTheDefaultsWin)
{
    record(cell_of({{FACTOR_capacity, "64"}}), 5);
    record(cell_of({}), 3);
    load_records();
    EXPECT_NE(line_with(data_of(run, plot_throughput).text, "conditions").find("capacity 1024"),
              std::string::npos);
}

TEST_F(Plot, ASweepKeepsOnlyRingsThatWereSwept)
{
    for (const char *size : {"8", "64"})
        record(cell_of({{FACTOR_msg_bytes, size}}), 5);
    record(cell_of({{FACTOR_ring, "padded"}}), 5);
    load_records();
    for (auto &row : rows_of(data_of(run, plot_throughput_by_size).text))
        EXPECT_EQ(row["ring"], "cached");
    EXPECT_EQ(data_of(run, plot_throughput_by_batch).err, -ENODATA);
}

TEST_F(Plot, TheSecondHalfOfTheAAPairIsInNoOtherPlot)
{
    record(cell_of({}), 3);
    record(cell_of({{FACTOR_replica, "1"}}), 3);
    load_records();
    EXPECT_EQ(rows_of(data_of(run, plot_throughput).text).size(), 1u);
    EXPECT_EQ(rows_of(data_of(run, plot_aa).text).size(), 6u);
}

TEST_F(Plot, TooManyCombinationsAreLeftOutAloud)
{
    for (const char *size : {"8", "16", "32", "64", "128"})
        for (const char *batch : {"1", "2", "4"})
            record(cell_of({{FACTOR_msg_bytes, size}, {FACTOR_batch, batch}}), 5);
    load_records();
    Written written = data_of(run, plot_throughput);
    EXPECT_EQ(rows_of(written.text).size(), 12u);
    EXPECT_NE(line_with(written.text, "reading").find("not drawn: 3 "), std::string::npos);
}

/* ---- text --------------------------------------------------------------------------------- */

TEST(PlotText, IsCleanedAndNeverCutInsideACharacter)
{
    char clean[12];
    plot_clean("a\"b\\c\nd\te", clean, sizeof clean);
    EXPECT_STREQ(clean, "a'b/c d e");
    plot_clean("0123456789\xc3\xa9x", clean, sizeof clean);
    EXPECT_STREQ(clean, "0123456789");
    plot_clean("012345678\xc3\xa9", clean, sizeof clean);
    EXPECT_STREQ(clean, "012345678\xc3\xa9");
    plot_clean("01234567\xe2\x80\x94zz", clean, sizeof clean);
    EXPECT_STREQ(clean, "01234567\xe2\x80\x94");
}

TEST_F(Plot, ATitleStaysOneCommentLine)
{
    record(cell_of({}), 3);
    write(dir + "/manifest.json", R"({"title": "x\"\nring,control\n`touch y` \\ @z"})");
    load_records();
    Written written = data_of(run, plot_throughput);
    EXPECT_EQ(line_with(written.text, "title"),
              "# title: Throughput of each ring — x' ring,control `touch y` / @z");
    EXPECT_EQ(rows_of(written.text).size(), 1u);
}

/* ---- files -------------------------------------------------------------------------------- */

TEST_F(Plot, DamagedEmptyAndMissingRunsAreRefused)
{
    char why[512];
    EXPECT_EQ(plot_run_load((dir + "/no").c_str(), &run, why, sizeof why), -ENOENT);
    write(samples, "");
    EXPECT_EQ(plot_run_load(dir.c_str(), &run, why, sizeof why), -ENODATA);
    write(samples, "{\"cell\": 1}\n");
    EXPECT_EQ(plot_run_load(dir.c_str(), &run, why, sizeof why), -EINVAL);
    EXPECT_NE(std::string(why).find("line 1"), std::string::npos) << why;
}

TEST_F(Plot, DataOnlyWritesWhatDrawsThem)
{
    record(cell_of({}), 3);
    load_records();
    testing::internal::CaptureStderr();
    EXPECT_EQ(plot_write(&run, plots.c_str(), true), EXIT_DONE);
    const std::string said = testing::internal::GetCapturedStderr();
    EXPECT_NE(said.find("no round-trip plot"), std::string::npos) << said;
    for (const char *file : {"throughput.csv", "throughput.gp", "rows.gp", "style.gp", "open.gp"})
        EXPECT_TRUE(std::filesystem::exists(plots + "/" + file)) << file;
    for (const char *file : {"throughput.svg", "round-trip.csv", "round-trip.gp"})
        EXPECT_FALSE(std::filesystem::exists(plots + "/" + file)) << file;
}

TEST_F(Plot, WithoutGnuplotDataAndScriptsAreLeftAndTheWayToInstallItIsTold)
{
    const std::string path = getenv("PATH");
    record(cell_of({}), 3);
    load_records();
    setenv("PATH", dir.c_str(), 1);
    testing::internal::CaptureStderr();
    EXPECT_EQ(plot_write(&run, plots.c_str(), false), EXIT_DONE);
    const std::string said = testing::internal::GetCapturedStderr();
    setenv("PATH", path.c_str(), 1);
    EXPECT_NE(said.find("apt-get install gnuplot-nox"), std::string::npos) << said;
    EXPECT_TRUE(std::filesystem::exists(plots + "/throughput.csv"));
}

TEST_F(Plot, AFolderThatCannotBeMadeIsIncomplete)
{
    record(cell_of({}), 3);
    load_records();
    EXPECT_EQ(plot_write(&run, (samples + "/plots").c_str(), true), EXIT_INCOMPLETE);
    EXPECT_EQ(plot_write(&run, samples.c_str(), true), EXIT_INCOMPLETE);
}

TEST_F(Plot, EveryPlotIsDrawnAndTheSvgIsTheSameEachTime)
{
    if (system("gnuplot --version > /dev/null 2>&1") != 0)
        GTEST_SKIP() << "gnuplot is not installed";
    load(golden + "run");
    snprintf(run.title, sizeof run.title, "<b>&amp; `touch %s/run` @x {/:Bold y}", dir.c_str());
    testing::internal::CaptureStderr();
    ASSERT_EQ(plot_write(&run, plots.c_str(), false), EXIT_DONE);
    ASSERT_EQ(plot_write(&run, (dir + "/again").c_str(), false), EXIT_DONE);
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
    EXPECT_FALSE(std::filesystem::exists(dir + "/run"));
    for (size_t i = 0; i < plot_table_count; i++) {
        const std::string name = std::string("/") + plot_table[i].name;
        const std::string svg = read(plots + name + ".svg"), png = read(plots + name + ".png");
        EXPECT_NE(svg.find("</svg>"), std::string::npos) << name;
        EXPECT_NE(svg.find("&lt;b>&amp;amp;"), std::string::npos) << name;
        EXPECT_EQ(svg.find("<b>"), std::string::npos) << name;
        EXPECT_EQ(svg, read(dir + "/again" + name + ".svg")) << name;
        EXPECT_EQ(png.substr(1, 3), "PNG") << name;
    }
}

} // namespace
