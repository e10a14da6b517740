/* SPDX-License-Identifier: MIT */
/*
 * Places and addresses as text: what makes sense and what does not, and how an address is written.
 */
#include <sys/socket.h>

#include "../support/runtime.h"

static const char *const nonsense[] = {
    "",
    "tcp:",
    "tcp://",
    "tcp://host",
    "tcp://host:",
    "tcp://:80",
    "tcp://1.2.3.4:65536",
    "tcp://1.2.3.4:-1",
    "tcp://1.2.3.4: 80",
    "tcp://::1:80",
    "tcp://[::1]",
    "tcp://[::1]80",
    "tcp://[]:80",
    "tcp://[::1:80",
    "tcp://ho st:80",
    "tcp://host/path:80",
    "tcp://127.0.0.1:http\n",
    "unix:",
    "unix:@",
    "udp://127.0.0.1:80",
    "fd:3",
    "systemd:",
    "http://127.0.0.1:80",
    "TCP://127.0.0.1:80",
    "127.0.0.1:80",
};

static void check_text(const char *host, const char *service, const char *expected)
{
    char text[NW_ADDRESS_TEXT_BYTES], small[8];
    nw_addresses addresses;

    CHECK_EQ(nw_resolve(host, service, &addresses), 0);
    CHECK_EQ(addresses.count, 1);
    CHECK_EQ(nw_address_text(&addresses.list[0], text, sizeof text), (int)strlen(expected));
    CHECK_STR(text, expected);
    CHECK_EQ(nw_address_text(&addresses.list[0], small, sizeof small), -ENOSPC);
    nw_addresses_finish(&addresses);
}

/* What is neither a number of 32 bits nor an interface: not the same as none. */
static void check_no_scope(void)
{
    static const char *const hosts[] = {
        "fe80::1%",       "fe80::1%-1", "fe80::1%+1", "fe80::1%4294967296", "fe80::1%18446744073709551616",
        "fe80::1%no-such"};
    nw_addresses addresses;

    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++)
        if (nw_resolve(hosts[i], "1", &addresses) != NW_ENOHOST)
            check_fail(__FILE__, __LINE__, "\"%s\" is accepted", hosts[i]);
}

static int first(void *arg)
{
    char long_path[200] = "unix:/";
    nw_connect_options options = {.reserved = {0, 0, 0, 0, 1}};
    nw_stream *stream = NULL;
    static const nw_listen_options wrong[] = {
        {.backlog = -1}, {.permissions = 01000}, {.buffer_bytes = SIZE_MAX}, {.reserved = {1}}};
    nw_listener *listener;

    (void)arg;
    for (size_t i = 0; i < sizeof nonsense / sizeof *nonsense; i++)
        if (nw_connect(nonsense[i], &stream) != -EINVAL)
            check_fail(__FILE__, __LINE__, "\"%s\" is accepted", nonsense[i]);
    CHECK_EQ(nw_connect(NULL, &stream), -EINVAL);
    CHECK_EQ(nw_connect("unix:/x", NULL), -EINVAL);
    CHECK_EQ(nw_connect_with(&options, "unix:/x", &stream), -EINVAL);
    options = (nw_connect_options){.family = AF_UNIX};
    CHECK_EQ(nw_connect_with(&options, "tcp://127.0.0.1:1", &stream), -EINVAL);
    options = (nw_connect_options){.local = "name"};
    CHECK_EQ(nw_connect_with(&options, "tcp://127.0.0.1:1", &stream), -EINVAL);
    options = (nw_connect_options){.local = "::1"};
    CHECK_EQ(nw_connect_with(&options, "tcp://127.0.0.1:1", &stream), -EADDRNOTAVAIL);
    options = (nw_connect_options){.family = AF_INET6};
    CHECK_EQ(nw_connect_with(&options, "tcp://127.0.0.1:1", &stream), NW_ENOHOST);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        CHECK_EQ(nw_listen_with(&wrong[i], "tcp://127.0.0.1:0", &listener), -EINVAL);
    memset(long_path + 6, 'x', sizeof long_path - 7);
    CHECK_EQ(nw_connect(long_path, &stream), -ENAMETOOLONG);
    CHECK(stream == NULL);
    check_text("127.0.0.1", "80", "127.0.0.1:80");
    check_text("0:0:0:0:0:0:0:1", "65535", "[::1]:65535");
    check_text("fe80::1%1", "1", "[fe80::1%lo]:1");
    check_text("fe80::1%lo", NULL, "[fe80::1%lo]:0");
    check_no_scope();
    return 0;
}

int main(void)
{
    nw_address none = {.size = 0};
    char text[NW_ADDRESS_TEXT_BYTES];
    nw_stream *stream;

    CHECK_EQ(nw_connect("tcp://127.0.0.1:1", &stream), NW_ENOTASK);
    CHECK_EQ(nw_address_text(&none, text, sizeof text), -EAFNOSUPPORT);
    CHECK_EQ(nw_address_text(NULL, text, sizeof text), -EINVAL);
    CHECK_EQ(nw_address_port(&none), 0);
    CHECK_EQ(nw_address_port(NULL), 0);
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
