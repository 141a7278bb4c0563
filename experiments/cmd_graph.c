/* SPDX-License-Identifier: MIT */
/* `ringside graph`: check, run and draw graphs that are written as files. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "graph/transport.h"
#include "graph_run.h"
#include "graph_split.h"
#include "store/folder.h"

enum { SET_MAX = 256, HOSTS_MAX = 1024 };

static const char help_text[] =
    "  check FILE   whether it can run; nodes by worker, and what each edge carries\n"
    "  run FILE     run it to its end; a report of every node each second on stderr\n"
    "  dot FILE     as Graphviz source: ringside graph dot FILE | dot -Tsvg >graph.svg\n"
    "  keys FOLDER HOST  makes HOST.public and HOST.secret there, for edges with keys = FOLDER\n"
    "  kinds [FILE] the kinds of nodes that there are, with FILE those of its plug-ins too\n\n"
    "  --set NODE.KEY=VALUE  replaces a key of the file (graph.KEY of [graph]); may be given "
    "again\n"
    "  --for SECONDS         run: let it end after so long\n"
    "  --metrics PATH        run: append the report there as JSON lines\n"
    "  --prometheus FILE     run: replace it each second by all counters as Prometheus text\n"
    "  --host NAME           the part of that host, of a graph whose nodes say host = NAME; check\n"
    "                        without it looks at every part; under mpirun a process's rank says "
    "it\n"
    "  --quiet               run: nothing on stderr but warnings and errors\n\n"
    "run: Ctrl-C lets what is in flight arrive and exits 130; a second one drops it.\n"
    "Exit 2: the file is wrong; 4: a node failed while it ran.\n";

struct request {
    const char *verb, *file;
    const char *set[SET_MAX];
    size_t sets;
    double for_s; /* < 0 = to the end */
    const char *metrics, *prometheus, *host;
    bool quiet, help;
};

/* ---- kinds ----------------------------------------------------------------------------------- */

static void print_type(const rs_port *p)
{
    if (p->msg_bytes == 0)
        printf("%s", p->schema != NULL ? p->schema : "any type");
    else
        printf("%s%s%u bytes", p->schema != NULL ? p->schema : "", p->schema != NULL ? ", " : "",
               (unsigned)p->msg_bytes);
}

static void print_ports(const char *label, const rs_port *port, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        printf("  %-6s %-12s ", label, port[i].name);
        print_type(&port[i]);
        if (port[i].batch_min > 1)
            printf(", at least %u at once", (unsigned)port[i].batch_min);
        putchar('\n');
    }
}

static void print_param(const rs_param_spec *p)
{
    printf("  param  %-12s ", p->name);
    if (p->default_text == NULL)
        printf("must be given");
    else
        printf("= %s", *p->default_text ? p->default_text : "(nothing)");
    printf("%s%s%s%s\n", p->unit && *p->unit ? " " : "", p->unit ? p->unit : "",
           p->help ? ": " : "", p->help ? p->help : "");
}

static void print_kind(const rs_node_ops *kind)
{
    printf("%s%s%s\n", kind->kind, kind->summary != NULL ? "  " : "",
           kind->summary != NULL ? kind->summary : "");
    print_ports("in", kind->in, kind->n_in);
    print_ports("out", kind->out, kind->n_out);
    for (const rs_param_spec *p = kind->params; p != NULL && p->name != NULL; p++)
        print_param(p);
}

static int do_kinds(const struct graph_file *f)
{
    const rs_node_ops *kind;
    for (size_t i = 0; (kind = rs_kinds_at(f->kinds, i)) != NULL; i++)
        print_kind(kind);
    return EXIT_DONE;
}

/* ---- check ----------------------------------------------------------------------------------- */

static void print_node(const rs_node_metrics *m, const struct graph_section *s)
{
    char cpu[24] = "any cpu";
    if (m->cpu >= 0)
        snprintf(cpu, sizeof cpu, "cpu %d", m->cpu);
    printf("node    %-20s %-16s worker %d, %s\n", m->name, s != NULL ? s->kind->kind : "bridge",
           m->worker, cpu);
}

