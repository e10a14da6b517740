/* SPDX-License-Identifier: MIT */
/*
 * Running a command: posix_spawnp(3), and a descriptor of the process that becomes readable when it ends.
 * Its input lies in memory that looks like a file: nobody has to write while it runs.
 */
#include "command.h"

#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static int input_file(nw_slice input)
{
    int fd = memfd_create("input", MFD_CLOEXEC);
    if (fd < 0)
        return -errno;
    for (size_t done = 0; done < input.size;) {
        ssize_t n = write(fd, input.data + done, input.size - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            int rc = -errno;
            close(fd);
            return rc;
        }
        done += (size_t)n;
    }
    lseek(fd, 0, SEEK_SET);
    return fd;
}

/* What this process does with signals is not the command's business. */
static int start(char *const *argv, int input_fd, pid_t *pid_out)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t all, none;
    int rc = posix_spawn_file_actions_init(&actions);
    if (rc)
        return -rc;
    rc = posix_spawnattr_init(&attributes);
    if (rc) {
        posix_spawn_file_actions_destroy(&actions);
        return -rc;
    }
    sigfillset(&all);
    sigemptyset(&none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    rc = posix_spawn_file_actions_adddup2(&actions, input_fd, STDIN_FILENO);
    if (rc == 0)
        rc = posix_spawnp(pid_out, argv[0], &actions, &attributes, argv, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return -rc;
}

/* -- on a worker: both may take a moment -- */

struct launch {
    char *const *argv;
    nw_slice input;
    pid_t pid;
};

static int launch(void *arg)
{
    struct launch *launch = arg;
    int fd = input_file(launch->input);
    if (fd < 0)
        return fd;
    int rc = start(launch->argv, fd, &launch->pid);
    close(fd);
    return rc;
}

static int reap(void *arg)
{
    pid_t pid = *(pid_t *)arg;
    int status;
    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR)
            return -errno;
    }
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* -- in the task -- */

/* Until it has ended. Before Linux 5.3, and without descriptors, the worker that reaps it waits. */
static int await_end(pid_t pid)
{
    int fd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (fd < 0)
        return 0;
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    int rc = nw_fd_poll(fd, POLLIN);
    close(fd);
    return rc < 0 ? rc : 0;
}

int command_run(char *const *argv, nw_slice input)
{
    struct launch arguments = {.argv = argv, .input = input};
    nw_shield shield;
    int rc = nw_to_thread(launch, &arguments);
    if (rc < 0)
        return rc;
    int ended = await_end(arguments.pid);
    if (ended < 0)
        kill(arguments.pid, SIGTERM);
    nw_shield_begin(&shield);
    rc = nw_to_thread(reap, &arguments.pid);
    nw_shield_end(&shield);
    return ended < 0 ? ended : rc;
}
