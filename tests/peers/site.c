/* SPDX-License-Identifier: MIT */
/*
 * The server that programs of others talk to in these tests: it says what it has heard, sends bodies back,
 * and does what its paths say. Serves ./root below /files/; writes its address to ./address; ends at a
 * SIGTERM.
 *
 *     site [CERTIFICATE KEY]
 */
#include "../support/runtime.h"

static int as_number(const nw_http_exchange *exchange, const char *name)
{
    return atoi(nw_http_param(exchange, name));
}

/* -- what was heard -- */

static int add_fields(nw_stream *out, const char *what, const nw_http_headers *fields)
{
    nw_pair field;
    int rc = 0;

    for (size_t i = 0; rc >= 0 && fields && nw_http_headers_at(fields, i, &field); i++)
        rc = nw_printf(out, "%s %s: %s\n", what, field.name, field.value);
    return rc;
}

static int describe(nw_http_exchange *exchange, void *context)
{
    int64_t length = nw_http_length(exchange), heard = nw_skip(nw_http_body(exchange), INT64_MAX);
    nw_stream *out;

    (void)context;
    if (heard < 0)
        return (int)heard;
    int rc = nw_http_reply_stream(exchange, 200, "text/plain", -1, &out);
    if (rc == 0)
        rc = nw_printf(out, "%s %s\nlength %" PRId64 "\nheard %" PRId64 "\n", nw_http_method(exchange),
                       nw_http_target(exchange), length, heard);
    if (rc >= 0)
        rc = add_fields(out, "field", nw_http_headers_of(exchange));
    if (rc >= 0)
        rc = add_fields(out, "trailer", nw_http_trailers(exchange));
    return rc < 0 ? rc : 0;
}

/* While it comes, with the same length when one was said, and the trailers that came. */
static int echo(nw_http_exchange *exchange, void *context)
{
    int64_t length = nw_http_length(exchange);
    const char *media_type = nw_http_header(exchange, "Content-Type");
    nw_stream *out;
    nw_slice begun;
    nw_pair field;
    int64_t rc =
        nw_peek(nw_http_body(exchange), 1, &begun); /* whoever waits for "100 Continue" gets it now */

    (void)context;
    if (rc >= 0)
        rc = nw_http_reply_stream(exchange, 200, media_type, length, &out);
    if (rc == 0)
        rc = nw_copy(out, nw_http_body(exchange), 0, NULL);
    for (size_t i = 0; rc >= 0 && nw_http_trailers(exchange); i++) {
        if (!nw_http_headers_at(nw_http_trailers(exchange), i, &field))
            break;
        rc = nw_http_reply_trailer(exchange, field.name, field.value);
    }
    return rc < 0 ? (int)rc : 0;
}

/* -- what its paths say -- */

static int chunks(nw_http_exchange *exchange, void *context)
{
    char piece[1000], count[16];
    nw_stream *out;
    int rc = nw_http_reply_stream(exchange, 200, "application/octet-stream", -1, &out);

    (void)context;
    snprintf(count, sizeof count, "%d", as_number(exchange, "count"));
    for (int i = 0; rc >= 0 && i < as_number(exchange, "count"); i++) {
        memset(piece, 'a' + i % 26, sizeof piece);
        ssize_t n = nw_write(out, piece, sizeof piece);
        rc = n < 0 ? (int)n : nw_flush(out);
    }
    if (rc >= 0)
        rc = nw_http_reply_trailer(exchange, "X-Count", count);
    return rc < 0 ? rc : 0;
}

static int cut_off(nw_http_exchange *exchange, void *context)
{
    bool length = as_number(exchange, "length") > 0;
    nw_stream *out;
    int rc = nw_http_reply_stream(exchange, 200, "text/plain", length ? 1000 : -1, &out);

    (void)context;
    if (rc == 0)
        rc = nw_printf(out, "that is not all");
    if (rc >= 0)
        rc = nw_flush(out);
    return rc < 0 ? rc : -EIO;
}

