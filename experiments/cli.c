/* SPDX-License-Identifier: MIT */
#include "cli.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "graph/graph.h"

void complain(const char *format, ...)
{
    char text[8192];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    /* Files' names and contents are quoted in it, and a terminal would obey them. */
    for (char *c = text; *c != '\0'; c++)
        if (iscntrl((unsigned char)*c) && *c != '\n' && *c != '\t')
            *c = '?';
    fprintf(stderr, "ringside: %s\n", text);
}

bool cli_number(const char *name, const char *text, long long least, long long most,
                long long *number)
{
    char *end;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (isdigit((unsigned char)*text) && *end == '\0' && errno == 0 && value >= least &&
        value <= most) {
        *number = value;
        return true;
    }
    complain("--%s %s is not a whole number from %lld to %lld", name, text, least, most);
    return false;
}

static void complain_unknown(const char *word, const struct option *options)
{
    enum { OPTIONS_MAX = 64 };
    const char *names[OPTIONS_MAX], *near;
    char name[64];
    size_t n = 0;
    for (; n < OPTIONS_MAX && options[n].name != NULL; n++)
        names[n] = options[n].name;
    const char *bare = word + strspn(word, "-");
    snprintf(name, sizeof name, "%.*s", (int)strcspn(bare, "="), bare);
    near = rs_nearest_name(name, names, n);
    complain("there is no option '%s'%s%s%s; --help shows which there are", word,
             near ? "; did you mean '--" : "", near ? near : "", near ? "'?" : "");
}

int cli_option(int argc, char **argv, const char *letters, const struct option *options)
{
    const char *word = optind < argc ? argv[optind] : "";
    int index = -1;
    opterr = 0;
    optopt = 0;
    int c = getopt_long(argc, argv, letters, options, &index);
    if (c != '?')
        return c;
    /* options are permuted to the front: the word that failed is the last one that was taken */
    if (optind > 0 && optind <= argc && argv[optind - 1][0] == '-')
        word = argv[optind - 1];
    if (optopt == 0 || strncmp(word, "--", 2) != 0)
        complain_unknown(word, options);
    else
        complain("%s %s; --help says more", word,
                 strchr(word, '=') ? "takes no value" : "needs a value after it");
    return '?';
}

int cli_load_failure(int err)
{
    if (err == -EINVAL || err == -ENODATA)
        return EXIT_INVALID;
    return err == -ENOMEM || err == -EIO ? EXIT_INCOMPLETE : EXIT_USAGE;
}

static const struct {
    const char *name, *arguments, *summary;
} usages[] = {
#define SUBCOMMAND(name, arguments, summary) {#name, arguments, summary},
#include "subcommands.def"
#undef SUBCOMMAND
};

void cli_help(const char *name, const char *options)
{
    for (size_t i = 0; i < sizeof usages / sizeof usages[0]; i++)
        if (strcmp(usages[i].name, name) == 0)
            printf("usage: ringside %s %s\n\n%s\n\n%s", name, usages[i].arguments,
                   usages[i].summary, options);
}
