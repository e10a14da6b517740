/* SPDX-License-Identifier: MIT */
/*
 * Any blocking function through a thread, and the loop lives on: to_thread FILE
 * The functions are a C library's: they know nothing of nowait. Meanwhile another task beats.
 */
#include <nowait.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

struct file {
    const char *path;
    size_t lines;
};

static atomic_bool heart_has_beaten;

static int heartbeat(void *arg)
{
    (void)arg;
    while (nw_sleep(NW_MS(1)) == 0)
        atomic_store(&heart_has_beaten, true);
    return 0;
}

/* The next three block. */

static int append_a_line(void *arg)
{
    const struct file *file = arg;
    FILE *stream = fopen(file->path, "ae");

    if (!stream)
        return -errno;
    fputs("one more line\n", stream);
    return fclose(stream) == 0 ? 0 : -errno;
}

static int count_lines(void *arg)
{
    struct file *file = arg;
    FILE *stream = fopen(file->path, "re");

    if (!stream)
        return -errno;
    for (int c; (c = getc(stream)) != EOF;)
        file->lines += c == '\n';
    fclose(stream);
    return 0;
}

static int wait_for_a_heartbeat(void *arg)
{
    (void)arg;
    while (!atomic_load(&heart_has_beaten)) /* for ever, if this thread were the loop's */
        usleep(100);
    return 0;
}

static int run(void *arg)
{
    struct file *file = arg;
    nw_task *heart = nw_spawn(heartbeat, NULL);
    int rc = nw_to_thread(append_a_line, file);

    if (rc == 0)
        rc = nw_to_thread(count_lines, file);
    if (rc == 0)
        rc = nw_to_thread(wait_for_a_heartbeat, NULL);
    if (rc == 0)
        printf("%zu lines; the heart went on beating\n", file->lines);
    nw_cancel(heart);
    int stopped = nw_await(heart);
    return rc < 0 ? rc : stopped;
}

int main(int argc, char **argv)
{
    struct file file = {.path = argc > 1 ? argv[1] : "lines.txt"};
    int rc = nw_run(run, &file);

    if (rc < 0)
        fprintf(stderr, "%s: %s\n", file.path, nw_strerror(rc));
    return rc < 0;
}
