/* SPDX-License-Identifier: MIT */
/*
 * Watches: opened, waited for, closed; and what is done next, one step after the other.
 * Owns the watch. Must not know how directories are added (watch_scan.c) nor what events mean
 * (watch_event.c).
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backend/hint.h"
#include "base/clock.h"
#include "base/options.h"
#include "io/watch.h"

#define KINDS_ALL                                                                                            \
    (NW_WATCH_CREATED | NW_WATCH_MODIFIED | NW_WATCH_CLOSED | NW_WATCH_ATTRIBUTES | NW_WATCH_DELETED |       \
     NW_WATCH_MOVED)
#define KINDS_ALWAYS (NW_WATCH_OVERFLOW | NW_WATCH_GONE)
#define DEBOUNCE_NS  NW_MS(50)
#define GATHER_NS    NW_SEC(1)
#define BATCH        4096
#define SWEEP        64 /* nodes freed at a time */
#define DISCARDS_MAX 64 /* of a full queue, when beginning again: somebody may be quicker than we are */

/* -- the next step -- */

/* Events were lost, so the tree may not be what we think: list it anew, then tell. */
static int begin_again(nw_watch *watch)
{
    struct nw__watch_node *root = watch->root;

    watch->scan.node = NULL;
    while (!nw__list_empty(&root->children))
        nw__watch_node_remove(watch,
                              nw__container(nw__list_front(&root->children), struct nw__watch_node, sibling));
    for (int i = 0; i < DISCARDS_MAX; i++) {
        int rc = nw__watch_fill(watch);
        if (rc < 0)
            return rc;
        watch->position += watch->raw_end - watch->raw_at;
        watch->raw_at = watch->raw_end = 0;
        if (watch->drained)
            break;
    }
    watch->hold_until_ns = 0;
    nw__watch_node_unbind(watch, root);
    nw__watch_node_pend(watch, root);
    nw__watch_age(watch);
    watch->lost = false;
    watch->beginning = true;
    return 0;
}

static void tell_what_is_due(nw_watch *watch)
{
    if (watch->beginning && watch->quiet_pending == 0 && !watch->scan.node) {
        watch->beginning = false;
        watch->overflow_due = true;
    }
    if (watch->overflow_due && nw__watch_has_room(watch)) {
        int error = watch->lost_error;
        watch->overflow_due = false;
        watch->lost_error = 0;
        nw__watch_tell_overflow(watch, watch->root, error);
    }
}

/* A directory is to be added or its listing to go on, and nothing speaks against it. */
static bool can_scan(nw_watch *watch)
{
    struct nw__watch_node *first;

    if (watch->scan.node)
        return !watch->scan.node->tells || nw__watch_has_room(watch);
    if (nw__list_empty(&watch->pending) || watch->blocked_until > watch->position)
        return false;
    first = nw__container(nw__list_front(&watch->pending), struct nw__watch_node, waiting);
    watch->blocked_until = nw__watch_disturbed(watch, first);
    return watch->blocked_until == 0;
}

static int scan(nw_watch *watch)
{
    int rc = nw__watch_scan_go_on(watch);

    if (rc != -ENOENT && rc != -ENOTDIR && rc != -ESTALE)
        return rc;
    rc = nw__watch_tell(watch, NW_WATCH_GONE, watch->root, watch->file, !watch->file);
    watch->gone = rc == 0;
    watch->batch.urgent = true;
    return rc;
}

static bool gathered_enough(const nw_watch *watch)
{
    return watch->batch.count && nw__clock_ns() >= nw__clock_add(watch->batch.first_ns, watch->gather_ns);
}

/* 1: done, go on. 0: nothing can be done now, or it need not. */
static int process(nw_watch *watch)
{
    size_t unread = watch->raw_end;
    int rc;

    if (watch->raw_at == watch->raw_end) {
        if (gathered_enough(watch))
            return 0;
        rc = nw__watch_fill(watch);
        return rc < 0 ? rc : watch->raw_at < watch->raw_end;
    }
    if (!nw__watch_has_room(watch))
        return 0;
    rc = nw__watch_process(watch);
    if (rc == -EAGAIN) {
        unread -= watch->raw_at;
        rc = nw__watch_fill(watch);
        return rc < 0 ? rc : watch->raw_end - watch->raw_at > unread;
    }
    if (rc < 0) {
        watch->lost = true;
        watch->lost_error = rc;
    }
    return 1;
}

