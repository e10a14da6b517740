/* SPDX-License-Identifier: MIT */
/*
 * The lines of a file that is larger than memory should hold: counted, the
 * longest one measured. Each line is a view into the stream's buffer, which
 * does not grow beyond the longest line.
 *
 *     big_file FILE
 */
#include <nowait.h>
#include <stdio.h>
#include <sys/resource.h>

struct scan {
    const char *path;
    int64_t lines;
    int64_t bytes;
    ssize_t longest;
};

static int scan_lines(void *arg)
{
    struct scan *scan = arg;
    nw_stream *file;
    nw_slice line;
    ssize_t n;

    int rc = nw_open(scan->path, "r", &file);
    if (rc < 0)
        return rc;
    while ((n = nw_read_line(file, &line)) > 0) {
        scan->lines++;
        scan->bytes += n;
        if (scan->longest < n)
            scan->longest = n;
    }
    nw_close(file);
    return (int)n;
}

int main(int argc, char **argv)
{
    struct scan scan = {.path = argc > 1 ? argv[1] : "big.txt"};
    struct rusage usage;

    int rc = nw_run(scan_lines, &scan);
    if (rc < 0) {
        fprintf(stderr, "%s: %s\n", scan.path, nw_strerror(rc));
        return 1;
    }
    getrusage(RUSAGE_SELF, &usage);
    printf("%lld lines, %lld bytes, the longest line %zd\n", (long long)scan.lines, (long long)scan.bytes,
           scan.longest);
    printf("memory: %ld KiB at most\n", usage.ru_maxrss);
    return 0;
}
