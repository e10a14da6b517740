/* SPDX-License-Identifier: MIT */
/*
 * Thousands of random operations in a tree that is watched: made, written, renamed across folders, moved in
 * and out, chains of folders quickly filled, removed. What is told, applied in its order to a list of names,
 * gives the names that are there; nothing is told twice, and nothing that was not there as gone.
 *
 * ctest: timeout=120
 */
#define _GNU_SOURCE
#include "../support/runtime.h"

#define DEPTH  5
#define ROUNDS 60

/* -- what was told -- */

struct name {
    char *path;
    bool directory;
};

static struct name *names;
static bool
    replaces; /* renames may replace something: a file that comes out of a new folder is told as new */
static size_t name_count, name_capacity;
static char history[1 << 16];
static size_t history_at;

static struct name *find(const char *path)
{
    for (size_t i = 0; i < name_count; i++)
        if (strcmp(names[i].path, path) == 0)
            return &names[i];
    return NULL;
}

/* What was told last, for a test that fails. */
static void note(const nw_watch_event *event)
{
    if (history_at > sizeof history - 1024) {
        memmove(history, history + sizeof history / 2, sizeof history / 2);
        history_at -= sizeof history / 2;
    }
    history_at += (size_t)snprintf(history + history_at, 1024, "%02x%s %s %s\n", event->kinds,
                                   event->directory ? "/" : "", event->path, event->from ? event->from : "");
}

__attribute__((noreturn)) static void wrong(const char *what, const char *path)
{
    history[history_at] = '\0';
    fprintf(stderr, "%s\n", history);
    check_fail(__FILE__, __LINE__, "%s: %s", what, path);
}

static void add(const char *path, bool directory)
{
    if (name_count == name_capacity) {
        name_capacity = name_capacity * 2 + 64;
        names = realloc(names, name_capacity * sizeof *names);
        CHECK(names);
    }
    names[name_count].directory = directory;
    names[name_count].path = strdup(path);
    CHECK(names[name_count++].path);
}

static bool below(const char *path, const char *top)
{
    size_t bytes = strlen(top);

    return strncmp(path, top, bytes) == 0 && (path[bytes] == '/' || path[bytes] == '\0');
}

static void drop(const char *path)
{
    for (size_t i = name_count; i-- > 0;) {
        if (!below(names[i].path, path))
            continue;
        free(names[i].path);
        names[i] = names[--name_count];
    }
}

static void move(const char *from, const char *to)
{
    size_t bytes = strlen(from);

    if (!find(from))
        wrong("moved, but was not there", from);
    drop(to);
    for (size_t i = 0; i < name_count; i++) {
        char *path;
        if (!below(names[i].path, from))
            continue;
        CHECK(asprintf(&path, "%s%s", to, names[i].path + bytes) > 0);
        free(names[i].path);
        names[i].path = path;
    }
}

/* Returns: whether it was the last. */
static bool apply(const nw_watch_event *event)
{
    note(event);
    if (event->kinds & (NW_WATCH_OVERFLOW | NW_WATCH_GONE))
        wrong("overflow, or gone", event->path);
    if (event->kinds & NW_WATCH_MOVED)
        move(event->from, event->path);
    if (event->kinds & NW_WATCH_CREATED) {
        if (find(event->path) && !replaces)
            wrong("told as new twice", event->path);
        drop(event->path);
        add(event->path, event->directory);
    }
    if (strcmp(event->path, "tree") == 0)
        return false;
    if (!find(event->path))
        wrong("told of, but not there", event->path);
    if (find(event->path)->directory != event->directory)
        wrong("is it a directory?", event->path);
    if (event->kinds & NW_WATCH_DELETED)
        drop(event->path);
    return strcmp(event->path, "tree/marker") == 0;
}

/* -- what is done -- */

static void random_path(const char *top, char *path)
{
    int depth = 1 + (int)random_below(DEPTH);

    path += sprintf(path, "%s", top);
    for (int i = 0; i < depth; i++)
        path += sprintf(path, "/%c", (char)('a' + (int)random_below(5)));
}

static void make_file(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    if (fd < 0)
        return;
    CHECK_EQ(write(fd, "x", 1), 1);
    close(fd);
}

/* mkdir -p, and at once something in each. */
static void make_chain(char *path)
{
    for (char *slash = strchr(path + 5, '/'); slash; slash = strchr(slash + 1, '/')) {
        char file[PATH_MAX + 2];
        *slash = '\0';
        mkdir(path, 0700);
        snprintf(file, sizeof file, "%s/%c", path, (char)('a' + (int)random_below(5)));
        if (random_below(2))
            make_file(file);
        *slash = '/';
    }
    make_file(path);
}

