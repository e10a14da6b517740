/* SPDX-License-Identifier: MIT */
/*
 * A program of somebody else's, built against the installed library as C and as C++.
 * Uses one call of each kind: a task, a wait, a file.
 */
#include <stdio.h>
#include <string.h>

#include <nowait.h>

static int read_version(void *arg)
{
    nw_bytes *text = (nw_bytes *)arg;
    int rc = nw_sleep(NW_MS(1));

    return rc < 0 ? rc : nw_read_file("/proc/self/comm", 64, text);
}

int main(void)
{
    nw_bytes text = {NULL, 0};
    int rc = nw_run(read_version, &text);

    if (rc < 0) {
        fprintf(stderr, "consumer: %s\n", nw_strerror(rc));
        return 1;
    }
    printf("%s %.*s", nw_version(), (int)text.size, text.data);
    nw_bytes_finish(&text);
    return 0;
}
