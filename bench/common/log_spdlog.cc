/* SPDX-License-Identifier: MIT */
/*
 * spdlog as a peer of the log. Formats the same text, with a time of the same length.
 * Knows nothing of the harness; a full queue blocks whoever logs, as with nowait's.
 */
#include "log_spdlog.h"

#include <cerrno>
#include <chrono>
#include <memory>
#include <spdlog/async.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <thread>
#include <vector>

#define QUEUE_ENTRIES 8192 /* its default */

static void log_share(spdlog::logger *logger, uint64_t first, uint64_t step, uint64_t entries)
{
    for (uint64_t n = first; n < entries; n += step)
        logger->info("worker {:03} request {:06}: GET /items/{} took {} us", n % 1000, n, n * 7919 % 100000,
                     n * 31 % 1000);
}

static void log_all(const char *path, unsigned threads, uint64_t entries)
{
    auto pool = std::make_shared<spdlog::details::thread_pool>(QUEUE_ENTRIES, 1);
    auto sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(path);
    auto logger =
        std::make_shared<spdlog::async_logger>("bench", sink, pool, spdlog::async_overflow_policy::block);
    std::vector<std::thread> others;

    logger->set_pattern("%Y-%m-%dT%H:%M:%S.%fZ %v", spdlog::pattern_time_type::utc);
    for (unsigned i = 1; i < threads; i++)
        others.emplace_back(log_share, logger.get(), i, threads, entries);
    log_share(logger.get(), 0, threads, entries);
    for (auto &thread : others)
        thread.join();
} /* the pool writes what is left, and the file is closed */

int bench_log_spdlog(const char *path, unsigned threads, uint64_t entries, int64_t *elapsed_ns_out)
{
    auto began = std::chrono::steady_clock::now();

    try {
        log_all(path, threads, entries);
    } catch (const std::exception &) {
        return -EIO;
    }
    auto elapsed = std::chrono::steady_clock::now() - began;
    *elapsed_ns_out = std::chrono::duration_cast<std::chrono::nanoseconds>(elapsed).count();
    return 0;
}
