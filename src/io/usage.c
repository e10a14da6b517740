/* SPDX-License-Identifier: MIT */
/*
 * The task's half of nw_disk_usage(): starts workers as there is something to count, and tells the caller.
 * Owns everything between the workers' visits. Must not make a system call that could wait.
 */
#include <stdlib.h>
#include <string.h>

#include "base/options.h"
#include "io/usage.h"

#define IDLE_FOLDERS 8 /* kept open beyond those in use */
#define PROGRESS_NS  NW_MS(100)
#define FLAGS        (NW_WALK_FOLLOW | NW_WALK_ONE_FILE_SYSTEM | NW_WALK_ORDERED | NW_USAGE_LINKS)

static int tell(const nw_usage_options *options, const struct nw__report *report)
{
    if (report->error)
        return options->on_error(report->path, report->error, options->arg);
    if (report->is_directory)
        return options->on_directory(report->path, report->depth, &report->usage, options->arg);
    return options->on_file(report->path, report->depth, &report->usage, options->arg);
}

static int tell_and_free(struct nw__measure *measure, struct nw__report *report)
{
    nw_task *self;
    int rc = nw__task_enter(&self);

    if (rc == 0)
        rc = tell(measure->options, report);
    free(report);
    if (rc >= 0)
        nw__task_breathe(self, 0);
    return rc < 0 ? rc : 0;
}

static struct nw__report *take_report(struct nw__measure *measure)
{
    struct nw__link *link;

    pthread_mutex_lock(&measure->lock);
    link = nw__list_pop_front(&measure->reports);
    if (link)
        measure->report_count--;
    pthread_mutex_unlock(&measure->lock);
    return link ? nw__container(link, struct nw__report, link) : NULL;
}

static int tell_progress(struct nw__measure *measure)
{
    const nw_usage_options *options = measure->options;
    int64_t now_ns = nw__clock_ns();
    nw_usage so_far;

    if (!options->on_progress || now_ns < measure->progress_ns)
        return 0;
    measure->progress_ns = now_ns + PROGRESS_NS;
    pthread_mutex_lock(&measure->lock);
    so_far = measure->so_far;
    pthread_mutex_unlock(&measure->lock);
    int rc = options->on_progress(&so_far, options->arg);
    return rc < 0 ? rc : 0;
}

/* Returns: how many spots could be worked at; -1: all was counted and told. */
static int look_for_work(struct nw__measure *measure)
{
    int count;

    pthread_mutex_lock(&measure->lock);
    count = measure->todo_count < NW__CREW_MAX ? (int)measure->todo_count : NW__CREW_MAX;
    if (measure->report_count >= NW__REPORTS_MAX)
        count = 0; /* it is the caller who has to do something */
    if (nw__list_empty(&measure->spots) && nw__list_empty(&measure->reports))
        count = -1;
    pthread_mutex_unlock(&measure->lock);
    return count;
}

static int run(struct nw__measure *measure)
{
    int count, rc = nw__work_await("disk usage", nw__measure_begin, measure);

    while (rc == 0 && (count = look_for_work(measure)) >= 0) {
        struct nw__report *report = take_report(measure);
        nw__crew_start(&measure->crew, (unsigned)count);
        rc = report ? tell_and_free(measure, report) : nw__crew_await(&measure->crew);
        if (rc == 0)
            rc = tell_progress(measure);
    }
    return rc == 0 ? nw__crew_error(&measure->crew) : rc;
}

/* On a worker. */
static int finish(void *arg)
{
    struct nw__measure *measure = arg;
    struct nw__report *report;
    struct nw__link *link;

    while ((report = take_report(measure)))
        free(report);
    while ((link = nw__list_pop_front(&measure->spots)))
        nw__spot_free(measure, nw__container(link, struct nw__spot, alive));
    nw__descent_finish(&measure->descent);
    nw__file_set_finish(&measure->files);
    pthread_mutex_destroy(&measure->lock);
    free(measure);
    return 0;
}

static struct nw__measure *create(const nw_usage_options *options, const char *path)
{
    struct nw__measure *measure = calloc(1, sizeof *measure);

    if (!measure)
        return NULL;
    measure->path = path;
    measure->options = options;
    nw__crew_init(&measure->crew, options->flags & NW_WALK_ORDERED ? 1 : options->parallel, nw__measure_count,
                  measure);
    nw__descent_init(&measure->descent, IDLE_FOLDERS, options->flags & NW_WALK_FOLLOW);
    nw__file_set_init(&measure->files);
    pthread_mutex_init(&measure->lock, NULL);
    nw__list_init(&measure->todo);
    nw__list_init(&measure->spots);
    nw__list_init(&measure->reports);
    return measure;
}

static bool valid(const nw_usage_options *options)
{
    return !(options->flags & ~FLAGS) && nw__reserved_unused(options);
}

int nw_disk_usage(const nw_usage_options *options, const char *path, nw_usage *usage_out)
{
    static const nw_usage_options defaults;
    struct nw__measure *measure;
    nw_task *self;
    nw_usage total;
    int rc;

    options = options ? options : &defaults;
    if (!path || !usage_out || !valid(options))
        return -EINVAL;
    rc = nw__task_enter(&self);
    if (rc < 0)
        return rc;
    measure = create(options, path);
    if (!measure)
        return -ENOMEM;
    rc = run(measure);
    if (nw__crew_stop(&measure->crew) == NW_ENOTASK)
        return NW_ENOTASK; /* a forked child: nobody works for us, and a lock may be held for ever */
    total = measure->total;
    nw__io_cleanup("disk usage", finish, measure);
    if (rc == 0)
        *usage_out = total;
    return rc;
}
