/* SPDX-License-Identifier: MIT */
/*
 * A tree 3,000 levels deep, with paths far beyond PATH_MAX, is walked with few descriptors and a small stack,
 * in every order; each entry can be reached through the descriptor that comes with it. A walk of as many
 * levels with names of 255 bytes.
 */
#include "../support/runtime.h"
#include <sys/resource.h>

static char long_name[256];

struct count {
    unsigned files;
    unsigned directories;
    unsigned left;
    size_t longest;
};

/* Each level has a file, and a directory of files that sorts behind the way down. */
static void make_deep(const char *name, int depth)
{
    int fd = CHECK_SYS(open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));

    for (int i = 0; i < depth; i++) {
        CHECK_SYS(mkdirat(fd, name, 0700));
        int next = CHECK_SYS(openat(fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        close(fd);
        fd = next;
        close(CHECK_SYS(openat(fd, "a file", O_WRONLY | O_CREAT | O_CLOEXEC, 0600)));
        if (i % 10 == 0) {
            CHECK_SYS(mkdirat(fd, "z", 0700));
            close(CHECK_SYS(openat(fd, "z/file", O_WRONLY | O_CREAT | O_CLOEXEC, 0600)));
        }
    }
    close(fd);
}

static int visit(const nw_walk_entry *entry, void *arg)
{
    struct count *count = arg;
    struct stat status;
    size_t length = strlen(entry->path);

    CHECK_EQ(entry->error, 0);
    CHECK_SYS(fstatat(entry->directory_fd, entry->name, &status, AT_SYMLINK_NOFOLLOW));
    CHECK_EQ(status.st_mode & S_IFMT, entry->type);
    if (entry->leaving)
        count->left++;
    else if (S_ISDIR(entry->type))
        count->directories++;
    else
        count->files++;
    if (length > count->longest)
        count->longest = length;
    return 0;
}

static void walk(const char *path, unsigned depth, unsigned flags)
{
    nw_walk_options options = {.flags = flags};
    struct count count = {0};

    CHECK_EQ(nw_walk(&options, path, visit, &count), 0);
    CHECK_EQ(count.directories, depth + depth / 10);
    CHECK_EQ(count.files, depth + depth / 10);
    CHECK_EQ(count.left, flags & NW_WALK_LEAVING ? count.directories : 0);
    CHECK_EQ(count.longest, depth * (strlen(path) + 1) - 1 + strlen("/a file"));
}

static void measure(const char *path, unsigned depth, unsigned flags)
{
    nw_usage_options options = {.flags = flags};
    nw_usage usage;

    CHECK_EQ(nw_disk_usage(&options, path, &usage), 0);
    CHECK_EQ(usage.directories, depth + depth / 10);
    CHECK_EQ(usage.files, depth + depth / 10);
}

static int first(void *arg)
{
    const unsigned depth = (unsigned)scaled(300) * 10;
    struct rlimit limit;
    int open_before = check_open_fds();

    (void)arg;
    CHECK_SYS(getrlimit(RLIMIT_NOFILE, &limit));
    limit.rlim_cur = 128;
    CHECK_SYS(setrlimit(RLIMIT_NOFILE, &limit));
    make_deep("deep", (int)depth);
    walk("deep", depth, 0);
    walk("deep", depth, NW_WALK_LEAVING | NW_WALK_STAT);
    walk("deep", depth, NW_WALK_ORDERED | NW_WALK_LEAVING);
    measure("deep", depth, 0);
    measure("deep", depth, NW_WALK_ORDERED);
    CHECK_EQ(nw_remove_tree("deep"), 0);
    make_deep(long_name, 1000);
    walk(long_name, 1000, NW_WALK_LEAVING);
    walk(long_name, 1000, NW_WALK_ORDERED);
    CHECK_EQ(nw_remove_tree(long_name), 0);
    CHECK_EQ(check_open_fds(), open_before);
    return 0;
}

int main(void)
{
    memset(long_name, 'n', 255);
    check_enter_folder();
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
