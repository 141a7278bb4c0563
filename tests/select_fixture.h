/* SPDX-License-Identifier: MIT */
/*
 * A run made of invented rounds, in a folder that goes away with it, and what `ringside select`
 * says about it.  Times are a truth times noise from a fixed seed.
 */
#ifndef RINGSIDE_TESTS_SELECT_FIXTURE_H
#define RINGSIDE_TESTS_SELECT_FIXTURE_H

#include <gtest/gtest.h>
#include <jansson.h>
#include <sys/wait.h>
#include <unistd.h>

#include <climits>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <random>
#include <sstream>
#include <string>

inline std::string slurp(const std::string &path)
{
    std::ifstream in(path, std::ios::binary);
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
}

/* A file of the source tree; tests run at its root. */
inline std::string file_text(const std::string &path)
{
    std::string text = slurp(path);
    EXPECT_FALSE(text.empty()) << path;
    return text;
}

/* A borrowed JSON value; what is missing reads as empty. */
class Json
{
  public:
    explicit Json(json_t *value = nullptr) : value_(value)
    {
    }
    Json operator[](const char *key) const
    {
        return Json(json_object_get(value_, key));
    }
    Json operator[](int i) const
    {
        return Json(json_array_get(value_, static_cast<size_t>(i)));
    }
    size_t size() const
    {
        return json_array_size(value_);
    }
    double number() const
    {
        return json_is_number(value_) ? json_number_value(value_) : NAN;
    }
    bool truth() const
    {
        return json_is_true(value_);
    }
    std::string text() const
    {
        if (json_is_integer(value_))
            return std::to_string(json_integer_value(value_));
        const char *s = json_string_value(value_);
        return s ? s : "";
    }

  private:
    json_t *value_;
};

struct Answer {
    int code = -1;
    std::string out, err;
    std::shared_ptr<json_t> root;
    Json json;

    std::string selected() const
    {
        return json["selected"]["ring"].text();
    }
    std::string reason() const
    {
        return json["reason_code"].text();
    }
    Json candidate(const std::string &ring) const
    {
        for (int i = 0; i < static_cast<int>(json["candidates"].size()); i++)
            if (json["candidates"][i]["ring"].text() == ring)
                return json["candidates"][i];
        return Json();
    }
    std::string status(const std::string &ring) const
    {
        return candidate(ring)["status"].text();
    }
    std::string gate(const std::string &ring) const
    {
        return candidate(ring)["gate"].text();
    }
    double number(const std::string &ring, const char *key) const
    {
        return candidate(ring)[key].number();
    }
};

class Sweep
{
  public:
    using Levels = std::map<std::string, std::string>;

    Sweep() : dir_("/tmp/test_select_XXXXXX")
    {
        if (mkdtemp(&dir_[0]) == nullptr)
            std::abort();
        write("manifest.json",
              R"({"version":1,"started":"2026-01-02T03:04:05Z","machine":"Test cpu; 2 cpus",)"
              R"("commit":"abc1234","compiler":"cc","seed":3,"plan":{"name":"quick"},)"
              R"("command":["ringside","sweep","quick"]})");
    }
    ~Sweep()
    {
        std::filesystem::remove_all(dir_);
    }
    Sweep(const Sweep &) = delete;
    Sweep &operator=(const Sweep &) = delete;

    /* What holds for the cells that are added from here on. */
    Sweep &rounds(int n)
    {
        rounds_ = n;
        return *this;
    }
    Sweep &noise(double sigma)
    {
        noise_ = sigma;
        return *this;
    }
    Sweep &drift(double sigma) /* common to all cells of a round */
    {
        drift_ = sigma;
        return *this;
    }
    Sweep &outliers(bool on) /* one value in twelve is eight times as large */
    {
        outliers_ = on;
        return *this;
    }
    Sweep &ring_bytes(int bytes)
    {
        bytes_ = bytes;
        return *this;
    }

    Sweep &stream(const std::string &ring, double ns, const Levels &levels = {})
    {
        return cell("stream", "ns_per_msg", ring, ns, levels);
    }
    Sweep &pingpong(const std::string &ring, double ns)
    {
        return cell("pingpong", "rtt_ns", ring, ns, {{"batch", "null"}, {"api", "null"}});
    }
    /* The twin of stream("cached"). */
    Sweep &aa(double ns)
    {
        return stream("cached", ns, {{"replica", "1"}});
    }
    /* A pair of its own, at a capacity where no other ring was measured. */
    Sweep &aa_pair(double a, double b)
    {
        stream("cached", a, {{"capacity", "64"}});
        return stream("cached", b, {{"capacity", "64"}, {"replica", "1"}});
    }
    Sweep &bad_round(const std::string &ring, const std::string &status, Levels levels = {})
    {
        levels["ring"] = quoted(ring);
        samples_ += record(99, status, "null", levels);
        return *this;
    }
    void raw(const std::string &text)
    {
        write("samples.jsonl", text);
    }
    std::string text(const std::string &name = "")
    {
        return name.empty() ? samples_ : slurp(path(name));
    }
    void replace_first(const std::string &from, const std::string &to)
    {
        samples_.replace(samples_.find(from), from.size(), to);
    }

