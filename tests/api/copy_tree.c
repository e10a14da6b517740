/* SPDX-License-Identifier: MIT */
/*
 * nw_copy_tree: entries of every kind, modes, times, attributes, hard links, holes; merging, keeping,
 * updating; a read-only folder; a tree deeper than any path, with few descriptors; what it refuses; errors
 * are told and the rest is copied.
 *
 * ctest: cost=4
 */
#include "check.h"
#include <nowait.h>
#include <sys/resource.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#define DEPTH 3000
#define WIDTH 1500 /* names of more than one getdents64(2) */

static const nw_copy_options all = {.flags = NW_COPY_ALL};

static void set_times(const char *path, time_t seconds)
{
    const struct timespec times[2] = {{seconds, 111}, {seconds + 1, 222}};

    CHECK_SYS(utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW));
}

static struct stat stat_of(const char *path)
{
    struct stat status;

    if (lstat(path, &status) < 0)
        check_fail(__FILE__, __LINE__, "%s: %s", path, strerror(errno));
    return status;
}

static void same_times(const char *a, const char *b)
{
    struct stat x = stat_of(a), y = stat_of(b);

    CHECK_EQ(y.st_mtim.tv_sec, x.st_mtim.tv_sec);
    CHECK_EQ(y.st_mtim.tv_nsec, x.st_mtim.tv_nsec);
    CHECK_EQ(y.st_mode, x.st_mode);
}

static void link_leads_to(const char *path, const char *expected)
{
    char target[PATH_MAX] = "";

    CHECK(readlink(path, target, sizeof target - 1) > 0);
    CHECK_STR(target, expected);
}

static void remove_all(const char *path)
{
    CHECK_EQ(nw_remove_tree(path), 0);
}

/* -- entries of every kind -- */

