/* SPDX-License-Identifier: MIT */
/*
 * What may not be read comes with its error and the walk goes on; links are followed when asked, and one that
 * leads to a folder above it is -ELOOP; the root may be anything; nonsense is refused.
 */
#include "../support/runtime.h"
#include <grp.h>

struct expected {
    const char *path;
    int type;  /* S_IF... */
    int error; /* of the first time it comes */
    int again; /* the error with which it comes once more: its content could not be read */
    int seen;
};

static struct expected *table;
static size_t table_count;

static int visit(const nw_walk_entry *entry, void *arg)
{
    struct expected *row = NULL;

    (void)arg;
    for (size_t i = 0; i < table_count && !row; i++)
        row = strcmp(table[i].path, entry->path) == 0 ? &table[i] : NULL;
    if (!row)
        check_fail(__FILE__, __LINE__, "%s is not expected (%s)", entry->path, nw_strerror(entry->error));
    if (entry->type != (mode_t)row->type || entry->error != (row->seen ? row->again : row->error))
        check_fail(__FILE__, __LINE__, "%s: type %o, %s", entry->path, entry->type,
                   nw_strerror(entry->error));
    CHECK(++row->seen <= (row->again ? 2 : 1));
    CHECK(!entry->stat || !entry->error);
    if (entry->stat)
        CHECK_EQ(entry->stat->st_mode & S_IFMT, entry->type);
    return 0;
}

static void walk(const char *path, unsigned flags, struct expected *rows, size_t count)
{
    nw_walk_options options = {.flags = flags};
    table = rows;
    table_count = count;
    CHECK_EQ(nw_walk(&options, path, visit, NULL), 0);
    for (size_t i = 0; i < count; i++) {
        if (rows[i].seen != (rows[i].again ? 2 : 1))
            check_fail(__FILE__, __LINE__, "%s came %d times", rows[i].path, rows[i].seen);
        rows[i].seen = 0;
    }
}

#define WALK(path, flags, rows) walk(path, flags, rows, sizeof(rows) / sizeof *(rows))

static void make_tree(void)
{
    CHECK_SYS(mkdir("tree", 0755));
    CHECK_SYS(mkdir("tree/a", 0755));
    check_write_file("tree/a/file", "x", 1);
    CHECK_SYS(symlink("..", "tree/a/up"));
    CHECK_SYS(symlink(".", "tree/a/here"));
    CHECK_SYS(symlink("file", "tree/a/link"));
    CHECK_SYS(symlink("nowhere", "tree/dangling"));
    CHECK_SYS(symlink("itself", "tree/itself"));
    CHECK_SYS(symlink("../beside", "tree/other"));
    CHECK_SYS(mkdir("beside", 0755));
    check_write_file("beside/file", "x", 1);
}

static void links(void)
{
    struct expected physical[] = {
        {"tree", S_IFDIR, 0, 0, 0},          {"tree/a", S_IFDIR, 0, 0, 0},
        {"tree/a/file", S_IFREG, 0, 0, 0},   {"tree/a/up", S_IFLNK, 0, 0, 0},
        {"tree/a/here", S_IFLNK, 0, 0, 0},   {"tree/a/link", S_IFLNK, 0, 0, 0},
        {"tree/dangling", S_IFLNK, 0, 0, 0}, {"tree/itself", S_IFLNK, 0, 0, 0},
        {"tree/other", S_IFLNK, 0, 0, 0},
    };
    struct expected followed[] = {
        {"tree", S_IFDIR, 0, 0, 0},
        {"tree/a", S_IFDIR, 0, 0, 0},
        {"tree/a/file", S_IFREG, 0, 0, 0},
        {"tree/a/up", S_IFLNK, -ELOOP, 0, 0},
        {"tree/a/here", S_IFLNK, -ELOOP, 0, 0},
        {"tree/a/link", S_IFREG, 0, 0, 0},
        {"tree/dangling", S_IFLNK, 0, 0, 0},
        {"tree/itself", S_IFLNK, -ELOOP, 0, 0},
        {"tree/other", S_IFDIR, 0, 0, 0},
        {"tree/other/file", S_IFREG, 0, 0, 0},
    };
    struct expected link[] = {{"tree/other", S_IFLNK, 0, 0, 0}};
    struct expected through[] = {{"tree/other", S_IFDIR, 0, 0, 0}, {"tree/other/file", S_IFREG, 0, 0, 0}};
    struct expected slash[] = {{"tree/other/", S_IFDIR, 0, 0, 0}, {"tree/other/file", S_IFREG, 0, 0, 0}};
    struct expected dangling[] = {{"tree/dangling", S_IFLNK, 0, 0, 0}};

    for (unsigned flags = 0; flags < 8; flags++) {
        if (flags & NW_WALK_FOLLOW) {
            WALK("tree", flags, followed);
            WALK("tree/other", flags, through);
        } else {
            WALK("tree", flags, physical);
            WALK("tree/other", flags, link);
        }
        WALK("tree/dangling", flags, dangling);
        WALK("tree/other/", flags, slash);
    }
}

