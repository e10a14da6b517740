/* SPDX-License-Identifier: MIT */
/*
 * doctor: the backend in use, and what the kernel says when a ring is asked for.
 * Owns a ring for the moment of the probe, made by plain system calls so that the answer is the kernel's own.
 * Must not guess from version numbers.
 */
#include "doctor.h"

#include <linux/io_uring.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Newer than the headers that this may be built with: the numbers are the kernel's interface. */
#define FLAG_SINGLE_ISSUER (1u << 12)
#define FLAG_DEFER_TASKRUN (1u << 13)

static int ring_setup(unsigned flags, struct io_uring_params *params)
{
    memset(params, 0, sizeof *params);
    params->flags = flags;
    long fd = syscall(SYS_io_uring_setup, 8, params);
    return fd < 0 ? -errno : (int)fd;
}

/* -- why not -- */

/* The mode of seccomp(2) in which this process runs: 0 none, 2 a filter. */
static int seccomp_mode(void)
{
    nw_bytes status;
    if (nw_read_file("/proc/self/status", 64 * 1024, &status) < 0)
        return 0;
    const char *line = strstr(status.data, "\nSeccomp:");
    int mode = line ? atoi(line + strlen("\nSeccomp:")) : 0;
    nw_bytes_finish(&status);
    return mode;
}

static const char seccomp_advice[] =
    "a container's seccomp profile most likely: allow io_uring_setup, io_uring_enter and io_uring_register "
    "in it (docker run --security-opt seccomp=PROFILE.json)";

static void explain_eperm(struct finding *finding)
{
    int64_t disabled = doctor_read_number("/proc/sys/kernel/io_uring_disabled", 0);
    if (disabled == 2)
        finding_advise(finding,
                       "kernel.io_uring_disabled is 2, nobody may: sysctl kernel.io_uring_disabled=0");
    else if (disabled == 1)
        finding_advise(finding,
                       "kernel.io_uring_disabled is 1: join the group kernel.io_uring_group (%lld), "
                       "or sysctl kernel.io_uring_disabled=0",
                       (long long)doctor_read_number("/proc/sys/kernel/io_uring_group", -1));
    else if (seccomp_mode() != 0)
        finding_advise(finding, "%s", seccomp_advice);
    else
        finding_advise(finding, "a security module (SELinux, AppArmor) most likely: see the kernel's log");
}

static void explain(struct finding *finding, int error)
{
    switch (-error) {
    case EPERM:
    case EACCES:
        explain_eperm(finding);
        break;
    case ENOSYS:
        if (seccomp_mode() != 0)
            finding_advise(finding,
                           "the kernel has no io_uring (before 5.1, or CONFIG_IO_URING is off), or %s",
                           seccomp_advice);
        else
            finding_advise(finding,
                           "the kernel has no io_uring: it needs 5.1 or later and CONFIG_IO_URING=y");
        break;
    case ENOMEM:
        finding_advise(finding,
                       "no memory for a ring: raise RLIMIT_MEMLOCK (ulimit -l; LimitMEMLOCK= in systemd; "
                       "kernels before 5.12 count rings there) or the cgroup's memory.max");
        break;
    case EMFILE:
        finding_advise(finding, "no descriptor is left in this process: raise ulimit -n");
        break;
    case ENFILE:
        finding_advise(finding, "no descriptor is left in this system: raise sysctl fs.file-max");
        break;
    default:
        finding_advise(finding, "an unexpected error of io_uring_setup(2): please report it");
    }
}

/* -- what the ring can do -- */

static const struct {
    unsigned char code;
    const char *name;
} wanted_opcodes[] = {
    {IORING_OP_READ, "read"},           {IORING_OP_WRITE, "write"},
    {IORING_OP_READV, "readv"},         {IORING_OP_WRITEV, "writev"},
    {IORING_OP_FSYNC, "fsync"},         {IORING_OP_OPENAT, "openat"},
    {IORING_OP_CLOSE, "close"},         {IORING_OP_STATX, "statx"},
    {IORING_OP_FALLOCATE, "fallocate"}, {IORING_OP_RENAMEAT, "renameat"},
    {IORING_OP_UNLINKAT, "unlinkat"},   {IORING_OP_MKDIRAT, "mkdirat"},
    {IORING_OP_SYMLINKAT, "symlinkat"}, {IORING_OP_LINKAT, "linkat"},
    {IORING_OP_FADVISE, "fadvise"},     {IORING_OP_POLL_ADD, "poll"},
    {IORING_OP_ASYNC_CANCEL, "cancel"}, {55, "ftruncate"},
};

