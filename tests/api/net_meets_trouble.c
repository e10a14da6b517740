/* SPDX-License-Identifier: MIT */
/*
 * Trouble of the network comes as an error and stays with the one connection: no descriptors left, peers that
 * reset or refuse, a listener that is closed under those who wait, UNIX files without a listener, backlogs
 * that are full, a child after fork. No SIGPIPE anywhere.
 */
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "../support/runtime.h"

static char place[64];

static nw_listener *listen_somewhere(void)
{
    nw_listener *listener;
    nw_address address;

    CHECK_EQ(nw_listen("tcp://127.0.0.1:0", &listener), 0);
    CHECK_EQ(nw_listener_address(listener, &address), 0);
    snprintf(place, sizeof place, "tcp://127.0.0.1:%u", nw_address_port(&address));
    return listener;
}

static int accept_and_close(void *arg)
{
    nw_stream *stream;
    int rc = nw_accept(arg, &stream);

    return rc < 0 ? rc : nw_close(stream);
}

static int connect_to(const char *where)
{
    nw_stream *stream;
    int rc = nw_connect(where, &stream);

    return rc < 0 ? rc : nw_close(stream);
}

static int connect_and_close(void *arg)
{
    return connect_to(arg);
}

static void refused(void)
{
    nw_listener *listener = listen_somewhere();

    nw_listener_close(listener);
    CHECK_EQ(connect_and_close(place), -ECONNREFUSED);
    CHECK_EQ(connect_to("unix:./nobody"), -ENOENT);
    CHECK_EQ(connect_to("unix:@nowait-nobody"), -ECONNREFUSED);
}

static void reset(void)
{
    const struct linger at_once = {.l_onoff = 1};
    nw_listener *listener = listen_somewhere();
    nw_stream *here, *there;
    char data[16];

    CHECK_EQ(nw_connect(place, &here), 0);
    CHECK_EQ(nw_accept(listener, &there), 0);
    CHECK_SYS(setsockopt(nw_stream_fd(there), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once));
    CHECK_EQ(nw_close(there), 0);
    CHECK_EQ(nw_read(here, data, sizeof data), -ECONNRESET);
    CHECK_EQ(nw_read(here, data, sizeof data), 0);
    CHECK_EQ(nw_write(here, "x", 1), 1);
    CHECK_EQ(nw_flush(here), -EPIPE);
    CHECK_EQ(nw_close(here), -EPIPE);
    nw_listener_close(listener);
}

static void closed_while_waiting(void)
{
    nw_listener *listener = listen_somewhere();
    nw_task *tasks[3];

    for (int i = 0; i < 3; i++)
        CHECK((tasks[i] = nw_spawn(accept_and_close, listener)));
    yield_all();
    nw_listener_close(listener);
    for (int i = 0; i < 3; i++)
        CHECK_EQ(nw_await(tasks[i]), -EBADF);
}

static void no_descriptors(void)
{
    struct rlimit limit, little;
    nw_listener *listener = listen_somewhere();
    nw_task *waiting;
    nw_stream *stream;
    int fds[64], count = 0;

    waiting = nw_spawn(accept_and_close, listener);
    yield_all();
    CHECK_SYS(getrlimit(RLIMIT_NOFILE, &limit));
    little = limit;
    little.rlim_cur = (rlim_t)check_open_fds() + 16;
    CHECK_SYS(setrlimit(RLIMIT_NOFILE, &little));
    while (count < 64 && (fds[count] = dup(0)) >= 0)
        count++;
    CHECK(count > 1);
    close(fds[--count]); /* one for the connecting side */
    CHECK_EQ(nw_connect(place, &stream), 0);
    CHECK_EQ(nw_await(waiting), -EMFILE);
    CHECK_EQ(accept_and_close(listener), -EMFILE);
    CHECK_EQ(connect_and_close(place), -EMFILE);
    while (count > 0)
        close(fds[--count]);
    CHECK_SYS(setrlimit(RLIMIT_NOFILE, &limit));
    CHECK_EQ(accept_and_close(listener), 0); /* it is still there */
    CHECK_EQ(nw_close(stream), 0);
    nw_listener_close(listener);
}

static void make_stale(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = CHECK_SYS(socket(AF_UNIX, SOCK_STREAM, 0));

    strcpy(address.sun_path, path);
    CHECK_SYS(bind(fd, (struct sockaddr *)&address, sizeof address));
    CHECK_SYS(listen(fd, 1));
    close(fd);
}

static void unix_files(void)
{
    nw_listen_options options = {.permissions = 0600};
    nw_listener *listener, *other = NULL;
    struct stat status;

    make_stale("stale");
    CHECK_EQ(nw_listen_with(&options, "unix:stale", &listener), 0);
    CHECK_SYS(stat("stale", &status));
    CHECK_EQ(status.st_mode & 0777, 0600);
    CHECK_EQ(nw_listen("unix:stale", &other), -EADDRINUSE); /* somebody listens */
    nw_listener_close(listener);
    CHECK_EQ(access("stale", F_OK), -1);
    check_write_file("file", "x", 1);
    CHECK_EQ(nw_listen("unix:file", &other), -EADDRINUSE); /* no socket: left alone */
    check_file_holds("file", "x", 1);
    CHECK(other == NULL);
    CHECK_EQ(nw_listen("unix:replaced", &listener), 0);
    CHECK_SYS(unlink("replaced"));
    CHECK_EQ(nw_listen("unix:replaced", &other), 0);
    nw_listener_close(listener);
    CHECK_EQ(access("replaced", F_OK), 0); /* the other one's */
    nw_listener_close(other);
    CHECK_EQ(access("replaced", F_OK), -1);
    CHECK_SYS(unlink("file"));
}

