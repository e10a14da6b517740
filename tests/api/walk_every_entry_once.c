/* SPDX-License-Identifier: MIT */
/*
 * A walk comes to every entry once, each directory before what is in it, and last when it is left; with its
 * status when asked; in the order of the paths' bytes when asked; not below what is skipped or too deep.
 */
#include "../support/runtime.h"

#define DIRECTORIES 200
#define FILES       2000
#define ENTRIES     (1 + DIRECTORIES + FILES)

struct seen {
    char path[64];
    size_t length;
    mode_t type;
    int left;
};

static struct seen seen[ENTRIES + 1];
static int seen_count;
static const nw_walk_options *options;
static char directories[DIRECTORIES + 1][64] = {"tree"};

static void make_tree(void)
{
    char path[96];

    CHECK_SYS(mkdir("tree", 0700));
    for (unsigned i = 1; i <= DIRECTORIES; i++) {
        do {
            snprintf(path, sizeof path, "%s/%u", directories[random_below(i)], i);
        } while (strlen(path) >= sizeof directories[0]);
        memcpy(directories[i], path, sizeof directories[0]);
        CHECK_SYS(mkdir(path, 0700));
    }
    for (unsigned i = 0; i < FILES; i++) {
        snprintf(path, sizeof path, "%s/%u%s", directories[random_below(DIRECTORIES + 1)], i,
                 i % 2 ? ".file" : "-file");
        check_write_file(path, "12345", i % 6);
    }
}

static struct seen *find(const char *path, size_t length)
{
    for (int i = 0; i < seen_count; i++)
        if (seen[i].length == length && memcmp(seen[i].path, path, length) == 0)
            return &seen[i];
    return NULL;
}

static void check_status(const nw_walk_entry *entry)
{
    struct stat here, there;

    CHECK_EQ(!!entry->stat, (options->flags & NW_WALK_STAT) && !entry->leaving);
    CHECK_SYS(lstat(entry->path, &here));
    CHECK_EQ(entry->type, here.st_mode & S_IFMT);
    CHECK_SYS(fstatat(entry->directory_fd, entry->name, &there, AT_SYMLINK_NOFOLLOW));
    CHECK(here.st_dev == there.st_dev && here.st_ino == there.st_ino);
    if (entry->stat) {
        CHECK_EQ(entry->stat->st_ino, here.st_ino);
        CHECK_EQ(entry->stat->st_size, here.st_size);
    }
}

static unsigned slashes(const char *path)
{
    unsigned count = 0;

    for (; *path; path++)
        count += *path == '/';
    return count;
}

static int visit(const nw_walk_entry *entry, void *arg)
{
    const char *slash = strrchr(entry->path, '/');
    struct seen *known = find(entry->path, strlen(entry->path));
    struct seen *above = slash ? find(entry->path, (size_t)(slash - entry->path)) : NULL;

    CHECK(arg == seen);
    CHECK_EQ(entry->error, 0);
    CHECK_STR(entry->name, slash ? slash + 1 : entry->path);
    CHECK_EQ(entry->depth, slashes(entry->path));
    check_status(entry);
    CHECK(!slash || (above && !above->left));
    if (entry->leaving) {
        CHECK(known && S_ISDIR(known->type));
        CHECK_EQ(known->left++, 0);
        return 0;
    }
    CHECK(!known && seen_count <= ENTRIES);
    seen[seen_count].length = strlen(entry->path);
    snprintf(seen[seen_count].path, sizeof seen[0].path, "%s", entry->path);
    seen[seen_count++].type = entry->type;
    if (seen_count % 17 == 0)
        CHECK_EQ(nw_yield(), 0);
    return 0;
}

static void check_order(void)
{
    const char *before = "";

    for (int i = 0; i < seen_count; i++) {
        if (S_ISDIR(seen[i].type))
            continue;
        CHECK(strcmp(before, seen[i].path) < 0);
        before = seen[i].path;
    }
}

static void walk_all(unsigned flags, unsigned parallel)
{
    nw_walk_options with = {.flags = flags, .parallel = parallel};

    options = &with;
    seen_count = 0;
    memset(seen, 0, sizeof seen);
    CHECK_EQ(nw_walk(&with, "tree", visit, seen), 0);
    CHECK_EQ(seen_count, ENTRIES);
    for (int i = 0; i < seen_count; i++)
        CHECK_EQ(seen[i].left, flags & NW_WALK_LEAVING && S_ISDIR(seen[i].type));
    if (flags & NW_WALK_ORDERED)
        check_order();
}

static int visit_and_skip(const nw_walk_entry *entry, void *arg)
{
    struct stat status;

    ++*(int *)arg;
    CHECK(entry->depth <= 1);
    CHECK_SYS(fstatat(entry->directory_fd, entry->name, &status, AT_SYMLINK_NOFOLLOW));
    return entry->depth == 1 && S_ISDIR(entry->type) ? NW_WALK_SKIP : 0;
}

static int visit_shallow(const nw_walk_entry *entry, void *arg)
{
    (void)entry;
    ++*(int *)arg;
    return 0;
}

static void not_everywhere(void)
{
    nw_walk_options shallow = {.depth_max = 1};
    int skipping = 0, limited = 0;

    CHECK_EQ(nw_walk(NULL, "tree", visit_and_skip, &skipping), 0);
    CHECK_EQ(skipping, 1 + check_count_entries("tree"));
    CHECK_EQ(nw_walk(&shallow, "tree", visit_shallow, &limited), 0);
    CHECK_EQ(limited, skipping);
}

static int end_at(const nw_walk_entry *entry, void *arg)
{
    (void)entry;
    return --*(int *)arg == 0 ? -EDOM : 0;
}

static void ended_by_the_callback(void)
{
    for (int at = 1; at <= ENTRIES; at += 1 + at / 4) {
        nw_walk_options ordered = {.flags = NW_WALK_ORDERED | NW_WALK_LEAVING | NW_WALK_STAT};
        int left = at;
        CHECK_EQ(nw_walk(NULL, "tree", end_at, &left), -EDOM);
        left = at;
        CHECK_EQ(nw_walk(&ordered, "tree", end_at, &left), -EDOM);
    }
}

static int first(void *arg)
{
    int open_before = check_open_fds();

    (void)arg;
    for (unsigned flags = 0; flags < 0x20; flags++) {
        if (flags & NW_WALK_FOLLOW)
            continue;
        walk_all(flags, flags % 5);
    }
    walk_all(NW_WALK_LEAVING, 1);
    walk_all(NW_WALK_LEAVING, 1000);
    not_everywhere();
    ended_by_the_callback();
    CHECK_EQ(check_open_fds(), open_before);
    return 0;
}

int main(void)
{
    check_enter_folder();
    random_seed();
    make_tree();
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
