/* SPDX-License-Identifier: MIT */
/* ctest: serial no-qemu */
/*
 * A million operations of all kinds are started and cancelled at random points; each one's buffers and paths
 * are overwritten and freed the moment the call returns. At the end no task, descriptor, item, lock or byte
 * of a pipe is missing or left over, and memory is what it was. OPERATIONS=count does more or fewer.
 */
#include "../support/runtime.h"
#include <malloc.h>

#define WINDOW     256 /* tasks in flight */
#define FILE_BYTES (4 << 20)
#define PAGE_BYTES 4096

static long operations_left;
static int file_fd, scratch_fd;
static int pipes[2][2]; /* the first in blocking mode, the second not: two ways through the engines */
static long bytes_written, bytes_read, items_sent, items_received, locks_held;
static nw_channel *channel;
static nw_mutex mutex;
static nw_semaphore semaphore;

/* -- memory that is gone when the call returns -- */

static char *borrow(size_t size_bytes)
{
    char *data = malloc(size_bytes);

    CHECK(data);
    memset(data, 0x5a, size_bytes);
    return data;
}

static void give_back(char *data, size_t size_bytes)
{
    memset(data, 0xa5, size_bytes);
    free(data);
}

static char *borrow_path(const char *path)
{
    char *copy = strdup(path);

    CHECK(copy);
    return copy;
}

static void give_back_path(char *path)
{
    give_back(path, strlen(path));
}

/* A wait may be cut short, but by nothing else than cancellation and deadlines. */
static int expect_interruption(int rc)
{
    CHECK(rc >= 0 || rc == -ECANCELED || rc == -ETIMEDOUT);
    return rc;
}

/* -- one function an operation -- */

static int do_pread(bool cold)
{
    int64_t offset = (int64_t)random_below(FILE_BYTES / PAGE_BYTES) * PAGE_BYTES;
    size_t size = PAGE_BYTES * (1 + random_below(4));
    char *data = borrow(size);

    if (cold)
        CHECK_EQ(posix_fadvise(file_fd, offset, (off_t)size, POSIX_FADV_DONTNEED), 0);
    int rc = expect_interruption((int)nw_fd_pread(file_fd, data, size, offset));
    for (int i = 0; i + 8 <= rc; i += PAGE_BYTES)
        CHECK_MEM(data + i, "contents", 8);
    give_back(data, size);
    return rc;
}

static int do_pread_cached(void)
{
    return do_pread(false);
}

static int do_pread_cold(void)
{
    return do_pread(true);
}

static int do_pipe_read(void)
{
    char *data = borrow(16);
    int rc = expect_interruption((int)nw_fd_read(pipes[random_below(2)][0], data, 16));

    for (int i = 0; i < rc; i++)
        CHECK_EQ(data[i], 'p');
    if (rc > 0)
        bytes_read += rc;
    give_back(data, 16);
    return rc;
}

static int do_pwrite(void)
{
    char *data = borrow(PAGE_BYTES);
    int rc = (int)nw_fd_pwrite(scratch_fd, data, PAGE_BYTES, (int64_t)random_below(64) * PAGE_BYTES);

    give_back(data, PAGE_BYTES);
    return expect_interruption(rc);
}

static int do_open_close(void)
{
    char *path = borrow_path(random_below(4) ? "file" : "no such file");
    int fd = nw_fd_open(path, O_RDONLY, 0);

    give_back_path(path);
    if (fd >= 0) { /* cancelled or not: who got a descriptor closes it */
        CHECK_EQ(nw_fd_close(fd), 0);
        return 0;
    }
    return fd == -ENOENT ? 0 : expect_interruption(fd);
}

static int do_create_close(void)
{
    char name[32];

    snprintf(name, sizeof name, "new.%u", random_below(50));
    char *path = borrow_path(name);
    int fd = nw_fd_open(path, O_RDWR | O_CREAT, 0666);
    give_back_path(path);
    if (fd >= 0)
        CHECK_EQ(nw_fd_close(fd), 0);
    return expect_interruption(fd);
}

static int do_stat(void)
{
    struct stat *status = malloc(sizeof *status);
    char *path = borrow_path("file");

    CHECK(status);
    int rc = expect_interruption(nw_stat(path, status));
    if (rc == 0)
        CHECK_EQ(status->st_size, FILE_BYTES);
    give_back_path(path);
    free(status);
    return rc;
}

static int do_sleep(void)
{
    unsigned kind = random_below(8);

    return expect_interruption(nw_sleep(kind == 0 ? NW_FOREVER : NW_US(random_below(200))));
}

static int fill(void *arg)
{
    memset(arg, 'w', 64);
    return 64;
}

