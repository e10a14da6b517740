/* SPDX-License-Identifier: MIT */
/*
 * Other processes, as the network benchmarks need them: pinned to processors, their output read, the
 * processor time that they take told. They die with the benchmark, however it ends.
 */
#ifndef BENCH_CHILD_H
#define BENCH_CHILD_H

#include <sched.h>
#include <sys/types.h>

#include "bench.h"

/* Where servers and clients run. With one processor, all are the same. */
struct bench_places {
    cpu_set_t first; /* one processor: what is measured */
    cpu_set_t rest;  /* the others: whoever is only there to make it work */
};

void bench_places_find(struct bench_places *places);
/* The calling thread, and what it makes later, runs there. */
void bench_pin(const cpu_set_t *set);

/* What a program took. */
struct bench_usage {
    int64_t elapsed_ns; /* from before its start to after its end */
    long rss_kib;       /* the most that it had at any time */
};

/* Start a program, found in PATH, there; its standard output goes to `out_fd`, the rest to /dev/null. */
int bench_start(const char *const *arguments, const cpu_set_t *where, int out_fd, pid_t *child_out);
/* Run it to its end. Up to size - 1 bytes of its output come in `text`, with a NUL; both may be NULL. */
int bench_execute(const char *const *arguments, const cpu_set_t *where, char *text, size_t size,
                  struct bench_usage *usage_out);
/* Fork; `fn(arg, fd)` runs in the child, there, and never returns from this call. It writes to `fd` what
 * `text` gets, up to a newline: that it is ready. */
int bench_fork(void (*fn)(void *arg, int fd), void *arg, const cpu_set_t *where, char *text, size_t size,
               pid_t *child_out);
/* End it. 0 is nobody. */
void bench_stop(pid_t child);
/* Processor time that the process has used so far, user and system, all threads; 0 when it is not there. */
int64_t bench_cpu_ns(pid_t process);
/* The first child of a process; 0: it has none. */
pid_t bench_child_of(pid_t parent);
/* Is there such a program in PATH? */
bool bench_installed(const char *program);
/* This build's tool, beside the folder of the benchmarks. */
const char *bench_tool(void);

#endif
