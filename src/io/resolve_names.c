/* SPDX-License-Identifier: MIT */
/*
 * The process's look-ups: a table of questions and answers, and the few threads that ask. Owns both, for all
 * loops. Must not wait for a look-up anywhere: who asks for a name may go away, and its loop too, while a
 * thread is stuck in getaddrinfo(3), which nobody can hurry.
 *
 *     asked -> in `queue` -> a thread takes it -> answered: its waiters are granted, it is in `kept`
 *
 * The threads are of their own, so that slow name servers hold up names only, and end when they are idle.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#include "base/thread.h"
#include "io/resolve.h"
#include "task/waiters.h"

#define BUCKETS 256

pthread_mutex_t nw__names_lock = PTHREAD_MUTEX_INITIALIZER;
struct nw__resolver nw__resolver = {getaddrinfo, freeaddrinfo};

static struct {
    bool ready; /* what follows is */
    struct nw__list buckets[BUCKETS];
    struct nw__list queue; /* to be looked up */
    struct nw__list kept;  /* answered, the oldest first */
    size_t kept_count;
    unsigned threads;
    unsigned idle;
    pthread_cond_t asked;
} names;

/* -- the table -- */

static struct nw__name *name_at(struct nw__link *in_table)
{
    return nw__container(in_table, struct nw__name, in_table);
}

static void free_name(struct nw__name *name)
{
    nw__list_remove(&name->in_table);
    nw__list_remove(&name->in_order);
    nw_addresses_finish(&name->addresses);
    free(name);
}

static void begin_names(void)
{
    pthread_condattr_t attributes;

    memset(&names, 0, sizeof names);
    for (size_t i = 0; i < BUCKETS; i++)
        nw__list_init(&names.buckets[i]);
    nw__list_init(&names.queue);
    nw__list_init(&names.kept);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&names.asked, &attributes);
    pthread_condattr_destroy(&attributes);
    names.ready = true;
}

static void before_fork(void)
{
    pthread_mutex_lock(&nw__names_lock);
}

static void after_fork(void)
{
    pthread_mutex_unlock(&nw__names_lock);
}

/* There are no threads here, and who waits is a copy that never wakes. */
static void after_fork_in_child(void)
{
    for (size_t i = 0; i < BUCKETS && names.ready; i++)
        nw__list_each_safe (link, &names.buckets[i])
            free_name(name_at(link));
    names.ready = false;
    pthread_mutex_unlock(&nw__names_lock);
}

static void watch_forks(void)
{
    pthread_atfork(before_fork, after_fork, after_fork_in_child);
}

static void be_ready(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    if (names.ready)
        return;
    begin_names();
    pthread_once(&once, watch_forks);
}

static struct nw__list *bucket_of(const char *host, const char *service, int family)
{
    uint32_t hash = 2166136261u ^ (uint32_t)family; /* FNV-1a */

    for (; *host; host++)
        hash = (hash ^ (unsigned char)*host) * 16777619u;
    for (; *service; service++)
        hash = (hash ^ (unsigned char)*service) * 16777619u;
    return &names.buckets[hash % BUCKETS];
}

static void free_if_done(struct nw__name *name)
{
    bool kept = name->answered && nw__link_linked(&name->in_table);

    if (name->users == 0 && !kept)
        free_name(name);
}

void nw__name_release(struct nw__name *name)
{
    name->users--;
    free_if_done(name);
}

/* Nobody finds it any more; whoever has it still may use it. */
static void drop(struct nw__name *name)
{
    if (name->answered) {
        nw__list_remove(&name->in_order);
        names.kept_count--;
    }
    nw__list_remove(&name->in_table);
    free_if_done(name);
}

static bool is_old(const struct nw__name *name, int64_t now_ns)
{
    return name->answered && now_ns >= name->until_ns;
}

struct nw__name *nw__names_find(const char *host, const char *service, int family, int type, int64_t now_ns)
{
    be_ready();
    nw__list_each_safe (link, bucket_of(host, service, family)) {
        struct nw__name *name = name_at(link);
        if (name->family != family || name->type != type || strcmp(name->host, host) != 0 ||
            strcmp(name->service, service) != 0)
            continue;
        if (!is_old(name, now_ns)) {
            name->users++;
            return name;
        }
        drop(name);
    }
    return NULL;
}

void nw__names_forget(void)
{
    be_ready();
    for (size_t i = 0; i < BUCKETS; i++)
        nw__list_each_safe (link, &names.buckets[i])
            drop(name_at(link));
}

size_t nw__names_kept(void)
{
    return names.kept_count;
}

unsigned nw__names_threads(void)
{
    return names.threads;
}

/* -- the threads -- */

/* Without a descriptor for its files the C library says that there is no such host: errno knows better. */
static int code_of(int error, int system_error)
{
    if (system_error == EMFILE || system_error == ENFILE)
        return -system_error;
    switch (error) {
    case EAI_NONAME:
    case EAI_NODATA:
    case EAI_ADDRFAMILY:
        return NW_ENOHOST;
    case EAI_SERVICE:
        return -EINVAL;
    case EAI_AGAIN:
        return -EAGAIN;
    case EAI_MEMORY:
        return -ENOMEM;
    case EAI_SYSTEM:
        return system_error == ENOMEM ? -ENOMEM : NW_ERESOLVE;
    default:
        return NW_ERESOLVE;
    }
}

