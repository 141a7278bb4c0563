/* SPDX-License-Identifier: MIT */
/* What the tests of counters share. */
#ifndef COUNTERS_FIXTURE_H
#define COUNTERS_FIXTURE_H

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <sys/wait.h>
#include <unistd.h>

inline void spin_20_ms()
{
    struct timespec begin, now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &begin);
    do
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    while ((now.tv_sec - begin.tv_sec) * 1000000000 + now.tv_nsec - begin.tv_nsec < 20000000);
}

/* Runs in a process of its own, as libraries read the environment once. */
template <typename Work> void in_child(const char *name, const char *value, Work work)
{
    const pid_t pid = fork();
    ASSERT_GE(pid, 0);
    if (pid == 0) {
        if (name != nullptr)
            setenv(name, value, 1);
        work();
        fflush(nullptr);
        _exit(testing::Test::HasFailure() ? 1 : 0);
    }
    int status = -1;
    ASSERT_EQ(waitpid(pid, &status, 0), pid);
    EXPECT_EQ(status, 0) << (value ? value : "") << ": see the failures above";
}

#endif
