/* SPDX-License-Identifier: MIT */
/*
 * The file is moved or removed from outside: after nw_log_reopen() what was accepted before is in the old
 * file and what comes after in the new one; a removed file is made anew; a process that changes its folder
 * goes on where it began; when the path cannot be opened, the old file serves.
 */
#include "../support/runtime.h"

static nw_logger *logger;

static void check_holds(const char *path, const char *text)
{
    check_file_holds(path, text, strlen(text));
}

static void moved(void)
{
    char expected[64] = "";

    CHECK_EQ(nw_log(logger, "one"), 0);
    CHECK_EQ(nw_log_flush(logger), 0);
    CHECK_SYS(rename("log", "moved"));
    CHECK_EQ(nw_log(logger, "two"), 0);
    CHECK_EQ(nw_log_reopen(logger), 0);
    CHECK_EQ(nw_log(logger, "three"), 0);
    CHECK_EQ(nw_log_flush(logger), 0);
    check_holds("moved", "one\ntwo\n");
    check_holds("log", "three\n");

    /* Orders and entries by turns, faster than they are carried out. */
    for (int i = 0; i < 8; i++) {
        CHECK_EQ(nw_log_reopen(logger), 0);
        CHECK_EQ(nw_log(logger, "%d", i), 0);
        snprintf(expected + strlen(expected), sizeof expected - strlen(expected), "%d\n", i);
    }
    CHECK_SYS(rename("log", "log.old"));
    CHECK_EQ(nw_log_flush(logger), 0);
    FILE *joined = popen("cat log.old log 2>/dev/null", "r");
    char text[128] = "";
    CHECK(joined);
    CHECK(fread(text, 1, sizeof text - 1, joined) > 0);
    pclose(joined);
    CHECK_STR(text, "three\n0\n1\n2\n3\n4\n5\n6\n7\n");
    CHECK_EQ(nw_log_reopen(logger), 0);
    CHECK_EQ(nw_log_flush(logger), 0);
}

static void removed(void)
{
    while (access("log", F_OK) < 0) /* the last order is still under way */
        CHECK_EQ(nw_sleep(NW_US(100)), 0);
    CHECK_SYS(unlink("log"));
    CHECK_EQ(nw_log(logger, "anew"), 0);
    CHECK_EQ(nw_log_flush(logger), 0);
    check_holds("log", "anew\n");
}

static void unopenable(void)
{
    CHECK_SYS(rename("log", "moved"));
    CHECK_SYS(mkdir("log", 0700));
    CHECK_EQ(nw_log_reopen(logger), 0);
    CHECK_EQ(nw_log(logger, "still"), 0);
    CHECK_EQ(nw_log_flush(logger), 0);
    CHECK_EQ(nw_log_flush(logger), -EISDIR);
    CHECK_EQ(nw_log_flush(logger), 0);
    check_holds("moved", "anew\nstill\n");
    CHECK_SYS(rmdir("log"));
    CHECK_EQ(nw_log_reopen(logger), 0);
    CHECK_EQ(nw_log(logger, "again"), 0);
    CHECK_EQ(nw_log_flush(logger), 0);
    check_holds("log", "again\n");
}

static void elsewhere(void)
{
    CHECK_SYS(mkdir("folder", 0700));
    CHECK_SYS(chdir("folder"));
    CHECK_EQ(nw_log_rotate(logger), 0);
    CHECK_EQ(nw_log(logger, "here"), 0);
    CHECK_EQ(nw_log_close(logger), 0);
    CHECK_SYS(chdir(".."));
    check_holds("log.1", "again\n");
    check_holds("log", "here\n");
    CHECK_SYS(rmdir("folder"));
}

static int first(void *arg)
{
    const nw_log_options options = {.time_format = ""};

    (void)arg;
    CHECK_EQ(nw_log_open(&options, "log", &logger), 0);
    moved();
    removed();
    unopenable();
    elsewhere();
    return 0;
}

int main(void)
{
    check_enter_folder();
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
