/* SPDX-License-Identifier: MIT */
/* The command line of `ringside simulate`. */
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "graph/graph.h"
#include "simulate_command.h"

const char simulate_options_help[] =
    "  FACTOR=LEVELS       ring msg_bytes msg_align separation capacity batch api topology "
    "stages\n"
    "                      defer slots prefetch_write prefetch_read, as in a plan;\n"
    "                      ring=* and msg_bytes=8,16,64 if not given\n"
    "  --schedule S,...    lockstep  push a batch, pop a batch\n"
    "                      backlog:N the same over N messages that stay in each ring\n"
    "                      burst:N   push N, pop N\n"
    "                      random[:P] who goes on is drawn before every access; P percent sources\n"
    "                      (lockstep,backlog:64 if not given)\n"
    "  --protocol P        mesi (if not given) or moesi\n"
    "  --granule BYTES     64 (if not given), or 128: pairs of lines move together\n"
    "  --distance D        of each agent to the next: same-core, same-l3 (if not given), "
    "other-l3,\n"
    "                      other-socket\n"
    "  --place S:L:C,...   each agent's socket, L3 of the socket, and core of the L3\n"
    "  --cost D=NS,...     of one miss at a distance; same-l3=25,other-l3=90,other-socket=150 if "
    "not\n"
    "                      given, which are round numbers and of no machine\n"
    "  --messages N        to count, after a warm-up (8192)\n"
    "  --seed N            of the random schedule (1)\n"
    "  --by edge|agent     after the row of the whole one for each edge, or agent (JSON has all)\n"
    "  --table             columns for people    --json  a line of JSON for each combination\n\n"
    "Figures are per message; misses = transfers + upgrades, and so are the columns of each kind "
    "of\n"
    "line.  The same arguments give the same counts on every machine.\n"
    "example: ringside simulate ring=cached,padded batch=1,32 --schedule backlog:64 --table\n";

/* Copies the item at *text and moves past its comma; false at the end of the list. */
static bool next_item(const char **text, char *item, size_t n)
{
    const char *from = *text;
    if (from == NULL)
        return false;
    size_t length = strcspn(from, ",");
    *text = from[length] == ',' ? from + length + 1 : NULL;
    snprintf(item, n, "%.*s", (int)length, from);
    return true;
}

static int take_schedules(struct simulate_request *q, const char *text)
{
    char item[64], why[256];
    q->schedules = 0;
    while (next_item(&text, item, sizeof item)) {
        if (q->schedules == SCHEDULES_MAX) {
            complain("--schedule: more than %d schedules", SCHEDULES_MAX);
            return -EINVAL;
        }
        if (schedule_parse(item, &q->schedule[q->schedules++], why, sizeof why) != 0) {
            complain("%s", why);
            return -EINVAL;
        }
    }
    return 0;
}

static int take_name(const char *option, const char *text, const char *(*name)(int64_t), int *index)
{
    char valid[256] = "";
    for (*index = 0; name(*index) != NULL; ++*index) {
        const size_t used = strlen(valid);
        if (strcmp(text, name(*index)) == 0)
            return 0;
        snprintf(valid + used, sizeof valid - used, " %s", name(*index));
    }
    complain("--%s '%.40s' is not one of:%s", option, text, valid);
    return -EINVAL;
}

static int take_whole(const char *option, const char *text, uint64_t *to)
{
    char *end;
    errno = 0;
    *to = strtoull(text, &end, 10);
    if (text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0)
        return 0;
    complain("--%s '%.40s' is not a whole number", option, text);
    return -EINVAL;
}

static int take_granule(struct simulate_request *q, const char *text)
{
    uint64_t bytes;
    int err = take_whole("granule", text, &bytes);
    if (err == 0 && bytes != 64 && bytes != 128) {
        complain("--granule %.40s is neither 64 (a line) nor 128 (a pair of lines)", text);
        err = -EINVAL;
    }
    q->base.granule = err == 0 ? (unsigned)bytes : 64;
    return err;
}

static int take_distance(struct simulate_request *q, const char *text)
{
    int d;
    if (take_name("distance", text, distance_name, &d) != 0)
        return -EINVAL;
    for (size_t i = 0; i < AGENTS_MAX; i++) {
        const uint16_t n = (uint16_t)i;
        q->base.place[i] =
            (struct agent_place){.socket = d == DISTANCE_OTHER_SOCKET ? n : (uint16_t)0,
                                 .l3 = d == DISTANCE_OTHER_L3 ? n : (uint16_t)0,
                                 .core = d == DISTANCE_SAME_L3 ? n : (uint16_t)0};
    }
    q->places = 0;
    return 0;
}

static int take_places(struct simulate_request *q, const char *text)
{
    char item[64];
    q->places = 0;
    while (next_item(&text, item, sizeof item)) {
        unsigned socket, l3, core;
        int end = 0;
        if (q->places == AGENTS_MAX ||
            item[strspn(item, "0123456789:")] != '\0' || /* %u takes a sign */
            sscanf(item, "%4u:%4u:%4u%n", &socket, &l3, &core, &end) != 3 || item[end] != '\0') {
            complain("--place '%.40s' is not SOCKET:L3:CORE for at most %d agents", item,
                     AGENTS_MAX);
            return -EINVAL;
        }
        q->base.place[q->places++] =
            (struct agent_place){(uint16_t)socket, (uint16_t)l3, (uint16_t)core};
    }
    return 0;
}

