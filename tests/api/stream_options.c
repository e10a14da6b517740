/* SPDX-License-Identifier: MIT */
/*
 * Options: what is impossible is refused, and nothing was opened; limits and permissions are kept; a
 * descriptor that was refused is still the caller's.
 */
#include "check.h"
#include <nowait.h>

static void refused(nw_open_options options)
{
    nw_stream *stream = NULL;
    int fd = CHECK_SYS(open("file", O_RDONLY | O_CLOEXEC));

    CHECK_EQ(nw_open_with(&options, "file", "r", &stream), -EINVAL);
    CHECK_EQ(nw_open_with(&options, "new", "w", &stream), -EINVAL);
    CHECK(access("new", F_OK) < 0 && errno == ENOENT);
    CHECK_EQ(nw_open_fd_with(&options, fd, "r", &stream), -EINVAL);
    CHECK_SYS(fcntl(fd, F_GETFD));
    CHECK(!stream);
    close(fd);
}

static void impossible(void)
{
    refused((nw_open_options){.pieces = 65});
    refused((nw_open_options){.pieces = UINT_MAX});
    refused((nw_open_options){.buffer_bytes = SIZE_MAX});
    refused((nw_open_options){.buffer_bytes = SIZE_MAX / 2});
    refused((nw_open_options){.permissions = 010000});
    refused((nw_open_options){.permissions = UINT_MAX});
    for (int i = 0; i < 6; i++) {
        nw_open_options options = {.pieces = 1};

        options.reserved[i] = 1;
        refused(options);
    }
}

static void mode_of_a_new_file(unsigned permissions, mode_t expected)
{
    nw_open_options options = {.permissions = permissions};
    struct stat status;
    nw_stream *stream;

    unlink("new");
    CHECK_EQ(nw_open_with(&options, "new", "w", &stream), 0);
    CHECK_EQ(nw_close(stream), 0);
    CHECK_SYS(stat("new", &status));
    CHECK_EQ(status.st_mode & 07777, expected);
}

static void permissions(void)
{
    mode_t before = umask(022);

    mode_of_a_new_file(0, 0644);
    mode_of_a_new_file(0600, 0600);
    mode_of_a_new_file(0777, 0755);
    mode_of_a_new_file(0400, 0400); /* it can be written as long as it is open */
    umask(0);
    mode_of_a_new_file(0, 0666);
    umask(before);
    unlink("new");
}

/* A line of the limit is given; one more byte is too long, and can be read otherwise. */
static void line_limit(void)
{
    char text[64];
    nw_stream *stream;
    nw_slice line;

    for (size_t limit = 1; limit < 20; limit++)
        for (size_t buffer_bytes = 0; buffer_bytes < 25; buffer_bytes += 3) {
            nw_open_options options = {.line_limit_bytes = limit, .buffer_bytes = buffer_bytes};
            int size = snprintf(text, sizeof text, "%*s%*s%*s", (int)limit, "\n", (int)limit + 1, "\n",
                                (int)limit, "x");

            check_write_file("lines", text, (size_t)size);
            CHECK_EQ(nw_open_with(&options, "lines", "r", &stream), 0);
            CHECK_EQ(nw_read_line(stream, &line), limit);
            CHECK_EQ(nw_read_line(stream, &line), -EFBIG);
            CHECK_EQ(nw_read_line(stream, &line), -EFBIG);
            CHECK_EQ(nw_tell(stream), limit);
            CHECK_EQ(nw_read_until(stream, '\n', limit + 1, &line), limit + 1);
            CHECK_EQ(nw_read_line(stream, &line), limit);
            CHECK_EQ(nw_read_line(stream, &line), 0);
            CHECK_EQ(nw_close(stream), 0);
        }
}

/* The number is a descriptor, it allows what the mode asks for, it is no folder: else it stays the caller's.
 */
static void descriptors(void)
{
    nw_stream *stream = NULL;
    int reads = CHECK_SYS(open("file", O_RDONLY | O_CLOEXEC));
    int writes = CHECK_SYS(open("file", O_WRONLY | O_CLOEXEC));
    int folder = CHECK_SYS(open(".", O_RDONLY | O_CLOEXEC));

    CHECK_EQ(nw_open_fd(-1, "r", &stream), -EBADF);
    CHECK_EQ(nw_open_fd(1000000, "r", &stream), -EBADF);
    CHECK_EQ(nw_open_fd(reads, "w", &stream), -EINVAL);
    CHECK_EQ(nw_open_fd(reads, "r+", &stream), -EINVAL);
    CHECK_EQ(nw_open_fd(writes, "r", &stream), -EINVAL);
    CHECK_EQ(nw_open_fd(reads, "?", &stream), -EINVAL);
    CHECK_EQ(nw_open_fd(reads, NULL, &stream), -EINVAL);
    CHECK_EQ(nw_open_fd(reads, "r", NULL), -EINVAL);
    CHECK_EQ(nw_open_fd(folder, "r", &stream), -EISDIR);
    CHECK(!stream);
    CHECK_EQ(nw_fd_close(reads), 0);
    CHECK_EQ(nw_fd_close(writes), 0);
    CHECK_EQ(nw_fd_close(folder), 0);
}

static int first(void *arg)
{
    (void)arg;
    impossible();
    permissions();
    line_limit();
    descriptors();
    return 0;
}

int main(void)
{
    int open_fds;

    check_enter_folder();
    check_write_file("file", "content", 7);
    open_fds = check_open_fds();
    CHECK_EQ(nw_run(first, NULL), 0);
    CHECK_EQ(check_open_fds(), open_fds);
    check_file_holds("file", "content", 7);
    return 0;
}
