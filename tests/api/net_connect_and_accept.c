/* SPDX-License-Identifier: MIT */
/*
 * Connections over TCP and UNIX sockets: bytes go both ways, an end of one direction leaves the other, and
 * both sides know who is there.
 */
#include "../support/runtime.h"

static char abstract[64]; /* such a name is the whole machine's */
static const char *const places[] = {"tcp://127.0.0.1:0", "tcp://[::1]:0", "tcp://:0", "unix:./socket",
                                     abstract};

static int serve(void *arg)
{
    nw_listener *listener = arg;
    nw_address peer, again;
    char text[NW_ADDRESS_TEXT_BYTES], text_again[NW_ADDRESS_TEXT_BYTES];
    nw_stream *stream;
    nw_slice line;

    CHECK_EQ(nw_accept_from(listener, &stream, &peer), 0);
    CHECK_EQ(nw_peer_address(stream, &again), 0);
    CHECK(nw_address_text(&peer, text, sizeof text) > 0);
    CHECK(nw_address_text(&again, text_again, sizeof text_again) > 0);
    CHECK_STR(text, text_again);
    while (nw_read_line(stream, &line) > 0) {
        CHECK_EQ(nw_printf(stream, "heard %.*s", (int)line.size, line.data), 6 + (int)line.size);
        CHECK_EQ(nw_flush(stream), 0);
    }
    CHECK_EQ(nw_printf(stream, "the end\n"), 8);
    CHECK_EQ(nw_close(stream), 0);
    return 0;
}

static void check_line(nw_stream *stream, const char *expected)
{
    nw_slice line;

    CHECK_EQ(nw_read_line(stream, &line), (ssize_t)strlen(expected));
    CHECK_MEM(line.data, expected, line.size);
}

static void talk(const char *where)
{
    char text[NW_ADDRESS_TEXT_BYTES], place[NW_ADDRESS_TEXT_BYTES + 8];
    nw_address address, peer = {.size = 0};
    nw_connect_options options = {.peer_out = &peer};
    nw_listener *listener;
    nw_stream *stream;
    nw_slice line;
    int rc = nw_listen(where, &listener);

    if (strstr(where, "::1") && (rc == -EADDRNOTAVAIL || rc == -EAFNOSUPPORT))
        return;
    CHECK_EQ(rc, 0);
    CHECK_EQ(nw_listener_address(listener, &address), 0);
    CHECK(nw_address_text(&address, text, sizeof text) > 0);
    if (strncmp(where, "unix:", 5) == 0)
        CHECK_STR(text, where);
    else
        CHECK(nw_address_port(&address) > 0);
    if (strcmp(where, "tcp://:0") == 0)
        snprintf(place, sizeof place, "tcp://127.0.0.1:%u", nw_address_port(&address));
    else
        snprintf(place, sizeof place, "%s%s", strncmp(where, "unix:", 5) == 0 ? "" : "tcp://", text);
    nw_task *server = nw_spawn(serve, listener);
    CHECK_EQ(nw_connect_with(&options, place, &stream), 0);
    CHECK_EQ(nw_address_port(&peer), nw_address_port(&address));
    CHECK_EQ(nw_local_address(stream, &peer), 0);
    CHECK_EQ(nw_printf(stream, "one\ntwo\n"), 8);
    CHECK_EQ(nw_flush(stream), 0);
    check_line(stream, "heard one\n");
    check_line(stream, "heard two\n");
    CHECK_EQ(nw_printf(stream, "three\n"), 6);
    CHECK_EQ(nw_shutdown(stream), 0);
    check_line(stream, "heard three\n");
    check_line(stream, "the end\n");
    CHECK_EQ(nw_read_line(stream, &line), 0);
    CHECK_EQ(nw_write(stream, "x", 1), 1);
    CHECK_EQ(nw_flush(stream), -EPIPE); /* an error, and no signal */
    CHECK_EQ(nw_await(server), 0);
    CHECK_EQ(nw_close(stream), -EPIPE);
    nw_listener_close(listener);
}

static int first(void *arg)
{
    int open_before;

    (void)arg;
    CHECK_EQ(nw_exists("."), 1);
    open_before = check_open_fds();
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        talk(places[i]);
    CHECK_EQ(check_open_fds(), open_before);
    CHECK_EQ(check_count_entries("."), 0); /* the UNIX socket's file is gone */
    return 0;
}

int main(void)
{
    check_enter_folder();
    snprintf(abstract, sizeof abstract, "unix:@nowait-test-connect-and-accept-%d", (int)getpid());
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
