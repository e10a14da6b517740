/* SPDX-License-Identifier: MIT */
/*
 * nw_copy_tree and nw_copy_file_with cancelled after k turns of the loop, k = 0, 1, 2, ...: no descriptor
 * stays open, each file that is in the copy is whole, and the callbacks are not called any more.
 */
#include "../support/runtime.h"

#define FOLDERS    6
#define FILES      40
#define FILE_BYTES 5000
#define BIG_BYTES  (12 * 1024 * 1024)

static char *content;
static bool running;

static int on_entry(const char *from, const char *to, void *arg)
{
    (void)from, (void)to, (void)arg;
    CHECK(running);
    return nw_yield();
}

static int on_progress(uint64_t done, uint64_t total, void *arg)
{
    (void)done, (void)total, (void)arg;
    CHECK(running);
    return 0;
}

static const nw_copy_options options = {
    .flags = NW_COPY_ALL, .on_entry = on_entry, .progress = {on_progress, NULL}, .parallel = 3};

static void make_tree(void)
{
    char path[64];

    CHECK_SYS(mkdir("from", 0700));
    for (int i = 0; i < FOLDERS; i++) {
        snprintf(path, sizeof path, "from/%d", i);
        CHECK_SYS(mkdir(path, 0700));
        for (int k = 0; k < FILES; k++) {
            snprintf(path, sizeof path, "from/%d/%d", i, k);
            check_write_file(path, content, FILE_BYTES);
        }
    }
    CHECK_SYS(link("from/0/0", "from/1/first"));
    check_write_file("from/big", content, BIG_BYTES);
}

static int copy_tree(void *arg)
{
    (void)arg;
    running = true;
    int rc = nw_copy_tree(&options, "from", "to");
    running = false;
    return rc;
}

static int copy_file(void *arg)
{
    (void)arg;
    running = true;
    int rc = nw_copy_file_with(&options, "from/big", "to");
    running = false;
    return rc;
}

static char in_memory[64];

/* Out of memory into a file system on a disk, the kernel does not copy by itself. */
static int copy_by_hand(void *arg)
{
    (void)arg;
    running = true;
    int rc = nw_copy_file_with(&options, in_memory, "to");
    running = false;
    return rc;
}

static void files_are_whole(void)
{
    char path[64];

    if (access("to", F_OK) < 0)
        return;
    for (int i = 0; i < FOLDERS; i++) {
        for (int k = 0; k < FILES; k++) {
            snprintf(path, sizeof path, "to/%d/%d", i, k);
            if (access(path, F_OK) == 0)
                check_file_holds(path, content, FILE_BYTES);
        }
    }
    if (access("to/big", F_OK) == 0)
        check_file_holds("to/big", content, BIG_BYTES);
}

static void file_is_whole(void)
{
    if (access("to", F_OK) == 0)
        check_file_holds("to", content, BIG_BYTES);
}

static bool cancel_after(nw_task_fn *fn, int turns, void (*verify)(void))
{
    int open_before, rc;
    nw_task *task;

    CHECK(nw_remove_tree("to") != -EIO);
    open_before = check_open_fds();
    task = nw_spawn(fn, NULL);
    for (int i = 0; i < turns && !nw_done(task); i++)
        CHECK_EQ(i % 3 == 2 ? nw_sleep(NW_US(50)) : nw_yield(), 0);
    nw_cancel(task);
    rc = nw_await(task);
    CHECK(rc == 0 || rc == -ECANCELED);
    CHECK_EQ(check_open_fds(), open_before);
    verify();
    return rc == 0;
}

static void cancel_everywhere(nw_task_fn *fn, void (*verify)(void))
{
    bool complete = false;

    for (int turns = 0; turns < scaled(60) && !complete; turns += 1 + turns / 10)
        complete = cancel_after(fn, turns, verify);
    CHECK_EQ(fn(NULL), 0);
    verify();
}

static int first(void *arg)
{
    (void)arg;
    make_tree();
    cancel_everywhere(copy_tree, files_are_whole);
    CHECK_EQ(nw_remove_tree("to"), 0);
    cancel_everywhere(copy_file, file_is_whole);
    int fd = CHECK_SYS(memfd_create("source", MFD_CLOEXEC));
    CHECK_EQ(nw_fd_write(fd, content, BIG_BYTES), BIG_BYTES);
    snprintf(in_memory, sizeof in_memory, "/proc/self/fd/%d", fd);
    CHECK_EQ(nw_remove_tree("to"), 0);
    cancel_everywhere(copy_by_hand, file_is_whole);
    CHECK_EQ(nw_fd_close(fd), 0);
    return 0;
}

int main(void)
{
    check_enter_folder();
    content = malloc(BIG_BYTES);
    CHECK(content);
    for (size_t i = 0; i < BIG_BYTES; i++)
        content[i] = (char)(i % 251);
    CHECK_EQ(nw_run(first, NULL), 0);
    free(content);
    return 0;
}
