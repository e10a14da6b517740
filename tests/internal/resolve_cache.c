/* SPDX-License-Identifier: MIT */
/*
 * Answers are shared and kept: one look-up for many who ask at the same time, for all ports and all runs;
 * refusals too, failures of the moment not; never more than a bound; nothing after nw_resolve_forget().
 */
#include "resolve.h"

#define ASKERS 100
#define NAMES  (NW__RESOLVE_KEPT_MAX + 50)

static int ask(void *arg)
{
    (void)arg;
    return resolve_check("a.example", "8080", "192.0.2.1:8080");
}

static int many(void *arg)
{
    static nw_task *tasks[ASKERS];

    (void)arg;
    for (int i = 0; i < ASKERS; i++)
        CHECK((tasks[i] = nw_spawn(ask, NULL)));
    CHECK_EQ(nw_gather(tasks, ASKERS), 0);
    CHECK_EQ(atomic_load(&resolve_calls), 1);
    CHECK_EQ(resolve_check("a.example", NULL, "192.0.2.1:0"), 0);
    CHECK_EQ(resolve_check("a.example", "443", "192.0.2.1:443"), 0);
    CHECK_EQ(atomic_load(&resolve_calls), 1);
    CHECK_EQ(resolve_check("a.example", "http", "192.0.2.1:80"), 0);
    CHECK_EQ(resolve_check("a2.example", "80", "[2001:db8::1]:80"), 0);
    CHECK_EQ(atomic_load(&resolve_calls), 3);
    return 0;
}

static int digits(void *arg)
{
    (void)arg;
    CHECK_EQ(resolve_check("127.0.0.1", "1", "127.0.0.1:1"), 0);
    CHECK_EQ(resolve_check("::1", "2", "[::1]:2"), 0);
    CHECK_EQ(atomic_load(&resolve_calls), 3);
    return 0;
}

static int refused(void *arg)
{
    (void)arg;
    for (int i = 0; i < 3; i++) {
        CHECK_EQ(resolve_check("no.example", "80", ""), NW_ENOHOST);
        CHECK_EQ(resolve_check("a.example", "nonsense", ""), -EINVAL);
        CHECK_EQ(resolve_check("down.example", "80", ""), -EAGAIN);
    }
    CHECK_EQ(atomic_load(&resolve_calls), 3 + 1 + 3 + 3);
    return 0;
}

static int bounded(void *arg)
{
    char host[32];

    (void)arg;
    for (int i = 0; i < NAMES; i++) {
        snprintf(host, sizeof host, "a%d.many", i);
        CHECK_EQ(resolve_check(host, NULL,
                               i == 2 || (i >= 20 && i < 30) || (i >= 200 && i < 300) ? "[2001:db8::1]:0"
                                                                                      : "192.0.2.1:0"),
                 0);
    }
    CHECK_EQ(nw__names_kept(), NW__RESOLVE_KEPT_MAX);
    atomic_store(&resolve_calls, 0);
    CHECK_EQ(resolve_check("a1000.many", NULL, "192.0.2.1:0"), 0); /* a young one */
    CHECK_EQ(atomic_load(&resolve_calls), 0);
    CHECK_EQ(resolve_check("a0.many", NULL, "192.0.2.1:0"), 0);
    CHECK_EQ(atomic_load(&resolve_calls), 1);
    nw_resolve_forget();
    CHECK_EQ(nw__names_kept(), 0);
    CHECK_EQ(resolve_check("a1000.many", NULL, "192.0.2.1:0"), 0);
    CHECK_EQ(atomic_load(&resolve_calls), 2);
    return 0;
}

static bool is_kept(const char *host, int64_t now_ns)
{
    pthread_mutex_lock(&nw__names_lock);
    struct nw__name *name = nw__names_find(host, "", 0, SOCK_STREAM, now_ns);
    if (name)
        nw__name_release(name);
    pthread_mutex_unlock(&nw__names_lock);
    return name != NULL;
}

/* Answers for 30 s, refusals for 5 s. */
static int for_a_time(void *arg)
{
    int64_t before_ns = nw_now();

    (void)arg;
    nw_resolve_forget();
    CHECK_EQ(resolve_check("a.example", NULL, "192.0.2.1:0"), 0);
    CHECK_EQ(resolve_check("no.example", NULL, ""), NW_ENOHOST);
    int64_t after_ns = nw_now();
    CHECK(is_kept("a.example", before_ns + NW_SEC(30) - 1));
    CHECK(!is_kept("a.example", after_ns + NW_SEC(30)));
    CHECK(is_kept("no.example", before_ns + NW_SEC(5) - 1));
    CHECK(!is_kept("no.example", after_ns + NW_SEC(5)));
    return 0;
}

int main(void)
{
    resolve_by_test();
    CHECK_EQ(nw_run(many, NULL), 0);
    CHECK_EQ(nw_run(digits, NULL), 0);
    CHECK_EQ(nw_run(refused, NULL), 0);
    CHECK_EQ(nw_run(bounded, NULL), 0);
    CHECK_EQ(nw_run(for_a_time, NULL), 0);
    CHECK(nw__names_threads() <= NW__RESOLVE_THREADS_MAX);
    nw_resolve_forget();
    return 0;
}
