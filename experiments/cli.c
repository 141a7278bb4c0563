/* SPDX-License-Identifier: MIT */
#include "cli.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void complain(const char *format, ...)
{
    va_list arguments;
    fputs("ringside: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
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
