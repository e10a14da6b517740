/* SPDX-License-Identifier: MIT */
/*
 * The pool: it grows to its bound and no further, serves everything that is queued, takes back what has not
 * begun, shrinks when idle, and fails what it cannot carry out instead of keeping it.
 */
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/prctl.h>

#include "../support/engine.h"

#define THREADS 3
#define MANY    2000

static struct engine engine;
static sem_t begun, gate;
static atomic_int running, running_max;

static int wait_at_gate(void *arg)
{
    int now = atomic_fetch_add(&running, 1) + 1, most = atomic_load(&running_max);

    (void)arg;
    while (now > most && !atomic_compare_exchange_weak(&running_max, &most, now)) {
    }
    sem_post(&begun);
    while (sem_wait(&gate) != 0) {
    }
    atomic_fetch_sub(&running, 1);
    return 1;
}

static void grows_to_its_bound(void)
{
    static nw_op ops[THREADS + 5];

    for (int i = 0; i < THREADS + 5; i++) {
        nw_op_work(&ops[i], wait_at_gate, NULL);
        engine_submit(&engine, &ops[i]);
    }
    engine_turn(&engine, 0); /* they go to the pool together */
    for (int i = 0; i < THREADS; i++)
        CHECK_EQ(sem_wait(&begun), 0); /* all threads are occupied at the same time */
    CHECK_EQ(nw__pool_threads(engine.pool), THREADS);
    engine_cancel(&engine, &ops[THREADS + 1]);
    engine_cancel(&engine, &ops[THREADS + 3]);
    for (int i = 0; i < THREADS + 3; i++)
        sem_post(&gate);
    engine_drain(&engine);
    CHECK_EQ(atomic_load(&running_max), THREADS);
    for (int i = 0; i < THREADS + 5; i++)
        CHECK_EQ(ops[i].result, i == THREADS + 1 || i == THREADS + 3 ? -ECANCELED : 1);
}

static int count(void *arg)
{
    return atomic_fetch_add((atomic_int *)arg, 1) >= 0;
}

/* Of those that gather for the pool in one turn, any can be taken back. */
static void takes_back_what_has_not_left(void)
{
    static nw_op ops[4];
    atomic_int counter = 0;

    for (int i = 0; i < 4; i++) {
        nw_op_work(&ops[i], count, &counter);
        engine_submit(&engine, &ops[i]);
    }
    engine_cancel(&engine, &ops[3]);
    engine_cancel(&engine, &ops[1]);
    engine_drain(&engine);
    CHECK_EQ(atomic_load(&counter), 2);
    CHECK_EQ(ops[0].result, 1);
    CHECK_EQ(ops[1].result, -ECANCELED);
    CHECK_EQ(ops[2].result, 1);
    CHECK_EQ(ops[3].result, -ECANCELED);
}

static int describe(void *arg)
{
    char *name = arg;
    sigset_t blocked;

    CHECK_SYS(prctl(PR_GET_NAME, name));
    CHECK_EQ(pthread_sigmask(SIG_SETMASK, NULL, &blocked), 0);
    return sigismember(&blocked, SIGINT) && sigismember(&blocked, SIGCHLD);
}

static void workers_are_named_and_see_no_signals(void)
{
    char name[16];
    nw_op op;

    nw_op_work(&op, describe, name);
    CHECK_EQ(engine_run(&engine, &op), 1);
    CHECK_STR(name, "nw-worker");
}

static void serves_everything(void)
{
    static nw_op ops[MANY];
    atomic_int counter = 0;

    for (int i = 0; i < MANY; i++) {
        nw_op_work(&ops[i], count, &counter);
        engine_submit(&engine, &ops[i]);
        if (i % 7 == 0)
            engine_turn(&engine, 0);
    }
    engine_drain(&engine);
    CHECK_EQ(atomic_load(&counter), MANY);
}

/* How many threads have a worker's name: a checker may have threads of its own. */
static int workers_alive(void)
{
    int count = 0;
    struct dirent *entry;
    DIR *folder = opendir("/proc/self/task");

    CHECK(folder);
    while ((entry = readdir(folder))) {
        char path[300], name[16] = {0};
        snprintf(path, sizeof path, "/proc/self/task/%s/comm", entry->d_name);
        FILE *file = fopen(path, "re");
        if (file && fgets(name, sizeof name, file))
            count += strcmp(name, "nw-worker\n") == 0;
        if (file)
            fclose(file);
    }
    closedir(folder);
    return count;
}

static void shrinks(void)
{
    nw_op op;
    atomic_int counter = 0;

    nw__pool_set_idle_ns(engine.pool, NW_MS(1));
    nw_op_work(&op, count, &counter); /* a thread that sleeps already sleeps for the time it began with... */
    CHECK_EQ(engine_run(&engine, &op), 1);
    while (nw__pool_threads(engine.pool) == THREADS) /* ...but this one does not */
        sched_yield();
    CHECK(nw__pool_threads(engine.pool) < THREADS);
}

static void without_threads(void)
{
    struct engine poor = engine_open_with(&(struct nw__backend_options){0}, 4);
    atomic_int counter = 0;
    pthread_attr_t attributes;
    nw_op op;

    /* No thread gets a stack of an exabyte: pthread_create() fails, for root as well. */
    CHECK_EQ(pthread_getattr_default_np(&attributes), 0);
    CHECK_EQ(pthread_attr_setstacksize(&attributes, (size_t)1 << 60), 0);
    CHECK_EQ(pthread_setattr_default_np(&attributes), 0);
    nw_op_work(&op, count, &counter);
    CHECK_EQ(engine_run(&poor, &op), -ENOMEM);
    CHECK_EQ(atomic_load(&counter), 0);
    CHECK_EQ(pthread_attr_setstacksize(&attributes, 1 << 20), 0);
    CHECK_EQ(pthread_setattr_default_np(&attributes), 0);
    nw_op_work(&op, count, &counter);
    CHECK_EQ(engine_run(&poor, &op), 1);
    engine_close(&poor);
}

int main(void)
{
    CHECK_EQ(sem_init(&begun, 0, 0), 0);
    CHECK_EQ(sem_init(&gate, 0, 0), 0);
    engine = engine_open_with(&(struct nw__backend_options){0}, THREADS);
    CHECK_EQ(nw__pool_threads(engine.pool), 0); /* none before there is work */
    grows_to_its_bound();
    takes_back_what_has_not_left();
    workers_are_named_and_see_no_signals();
    serves_everything();
    shrinks();
    engine_close(&engine);
    without_threads();
    while (workers_alive() > 0) /* they are joined, but /proc may show them a moment longer */
        sched_yield();
    return 0;
}
