/* SPDX-License-Identifier: MIT */
/*
 * spdlog as a peer of the log: an asynchronous logger with one thread that writes to a file.
 */
#ifndef BENCH_LOG_SPDLOG_H
#define BENCH_LOG_SPDLOG_H

#include <stdint.h>

#define BENCH_LOG_THREADS_MAX 16

#ifdef __cplusplus
extern "C" {
#endif

/* Log entries 0 to `entries` - 1 from so many threads, up to the end of the log. Returns 0, or -errno. */
int bench_log_spdlog(const char *path, unsigned threads, uint64_t entries, int64_t *elapsed_ns_out);

#ifdef __cplusplus
}
#endif

#endif
