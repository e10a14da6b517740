/* SPDX-License-Identifier: MIT */
/*
 * There is room for one of two entries that are written together (a limit of the file's size): whose entry
 * was written has it on disk and is told so, the other one is told what happened to his.
 *
 * ctest: no-qemu
 */
#include "../support/runtime.h"
#include <sys/resource.h>

static nw_logger *logger;

static int log_one(void *arg)
{
    return nw_log(logger, "%s", (char *)arg);
}

static void limit(rlim_t bytes)
{
    struct rlimit now;

    CHECK_SYS(getrlimit(RLIMIT_FSIZE, &now));
    now.rlim_cur = bytes < now.rlim_max ? bytes : now.rlim_max;
    CHECK_SYS(setrlimit(RLIMIT_FSIZE, &now));
}

static int first(void *arg)
{
    nw_log_options options = {.time_format = "", .sync = NW_LOG_SYNC_EACH};
    char one[] = "one", two[] = "two";
    nw_log_counters counters;

    (void)arg;
    CHECK_EQ(nw_log_open(&options, "log", &logger), 0);
    limit(6);
    nw_task *fits = nw_spawn(log_one, one), *does_not = nw_spawn(log_one, two);
    int first_rc = nw_await(fits), second_rc = nw_await(does_not);
    limit(RLIM_INFINITY); /* messages of checks must get out */
    CHECK_EQ(first_rc, 0);
    CHECK_EQ(second_rc, -EFBIG);
    CHECK_EQ(nw_log_close_with(logger, &counters), 0);
    CHECK_EQ(counters.bytes, 8);
    CHECK_EQ(counters.syncs, 2);
    check_file_holds("log", "one\ntwo\n", 8);
    return 0;
}

int main(void)
{
    check_enter_folder();
    signal(SIGXFSZ, SIG_IGN);
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
