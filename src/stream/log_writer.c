/* SPDX-License-Identifier: MIT */
/*
 * The writer of a log: a service of the owner's loop that makes trips to a worker, each with all that has
 * gathered since the last. Owns the logger's file until it ends. Must not be waited for with the lock held.
 *
 * It ends when the log is closed or the loop ends, after all that was accepted is written, or cannot be.
 */
#include "io/io.h"
#include "stream/log.h"

#define PAUSE_LEAST_NS NW_MS(10) /* after a failure; each further one doubles it */
#define PAUSE_MOST_NS  NW_SEC(1)

/* What a worker does at a time. */
struct trip {
    struct nw__log_file *file;
    const char *data;
    size_t size_bytes;
    uint64_t from; /* the position of `data` */
    bool reopen, rotate, sync;
    uint64_t reopen_at, rotate_at;
    struct nw__list rotating; /* who wait for this rotation */

    size_t written;
    int rc;        /* what kept the rest from being written */
    int sync_rc;   /* of what is written, when `sync` */
    int rotate_rc; /* of the order */
    int side_rc;   /* of what else went wrong, and kept nothing from being written */
};

/* -- on a worker -- */

static void obey(struct trip *trip, uint64_t at)
{
    if (trip->file->torn)
        return;
    if (trip->reopen && at >= trip->reopen_at) {
        int rc = nw__log_file_reopen(trip->file);
        trip->reopen = false;
        if (rc < 0)
            trip->side_rc = rc;
    }
    if (trip->rotate && at >= trip->rotate_at) {
        trip->rotate_rc = nw__log_file_rotate(trip->file);
        trip->rotate = false;
    }
}

/* Where to stop for the next order. */
static uint64_t next_stop(const struct trip *trip, uint64_t end)
{
    if (trip->reopen && trip->reopen_at < end)
        end = trip->reopen_at;
    if (trip->rotate && trip->rotate_at < end)
        end = trip->rotate_at;
    return end;
}

static int make_trip(void *arg)
{
    struct trip *trip = arg;
    uint64_t at = trip->from, end = trip->from + trip->size_bytes;

    for (;;) {
        size_t written = 0;
        obey(trip, at);
        if (at == end || trip->rc < 0)
            break;
        uint64_t stop = next_stop(trip, end);
        if (stop <= at)
            stop = end;
        trip->rc = nw__log_file_append(trip->file, trip->data + (at - trip->from), (size_t)(stop - at),
                                       &written, &trip->side_rc);
        at += written;
    }
    trip->written = (size_t)(at - trip->from);
    if (trip->sync) /* also what was written before something failed */
        trip->sync_rc = nw__log_file_sync(trip->file);
    return 0;
}

static int close_file(void *arg)
{
    return nw__log_file_close(arg);
}

/* -- on the loop, with the lock held -- */

static bool sync_needed(const nw_logger *logger)
{
    if (logger->options.sync == NW_LOG_SYNC_NEVER || logger->synced == logger->accepted)
        return false;
    return logger->options.sync == NW_LOG_SYNC_EACH || logger->closing ||
           !nw__list_empty(&logger->settling) || (logger->sync_at_ns && nw__clock_ns() >= logger->sync_at_ns);
}

static bool has_work(const nw_logger *logger)
{
    return logger->queued_bytes > 0 || logger->reopen_wanted || logger->rotate_wanted || sync_needed(logger);
}

static void take_orders(nw_logger *logger, struct trip *trip)
{
    uint64_t end = trip->from + trip->size_bytes;

    if (logger->reopen_wanted && logger->reopen_at <= end) {
        trip->reopen = true;
        trip->reopen_at = logger->reopen_at;
        logger->reopen_wanted = false;
    }
    if (logger->rotate_wanted && logger->rotate_at <= end) {
        trip->rotate = true;
        trip->rotate_at = logger->rotate_at;
        logger->rotate_wanted = false;
        nw__list_splice_back(&trip->rotating, &logger->rotating);
    }
}