/* Whether an end of it is in this part; what it carries. */
static bool type_of_edge(const struct graph_file *f, const struct graph_section *s, rs_port *type)
{
    const struct graph_section *from = graph_file_find(f, NODE_SECTION, s->from);
    unsigned port = 0;
    if (from->node == NULL && s->node == NULL)
        return false;
    if (from->node == NULL) {
        *type = rs_node_out(s->node, 0);
        return true;
    }
    while (strcmp(from->kind->out[port].name, s->out) != 0)
        port++;
    *type = rs_node_out(from->node, port);
    return true;
}

static void print_edge(const struct graph_file *f, const struct graph_section *s)
{
    const struct graph_key *transport = graph_section_key(s, "transport");
    rs_port type;
    if (!type_of_edge(f, s, &type))
        return;
    printf("edge    %-37s ", s->name);
    print_type(&type);
    printf("%s%s\n", transport != NULL ? " over " : "", transport != NULL ? transport->value : "");
}

static void print_part(const struct graph_file *f, const rs_node_metrics *m, size_t nodes)
{
    size_t edges = 0;
    int workers = 0;
    rs_port type;
    for (size_t i = 0; i < nodes; i++)
        workers = m[i].worker >= workers ? m[i].worker + 1 : workers;
    for (size_t i = 0; i < f->n; i++)
        edges += f->section[i].type == EDGE_SECTION && type_of_edge(f, &f->section[i], &type);
    if (f->options.host != NULL)
        printf("host    %s\n", f->options.host);
    printf("good    %zu node%s, %zu edge%s, %d worker%s\n", nodes, nodes == 1 ? "" : "s", edges,
           edges == 1 ? "" : "s", workers, workers == 1 ? "" : "s");
    for (int w = 0; w < workers; w++)
        for (size_t i = 0; i < nodes; i++)
            if (m[i].worker == w)
                print_node(&m[i], graph_file_find(f, NODE_SECTION, m[i].name));
    for (size_t i = 0; i < f->n; i++)
        if (f->section[i].type == EDGE_SECTION)
            print_edge(f, &f->section[i]);
}

static int do_check(const struct graph_file *f)
{
    size_t nodes = rs_graph_snapshot(f->graph, NULL, 0);
    rs_node_metrics *m = calloc(nodes, sizeof *m);
    if (m == NULL) {
        complain("out of memory; free some and repeat");
        return EXIT_INCOMPLETE;
    }
    rs_graph_snapshot(f->graph, m, nodes);
    print_part(f, m, nodes);
    free(m);
    return EXIT_DONE;
}

static void log_quietly(void *user, rs_level level, const char *node, const char *text)
{
    (void)user;
    if (level <= RS_WARN)
        complain("%s%s%s", node, *node ? ": " : "", text);
}

/* ---- the command line ------------------------------------------------------------------------ */

static const char *const verbs[] = {"check", "run", "dot", "kinds", "keys"};
enum { VERBS = sizeof verbs / sizeof verbs[0] };