static void make_kinds(void)
{
    int fd;

    CHECK_SYS(mkdir("kinds", 0755));
    CHECK_SYS(mkdir("kinds/sub", 0711));
    CHECK_SYS(mkdir("kinds/empty", 01777));
    check_write_file("kinds/file", "content", 7);
    check_write_file("kinds/sub/\xff\n name", "odd", 3);
    check_write_file("kinds/none", "", 0);
    CHECK_SYS(chmod("kinds/sub/\xff\n name", 04751));
    CHECK_SYS(symlink("nowhere/at all", "kinds/link"));
    CHECK_SYS(mkfifo("kinds/fifo", 0640));
    CHECK_SYS(link("kinds/file", "kinds/sub/other name"));
    CHECK_SYS(link("kinds/fifo", "kinds/sub/fifo"));
    fd = CHECK_SYS(open("kinds/sparse", O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    CHECK_EQ(pwrite(fd, "middle", 6, 1 << 30), 6);
    CHECK_SYS(ftruncate(fd, (off_t)5 << 30));
    close(fd);
    if (setxattr("kinds/file", "user.test", "value", 5, 0) < 0)
        CHECK_EQ(errno, ENOTSUP);
    CHECK_SYS(setxattr("kinds/sub", "user.folder", "", 0, 0) < 0 && errno != ENOTSUP ? -1 : 0);
    set_times("kinds/link", 1000);
    set_times("kinds/file", 2000);
    set_times("kinds/fifo", 2500);
    set_times("kinds/sub", 3000);
    set_times("kinds", 4000);
}

static void kinds(void)
{
    char value[16];

    make_kinds();
    CHECK_EQ(nw_copy_tree(&all, "kinds", "copy"), 0);
    same_times("kinds", "copy");
    same_times("kinds/sub", "copy/sub");
    same_times("kinds/empty", "copy/empty");
    same_times("kinds/file", "copy/file");
    same_times("kinds/fifo", "copy/fifo");
    same_times("kinds/link", "copy/link");
    same_times("kinds/sub/\xff\n name", "copy/sub/\xff\n name");
    link_leads_to("copy/link", "nowhere/at all");
    check_file_holds("copy/file", "content", 7);
    check_file_holds("copy/none", "", 0);
    CHECK_EQ(stat_of("copy/file").st_ino, stat_of("copy/sub/other name").st_ino);
    CHECK_EQ(stat_of("copy/fifo").st_ino, stat_of("copy/sub/fifo").st_ino);
    CHECK(S_ISFIFO(stat_of("copy/fifo").st_mode));
    CHECK_EQ(stat_of("copy/sparse").st_size, (off_t)5 << 30);
    CHECK(stat_of("copy/sparse").st_blocks <= stat_of("kinds/sparse").st_blocks + 64);
    CHECK_EQ(check_count_entries("copy"), 7);
    CHECK_EQ(check_count_entries("copy/sub"), 3);
    if (getxattr("kinds/file", "user.test", value, sizeof value) == 5) {
        CHECK_EQ(getxattr("copy/file", "user.test", value, sizeof value), 5);
        CHECK_MEM(value, "value", 5);
        CHECK_EQ(getxattr("copy/sub", "user.folder", value, sizeof value), 0);
    }
    remove_all("copy");
    CHECK_EQ(nw_copy_tree(NULL, "kinds", "copy"), 0); /* names of one file become files */
    CHECK(stat_of("copy/file").st_ino != stat_of("copy/sub/other name").st_ino);
    CHECK(stat_of("copy/file").st_mtim.tv_sec != 2001);
    remove_all("copy");
}

/* Lanes meet names of one file at the same time: none is forgotten, none is a file of its own. */
static void many_names(void)
{
    char path[64];

    CHECK_SYS(mkdir("from", 0755));
    check_write_file("from/first", "content", 7);
    for (int i = 0; i < 6; i++) {
        snprintf(path, sizeof path, "from/%d", i);
        CHECK_SYS(mkdir(path, 0755));
        snprintf(path, sizeof path, "from/%d/name", i);
        CHECK_SYS(link("from/first", path));
    }
    for (int round = 0; round < 200; round++) {
        CHECK_EQ(nw_copy_tree(&all, "from", "to"), 0);
        CHECK_EQ(stat_of("to/first").st_nlink, 7);
        if (round % 2)
            remove_all("to");
    }
    remove_all("from");
}

/* -- what is there already -- */

static void merging(void)
{
    nw_copy_options options = {0};

    CHECK_SYS(mkdir("from", 0755));
    CHECK_SYS(mkdir("from/both", 0755));
    check_write_file("from/both/file", "new", 3);
    check_write_file("from/both/was link", "new", 3);
    CHECK_SYS(symlink("file", "from/both/was file"));
    CHECK_SYS(mkdir("to", 0755));
    CHECK_SYS(mkdir("to/both", 0755));
    check_write_file("to/both/file", "older and longer", 16);
    check_write_file("to/both/was file", "x", 1);
    check_write_file("to/outside", "kept", 4);
    CHECK_SYS(symlink("../outside", "to/both/was link"));
    set_times("to/both/file", 2000000000);

    options.flags = NW_COPY_EXCL;
    CHECK_EQ(nw_copy_tree(&options, "from", "to"), -EEXIST);
    options.flags = NW_COPY_KEEP;
    CHECK_EQ(nw_copy_tree(&options, "from", "to"), 0);
    check_file_holds("to/both/file", "older and longer", 16);
    link_leads_to("to/both/was link", "../outside");
    options.flags = NW_COPY_UPDATE;
    CHECK_EQ(nw_copy_tree(&options, "from", "to"), 0);
    check_file_holds("to/both/file", "older and longer", 16); /* it is from the future */
    CHECK_EQ(nw_copy_tree(NULL, "from", "to"), 0);
    check_file_holds("to/both/file", "new", 3);
    link_leads_to("to/both/was file", "file");
    CHECK(S_ISREG(stat_of("to/both/was link").st_mode)); /* not written through */
    check_file_holds("to/outside", "kept", 4);

    remove_all("from/both/file");
    CHECK_SYS(mkdir("from/both/file", 0700));
    CHECK_EQ(nw_copy_tree(NULL, "from", "to"), -ENOTDIR);
    check_file_holds("to/both/file", "new", 3);
    remove_all("to/both/was file");
    CHECK_SYS(mkdir("to/both/was file", 0700));
    remove_all("from/both/file");
    CHECK_EQ(nw_copy_tree(NULL, "from", "to"), -EISDIR);
    remove_all("from");
    remove_all("to");
}

/* A folder swapped for a link before it is come to: not entered, on either side. */
static void links_at_the_target(void)
{
    CHECK_SYS(mkdir("from", 0755));
    CHECK_SYS(mkdir("from/sub", 0755));
    check_write_file("from/sub/file", "x", 1);
    CHECK_SYS(mkdir("to", 0755));
    CHECK_SYS(mkdir("victim", 0755));
    CHECK_SYS(symlink("../victim", "to/sub"));
    CHECK_EQ(nw_copy_tree(NULL, "from", "to"), -ENOTDIR);
    CHECK_EQ(check_count_entries("victim"), 0);
    CHECK_SYS(symlink("victim", "root"));
    CHECK_EQ(nw_copy_tree(NULL, "from", "root"), -ENOTDIR);
    CHECK_EQ(check_count_entries("victim"), 0);
    CHECK_EQ(nw_copy_tree(NULL, "root", "copied link"), 0);
    link_leads_to("copied link", "victim");
    CHECK_SYS(unlink("root"));
    CHECK_SYS(unlink("copied link"));
    remove_all("from");
    remove_all("to");
    remove_all("victim");
}

static void read_only_folder(void)
{
    CHECK_SYS(mkdir("from", 0755));
    CHECK_SYS(mkdir("from/closed", 0755));
    CHECK_SYS(mkdir("from/closed/sub", 0755));
    check_write_file("from/closed/sub/file", "x", 1);
    CHECK_SYS(chmod("from/closed/sub", 0500));
    CHECK_SYS(chmod("from/closed", 0500));
    CHECK_EQ(nw_copy_tree(NULL, "from", "to"), 0);
    check_file_holds("to/closed/sub/file", "x", 1);
    CHECK_EQ(stat_of("to/closed").st_mode & 07777, 0500);
    CHECK_SYS(chmod("from/closed", 0700));
    CHECK_SYS(chmod("to/closed", 0700));
    CHECK_SYS(chmod("from/closed/sub", 0700));
    CHECK_SYS(chmod("to/closed/sub", 0700));
    remove_all("from");
    remove_all("to");
}

static void modes_of_new_files(void)
{
    const nw_copy_options options = {.flags = NW_COPY_UMASK};
    mode_t before = umask(027);

    CHECK_SYS(mkdir("from", 0700));
    check_write_file("from/file", "x", 1);
    check_write_file("from/there", "x", 1);
    CHECK_SYS(chmod("from/file", 06777));
    CHECK_SYS(chmod("from", 0557));
    CHECK_SYS(mkdir("to", 0701));
    check_write_file("to/there", "y", 1);
    CHECK_SYS(chmod("to/there", 0604));
    CHECK_EQ(nw_copy_tree(&options, "from", "to"), 0);
    CHECK_EQ(stat_of("to").st_mode & 07777, 0700);
    CHECK_EQ(stat_of("to/there").st_mode & 07777, 0604);
    CHECK_EQ(stat_of("to/file").st_mode & 07777, 0750);
    CHECK_EQ(nw_copy_tree(&options, "from", "new"), 0);
    CHECK_EQ(stat_of("new").st_mode & 07777, 0550);
    umask(before);
    CHECK_SYS(chmod("from", 0700));
    CHECK_SYS(chmod("new", 0700));
    remove_all("from");
    remove_all("to");
    remove_all("new");
}

/* -- roots that are no folders -- */

static void single_entries(void)
{
    check_write_file("one", "one", 3);
    CHECK_EQ(nw_copy_tree(NULL, "one", "two"), 0);
    check_file_holds("two", "one", 3);
    CHECK_EQ(nw_copy_tree(&(nw_copy_options){.flags = NW_COPY_EXCL}, "one", "two"), -EEXIST);
    CHECK_EQ(nw_copy_tree(NULL, "one", "one"), -EINVAL);
    check_file_holds("one", "one", 3);
    CHECK_SYS(symlink("one", "link"));
    CHECK_EQ(nw_copy_tree(NULL, "link", "two"), 0);
    link_leads_to("two", "one");
    CHECK_EQ(nw_copy_tree(NULL, "link", "link"), -EINVAL);
    CHECK_EQ(nw_copy_tree(NULL, "none", "x"), -ENOENT);
    CHECK_EQ(nw_copy_tree(NULL, "", "x"), -ENOENT);
    CHECK_EQ(nw_copy_tree(NULL, "one", "none/x"), -ENOENT);
    CHECK_EQ(nw_copy_tree(NULL, NULL, "x"), -EINVAL);
    CHECK_EQ(nw_copy_tree(&(nw_copy_options){.flags = 0x8000000}, "one", "x"), -EINVAL);
    CHECK_EQ(nw_copy_tree(&(nw_copy_options){.reserved = {1}}, "one", "x"), -EINVAL);
    CHECK_SYS(unlink("one"));
    CHECK_SYS(unlink("two"));
    CHECK_SYS(unlink("link"));
}

static void into_itself(void)
{
    CHECK_SYS(mkdir("from", 0755));
    CHECK_SYS(mkdir("from/sub", 0755));
    CHECK_SYS(symlink("from/sub", "way"));
    CHECK_EQ(nw_copy_tree(NULL, "from", "from"), -EINVAL);
    CHECK_EQ(nw_copy_tree(NULL, "from", "from/copy"), -EINVAL);
    CHECK_EQ(nw_copy_tree(NULL, "from", "from/sub/copy"), -EINVAL);
    CHECK_EQ(nw_copy_tree(NULL, "from", "way/copy"), -EINVAL);
    CHECK_EQ(nw_copy_tree(NULL, "from", "from/../from/sub/copy"), -EINVAL);
    CHECK_EQ(check_count_entries("from"), 1);
    CHECK_EQ(check_count_entries("from/sub"), 0);
    CHECK_EQ(nw_copy_tree(NULL, "from", "from2"), 0);
    CHECK_SYS(unlink("way"));
    remove_all("from");
    remove_all("from2");
}

/* A link does not take the place of the file that it leads to: nothing else has that content. */
static void onto_what_it_leads_to(void)
{
    char data[8], link[8];

    CHECK_SYS(mkdir("from", 0755));
    CHECK_SYS(mkdir("to", 0755));
    check_write_file("to/file", "only", 4);
    check_write_file("to/other", "other", 5);
    CHECK_SYS(symlink("../to/file", "from/file"));
    CHECK_SYS(symlink("../to/file", "from/other"));
    CHECK_SYS(symlink("to/file", "way"));
    CHECK_EQ(nw_copy_tree(NULL, "way", "to/file"), -EINVAL);
    CHECK_EQ(nw_copy_tree(NULL, "from", "to"), -EINVAL);
    int fd = CHECK_SYS(open("to/file", O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
    CHECK_EQ(read(fd, data, sizeof data), 4);
    CHECK_SYS(close(fd));
    CHECK_EQ(nw_copy_tree(&(nw_copy_options){.flags = NW_COPY_KEEP}, "way", "to/file"), 0);
    CHECK_SYS(symlink("to/file", "again"));
    CHECK_EQ(nw_copy_tree(NULL, "way", "again"), 0); /* a link may be replaced by its like */
    CHECK_EQ(readlink("again", link, sizeof link), 7);
    CHECK_EQ(readlink("to/other", link, sizeof link), 8);
    CHECK_SYS(unlink("way"));
    CHECK_SYS(unlink("again"));
    remove_all("from");
    remove_all("to");
}

/* -- depth -- */

static void make_deep(void)
{
    int fd = CHECK_SYS(open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));

    for (int i = 0; i < DEPTH; i++) {
        CHECK_SYS(mkdirat(fd, "deep", 0700));
        int next = CHECK_SYS(openat(fd, "deep", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        close(CHECK_SYS(openat(next, "file", O_WRONLY | O_CREAT | O_CLOEXEC, 0600)));
        CHECK_SYS(mkdirat(next, "after", 0700));
        close(CHECK_SYS(openat(next, "after/file", O_WRONLY | O_CREAT | O_CLOEXEC, 0600)));
        close(fd);
        fd = next;
    }
    close(fd);
}

/* The folder at the top is closed while the walk is far below, and read on when it comes back. */
static void make_top_wide(void)
{
    char name[64];

    for (int i = 0; i < WIDTH; i++) {
        snprintf(name, sizeof name, "deep/a name that is rather long %d", i);
        check_write_file(name, "", 0);
    }
}

static int depth_of_copy(void)
{
    int fd = CHECK_SYS(open("copy", O_RDONLY | O_DIRECTORY | O_CLOEXEC)), next, depth = 1;

    while ((next = openat(fd, "deep", O_RDONLY | O_DIRECTORY | O_CLOEXEC)) >= 0) {
        CHECK_SYS(faccessat(next, "file", F_OK, 0));
        CHECK_SYS(faccessat(next, "after/file", F_OK, 0));
        close(fd);
        fd = next;
        depth++;
    }
    close(fd);
    return depth;
}

static void deep(void)
{
    struct rlimit before, limit;

    make_deep();
    make_top_wide();
    CHECK_SYS(getrlimit(RLIMIT_NOFILE, &before));
    limit = before;
    limit.rlim_cur = 64;
    CHECK_SYS(setrlimit(RLIMIT_NOFILE, &limit));
    CHECK_EQ(nw_copy_tree(&all, "deep", "copy"), 0);
    CHECK_EQ(depth_of_copy(), DEPTH);
    CHECK_EQ(check_count_entries("copy"), WIDTH + 3);
    CHECK_SYS(setrlimit(RLIMIT_NOFILE, &before));
    remove_all("deep");
    remove_all("copy");
}

/* -- callbacks -- */

struct told {
    int errors, entries, last_error;
    char last_path[64];
    uint64_t done, total;
    int answer;
};

static int on_error(const char *path, int error, void *arg)
{
    struct told *told = arg;

    told->errors++;
    told->last_error = error;
    snprintf(told->last_path, sizeof told->last_path, "%s", path);
    return told->answer;
}

static int on_entry(const char *from, const char *to, void *arg)
{
    struct told *told = arg;

    CHECK(strncmp(from, "from", 4) == 0);
    CHECK(strncmp(to, "to", 2) == 0);
    CHECK_STR(from + 4, to + 2);
    told->entries++;
    return nw_yield();
}

static int on_progress(uint64_t done, uint64_t total, void *arg)
{
    struct told *told = arg;

    CHECK(done >= told->done);
    CHECK(total == 0 || done <= total);
    told->done = done;
    told->total = total;
    return 0;
}

static void told_of_everything(void)
{
    struct told told = {0};
    const nw_copy_options options = {.on_error = on_error,
                                     .on_entry = on_entry,
                                     .progress = {on_progress, &told},
                                     .parallel = 3,
                                     .arg = &told};

    CHECK_SYS(mkdir("from", 0755));
    CHECK_SYS(mkdir("from/sub", 0755));
    check_write_file("from/a", "123", 3);
    check_write_file("from/sub/b", "12345", 5);
    check_write_file("from/sub/in the way", "1", 1);
    CHECK_SYS(mkdir("to", 0755));
    CHECK_SYS(mkdir("to/sub", 0755));
    CHECK_SYS(mkdir("to/sub/in the way", 0755));
    CHECK_EQ(nw_copy_tree(&options, "from", "to"), -EISDIR);
    CHECK_EQ(told.errors, 1);
    CHECK_EQ(told.last_error, -EISDIR);
    CHECK_STR(told.last_path, "from/sub/in the way");
    CHECK_EQ(told.entries, 4); /* with both folders */
    CHECK_EQ(told.done, 8);
    check_file_holds("to/sub/b", "12345", 5);
    told = (struct told){.answer = -EOWNERDEAD};
    CHECK_EQ(nw_copy_tree(&options, "from", "to"), -EOWNERDEAD);
    remove_all("from");
    remove_all("to");
}

static int first(void *arg)
{
    int open_before = check_open_fds();

    (void)arg;
    kinds();
    many_names();
    merging();
    links_at_the_target();
    read_only_folder();
    modes_of_new_files();
    single_entries();
    into_itself();
    onto_what_it_leads_to();
    deep();
    told_of_everything();
    CHECK_EQ(check_count_entries("."), 1);
    CHECK_EQ(check_open_fds(), open_before);
    return 0;
}

int main(void)
{
    check_enter_folder();
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
