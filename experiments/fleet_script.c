/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "fleet.h"
#include "resources.h"
#include "shell_quote.h"

/* Slurm's language of constraints: features, & | , * and brackets.  What else a shell or Slurm's
 * reader of "#SBATCH" lines could take for something of its own is no part of it. */
bool fleet_constraint_refusal(const char *constraint, char *why, size_t n)
{
    const struct fleet *none = NULL;
    if (constraint[0] == '\0' || strlen(constraint) >= sizeof none->constraint) {
        snprintf(why, n, "--constraint is empty or longer than %zu bytes",
                 sizeof none->constraint - 1);
        return true;
    }
    for (const char *c = constraint; *c != '\0'; c++)
        if (!isalnum((unsigned char)*c) && strchr("_-.:=@+&|,*()[]", *c) == NULL) {
            snprintf(why, n,
                     "--constraint has a character at '%.20s' that is in no feature of Slurm; it "
                     "takes names and & | , * ( ) [ ]",
                     c);
            return true;
        }
    return false;
}

static void write_name(FILE *to, const char *name)
{
    for (; *name != '\0'; name++)
        fputc(isalnum((unsigned char)*name) || strchr("._-", *name) ? *name : '_', to);
}

static void write_assignment(FILE *to, const char *variable, const char *value)
{
    fprintf(to, "%s=", variable);
    shell_quote(to, value);
    fputc('\n', to);
}

static void write_numbers(FILE *to, const struct fleet *f)
{
    fprintf(to, "shards=%d\nseed=%" PRIu64 "\n", f->shards, f->seed);
}

/* The further words of the sweep become the script's arguments. */
static void write_words(FILE *to, const struct fleet *f)
{
    fputs("set --", to);
    for (size_t i = 0; i < f->sets; i++) {
        fputs(" --set ", to);
        shell_quote(to, f->set[i]);
    }
    fputc('\n', to);
}

static void write_sums(FILE *to, const struct fleet *f)
{
    fputs("sums='", to);
    for (size_t i = 0; i < f->files; i++)
        fprintf(to, "%s%s  %s", i ? "\n" : "", f->file[i].sha256, f->file[i].name);
    fputs("'\n", to);
}

/* No path is in an "#SBATCH" line: in file names there Slurm replaces %. */
static void write_directives(FILE *to, const struct fleet *f)
{
    fputs("#SBATCH --job-name=ringside-", to);
    write_name(to, f->plan);
    fprintf(to, "\n#SBATCH --array=1-%d%%%d\n", f->shards, f->nodes);
    fputs("#SBATCH --nodes=1\n#SBATCH --ntasks=1\n#SBATCH --exclusive\n#SBATCH --mem=0\n"
          "#SBATCH --requeue\n#SBATCH --chdir=/\n#SBATCH --output=/dev/null\n",
          to);
    if (f->constraint[0] != '\0')
        fprintf(to, "#SBATCH --constraint=\"%s\"\n", f->constraint);
}

void fleet_write_script(const struct fleet *f, FILE *to)
{
    fputs("#!/bin/sh\n", to);
    write_directives(to, f);
    fputs("# Written by `ringside fleet`; what each task prints is in logs/SHARD.log.\n", to);
    write_assignment(to, "fleet", f->dir);
    write_assignment(to, "plan", f->file[1].name);
    write_numbers(to, f);
    write_sums(to, f);
    write_words(to, f);
    fprintf(to, "\n%s", resource_text("scripts/fleet/task.sh"));
}

void fleet_write_loop(const struct fleet *f, const char *plan, FILE *to)
{
    fputs("#!/bin/sh\n", to);
    write_assignment(to, "ringside", f->file[0].from);
    write_assignment(to, "fleet", f->dir);
    write_assignment(to, "plan", plan);
    write_numbers(to, f);
    write_words(to, f);
    fprintf(to, "\n%s", resource_text("scripts/fleet/loop.sh"));
}