static int refuse_verb(const char *word)
{
    if (*word == '\0') {
        complain(
            "graph takes one of check, run, dot, kinds, keys; `ringside graph --help` says more");
        return EXIT_USAGE;
    }
    const char *near = rs_nearest_name(word, verbs, VERBS);
    complain("graph does not '%s'%s%s%s; it takes one of check, run, dot, kinds, keys", word,
             near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    return EXIT_USAGE;
}

static int take_seconds(const char *text, double *to)
{
    char *end;
    double x = strtod(text, &end);
    if (end == text || *end != '\0' || !(x >= 0 && x <= 1e9)) {
        complain("--for %.40s: give seconds, as 2.5", text);
        return EXIT_USAGE;
    }
    *to = x;
    return EXIT_DONE;
}

static int take_option(int c, struct request *r)
{
    if (c == 'S' && r->sets == SET_MAX) {
        complain("more than %d --set; write them into the file", SET_MAX);
        return EXIT_USAGE;
    }
    if (c == 'S')
        r->set[r->sets++] = optarg;
    else if (c == 'f')
        return take_seconds(optarg, &r->for_s);
    else if (c == 'm')
        r->metrics = optarg;
    else if (c == 'p')
        r->prometheus = optarg;
    else if (c == 'H')
        r->host = optarg;
    else if (c == 'q')
        r->quiet = true;
    else if (c == 'h')
        r->help = true;
    else
        return EXIT_USAGE;
    return EXIT_DONE;
}

/* argv[0] is the verb. */
static int parse(int argc, char **argv, struct request *r)
{
    static const struct option flags[] = {
        {"set", required_argument, NULL, 'S'},     {"for", required_argument, NULL, 'f'},
        {"metrics", required_argument, NULL, 'm'}, {"quiet", no_argument, NULL, 'q'},
        {"host", required_argument, NULL, 'H'},    {"prometheus", required_argument, NULL, 'p'},
        {"help", no_argument, NULL, 'h'},          {0}};
    int c;
    optind = 1;
    while ((c = cli_option(argc, argv, "", flags)) != -1)
        if (take_option(c, r) != EXIT_DONE)
            return EXIT_USAGE;
    if (r->help)
        return EXIT_DONE;
    if (optind < argc)
        r->file = argv[optind++];
    if (optind < argc || (r->file == NULL && strcmp(r->verb, "kinds") != 0)) {
        complain("graph %s takes one graph file; `ringside graph --help` says more", r->verb);
        return EXIT_USAGE;
    }
    if (strcmp(r->verb, "run") != 0 &&
        (r->for_s >= 0 || r->metrics != NULL || r->prometheus != NULL || r->quiet)) {
        complain("--for, --metrics, --prometheus and --quiet are for `ringside graph run`");
        return EXIT_USAGE;
    }
    return EXIT_DONE;
}

static int load(struct graph_file *f, const struct request *r);

/* What an edge carries, by the part of its writer. */
struct carried {
    bool known;
    uint32_t msg_bytes, msg_align;
    char schema[64];
};

/* Does the other part see the same?  What is told here is what the greeting would refuse. */
static int compare_types(const struct graph_file *f, struct carried *seen)
{
    for (size_t i = 0; i < f->n; i++) {
        rs_port type;
        if (f->section[i].type != EDGE_SECTION || f->section[i].node == NULL)
            continue;
        type_of_edge(f, &f->section[i], &type);
        struct carried now = {true, type.msg_bytes, type.msg_align, ""};
        snprintf(now.schema, sizeof now.schema, "%s", type.schema != NULL ? type.schema : "");
        if (seen[i].known &&
            (seen[i].msg_bytes != now.msg_bytes || seen[i].msg_align != now.msg_align ||
             (seen[i].schema[0] != '\0' && now.schema[0] != '\0' &&
              strcmp(seen[i].schema, now.schema) != 0))) {
            complain("%s:%d: edge %s: one side has messages of %u bytes aligned to %u, type "
                     "'%s', the other %u, %u, '%s'; give the edge message = BYTES:ALIGN:TYPE",
                     f->path, f->section[i].line, f->section[i].name, seen[i].msg_bytes,
                     seen[i].msg_align, seen[i].schema, now.msg_bytes, now.msg_align, now.schema);
            return EXIT_USAGE;
        }
        seen[i] = now;
    }
    return EXIT_DONE;
}

/* The part of one host, as that would see it. */
static int check_part(const struct request *r, const char *host, struct carried *seen, bool print)
{
    struct request of_host = *r;
    struct graph_file part;
    char why[2048];
    of_host.host = host;
    if (load(&part, &of_host) != EXIT_DONE)
        return EXIT_USAGE;
    int code = graph_file_build(&part, why, sizeof why) == 0 ? EXIT_DONE : EXIT_USAGE;
    if (code != EXIT_DONE)
        complain("%s", why);
    else
        code = print ? do_check(&part) : compare_types(&part, seen);
    graph_file_free(&part);
    return code;
}

/* Nothing is said of a part before all are known to be right. */
static int check_parts(const struct graph_file *f, const struct request *r)
{
    const char *host[HOSTS_MAX];
    const size_t n = graph_split_hosts(f, host, HOSTS_MAX);
    struct carried *seen = calloc(f->n, sizeof *seen);
    int code = seen != NULL ? EXIT_DONE : EXIT_INCOMPLETE;
    for (int print = 0; print < 2; print++)
        for (size_t i = 0; i < n && code == EXIT_DONE; i++)
            code = check_part(r, host[i], seen, print == 1);
    free(seen);
    return code;
}

static int act(struct graph_file *f, const struct request *r)
{
    char why[2048];
    if (strcmp(r->verb, "check") == 0 && r->host == NULL && graph_is_split(f))
        return check_parts(f, r);
    if (strcmp(r->verb, "run") == 0)
        return graph_run(f, r->for_s);
    bool kinds = strcmp(r->verb, "kinds") == 0;
    int err =
        kinds ? graph_file_load_plugins(f, why, sizeof why) : graph_file_build(f, why, sizeof why);
    if (err != 0) {
        complain("%s", why);
        return EXIT_USAGE;
    }
    if (kinds)
        return do_kinds(f);
    if (strcmp(r->verb, "check") == 0)
        return do_check(f);
    if (rs_graph_dot(f->graph, stdout) == 0)
        return EXIT_DONE;
    complain("%s: %s", r->file, rs_graph_error(f->graph));
    return EXIT_INCOMPLETE;
}

/* What was read, or nothing for `kinds` without a file. */
static int load(struct graph_file *f, const struct request *r)
{
    const struct graph_file_options options = {.set = r->set,
                                               .sets = r->sets,
                                               .metrics = r->metrics,
                                               .prometheus = r->prometheus,
                                               .host = r->host,
                                               .publish = strcmp(r->verb, "run") == 0,
                                               .silent = r->quiet,
                                               .log = r->quiet ? log_quietly : NULL};
    char why[2048];
    int err = r->file != NULL ? graph_file_load(f, r->file, &options, why, sizeof why)
                              : graph_file_parse(f, "", "", 0, &options, why, sizeof why);
    if (err != 0)
        complain("%s", why);
    return err == 0 ? EXIT_DONE : EXIT_USAGE;
}

/* argv: keys FOLDER HOST. */
static int do_keys(int argc, char **argv)
{
    char why[512];
    if (argc != 3) {
        complain("graph keys takes a folder and the name of a host; `ringside graph --help` says "
                 "more");
        return EXIT_USAGE;
    }
    if (!graph_split_is_host(argv[2])) {
        complain("graph keys: host '%.80s': " GRAPH_HOST_RULE, argv[2], GRAPH_HOST_BYTES - 1);
        return EXIT_USAGE;
    }
    const int err = folder_make(argv[1]);
    if (err != 0)
        complain("cannot make the folder %s: %s; give another", argv[1], strerror(-err));
    else if (rs_transport_make_keys(argv[1], argv[2], why, sizeof why) != 0)
        complain("%s", why);
    else
        return EXIT_DONE;
    return EXIT_INCOMPLETE;
}

int cmd_graph(int argc, char **argv)
{
    struct request r = {.verb = argc > 1 ? argv[1] : "", .for_s = -1};
    struct graph_file f;
    bool known = false;
    for (size_t i = 0; i < VERBS; i++)
        known = known || strcmp(r.verb, verbs[i]) == 0;
    r.help = strcmp(r.verb, "--help") == 0 || strcmp(r.verb, "-h") == 0;
    if (!known && !r.help)
        return refuse_verb(r.verb);
    if (strcmp(r.verb, "keys") == 0 && (argc < 3 || strcmp(argv[2], "--help") != 0))
        return do_keys(argc - 1, argv + 1);
    if (!r.help && parse(argc - 1, argv + 1, &r) != EXIT_DONE)
        return EXIT_USAGE;
    if (r.help) {
        cli_help("graph", help_text);
        return EXIT_DONE;
    }
    if (load(&f, &r) != EXIT_DONE)
        return EXIT_USAGE;
    int code = act(&f, &r);
    if (graph_file_free(&f) != 0) {
        complain("a node has not returned; what it wrote may be incomplete");
        fflush(stdout);
        _exit(EXIT_INCOMPLETE);
    }
    return code;
}
