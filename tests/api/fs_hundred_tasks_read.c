/* SPDX-License-Identifier: MIT */
/* A hundred tasks read one file, cached and not, through one descriptor and through their own. */
#include "check.h"
#include <nowait.h>

#define TASKS 100
#define PART  40000

static unsigned char *content;
static int shared_fd;

static int read_part(void *arg)
{
    size_t index = *(size_t *)arg;
    unsigned char *data = malloc(PART);
    int own = nw_fd_open("file", O_RDONLY, 0);

    CHECK(data);
    CHECK(own >= 0);
    CHECK_EQ(nw_fd_pread(shared_fd, data, PART, (int64_t)(index * PART)), PART);
    CHECK_MEM(data, content + index * PART, PART);
    memset(data, 0, PART);
    CHECK_EQ(nw_fd_pread(own, data, PART, (int64_t)(index * PART)), PART);
    CHECK_MEM(data, content + index * PART, PART);
    CHECK_EQ(nw_fd_close(own), 0);
    free(data);
    return 0;
}

static int first(void *arg)
{
    nw_task *tasks[TASKS];
    size_t indices[TASKS];
    int open_before = check_open_fds();

    (void)arg;
    shared_fd = nw_fd_open("file", O_RDONLY, 0);
    CHECK(shared_fd >= 0);
    for (int round = 0; round < 6; round++) {
        if (round % 2 == 0)
            CHECK_EQ(posix_fadvise(shared_fd, 0, 0, POSIX_FADV_DONTNEED), 0);
        for (size_t i = 0; i < TASKS; i++) {
            indices[i] = i;
            tasks[i] = nw_spawn(read_part, &indices[i]);
        }
        CHECK_EQ(nw_gather(tasks, TASKS), 0);
    }
    CHECK_EQ(nw_fd_close(shared_fd), 0);
    CHECK_EQ(check_open_fds(), open_before);
    return 0;
}

int main(void)
{
    int fd;

    check_enter_folder();
    content = malloc(TASKS * PART);
    CHECK(content);
    for (size_t i = 0; i < TASKS * PART; i++)
        content[i] = (unsigned char)(i * 2654435761u >> 11);
    check_write_file("file", content, TASKS * PART);
    fd = CHECK_SYS(open("file", O_RDONLY | O_CLOEXEC));
    CHECK_SYS(fsync(fd));
    close(fd);
    CHECK_EQ(nw_run(first, NULL), 0);
    free(content);
    return 0;
}