static int do_thread(void)
{
    char *data = borrow(64);
    int rc = expect_interruption(nw_to_thread(fill, data));

    CHECK_EQ(data[63], rc < 0 ? 0x5a : 'w'); /* not called, or called to its end */
    give_back(data, 64);
    return rc;
}

static int do_channel(void)
{
    long *item = malloc(sizeof *item);
    int rc;

    CHECK(item);
    *item = 77;
    if (random_below(2)) {
        rc = nw_channel_send(channel, item);
        items_sent += rc == 0;
    } else {
        *item = 0;
        rc = nw_channel_receive(channel, item);
        items_received += rc == 0;
        CHECK_EQ(*item, rc == 0 ? 77 : 0);
    }
    give_back((char *)item, sizeof *item);
    return expect_interruption(rc);
}

static int do_mutex(void)
{
    int rc = expect_interruption(nw_mutex_lock(&mutex));

    if (rc < 0)
        return rc;
    CHECK_EQ(locks_held++, 0);
    (void)nw_yield();
    CHECK_EQ(--locks_held, 0);
    nw_mutex_unlock(&mutex);
    return 0;
}

static int do_semaphore(void)
{
    int rc = expect_interruption(nw_semaphore_wait(&semaphore));

    if (rc < 0)
        return rc;
    (void)nw_yield();
    nw_semaphore_post(&semaphore);
    return 0;
}

/* Three ops at once, one of them waited for, the rest taken back. */
static int do_raw_ops(void)
{
    nw_op *ops = calloc(3, sizeof *ops), *list[] = {&ops[0], &ops[1], &ops[2]};
    char *data = borrow(8);
    size_t index;

    CHECK(ops);
    nw_op_read(&ops[0], pipes[random_below(2)][0], data, 1, -1);
    nw_op_poll(&ops[1], pipes[0][1], POLLERR);
    nw_op_read(&ops[2], file_fd, data + 1, 7, 0);
    for (int i = 0; i < 3; i++)
        CHECK_EQ(nw_op_submit(NULL, &ops[i]), 0);
    int rc = expect_interruption(nw_wait_any(list, 3, &index));
    for (int i = 0; i < 3; i++)
        nw_op_cancel(&ops[i]);
    (void)nw_wait_all(list, 3);
    for (int i = 0; i < 3; i++)
        CHECK_EQ(nw_op_done(&ops[i]), true);
    bytes_read += ops[0].result > 0;
    give_back(data, 8);
    free(ops);
    return rc;
}

static int one_operation(void);

static int do_deadlines(void)
{
    nw_deadline outer, inner;

    nw_deadline_begin(&outer, NW_US(random_below(300)));
    nw_deadline_begin(&inner, NW_US(random_below(300)));
    int rc = one_operation();
    (void)nw_deadline_end(&inner);
    (void)nw_deadline_end(&outer);
    return rc == -ETIMEDOUT ? 0 : rc;
}

static int do_shield(void)
{
    nw_shield shield;

    nw_shield_begin(&shield);
    int rc = do_stat();
    nw_shield_end(&shield);
    CHECK_EQ(rc, 0);
    return nw_interrupted();
}

static int operation_task(void *arg)
{
    (void)arg;
    return one_operation();
}

static int do_group(void)
{
    nw_group group;
    int rc = 0;

    nw_group_init(&group, 2);
    for (int i = 0; i < 3 && rc == 0; i++)
        rc = nw_group_spawn(&group, operation_task, NULL);
    if (random_below(2))
        nw_group_cancel(&group);
    int failed = nw_group_finish(&group);
    return rc < 0 ? rc : failed;
}

static int (*const kinds[])(void) = {
    do_pread_cached, do_pread_cold, do_pipe_read, do_pwrite,     do_open_close, do_create_close, do_stat,
    do_sleep,        do_thread,     do_channel,   do_mutex,      do_semaphore,  do_raw_ops,      do_deadlines,
    do_shield,       do_pipe_read,  do_stat,      do_open_close, do_channel,    do_group,
};

static int one_operation(void)
{
    operations_left--;
    return kinds[random_below(sizeof kinds / sizeof kinds[0])]();
}

/* -- who starts and cancels them -- */

static int some_operations(void *arg)
{
    int rc = 0;

    (void)arg;
    for (unsigned count = 1 + random_below(4); count > 0 && rc >= 0; count--)
        rc = one_operation();
    return rc;
}

/* A cancelled task ends by itself; one that is not cancelled may wait for ever. */
static void end_task(nw_task **task)
{
    nw_cancel(*task);
    int rc = nw_await(*task);
    CHECK(rc >= 0 || rc == -ECANCELED || rc == -ETIMEDOUT);
    *task = NULL;
}

