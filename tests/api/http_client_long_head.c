/* SPDX-License-Identifier: MIT */
/*
 * A server that does not read: the head of the request, which is longer than all buffers in between, is half
 * sent when the time is over. Then nothing follows it: the body is not even read, which a server that goes on
 * reading would take for the rest of the head.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../support/runtime.h"

#define LONG_BYTES ((size_t)32 << 20)
#define BODY_BYTES 40000 /* in a pipe */

/* Connections are made, and nobody takes them. */
static int listen_only(char url[64])
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    CHECK_SYS(fd);
    CHECK_SYS(bind(fd, (struct sockaddr *)&address, sizeof address));
    CHECK_SYS(listen(fd, 8));
    CHECK_SYS(getsockname(fd, (struct sockaddr *)&address, &size));
    snprintf(url, 64, "http://127.0.0.1:%d/", ntohs(address.sin_port));
    return fd;
}

static int test(void *arg)
{
    static char body[BODY_BYTES];
    char url[64], *text = malloc(LONG_BYTES + 1);
    const nw_pair field = {"X-Long", text};
    nw_http_request_options request = {.url = url,
                                       .method = "PUT",
                                       .headers = &field,
                                       .header_count = 1,
                                       .first_byte_timeout_ns = NW_MS(100),
                                       .read_timeout_ns = NW_MS(100)};
    nw_http_response *response;
    int fds[2], left, server = listen_only(url);

    (void)arg;
    CHECK(text);
    memset(text, 'x', LONG_BYTES);
    text[LONG_BYTES] = '\0';
    CHECK_SYS(pipe(fds));
    CHECK_EQ(write(fds[1], body, sizeof body), BODY_BYTES);
    CHECK_SYS(close(fds[1]));
    CHECK_EQ(nw_open_fd(fds[0], "r", &request.stream), 0);
    CHECK_EQ(nw_http_request(NULL, &request, &response), -ETIMEDOUT);
    CHECK_SYS(ioctl(fds[0], FIONREAD, &left));
    CHECK_EQ(left, BODY_BYTES);
    CHECK_EQ(nw_close(request.stream), 0);
    CHECK_SYS(close(server));
    free(text);
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(test, NULL), 0);
    return 0;
}
