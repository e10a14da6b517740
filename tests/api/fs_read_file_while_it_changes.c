/* SPDX-License-Identifier: MIT */
/* A file that another thread grows and shrinks is read as some prefix of what was written; never more or
 * less. */
#include "check.h"
#include <nowait.h>
#include <pthread.h>
#include <stdatomic.h>

#define LONGEST (300 * 1024)

static atomic_bool stop;

/* Byte i of the file is always i % 251, however long it is. */
static void *change(void *arg)
{
    static char data[LONGEST];
    int fd = *(int *)arg;
    unsigned state = 1;

    for (size_t i = 0; i < LONGEST; i++)
        data[i] = (char)(i % 251);
    while (!atomic_load(&stop)) {
        state = state * 1103515245 + 12345;
        off_t size = (off_t)(state >> 8) % LONGEST;
        CHECK_EQ(pwrite(fd, data, (size_t)size, 0), size);
        CHECK_SYS(ftruncate(fd, size / 2));
    }
    return NULL;
}

static int first(void *arg)
{
    nw_bytes bytes;

    (void)arg;
    for (int round = 0; round < 300; round++) {
        CHECK_EQ(nw_read_file("file", 0, &bytes), 0);
        CHECK(bytes.size <= LONGEST);
        for (size_t i = 0; i < bytes.size; i++)
            if (bytes.data[i] != 0) /* a page that was cut off while it was read is zeros */
                CHECK_EQ((unsigned char)bytes.data[i], i % 251);
        nw_bytes_finish(&bytes);
    }
    return 0;
}

int main(void)
{
    pthread_t thread;
    int fd;

    check_enter_folder();
    fd = CHECK_SYS(open("file", O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    CHECK_EQ(pthread_create(&thread, NULL, change, &fd), 0);
    CHECK_EQ(nw_run(first, NULL), 0);
    atomic_store(&stop, true);
    pthread_join(thread, NULL);
    close(fd);
    return 0;
}