static void feed_pipe(void)
{
    ssize_t n = write(pipes[random_below(2)][1], "pppppppp", 1 + random_below(8));

    if (n > 0)
        bytes_written += n;
}

static void step(nw_task **tasks)
{
    nw_task **slot = &tasks[random_below(WINDOW)];

    if (*slot && (nw_done(*slot) || random_below(2)))
        end_task(slot);
    else if (*slot)
        nw_cancel(*slot);
    else
        *slot = nw_spawn(some_operations, NULL);
    switch (random_below(16)) {
    case 0:
        feed_pipe();
        break;
    case 1:
        CHECK_EQ(nw_sleep(NW_US(random_below(50))), 0);
        break;
    case 2:
    case 3:
    case 4:
        CHECK_EQ(nw_yield(), 0);
        break;
    default:
        break;
    }
}

static void check_nothing_is_missing(void)
{
    char rest[PIPE_BUF];
    ssize_t n;
    long item;

    for (int i = 0; i < 2; i++) {
        struct pollfd readable = {.fd = pipes[i][0], .events = POLLIN};
        while (poll(&readable, 1, 0) > 0 && (n = read(pipes[i][0], rest, sizeof rest)) > 0)
            bytes_read += n;
    }
    CHECK_EQ(bytes_read, bytes_written);
    while (nw_channel_try_receive(channel, &item) == 0)
        items_received++;
    CHECK_EQ(items_received, items_sent);
    CHECK_EQ(nw_mutex_try_lock(&mutex), 0);
    nw_mutex_unlock(&mutex);
    CHECK_EQ(nw_semaphore_try_wait(&semaphore), 0);
    CHECK_EQ(nw_semaphore_try_wait(&semaphore), 0);
    CHECK_EQ(nw_semaphore_try_wait(&semaphore), -EAGAIN);
    CHECK_EQ(tasks_alive(), 1);
}

static int stress(void *arg)
{
    static nw_task *tasks[WINDOW];

    bytes_written = bytes_read = items_sent = items_received = 0;
    operations_left = *(long *)arg;
    nw_mutex_init(&mutex);
    nw_semaphore_init(&semaphore, 2);
    CHECK_EQ(nw_channel_create(sizeof(long), 2, &channel), 0);
    while (operations_left > 0)
        step(tasks);
    for (int i = 0; i < WINDOW; i++)
        if (tasks[i])
            end_task(&tasks[i]);
    check_nothing_is_missing();
    nw_channel_destroy(channel);
    nw_semaphore_finish(&semaphore);
    nw_mutex_finish(&mutex);
    return 0;
}

static void prepare(void)
{
    char *data = calloc(1, FILE_BYTES);

    CHECK(data);
    for (int i = 0; i < FILE_BYTES; i += PAGE_BYTES)
        memcpy(data + i, "contents", 8);
    check_enter_folder();
    check_write_file("file", data, FILE_BYTES);
    free(data);
    file_fd = CHECK_SYS(open("file", O_RDONLY | O_CLOEXEC));
    CHECK_SYS(fsync(file_fd)); /* only clean pages leave the cache */
    scratch_fd = CHECK_SYS(open("scratch", O_RDWR | O_CREAT | O_CLOEXEC, 0666));
    CHECK_SYS(pipe2(pipes[0], O_CLOEXEC));
    CHECK_SYS(fcntl(pipes[0][1], F_SETFL, O_NONBLOCK)); /* feeding them never waits */
    CHECK_SYS(pipe2(pipes[1], O_CLOEXEC | O_NONBLOCK));
}

/* The full number, but for checkers that would need minutes. */
static long operations_by_default(void)
{
#ifdef RUNTIME_TSAN
    return 100000;
#else
    return runtime_emulated() ? 20000 : 1000000;
#endif
}

static size_t heap_bytes(void)
{
    return mallinfo2().uordblks;
}

int main(void)
{
    const char *wanted = getenv("OPERATIONS");
    long count = wanted ? strtol(wanted, NULL, 0) : operations_by_default(), few = 2000;

    random_seed();
    prepare();
    CHECK_EQ(nw_run(stress, &few), 0); /* what is made once and kept is made now */
    int fds = check_open_fds();
    size_t heap = heap_bytes();
    for (unsigned entries = 8; entries <= 512; entries *= 64) {
        long half = count / 2;
        CHECK_EQ(nw_run_with(&(nw_run_options){.queue_entries = entries}, stress, &half), 0);
    }
    CHECK_EQ(check_open_fds(), fds);
    CHECK(heap_bytes() < heap + 100000); /* a tenth of a byte an operation would be more */
    return 0;
}