static void prepare(nw_logger *logger, struct trip *trip)
{
    if (logger->leaving.begin == logger->leaving.end) {
        struct nw__log_buffer empty = logger->leaving;
        empty.begin = empty.end = 0;
        logger->leaving = logger->gathering;
        logger->gathering = empty;
    }
    const struct nw__log_buffer *buffer = &logger->leaving;
    *trip = (struct trip){.file = &logger->file,
                          .data = buffer->data + buffer->begin,
                          .size_bytes = buffer->end - buffer->begin,
                          .from = logger->written,
                          .sync = sync_needed(logger)};
    nw__list_init(&trip->rotating);
    take_orders(logger, trip);
    logger->hurry = false;
    logger->trips++;
}

static void settle(nw_logger *logger, int result)
{
    struct nw__link *link = nw__list_pop_front(&logger->settling);

    nw__log_grant(logger, nw__log_wait_of(link), result);
}

static struct nw__log_wait *first_settling(const nw_logger *logger)
{
    struct nw__link *link = nw__list_front(&logger->settling);

    return link ? nw__log_wait_of(link) : NULL;
}

/* Returns: whether there was somebody who waits for something before that position. */
static bool settle_to(nw_logger *logger, uint64_t position, int result)
{
    const struct nw__log_wait *wait;
    bool any = false;

    for (; (wait = first_settling(logger)) && wait->target <= position; any = true)
        settle(logger, result);
    return any;
}

/*
 * Tell all who have waited since before this trip, which has failed: what they wait for comes after it, if it
 * was not part of it. Returns: whether there was anybody.
 */
static bool settle_failed(nw_logger *logger, int result)
{
    const struct nw__log_wait *wait;
    bool any = false;

    for (; (wait = first_settling(logger)) && wait->trip < logger->trips; any = true)
        settle(logger, result);
    return any;
}

/* The first error of those that nobody was told is kept for whoever comes next. */
static void keep_error(nw_logger *logger, int rc)
{
    if (!logger->error)
        logger->error = rc;
}

static void note_written(nw_logger *logger, const struct trip *trip)
{
    const struct nw__log_file *file = trip->file;

    logger->leaving.begin += trip->written;
    logger->queued_bytes -= trip->written;
    logger->written += trip->written;
    logger->counters.bytes = file->bytes;
    logger->counters.writes = file->writes;
    logger->counters.syncs = file->syncs;
    logger->counters.rotations = file->rotations;
    if (logger->options.sync == NW_LOG_SYNC_INTERVAL && trip->written > 0 && !logger->sync_at_ns)
        logger->sync_at_ns = nw__clock_add(nw__clock_ns(), logger->options.sync_interval_ns);
}

/* What a sync failed for is answered with its error, and is not asked for again: the kernel would lie. */
static void note_synced(nw_logger *logger, const struct trip *trip)
{
    if (!trip->sync)
        return;
    if (trip->sync_rc < 0 && !settle_to(logger, logger->written, trip->sync_rc))
        keep_error(logger, trip->sync_rc);
    logger->synced = logger->written;
    logger->sync_at_ns = 0;
}

/* When nobody is there to be told, the error is kept, once for each row of failures. */
static void note_failure(nw_logger *logger, const struct trip *trip)
{
    bool first = !logger->failure;

    logger->failure = trip->rc;
    if (trip->rc == 0)
        return;
    bool told = settle_failed(logger, trip->rc) || !nw__list_empty(&logger->rotating);
    nw__log_grant_all(logger, &logger->rotating, trip->rc); /* they have to wait behind it, too */
    logger->rotate_wanted = false;
    if (told && logger->error == trip->rc)
        logger->error = 0; /* that was the same failure, before there was anybody */
    else if (!told && first)
        keep_error(logger, trip->rc);
    if (first || trip->written > 0)
        logger->pause_ns = PAUSE_LEAST_NS;
    logger->retry_at_ns = nw__clock_ns() + logger->pause_ns;
    logger->pause_ns = logger->pause_ns < PAUSE_MOST_NS / 2 ? logger->pause_ns * 2 : PAUSE_MOST_NS;
}