    std::string path(const std::string &name) const
    {
        return dir_ + "/" + name;
    }
    bool has(const std::string &name) const
    {
        return std::filesystem::exists(path(name));
    }
    void write(const std::string &name, const std::string &text) const
    {
        std::ofstream(path(name), std::ios::binary) << text;
    }

    Answer command(const std::string &words) const
    {
        Answer a;
        std::string line = emulator() + "'" + ringside() + "' " + words + " 2> " + path("err");
        FILE *pipe = popen(line.c_str(), "r");
        char part[4096];
        for (size_t n; pipe != nullptr && (n = fread(part, 1, sizeof part, pipe)) > 0;)
            a.out.append(part, n);
        int status = pipe ? pclose(pipe) : -1;
        a.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
        a.err = slurp(path("err"));
        return a;
    }
    /* Selects from what was added, and reads selection.json back. */
    Answer select(const std::string &options = "")
    {
        if (!samples_.empty() && !has("samples.jsonl"))
            raw(samples_);
        std::filesystem::remove(path("selection.json"));
        Answer a = command("select " + dir_ + " " + options);
        a.root.reset(json_load_file(path("selection.json").c_str(), 0, nullptr), json_decref);
        a.json = Json(a.root.get());
        return a;
    }

    /* Compiles with warnings as errors and runs; what went wrong, or nothing. */
    std::string compile_and_run(const char *variable, const char *fallback,
                                const std::string &options, const std::string &name) const
    {
        const char *set = std::getenv(variable);
        std::string line = std::string(set ? set : fallback) + " " + options +
                           " -Wall -Wextra -Wpedantic -Werror -O1 -o " + path("program") + " " +
                           path(name) + " -pthread > " + path("log") + " 2>&1";
        if (std::system(line.c_str()) != 0)
            return "does not compile: " + line + "\n" + slurp(path("log"));
        return std::system(
                   ("timeout 60 " + emulator() + path("program") + " > /dev/null").c_str()) == 0
                   ? ""
                   : "does not run";
    }

  private:
    static std::string quoted(const std::string &text)
    {
        return "\"" + text + "\"";
    }
    /* What runs programs for the machine of this test, where the kernel cannot. */
    static std::string emulator()
    {
        const char *set = std::getenv("RINGSIDE_EMULATOR");
        return set != nullptr && *set != '\0' ? std::string(set) + " " : "";
    }
    /* The command that was built beside this test. */
    static std::string ringside()
    {
        char self[PATH_MAX];
        ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
        std::filesystem::path here(std::string(self, n > 0 ? static_cast<size_t>(n) : 0));
        return (here.parent_path().parent_path() / "ringside").string();
    }

    double normal(uint64_t stream, double sigma)
    {
        std::mt19937_64 rng(stream * 0x9e3779b97f4a7c15u + 1);
        double sum = -6; /* of twelve uniform numbers: the same on every machine */
        for (int i = 0; i < 12; i++)
            sum += static_cast<double>(rng() >> 11) * 0x1p-53;
        return sigma * sum;
    }

    Sweep &cell(const std::string &kernel, const std::string &metric, const std::string &ring,
                double ns, Levels levels)
    {
        levels["ring"] = quoted(ring);
        levels["kernel"] = quoted(kernel);
        cells_++;
        for (int r = 0; r < rounds_; r++) {
            uint64_t id = cells_ * 1000 + static_cast<uint64_t>(r);
            double x = ns * std::exp(normal(id, noise_) + normal(static_cast<uint64_t>(r), drift_));
            if (outliers_ && normal(id + 500, 1) < -1.38) /* 1 in 12 of a normal variable */
                x *= 8;
            char value[64];
            std::snprintf(value, sizeof value, "%.9g", x);
            samples_ +=
                record(r, "ok",
                       "{\"" + metric + "\":" + value +
                           ",\"messages\":1000,\"ring_bytes\":" + std::to_string(bytes_) + "}",
                       levels);
        }
        return *this;
    }

    static std::string record(int round, const std::string &status, const std::string &metrics,
                              const Levels &levels)
    {
        Levels all = {{"kernel", "\"stream\""}, {"ring", "\"cached\""},   {"msg_bytes", "8"},
                      {"msg_align", "1"},       {"separation", "128"},    {"capacity", "1024"},
                      {"batch", "1"},           {"api", "\"copy\""},      {"poll", "\"pause\""},
                      {"messages", "0"},        {"placement", "\"0:1\""}, {"seconds", "0.08"},
                      {"warmup", "0.02"},       {"replica", "0"}};
        std::string factors;
        for (const auto &level : levels)
            all[level.first] = level.second;
        for (const auto &level : all)
            factors += (factors.empty() ? "\"" : ",\"") + level.first + "\":" + level.second;
        return "{\"cell\":\"0\",\"round\":" + std::to_string(round) +
               ",\"attempt\":0,\"start_s\":1.5,\"wall_s\":0.1,\"status\":\"" + status +
               "\",\"reason\":null,\"signal\":null,\"metrics\":" + metrics +
               ",\"evidence\":{},\"disturbed\":[],\"factors\":{" + factors + "}}\n";
    }

    std::string dir_, samples_;
    int rounds_ = 10, bytes_ = 8576;
    uint64_t cells_ = 0;
    double noise_ = 0.005, drift_ = 0;
    bool outliers_ = false;
};

#endif