/* 1: done, go on. 0: nothing can be done now, or it need not. */
static int step(nw_watch *watch)
{
    int rc;

    if (watch->closing)
        return NW_ECLOSED;
    if (watch->gone)
        return 0;
    if (!nw__watch_node_sweep(watch, SWEEP))
        return 1;
    if (watch->lost) {
        rc = begin_again(watch);
        return rc < 0 ? rc : 1;
    }
    tell_what_is_due(watch);
    if (can_scan(watch)) {
        rc = scan(watch);
        return rc < 0 ? rc : 1;
    }
    if (watch->scan.node)
        return 0;
    rc = process(watch);
    return rc == 0 ? nw__watch_scan_let_go(watch) : rc;
}

static int pump(nw_task *self, nw_watch *watch)
{
    int rc;

    while ((rc = step(watch)) > 0) {
        nw__task_breathe(self, 0);
        if (self->interrupt)
            return self->interrupt;
    }
    return rc;
}

/* -- waiting -- */

/* Until the kernel has more, or `until_ns`; 0: for ever. */
static int wait_for_events(nw_watch *watch, int64_t until_ns)
{
    int64_t after_ns = until_ns - nw__clock_ns();
    nw_deadline deadline;
    int rc;

    if (until_ns && !watch->drained) /* it has, but there is no room for it */
        return nw_sleep(after_ns);
    if (until_ns)
        nw_deadline_begin(&deadline, after_ns);
    rc = nw_fd_poll(watch->fd, POLLIN);
    if (until_ns)
        (void)nw_deadline_end(&deadline);
    if (rc == -ETIMEDOUT)
        rc = nw_interrupted(); /* ours, or one of the caller's? */
    return rc < 0 ? rc : 0;
}

static int64_t earlier(int64_t a_ns, int64_t b_ns)
{
    return a_ns && (!b_ns || a_ns < b_ns) ? a_ns : b_ns;
}

/* When to hand out what has gathered; 0: not before there is more. */
static int64_t delivery_ns(const nw_watch *watch)
{
    const struct nw__watch_batch *batch = &watch->batch;

    if (batch->count == 0)
        return 0;
    if (batch->urgent || watch->gone || !watch->gathers || !nw__watch_has_room(watch))
        return 1;
    return earlier(nw__clock_add(batch->last_ns, watch->debounce_ns),
                   nw__clock_add(batch->first_ns, watch->gather_ns));
}

static int next_batch(nw_task *self, nw_watch *watch)
{
    if (watch->batch.delivered)
        nw__watch_batch_clear(&watch->batch);
    for (;;) {
        int rc = pump(self, watch);
        if (rc < 0)
            return rc;
        int64_t at_ns = delivery_ns(watch);
        if (at_ns && at_ns <= nw__clock_ns())
            return 0;
        if (watch->gone)
            return -ENOENT;
        rc = wait_for_events(watch, earlier(at_ns, watch->hold_until_ns));
        if (rc < 0)
            return rc;
    }
}

int nw_watch_next(nw_watch *watch, const nw_watch_event **events_out, size_t *count_out)
{
    nw_task *self;
    int rc = nw__task_enter(&self);

    if (rc < 0)
        return rc;
    if (!watch || !events_out || !count_out || watch->loop != self->loop)
        return -EINVAL;
    if (watch->busy)
        return -EBUSY;
    watch->busy = true;
    rc = next_batch(self, watch);
    watch->busy = false;
    if (watch->closing) {
        nw_event_set(&watch->idle); /* the watch is the closing task's now */
        return NW_ECLOSED;
    }
    if (rc == 0)
        nw__watch_deliver(&watch->batch, events_out, count_out);
    return rc;
}

/* -- opening -- */

struct resolution {
    const char *path;
    char *directory;
    char *file;
};

/* The name of a file is watched, in its directory: it may be replaced. */
static int resolve(void *arg)
{
    struct resolution *r = arg;
    struct stat status;
    char *base, *real = realpath(r->path, NULL);

    if (!real)
        return -errno;
    r->directory = real;
    if (stat(real, &status) < 0)
        return -errno;
    if (S_ISDIR(status.st_mode))
        return 0;
    base = strrchr(real, '/');
    r->file = strdup(base + 1);
    base[base == real] = '\0';
    return r->file ? 0 : -ENOMEM;
}

static int check_options(const nw_watch_options *options)
{
    if (options->kinds & ~(KINDS_ALL | KINDS_ALWAYS) || options->gather_ns < 0)
        return -EINVAL;
    return nw__reserved_unused(options) ? 0 : -EINVAL;
}

