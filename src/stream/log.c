/* SPDX-License-Identifier: MIT */
/*
 * The calls of a log: opened, entries added, orders given, closed.
 * Owns the logger and its buffers. Must not touch the file, which belongs to the writer.
 */
#include "stream/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/options.h"
#include "io/io.h"

#define QUEUE_BYTES       ((size_t)1 << 20)
#define QUEUE_BYTES_MAX   ((size_t)1 << 30)
#define ENTRY_LIMIT_BYTES ((size_t)64 << 10)
#define KEEP              5
#define KEEP_MAX          10000
#define PERMISSIONS       0644
#define ON_STACK_BYTES    512 /* formatted on the task's stack; longer entries are rare */

/* -- opening -- */

static bool valid(const nw_log_options *options)
{
    return options->full <= NW_LOG_FAIL && options->sync <= NW_LOG_SYNC_EACH &&
           options->sync_interval_ns >= 0 && options->queue_bytes <= QUEUE_BYTES_MAX &&
           options->rotate_bytes >= 0 && options->rotate_age_ns >= 0 && options->keep <= KEEP_MAX &&
           (options->permissions & ~07777U) == 0 && nw__reserved_unused(options);
}

static void set_defaults(nw_log_options *options)
{
    if (!options->sync_interval_ns)
        options->sync_interval_ns = NW_SEC(1);
    if (!options->queue_bytes)
        options->queue_bytes = QUEUE_BYTES;
    if (!options->entry_limit_bytes)
        options->entry_limit_bytes = ENTRY_LIMIT_BYTES;
    if (!options->keep)
        options->keep = KEEP;
    if (!options->permissions)
        options->permissions = PERMISSIONS;
}

static void destroy(nw_logger *logger)
{
    free(logger->gathering.data);
    free(logger->leaving.data);
    free(logger->file.path);
    nw__stamp_finish(&logger->stamp);
    free(logger);
}

/* How far from its end a file's last whole line may be: no entry is longer than the queue, with its time. */
static size_t repair_bytes(const nw_log_options *options)
{
    if (options->entry_limit_bytes > options->queue_bytes)
        return options->queue_bytes;
    return options->entry_limit_bytes + NW__STAMP_BYTES;
}

static nw_logger *create(const nw_log_options *options, const char *path)
{
    nw_logger *logger = calloc(1, sizeof *logger);

    if (!logger)
        return NULL;
    logger->options = *options;
    set_defaults(&logger->options);
    options = &logger->options;
    logger->fork_generation = nw__fork_generation;
    logger->gathering.data = malloc(options->queue_bytes);
    logger->leaving.data = malloc(options->queue_bytes);
    logger->file = (struct nw__log_file){.path = strdup(path),
                                         .permissions = options->permissions,
                                         .keep = options->keep,
                                         .rotate_bytes = options->rotate_bytes,
                                         .rotate_age_ns = options->rotate_age_ns,
                                         .repair_bytes = repair_bytes(options),
                                         .durable = options->sync != NW_LOG_SYNC_NEVER,
                                         .fd = -1};
    nw__list_init(&logger->room);
    nw__list_init(&logger->settling);
    nw__list_init(&logger->rotating);
    nw__list_init(&logger->closers);
    nw__list_init(&logger->idle);
    if (logger->gathering.data && logger->leaving.data && logger->file.path)
        return logger;
    destroy(logger);
    return NULL;
}

static int open_step(void *arg)
{
    nw_logger *logger = arg;
    const nw_log_options *options = &logger->options;
    int rc = nw__stamp_init(&logger->stamp, options->time_format, options->local_time);

    return rc < 0 ? rc : nw__log_file_open(&logger->file);
}

static int close_step(void *arg)
{
    return nw__log_file_close(arg);
}

static int start_writer(nw_logger *logger)
{
    static const nw_spawn_options writer = {.name = "log writer"};

    pthread_mutex_init(&logger->lock, NULL);
    pthread_cond_init(&logger->granted, NULL);
    nw_task *task = nw_spawn_with(&writer, nw__log_writer, logger);
    if (!task)
        return -ENOMEM;
    nw__task_serve(task);
    return 0;
}