static bool has_opcode(const struct io_uring_probe *probe, unsigned char code)
{
    return code <= probe->last_op && code < probe->ops_len &&
           (probe->ops[code].flags & IO_URING_OP_SUPPORTED);
}

static void report_opcodes(struct report *report, const struct io_uring_probe *probe)
{
    char missing[160] = "";
    size_t used = 0;
    unsigned supported = 0;
    for (unsigned code = 0; code < probe->ops_len; code++)
        supported += (probe->ops[code].flags & IO_URING_OP_SUPPORTED) != 0;
    for (size_t i = 0; i < sizeof wanted_opcodes / sizeof wanted_opcodes[0]; i++) {
        if (!has_opcode(probe, wanted_opcodes[i].code) && used < sizeof missing)
            used += (size_t)snprintf(missing + used, sizeof missing - used, " %s", wanted_opcodes[i].name);
    }
    if (used == 0) {
        report_add(report, LEVEL_GOOD, "operations", "%u; all that files need", supported);
        return;
    }
    struct finding *finding =
        report_add(report, LEVEL_NOTE, "operations", "%u; missing:%s", supported, missing);
    finding_advise(finding, "threads carry these out; a newer kernel does it better");
}

static void probe_opcodes(struct report *report, int ring_fd)
{
    enum { MOST = 256 };
    struct io_uring_probe *probe = calloc(1, sizeof *probe + MOST * sizeof probe->ops[0]);
    if (!probe)
        return;
    if (syscall(SYS_io_uring_register, ring_fd, IORING_REGISTER_PROBE, probe, MOST) < 0)
        finding_advise(
            report_add(report, LEVEL_NOTE, "operations", "cannot be asked for: %s", nw_strerror(errno)),
            "kernels before 5.6 cannot tell; a newer one is better");
    else
        report_opcodes(report, probe);
    free(probe);
}

static void probe_modes(struct report *report)
{
    struct io_uring_params params;
    int fd = ring_setup(FLAG_SINGLE_ISSUER | FLAG_DEFER_TASKRUN, &params);
    if (fd >= 0) {
        close(fd);
        report_add(report, LEVEL_GOOD, "ring modes", "single issuer, deferred completions");
        return;
    }
    finding_advise(report_add(report, LEVEL_NOTE, "ring modes", "basic ones"),
                   "since Linux 6.1 completions cost fewer interruptions");
}

/* Returns: 0, or why there can be no ring. */
static int probe_ring(struct report *report)
{
    struct io_uring_params params;
    int fd = ring_setup(0, &params);
    if (fd < 0) {
        explain(report_add(report, LEVEL_BAD, "io_uring", "io_uring is forbidden or missing here: %s",
                           nw_strerror(fd)),
                fd);
        return fd;
    }
    report_add(report, LEVEL_GOOD, "io_uring", "a ring can be made");
    probe_modes(report);
    probe_opcodes(report, fd);
    close(fd);
    return 0;
}

/* -- the backend -- */

void doctor_look_at_backend(struct report *report)
{
    const char *backend = nw_loop_backend(nw_loop_current());
    const char *forced = getenv("NOWAIT_BACKEND");
    bool uring = strcmp(backend, "uring") == 0;
    report->section = "backend";

    struct finding *used =
        report_add(report, LEVEL_GOOD, "in use", "%s", uring ? "io_uring" : "epoll and threads");
    int rc = probe_ring(report);
    if (report->forced_error) {
        used->level = LEVEL_BAD;
        finding_advise(used,
                       "NOWAIT_BACKEND=%s demands what cannot be had (%s), and programs end with that; "
                       "unset it",
                       forced ? forced : "", nw_strerror(report->forced_error));
    } else if (!uring && forced && strcmp(forced, "epoll") == 0) {
        used->level = LEVEL_NOTE;
        finding_advise(used, "NOWAIT_BACKEND=epoll says so; %s",
                       rc == 0 ? "unset it to use io_uring" : "without it, it would be the same here");
    } else if (!uring && rc == 0) {
        used->level = LEVEL_BAD;
        finding_advise(used, "the kernel has io_uring, but the library did not take it: it was built without "
                             "liburing, or this kernel's lacks what it needs");
    }
}
