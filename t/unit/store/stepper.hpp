// SPDX-License-Identifier: Apache-2.0
// Knows how to see shared memory after every single instruction of a change,
// as whoever takes a killed worker's lock would.
#pragma once

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/region.hpp"

namespace store {

// Runs `change` in a child, one instruction at a time; whenever `region` is
// not as it was, `seen` is called with a copy. Gives how often.
template <class Change, class Seen>
int after_each_instruction(const Region& region, Change change, Seen seen) {
    Region last(region.size()), copy(region.size());
    int times = 0, status = 0;
    const pid_t child = fork();

    if (child == 0) {
        ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
        raise(SIGSTOP);
        change();
        _exit(0);
    }
    last.copy(region);
    waitpid(child, &status, 0);
    while (WIFSTOPPED(status)) {
        if (!last.equals(region)) {
            last.copy(region);
            copy.copy(region);
            seen(copy);
            times++;
        }
        if (ptrace(PTRACE_SINGLESTEP, child, nullptr, nullptr) != 0) {
            ADD_FAILURE() << "cannot step";
            kill(child, SIGKILL);
        }
        waitpid(child, &status, 0);
    }
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    return times;
}

}  // namespace store