static void apply_options(nw_watch *watch, const nw_watch_options *options)
{
    watch->recursive = options->recursive;
    watch->gathers = options->debounce_ns >= 0;
    watch->debounce_ns = options->debounce_ns ? options->debounce_ns : DEBOUNCE_NS;
    watch->gather_ns = options->gather_ns ? options->gather_ns : GATHER_NS;
    watch->batch_max = options->batch ? options->batch : BATCH;
    watch->kinds = (options->kinds ? options->kinds : KINDS_ALL) | KINDS_ALWAYS;
    watch->mask = NW__WATCH_NAMES | (watch->kinds & NW_WATCH_MODIFIED ? IN_MODIFY : 0) |
                  (watch->kinds & NW_WATCH_CLOSED ? IN_CLOSE_WRITE : 0) |
                  (watch->kinds & NW_WATCH_ATTRIBUTES ? IN_ATTRIB : 0);
}

static nw_watch *create(nw_task *self, const nw_watch_options *options, const char *path)
{
    static const nw_watch_options defaults;
    nw_watch *watch = calloc(1, sizeof *watch);

    if (!watch)
        return NULL;
    watch->path = strdup(path);
    if (!watch->path) {
        free(watch);
        return NULL;
    }
    apply_options(watch, options ? options : &defaults);
    watch->loop = self->loop;
    watch->fd = watch->scan.fd = -1;
    nw__list_init(&watch->removed);
    nw__list_init(&watch->pending);
    nw__list_init(&watch->absent);
    nw__list_init(&watch->fresh);
    nw_event_init(&watch->idle);
    return watch;
}

/* Nobody else knows it any more. Removing all watches and freeing a large tree take their time. */
static int free_all(void *arg)
{
    nw_watch *watch = arg;

    nw__watch_scan_finish(watch);
    if (watch->root)
        nw__watch_node_remove(watch, watch->root);
    (void)nw__watch_node_sweep(watch, SIZE_MAX);
    nw__watch_batch_finish(&watch->batch);
    free(watch->dropped);
    free(watch->raw);
    free(watch->directory);
    free(watch->file);
    free(watch->path);
    free(watch);
    return 0;
}

static void destroy(nw_watch *watch)
{
    nw_event_finish(&watch->idle);
    if (watch->fd >= 0)
        nw__hint_closing(watch->fd);
    (void)nw__io_cleanup("close", free_all, watch);
}

/* What happens meanwhile is gathered; when there is too much of it, that is told. */
static int list_all(nw_watch *watch)
{
    int rc = nw__watch_scan_go_on(watch); /* the root */

    while (rc >= 0 && !watch->gone && (watch->quiet_pending || watch->scan.node)) {
        if (!nw__watch_has_room(watch)) {
            nw__watch_batch_clear(&watch->batch);
            watch->overflow_due = true;
        }
        rc = step(watch);
        if (rc == 0)
            rc = wait_for_events(watch, watch->hold_until_ns);
        nw__task_breathe(nw__task_self(), 0);
    }
    return rc < 0 ? rc : 0;
}

static int begin(nw_watch *watch)
{
    struct resolution r = {.path = watch->path};
    int rc = nw__io_job("watch", resolve, &r);

    watch->directory = r.directory;
    watch->file = r.file;
    if (rc < 0)
        return rc;
    if (watch->file)
        watch->recursive = false;
    rc = nw__watch_node_add(watch, NULL, "", false);
    return rc < 0 ? rc : list_all(watch);
}

int nw_watch_open(const nw_watch_options *options, const char *path, nw_watch **watch_out)
{
    nw_watch *watch;
    nw_task *self;
    int rc = nw__task_enter(&self);

    if (rc < 0)
        return rc;
    if (!path || !watch_out || (options && check_options(options) < 0))
        return -EINVAL;
    watch = create(self, options, path);
    if (!watch)
        return -ENOMEM;
    rc = begin(watch);
    if (rc < 0) {
        destroy(watch);
        return rc;
    }
    *watch_out = watch;
    return 0;
}

/* -- closing -- */

/* Somebody waits for the watch. Removing one makes an event, which ends the wait. */
static void turn_out(nw_watch *watch)
{
    int saved_errno = errno;
    nw_shield shield;

    watch->closing = true;
    if (watch->root->wd >= 0)
        inotify_rm_watch(watch->fd, watch->root->wd);
    errno = saved_errno;
    nw_shield_begin(&shield);
    int rc = nw_event_wait(&watch->idle);
    (void)rc; /* shielded: it cannot fail */
    nw_shield_end(&shield);
}

int nw_watch_close(nw_watch *watch)
{
    nw_task *self = nw__task_self();

    if (!watch)
        return 0;
    if (!self)
        return NW_ENOTASK;
    if (watch->loop != self->loop || watch->closing)
        return -EINVAL;
    if (watch->busy)
        turn_out(watch);
    destroy(watch);
    return 0;
}
