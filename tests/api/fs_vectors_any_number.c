/* SPDX-License-Identifier: MIT */
/* More vectors than one system call takes, empty ones among them, and ones longer than a piece. */
#include "check.h"
#include <nowait.h>
#include <sys/uio.h>

#define COUNT 3000
#define LONG  (5 * 1024 * 1024)

static int many(int fd)
{
    static unsigned char data[COUNT * 4], found[COUNT * 4];
    static struct iovec out[COUNT], in[COUNT];
    size_t size = 0;

    for (size_t i = 0; i < COUNT; i++) {
        size_t length = i % 4; /* every fourth is empty, the first too */
        out[i] = (struct iovec){data + size, length};
        in[i] = (struct iovec){found + size, length};
        size += length;
    }
    for (size_t i = 0; i < size; i++)
        data[i] = (unsigned char)(i % 253);
    CHECK_EQ(nw_fd_pwritev(fd, out, COUNT, 0), size);
    CHECK_EQ(nw_fd_preadv(fd, in, COUNT, 0), size);
    CHECK_MEM(found, data, size);
    CHECK_EQ(nw_fd_preadv(fd, in, -1, 0), -EINVAL);
    return 0;
}

static void too_long_together(int fd)
{
    struct iovec vectors[2] = {{NULL, SIZE_MAX / 2}, {NULL, SIZE_MAX / 2}};

    CHECK_EQ(nw_fd_preadv(fd, vectors, 2, 0), -EINVAL);
    CHECK_EQ(nw_fd_writev(fd, NULL, 1), -EINVAL);
}

static void long_ones(int fd)
{
    char *data = malloc(2 * LONG), *found = malloc(2 * LONG);
    struct iovec out[3] = {{data, 1}, {data + 1, LONG}, {data + 1 + LONG, LONG - 1}};
    struct iovec in[2] = {{found, LONG + 7}, {found + LONG + 7, LONG - 7}};

    CHECK(data && found);
    for (size_t i = 0; i < 2 * LONG; i++)
        data[i] = (char)(i % 249);
    CHECK_EQ(nw_fd_pwritev(fd, out, 3, 0), 2 * LONG);
    CHECK_EQ(nw_fd_preadv(fd, in, 2, 0), 2 * LONG);
    CHECK_MEM(found, data, 2 * LONG);
    free(data);
    free(found);
}

static int first(void *arg)
{
    int fd = nw_fd_open("file", O_RDWR | O_CREAT, 0600);

    (void)arg;
    CHECK(fd >= 0);
    many(fd);
    too_long_together(fd);
    long_ones(fd);
    CHECK_EQ(nw_fd_close(fd), 0);
    return 0;
}

int main(void)
{
    check_enter_folder();
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
