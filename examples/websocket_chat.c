/* SPDX-License-Identifier: MIT */
/*
 * A chat: what one says, all hear. Each member is a task that receives; who is too slow to listen is dropped
 * after a second, so that the others do not wait for it.
 *
 *     websocket_chat [WHERE]             serve, on tcp://127.0.0.1:8080 if nothing else is said
 *     websocket_chat say URL NAME WORD   join as NAME, say WORD, print what is said up to that, leave
 */
#include <nowait.h>
#include <stdio.h>
#include <string.h>

#define MEMBERS 100

struct member {
    nw_websocket *websocket;
    unsigned calls; /* that send to it now: it must not go meanwhile */
    bool lost;
};

struct chat {
    struct member *members[MEMBERS];
    const char *where;
};

/* The loop is one thread: between two calls that wait, nobody else touches the chat. */
static void tell_all(struct chat *chat, nw_slice message)
{
    for (size_t i = 0; i < MEMBERS; i++) {
        struct member *member = chat->members[i];
        nw_deadline second;

        if (!member || member->lost)
            continue;
        member->calls++;
        nw_deadline_begin(&second, NW_SEC(1));
        if (nw_websocket_send(member->websocket, NW_WEBSOCKET_TEXT, message.data, message.size) < 0)
            member->lost = true;
        (void)nw_deadline_end(&second);
        member->calls--;
    }
}

static int listen_to(struct chat *chat, const struct member *member)
{
    enum nw_websocket_type type;
    nw_slice message;
    int rc = 0;

    while (!member->lost && (rc = nw_websocket_receive(member->websocket, &type, &message)) > 0)
        if (type == NW_WEBSOCKET_TEXT)
            tell_all(chat, message);
    return rc;
}

static int take_part(nw_http_exchange *exchange, void *context)
{
    static const nw_websocket_options options = {.message_limit_bytes = 4096, .ping_ns = NW_SEC(30)};
    struct chat *chat = context;
    struct member self = {.lost = true}; /* until it is open */
    size_t place = 0;
    nw_shield shield;

    while (place < MEMBERS && chat->members[place])
        place++;
    if (place == MEMBERS)
        return nw_http_reply_text(exchange, 503, "the room is full\n");
    chat->members[place] = &self;
    int rc = nw_websocket_accept(exchange, &options, &self.websocket);
    if (rc == 0) {
        self.lost = false;
        rc = listen_to(chat, &self);
    }
    chat->members[place] = NULL;
    nw_websocket_close(self.websocket, rc < 0 ? 1011 : 0, NULL); /* ends the calls of others */
    nw_shield_begin(&shield);
    while (self.calls > 0)
        (void)nw_yield();
    nw_shield_end(&shield);
    return 0;
}

static void print_address(const nw_listener *listener, void *arg)
{
    char text[NW_ADDRESS_TEXT_BYTES];
    nw_address address;

    (void)arg;
    if (nw_listener_address(listener, &address) == 0 && nw_address_text(&address, text, sizeof text) > 0)
        printf("ws://%s/\n", text);
    fflush(stdout);
}

static int serve(void *arg)
{
    struct chat *chat = arg;
    const nw_http_server_options options = {.where = chat->where, .on_listen = print_address};

    return nw_http_serve(&options, take_part, chat); /* until SIGINT */
}

/* -- a member -- */

static int say(void *arg)
{
    char **words = arg, line[4096];
    enum nw_websocket_type type;
    nw_websocket *websocket;
    nw_slice message;
    int rc = nw_websocket_connect(NULL, NULL, words[0], &websocket);

    if (rc < 0)
        return rc;
    snprintf(line, sizeof line, "%s: %s", words[1], words[2]);
    rc = nw_websocket_send_text(websocket, line);
    while (rc >= 0 && (rc = nw_websocket_receive(websocket, &type, &message)) > 0) {
        printf("%.*s\n", (int)message.size, message.data);
        if (nw_slice_equal(message, nw_slice_of(line)))
            break;
    }
    int closed = nw_websocket_close(websocket, 0, NULL);
    return rc < 0 ? rc : closed;
}

int main(int argc, char **argv)
{
    static struct chat chat;
    int rc;

    chat.where = argc > 1 ? argv[1] : "tcp://127.0.0.1:8080";
    rc = argc == 5 && strcmp(argv[1], "say") == 0 ? nw_run(say, argv + 2) : nw_run(serve, &chat);
    if (rc < 0)
        fprintf(stderr, "websocket_chat: %s\n", nw_strerror(rc));
    return rc < 0;
}