static void travel(nw_logger *logger)
{
    struct trip trip;

    prepare(logger, &trip);
    pthread_mutex_unlock(&logger->lock);
    nw__io_cleanup("log write", make_trip, &trip);
    pthread_mutex_lock(&logger->lock);

    note_written(logger, &trip);
    note_synced(logger, &trip);
    settle_to(logger, nw__log_settled(logger), 0);
    note_failure(logger, &trip);
    if (trip.side_rc < 0)
        keep_error(logger, trip.side_rc);
    if (trip.reopen) { /* not reached */
        logger->reopen_wanted = true;
        logger->reopen_at = trip.reopen_at;
    }
    nw__log_grant_all(logger, &trip.rotating, trip.rotate ? trip.rc : trip.rotate_rc);
    nw__log_admit(logger);
}

/* Sleep until there is something to do. */
static void rest(nw_logger *logger, nw_task *self, int64_t until_ns)
{
    struct nw__waiter waiter = {.wait.what = "log entries"};
    nw_deadline deadline;

    if (until_ns != NW_FOREVER)
        nw_deadline_begin(&deadline, until_ns - nw__clock_ns());
    if (!self->interrupt) {
        nw__waiter_park(&logger->idle, &waiter, &logger->lock, self);
        pthread_mutex_lock(&logger->lock);
    } else { /* cancelled, or there is no memory for a timer: others must get in */
        pthread_mutex_unlock(&logger->lock);
        nw__loop_ready(self->loop, &self->fiber);
        nw__loop_park(self->loop);
        pthread_mutex_lock(&logger->lock);
    }
    if (until_ns != NW_FOREVER)
        (void)nw_deadline_end(&deadline);
}

static void write_until_closed(nw_logger *logger, nw_task *self)
{
    for (;;) {
        if (self->interrupt && !logger->closing) {
            logger->closing = NW_ESHUTDOWN;
            logger->hurry = true;
        }
        bool work = has_work(logger);
        if (work && (!logger->failure || logger->hurry || nw__clock_ns() >= logger->retry_at_ns)) {
            travel(logger);
            continue;
        }
        if (logger->closing)
            return; /* all is written, or it cannot be */
        logger->resting = work;
        rest(logger, self, work ? logger->retry_at_ns : logger->sync_at_ns ? logger->sync_at_ns : NW_FOREVER);
        logger->resting = false;
    }
}

/* Let go of all who wait, and wait until they have gone. */
static void send_away(nw_logger *logger, nw_task *self)
{
    int result = logger->failure ? logger->failure : logger->closing;
    nw_shield shield;

    if (logger->queued_bytes > 0)
        keep_error(logger, logger->failure);
    nw__log_grant_all(logger, &logger->room, logger->closing);
    nw__log_grant_all(logger, &logger->settling, result);
    nw__log_grant_all(logger, &logger->rotating, result);
    nw_shield_begin(&shield);
    while (logger->waiting > 0)
        rest(logger, self, NW_FOREVER);
    nw_shield_end(&shield);
}

int nw__log_writer(void *arg)
{
    nw_logger *logger = arg;
    nw_task *self = nw__task_self();

    pthread_mutex_lock(&logger->lock);
    write_until_closed(logger, self);
    send_away(logger, self);
    pthread_mutex_unlock(&logger->lock);

    int rc = nw__io_cleanup("log close", close_file, &logger->file);
    pthread_mutex_lock(&logger->lock);
    if (rc < 0)
        keep_error(logger, rc);
    logger->ended = true;
    nw__log_grant_all(logger, &logger->closers, 0);
    pthread_mutex_unlock(&logger->lock);
    return 0;
}
