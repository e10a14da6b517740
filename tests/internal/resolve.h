/* SPDX-License-Identifier: MIT */
/*
 * Name servers for tests: "a..." has the address 192.0.2.1 (and "a2..." 2001:db8::1 before it), "no..." does
 * not exist, "down..." has servers that fail for now, "stuck..." is not answered before resolve_let_go().
 */
#ifndef NW_TESTS_INTERNAL_RESOLVE_H
#define NW_TESTS_INTERNAL_RESOLVE_H

#include "../support/runtime.h"
#include "io/resolve.h"

static atomic_int resolve_calls;
static atomic_int resolve_stuck;
static bool resolve_free;
static pthread_mutex_t resolve_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t resolve_changed = PTHREAD_COND_INITIALIZER;

struct resolve_answer {
    struct addrinfo info[2];
    struct sockaddr_in6 v6;
    struct sockaddr_in v4;
};

static void resolve_wait(void)
{
    pthread_mutex_lock(&resolve_lock);
    atomic_fetch_add(&resolve_stuck, 1);
    while (!resolve_free)
        pthread_cond_wait(&resolve_changed, &resolve_lock);
    atomic_fetch_sub(&resolve_stuck, 1);
    pthread_mutex_unlock(&resolve_lock);
}

CHECK_UNUSED static void resolve_set_free(bool free)
{
    pthread_mutex_lock(&resolve_lock);
    resolve_free = free;
    pthread_cond_broadcast(&resolve_changed);
    pthread_mutex_unlock(&resolve_lock);
}

static int resolve_fake(const char *host, const char *service, const struct addrinfo *hints,
                        struct addrinfo **found_out)
{
    struct resolve_answer *answer;

    atomic_fetch_add(&resolve_calls, 1);
    if (strncmp(host, "stuck", 5) == 0)
        resolve_wait();
    if (strncmp(host, "no", 2) == 0)
        return EAI_NONAME;
    if (strncmp(host, "down", 4) == 0)
        return EAI_AGAIN;
    if (service && strcmp(service, "http") != 0)
        return EAI_SERVICE;
    answer = calloc(1, sizeof *answer);
    if (!answer)
        return EAI_MEMORY;
    answer->v4.sin_family = AF_INET;
    answer->v4.sin_addr.s_addr = htonl(0xc0000201);
    answer->v4.sin_port = htons(service ? 80 : 0);
    answer->v6.sin6_family = AF_INET6;
    answer->v6.sin6_addr.s6_addr[0] = 0x20;
    answer->v6.sin6_addr.s6_addr[1] = 0x01;
    answer->v6.sin6_addr.s6_addr[2] = 0x0d;
    answer->v6.sin6_addr.s6_addr[3] = 0xb8;
    answer->v6.sin6_addr.s6_addr[15] = 1;
    answer->info[0].ai_addr = (struct sockaddr *)(void *)&answer->v6;
    answer->info[0].ai_addrlen = sizeof answer->v6;
    answer->info[0].ai_next = &answer->info[1];
    answer->info[1].ai_addr = (struct sockaddr *)(void *)&answer->v4;
    answer->info[1].ai_addrlen = sizeof answer->v4;
    bool both = strncmp(host, "a2", 2) == 0 && hints->ai_family == 0;
    if (!both) {
        answer->info[0] = answer->info[1];
        answer->info[0].ai_next = NULL;
    }
    *found_out = &answer->info[0];
    return 0;
}

static void resolve_fake_release(struct addrinfo *found)
{
    free(found);
}

CHECK_UNUSED static void resolve_by_test(void)
{
    nw__resolver = (struct nw__resolver){resolve_fake, resolve_fake_release};
}

/* Look it up, and compare the first address with `expected`. */
CHECK_UNUSED static int resolve_check(const char *host, const char *service, const char *expected)
{
    char text[NW_ADDRESS_TEXT_BYTES];
    nw_addresses addresses;
    int rc = nw_resolve(host, service, &addresses);

    if (rc < 0)
        return rc;
    CHECK(addresses.count > 0);
    CHECK(nw_address_text(&addresses.list[0], text, sizeof text) > 0);
    CHECK_STR(text, expected);
    nw_addresses_finish(&addresses);
    CHECK_EQ(addresses.count, 0);
    return 0;
}

#endif
