/* SPDX-License-Identifier: MIT */
/*
 * A tool that knows PAPI and nothing of Ringside: preloaded into a program, it counts the events
 * named in $READ_EVENTS from before main until after it, and prints `name value` lines on stderr.
 */
#include <papi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EVENTS_MAX = 16 };

static int set = PAPI_NULL, events;
static char *name[EVENTS_MAX];

__attribute__((constructor)) static void begin(void)
{
    char *list = getenv("READ_EVENTS");
    if (list == NULL)
        return;
    unsetenv("LD_PRELOAD"); /* children are not read */
    list = strdup(list);
    if (list == NULL || PAPI_library_init(PAPI_VER_CURRENT) != PAPI_VER_CURRENT ||
        PAPI_create_eventset(&set) != PAPI_OK)
        return;
    for (char *word = strtok(list, " "); word != NULL && events < EVENTS_MAX;
         word = strtok(NULL, " ")) {
        int err = PAPI_add_named_event(set, word);
        if (err == PAPI_OK)
            name[events++] = word;
        else
            fprintf(stderr, "%s: %s\n", word, PAPI_strerror(err));
    }
    PAPI_start(set);
}

__attribute__((destructor)) static void end(void)
{
    long long value[EVENTS_MAX];
    if (events == 0 || PAPI_stop(set, value) != PAPI_OK)
        return;
    for (int i = 0; i < events; i++)
        fprintf(stderr, "%s %lld\n", name[i], value[i]);
}