int nw_log_open(const nw_log_options *options, const char *path, nw_logger **logger_out)
{
    static const nw_log_options defaults;
    nw_task *self;
    int rc = nw__task_enter(&self);

    if (rc < 0)
        return rc;
    if (!options)
        options = &defaults;
    if (!path || !*path || !logger_out || !valid(options))
        return -EINVAL;
    nw_logger *logger = create(options, path);
    if (!logger)
        return -ENOMEM;
    rc = nw__work_await("log open", open_step, logger);
    if (rc == 0) {
        logger->options.time_format = NULL; /* it was borrowed */
        rc = start_writer(logger);
        if (rc < 0)
            nw__io_cleanup("log close", close_step, &logger->file);
    }
    if (rc < 0) {
        destroy(logger);
        return rc;
    }
    *logger_out = logger;
    return 0;
}

/* -- entries -- */

static int take_error(nw_logger *logger)
{
    int rc = logger->error;

    logger->error = 0;
    return rc;
}

/* With the lock held, which is released. */
static int add_to_full(nw_logger *logger, struct nw__log_wait *wait)
{
    int rc = -EAGAIN;

    if (logger->options.full == NW_LOG_DROP) {
        logger->dropped_untold++;
        logger->counters.dropped++;
        rc = take_error(logger);
    } else if (logger->options.full == NW_LOG_WAIT) {
        rc = nw__log_may_wait();
        if (rc == 0)
            return nw__log_wait(logger, &logger->room, wait, "room in a log");
        if (rc == NW_ENOTASK)
            rc = -EAGAIN;
    }
    pthread_mutex_unlock(&logger->lock);
    return rc;
}

/* With the lock held, which is released. */
static int add(nw_logger *logger, struct nw__log_wait *wait)
{
    int rc = logger->closing ? logger->closing : nw__log_accept(logger, wait->text, wait->need_bytes);

    if (rc == -EAGAIN)
        return add_to_full(logger, wait);
    if (rc == 0) {
        nw__log_wake_writer(logger, false);
        if (logger->options.sync == NW_LOG_SYNC_EACH) {
            wait->target = logger->accepted;
            return nw__log_wait(logger, &logger->settling, wait, "log entry");
        }
        rc = take_error(logger);
    }
    pthread_mutex_unlock(&logger->lock);
    return rc;
}

int nw_log_text(nw_logger *logger, const char *text, size_t size_bytes)
{
    struct nw__log_wait wait = {.text = {text ? text : "", size_bytes}};

    if (!logger || (!text && size_bytes))
        return -EINVAL;
    if (logger->fork_generation != nw__fork_generation)
        return NW_EFORKED;
    if (size_bytes > logger->options.entry_limit_bytes)
        return -EMSGSIZE;
    if (logger->options.sync == NW_LOG_SYNC_EACH) {
        int rc = nw__log_may_wait();
        if (rc < 0)
            return rc;
    }
    wait.need_bytes = nw__log_need(wait.text);
    pthread_mutex_lock(&logger->lock);
    int rc = add(logger, &wait);
    nw_task *self = nw__task_self();
    if (self)
        nw__task_breathe(self, wait.need_bytes);
    return rc;
}

/* It did not fit on the stack. */
NW_PRINTF(3, 0)
static int log_long(nw_logger *logger, size_t size_bytes, const char *format, va_list arguments)
{
    if (size_bytes > logger->options.entry_limit_bytes)
        return -EMSGSIZE;
    char *text = malloc(size_bytes + 1);
    if (!text)
        return -ENOMEM;
    vsnprintf(text, size_bytes + 1, format, arguments);
    int rc = nw_log_text(logger, text, size_bytes);
    free(text);
    return rc;
}

int nw_vlog(nw_logger *logger, const char *format, va_list arguments)
{
    char text[ON_STACK_BYTES];
    va_list again;

    if (!logger || !format)
        return -EINVAL;
    va_copy(again, arguments);
    int n = vsnprintf(text, sizeof text, format, arguments);
    int rc = n < 0 ? -EINVAL : 0;
    if (n >= (int)sizeof text)
        rc = log_long(logger, (size_t)n, format, again);
    else if (n >= 0)
        rc = nw_log_text(logger, text, (size_t)n);
    va_end(again);
    return rc;
}

