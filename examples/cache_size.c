/* SPDX-License-Identifier: MIT */
/*
 * The size of a cache directory, walked off the loop. What cannot be read is
 * told once, with its path, and the rest still counts; what vanishes meanwhile,
 * as in a cache it does, is no error.
 *
 *     cache_size DIRECTORY
 */
#include <nowait.h>
#include <stdio.h>

struct measuring {
    const char *path;
    nw_usage usage;
};

static int report(const char *path, int error, void *arg)
{
    (void)arg;
    fprintf(stderr, "%s: %s\n", path, nw_strerror(error));
    return 0; /* go on */
}

static int measure(void *arg)
{
    struct measuring *measuring = arg;

    return nw_disk_usage(&(nw_usage_options){.on_error = report}, measuring->path, &measuring->usage);
}

int main(int argc, char **argv)
{
    struct measuring measuring = {.path = argc > 1 ? argv[1] : "."};
    const nw_usage *usage = &measuring.usage;

    int rc = nw_run(measure, &measuring);
    if (rc < 0) {
        fprintf(stderr, "%s: %s\n", measuring.path, nw_strerror(rc));
        return 1;
    }
    printf("%llu files in %llu directories, %lld bytes, %lld on disk\n", (unsigned long long)usage->files,
           (unsigned long long)usage->directories, (long long)usage->apparent_bytes,
           (long long)usage->allocated_bytes);
    return usage->errors > 0;
}
