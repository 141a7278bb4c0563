/* SPDX-License-Identifier: MIT */
/* What counts events here, and for each that does not, why. */
#include "counter_plan.h"
#include "doctor.h"

#include <stdio.h>
#include <string.h>

static void add_backend(json_t *findings, const struct counters_backend *b, bool chosen)
{
    static const struct doctor_finding works = {DOCTOR_OK, false, "counters", NULL, NULL};
    static const struct doctor_finding fails = {
        DOCTOR_NOTE, false, "counters", NULL,
        "docs/counters.md lists the reasons; `ringside list counters` shows each event"};
    char why[256] = "";
    const bool usable = b->usable(why, sizeof why);

    if (b == &counters_software)
        doctor_add(findings, &works, "backend software counts software events%s",
                   chosen ? ", and nothing counts hardware events" : "");
    else if (usable)
        doctor_add(findings, &works, "backend %s works%s", b->name,
                   chosen ? " and counts hardware events" : ", but another one comes first");
    else
        doctor_add(findings, &fails, "backend %s does not work: %s", b->name, why);
}

void doctor_counters(json_t *findings)
{
    static const struct doctor_finding bad_file = {
        DOCTOR_WARN, false, "counters", "no events can be counted",
        "correct it, or unset RINGSIDE_COUNTERS and RINGSIDE_COUNTERS_BACKEND"};
    static const struct doctor_finding family = {DOCTOR_OK, false, "counters", NULL, NULL};
    struct counter_plan p;
    char why[1024];

    if (counter_plan_open(&p, why, sizeof why) != 0) {
        doctor_add(findings, &bad_file, "%s", why);
        return;
    }
    for (size_t i = 0; i < COUNTERS_BACKENDS; i++)
        add_backend(findings, counters_backends[i], counters_backends[i] == p.hardware);
    doctor_add(findings, &family, "events are named as for cpu family %s (%s)", p.family->name,
               p.family->title);
    counter_plan_close(&p);
}