int nw_log(nw_logger *logger, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    int rc = nw_vlog(logger, format, arguments);
    va_end(arguments);
    return rc;
}

/* -- orders -- */

/* Returns with the lock held when it returns 0. */
static int enter(nw_logger *logger, bool wait)
{
    if (!logger)
        return -EINVAL;
    if (logger->fork_generation != nw__fork_generation)
        return NW_EFORKED;
    int rc = wait ? nw__log_may_wait() : 0;
    if (rc < 0)
        return rc;
    pthread_mutex_lock(&logger->lock);
    rc = logger->closing;
    if (rc < 0)
        pthread_mutex_unlock(&logger->lock);
    return rc;
}

static void hurry_writer(nw_logger *logger)
{
    logger->hurry = true;
    nw__log_wake_writer(logger, true);
}

int nw_log_flush(nw_logger *logger)
{
    struct nw__log_wait wait = {0};
    int rc = enter(logger, true);

    if (rc < 0)
        return rc;
    rc = take_error(logger);
    if (rc < 0 || nw__log_settled(logger) == logger->accepted) {
        pthread_mutex_unlock(&logger->lock);
        return rc;
    }
    wait.target = logger->accepted;
    hurry_writer(logger);
    return nw__log_wait(logger, &logger->settling, &wait, "log flush");
}

int nw_log_reopen(nw_logger *logger)
{
    int rc = enter(logger, false);

    if (rc < 0)
        return rc;
    if (!logger->reopen_wanted) /* else the path will be opened after this call, which is what counts */
        logger->reopen_at = logger->accepted;
    logger->reopen_wanted = true;
    hurry_writer(logger);
    pthread_mutex_unlock(&logger->lock);
    return 0;
}

int nw_log_rotate(nw_logger *logger)
{
    struct nw__log_wait wait = {0};
    int rc = enter(logger, true);

    if (rc < 0)
        return rc;
    logger->rotate_at = logger->accepted; /* also of an order that still waits: one rotation serves both */
    logger->rotate_wanted = true;
    hurry_writer(logger);
    return nw__log_wait(logger, &logger->rotating, &wait, "log rotation");
}

int nw_log_stats(nw_logger *logger, nw_log_counters *counters_out)
{
    if (!logger || !counters_out)
        return -EINVAL;
    if (logger->fork_generation != nw__fork_generation)
        return NW_EFORKED;
    pthread_mutex_lock(&logger->lock);
    *counters_out = logger->counters;
    counters_out->queued_bytes = logger->queued_bytes;
    pthread_mutex_unlock(&logger->lock);
    return 0;
}

/* -- closing -- */

/* Returns: 0, or NW_ENOTASK: the loop on which the writer runs, or another one, cannot be held up. */
static int end_writer(nw_logger *logger)
{
    struct nw__log_wait wait = {0};
    nw_shield shield;

    pthread_mutex_lock(&logger->lock);
    if (logger->ended || (nw__loop_current && !nw__task_self())) {
        int rc = logger->ended ? 0 : NW_ENOTASK;
        pthread_mutex_unlock(&logger->lock);
        return rc;
    }
    if (!logger->closing)
        logger->closing = NW_ECLOSED;
    hurry_writer(logger);
    nw_shield_begin(&shield);
    (void)nw__log_wait(logger, &logger->closers, &wait, "log close");
    nw_shield_end(&shield);
    return 0;
}

int nw_log_close_with(nw_logger *logger, nw_log_counters *counters_out)
{
    if (!logger)
        return 0;
    if (logger->fork_generation != nw__fork_generation) {
        (void)nw__log_file_close(&logger->file); /* the child's copy; the parent's goes on */
        destroy(logger);
        return NW_EFORKED;
    }
    int rc = end_writer(logger);
    if (rc < 0)
        return rc;
    rc = logger->error;
    if (counters_out)
        (void)nw_log_stats(logger, counters_out);
    pthread_cond_destroy(&logger->granted);
    pthread_mutex_destroy(&logger->lock);
    destroy(logger);
    return rc;
}

int nw_log_close(nw_logger *logger)
{
    return nw_log_close_with(logger, NULL);
}