static void remove_tree(const char *path)
{
    nftw(path, check_remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static void operate(void)
{
    char path[PATH_MAX], other[PATH_MAX];

    random_path("tree", path);
    random_path("tree", other);
    switch (random_below(12)) {
    case 0:
    case 1:
        make_file(path);
        break;
    case 2:
        mkdir(path, 0700);
        break;
    case 3:
    case 4:
        make_chain(path);
        break;
    case 5:
        unlink(path);
        break;
    case 6:
        rmdir(path);
        break;
    case 7:
    case 8:
        renameat2(AT_FDCWD, path, AT_FDCWD, other, replaces ? 0 : RENAME_NOREPLACE);
        break;
    case 9: /* out, or in */
        snprintf(other, sizeof other, "outside/%c", (char)('a' + (int)random_below(5)));
        if (random_below(2))
            renameat2(AT_FDCWD, path, AT_FDCWD, other, RENAME_NOREPLACE);
        else
            renameat2(AT_FDCWD, other, AT_FDCWD, path, RENAME_NOREPLACE);
        break;
    case 10:
        if (random_below(8) == 0)
            remove_tree(path);
        else
            chmod(path, 0700);
        break;
    default:
        if (symlink(".", path) == 0 && random_below(2))
            unlink(path);
        break;
    }
}

/* In a thread: nothing slows it down. */
static int burst(void *arg)
{
    int count = (int)random_below(200);

    (void)arg;
    for (int i = 0; i < count; i++)
        operate();
    return 0;
}

static int work(void *arg)
{
    (void)arg;
    for (int i = 0; i < scaled(ROUNDS); i++) {
        CHECK_EQ(nw_to_thread(burst, NULL), 0);
        if (random_below(3) == 0)
            CHECK_EQ(nw_sleep(NW_MS(1 + random_below(20))), 0);
    }
    check_write_file("tree/marker", "", 0);
    return 0;
}

/* -- the comparison -- */

static size_t seen;

static int compare(const char *path, const struct stat *status, int kind, struct FTW *at)
{
    const struct name *name = find(path);

    (void)kind, (void)at;
    if (strcmp(path, "tree") == 0)
        return 0;
    if (!name)
        wrong("not told of", path);
    CHECK_EQ(name->directory, S_ISDIR(status->st_mode));
    seen++;
    return 0;
}

static void begin_with_some_names(void)
{
    CHECK_SYS(mkdir("tree", 0700));
    CHECK_SYS(mkdir("outside", 0700));
    for (int i = 0; i < 100; i++)
        operate();
}

static int learn(const char *path, const struct stat *status, int kind, struct FTW *at)
{
    (void)kind, (void)at;
    if (strcmp(path, "tree") != 0)
        add(path, S_ISDIR(status->st_mode));
    return 0;
}

static int first(void *arg)
{
    nw_watch_options options = {.recursive = true, .debounce_ns = *(int64_t *)arg, .batch = 50};
    const nw_watch_event *events;
    size_t count;
    nw_watch *watch;
    nw_task *worker;
    bool last = false;

    begin_with_some_names();
    CHECK_EQ(nw_watch_open(&options, "tree", &watch), 0);
    CHECK_EQ(nftw("tree", learn, 16, FTW_PHYS), 0);
    worker = nw_spawn(work, NULL);
    while (!last) {
        CHECK_EQ(nw_watch_next(watch, &events, &count), 0);
        CHECK(count > 0 && count <= 50);
        for (size_t i = 0; i < count; i++)
            last |= apply(&events[i]);
    }
    CHECK_EQ(nw_await(worker), 0);
    seen = 0;
    CHECK_EQ(nftw("tree", compare, 16, FTW_PHYS), 0);
    for (size_t i = 0; i < name_count; i++)
        if (access(names[i].path, F_OK) < 0 && errno != ELOOP)
            wrong("told of, but not there", names[i].path);
    CHECK_EQ(seen, name_count);
    CHECK_EQ(nw_watch_close(watch), 0);
    drop("tree");
    remove_tree("tree");
    remove_tree("outside");
    return 0;
}

int main(void)
{
    check_enter_folder();
    random_seed();
    for (int i = 0; i < 4; i++) {
        int64_t debounce_ns = i & 1 ? NW_MS(1) : -1;
        replaces = i & 2;
        CHECK_EQ(nw_run(first, &debounce_ns), 0);
    }
    free(names);
    return 0;
}
