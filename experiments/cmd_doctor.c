/* SPDX-License-Identifier: MIT */
/* `ringside doctor`: what this machine can measure, and what will disturb it. */
#include "cli.h"
#include "doctor.h"
#include "graph/graph.h"
#include "measure/environment.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const status_names[DOCTOR_STATUSES] = {
    [DOCTOR_OK] = "ok", [DOCTOR_NOTE] = "note", [DOCTOR_WARN] = "warn", [DOCTOR_BAD] = "bad"};

enum { TEXT_COLUMN = 18, LAST_COLUMN = 100 };

void doctor_add(json_t *findings, const struct doctor_finding *f, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    json_t *what = json_vsprintf(format, arguments);
    va_end(arguments);
    json_array_append_new(findings,
                          json_pack("{s:s, s:s, s:o, s:s?, s:s?, s:b}", "topic", f->topic, "status",
                                    status_names[f->status], "what", what ? what : json_string("?"),
                                    "effect", f->effect, "fix", f->fix, "disturbs", f->disturbs));
}

static const char *member(const json_t *finding, const char *key)
{
    return json_string_value(json_object_get(finding, key));
}

/* Words from column `column` on, in lines that start at TEXT_COLUMN. */
static void print_wrapped(size_t column, const char *text)
{
    while (*text) {
        size_t length = strcspn(text, " ");
        if (column > TEXT_COLUMN && column + 1 + length > LAST_COLUMN) {
            printf("\n%*s", TEXT_COLUMN, "");
            column = TEXT_COLUMN;
        }
        column += (size_t)printf("%s%.*s", column > TEXT_COLUMN ? " " : "", (int)length, text);
        text += length;
        text += strspn(text, " ");
    }
    putchar('\n');
}

static void print_labelled(const char *label, const char *text)
{
    if (!text)
        return;
    print_wrapped((size_t)printf("%*s%s", TEXT_COLUMN, "", label), text);
}

void doctor_print(const json_t *findings)
{
    size_t count[DOCTOR_STATUSES] = {0};
    size_t i;
    json_t *finding;

    json_array_foreach(findings, i, finding)
    {
        const char *status = member(finding, "status");
        for (int s = 0; s < DOCTOR_STATUSES; s++)
            count[s] += strcmp(status, status_names[s]) == 0;
        printf("%-5s %-11s ", status, member(finding, "topic"));
        print_wrapped(TEXT_COLUMN, member(finding, "what"));
        print_labelled("effect:", member(finding, "effect"));
        print_labelled("fix:", member(finding, "fix"));
    }
    printf("\n%zu ok, %zu to note, %zu warning%s, %zu bad\n", count[DOCTOR_OK], count[DOCTOR_NOTE],
           count[DOCTOR_WARN], count[DOCTOR_WARN] == 1 ? "" : "s", count[DOCTOR_BAD]);
}

static bool suitable(const json_t *findings)
{
    size_t i;
    json_t *finding;

    json_array_foreach(findings, i, finding)
    {
        const char *status = member(finding, "status");
        if (strcmp(status, status_names[DOCTOR_BAD]) == 0 ||
            (strcmp(status, status_names[DOCTOR_WARN]) == 0 &&
             json_is_true(json_object_get(finding, "disturbs"))))
            return false;
    }
    return true;
}

/* The findings, or NULL and a complaint. */
static json_t *examine(void)
{
    struct topology t;

    int err = topology_load(&t);
    if (err) {
        complain("cannot read which cpus this process may run on: %s; look whether a sandbox "
                 "forbids sched_getaffinity",
                 strerror(-err));
        return NULL;
    }
    json_t *findings = json_array();
    json_t *env = environment_json(&t);
    if (findings && env) {
        doctor_machine(findings, &t, env);
        doctor_counters(findings);
        doctor_measure(findings, &t, env);
        doctor_tools(findings);
    } else {
        complain("out of memory; free some and repeat");
        json_decref(findings);
        findings = NULL;
    }
    json_decref(env);
    topology_free(&t);
    return findings;
}

static bool write_findings(const json_t *findings, bool as_json)
{
    bool written = true;

    if (as_json)
        written = json_dumpf(findings, stdout, JSON_INDENT(2)) == 0 && putchar('\n') != EOF;
    else
        doctor_print(findings);
    written = fflush(stdout) == 0 && !ferror(stdout) && written;
    if (!written)
        complain("cannot write the findings to standard output; is the disk full?");
    return written;
}

static int refuse(const char *word)
{
    static const char *const options[] = {"--json", "--strict", "--help"};
    const char *near = rs_nearest_name(word, options, sizeof options / sizeof *options);

    complain("doctor does not take '%s'%s%s%s; `ringside doctor --help` shows what it takes", word,
             near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    return EXIT_USAGE;
}

int cmd_doctor(int argc, char **argv)
{
    bool as_json = false;
    bool strict = false;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0) {
            as_json = true;
        } else if (strcmp(argv[i], "--strict") == 0) {
            strict = true;
        } else if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            cli_help("doctor", "  --json    the findings as a JSON array\n"
                               "  --strict  exit 3 if something bad, or a warning that disturbs\n"
                               "            measurement, is found\n");
            return EXIT_DONE;
        } else {
            return refuse(argv[i]);
        }
    }
    json_t *findings = examine();
    if (!findings)
        return EXIT_INCOMPLETE;
    int code = write_findings(findings, as_json) ? EXIT_DONE : EXIT_INCOMPLETE;
    if (code == EXIT_DONE && strict && !suitable(findings)) {
        complain("this machine is unsuitable for measuring as it is now; the findings say why and "
                 "what to do");
        code = EXIT_UNSUITABLE;
    }
    json_decref(findings);
    return code;
}
