/* SPDX-License-Identifier: MIT */
/*
 * Rotation: by size, on demand (by several at once, too), by age. No file grows larger than asked, old ones
 * move on in order up to the number kept, no entry is lost or split, and a gap that a crash has left is
 * filled first.
 */
#include "../support/runtime.h"
#include <fcntl.h>

static nw_logger *logger;

static void open_log(const nw_log_options *options)
{
    CHECK_EQ(nw_log_open(options, "log", &logger), 0);
}

static void clean(void)
{
    char name[32] = "log";

    for (int i = 1; i < 300; i++) {
        unlink(name);
        snprintf(name, sizeof name, "log.%d", i);
    }
    CHECK_EQ(check_count_entries("."), 0);
}

static void check_holds(const char *path, const char *text)
{
    check_file_holds(path, text, strlen(text));
}

static void by_size(void)
{
    nw_log_options options = {.time_format = "", .rotate_bytes = 20, .keep = 3};
    nw_log_counters counters;

    open_log(&options);
    for (int i = 0; i < 16; i++)
        CHECK_EQ(nw_log(logger, "entry %02d", i), 0); /* 9 bytes: two in a file */
    CHECK_EQ(nw_log_close_with(logger, &counters), 0);
    CHECK_EQ(counters.rotations, 7);
    check_holds("log", "entry 14\nentry 15\n");
    check_holds("log.1", "entry 12\nentry 13\n");
    check_holds("log.2", "entry 10\nentry 11\n");
    check_holds("log.3", "entry 08\nentry 09\n");
    CHECK_EQ(check_count_entries("."), 4);

    options.rotate_bytes = 18; /* exactly two: the file that is there is full */
    open_log(&options);
    CHECK_EQ(nw_log(logger, "entry 16"), 0);
    CHECK_EQ(nw_log(logger, "entry\n17"), 0); /* 10 bytes, and not to be split */
    CHECK_EQ(nw_log(logger, "an entry that is longer than a file\nmay be"), 0);
    CHECK_EQ(nw_log(logger, "the last"), 0);
    CHECK_EQ(nw_log_close(logger), 0);
    check_holds("log.3", "entry 16\n");
    check_holds("log.2", "entry\n\t17\n");
    check_holds("log.1", "an entry that is longer than a file\n");
    check_holds("log", "\tmay be\nthe last\n");
    clean();
}

static void on_demand(void)
{
    nw_log_options options = {.time_format = ""};

    open_log(&options);
    CHECK_EQ(nw_log_rotate(logger), 0); /* an empty file stays */
    CHECK_EQ(nw_log(logger, "one"), 0);
    CHECK_EQ(nw_log_rotate(logger), 0);
    check_holds("log.1", "one\n");
    check_holds("log", "");
    CHECK_EQ(nw_log(logger, "two"), 0);
    CHECK_EQ(nw_log_rotate(logger), 0);
    CHECK_EQ(nw_log(logger, "three"), 0);
    CHECK_EQ(nw_log_close(logger), 0);
    check_holds("log.2", "one\n");
    check_holds("log.1", "two\n");
    check_holds("log", "three\n");
    clean();
}

static int add_and_rotate(void *arg)
{
    CHECK_EQ(nw_log(logger, "%s", (char *)arg), 0);
    return nw_log_rotate(logger);
}

/* Both have asked before anything was written: the entries of both are in the old file. */
static void twice_at_once(void)
{
    nw_log_options options = {.time_format = ""};
    char one[] = "one", two[] = "two";
    nw_task *tasks[2];

    open_log(&options);
    tasks[0] = nw_spawn(add_and_rotate, one);
    tasks[1] = nw_spawn(add_and_rotate, two);
    CHECK_EQ(nw_gather(tasks, 2), 0);
    CHECK_EQ(nw_log_close(logger), 0);
    check_holds("log.1", "one\ntwo\n");
    check_holds("log", "");
    clean();
}