static int collect(const struct addrinfo *found, nw_addresses *addresses_out)
{
    nw_addresses addresses = {.list = NULL};

    for (const struct addrinfo *a = found; a; a = a->ai_next)
        addresses.count++;
    if (!addresses.count)
        return NW_ENOHOST;
    addresses.list = calloc(addresses.count, sizeof *addresses.list);
    if (!addresses.list)
        return -ENOMEM;
    for (size_t i = 0; i < addresses.count; i++, found = found->ai_next) {
        memcpy(addresses.list[i].data, found->ai_addr, found->ai_addrlen);
        addresses.list[i].size = found->ai_addrlen;
    }
    *addresses_out = addresses;
    return 0;
}

/* Without the lock: this is what may take long. */
static int look_up(const struct nw__name *name, nw_addresses *addresses_out)
{
    const struct addrinfo hints = {.ai_family = name->family, .ai_socktype = name->type};
    struct addrinfo *found = NULL;

    errno = 0;
    int error = nw__resolver.look_up(name->host, *name->service ? name->service : NULL, &hints, &found);

    if (error != 0)
        return code_of(error, errno);
    int rc = collect(found, addresses_out);
    nw__resolver.release(found);
    return rc;
}

/* Failures that may be over in a moment are asked about again. */
static bool is_kept(const struct nw__name *name)
{
    return nw__link_linked(&name->in_table) && (name->error == 0 || name->error == NW_ENOHOST);
}

static void answer(struct nw__name *name, int error, const nw_addresses *addresses)
{
    struct nw__waiter *waiter;

    name->error = error;
    name->addresses = *addresses;
    name->until_ns = nw__clock_ns() + (error ? NW__RESOLVE_REFUSED_NS : NW__RESOLVE_KEEP_NS);
    while ((waiter = nw__waiters_pop(&name->waiters)))
        nw__waiter_grant(waiter);
    if (!is_kept(name))
        nw__list_remove(&name->in_table);
    name->answered = true;
    if (!nw__link_linked(&name->in_table))
        return;
    nw__list_push_back(&names.kept, &name->in_order);
    if (++names.kept_count > NW__RESOLVE_KEPT_MAX)
        drop(nw__container(nw__list_front(&names.kept), struct nw__name, in_order));
}

static struct nw__name *await_question(void)
{
    int64_t until_ns = nw__clock_ns() + NW__RESOLVE_IDLE_NS;
    const struct timespec until = {.tv_sec = until_ns / NW_SEC(1), .tv_nsec = until_ns % NW_SEC(1)};
    struct nw__link *link;
    int rc = 0;

    while (!(link = nw__list_pop_front(&names.queue)) && rc == 0) {
        names.idle++;
        rc = pthread_cond_timedwait(&names.asked, &nw__names_lock, &until);
        names.idle--;
    }
    return link ? nw__container(link, struct nw__name, in_order) : NULL;
}

static void *thread_main(void *arg)
{
    struct nw__name *name;

    pthread_mutex_lock(&nw__names_lock);
    while ((name = await_question())) {
        nw_addresses addresses = {.list = NULL};
        name->users++;
        pthread_mutex_unlock(&nw__names_lock);
        int error = look_up(name, &addresses);
        pthread_mutex_lock(&nw__names_lock);
        answer(name, error, &addresses);
        nw__name_release(name);
    }
    names.threads--;
    pthread_mutex_unlock(&nw__names_lock);
    return arg;
}

/* Those who are idle may have been called already, and not have come yet. */
static bool enough_idle(void)
{
    unsigned queued = 0;

    nw__list_each (link, &names.queue)
        if (++queued > names.idle)
            return false;
    return true;
}

/* Somebody shall look after the queue. Errors: -EAGAIN: there is nobody, and can be nobody. */
static int call_thread(void)
{
    pthread_t thread;

    pthread_cond_signal(&names.asked);
    if (enough_idle())
        return 0;
    if (names.threads == NW__RESOLVE_THREADS_MAX)
        return 0;
    if (nw__thread_create(&thread, thread_main, NULL) < 0)
        return names.threads > 0 ? 0 : -EAGAIN;
    pthread_detach(thread); /* one that is stuck must not hold up the end of a run, or of the process */
    names.threads++;
    return 0;
}

int nw__names_ask(const char *host, const char *service, int family, int type, struct nw__name **name_out)
{
    size_t host_bytes = strlen(host) + 1, service_bytes = strlen(service) + 1;
    struct nw__name *name = calloc(1, sizeof *name + host_bytes + service_bytes);

    if (!name)
        return -ENOMEM;
    memcpy(name->host, host, host_bytes);
    memcpy(name->host + host_bytes, service, service_bytes);
    name->service = name->host + host_bytes;
    name->family = family;
    name->type = type;
    name->users = 1;
    nw__list_init(&name->waiters);
    nw__list_push_back(bucket_of(host, service, family), &name->in_table);
    nw__list_push_back(&names.queue, &name->in_order);
    int rc = call_thread();
    if (rc < 0) {
        free_name(name);
        return rc;
    }
    *name_out = name;
    return 0;
}
