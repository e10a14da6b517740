/* SPDX-License-Identifier: MIT */
/*
 * A file copied to a socket arrives whole, behind what was written before and before what comes after, cached
 * or not, to a peer that is slow, in parts; what was not sent when the peer goes or the task is cancelled can
 * still be read; a file that ends early is an end. Other tasks run meanwhile.
 */
#include "../support/runtime.h"

#define SIZE (5 * 1024 * 1024 + 123)

static char *content;
static nw_stream *here, *there;

static void connect_pair(void)
{
    nw_listener *listener;
    nw_address address;
    char place[64];

    CHECK_EQ(nw_listen("tcp://127.0.0.1:0", &listener), 0);
    CHECK_EQ(nw_listener_address(listener, &address), 0);
    snprintf(place, sizeof place, "tcp://127.0.0.1:%u", nw_address_port(&address));
    CHECK_EQ(nw_connect(place, &here), 0);
    CHECK_EQ(nw_accept(listener, &there), 0);
    nw_listener_close(listener);
}

static int send_all(void *arg)
{
    nw_stream *file;
    int64_t limit = *(int64_t *)arg, n;

    CHECK_EQ(nw_open("file", "r", &file), 0);
    CHECK_EQ(nw_write(here, "head", 4), 4);
    n = nw_copy(here, file, limit, NULL);
    CHECK_EQ(n, limit ? limit : SIZE);
    CHECK_EQ(nw_tell(file), n);
    CHECK_EQ(nw_write(here, "tail", 4), 4);
    CHECK_EQ(nw_close(file), 0);
    return nw_close(here);
}

static void arrives(int64_t limit, bool cached)
{
    size_t size = limit ? (size_t)limit : SIZE;
    int fd = CHECK_SYS(open("file", O_RDONLY | O_CLOEXEC));
    nw_bytes all;

    if (!cached) {
        CHECK_SYS(fsync(fd));
        posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    }
    close(fd);
    connect_pair();
    nw_task *sender = nw_spawn(send_all, &limit);
    yield_all(); /* it fills what the kernel takes, and waits */
    CHECK_EQ(nw_read_all(there, 0, &all), 0);
    CHECK_EQ(all.size, size + 8);
    CHECK_MEM(all.data, "head", 4);
    CHECK_MEM(all.data + 4, content, size);
    CHECK_MEM(all.data + 4 + size, "tail", 4);
    nw_bytes_finish(&all);
    CHECK_EQ(nw_await(sender), 0);
    CHECK_EQ(nw_close(there), 0);
}

static int copy_file(void *arg)
{
    int64_t n = nw_copy(here, arg, 0, NULL);

    return n < 0 ? (int)n : 0;
}

/* Nobody reads: the copy waits, and what was not sent stays in the file. */
static void cancelled(void)
{
    nw_stream *file;
    nw_bytes all;
    char byte;

    connect_pair();
    CHECK_EQ(nw_open("file", "r", &file), 0);
    nw_task *sender = nw_spawn(copy_file, file);
    while (nw_peek(there, 1, &(nw_slice){NULL, 0}) < 1)
        CHECK_EQ(nw_yield(), 0);
    nw_cancel(sender);
    int rc = nw_await(sender);
    CHECK(rc == -ECANCELED || rc == 0);
    int64_t sent = nw_tell(file);
    if (rc == -ECANCELED && sent < SIZE) {
        CHECK_EQ(nw_read(file, &byte, 1), 1);
        CHECK_EQ(byte, content[sent]);
    }
    CHECK_EQ(nw_close(here), 0);
    CHECK_EQ(nw_read_all(there, 0, &all), 0);
    CHECK_EQ(all.size, sent);
    CHECK_MEM(all.data, content, all.size);
    nw_bytes_finish(&all);
    CHECK_EQ(nw_close(there), 0);
    CHECK_EQ(nw_close(file), 0);
}

static void peer_goes(void)
{
    nw_stream *file;

    connect_pair();
    CHECK_EQ(nw_open("file", "r", &file), 0);
    nw_task *sender = nw_spawn(copy_file, file);
    yield_all();
    CHECK_EQ(nw_close(there), 0);
    int rc = nw_await(sender);
    CHECK(rc == -EPIPE || rc == -ECONNRESET);
    rc = nw_close(here);
    CHECK(rc == 0 || rc == -EPIPE || rc == -ECONNRESET);
    CHECK_EQ(nw_close(file), 0);
}

static int first(void *arg)
{
    (void)arg;
    arrives(0, true);
    arrives(0, false);
    arrives(3 * 1024 * 1024 + 1, true);
    arrives(100, true);
    cancelled();
    peer_goes();
    return 0;
}

int main(void)
{
    check_enter_folder();
    content = malloc(SIZE);
    CHECK(content);
    for (size_t i = 0; i < SIZE; i++)
        content[i] = (char)(i * 7 + i / 251);
    check_write_file("file", content, SIZE);
    CHECK_EQ(nw_run(first, NULL), 0);
    free(content);
    return 0;
}
