// SPDX-License-Identifier: MIT
/*
 * A chain on oneTBB: the graph kernel of `ringside cell`, with the same words, the same messages
 * and the same line as its result.
 *
 * engine=tbb-flow: an input_node, a limiter_node, serial function_nodes, and where these have maps
 * among them a sequencer_node, as they do not keep the order.  engine=tbb-pipeline:
 * parallel_pipeline with filters that are serial and in order.  Both move a pointer to a buffer of
 * `batch` messages from node to node, never the messages; as many buffers are in flight as hold
 * `capacity` messages, so that both are bounded as rings are.  TBB's scheduler is confined to the
 * cell's two cpus where the chain has but two stages.
 */
#include <sched.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <oneapi/tbb/flow_graph.h>
#include <oneapi/tbb/info.h>
#include <oneapi/tbb/parallel_pipeline.h>

#include "kernels/pieces.h"
#include "measure/clock.h"

namespace
{

namespace flow = oneapi::tbb::flow;

constexpr uint64_t first_messages = 1024, growth = 16;
constexpr int warmups_max = 16, timed_max = 4;

struct Cell {
    std::vector<std::pair<std::string, std::string>> words;
    bool pipeline = false;
    size_t stages = 2, batch = 1, capacity = 1024, msg_bytes = 8;
    uint64_t messages = 0, turns = 0;
    double seconds_ns = 0, warmup_ns = 0;
};

struct Trial {
    bool good = false;
    uint64_t elapsed_ns = 0, timed_messages = 0, timed_ns = 0;
    double ns_per_message() const
    {
        return std::max(0.01, double(timed_ns) / double(std::max<uint64_t>(timed_messages, 1)));
    }
};

/* ---- the work of a stage ------------------------------------------------------------------ */

struct Buffer {
    uint64_t seq = 0;
    size_t n = 0; /* messages */
    std::unique_ptr<unsigned char[]> data;
};

void busy(uint64_t turns)
{
    uint64_t x = turns;
    for (uint64_t i = 0; i < turns; i++) {
        x = x * 6364136223846793005u + 1;
        __asm__ __volatile__("" : "+r"(x));
    }
}

uint64_t busy_turns(uint64_t ns)
{
    const uint64_t turns = 50000;
    uint64_t best = UINT64_MAX;
    for (int i = 0; ns > 0 && i < 8; i++) {
        const uint64_t start = clock_ns();
        busy(turns);
        best = std::min(best, clock_ns() - start);
    }
    return ns == 0 ? 0 : ns * turns / std::max<uint64_t>(best, 1) + 1;
}

/* One run of a chain: buffers go round, as no more than `buffers` are in flight. */
class Stream
{
  public:
    Stream(const Cell &c, uint64_t messages)
        : cell(c), total(messages), tokens(std::max<size_t>(1, c.capacity / c.batch)),
          pool(tokens + 2) /* input_node makes one ahead of its limiter */
    {
        for (Buffer &b : pool)
            b.data.reset(new unsigned char[c.batch * c.msg_bytes]());
    }
    /* nullptr at the end. */
    template <size_t Size> Buffer *write()
    {
        if (sent == total)
            return nullptr;
        if (sent == 0)
            begin_ns = clock_ns();
        Buffer *b = &pool[next];
        next = next + 1 == pool.size() ? 0 : next + 1;
        b->seq = sent;
        b->n = size_t(std::min<uint64_t>(cell.batch, total - sent));
        messages_fill(b->data.get(), b->seq, b->n, Size ? Size : cell.msg_bytes);
        sent += b->n;
        return b;
    }
    void work(const Buffer *b) const
    {
        if (cell.turns > 0)
            busy(cell.turns * b->n);
    }
    template <size_t Size> void read(const Buffer *b)
    {
        wrong |= messages_check(b->data.get(), seen, b->n, Size ? Size : cell.msg_bytes);
        seen += b->n;
        if (marked == 0 && seen >= total / 16) {
            marked = seen;
            mark_ns = clock_ns();
        }
        if (seen == total)
            end_ns = clock_ns();
    }
    Trial result() const
    {
        Trial t;
        t.good = wrong == 0 && seen == total;
        t.elapsed_ns = end_ns - begin_ns;
        t.timed_messages = total - marked;
        t.timed_ns = end_ns - mark_ns;
        if (marked >= total) { /* they came in one go */
            t.timed_messages = total;
            t.timed_ns = t.elapsed_ns;
        }
        return t;
    }
    const Cell &cell;
    const uint64_t total;
    const size_t tokens;

