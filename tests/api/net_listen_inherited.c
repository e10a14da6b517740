/* SPDX-License-Identifier: MIT */
/*
 * Sockets that listen already: by number, and as a service manager passes them (LISTEN_PID, LISTEN_FDS,
 * LISTEN_FDNAMES); what is not meant for this process, or no such socket, is refused and left alone.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "../support/runtime.h"

static int listening(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = CHECK_SYS(socket(AF_INET, SOCK_STREAM, 0));

    CHECK_SYS(bind(fd, (struct sockaddr *)&address, sizeof address));
    CHECK_SYS(listen(fd, 8));
    return fd;
}

static void pass(const char *pid, const char *fds, const char *names)
{
    CHECK_EQ(pid ? setenv("LISTEN_PID", pid, 1) : unsetenv("LISTEN_PID"), 0);
    CHECK_EQ(fds ? setenv("LISTEN_FDS", fds, 1) : unsetenv("LISTEN_FDS"), 0);
    CHECK_EQ(names ? setenv("LISTEN_FDNAMES", names, 1) : unsetenv("LISTEN_FDNAMES"), 0);
}

static void connect_to_it(nw_listener *listener)
{
    char place[64];
    nw_address address;
    nw_stream *here, *there;

    CHECK_EQ(nw_listener_address(listener, &address), 0);
    snprintf(place, sizeof place, "tcp://127.0.0.1:%u", nw_address_port(&address));
    CHECK_EQ(nw_connect(place, &here), 0);
    CHECK_EQ(nw_accept(listener, &there), 0);
    CHECK_EQ(nw_close(here), 0);
    CHECK_EQ(nw_close(there), 0);
}

static void takes(const char *where, int fd)
{
    nw_listener *listener;

    CHECK_EQ(nw_listen(where, &listener), 0);
    CHECK_EQ(nw_listener_fd(listener), fd);
    CHECK(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    connect_to_it(listener);
    nw_listener_close(listener);
    CHECK_EQ(fcntl(fd, F_GETFD), -1);
}

static void refuses(const char *where, int error)
{
    nw_listener *listener = NULL;

    CHECK_EQ(nw_listen(where, &listener), error);
    CHECK(listener == NULL);
}

static int first(void *arg)
{
    char own_pid[16], where[16];
    int fd;

    (void)arg;
    snprintf(own_pid, sizeof own_pid, "%d", (int)getpid());
    refuses("systemd:", -ENOENT);
    pass("1", "2", NULL);
    refuses("systemd:", -ENOENT); /* another process's */
    pass(own_pid, "2 ", NULL);
    refuses("systemd:", -ENOENT);
    pass(own_pid, "2", "web:control:");
    refuses("systemd:other", -ENOENT);
    refuses("systemd:we", -ENOENT);
    takes("systemd:control", 4);
    refuses("systemd:control", -EBADF); /* it was used up */
    takes("systemd:", 3);

    fd = listening();
    snprintf(where, sizeof where, "fd:%d", fd);
    takes(where, fd);
    refuses("fd:", -EINVAL);
    refuses("fd:-1", -EINVAL);
    refuses("fd:1x", -EINVAL);
    refuses("fd:99999", -EBADF);
    fd = CHECK_SYS(socket(AF_INET, SOCK_STREAM, 0));
    snprintf(where, sizeof where, "fd:%d", fd);
    refuses(where, -EINVAL); /* it does not listen */
    CHECK_SYS(fcntl(fd, F_GETFD));
    close(fd);
    fd = CHECK_SYS(open("/dev/null", O_RDONLY | O_CLOEXEC));
    snprintf(where, sizeof where, "fd:%d", fd);
    refuses(where, -ENOTSOCK);
    close(fd);
    return 0;
}

int main(void)
{
    int a = listening(), b = listening();

    CHECK_EQ(dup2(a, 30), 30);
    CHECK_EQ(dup2(b, 31), 31);
    close(a);
    close(b);
    CHECK_EQ(dup2(30, 3), 3);
    CHECK_EQ(dup2(31, 4), 4);
    close(30);
    close(31);
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
