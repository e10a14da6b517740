/* SPDX-License-Identifier: MIT */
/*
 * nw_disk_usage: what is counted, once or by name, below links or not; who is told of what, and in which
 * order; what is refused. What du says of larger trees: tests/tool/du_matches_du.sh.
 */
#include "../support/runtime.h"
#include <grp.h>

struct told {
    char text[4096];
    int end_with;
};

static void make_tree(void)
{
    CHECK_SYS(mkdir("tree", 0755));
    CHECK_SYS(mkdir("tree/a", 0755));
    CHECK_SYS(mkdir("tree/a/b", 0755));
    CHECK_SYS(mkdir("tree/a-b", 0755));
    check_write_file("tree/one", "1", 1);
    check_write_file("tree/a/ten", "1234567890", 10);
    check_write_file("tree/a/b/three", "123", 3);
    check_write_file("tree/a-b/new\nline", "", 0);
    CHECK_SYS(link("tree/a/ten", "tree/a/b/again"));
    CHECK_SYS(symlink("12345", "tree/a/dangling"));
    CHECK_SYS(symlink("..", "tree/a/b/up"));
    CHECK_SYS(mkfifo("tree/a-b/fifo", 0600));
    CHECK_SYS(mkdir("beside", 0755));
    check_write_file("beside/file", "12", 2);
    CHECK_SYS(symlink("../../beside", "tree/a/other"));
}

static int64_t blocks_of(const char *path)
{
    struct stat status;

    CHECK_SYS(lstat(path, &status));
    return (int64_t)status.st_blocks * 512;
}

static nw_usage measure(const char *path, unsigned flags)
{
    nw_usage_options options = {.flags = flags};
    nw_usage usage;

    CHECK_EQ(nw_disk_usage(&options, path, &usage), 0);
    CHECK_EQ(usage.errors, 0);
    return usage;
}

static void sums(void)
{
    const int64_t directories =
        blocks_of("tree") + blocks_of("tree/a") + blocks_of("tree/a/b") + blocks_of("tree/a-b");
    const int64_t files = blocks_of("tree/one") + blocks_of("tree/a/ten") + blocks_of("tree/a/b/three") +
                          blocks_of("tree/a-b/new\nline") + blocks_of("tree/a/dangling") +
                          blocks_of("tree/a/b/up") + blocks_of("tree/a-b/fifo") + blocks_of("tree/a/other");

    for (unsigned order = 0; order <= NW_WALK_ORDERED; order += NW_WALK_ORDERED) {
        nw_usage usage = measure("tree", order);
        CHECK_EQ(usage.apparent_bytes, 1 + 10 + 3 + 5 + 2 + 12); /* files, and the texts of links */
        CHECK_EQ(usage.allocated_bytes, directories + files);
        CHECK_EQ(usage.files, 8);
        CHECK_EQ(usage.directories, 4);

        usage = measure("tree", order | NW_USAGE_LINKS);
        CHECK_EQ(usage.apparent_bytes, 10 + 1 + 10 + 3 + 5 + 2 + 12);
        CHECK_EQ(usage.allocated_bytes, directories + files + blocks_of("tree/a/ten"));
        CHECK_EQ(usage.files, 9);

        usage = measure("tree", order | NW_WALK_FOLLOW); /* "up" leads to what was counted */
        CHECK_EQ(usage.apparent_bytes, 1 + 10 + 3 + 5 + 2);
        CHECK_EQ(usage.directories, 5);
        CHECK_EQ(usage.files, 7);
        CHECK_EQ(measure("tree", order | NW_WALK_ONE_FILE_SYSTEM).files, 8);
    }
}

static void roots(void)
{
    nw_usage usage = measure("tree/a/ten", 0);

    CHECK_EQ(usage.apparent_bytes, 10);
    CHECK_EQ(usage.allocated_bytes, blocks_of("tree/a/ten"));
    CHECK_EQ(usage.files, 1);
    CHECK_EQ(usage.directories, 0);
    CHECK_EQ(measure("tree/a/other", 0).apparent_bytes, 12);
    CHECK_EQ(measure("tree/a/other/", 0).apparent_bytes, 2);
    CHECK_EQ(measure("tree/a/other", NW_WALK_FOLLOW).apparent_bytes, 2);
    CHECK_EQ(measure("tree/a/dangling", NW_WALK_FOLLOW).apparent_bytes, 5);
    CHECK_EQ(measure("beside//", 0).directories, 1);
}