  private:
    std::vector<Buffer> pool;
    /* of the source */
    alignas(256) uint64_t sent = 0;
    uint64_t begin_ns = 0;
    size_t next = 0;
    /* of the sink */
    alignas(256) uint64_t seen = 0;
    uint64_t wrong = 0, marked = 0, mark_ns = 0, end_ns = 0;
};

/* ---- the two engines ---------------------------------------------------------------------- */

template <size_t Size> void run_flow(Stream &s)
{
    using Map = flow::function_node<Buffer *, Buffer *>;
    flow::graph g;
    flow::input_node<Buffer *> source(g, [&](oneapi::tbb::flow_control &control) {
        Buffer *b = s.write<Size>();
        if (b == nullptr)
            control.stop();
        return b;
    });
    flow::limiter_node<Buffer *> limiter(g, s.tokens);
    std::vector<std::unique_ptr<Map>> maps;
    flow::function_node<Buffer *, flow::continue_msg> sink(g, flow::serial, [&](Buffer *b) {
        s.read<Size>(b);
        return flow::continue_msg();
    });
    flow::sender<Buffer *> *last = &limiter;
    flow::make_edge(source, limiter);
    for (size_t i = 2; i < s.cell.stages; i++) {
        maps.push_back(std::make_unique<Map>(g, flow::serial, [&](Buffer *b) {
            s.work(b);
            return b;
        }));
        flow::make_edge(*last, *maps.back());
        last = maps.back().get();
    }
    flow::sequencer_node<Buffer *> order(g, [&](Buffer *b) { return b->seq / s.cell.batch; });
    if (s.cell.stages > 2) { /* a function_node lets the next item go before it has sent this one */
        flow::make_edge(*last, order);
        last = &order;
    }
    flow::make_edge(*last, sink);
    flow::make_edge(sink, limiter.decrementer());
    source.activate();
    g.wait_for_all();
}

template <size_t Size> void run_pipeline(Stream &s)
{
    namespace tbb = oneapi::tbb;
    const auto serial = tbb::filter_mode::serial_in_order;
    tbb::filter<void, Buffer *> chain =
        tbb::make_filter<void, Buffer *>(serial, [&](tbb::flow_control &control) {
            Buffer *b = s.write<Size>();
            if (b == nullptr)
                control.stop();
            return b;
        });
    for (size_t i = 2; i < s.cell.stages; i++)
        chain = chain & tbb::make_filter<Buffer *, Buffer *>(serial, [&](Buffer *b) {
                    s.work(b);
                    return b;
                });
    tbb::parallel_pipeline(s.tokens, chain & tbb::make_filter<Buffer *, void>(
                                                 serial, [&](Buffer *b) { s.read<Size>(b); }));
}

template <size_t Size> Trial run_sized(const Cell &c, uint64_t messages)
{
    Stream s(c, messages);
    if (c.pipeline)
        run_pipeline<Size>(s);
    else
        run_flow<Size>(s);
    return s.result();
}

Trial run(const Cell &c, uint64_t messages)
{
    switch (c.msg_bytes) {
    case 8:
        return run_sized<8>(c, messages);
    case 16:
        return run_sized<16>(c, messages);
    case 32:
        return run_sized<32>(c, messages);
    case 64:
        return run_sized<64>(c, messages);
    case 128:
        return run_sized<128>(c, messages);
    case 256:
        return run_sized<256>(c, messages);
    default:
        return run_sized<0>(c, messages);
    }
}

/* ---- a round, as measure/graph_round.c does it -------------------------------------------- */

uint64_t grown(double messages, uint64_t low, uint64_t high)
{
    return messages < double(low) ? low : messages > double(high) ? high : uint64_t(messages);
}

Trial run_round(const Cell &c, uint64_t &warmup_ns)
{
    const uint64_t least = std::max<uint64_t>(first_messages, 4 * c.batch);
    uint64_t messages = least;
    Trial t;
    for (int i = 0; i < warmups_max; i++) {
        t = run(c, messages);
        warmup_ns += t.elapsed_ns;
        if (!t.good)
            return t;
        if (double(warmup_ns) >= c.warmup_ns)
            break;
        messages =
            grown((c.warmup_ns - double(warmup_ns)) / t.ns_per_message(), least, growth * messages);
    }
    messages = c.messages > 0
                   ? c.messages
                   : grown(c.seconds_ns * 16 / 15 / t.ns_per_message(), least, UINT64_C(1) << 39);
    for (int i = 1;; i++) {
        t = run(c, messages);
        const double ns = double(std::max<uint64_t>(t.timed_ns, 1));
        if (!t.good || c.messages > 0 || ns >= c.seconds_ns / 2 || i == timed_max)
            return t;
        warmup_ns += t.elapsed_ns;
        messages = grown(double(messages) * c.seconds_ns / ns, least, 100 * messages);
    }
}

/* ---- words and the line ------------------------------------------------------------------- */

bool as_number(const std::string &text, double &value)
{
    char *end;
    value = strtod(text.c_str(), &end);
    return !text.empty() && *end == '\0';
}

std::string factors_json(const Cell &c)
{
    std::string json;
    double number;
    for (const auto &[name, level] : c.words) {
        std::string text = level;
        std::replace_if(
            text.begin(), text.end(), [](char x) { return x == '"' || x == '\\'; }, '\'');
        if (!as_number(level, number))
            text = '"' + text + '"';
        json += (json.empty() ? "\"" : ",\"") + name + "\":" + text;
    }
    return json;
}

void print(const Cell &c, const Trial &t, uint64_t warmup_ns)
{
    const double ns = t.ns_per_message();
    const size_t hops = c.stages - 1;
    printf("{\"status\":\"%s\",\"reason\":%s,\"metrics\":", t.good ? "ok" : "failed",
           t.good ? "null" : "\"a message was lost, or arrived damaged or out of order\"");
    if (t.good)
        printf("{\"ns_per_msg\":%.17g,\"messages\":%llu,\"timed_ns\":%llu,\"warmup_ns\":%llu,"
               "\"hops\":%zu,\"ns_per_hop\":%.17g,\"workers\":%d,\"parks\":null}",
               ns, (unsigned long long)t.timed_messages, (unsigned long long)t.timed_ns,
               (unsigned long long)warmup_ns, hops, ns / double(hops),
               oneapi::tbb::info::default_concurrency());
    else
        printf("null");
    printf(",\"evidence\":{\"producer\":null,\"consumer\":null,\"block_max_over_median\":null,"
           "\"reason\":\"this engine's threads are not watched\"},\"disturbed\":[],"
           "\"factors\":{%s}}\n",
           factors_json(c).c_str());
}

/* TBB counts its cpus by the mask of the process. */
void confine(const std::string &placement, size_t stages)
{
    int producer, consumer;
    cpu_set_t mask;
    if (stages != 2 || sscanf(placement.c_str(), "%d:%d", &producer, &consumer) != 2 ||
        producer < 0 || consumer < 0 || producer >= CPU_SETSIZE || consumer >= CPU_SETSIZE)
        return;
    CPU_ZERO(&mask);
    CPU_SET(size_t(producer), &mask);
    CPU_SET(size_t(consumer), &mask);
    if (sched_setaffinity(0, sizeof mask, &mask) != 0)
        fprintf(stderr, "ringside-tbb: cannot run on cpus %s only\n", placement.c_str());
}

void set(Cell &c, const std::string &name, const std::string &level)
{
    double x = 0;
    as_number(level, x);
    c.words.emplace_back(name, level);
    if (name == "engine")
        c.pipeline = level == "tbb-pipeline";
    else if (name == "stages")
        c.stages = size_t(x);
    else if (name == "batch")
        c.batch = std::max<size_t>(1, size_t(x));
    else if (name == "capacity")
        c.capacity = size_t(x);
    else if (name == "msg_bytes")
        c.msg_bytes = size_t(x);
    else if (name == "messages")
        c.messages = uint64_t(x);
    else if (name == "seconds")
        c.seconds_ns = x * 1e9;
    else if (name == "warmup")
        c.warmup_ns = x * 1e9;
    else if (name == "work_ns")
        c.turns = busy_turns(uint64_t(x));
}

} // namespace

int main(int argc, char **argv)
{
    Cell c;
    std::string placement;
    uint64_t warmup_ns = 0;
    c.seconds_ns = 0.08e9;
    c.warmup_ns = 0.02e9;
    for (int i = 1; i < argc; i++) {
        const char *level = strchr(argv[i], '=');
        if (level == nullptr)
            continue; /* "cell" */
        const std::string name(argv[i], size_t(level - argv[i]));
        set(c, name, level + 1);
        placement = name == "placement" ? level + 1 : placement;
    }
    if (c.stages < 2 || c.msg_bytes < 8) {
        fprintf(stderr, "ringside-tbb: stages must be at least 2 and msg_bytes 8\n");
        return 2;
    }
    confine(placement, c.stages);
    const Trial t = run_round(c, warmup_ns);
    print(c, t, warmup_ns);
    return 0;
}
