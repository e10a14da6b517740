/* SPDX-License-Identifier: MIT */
/*
 * aiohttp as the second opinion: its client talks to our server, and our client to its server.
 */
#include <spawn.h>

#include "../support/ws.h"

extern char **environ;

static const char *script(void)
{
    static char path[4096];

    snprintf(path, sizeof path, "%.*s/../support/websocket_peer.py", (int)(strrchr(__FILE__, '/') - __FILE__),
             __FILE__);
    return path;
}

/* Runs python3 with these arguments; `ends`: its standard input and output, NULL: ours. */
static pid_t run_python(const char *what, const char *url, const int ends[2])
{
    const char *arguments[] = {"/usr/bin/python3", script(), what, url, NULL};
    posix_spawn_file_actions_t actions;
    pid_t child;

    CHECK_EQ(posix_spawn_file_actions_init(&actions), 0);
    for (int i = 0; ends && i < 2; i++)
        CHECK_EQ(posix_spawn_file_actions_adddup2(&actions, ends[i], i), 0);
    CHECK_EQ(posix_spawn(&child, arguments[0], &actions, NULL, (char *const *)(uintptr_t)arguments, environ),
             0);
    posix_spawn_file_actions_destroy(&actions);
    return child;
}

static int wait_for_exit(void *arg)
{
    const pid_t *child = arg;
    int status;

    CHECK_EQ(waitpid(*child, &status, 0), *child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -EIO;
}

/* -- our server -- */

static int echo(nw_http_exchange *exchange, void *context)
{
    static const char *const protocols[] = {"echo"};
    const nw_websocket_options options = {.protocols = protocols, .protocol_count = 1};
    enum nw_websocket_type type;
    nw_websocket *websocket;
    nw_slice message;
    int rc;

    (void)context;
    if (!nw_http_header(exchange, "Sec-WebSocket-Protocol"))
        return nw_http_reply_text(exchange, 403, "no\n");
    CHECK_EQ(nw_websocket_accept(exchange, &options, &websocket), 0);
    CHECK_STR(nw_websocket_protocol(websocket), "echo");
    while ((rc = nw_websocket_receive(websocket, &type, &message)) > 0) {
        CHECK_EQ(nw_websocket_send(websocket, type, message.data, message.size), 0);
        if (nw_slice_equal(message, nw_slice_of("bye"))) {
            CHECK_EQ(nw_websocket_close(websocket, 1001, NULL), 0);
            return 0;
        }
    }
    CHECK_EQ(rc, 0);
    CHECK_EQ(nw_websocket_status(websocket), 4321);
    return 0;
}

static void check_server(void)
{
    struct web web = {.handler = NULL};
    char url[sizeof web.where + 8];

    web_start(&web, echo, NULL);
    snprintf(url, sizeof url, "ws://%s/", web.where + strlen("tcp://"));
    pid_t child = run_python("client", url, NULL);
    int status = nw_to_thread(wait_for_exit, &child);
    if (status == 77)
        check_skip("there is no python3-aiohttp");
    CHECK_EQ(status, 0);
    web_stop(&web);
}

/* -- our client -- */

static void talk(const char *url)
{
    static const size_t sizes[] = {0, 1, 125, 126, 127, 65535, 65536, 1 << 20, 5 << 20};
    static const char *const protocols[] = {"other", "echo"};
    char *data = malloc(5 << 20);
    nw_websocket *websocket;

    CHECK(data);
    for (size_t i = 0; i < 5 << 20; i++)
        data[i] = (char)(i * 31 >> 3);
    CHECK_EQ(nw_websocket_connect(NULL, &(nw_websocket_options){.protocols = protocols, .protocol_count = 2},
                                  url, &websocket),
             0);
    CHECK_STR(nw_websocket_protocol(websocket), "echo");
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        CHECK_EQ(nw_websocket_send(websocket, NW_WEBSOCKET_BINARY, data, sizes[i]), 0);
        WS_BINARY(websocket, data, sizes[i]);
    }
    CHECK_EQ(nw_websocket_ping(websocket), 0);
    CHECK_EQ(nw_websocket_send_text(websocket, "a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"), 0);
    WS_TEXT(websocket, "a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80");
    CHECK_EQ(nw_websocket_close(websocket, 0, "thanks"), 0);

    CHECK_EQ(nw_websocket_connect(NULL, NULL, url, &websocket), 0);
    CHECK_EQ(nw_websocket_send_text(websocket, "close"), 0);
    WS_RECEIVE(websocket, 0);
    CHECK_EQ(nw_websocket_status(websocket), 4000);
    CHECK_EQ(nw_websocket_close(websocket, 0, NULL), 0);
    free(data);
}

static void check_client(void)
{
    int in[2], out[2];
    nw_stream *port;
    nw_slice line;
    char url[64];

    CHECK_EQ(pipe2(in, O_CLOEXEC), 0);
    CHECK_EQ(pipe2(out, O_CLOEXEC), 0);
    pid_t child = run_python("server", NULL, (const int[]){in[0], out[1]});
    close(in[0]);
    close(out[1]);
    CHECK_EQ(nw_open_fd(out[0], "r", &port), 0);
    CHECK(nw_read_line(port, &line) > 0);
    snprintf(url, sizeof url, "ws://127.0.0.1:%d/", atoi(line.data));
    talk(url);
    close(in[1]);
    CHECK_EQ(nw_to_thread(wait_for_exit, &child), 0);
    CHECK_EQ(nw_close(port), 0);
}

static int test(void *arg)
{
    (void)arg;
    if (access("/usr/bin/python3", X_OK) != 0)
        check_skip("there is no /usr/bin/python3");
    check_server();
    check_client();
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(test, NULL), 0);
    return 0;
}
