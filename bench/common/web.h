/* SPDX-License-Identifier: MIT */
/*
 * What is served in the network benchmarks, and nginx as a server of it, tuned. The configuration that is
 * used is printed. Everything is in a folder that is removed at the end.
 */
#ifndef BENCH_WEB_H
#define BENCH_WEB_H

#include "child.h"

#define WEB_SMALL_BYTES  1024
#define WEB_MIDDLE_BYTES (1 << 20)
#define WEB_TINY_BYTES   100

struct web {
    char root[200];        /* served; "small", "middle" and what the caller adds */
    char certificate[300]; /* PEM: certificate and key, for 127.0.0.1 */
    bool tls;              /* there is a certificate: openssl(1) was there */
    pid_t nginx;           /* 0: it is not there */
    unsigned port;         /* nginx's */
    unsigned tls_port;
};

/* Make the folder, the files in it and the certificate. */
int web_make(struct web *web, const struct bench *bench);
/* Add a file of that many bytes; `number` is its first word. */
int web_add(const struct web *web, const char *name, uint64_t number, uint64_t bytes);
/* Start nginx there, with that many workers. BENCH_NOT_INSTALLED, or another error. */
int web_serve(struct web *web, unsigned workers, const cpu_set_t *where);
/* Processor time that nginx's workers have used; only right with one worker. */
int64_t web_cpu_ns(const struct web *web);
/* Stop nginx, remove all. Accepts a zeroed one. */
void web_remove(struct web *web);

#endif