static int connect_to_full(void *arg)
{
    (void)arg;
    return connect_to("unix:full");
}

/* A UNIX listener with no room lets connecting tasks wait, and go on as it accepts. */
static void full_backlog(void)
{
    enum { CONNECTIONS = 6 };
    nw_listen_options options = {.backlog = 1};
    nw_task *tasks[CONNECTIONS];
    nw_listener *listener;

    CHECK_EQ(nw_listen_with(&options, "unix:full", &listener), 0);
    for (int i = 0; i < CONNECTIONS; i++)
        CHECK((tasks[i] = nw_spawn(connect_to_full, NULL)));
    CHECK_EQ(nw_sleep(NW_MS(1)), 0);
    CHECK(!nw_done(tasks[CONNECTIONS - 1]));
    nw_cancel(tasks[CONNECTIONS - 1]);
    CHECK_EQ(nw_await(tasks[CONNECTIONS - 1]), -ECANCELED);
    for (int i = 0; i < CONNECTIONS - 1; i++)
        CHECK_EQ(accept_and_close(listener), 0);
    CHECK_EQ(nw_gather(tasks, CONNECTIONS - 1), 0);
    nw_listener_close(listener);
}

/* Many in one turn. */
static void storm(void)
{
    enum { CONNECTIONS = 500 };
    static nw_task *tasks[2 * CONNECTIONS];
    nw_listener *listener = listen_somewhere();

    for (int i = 0; i < CONNECTIONS; i++) {
        CHECK((tasks[2 * i] = nw_spawn(connect_and_close, place)));
        CHECK((tasks[2 * i + 1] = nw_spawn(accept_and_close, listener)));
    }
    CHECK_EQ(nw_gather(tasks, 2 * CONNECTIONS), 0);
    nw_listener_close(listener);
}

static void in_time(void)
{
    nw_connect_options options = {.timeout_ns = NW_MS(5)};
    nw_listen_options one = {.backlog = 1};
    nw_listener *listener;
    nw_stream *stream;
    int i, rc = 0;

    CHECK_EQ(nw_listen_with(&one, "unix:slow", &listener), 0);
    for (i = 0; i < 8 && rc == 0; i++) {
        rc = nw_connect_with(&options, "unix:slow", &stream);
        if (rc == 0)
            CHECK_EQ(nw_close(stream), 0);
    }
    CHECK_EQ(rc, -ETIMEDOUT);
    nw_listener_close(listener);
}

static int use_forked(void *arg)
{
    nw_stream *stream;

    return nw_accept(arg, &stream) == NW_ENOTASK && connect_and_close(place) == NW_ENOTASK ? 0 : 1;
}

static int run_again(void *arg)
{
    nw_listener *listener = listen_somewhere();
    nw_task *peer = nw_spawn(connect_and_close, place);

    (void)arg;
    CHECK_EQ(accept_and_close(listener), 0);
    nw_listener_close(listener);
    return nw_await(peer);
}

static int in_child(void *arg)
{
    return use_forked(arg) || nw_run(run_again, NULL) ? 1 : 0;
}

CHECK_UNUSED static void forked(void)
{
    nw_listener *listener = listen_somewhere();
    nw_task *waiting = nw_spawn(accept_and_close, listener);
    struct child child;

    yield_all();
    run_child(in_child, listener, &child);
    if (child.status != 0)
        check_fail(__FILE__, __LINE__, "the child: status 0x%x, said: %s", (unsigned)child.status,
                   child.said);
    CHECK_EQ(connect_and_close(place), 0);
    CHECK_EQ(nw_await(waiting), 0);
    nw_listener_close(listener);
}

/* Listeners and streams that are left behind end with the loop, also while tasks wait for them. */
static int first(void *arg)
{
    nw_listener *left;
    int open_before;

    (void)arg;
    CHECK_EQ(nw_exists("."), 1);
    open_before = check_open_fds();
    refused();
    reset();
    closed_while_waiting();
    if (!runtime_emulated()) /* valgrind accepts the connection, and drops it to play EMFILE */
        no_descriptors();
    unix_files();
    full_backlog();
    storm();
    in_time();
#ifndef RUNTIME_TSAN
    forked();
#endif
    CHECK_EQ(check_open_fds(), open_before);
    CHECK_EQ(nw_listen("unix:left", &left), 0);
    nw_detach(nw_spawn(accept_and_close, left));
    return nw_yield();
}

int main(void)
{
    int open_before;

    check_enter_folder();
    open_before = check_open_fds();
    CHECK_EQ(nw_run(first, NULL), 0);
    CHECK_EQ(check_open_fds(), open_before);
    CHECK_EQ(check_count_entries("."), 0);
    return 0;
}
