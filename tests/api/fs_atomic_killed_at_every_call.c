/* SPDX-License-Identifier: MIT */
/*
 * NW_ATOMIC is killed before and after each system call that it makes: the file has the old or the new
 * content, whole, and beside it is at most one temporary, whose name begins with a dot.
 *
 * ctest: backend=epoll timeout=300 no-valgrind no-sanitizer
 */
#include "check.h"
#include <nowait.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#define OLD "the old content"
#define NEW "the new content, which is longer"

static int replace(void *arg)
{
    (void)arg;
    return nw_write_file("file", NEW, sizeof NEW - 1, NW_ATOMIC);
}

static void child(void)
{
    CHECK_SYS(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
    CHECK_SYS(raise(SIGSTOP));
    _exit(nw_run(replace, NULL) == 0 ? 0 : 1);
}

static pid_t start(void)
{
    int status;
    pid_t pid = CHECK_SYS(fork());

    if (pid == 0)
        child();
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK(WIFSTOPPED(status));
    CHECK_SYS(ptrace(PTRACE_SETOPTIONS, pid, NULL,
                     PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL));
    CHECK_SYS(ptrace(PTRACE_SYSCALL, pid, NULL, NULL));
    return pid;
}

/*
 * Let it run for `stops` entries to and exits from system calls, by any of its threads, then kill it.
 * Returns: whether it was killed; false: it came to its end before.
 */
static bool kill_after(int stops)
{
    pid_t pid = start(), thread;
    int status;

    for (;;) {
        thread = CHECK_SYS(waitpid(-1, &status, __WALL));
        if (thread == pid && WIFEXITED(status)) {
            CHECK_EQ(WEXITSTATUS(status), 0);
            return false;
        }
        if (!WIFSTOPPED(status))
            continue;
        if (WSTOPSIG(status) == (SIGTRAP | 0x80) && stops-- == 0)
            break;
        int signal = WSTOPSIG(status);
        if (signal == (SIGTRAP | 0x80) || signal == SIGTRAP || signal == SIGSTOP)
            signal = 0;
        ptrace(PTRACE_SYSCALL, thread, NULL, (void *)(uintptr_t)signal);
    }
    kill(pid, SIGKILL);
    while (waitpid(-1, &status, __WALL) > 0)
        continue;
    return true;
}

/* Returns: whether the content is the new one. Removes a temporary, and counts it. */
static bool verify(int stops, int *temporaries)
{
    char found[64] = "";
    int fd = CHECK_SYS(open("file", O_RDONLY | O_CLOEXEC)), entries = 0;
    ssize_t n = read(fd, found, sizeof found - 1);
    struct dirent *entry;
    struct stat status;
    DIR *folder = opendir(".");

    CHECK(folder && n >= 0);
    CHECK_SYS(fstat(fd, &status));
    CHECK_EQ(status.st_mode & 07777, 0640);
    close(fd);
    if (strcmp(found, OLD) != 0 && strcmp(found, NEW) != 0)
        check_fail(__FILE__, __LINE__, "killed after %d stops: \"%s\"", stops, found);
    while ((entry = readdir(folder))) {
        if (strncmp(entry->d_name, ".file.", 6) == 0) {
            CHECK_SYS(unlink(entry->d_name));
            ++*temporaries;
            entries++;
        }
    }
    closedir(folder);
    CHECK(entries <= 1);
    CHECK_EQ(check_count_entries("."), 1);
    return strcmp(found, NEW) == 0;
}

int main(void)
{
    int stops, temporaries = 0, old = 0, new = 0;
    bool killed = true;

    check_enter_folder();
    for (stops = 0; killed; stops++) {
        check_write_file("file", OLD, sizeof OLD - 1);
        CHECK_SYS(chmod("file", 0640));
        killed = kill_after(stops);
        if (verify(stops, &temporaries))
            new ++;
        else
            old++;
    }
    printf("%d places: old content %d times, new %d times, %d temporaries left\n", stops, old, new,
           temporaries);
    CHECK(old > 10);
    CHECK(new > 2); /* killed after the rename, and not at all */
    CHECK(temporaries > 2);
    return 0;
}