static void roots(void)
{
    struct expected file[] = {{"tree/a/file", S_IFREG, 0, 0, 0}};
    struct expected slashes[] = {{"beside//", S_IFDIR, 0, 0, 0}, {"beside//file", S_IFREG, 0, 0, 0}};
    struct expected dot[] = {{".", S_IFDIR, 0, 0, 0}, {"./file", S_IFREG, 0, 0, 0}};
    struct expected up[] = {{"../beside", S_IFDIR, 0, 0, 0}, {"../beside/file", S_IFREG, 0, 0, 0}};
    nw_walk_options odd = {.flags = 0x100}, later = {.reserved = {0, 1}};

    WALK("tree/a/file", 0, file);
    WALK("beside//", 0, slashes);
    CHECK_SYS(chdir("beside"));
    WALK(".", 0, dot);
    WALK("../beside", 0, up);
    CHECK_SYS(chdir(".."));
    CHECK_EQ(nw_walk(NULL, "", visit, NULL), -ENOENT);
    CHECK_EQ(nw_walk(NULL, "none", visit, NULL), -ENOENT);
    CHECK_EQ(nw_walk(NULL, "tree/a/file/", visit, NULL), -ENOTDIR);
    CHECK_EQ(nw_walk(NULL, NULL, visit, NULL), -EINVAL);
    CHECK_EQ(nw_walk(NULL, "tree", NULL, NULL), -EINVAL);
    CHECK_EQ(nw_walk(&odd, "tree", visit, NULL), -EINVAL);
    CHECK_EQ(nw_walk(&later, "tree", visit, NULL), -EINVAL);
}

/* As somebody to whom permissions apply. */
static void make_closed(void)
{
    CHECK_SYS(mkdir("closed", 0755));
    CHECK_SYS(mkdir("closed/secret", 0755));
    CHECK_SYS(mkdir("closed/listed", 0755));
    check_write_file("closed/secret/file", "x", 1);
    check_write_file("closed/listed/file", "x", 1);
    CHECK_SYS(mkdir("closed/open", 0755));
    check_write_file("closed/open/file", "x", 1);
    CHECK_SYS(chmod("closed/secret", 0));
    CHECK_SYS(chmod("closed/listed", 0444));
}

static void permissions(void)
{
    struct expected plain[] = {
        {"closed", S_IFDIR, 0, 0, 0},        {"closed/secret", S_IFDIR, 0, -EACCES, 0},
        {"closed/listed", S_IFDIR, 0, 0, 0}, {"closed/listed/file", S_IFREG, 0, 0, 0},
        {"closed/open", S_IFDIR, 0, 0, 0},   {"closed/open/file", S_IFREG, 0, 0, 0},
    };
    struct expected status[] = {
        {"closed", S_IFDIR, 0, 0, 0},        {"closed/secret", S_IFDIR, 0, -EACCES, 0},
        {"closed/listed", S_IFDIR, 0, 0, 0}, {"closed/listed/file", S_IFREG, -EACCES, 0, 0},
        {"closed/open", S_IFDIR, 0, 0, 0},   {"closed/open/file", S_IFREG, 0, 0, 0},
    };
    struct expected root[] = {{"closed/secret", S_IFDIR, 0, -EACCES, 0}};

    for (unsigned flags = 0; flags < 8; flags++) {
        if (flags & NW_WALK_STAT)
            WALK("closed", flags, status);
        else
            WALK("closed", flags, plain);
        WALK("closed/secret", flags, root);
    }
    CHECK_EQ(nw_walk(NULL, "closed/secret/file", visit, NULL), -EACCES);
}

static int first(void *arg)
{
    int open_before = check_open_fds();

    (void)arg;
    links();
    roots();
    permissions();
    CHECK_EQ(check_open_fds(), open_before);
    return 0;
}

int main(void)
{
    check_enter_folder();
    if (geteuid() == 0) {
        CHECK_SYS(chown(".", 65534, 65534));
        CHECK_SYS(setgroups(0, NULL));
        CHECK_SYS(setresgid(65534, 65534, 65534));
        CHECK_SYS(setresuid(65534, 65534, 65534));
    }
    make_tree();
    make_closed();
    CHECK_EQ(nw_run(first, NULL), 0);
    CHECK_SYS(chmod("closed/secret", 0700));
    CHECK_SYS(chmod("closed/listed", 0700));
    CHECK_EQ(nw_walk(NULL, "tree", visit, NULL), NW_ENOTASK);
    return 0;
}
