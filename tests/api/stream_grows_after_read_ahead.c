/* SPDX-License-Identifier: MIT */
/*
 * What was appended to a file before a read began, the read gives, also where reading ahead has met the end
 * before.
 */
#include "check.h"
#include <nowait.h>

#define BUFFER_BYTES 4096

static void append(char byte)
{
    char data[BUFFER_BYTES];
    int fd = CHECK_SYS(open("file", O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600));

    memset(data, byte, sizeof data);
    CHECK_EQ(write(fd, data, sizeof data), sizeof data);
    close(fd);
}

/* Past the page cache, so that it is read ahead. */
static int read_along(void *arg)
{
    nw_open_options options = {.direct = true, .buffer_bytes = BUFFER_BYTES};
    nw_stream *stream;
    char data[BUFFER_BYTES];

    (void)arg;
    append('0');
    CHECK_EQ(nw_open_with(&options, "file", "r", &stream), 0);
    for (char byte = '0'; byte < '9'; byte++) {
        CHECK_EQ(nw_read(stream, data, sizeof data), sizeof data);
        CHECK_EQ(data[0], byte);
        CHECK_EQ(nw_sleep(NW_MS(1)), 0); /* the end is mostly met now; that it was is not needed */
        append((char)(byte + 1));
    }
    CHECK_EQ(nw_read(stream, data, sizeof data), sizeof data);
    CHECK_EQ(nw_read(stream, data, sizeof data), 0);
    return nw_close(stream);
}

int main(void)
{
    check_enter_folder();
    CHECK_EQ(nw_run(read_along, NULL), 0);
    return 0;
}
