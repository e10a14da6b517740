/* SPDX-License-Identifier: MIT */
/*
 * A process that logs from tasks and threads, rotating or not, is killed at a random moment, again and again:
 * whole lines in order, at most the last one torn, none missing that a call with NW_LOG_SYNC_EACH had
 * returned for; and the next open removes what is torn.
 *
 * ctest: cost=5 timeout=120
 */
#include "../support/runtime.h"
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>

#define WRITERS      16
#define THREADS      4
#define ROTATE_BYTES 3000
#define KEEP         10000

static struct shared {
    atomic_int acknowledged[WRITERS]; /* so many entries are on disk */
    atomic_int total;
} * shared;

static nw_logger *logger;
static int ids[WRITERS];

static int log_for_ever(void *arg)
{
    int id = *(int *)arg;

    for (int i = 0; i < INT_MAX; i++) {
        CHECK_EQ(nw_log(logger, "writer %d entry %d%s", id, i, i % 5 == 0 ? "\nand a second line" : ""), 0);
        atomic_store(&shared->acknowledged[id], i + 1);
        atomic_fetch_add(&shared->total, 1);
    }
    return 0;
}

static void *log_in_thread(void *arg)
{
    log_for_ever(arg);
    return NULL;
}

static int victim(void *arg)
{
    nw_log_options options = {.sync = NW_LOG_SYNC_EACH, .keep = KEEP, .time_format = "%H:%M:%S.%f "};
    pthread_t thread;

    options.rotate_bytes = *(bool *)arg ? ROTATE_BYTES : 0;
    CHECK_EQ(nw_log_open(&options, "log", &logger), 0);
    for (int i = 0; i < THREADS; i++)
        CHECK_EQ(pthread_create(&thread, NULL, log_in_thread, &ids[i]), 0);
    return nw_each(ids + THREADS, WRITERS - THREADS, sizeof *ids, 0, log_for_ever);
}

/* -- what is found -- */

static void check_lines(FILE *file, bool may_be_torn, int *next)
{
    static const char second[] = "\tand a second line\n";
    char line[256];
    int id, number, end = 0, hour;

    while (fgets(line, sizeof line, file)) {
        if (!strchr(line, '\n')) {
            CHECK(may_be_torn && fgetc(file) == EOF);
            return;
        }
        if (line[0] == '\t') {
            CHECK_STR(line, second);
            continue;
        }
        CHECK_EQ(sscanf(line, "%2d:%*2d:%*9f writer %d entry %d%n", &hour, &id, &number, &end), 3);
        CHECK_STR(line + end, "\n");
        CHECK(id >= 0 && id < WRITERS);
        CHECK_EQ(number, next[id]++);
    }
}

static int oldest(void)
{
    char name[32];
    int number = 0;

    do
        snprintf(name, sizeof name, "log.%d", ++number);
    while (access(name, F_OK) == 0);
    snprintf(name, sizeof name, "log.%d", number + 1); /* it died while they moved on: a gap */
    while (access(name, F_OK) == 0)
        snprintf(name, sizeof name, "log.%d", ++number + 1);
    return number;
}

static void check_files(bool may_be_torn)
{
    int next[WRITERS] = {0};
    char name[32];

    for (int number = oldest(); number >= 0; number--) {
        snprintf(name, sizeof name, number ? "log.%d" : "log", number);
        FILE *file = fopen(name, "re");
        if (!file)
            continue;
        check_lines(file, may_be_torn && number == 0, next);
        if (number > 0)
            CHECK(ftell(file) <= ROTATE_BYTES);
        fclose(file);
    }
    for (int id = 0; id < WRITERS; id++)
        CHECK(next[id] >= atomic_load(&shared->acknowledged[id]));
}

static int repair(void *arg)
{
    const nw_log_options options = {.time_format = ""};

    (void)arg;
    CHECK_EQ(nw_log_open(&options, "log", &logger), 0);
    return nw_log_close(logger);
}

static void clean(void)
{
    char name[32] = "log";

    for (int number = oldest(); number >= 0; number--) {
        snprintf(name, sizeof name, number ? "log.%d" : "log", number);
        unlink(name);
    }
    CHECK_EQ(check_count_entries("."), 0);
}

static void one_round(bool rotate)
{
    int enough = (int)random_below(1500);

    memset(shared, 0, sizeof *shared);
    pid_t pid = CHECK_SYS(fork());
    if (pid == 0)
        _exit(nw_run_with(&(nw_run_options){.loops = 2}, victim, &rotate) != 0);
    int status = 0;
    while (atomic_load(&shared->total) < enough && waitpid(pid, &status, WNOHANG) == 0)
        sched_yield();
    CHECK_EQ(status, 0);
    CHECK_SYS(kill(pid, SIGKILL));
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    check_files(true);
    CHECK_EQ(nw_run(repair, NULL), 0);
    check_files(false);
    clean();
}

int main(void)
{
    random_seed();
    check_enter_folder();
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(shared != MAP_FAILED);
    for (int i = 0; i < WRITERS; i++)
        ids[i] = i;
    for (int i = 0; i < scaled(60); i++)
        one_round(i % 2);
    return 0;
}
