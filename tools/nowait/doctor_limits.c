/* SPDX-License-Identifier: MIT */
/*
 * doctor: limits of the process, the cgroup and the system that a program with many files and tasks runs
 * into. Owns nothing. Must not complain about a value that no real program would meet.
 */
#include "doctor.h"

#include "human.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

/* -- numbers -- */

struct amount {
    char text[32];
};

static struct amount plain(uint64_t value, bool unlimited)
{
    struct amount amount;
    if (unlimited)
        snprintf(amount.text, sizeof amount.text, "unlimited");
    else
        snprintf(amount.text, sizeof amount.text, "%llu", (unsigned long long)value);
    return amount;
}

static struct amount of_limit(rlim_t value)
{
    return plain(value, value == RLIM_INFINITY);
}

/* -- the process -- */

static void look_at_descriptors(struct report *report)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return;
    enum level level = limit.rlim_cur < 256 ? LEVEL_BAD : limit.rlim_cur < 4096 ? LEVEL_NOTE : LEVEL_GOOD;
    struct finding *finding = report_add(report, level, "descriptors", "%s, can be raised to %s",
                                         of_limit(limit.rlim_cur).text, of_limit(limit.rlim_max).text);
    if (level != LEVEL_GOOD)
        finding_advise(finding, "a file or connection each: ulimit -n %s (LimitNOFILE= in systemd)",
                       limit.rlim_max >= 65536 ? "65536" : of_limit(limit.rlim_max).text);
}

static void look_at_locked_memory(struct report *report)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_MEMLOCK, &limit) < 0)
        return;
    report_add(report, LEVEL_GOOD, "locked memory", "%s (rings count here before Linux 5.12 only)",
               limit.rlim_cur == RLIM_INFINITY ? "unlimited" : human_bytes((double)limit.rlim_cur).text);
}

static void look_at_threads(struct report *report)
{
    struct rlimit limit;
    int64_t system = doctor_read_number("/proc/sys/kernel/threads-max", INT64_MAX);
    if (getrlimit(RLIMIT_NPROC, &limit) < 0)
        return;
    bool low = limit.rlim_cur < 128 || system < 128;
    struct finding *finding =
        report_add(report, low ? LEVEL_BAD : LEVEL_GOOD, "threads", "%s for this user, %s in the system",
                   of_limit(limit.rlim_cur).text, plain((uint64_t)system, system == INT64_MAX).text);
    if (low)
        finding_advise(finding,
                       "worker threads may fail to start: raise ulimit -u or sysctl kernel.threads-max");
}

static void look_at_processors(struct report *report)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0)
        report_add(report, LEVEL_GOOD, "processors", "%d", CPU_COUNT(&set));
}

/* -- the system's memory -- */

static void look_at_mappings(struct report *report)
{
    int64_t maps = doctor_read_number("/proc/sys/vm/max_map_count", -1);
    if (maps < 0)
        return;
    enum level level = maps < 65530 ? LEVEL_NOTE : LEVEL_GOOD;
    struct finding *finding =
        report_add(report, level, "mappings", "%lld (vm.max_map_count)", (long long)maps);
    if (level != LEVEL_GOOD)
        finding_advise(finding, "less than the kernel's default: sysctl vm.max_map_count=65530 or more");
}

static void look_at_overcommit(struct report *report)
{
    int64_t mode = doctor_read_number("/proc/sys/vm/overcommit_memory", 0);
    if (mode != 2) {
        report_add(report, LEVEL_GOOD, "overcommit", "%s", mode == 1 ? "always" : "heuristic");
        return;
    }
    finding_advise(report_add(report, LEVEL_NOTE, "overcommit", "never (vm.overcommit_memory is 2)"),
                   "task stacks count in full, 256 KiB each: for many tasks give them smaller stacks "
                   "(nw_run_options.stack_bytes) or raise vm.overcommit_ratio");
}

/* -- the control group -- */

/* Where this process's cgroup (version 2) is mounted; false where there is none to be seen. */
static bool find_cgroup(char *folder_out, size_t size_bytes)
{
    nw_bytes text;
    if (nw_read_file("/proc/self/cgroup", 64 * 1024, &text) < 0)
        return false;
    char *line = strncmp(text.data, "0::", 3) == 0 ? text.data : strstr(text.data, "\n0::");
    if (line) {
        line = strchr(line, '/');
        line[strcspn(line, "\n")] = '\0';
        snprintf(folder_out, size_bytes, "/sys/fs/cgroup%s", strcmp(line, "/") == 0 ? "" : line);
    }
    nw_bytes_finish(&text);
    return line && nw_is_dir(folder_out) == 1;
}

/* The least of a limit that the cgroup and its parents set; INT64_MAX: none. */
static int64_t cgroup_limit(const char *folder, const char *file)
{
    char path[4096 + 64];
    char here[4096];
    int64_t least = INT64_MAX;
    snprintf(here, sizeof here, "%s", folder);
    while (strlen(here) >= strlen("/sys/fs/cgroup")) {
        snprintf(path, sizeof path, "%s/%s", here, file);
        int64_t value = doctor_read_number(path, INT64_MAX);
        least = value < least ? value : least;
        *strrchr(here, '/') = '\0';
    }
    return least;
}

static void look_at_cgroup(struct report *report)
{
    char folder[4096];
    if (!find_cgroup(folder, sizeof folder))
        return;
    int64_t threads = cgroup_limit(folder, "pids.max");
    struct finding *finding = report_add(report, threads < 128 ? LEVEL_BAD : LEVEL_GOOD, "cgroup threads",
                                         "%s", plain((uint64_t)threads, threads == INT64_MAX).text);
    if (threads < 128)
        finding_advise(finding, "worker threads may fail to start: raise pids.max "
                                "(docker run --pids-limit, TasksMax= in systemd)");

    int64_t memory = cgroup_limit(folder, "memory.max");
    bool little = memory < (int64_t)64 << 20;
    finding = report_add(report, little ? LEVEL_NOTE : LEVEL_GOOD, "cgroup memory", "%s",
                         memory == INT64_MAX ? "unlimited" : human_bytes((double)memory).text);
    if (little)
        finding_advise(finding, "the page cache counts too, so files are read from disk again and again: "
                                "raise memory.max (docker run --memory, MemoryMax= in systemd)");
}

void doctor_look_at_limits(struct report *report)
{
    report->section = "limits";
    look_at_processors(report);
    look_at_descriptors(report);
    look_at_locked_memory(report);
    look_at_threads(report);
    look_at_mappings(report);
    look_at_overcommit(report);
    look_at_cgroup(report);
}
