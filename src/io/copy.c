/* SPDX-License-Identifier: MIT */
/*
 * Copying as its caller sees it: the task sends the walk and the lanes on their trips to workers, and has the
 * callbacks told of what they found. Owns the whole of a copying, until nothing of it is under way any more.
 * Must not block: all system calls are made on trips.
 */
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/options.h"
#include "io/copy.h"

#define LANES_MAX 64
#define QUEUE_MAX 32 /* batches: some hundred files for each lane */
#define HELD_MAX  16 /* folders on the way down */
#define FLAGS_KNOWN                                                                                          \
    (NW_COPY_EXCL | NW_COPY_ALL | NW_COPY_ONE_FILE_SYSTEM | NW_COPY_UPDATE | NW_COPY_KEEP | NW_COPY_UMASK)

/* -- telling -- */

static void free_event(struct nw__copy_event *event)
{
    free(event->from);
    free(event->to);
    free(event);
}

static struct nw__copy_event *next_event(struct nw__copy *copy)
{
    struct nw__link *link = NULL;

    pthread_mutex_lock(&copy->lock);
    if (!nw__list_empty(&copy->events))
        link = nw__list_pop_front(&copy->events);
    pthread_mutex_unlock(&copy->lock);
    return link ? nw__container(link, struct nw__copy_event, link) : NULL;
}

static int tell_event(struct nw__copy *copy, const struct nw__copy_event *event)
{
    const nw_copy_options *options = copy->options;

    if (event->error < 0 && copy->result == 0)
        copy->result = event->error;
    if (!copy->tree)
        return 0;
    if (event->error < 0)
        return options->on_error ? options->on_error(event->from, event->error, options->arg) : 0;
    return options->on_entry(event->from, event->to, options->arg);
}

static int tell_progress(struct nw__copy *copy)
{
    const nw_progress *progress = &copy->options->progress;
    uint64_t done = atomic_load(&copy->done_bytes);

    if (!progress->fn || done == copy->told_bytes)
        return 0;
    copy->told_bytes = done;
    return progress->fn(done, copy->walked ? atomic_load(&copy->total_bytes) : 0, progress->arg);
}

/* Returns: 0, or why to end. */
static int tell(struct nw__copy *copy)
{
    struct nw__copy_event *event;
    int rc = 0;

    while (rc >= 0 && (event = next_event(copy))) {
        rc = tell_event(copy, event);
        free_event(event);
    }
    if (rc >= 0)
        rc = tell_progress(copy);
    if (rc >= 0)
        rc = atomic_load(&copy->fatal);
    return rc < 0 ? rc : 0;
}

/* -- trips -- */

static int send_off(nw_op *op, nw_task_fn *fn, void *arg, bool *flies)
{
    int rc;

    nw_op_work(op, fn, arg);
    rc = nw_op_submit(NULL, op);
    *flies = rc == 0;
    return rc;
}

/* A piece was read, and the one before it is written: both go on. */
static int hand_over(struct nw__copy_lane *lane)
{
    struct nw__copy_file *file = &lane->file;

    lane->ready = false;
    if (lane->write_error < 0) {
        file->settled = true;
        file->error = lane->write_error;
        lane->write_error = 0;
        return 0;
    }
    if (file->piece_bytes == 0)
        return 0;
    file->out.data = file->pieces[file->piece];
    file->out.size_bytes = file->piece_bytes;
    file->out.at = file->piece_at;
    file->piece ^= 1;
    return send_off(&lane->write, nw__copy_file_write_out, lane, &lane->write_flies);
}

static int send_lane(struct nw__copy_lane *lane, size_t *queued)
{
    int rc = 0;

    if (lane->trip_flies || (lane->waits && lane->seen == lane->copy->changes))
        return 0;
    lane->seen = lane->copy->changes;
    if (lane->ready) {
        if (lane->write_flies)
            return 0;
        rc = hand_over(lane);
    } else if (lane->idle) {
        if (*queued == 0)
            return 0;
        --*queued;
        lane->idle = false;
        atomic_fetch_sub(&lane->copy->hungry, 1);
    }
    return rc < 0 ? rc : send_off(&lane->trip, nw__copy_lane_trip, lane, &lane->trip_flies);
}

