/* SPDX-License-Identifier: MIT */
/* `ringside latency`: what a load costs by the size of the working set. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bytes.h"
#include "cli.h"
#include "latency_report.h"
#include "measure/disturbance.h"
#include "measure/environment.h"
#include "measure/sysfile.h"
#include "measurement_files.h"

static const char options[] =
    "  --cpu N         on this cpu (default: the first that is allowed)\n"
    "  --min, --max    sizes from 4KiB to 256MiB unless told otherwise; four a doubling\n"
    "  --stride BYTES  a line every so many bytes, a power of two (default: the cache's line)\n"
    "  --runs N        over all sizes (default: 5)\n"
    "  --huge-pages    ask for huge pages, which leaves the TLB little to miss\n"
    "  --seed N        of the random cycles (default: 1)\n"
    "  --out DIR       where the files go (default: results/latency-TIME)\n"
    "  --json          the result as JSON\n"
    "Files: latency.csv (every run), summary.json, manifest.json, plots/latency.svg and .png.\n";

enum { LINE_BYTES_USUAL = 64, WARM_BYTES_LEAST = 64 << 20 };
static const size_t SIZE_LEAST = 1024, SIZE_MOST = (size_t)64 << 30;

struct request {
    int cpu; /* -1 = the first */
    const char *out;
    bool json;
    struct latency_plan plan;
};

/* ---- the command line --------------------------------------------------------------------- */

static const struct option flags[] = {{"cpu", required_argument, NULL, 'c'},
                                      {"min", required_argument, NULL, 'm'},
                                      {"max", required_argument, NULL, 'M'},
                                      {"stride", required_argument, NULL, 's'},
                                      {"runs", required_argument, NULL, 'r'},
                                      {"huge-pages", no_argument, NULL, 'p'},
                                      {"seed", required_argument, NULL, 'S'},
                                      {"out", required_argument, NULL, 'o'},
                                      {"json", no_argument, NULL, 'j'},
                                      {"help", no_argument, NULL, 'h'},
                                      {0}};

static bool take_bytes(const char *name, const char *text, size_t *bytes)
{
    if (bytes_parse(text, bytes))
        return true;
    complain("--%s %s is not a size; write 4096, 32KiB or 256MiB", name, text);
    return false;
}

static bool take_option(int c, struct request *q)
{
    long long number;
    switch (c) {
    case 'c':
        if (!cli_number("cpu", optarg, 0, 1 << 20, &number))
            return false;
        q->cpu = (int)number;
        return true;
    case 'm':
        return take_bytes("min", optarg, &q->plan.min_bytes);
    case 'M':
        return take_bytes("max", optarg, &q->plan.max_bytes);
    case 's':
        return take_bytes("stride", optarg, &q->plan.stride_bytes);
    case 'r':
        if (!cli_number("runs", optarg, 1, LATENCY_RUNS_MAX, &number))
            return false;
        q->plan.runs = (int)number;
        return true;
    case 'S':
        if (!cli_number("seed", optarg, 0, INT64_MAX, &number))
            return false;
        q->plan.seed = (uint64_t)number;
        return true;
    case 'p':
        q->plan.huge_pages = true;
        return true;
    case 'o':
        q->out = optarg;
        return true;
    default:
        q->json = true;
        return true;
    }
}

static bool check_sizes(const struct latency_plan *p)
{
    const char *wrong = NULL;
    if (p->min_bytes < SIZE_LEAST || p->max_bytes > SIZE_MOST)
        wrong = "sizes go from 1KiB to 64GiB";
    else if (p->min_bytes >= p->max_bytes)
        wrong = "--min must be less than --max";
    else if (p->stride_bytes != 0 && ((p->stride_bytes & (p->stride_bytes - 1)) != 0 ||
                                      p->stride_bytes < 8 || p->stride_bytes > p->min_bytes / 4))
        wrong = "--stride is a power of two from 8 to a quarter of --min";
    if (wrong != NULL)
        complain("%s; `ringside latency --help` shows what it takes", wrong);
    return wrong == NULL;
}

/* 0, 1 after --help, or -1 after a complaint. */
static int read_arguments(int argc, char **argv, struct request *q)
{
    int c;
    optind = 1;
    while ((c = cli_option(argc, argv, "", flags)) != -1) {
        if (c == 'h') {
            cli_help("latency", options);
            return 1;
        }
        if (c == '?' || !take_option(c, q))
            return -1;
    }
    if (optind < argc) {
        complain("latency does not take '%s'; `ringside latency --help` shows what it takes",
                 argv[optind]);
        return -1;
    }
    return check_sizes(&q->plan) ? 0 : -1;
}

/* ---- the measurement ---------------------------------------------------------------------- */

static size_t line_bytes(const struct topology_cpu *cpu)
{
    size_t bytes = cpu->n_caches > 0 ? cpu->cache[0].line_bytes : 0;
    return bytes >= sizeof(void *) && (bytes & (bytes - 1)) == 0 ? bytes : LINE_BYTES_USUAL;
}

static size_t warm_bytes(const struct topology_cpu *cpu)
{
    size_t most = WARM_BYTES_LEAST;
    for (size_t i = 0; i < cpu->n_caches; i++)
        if (2 * cpu->cache[i].size_bytes > most)
            most = 2 * cpu->cache[i].size_bytes;
    return most;
}