static int status(nw_http_exchange *exchange, void *context)
{
    (void)context;
    return nw_http_reply_text(exchange, as_number(exchange, "status"), "%s\n",
                              nw_http_param(exchange, "status"));
}

static int redirect(nw_http_exchange *exchange, void *context)
{
    int count = as_number(exchange, "count");
    char location[64] = "/describe?arrived";

    (void)context;
    if (count > 1)
        snprintf(location, sizeof location, "/redirect/%d/%d", as_number(exchange, "status"), count - 1);
    return nw_http_reply_redirect(exchange, as_number(exchange, "status"), location);
}

static int set_cookies(nw_http_exchange *exchange, void *context)
{
    int rc = nw_http_reply_header(exchange, "Set-Cookie", "everywhere=1; Path=/; HttpOnly");

    (void)context;
    if (rc == 0)
        rc = nw_http_reply_header(exchange, "Set-Cookie", "here=\"two words\"; Path=/cookies");
    if (rc == 0)
        rc = nw_http_reply_header(exchange, "Set-Cookie", "gone=1; Path=/; Max-Age=0");
    return rc < 0 ? rc : nw_http_reply_redirect(exchange, 303, "/cookies/show");
}

static int show_cookies(nw_http_exchange *exchange, void *context)
{
    const char *everywhere = nw_http_cookie(exchange, "everywhere"), *here = nw_http_cookie(exchange, "here"),
               *gone = nw_http_cookie(exchange, "gone");

    (void)context;
    return nw_http_reply_text(exchange, 200, "%s,%s,%s\n", everywhere ? everywhere : "-", here ? here : "-",
                              gone ? gone : "-");
}

static int hello(nw_http_exchange *exchange, void *context)
{
    (void)context;
    return nw_http_reply_text(exchange, 200, "hello\n");
}

/* -- a page with a WebSocket -- */

/* What it saw is in its title, once both sides have closed. */
static const char talk_page[] =
    "<!doctype html><title>talking</title><script>\n"
    "const heard = [];\n"
    "const socket = new WebSocket(location.href.replace('http', 'ws') + '/socket', ['other', 'echo']);\n"
    "socket.binaryType = 'arraybuffer';\n"
    "const large = new Uint8Array(1 << 20).map((_, i) => i * 7 + (i >> 8));\n"
    "socket.onopen = () => {\n"
    "    heard.push(['open', socket.protocol, socket.extensions]);\n"
    "    for (const what of ['gr\\u00fc\\u00dfe \\u{1f600}', '', new Uint8Array([0, 255, 128]), large, "
    "'bye'])\n"
    "        socket.send(what);\n"
    "};\n"
    "socket.onmessage = event => {\n"
    "    if (typeof event.data == 'string')\n"
    "        return heard.push(['text', event.data]);\n"
    "    const bytes = new Uint8Array(event.data);\n"
    "    heard.push(bytes.length < 10 ? ['binary', ...bytes]\n"
    "        : ['large', bytes.length, bytes.every((byte, i) => byte == large[i])]);\n"
    "};\n"
    "socket.onerror = () => heard.push(['error']);\n"
    "socket.onclose = event => {\n"
    "    heard.push(['close', event.code, event.reason, event.wasClean]);\n"
    "    document.title = JSON.stringify(heard);\n"
    "};\n"
    "</script>\n";

static int talk(nw_http_exchange *exchange, void *context)
{
    (void)context;
    return nw_http_reply(exchange, 200, "text/html; charset=utf-8", nw_slice_of(talk_page));
}

