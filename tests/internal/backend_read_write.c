/* SPDX-License-Identifier: MIT */
/*
 * Reading and writing: short reads, end of file, offsets, the file's own position, vectors, errors.
 */
#include <sys/uio.h>

#include "../support/engine.h"

static int do_read(struct engine *engine, int fd, void *data, size_t size_bytes, int64_t offset)
{
    nw_op op;

    nw_op_read(&op, fd, data, size_bytes, offset);
    return engine_run(engine, &op);
}

static int do_write(struct engine *engine, int fd, const void *data, size_t size_bytes, int64_t offset)
{
    nw_op op;

    nw_op_write(&op, fd, data, size_bytes, offset);
    return engine_run(engine, &op);
}

static void offsets_and_short_reads(struct engine *engine, int fd)
{
    char data[16] = {0};

    CHECK_EQ(do_read(engine, fd, data, 4, 2), 4);
    CHECK_MEM(data, "cdef", 4);
    CHECK_EQ(do_read(engine, fd, data, sizeof data, 7), 3); /* 10 bytes in the file */
    CHECK_MEM(data, "hij", 3);
    CHECK_EQ(do_read(engine, fd, data, sizeof data, 10), 0);
    CHECK_EQ(do_read(engine, fd, data, sizeof data, 1000000), 0);
    CHECK_EQ(do_read(engine, fd, data, 0, 0), 0);
}

static void own_position(struct engine *engine, int fd)
{
    char data[16] = {0};

    CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
    CHECK_EQ(do_read(engine, fd, data, 6, -1), 6);
    CHECK_MEM(data, "abcdef", 6);
    CHECK_EQ(lseek(fd, 0, SEEK_CUR), 6);
    CHECK_EQ(do_read(engine, fd, data, 16, -1), 4);
    CHECK_MEM(data, "ghij", 4);
    CHECK_EQ(do_write(engine, fd, "KL", 2, -1), 2);
    CHECK_EQ(lseek(fd, 0, SEEK_CUR), 12);
    check_file_holds("file", "abcdefghijKL", 12);
    CHECK_EQ(do_write(engine, fd, "B", 1, 1), 1); /* a position given leaves the file's own alone */
    CHECK_EQ(lseek(fd, 0, SEEK_CUR), 12);
    check_file_holds("file", "aBcdefghijKL", 12);
}

static void vectors(struct engine *engine, int fd)
{
    char first[3], second[5];
    struct iovec in[2] = {{.iov_base = first, .iov_len = 3}, {.iov_base = second, .iov_len = 5}};
    struct iovec out[2] = {{.iov_base = (char[]){"xy"}, .iov_len = 2},
                           {.iov_base = (char[]){"z"}, .iov_len = 1}};
    nw_op op;

    nw_op_readv(&op, fd, in, 2, 0);
    CHECK_EQ(engine_run(engine, &op), 8);
    CHECK_MEM(first, "aBc", 3);
    CHECK_MEM(second, "defgh", 5);
    nw_op_writev(&op, fd, out, 2, 0);
    CHECK_EQ(engine_run(engine, &op), 3);
    check_file_holds("file", "xyzdefghijKL", 12);
    nw_op_readv(&op, fd, in, 0, 0);
    CHECK_EQ(engine_run(engine, &op), 0);
}

static void errors(struct engine *engine, int fd)
{
    char data[16];
    int directory = CHECK_SYS(open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    int write_only = CHECK_SYS(open("file", O_WRONLY | O_CLOEXEC));
    int full = CHECK_SYS(open("/dev/full", O_RDWR | O_CLOEXEC));

    CHECK_EQ(do_read(engine, -1, data, 1, 0), -EBADF);
    CHECK_EQ(do_read(engine, 1000000, data, 1, 0), -EBADF);
    CHECK_EQ(do_read(engine, directory, data, 1, 0), -EISDIR);
    CHECK_EQ(do_read(engine, write_only, data, 1, 0), -EBADF);
    CHECK_EQ(do_write(engine, full, "x", 1, -1), -ENOSPC);
    CHECK_EQ(do_read(engine, fd, NULL, 1, 0), -EFAULT);
    CHECK_SYS(close(directory));
    CHECK_SYS(close(write_only));
    CHECK_SYS(close(full));
}

int main(void)
{
    struct engine engine = engine_open();

    check_enter_folder();
    int fds_before = check_open_fds();
    check_write_file("file", "abcdefghij", 10);
    int fd = CHECK_SYS(open("file", O_RDWR | O_CLOEXEC));
    offsets_and_short_reads(&engine, fd);
    own_position(&engine, fd);
    vectors(&engine, fd);
    errors(&engine, fd);
    CHECK_SYS(close(fd));
    CHECK_EQ(check_open_fds(), fds_before);
    engine_close(&engine);
    return 0;
}
