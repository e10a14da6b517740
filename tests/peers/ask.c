/* SPDX-License-Identifier: MIT */
/*
 * The client that talks to programs of others in these tests. It asks for each URL in turn, over one client,
 * and prints a line for each: status and size, or phase, code and text of the failure. Bodies go to ./body.N.
 *
 *     ask [-X METHOD] [-H "NAME: VALUE"]... [-d FILE | -c FILE] [-t "NAME: VALUE"] [-x PROXY] [-a AUTHORITY]
 *         [-u USER:PASSWORD] [-n TIMES] [-j TASKS] [-bekhr] URL...
 *
 * -d sends a file with its length, -c in chunks what a pipe brings, -t a trailer; -b keeps cookies, -e
 * expects 100, -k believes any certificate, -h prints fields and trailers, -r leaves bodies coded. -n asks so
 * many times, -j so many at a time.
 */
#include <getopt.h>

#include "../support/runtime.h"

#define PAIRS 16

struct ask {
    nw_http_client_options client;
    nw_tls_options tls;
    nw_http_request_options request;
    nw_pair headers[PAIRS];
    nw_pair trailers[PAIRS];
    const char *sends;
    bool in_chunks;
    char **urls;
    int url_count;
    int times;
    int tasks;
    bool shows_fields;
    nw_http_client *made;
    int next;
    int failures;
};

static void add_pair(nw_pair *pairs, size_t *count, char *text)
{
    char *colon = strchr(text, ':');

    CHECK(colon && *count < PAIRS);
    *colon = '\0';
    pairs[(*count)++] = (nw_pair){text, colon + 1 + strspn(colon + 1, " ")};
}

static void split_user(nw_http_request_options *request, char *text)
{
    char *colon = strchr(text, ':');

    CHECK(colon);
    *colon = '\0';
    request->user = text;
    request->password = colon + 1;
}

static void read_option(struct ask *ask, int option, char *value)
{
    switch (option) {
    case 'X':
        ask->request.method = value;
        break;
    case 'H':
        add_pair(ask->headers, &ask->request.header_count, value);
        break;
    case 't':
        add_pair(ask->trailers, &ask->request.trailer_count, value);
        break;
    case 'd':
    case 'c':
        ask->sends = value;
        ask->in_chunks = option == 'c';
        break;
    case 'x':
        ask->client.proxy = value;
        break;
    case 'a':
        ask->tls.ca_file = value;
        break;
    case 'u':
        split_user(&ask->request, value);
        break;
    case 'n':
        ask->times = atoi(value);
        break;
    case 'j':
        ask->tasks = atoi(value);
        break;
    case 'b':
        ask->client.cookies = NW_HTTP_COOKIES_ON;
        break;
    case 'e':
        ask->request.expect_continue = true;
        break;
    case 'k':
        ask->tls.insecure = true;
        break;
    case 'h':
        ask->shows_fields = true;
        break;
    case 'r':
        ask->request.no_decoding = true;
        break;
    default:
        check_fail(__FILE__, __LINE__, "unknown option");
    }
}

static void show_fields(const char *what, const nw_http_headers *fields)
{
    nw_pair field;

    for (size_t i = 0; fields && nw_http_headers_at(fields, i, &field); i++)
        printf("%s %s: %s\n", what, field.name, field.value);
}

static void show_failure(struct ask *ask, const nw_http_failure *failure)
{
    printf("failed in %s: %s\n", nw_http_phase_name(failure->phase), nw_strerror(failure->error));
    fprintf(stderr, "%s\n", failure->text);
    ask->failures++;
}

static void receive(struct ask *ask, nw_http_response *response, int number)
{
    nw_http_failure failure;
    char path[32];

    snprintf(path, sizeof path, "body.%d", number);
    int64_t size = nw_http_response_save(response, path, NULL);
    if (size < 0) {
        if (nw_http_response_failure(response, &failure) < 0)
            check_fail(__FILE__, __LINE__, "%s: %s", path, nw_strerror((int)size));
        show_failure(ask, &failure);
    } else {
        printf("%d %" PRId64 "\n", nw_http_response_status(response), size);
    }
    if (ask->shows_fields) {
        show_fields("field", nw_http_response_headers(response));
        show_fields("trailer", nw_http_response_trailers(response));
    }
    nw_http_response_close(response);
}

/* -d: the file, whose length goes with it; -c: what is in it, from memory, which nobody asks for its length.
 */
static nw_stream *open_body(struct ask *ask, nw_bytes *content)
{
    nw_stream *body;

    if (!ask->in_chunks) {
        CHECK_EQ(nw_open(ask->sends, "rb", &body), 0);
        return body;
    }
    CHECK_EQ(nw_read_file(ask->sends, 0, content), 0);
    CHECK_EQ(nw_open_slice((nw_slice){content->data, content->size}, &body), 0);
    return body;
}

static void ask_one(struct ask *ask, const char *url, int number)
{
    nw_http_request_options request = ask->request;
    nw_http_response *response;
    nw_http_failure failure;
    nw_bytes content = {NULL, 0};

    request.url = url;
    request.headers = ask->headers;
    request.trailers = ask->trailers;
    request.failure_out = &failure;
    if (ask->sends)
        request.stream = open_body(ask, &content);
    int rc = nw_http_request(ask->made, &request, &response);
    if (rc < 0)
        show_failure(ask, &failure);
    else
        receive(ask, response, number);
    CHECK_EQ(nw_close(request.stream), 0);
    nw_bytes_finish(&content);
}

struct worker {
    struct ask *ask;
};

static int ask_in_turn(void *arg)
{
    struct ask *ask = ((struct worker *)arg)->ask;

    while (ask->next < ask->times * ask->url_count) {
        int number = ask->next++;
        ask_one(ask, ask->urls[number % ask->url_count], number);
    }
    return 0;
}

static int run(void *arg)
{
    struct ask *ask = arg;
    struct worker each[256];
    nw_tls_context *tls;

    CHECK(ask->tasks <= 256);
    for (int i = 0; i < ask->tasks; i++)
        each[i].ask = ask;
    CHECK_EQ(nw_tls_client_create(&ask->tls, &tls), 0);
    ask->client.tls = tls;
    CHECK_EQ(nw_http_client_create(&ask->client, &ask->made), 0);
    CHECK_EQ(nw_each(each, (size_t)ask->tasks, sizeof each[0], 0, ask_in_turn), 0);
    nw_http_client_destroy(ask->made);
    nw_tls_destroy(tls);
    return 0;
}

int main(int argc, char **argv)
{
    struct ask ask = {.times = 1, .tasks = 1};
    int option;

    while ((option = getopt(argc, argv, "X:H:t:d:c:x:a:u:n:j:bekhr")) != -1)
        read_option(&ask, option, optarg);
    ask.urls = argv + optind;
    ask.url_count = argc - optind;
    CHECK(ask.url_count > 0);
    CHECK_EQ(nw_run(run, &ask), 0);
    return ask.failures > 0;
}
