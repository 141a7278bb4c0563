/* SPDX-License-Identifier: MIT */
#include "counters_reason.h"

#include <errno.h>
#include <stdio.h>

const struct counters_reason counters_perf_reasons[] = {
    {ENOENT, "ENOENT",
     "no hardware counters: the processor has none the kernel knows, or the hypervisor does not "
     "pass them on",
     "use bare metal or a machine type with a virtual performance unit"},
    {ENODEV, "ENODEV", "no hardware counters: the processor has no performance unit",
     "use another machine"},
    {EOPNOTSUPP, "EOPNOTSUPP", "the hardware lacks a feature the event needs",
     "choose an event that needs no precise sampling and no filter for kernel or hypervisor"},
    {EACCES, "EACCES", "forbidden to this user by kernel.perf_event_paranoid",
     "sudo sysctl kernel.perf_event_paranoid=1, or setcap cap_perfmon+ep on the command"},
    {EPERM, "EPERM",
     "forbidden by a sandbox (seccomp), by kernel lockdown, or for want of a capability",
     "allow perf_event_open in the container's seccomp profile, and give it CAP_PERFMON"},
    {ENOSYS, "ENOSYS", "no perf events: a kernel built without them, or an emulated one",
     "use a kernel with CONFIG_PERF_EVENTS, not user-mode emulation"},
    {EMFILE, "EMFILE", "this process has no file descriptor left for the counter",
     "raise the limit: ulimit -n"},
    {ENOSPC, "ENOSPC", "the kernel has no room for another counter here",
     "end other users of perf events, or count fewer events at once"},
    {EINVAL, "EINVAL", "the kernel does not know this event or this form of the call",
     "choose an event of this cpu: `ringside list counters` shows which work"},
    {EBUSY, "EBUSY", "the counters are taken by another user",
     "end other profilers, or disable the NMI watchdog: sudo sysctl kernel.nmi_watchdog=0"},
    {ESRCH, "ESRCH", "the thread to be counted is gone", "repeat the round"},
    {E2BIG, "E2BIG", "this kernel is older than the form of the call", "use a newer kernel"},
    {EINTR, "EINTR", "a signal came in between", "repeat the round"},
    {EFAULT, "EFAULT", "the kernel could not read the request",
     "report it: this is a fault of Ringside"},
};
const size_t counters_perf_reasons_count =
    sizeof counters_perf_reasons / sizeof counters_perf_reasons[0];

/* The codes are those of papi.h, which need not be there. */
const struct counters_reason counters_papi_reasons[] = {
    {-1, "PAPI_EINVAL", "PAPI does not accept this event in this set",
     "choose an event that `papi_native_avail` shows"},
    {-2, "PAPI_ENOMEM", "PAPI is out of memory", "free some and repeat"},
    {-3, "PAPI_ESYS", "a system call of PAPI failed",
     "look at the reason that `ringside doctor` gives for perf"},
    {-4, "PAPI_ECMP", "PAPI's component does not do this on this machine",
     "use RINGSIDE_COUNTERS_BACKEND=perf"},
    {-5, "PAPI_ECLOST", "access to the counters was lost", "end other profilers and repeat"},
    {-7, "PAPI_ENOEVNT",
     "PAPI cannot count this event here: the name is of another cpu, or the kernel refuses it",
     "choose an event that `papi_native_avail` shows, and look at the reason that "
     "`ringside doctor` gives for perf"},
    {-8, "PAPI_ECNFLCT", "the event does not fit the counters beside the others of its pass",
     "put fewer events in the group, or disable the NMI watchdog: sudo sysctl "
     "kernel.nmi_watchdog=0"},
    {-9, "PAPI_ENOTRUN", "the events were not counting when they were read",
     "report it: this is a fault of Ringside"},
    {-10, "PAPI_EISRUN", "this thread is counting with PAPI already",
     "let nobody else use PAPI in this process"},
    {-13, "PAPI_ENOCNTR", "PAPI finds no counters in this processor", "use another machine"},
    {-15, "PAPI_EPERM", "PAPI is not permitted to count",
     "sudo sysctl kernel.perf_event_paranoid=1, or allow perf_event_open in the sandbox"},
    {-16, "PAPI_ENOINIT", "PAPI was not initialised", "report it: Ringside failed to start it"},
    {-18, "PAPI_ENOSUPP", "PAPI does not support this", "use another event"},
    {-22, "PAPI_EATTR", "the event has an umask too many or too few",
     "name one umask: EVENT:UMASK, as `papi_native_avail` shows"},
    {-23, "PAPI_ECOUNT", "PAPI has no room for so many events", "put fewer events in the group"},
    {-25, "PAPI_ECMP_DISABLED", "PAPI's component for this event is off",
     "`ringside doctor` says why"},
    {-27, "PAPI_EMULPASS", "the hardware cannot count these events in one pass",
     "put them in groups of their own"},
};
const size_t counters_papi_reasons_count =
    sizeof counters_papi_reasons / sizeof counters_papi_reasons[0];

static const struct counters_reason *find(const struct counters_reason *list, size_t n, int code,
                                          const struct counters_reason *other)
{
    for (size_t i = 0; i < n; i++)
        if (list[i].code == code)
            return &list[i];
    return other;
}

const struct counters_reason *counters_perf_reason(int error)
{
    static const struct counters_reason other = {
        0, "another error", "perf_event_open() failed for a reason unknown to Ringside",
        "look into the kernel's log: dmesg"};
    return find(counters_perf_reasons, counters_perf_reasons_count, error, &other);
}

const struct counters_reason *counters_papi_reason(int code)
{
    static const struct counters_reason other = {0, "another code",
                                                 "PAPI failed for a reason unknown to Ringside",
                                                 "try RINGSIDE_COUNTERS_BACKEND=perf"};
    return find(counters_papi_reasons, counters_papi_reasons_count, code, &other);
}

void counters_reason_text(const struct counters_reason *r, char *to, size_t n)
{
    snprintf(to, n, "%s: %s; %s", r->name, r->what, r->fix);
}
