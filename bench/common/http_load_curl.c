/* SPDX-License-Identifier: MIT */
/*
 * Requests through libcurl's multi interface, as its manual advises: handles that are used again, connections
 * that are kept, no signals; waiting either by curl_multi_poll(), or by epoll and
 * curl_multi_socket_action(), which is for many connections. Owns its handles during a round.
 */
#include "http_load.h"

#ifdef HAVE_LIBCURL

#include <curl/curl.h>
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define EVENTS_MAX 128

struct load {
    CURLM *multi;
    CURL *handles[HTTP_LOAD_IN_FLIGHT];
    struct bench_round *round;
    uint64_t begun, wanted;
    int epoll; /* -1: not in use */
    long timeout_ms;
    int failed;
};

static size_t take(char *data, size_t size, size_t count, void *arg)
{
    struct bench_round *round = arg;

    (void)data;
    round->checksum += size * count;
    return size * count;
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *known)
{
    struct load *load = arg;
    struct epoll_event event = {.data.fd = fd};

    (void)easy;
    if (what == CURL_POLL_REMOVE)
        return epoll_ctl(load->epoll, EPOLL_CTL_DEL, fd, NULL), 0;
    event.events = (what & CURL_POLL_IN ? EPOLLIN : 0u) | (what & CURL_POLL_OUT ? EPOLLOUT : 0u);
    if (epoll_ctl(load->epoll, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event) < 0 && errno == EEXIST)
        epoll_ctl(load->epoll, EPOLL_CTL_MOD, fd, &event);
    curl_multi_assign(load->multi, fd, load);
    return 0;
}

static int on_timer(CURLM *multi, long timeout_ms, void *arg)
{
    struct load *load = arg;

    (void)multi;
    load->timeout_ms = timeout_ms;
    return 0;
}

static int add(struct load *load, CURL *handle)
{
    if (load->begun == load->wanted)
        return 0;
    load->begun++;
    return curl_multi_add_handle(load->multi, handle) == CURLM_OK ? 0 : -EIO;
}

/* Take what is done, and begin the next ones with the same handles. */
static int reap(struct load *load)
{
    CURLMsg *message;
    int left, rc = 0;

    while (rc == 0 && (message = curl_multi_info_read(load->multi, &left)) != NULL) {
        CURL *handle = message->easy_handle;
        if (message->data.result != CURLE_OK)
            return -EIO;
        load->round->ops++;
        curl_multi_remove_handle(load->multi, handle);
        rc = add(load, handle);
    }
    return rc;
}

static int run_poll(struct load *load)
{
    int running, rc = 0;

    while (rc == 0 && load->round->ops < load->wanted) {
        if (curl_multi_perform(load->multi, &running) != CURLM_OK)
            return -EIO;
        uint64_t before = load->round->ops;
        rc = reap(load);
        if (rc == 0 && load->round->ops == before &&
            curl_multi_poll(load->multi, NULL, 0, 1000, NULL) != CURLM_OK)
            rc = -EIO;
    }
    return rc;
}

static int run_socket(struct load *load)
{
    struct epoll_event events[EVENTS_MAX];
    int running, rc = 0;

    while (rc == 0 && load->round->ops < load->wanted) {
        int count = epoll_wait(load->epoll, events, EVENTS_MAX, (int)load->timeout_ms);
        for (int i = 0; i < count; i++) {
            int what = (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR) ? CURL_CSELECT_IN : 0) |
                       (events[i].events & EPOLLOUT ? CURL_CSELECT_OUT : 0);
            curl_multi_socket_action(load->multi, events[i].data.fd, what, &running);
        }
        if (load->timeout_ms == 0 || count == 0) {
            load->timeout_ms = -1;
            curl_multi_socket_action(load->multi, CURL_SOCKET_TIMEOUT, 0, &running);
        }
        rc = reap(load);
    }
    return rc;
}

static CURL *make_handle(struct bench_round *round)
{
    CURL *handle = curl_easy_init();

    if (!handle)
        return NULL;
    curl_easy_setopt(handle, CURLOPT_URL, http_load_url);
    curl_easy_setopt(handle, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle, CURLOPT_PROXY, "");
    curl_easy_setopt(handle, CURLOPT_CAINFO, http_load_authority);
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, round);
    curl_easy_setopt(handle, CURLOPT_FAILONERROR, 1L);
    return handle;
}

static int begin(struct load *load)
{
    int rc = 0;

    load->multi = curl_multi_init();
    if (!load->multi)
        return -ENOMEM;
    curl_multi_setopt(load->multi, CURLMOPT_MAXCONNECTS, (long)HTTP_LOAD_IN_FLIGHT);
    if (load->epoll >= 0) {
        curl_multi_setopt(load->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
        curl_multi_setopt(load->multi, CURLMOPT_SOCKETDATA, load);
        curl_multi_setopt(load->multi, CURLMOPT_TIMERFUNCTION, on_timer);
        curl_multi_setopt(load->multi, CURLMOPT_TIMERDATA, load);
    }
    for (unsigned i = 0; rc == 0 && i < HTTP_LOAD_IN_FLIGHT; i++) {
        load->handles[i] = make_handle(load->round);
        rc = load->handles[i] ? 0 : -ENOMEM;
    }
    return rc;
}

/* So many requests, by all handles. */
static int run(struct load *load, uint64_t wanted)
{
    int rc = 0;

    load->wanted = wanted;
    load->begun = load->round->ops = 0;
    for (unsigned i = 0; rc == 0 && i < HTTP_LOAD_IN_FLIGHT; i++)
        rc = add(load, load->handles[i]);
    if (rc == 0)
        rc = load->epoll >= 0 ? run_socket(load) : run_poll(load);
    return rc;
}

static void end(struct load *load)
{
    for (unsigned i = 0; i < HTTP_LOAD_IN_FLIGHT && load->multi; i++) {
        if (load->handles[i]) {
            curl_multi_remove_handle(load->multi, load->handles[i]);
            curl_easy_cleanup(load->handles[i]);
        }
    }
    if (load->multi)
        curl_multi_cleanup(load->multi);
    if (load->epoll >= 0)
        close(load->epoll);
}

int http_load_curl(const struct bench_contender *self, struct bench_round *round)
{
    struct load load = {.round = round, .epoll = -1, .timeout_ms = -1};

    if (self->variant == HTTP_LOAD_SOCKET)
        load.epoll = epoll_create1(EPOLL_CLOEXEC);
    int rc = begin(&load);
    if (rc == 0)
        rc = run(&load, HTTP_LOAD_IN_FLIGHT);
    http_load_begin(round);
    if (rc == 0)
        rc = run(&load, round->ops_wanted);
    http_load_end(round);
    end(&load);
    return rc;
}

#else
typedef int bench_without_libcurl; /* a translation unit must not be empty */
#endif
