/* SPDX-License-Identifier: MIT */
/*
 * A read that fails in the device is -EIO, alone and in the middle of a longer one: there what came before is
 * returned, and the error when asked again. /proc/self/mem is the device: where nothing is mapped, it fails
 * so.
 */
#include <nowait.h>
#include <sys/mman.h>

#include "check.h"

static int read_into_the_hole(void *arg)
{
    int64_t page = sysconf(_SC_PAGESIZE);
    int64_t mapped = (int64_t)(intptr_t)arg;
    char *data = malloc((size_t)page * 3);
    int fd = nw_fd_open("/proc/self/mem", O_RDONLY, 0);
    nw_bytes bytes = {0};

    CHECK(data);
    CHECK(fd >= 0);
    CHECK_EQ(nw_fd_pread(fd, data, (size_t)page, mapped + page), -EIO);
    CHECK_EQ(nw_fd_pread(fd, data, (size_t)page * 3, mapped), page);
    CHECK_EQ(data[page - 1], 'x');
    CHECK_EQ(nw_fd_pread(fd, data + page, (size_t)page * 2, mapped + page), -EIO);
    CHECK_EQ(nw_read_file("/proc/self/mem", 0, &bytes), -EIO); /* nothing is mapped at 0 */
    CHECK(!bytes.data);
    free(data);
    return nw_fd_close(fd);
}

int main(void)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *memory = mmap(NULL, page * 3, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    CHECK(memory != MAP_FAILED);
    memset(memory, 'x', page);
    CHECK_SYS(munmap(memory + page, page * 2));
    CHECK_EQ(nw_run(read_into_the_hole, memory), 0);
    return 0;
}