/* Send off all that can go. */
static int send_all(struct nw__copy *copy)
{
    size_t queued;
    int rc = 0;

    pthread_mutex_lock(&copy->lock);
    queued = copy->queued;
    pthread_mutex_unlock(&copy->lock);
    for (unsigned i = 0; rc == 0 && i < copy->lane_count; i++)
        rc = send_lane(&copy->lanes[i], &queued);
    if (rc < 0 || copy->walked || copy->walk_flies || (copy->walk_waits && copy->walk_seen == copy->changes))
        return rc;
    copy->walk_seen = copy->changes;
    return send_off(&copy->walk, nw__copy_walk_trip, copy, &copy->walk_flies);
}

static size_t list_flying(struct nw__copy *copy)
{
    size_t count = 0;

    if (copy->walk_flies)
        copy->ops[count++] = &copy->walk;
    for (unsigned i = 0; i < copy->lane_count; i++) {
        if (copy->lanes[i].trip_flies)
            copy->ops[count++] = &copy->lanes[i].trip;
        if (copy->lanes[i].write_flies)
            copy->ops[count++] = &copy->lanes[i].write;
    }
    return count;
}

/* Has the op come back? Then it does not fly any more. */
static bool landed(const nw_op *op, bool *flies)
{
    if (!*flies || !nw_op_done(op))
        return false;
    *flies = false;
    return true;
}

static int lane_landed(struct nw__copy_lane *lane)
{
    if (landed(&lane->write, &lane->write_flies) && lane->write.result < 0)
        lane->write_error = lane->write.result;
    if (!landed(&lane->trip, &lane->trip_flies))
        return 0;
    if (lane->trip.result < 0)
        return lane->trip.result;
    lane->waits = lane->trip.result == NW__COPY_WAITS;
    if (!lane->waits)
        lane->copy->changes++;
    lane->ready = lane->trip.result == NW__COPY_PIECE;
    lane->idle = lane->trip.result == NW__COPY_IDLE;
    if (lane->idle)
        atomic_fetch_add(&lane->copy->hungry, 1);
    return 0;
}

/* Returns: 0, or an error by which a trip could not be made at all. */
static int receive(struct nw__copy *copy)
{
    int rc = 0;

    for (unsigned i = 0; rc == 0 && i < copy->lane_count; i++)
        rc = lane_landed(&copy->lanes[i]);
    if (rc == 0 && landed(&copy->walk, &copy->walk_flies)) {
        rc = copy->walk.result;
        copy->walk_waits = rc == NW__COPY_WAITS;
        copy->walked = rc == 0;
    }
    return rc < 0 ? rc : 0;
}

/* Until all is copied. Returns: 0, or why it ends before. */
static int drive(struct nw__copy *copy)
{
    size_t index, flying;
    int rc;

    for (;;) {
        rc = send_all(copy);
        flying = list_flying(copy);
        if (rc < 0 || flying == 0)
            return rc;
        rc = nw_wait_any(copy->ops, flying, &index);
        if (rc == 0)
            rc = receive(copy);
        if (rc == 0)
            rc = tell(copy);
        if (rc < 0)
            return rc;
    }
}

/* -- beginning and end -- */

static unsigned processors(void)
{
    long count = sysconf(_SC_NPROCESSORS_ONLN);

    return count < 2 ? 2 : count > LANES_MAX ? LANES_MAX : (unsigned)count;
}

static size_t between(size_t value, size_t lowest, size_t highest)
{
    return value < lowest ? lowest : value > highest ? highest : value;
}

/* Returns: lanes. Each holds up to two files and a folder's two ends; a folder on the way, or of a batch,
 * two. */
static unsigned choose_limits(struct nw__copy *copy)
{
    unsigned wanted = copy->options->parallel ? copy->options->parallel : processors();
    struct rlimit limit;
    size_t share = LANES_MAX;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < 1024)
        share = limit.rlim_cur / 16;
    copy->queue_max = between(share, 1, QUEUE_MAX);
    copy->held = between(share, 2, HELD_MAX);
    return copy->tree ? (unsigned)between(share, 1, between(wanted, 1, LANES_MAX)) : 1;
}

