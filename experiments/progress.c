/* SPDX-License-Identifier: MIT */
#include "progress.h"

#include <stdio.h>
#include <unistd.h>

#include "cli.h"
#include "measure/clock.h"

struct progress_left progress_left(const struct sweep *s)
{
    struct progress_left left = {0, 0};
    double spent = (double)(clock_ns() - s->begun_ns) / 1e9, planned_here = 0;
    for (size_t i = 0; i < s->plan->n; i++) {
        double each = plan_round_seconds(&s->plan->cell[i]);
        for (int r = 0; r < s->plan->rule.rounds_max; r++) {
            if (!shard_has(&s->plan->shard, r))
                continue;
            bool ran = s->attempts[i * (size_t)s->plan->rule.rounds_max + (size_t)r] > 0;
            left.rounds += !ran;
            left.seconds += ran ? 0 : each;
            planned_here += ran ? each : 0;
        }
    }
    if (spent > 1 && s->earlier_s == 0 && planned_here > 0)
        left.seconds *= spent / planned_here;
    return left;
}

void progress_show(const struct sweep *s, int round, int attempt, const struct cell *c)
{
    char text[1024];
    bool terminal = isatty(STDERR_FILENO);
    size_t in_round = s->plan->n ? s->done % s->plan->n : 0;
    if (!terminal && in_round != 0)
        return;
    cell_format(c, true, text, sizeof text);
    fprintf(stderr, "%spass %d of %d..%d%s, %zu rounds done, at most %.0f s to go, %zu disturbed",
            terminal ? "\r\033[K" : "", round + 1, s->plan->rule.rounds_min,
            s->plan->rule.rounds_max, attempt ? " (again)" : "", s->done, progress_left(s).seconds,
            s->disturbed);
    if (s->failed > 0)
        fprintf(stderr, ", %zu FAILED", s->failed);
    fprintf(stderr, terminal ? "; %.60s" : "; %.60s\n", text);
}

void progress_failed(int round, const struct cell *c, const char *status, const char *reason)
{
    char text[1024], line[256];
    cell_format(c, true, text, sizeof text);
    snprintf(line, sizeof line, "%s", reason ? reason : "");
    for (char *p = line; *p != '\0'; p++)
        if ((unsigned char)*p < ' ')
            *p = ' ';
    if (isatty(STDERR_FILENO))
        fputs("\r\033[K", stderr);
    complain("round %d of cell %s: %s%s%s; recorded, the sweep goes on", round + 1, text, status,
             line[0] ? ": " : "", line);
}

void progress_end(const struct sweep *s)
{
    double wall = (double)(clock_ns() - s->begun_ns) / 1e9;
    fprintf(stderr, "%s%zu rounds (%zu disturbed, %zu failed) of %zu cells in %.1f s; ",
            isatty(STDERR_FILENO) ? "\r\033[K" : "", s->done, s->disturbed, s->failed, s->plan->n,
            wall);
    fprintf(stderr, "%.0f%% of it in timed loops and warm-up\n",
            wall > 0 ? 100 * (s->timed_s + s->warmup_s) / wall : 0.0);
}
