/* SPDX-License-Identifier: MIT */
/*
 * A thousand tasks append to one log, each entry with its time. None is lost, no line is torn,
 * and each task's entries stay in the order in which it wrote them.
 */
#include <nowait.h>
#include <stdio.h>
#include <stdlib.h>

struct worker {
    nw_logger *logger;
    int number;
    int entries;
};

static int work(void *arg)
{
    const struct worker *worker = arg;
    int rc = 0;

    for (int i = 1; i <= worker->entries && rc == 0; i++) {
        rc = nw_log(worker->logger, "task %d: step %d of %d", worker->number, i, worker->entries);
        if (rc == 0 && i % 10 == 0)
            rc = nw_sleep(NW_MS(1)); /* they do other things, too */
    }
    return rc;
}

struct setup {
    const char *path;
    size_t tasks;
    int entries;
};

static int log_from_all(nw_logger *logger, const struct setup *setup)
{
    struct worker *workers = calloc(setup->tasks, sizeof *workers);

    if (!workers)
        return -ENOMEM;
    for (size_t i = 0; i < setup->tasks; i++)
        workers[i] = (struct worker){logger, (int)i, setup->entries};
    int rc = nw_each(workers, setup->tasks, sizeof *workers, 0, work);
    free(workers);
    return rc;
}

static int first(void *arg)
{
    const struct setup *setup = arg;
    nw_log_counters counters;
    nw_logger *logger;

    int rc = nw_log_open(NULL, setup->path, &logger);
    if (rc < 0)
        return rc;
    rc = log_from_all(logger, setup);
    int closed = nw_log_close_with(logger, &counters); /* now all of it is in the file */
    printf("%llu entries in %llu writes\n", (unsigned long long)counters.entries,
           (unsigned long long)counters.writes);
    return rc < 0 ? rc : closed;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: log FILE [TASKS [ENTRIES]]\n");
        return 2;
    }
    struct setup setup = {
        .path = argv[1],
        .tasks = argc > 2 ? strtoul(argv[2], NULL, 10) : 1000,
        .entries = argc > 3 ? atoi(argv[3]) : 100,
    };
    int rc = nw_run(first, &setup);
    if (rc < 0)
        fprintf(stderr, "log: %s\n", nw_strerror(rc));
    return rc < 0;
}