/* Memory that is promised and not there ends in the kernel killing some process. */
static int check_memory(size_t max_bytes)
{
    char line[64], there[32], asked[32];
    char *unit;
    if (!sysfile_field("", line, sizeof line, "/proc/meminfo", "MemAvailable"))
        return EXIT_DONE;
    const unsigned long long available = strtoull(line, &unit, 10) * 1024;
    if (unit == line || max_bytes <= available)
        return EXIT_DONE;
    complain("--max %s is more than the %s of memory that are available; give less, or free some",
             bytes_format(max_bytes, asked, sizeof asked),
             bytes_format((size_t)available, there, sizeof there));
    return EXIT_UNSUITABLE;
}

/* Fills in what was not said.  EXIT_DONE, or another code after a complaint. */
static int settle(struct request *q, const struct topology *t)
{
    const int cpu = q->cpu < 0 ? t->cpus[0].cpu : q->cpu;
    const struct topology_cpu *found = topology_find(t, cpu);
    char allowed[256];
    if (found == NULL) {
        environment_cpu_list(t, allowed, sizeof allowed);
        complain("--cpu %d is not among the cpus this process may run on: %s", cpu, allowed);
        return EXIT_USAGE;
    }
    q->cpu = cpu;
    if (q->plan.stride_bytes == 0)
        q->plan.stride_bytes = line_bytes(found);
    q->plan.warm_bytes = warm_bytes(found);
    if (latency_sizes(q->plan.min_bytes, q->plan.max_bytes, q->plan.stride_bytes, NULL) == 0) {
        complain("no multiple of the stride, %zu bytes, lies between --min and --max; widen them",
                 q->plan.stride_bytes);
        return EXIT_USAGE;
    }
    return check_memory(q->plan.max_bytes);
}

static int show_progress(void *user, int run, size_t bytes, size_t done, size_t of)
{
    const struct latency_plan *p = (const struct latency_plan *)user;
    char size[32];
    bool terminal = isatty(STDERR_FILENO);
    if (terminal || bytes == p->min_bytes)
        fprintf(stderr, "%slatency: run %d of %d, %s, %zu%%%s", terminal ? "\r\033[K" : "", run + 1,
                p->runs, bytes_format(bytes, size, sizeof size), 100 * done / of,
                terminal ? (done + 1 == of ? "\r\033[K" : "") : "\n");
    return 0;
}

static void complain_of_pages(const struct latency_report *r)
{
    char pages[128], setting[128] = "not there";
    latency_pages(r, pages, sizeof pages);
    if (!r->plan->huge_pages || strcmp(pages, "huge pages") == 0)
        return;
    sysfile_line("", setting, sizeof setting, "/sys/kernel/mm/transparent_hugepage/enabled");
    complain("huge pages were asked for, the kernel gave %s: free memory may be in pieces, or "
             "/sys/kernel/mm/transparent_hugepage/enabled (%s) forbids them; as root write madvise "
             "to it",
             pages, setting);
}

/* ---- the files ---------------------------------------------------------------------------- */

static void write_rows(const void *what, FILE *to)
{
    latency_write_csv((const struct latency_report *)what, to);
}

static void write_plot(const void *what, const char *machine, FILE *to)
{
    latency_write_plot((const struct latency_report *)what, machine, to);
}

static int report(const struct request *q, const struct latency *l, const struct topology *t,
                  const char *dir)
{
    struct latency_report r;
    latency_report_make(&r, &q->plan, l, t, q->cpu);
    json_t *json = latency_json(&r);
    if (json == NULL) {
        complain("out of memory; free some and repeat");
        return EXIT_INCOMPLETE;
    }
    complain_of_pages(&r);
    if (q->json) {
        json_dumpf(json, stdout, JSON_INDENT(1));
        putchar('\n');
    } else {
        latency_write_text(&r, stdout);
    }
    const struct measurement files = {.name = "latency",
                                      .what = &r,
                                      .write_rows = write_rows,
                                      .write_plot = write_plot,
                                      .summary = json};
    int code = measurement_write(&files, t, dir);
    json_decref(json);
    return code;
}

static int measure(struct request *q, const struct topology *t, int argc, char **argv)
{
    struct latency l;
    char dir[4096];
    int code = settle(q, t);
    if (code != EXIT_DONE)
        return code;
    code = measurement_open("latency", q->out, argc, argv, q->plan.seed, t, dir, sizeof dir);
    if (code != EXIT_DONE)
        return code;
    int err = disturbance_pin(q->cpu);
    if (err == 0)
        err = latency_measure(&q->plan, &l);
    if (err) {
        complain("cannot measure on cpu %d: %s; look at the memory limit (--max) and the cpuset",
                 q->cpu, strerror(-err));
        return EXIT_INCOMPLETE;
    }
    code = report(q, &l, t, dir);
    latency_free(&l);
    return code;
}

int cmd_latency(int argc, char **argv)
{
    struct request q = {.cpu = -1,
                        .plan = {.min_bytes = 4096,
                                 .max_bytes = (size_t)256 << 20,
                                 .runs = 5,
                                 .seed = 1,
                                 .seconds_min = 0.002,
                                 .progress = show_progress}};
    struct topology t;
    q.plan.user = &q.plan;
    int said = read_arguments(argc, argv, &q);
    if (said != 0)
        return said > 0 ? EXIT_DONE : EXIT_USAGE;
    int err = topology_load(&t);
    if (err) {
        complain("cannot read which cpus this process may run on: %s", strerror(-err));
        return EXIT_UNSUITABLE;
    }
    int code = measure(&q, &t, argc, argv);
    topology_free(&t);
    return code;
}