static int take_costs(struct simulate_request *q, const char *text)
{
    char item[64];
    while (next_item(&text, item, sizeof item)) {
        char *value = strchr(item, '='), *end;
        int d;
        if (value == NULL) {
            complain("--cost '%.40s' is not DISTANCE=NS", item);
            return -EINVAL;
        }
        *value++ = '\0';
        if (take_name("cost", item, distance_name, &d) != 0)
            return -EINVAL;
        q->cost_ns[d] = strtod(value, &end);
        if (end == value || *end != '\0' || !(q->cost_ns[d] >= 0 && q->cost_ns[d] <= 1e6)) {
            complain("--cost %s=%.40s is not from 0 to 1000000 ns", item, value);
            return -EINVAL;
        }
    }
    return 0;
}

static int take_parts(struct simulate_request *q, const char *text)
{
    q->parts = strcmp(text, "edge") == 0    ? PARTS_EDGES
               : strcmp(text, "agent") == 0 ? PARTS_AGENTS
                                            : PARTS_WHOLE;
    if (q->parts != PARTS_WHOLE)
        return 0;
    complain("--by '%.40s' is neither edge nor agent", text);
    return -EINVAL;
}

static int take_factor(struct simulate_request *q, const char *word)
{
    char name[64], why[512];
    const char *levels = strchr(word, '='), *near = NULL;
    if (levels == NULL || (size_t)(levels - word) >= sizeof name) {
        complain("'%.80s' is not FACTOR=LEVELS; `ringside simulate --help` shows the factors",
                 word);
        return -EINVAL;
    }
    snprintf(name, sizeof name, "%.*s", (int)(levels - word), word);
    const int f = factor_find(name, &near);
    if (f < 0) {
        complain("no factor '%s'%s%s; `ringside list factors` shows them", name,
                 near ? ", the nearest is " : "", near ? near : "");
        return -EINVAL;
    }
    if (!simulate_uses((enum factor)f)) {
        complain("%s says nothing to the simulator; `ringside simulate --help` shows what does",
                 name);
        return -EINVAL;
    }
    q->grid.levels[f] = (struct levels){.line = 1};
    if (levels_add((enum factor)f, levels + 1, &q->grid.levels[f], why, sizeof why) != 0) {
        complain("%s", why);
        return -EINVAL;
    }
    return 0;
}

static void set_defaults(struct simulate_request *q)
{
    char why[256];
    *q = (struct simulate_request){.base = simulate_config_default(NULL),
                                   .schedule = {{SCHEDULE_LOCKSTEP, 0}, {SCHEDULE_BACKLOG, 64}},
                                   .schedules = 2,
                                   .default_schedules = true,
                                   .cost_ns = {0, 25, 90, 150}};
    grid_init(&q->grid);
    q->grid.levels[FACTOR_ring].n = q->grid.levels[FACTOR_msg_bytes].n = 0;
    levels_add(FACTOR_ring, "*", &q->grid.levels[FACTOR_ring], why, sizeof why);
    levels_add(FACTOR_msg_bytes, "8, 16, 64", &q->grid.levels[FACTOR_msg_bytes], why, sizeof why);
}

enum option_id {
    OPTION_SCHEDULE = 1,
    OPTION_PROTOCOL,
    OPTION_GRANULE,
    OPTION_DISTANCE,
    OPTION_PLACE,
    OPTION_COST,
    OPTION_MESSAGES,
    OPTION_SEED,
    OPTION_BY,
    OPTION_TABLE,
    OPTION_JSON,
    OPTION_HELP
};

static int take_option(struct simulate_request *q, int option, const char *text)
{
    int index = 0, err = 0;
    switch (option) {
    case OPTION_SCHEDULE:
        q->default_schedules = false;
        return take_schedules(q, text);
    case OPTION_PROTOCOL:
        err = take_name("protocol", text, protocol_name, &index);
        q->base.protocol = (enum protocol)index;
        return err;
    case OPTION_GRANULE:
        return take_granule(q, text);
    case OPTION_DISTANCE:
        return take_distance(q, text);
    case OPTION_PLACE:
        return take_places(q, text);
    case OPTION_COST:
        return take_costs(q, text);
    case OPTION_MESSAGES:
        return take_whole("messages", text, &q->base.messages);
    case OPTION_SEED:
        return take_whole("seed", text, &q->base.seed);
    case OPTION_BY:
        return take_parts(q, text);
    case OPTION_TABLE:
        q->format = FORMAT_TABLE;
        return 0;
    case OPTION_JSON:
        q->format = FORMAT_JSON;
        return 0;
    case OPTION_HELP:
        q->help = true;
        return 0;
    default:
        return -EINVAL; /* getopt has said why */
    }
}

int simulate_read_arguments(int argc, char **argv, struct simulate_request *q)
{
    static const struct option options[] = {{"schedule", required_argument, NULL, OPTION_SCHEDULE},
                                            {"protocol", required_argument, NULL, OPTION_PROTOCOL},
                                            {"granule", required_argument, NULL, OPTION_GRANULE},
                                            {"distance", required_argument, NULL, OPTION_DISTANCE},
                                            {"place", required_argument, NULL, OPTION_PLACE},
                                            {"cost", required_argument, NULL, OPTION_COST},
                                            {"messages", required_argument, NULL, OPTION_MESSAGES},
                                            {"seed", required_argument, NULL, OPTION_SEED},
                                            {"by", required_argument, NULL, OPTION_BY},
                                            {"table", no_argument, NULL, OPTION_TABLE},
                                            {"json", no_argument, NULL, OPTION_JSON},
                                            {"help", no_argument, NULL, OPTION_HELP},
                                            {0}};
    int option, err = 0;
    set_defaults(q);
    optind = 1;
    while (err == 0 && (option = cli_option(argc, argv, "", options)) != -1)
        err = take_option(q, option, optarg);
    for (; err == 0 && optind < argc; optind++)
        err = take_factor(q, argv[optind]);
    return err;
}