static void sparse(void)
{
    int fd = CHECK_SYS(open("sparse", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    CHECK_SYS(ftruncate(fd, INT64_C(5) << 30));
    close(fd);
    nw_usage usage = measure("sparse", 0);
    CHECK_EQ(usage.apparent_bytes, INT64_C(5) << 30);
    CHECK_EQ(usage.allocated_bytes, blocks_of("sparse"));
}

/* -- telling -- */

static void append(struct told *told, const char *kind, const char *path, int64_t number)
{
    size_t length = strlen(told->text);

    snprintf(told->text + length, sizeof told->text - length, "%s %s %" PRId64 "\n", kind, path, number);
}

static int on_directory(const char *path, unsigned depth, const nw_usage *usage, void *arg)
{
    struct told *told = arg;

    append(told, depth ? "directory" : "root", path, usage->apparent_bytes);
    CHECK(nw_yield() == 0);
    return told->end_with;
}

static int on_file(const char *path, unsigned depth, const nw_usage *usage, void *arg)
{
    CHECK(depth > 0 && usage->files == 1 && usage->directories == 0);
    append(arg, "file", path, usage->apparent_bytes);
    return 0;
}

static int on_error(const char *path, int error, void *arg)
{
    struct told *told = arg;

    append(told, "error", path, error);
    return told->end_with;
}

static void in_order(void)
{
    struct told told = {.text = ""};
    nw_usage_options options = {.flags = NW_WALK_ORDERED | NW_USAGE_LINKS,
                                .on_directory = on_directory,
                                .on_file = on_file,
                                .on_error = on_error,
                                .arg = &told};
    nw_usage usage;

    CHECK_EQ(nw_disk_usage(&options, "tree", &usage), 0);
    CHECK_STR(told.text, "file tree/one 1\n"
                         "file tree/a/dangling 5\n"
                         "file tree/a/other 12\n"
                         "file tree/a/ten 10\n"
                         "file tree/a/b/again 10\n"
                         "file tree/a/b/three 3\n"
                         "file tree/a/b/up 2\n"
                         "directory tree/a/b 15\n"
                         "directory tree/a 42\n"
                         "file tree/a-b/fifo 0\n"
                         "file tree/a-b/new\nline 0\n"
                         "directory tree/a-b 0\n"
                         "root tree 43\n");
    told = (struct told){.end_with = -EDOM};
    usage.files = 1234;
    CHECK_EQ(nw_disk_usage(&options, "tree", &usage), -EDOM);
    CHECK_EQ(usage.files, 1234);
}

static void errors(void)
{
    struct told told = {.text = ""};
    nw_usage_options options = {.on_error = on_error, .arg = &told};
    nw_usage usage;
    char expected[64];

    CHECK_SYS(mkdir("closed", 0755));
    CHECK_SYS(mkdir("closed/secret", 0755));
    check_write_file("closed/secret/file", "12", 2);
    CHECK_SYS(mkdir("closed/listed", 0755));
    check_write_file("closed/listed/file", "1", 1);
    CHECK_SYS(chmod("closed/secret", 0));
    CHECK_EQ(nw_disk_usage(&options, "closed", &usage), 0);
    snprintf(expected, sizeof expected, "error closed/secret %d\n", -EACCES);
    CHECK_STR(told.text, expected);
    CHECK_EQ(usage.errors, 1);
    CHECK_EQ(usage.apparent_bytes, 1);
    CHECK_EQ(usage.directories, 3); /* as du, which knows of it from its parent */
    CHECK_EQ(usage.allocated_bytes, blocks_of("closed") + blocks_of("closed/secret") +
                                        blocks_of("closed/listed") + blocks_of("closed/listed/file"));

    CHECK_SYS(chmod("closed/listed", 0444));
    CHECK_EQ(nw_disk_usage(NULL, "closed", &usage), 0);
    CHECK_EQ(usage.errors, 2);
    told.text[0] = '\0';
    CHECK_EQ(nw_disk_usage(&options, "closed/secret", &usage), 0);
    CHECK_STR(told.text, expected);
    told.end_with = -EDOM;
    CHECK_EQ(nw_disk_usage(&options, "closed", &usage), -EDOM);
    CHECK_SYS(chmod("closed/secret", 0700));
    CHECK_SYS(chmod("closed/listed", 0700));
}

static void refused(void)
{
    nw_usage_options odd = {.flags = NW_WALK_STAT}, later = {.reserved = {1}};
    nw_usage usage;

    CHECK_EQ(nw_disk_usage(NULL, "none", &usage), -ENOENT);
    CHECK_EQ(nw_disk_usage(NULL, "", &usage), -ENOENT);
    CHECK_EQ(nw_disk_usage(NULL, "tree/one/", &usage), -ENOTDIR);
    CHECK_EQ(nw_disk_usage(NULL, NULL, &usage), -EINVAL);
    CHECK_EQ(nw_disk_usage(NULL, "tree", NULL), -EINVAL);
    CHECK_EQ(nw_disk_usage(&odd, "tree", &usage), -EINVAL);
    CHECK_EQ(nw_disk_usage(&later, "tree", &usage), -EINVAL);
}

static int first(void *arg)
{
    int open_before = check_open_fds();

    (void)arg;
    sums();
    roots();
    sparse();
    in_order();
    errors();
    refused();
    CHECK_EQ(check_open_fds(), open_before);
    return 0;
}

int main(void)
{
    check_enter_folder();
    if (geteuid() == 0) { /* permissions apply to others only */
        CHECK_SYS(chown(".", 65534, 65534));
        CHECK_SYS(setgroups(0, NULL));
        CHECK_SYS(setresgid(65534, 65534, 65534));
        CHECK_SYS(setresuid(65534, 65534, 65534));
    }
    make_tree();
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
