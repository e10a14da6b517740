/* SPDX-License-Identifier: MIT */
/* ctest: backend=uring */
/*
 * Where io_uring is forbidden, by whatever error, the epoll engine takes over and says why; whoever demands
 * io_uring gets the error. With nothing to lock memory with, one of the two works.
 */
#include <sys/resource.h>
#include <sys/wait.h>

#include "../support/engine.h"
#include "../support/seccomp.h"

static void forbid(long call, int error)
{
    if (seccomp_forbid(call, error) != 0)
        check_skip("no seccomp filter can be installed here: %s", strerror(errno));
}

static void reads_a_file(struct engine *engine)
{
    char data[4];
    nw_op op;
    int fd = CHECK_SYS(open("file", O_RDONLY | O_CLOEXEC));

    nw_op_read(&op, fd, data, sizeof data, 0);
    op.flags |= NW__OP_NO_INLINE;
    CHECK_EQ(engine_run(engine, &op), 3);
    CHECK_SYS(close(fd));
}

static int forbidden(int error)
{
    struct nw__backend_options options = {.kind = NW_BACKEND_URING};
    struct nw__backend *backend = NULL;
    struct engine engine;

    forbid(SYS_io_uring_setup, error);
    int fds_before = check_open_fds();
    CHECK_EQ(nw__pool_create(1, &options.pool), 0);
    CHECK_EQ(nw__backend_create(&options, &backend), -error);
    CHECK(!backend);
    nw__pool_release(options.pool);
    engine = engine_open();
    CHECK_STR(engine.backend->vtable->name, "epoll");
    CHECK_EQ(engine.backend->error_reason, -error);
    reads_a_file(&engine);
    engine_close(&engine);
    CHECK_EQ(check_open_fds(), fds_before);
    return 0;
}

static int nothing_to_lock(int unused)
{
    struct engine engine;

    (void)unused;
    CHECK_SYS(setrlimit(RLIMIT_MEMLOCK, &(struct rlimit){0, 0}));
    engine = engine_open();
    reads_a_file(&engine);
    engine_close(&engine);
    return 0;
}

/* A filter cannot be taken off again: each gets a process of its own. */
static int in_child(int (*fn)(int), int argument)
{
    int status;
    pid_t child = CHECK_SYS(fork());

    if (child == 0)
        _exit(fn(argument));
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK(WIFEXITED(status));
    return WEXITSTATUS(status);
}

int main(void)
{
    static const int errors[] = {EPERM, ENOSYS, ENOMEM, EMFILE, EACCES};

    CHECK_SYS(unsetenv("NOWAIT_BACKEND"));
    check_enter_folder();
    check_write_file("file", "abc", 3);
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        int status = in_child(forbidden, errors[i]);
        if (status == CHECK_SKIPPED)
            check_skip("the first child has said why");
        CHECK_EQ(status, 0);
    }
    CHECK_EQ(in_child(nothing_to_lock, 0), 0);
    return 0;
}
