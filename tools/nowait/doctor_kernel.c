/* SPDX-License-Identifier: MIT */
/*
 * doctor: the kernel, and which of the things that help this library it can do here.
 * Owns a nameless temporary file and a page of memory for the moment of the probe.
 * Must not guess from version numbers: each feature is tried.
 */
#include "doctor.h"

#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

/* Newer than the headers that this may be built with: the numbers are the kernel's interface. */
#define ADVICE_GUARD_INSTALL 102
#define RESOLVE_FROM_CACHE   0x20

static const char *file_system_name(unsigned long magic)
{
    static const struct {
        unsigned long magic;
        const char *name;
    } known[] = {
        {0xef53, "ext4"},          {0x58465342, "xfs"},  {0x9123683e, "btrfs"}, {0x01021994, "tmpfs"},
        {0x794c7630, "overlayfs"}, {0x6969, "nfs"},      {0xf2f52010, "f2fs"},  {0x2fc12fc1, "zfs"},
        {0x65735546, "fuse"},      {0xff534d42, "cifs"}, {0x01021997, "9p"},    {0x73717368, "squashfs"},
        {0xca451a4e, "bcachefs"},  {0x9fa0, "proc"},     {0x62656572, "sysfs"}, {0xe0f5e1e2, "erofs"},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (known[i].magic == magic)
            return known[i].name;
    }
    return "another file system";
}

static void look_at_version(struct report *report)
{
    struct utsname name;
    uname(&name);
    report_add(report, LEVEL_GOOD, "version", "%s %s on %s", name.sysname, name.release, name.machine);
}

/* -- inline reads -- */

struct nowait_probe {
    int fd;
    int read_error;
    int write_error;
};

/* On a worker thread: reading and writing a file of our own with RWF_NOWAIT. */
static int try_nowait(void *arg)
{
    struct nowait_probe *probe = arg;
    char page[4096] = {1};
    struct iovec vector = {page, sizeof page};
    if (pwrite(probe->fd, page, sizeof page, 0) < 0)
        return -errno;
    probe->read_error = preadv2(probe->fd, &vector, 1, 0, RWF_NOWAIT) < 0 ? -errno : 0;
    probe->write_error = pwritev2(probe->fd, &vector, 1, 0, RWF_NOWAIT) < 0 ? -errno : 0;
    return 0;
}

static void report_nowait(struct report *report, const struct nowait_probe *probe)
{
    if (probe->read_error == 0 || probe->read_error == -EAGAIN)
        report_add(report, LEVEL_GOOD, "inline reads",
                   "yes: what the page cache holds is read at once (RWF_NOWAIT)");
    else
        finding_advise(report_add(report, LEVEL_NOTE, "inline reads", "no (RWF_NOWAIT: %s)",
                                  nw_strerror(probe->read_error)),
                       "every read goes through the backend; ext4, xfs, btrfs and tmpfs can do better");
    report_add(report, LEVEL_GOOD, "inline writes", "%s",
               probe->write_error == 0 || probe->write_error == -EAGAIN
                   ? "yes"
                   : "no, as on most file systems: writes go through the backend");
}

static void look_at_file_system(struct report *report)
{
    struct nowait_probe probe = {.fd = -1};
    struct statfs status;
    if (statfs(report->path, &status) == 0)
        report_add(report, LEVEL_GOOD, "file system", "%s (at %s)",
                   file_system_name((unsigned long)status.f_type), report->path);
    int rc = nw_temp_unnamed(report->path);
    if (rc >= 0) {
        probe.fd = rc;
        rc = nw_to_thread(try_nowait, &probe);
        nw_fd_close(probe.fd);
    }
    if (rc == 0)
        report_nowait(report, &probe);
    else
        finding_advise(report_add(report, LEVEL_NOTE, "inline reads",
                                  "not known: no file can be made in %s: %s", report->path, nw_strerror(rc)),
                       "name a directory that you may write to: nowait doctor DIR");
}

/* -- the rest -- */

static void look_at_cached_lookups(struct report *report)
{
    struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_FROM_CACHE};
    long fd = syscall(SYS_openat2, AT_FDCWD, "/", &how, sizeof how);
    int error = fd < 0 ? errno : 0;
    if (fd >= 0)
        close((int)fd);
    if (error == 0 || error == EAGAIN)
        report_add(report, LEVEL_GOOD, "cached lookups", "yes (openat2, RESOLVE_CACHED)");
    else
        finding_advise(
            report_add(report, LEVEL_NOTE, "cached lookups", "no (openat2: %s)", nw_strerror(error)),
            "needs Linux 5.12, and openat2 allowed by the container's seccomp profile");
}

static void look_at_guard_pages(struct report *report)
{
    long page = sysconf(_SC_PAGESIZE);
    size_t size = 2 * (size_t)page;
    void *memory =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED)
        return;
    bool light = madvise(memory, (size_t)page, ADVICE_GUARD_INSTALL) == 0;
    munmap(memory, size);
    if (light) {
        report_add(report, LEVEL_GOOD, "stack guards", "light (MADV_GUARD_INSTALL)");
        return;
    }
    int64_t maps = doctor_read_number("/proc/sys/vm/max_map_count", 65530);
    finding_advise(report_add(report, LEVEL_NOTE, "stack guards", "mprotect: two mappings for each task"),
                   "about %lld tasks at a time; for more raise sysctl vm.max_map_count, or use Linux 6.13",
                   (long long)(maps / 2));
}

static void look_at_clock(struct report *report)
{
    char source[64];
    doctor_read_line("/sys/devices/system/clocksource/clocksource0/current_clocksource", source,
                     sizeof source);
    if (!*source)
        return;
    bool slow = strcmp(source, "hpet") == 0 || strcmp(source, "acpi_pm") == 0;
    struct finding *finding = report_add(report, slow ? LEVEL_NOTE : LEVEL_GOOD, "clock", "%s", source);
    if (slow)
        finding_advise(finding, "reading this clock is a system call and slow; the processor's own (tsc) was "
                                "found unusable: see the kernel's log");
}

void doctor_look_at_kernel(struct report *report)
{
    report->section = "kernel";
    look_at_version(report);
    look_at_file_system(report);
    look_at_cached_lookups(report);
    look_at_guard_pages(report);
    look_at_clock(report);
}