static int begin(struct nw__copy *copy)
{
    unsigned lane_count = choose_limits(copy);

    copy->ops = calloc(2 * (size_t)lane_count + 1, sizeof(nw_op *));
    if (copy->ops)
        copy->lanes = calloc(lane_count, sizeof *copy->lanes);
    if (!copy->lanes)
        return -ENOMEM;
    copy->lane_count = lane_count;
    for (unsigned i = 0; i < copy->lane_count; i++) {
        copy->lanes[i].copy = copy;
        copy->lanes[i].file.from_fd = -1;
        copy->lanes[i].file.to_fd = -1;
        copy->lanes[i].idle = true;
    }
    atomic_store(&copy->hungry, copy->lane_count);
    int rc = nw__copy_walk_begin(copy);
    if (rc == 0 && copy->tree && copy->flags & NW_COPY_LINKS)
        rc = nw__copy_links_create(copy);
    if (rc == 0 && !copy->tree) {
        copy->walked = true;
        rc = nw__copy_queue_one(copy, copy->top, "", DT_REG);
    }
    return rc;
}

/* Whatever was begun. On a worker: files are closed, and half of them removed. */
static int finish(void *arg)
{
    struct nw__copy *copy = arg;

    for (unsigned i = 0; i < copy->lane_count; i++)
        nw__copy_lane_finish(&copy->lanes[i]);
    nw__copy_walk_finish(copy);
    nw__copy_links_destroy(copy);
    return 0;
}

static void destroy(struct nw__copy *copy)
{
    struct nw__copy_event *event;

    while ((event = next_event(copy)))
        free_event(event);
    pthread_mutex_destroy(&copy->lock);
    free(copy->lanes);
    free(copy->ops);
    free(copy);
}

static struct nw__copy *create(const nw_copy_options *options, const char *from, const char *to,
                               unsigned flags, bool tree)
{
    struct nw__copy *copy = calloc(1, sizeof *copy);

    if (!copy)
        return NULL;
    copy->options = options;
    copy->from = from;
    copy->to = to;
    copy->flags = flags;
    copy->tree = tree;
    copy->root_fd = -1;
    copy->wants_entries = tree && options->on_entry;
    copy->wants_total = options->progress.fn;
    pthread_mutex_init(&copy->lock, NULL);
    nw__list_init(&copy->queue);
    nw__list_init(&copy->events);
    return copy;
}

/* Let nothing fly any more. It need not be told why: what flies looks at `stop`. */
static void end_trips(struct nw__copy *copy)
{
    nw_shield shield;

    atomic_store(&copy->stop, true);
    nw_shield_begin(&shield);
    size_t flying = list_flying(copy);
    if (flying > 0)
        (void)nw_wait_all(copy->ops, flying);
    nw_shield_end(&shield);
}

int nw__copy_run(const nw_copy_options *options, const char *from, const char *to, unsigned flags, bool tree)
{
    static const nw_copy_options defaults;
    struct nw__copy *copy;
    nw_task *self;
    int rc = nw__task_enter(&self);

    if (rc < 0)
        return rc;
    copy = create(options ? options : &defaults, from, to, flags, tree);
    if (!copy)
        return -ENOMEM;
    rc = begin(copy);
    if (rc == 0)
        rc = drive(copy);
    end_trips(copy);
    nw__io_cleanup("copy", finish, copy);
    if (rc == 0)
        rc = copy->result;
    destroy(copy);
    return rc;
}

bool nw__copy_options_valid(const nw_copy_options *options)
{
    return !options || ((options->flags & ~FLAGS_KNOWN) == 0 && nw__reserved_unused(options));
}

int nw_copy_file(const char *from, const char *to, unsigned flags)
{
    if (!from || !to || flags & ~NW_EXCL)
        return -EINVAL;
    return nw__copy_run(NULL, from, to, flags | NW__COPY_FOLLOW, false);
}

int nw_copy_file_with(const nw_copy_options *options, const char *from, const char *to)
{
    if (!from || !to || !nw__copy_options_valid(options))
        return -EINVAL;
    return nw__copy_run(options, from, to, (options ? options->flags : 0) | NW__COPY_FOLLOW, false);
}

int nw_copy_tree(const nw_copy_options *options, const char *from, const char *to)
{
    if (!from || !to || !nw__copy_options_valid(options))
        return -EINVAL;
    return nw__copy_run(options, from, to, options ? options->flags : 0, true);
}