/* First which extensions it was offered; then all that comes; "bye" is the end, with a status of its own. */
static int talk_socket(nw_http_exchange *exchange, void *context)
{
    static const char *const protocols[] = {"echo"};
    const nw_websocket_options options = {.protocols = protocols, .protocol_count = 1};
    const char *offered = nw_http_header(exchange, "Sec-WebSocket-Extensions");
    enum nw_websocket_type type;
    nw_websocket *websocket;
    nw_slice message;
    int rc = nw_websocket_accept(exchange, &options, &websocket);

    (void)context;
    if (rc < 0)
        return rc;
    rc = nw_websocket_send_text(websocket, offered ? offered : "none");
    while (rc == 0 && (rc = nw_websocket_receive(websocket, &type, &message)) > 0) {
        if (type == NW_WEBSOCKET_TEXT && nw_slice_equal(message, nw_slice_of("bye")))
            return nw_websocket_close(websocket, 4001, "as you said");
        rc = nw_websocket_send(websocket, type, message.data, message.size);
    }
    return rc;
}

/* -- the server -- */

static void listens(const nw_listener *listener, void *arg)
{
    char text[NW_ADDRESS_TEXT_BYTES], line[NW_ADDRESS_TEXT_BYTES + 16];
    nw_address address;

    CHECK_EQ(nw_listener_address(listener, &address), 0);
    CHECK(nw_address_text(&address, text, sizeof text) > 0);
    snprintf(line, sizeof line, "%s://%s\n", (char *)arg, text);
    check_write_file("address.new", line, strlen(line));
    CHECK_SYS(rename("address.new", "address"));
}

static void add_routes(nw_http_router *router, nw_http_files *files)
{
    static const struct {
        const char *pattern;
        nw_http_handler *handler;
    } routes[] = {
        {"/", hello},
        {"/describe", describe},
        {"/echo", echo},
        {"/chunks/{count}", chunks},
        {"/cut/{length}", cut_off},
        {"/status/{status}", status},
        {"/redirect/{status}/{count}", redirect},
        {"/cookies", set_cookies},
        {"/cookies/show", show_cookies},
        {"/show", show_cookies},
        {"/talk", talk},
        {"/talk/socket", talk_socket},
    };

    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++)
        CHECK_EQ(nw_http_router_add(router, NULL, routes[i].pattern, routes[i].handler, NULL), 0);
    CHECK_EQ(nw_http_router_add(router, NULL, "/files/{rest...}", nw_http_files_serve, files), 0);
}

struct site {
    nw_http_server_options options;
    nw_http_router *router;
};

static int serve(void *arg)
{
    const struct site *site = arg;

    return nw_http_serve(&site->options, nw_http_route, site->router);
}

static int run(void *arg)
{
    static char plain[] = "http", secured[] = "https";
    char **certificate = arg;
    const nw_http_files_options how = {.prefix = "/files", .precompressed = true};
    struct site site = {.options = {.where = "tcp://127.0.0.1:0", .on_listen = listens, .arg = plain}};
    nw_tls_context *tls = NULL;
    nw_http_files *files;
    nw_signals *signals;

    CHECK_EQ(nw_signals_open((const int[]){SIGTERM}, 1, &signals), 0);
    CHECK_EQ(nw_http_files_create(&how, "root", &files), 0);
    CHECK_EQ(nw_http_router_create(&site.router), 0);
    add_routes(site.router, files);
    if (certificate[0]) {
        const nw_tls_options options = {.certificate_file = certificate[0], .key_file = certificate[1]};
        CHECK_EQ(nw_tls_server_create(&options, &tls), 0);
        site.options.tls = tls;
        site.options.arg = secured;
    }
    nw_task *task = nw_spawn(serve, &site);
    CHECK_EQ(nw_signals_next(signals), SIGTERM);
    nw_cancel(task);
    CHECK_EQ(nw_await(task), 0);
    nw_tls_destroy(tls);
    nw_http_router_destroy(site.router);
    nw_http_files_destroy(files);
    nw_signals_close(signals);
    return 0;
}

int main(int argc, char **argv)
{
    CHECK(argc == 1 || argc == 3);
    (void)mkdir("root", 0755);
    CHECK_EQ(nw_run(run, argv + 1), 0);
    return 0;
}
