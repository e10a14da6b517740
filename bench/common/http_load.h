/* SPDX-License-Identifier: MIT */
/*
 * Requests for one small answer, 64 in flight, by everybody: tasks of nowait, libcurl's multi interface,
 * aiohttp. Each counts the answers and adds up the bytes of their bodies.
 */
#ifndef BENCH_HTTP_LOAD_H
#define BENCH_HTTP_LOAD_H

#include "bench.h"

#define HTTP_LOAD_IN_FLIGHT 64

/* Set before a case. */
extern const char *http_load_url;
extern const char *http_load_authority; /* PEM file that is trusted */

/* Around a round's requests. Each contender has made HTTP_LOAD_IN_FLIGHT requests before, all at once, whose
 * connections are kept: what is compared is requests, not handshakes. */
void http_load_begin(struct bench_round *round);
void http_load_end(struct bench_round *round);

#ifdef HAVE_LIBCURL
/* variant: HTTP_LOAD_POLL or HTTP_LOAD_SOCKET. */
int http_load_curl(const struct bench_contender *self, struct bench_round *round);
#else
#define http_load_curl NULL
#endif
#define HTTP_LOAD_POLL   0 /* curl_multi_poll() */
#define HTTP_LOAD_SOCKET 1 /* curl_multi_socket_action() and epoll */

#endif