/* Whether there is something in the file is not what this log has written. */
static void with_others(void)
{
    nw_log_options options = {.time_format = ""};

    open_log(&options);
    check_write_file("log", "other\n", 6);
    CHECK_EQ(nw_log_rotate(logger), 0);
    check_holds("log.1", "other\n");
    CHECK_EQ(nw_log(logger, "one"), 0);
    CHECK_EQ(nw_log_flush(logger), 0);
    CHECK_SYS(truncate("log", 0));
    CHECK_EQ(nw_log_rotate(logger), 0);
    CHECK_EQ(nw_log_close(logger), 0);
    check_holds("log.1", "other\n");
    check_holds("log", "");
    clean();
}

static void by_age(void)
{
    nw_log_options options = {.time_format = "", .rotate_age_ns = NW_SEC(1000)};

    open_log(&options);
    CHECK_EQ(nw_log(logger, "young"), 0);
    CHECK_EQ(nw_log_close(logger), 0);
    options.rotate_age_ns = 1;
    open_log(&options);
    CHECK_EQ(nw_log_flush(logger), 0);
    CHECK_EQ(check_count_entries("."), 1); /* not before there is an entry */
    CHECK_EQ(nw_log(logger, "old"), 0);
    CHECK_EQ(nw_log_close(logger), 0);
    check_holds("log.1", "young\n");
    check_holds("log", "old\n");
    clean();
}

/* It died between two renames: log.2 is missing. */
static void gap_is_filled(void)
{
    nw_log_options options = {.time_format = "", .keep = 3};

    check_write_file("log.1", "b\n", 2);
    check_write_file("log.3", "a\n", 2);
    check_write_file("log", "c\n", 2);
    open_log(&options);
    CHECK_EQ(nw_log_rotate(logger), 0);
    CHECK_EQ(nw_log_close(logger), 0);
    check_holds("log.3", "a\n");
    check_holds("log.2", "b\n");
    check_holds("log.1", "c\n");
    clean();
}

/* The old files lie beside the file, not beside the link; the link stays. */
static void through_a_link(void)
{
    nw_log_options options = {.time_format = ""};
    struct stat status;

    CHECK_SYS(mkdir("there", 0700));
    CHECK_SYS(symlink("there/file", "log"));
    open_log(&options);
    CHECK_EQ(nw_log(logger, "one"), 0);
    CHECK_EQ(nw_log_rotate(logger), 0);
    CHECK_EQ(nw_log(logger, "two"), 0);
    CHECK_EQ(nw_log_close(logger), 0);
    CHECK_SYS(lstat("log", &status));
    CHECK(S_ISLNK(status.st_mode));
    check_holds("there/file.1", "one\n");
    check_holds("there/file", "two\n");
    CHECK_EQ(nw_remove_tree("there"), 0);
    clean();
}

/* It cannot be moved: the error is told, once, and nothing is lost. */
static void failing(void)
{
    nw_log_options options = {.time_format = "", .rotate_bytes = 8, .keep = 1};
    nw_log_counters counters;

    CHECK_SYS(mkdir("log.1", 0700));
    open_log(&options);
    CHECK_EQ(nw_log(logger, "one"), 0);
    CHECK_EQ(nw_log_rotate(logger), -EISDIR);
    CHECK_EQ(nw_log(logger, "two"), 0);
    CHECK_EQ(nw_log(logger, "three"), 0);
    CHECK_EQ(nw_log_close_with(logger, &counters), 0); /* told, and not tried again so soon */
    CHECK_EQ(counters.rotations, 0);
    check_holds("log", "one\ntwo\nthree\n");

    open_log(&options);
    CHECK_EQ(nw_log(logger, "four"), 0);
    CHECK_EQ(nw_log_flush(logger), 0);
    CHECK_EQ(nw_log(logger, "five"), -EISDIR); /* accepted all the same */
    CHECK_EQ(nw_log_close(logger), 0);
    check_holds("log", "one\ntwo\nthree\nfour\nfive\n");
    CHECK_SYS(rmdir("log.1"));
    clean();
}

static int first(void *arg)
{
    (void)arg;
    by_size();
    on_demand();
    twice_at_once();
    with_others();
    by_age();
    gap_is_filled();
    through_a_link();
    failing();
    return 0;
}

int main(void)
{
    check_enter_folder();
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
