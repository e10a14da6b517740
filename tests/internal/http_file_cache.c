/* SPDX-License-Identifier: MIT */
/*
 * The cache of files that are served: what is fresh costs no look, what has changed is seen once it is not,
 * what is used stays what it was, and there are never more descriptors than were allowed.
 */
#include <check.h>
#include <inttypes.h>
#include <nowait.h>
#include <sys/resource.h>

#include "http/file_cache.h"
#include "task/task.h"

#define BIG_BYTES (NW__FILE_KEPT_BYTES + 1)

static struct nw__file_root root;

static char *big(char letter)
{
    static char data[BIG_BYTES];

    memset(data, letter, sizeof data);
    return data;
}

/* As if it had been written long ago. */
static void set_time(const char *path, time_t seconds, long ns)
{
    const struct timespec times[2] = {{seconds, ns}, {seconds, ns}};

    CHECK_SYS(utimensat(AT_FDCWD, path, times, 0));
}

static void write_old(const char *path, const char *data, size_t size, time_t seconds)
{
    check_write_file(path, data, size);
    set_time(path, seconds, 500000000);
}

static struct nw__file_cache *cache_of(unsigned count, int64_t fresh_ns)
{
    const struct nw__file_limits limits = {count, fresh_ns};
    struct nw__file_cache *cache;

    CHECK_EQ(nw__file_cache_create(&limits, &cache), 0);
    return cache;
}

static struct nw__file *get(struct nw__file_cache *cache, const char *name)
{
    struct nw__file *file;

    CHECK_EQ(nw__file_get(cache, &root, name, false, &file), 0);
    return file;
}

/* It is there, and was used meanwhile by nobody else. */
static const struct nw__file *touch(struct nw__file_cache *cache, const char *name)
{
    struct nw__file *file = get(cache, name);

    nw__file_release(file);
    return file;
}

static void what_is_fresh_is_not_looked_at(void)
{
    struct nw__file_cache *cache = cache_of(4, NW_SEC(1000));
    struct nw__file *file;
    const struct nw__file *small, *large;

    write_old("root/small", "12345", 5, 1000000000);
    write_old("root/large", big('a'), BIG_BYTES, 1000000000);
    small = touch(cache, "small");
    large = touch(cache, "large");
    CHECK_SYS(unlink("root/small"));
    CHECK_SYS(unlink("root/large"));
    CHECK(touch(cache, "small") == small);
    CHECK(touch(cache, "large") == large);

    file = get(cache, "small");
    CHECK_EQ(file->fd, -1);
    CHECK_EQ(file->size_bytes, 5);
    CHECK_MEM(file->content, "12345", 5);
    CHECK(nw__file_is_unchanged(file));
    nw__file_release(file);

    file = get(cache, "large"); /* one look at the descriptor shows that its name is gone */
    CHECK(file->fd >= 0 && !file->content);
    CHECK(!nw__file_is_unchanged(file));
    nw__file_release(file);
    CHECK_EQ(nw__file_get(cache, &root, "large", false, &file), -ENOENT);
    nw__file_cache_destroy(cache);
}

static void what_changed_is_seen(void)
{
    struct nw__file_cache *cache = cache_of(4, 1);
    struct nw__file *old, *new;

    write_old("root/file", "old", 3, 1000000000);
    old = get(cache, "file");
    new = get(cache, "file");
    CHECK(old == new); /* looked at again, and it was the same */
    nw__file_release(new);
    write_old("root/new", "new", 3, 1000000000); /* the same time and size: another inode */
    CHECK_SYS(rename("root/new", "root/file"));
    new = get(cache, "file");
    CHECK(old != new);
    CHECK_MEM(old->content, "old", 3);
    CHECK_MEM(new->content, "new", 3);
    nw__file_release(old);
    nw__file_release(new);
    write_old("root/file", "NEW", 3, 1000000001); /* the same inode: another time */
    new = get(cache, "file");
    CHECK_MEM(new->content, "NEW", 3);
    nw__file_release(new);
    CHECK_SYS(unlink("root/file"));
    CHECK_EQ(nw__file_get(cache, &root, "file", false, &new), -ENOENT);
    CHECK_SYS(mkdir("root/file", 0700));
    CHECK_EQ(nw__file_get(cache, &root, "file", false, &new), -EISDIR);
    CHECK_SYS(rmdir("root/file"));
    CHECK_SYS(mkfifo("root/file", 0600));
    CHECK_EQ(nw__file_get(cache, &root, "file", false, &new), -ENXIO);
    CHECK_SYS(unlink("root/file"));
    nw__file_cache_destroy(cache);
}

static void validators_are_strong_once_they_can_be(void)
{
    char expected[NW__FILE_ETAG_BYTES], expected_lines[NW__FILE_LINES_BYTES];
    struct nw__file *file;
    struct stat status;

    write_old("root/file", "12345", 5, 1000000000);
    CHECK_SYS(stat("root/file", &status));
    snprintf(expected, sizeof expected, "\"de0b6b3c5316500-5-%" PRIx64 "\"", (uint64_t)status.st_ino);
    snprintf(expected_lines, sizeof expected_lines,
             "ETag: %s\r\nLast-Modified: Sun, 09 Sep 2001 01:46:40 GMT\r\nAccept-Ranges: bytes\r\n",
             expected);
    file = get(NULL, "file");
    CHECK_STR(file->etag, expected);
    CHECK_STR(file->lines, expected_lines);
    CHECK_EQ(file->modified_s, 1000000000);
    CHECK_STR(file->media_type, "application/octet-stream");
    CHECK(!file->content); /* nobody would find it again */
    nw__file_release(file);

    check_write_file("root/file", "12345", 5); /* just now */
    file = get(NULL, "file");
    CHECK(!file->settled);
    CHECK(strncmp(file->etag, "W/\"", 3) == 0);
    nw__file_release(file);

    set_time("root/file", time(NULL) + 100000, 0); /* the future: Last-Modified says now */
    file = get(NULL, "file");
    CHECK(!file->settled && file->modified_s <= time(NULL));
    nw__file_release(file);

    set_time("root/file", -1000, 0);
    file = get(NULL, "file");
    CHECK(!strstr(file->lines, "Last-Modified"));
    CHECK(strstr(file->lines, "\"\r\nAccept-Ranges: bytes\r\n"));
    nw__file_release(file);
}

/* What may change again within the tick of its time is read anew after each look. */
static void what_is_not_settled_is_read_again(void)
{
    struct nw__file_cache *cache = cache_of(4, 1);
    struct nw__file *file;
    const struct nw__file *first;
    time_t soon = time(NULL) + 1000;

    write_old("root/file", "old", 3, soon);
    first = get(cache, "file");
    write_old("root/file", "new", 3, soon);
    file = get(cache, "file");
    CHECK(file != first);
    CHECK_MEM(file->content, "new", 3);
    nw__file_release(file);
    nw__file_release((struct nw__file *)(uintptr_t)first);
    nw__file_cache_destroy(cache);
}

static void descriptors_are_bounded(void)
{
    enum { ALLOWED = 3, FILES = 10 };
    struct nw__file_cache *cache = cache_of(ALLOWED, NW_SEC(1000));
    struct nw__file *used[FILES];
    int open_before = check_open_fds();
    char name[20];

    for (int i = 0; i < FILES; i++) {
        snprintf(name, sizeof name, "root/%d", i);
        write_old(name, big((char)('a' + i)), BIG_BYTES, 1000000000);
    }
    for (int i = 0; i < FILES; i++) {
        snprintf(name, sizeof name, "%d", i);
        touch(cache, name);
        CHECK_EQ(check_open_fds(), open_before + (i < ALLOWED ? i + 1 : ALLOWED));
    }
    for (int i = 0; i < FILES; i++) { /* those that are used stay open besides */
        snprintf(name, sizeof name, "%d", i);
        used[i] = get(cache, name);
    }
    CHECK_EQ(check_open_fds(), open_before + FILES);
    for (int i = 0; i < FILES; i++) {
        char data[1];
        CHECK_EQ(pread(used[i]->fd, data, 1, 0), 1);
        CHECK_EQ(data[0], 'a' + i);
        nw__file_release(used[i]);
    }
    CHECK_EQ(check_open_fds(), open_before + ALLOWED);
    used[0] = get(cache, "0");
    nw__file_cache_clear(cache);
    CHECK_EQ(check_open_fds(), open_before + 1);
    CHECK_EQ(used[0]->size_bytes, BIG_BYTES);
    nw__file_release(used[0]);
    CHECK_EQ(check_open_fds(), open_before);
    nw__file_cache_destroy(cache);
}

/* Small files and absent ones take no descriptor; there are not more than four for each that is allowed. */
static void entries_are_bounded(void)
{
    struct nw__file_cache *cache = cache_of(2, NW_SEC(1000));
    const struct nw__file *first;
    struct nw__file *file;
    char name[20];

    write_old("root/first", "1", 1, 1000000000);
    first = touch(cache, "first");
    for (int i = 0; i < 8; i++) {
        snprintf(name, sizeof name, "absent%d", i);
        CHECK_EQ(nw__file_get(cache, &root, name, true, &file), -ENOENT);
        CHECK(touch(cache, "first") == first);
    }
    for (int i = 0; i < 20; i++) {
        snprintf(name, sizeof name, "absent%d", i);
        CHECK_EQ(nw__file_get(cache, &root, name, true, &file), -ENOENT);
    }
    write_old("root/first", "2", 1, 1000000000);
    file = get(cache, "first"); /* it has gone meanwhile */
    CHECK_MEM(file->content, "2", 1);
    nw__file_release(file);
    nw__file_cache_destroy(cache);
}

static void content_is_bounded(void)
{
    enum { FILES = NW__FILE_CACHE_BYTES / NW__FILE_KEPT_BYTES };
    struct nw__file_cache *cache = cache_of(FILES, NW_SEC(1000));
    const struct nw__file *first;
    char name[40];

    for (int i = 0; i <= FILES; i++) {
        snprintf(name, sizeof name, "root/kept%d", i);
        write_old(name, big('k'), NW__FILE_KEPT_BYTES, 1000000000);
    }
    first = touch(cache, "kept0");
    for (int i = 1; i < FILES; i++) {
        snprintf(name, sizeof name, "kept%d", i);
        touch(cache, name);
    }
    CHECK(touch(cache, "kept0") == first);
    snprintf(name, sizeof name, "kept%d", FILES);
    touch(cache, name); /* one too many: "kept1" went, which was used longest ago */
    CHECK(touch(cache, "kept0") == first);
    nw__file_cache_destroy(cache);
}

static void absence_is_kept_for_those_who_say_so(void)
{
    struct nw__file_cache *cache = cache_of(4, NW_SEC(1000));
    struct nw__file *file;

    CHECK_EQ(nw__file_get(cache, &root, "later", true, &file), -ENOENT);
    write_old("root/later", "x", 1, 1000000000);
    CHECK_EQ(nw__file_get(cache, &root, "later", true, &file), -ENOENT);
    nw__file_release(get(cache, "later"));
    CHECK_EQ(nw__file_get(cache, &root, "later", true, &file), 0);
    nw__file_release(file);
    nw__file_cache_destroy(cache);
}

static void descriptors_are_given_back_when_there_are_none(void)
{
    struct nw__file_cache *cache = cache_of(100, NW_SEC(1000));
    struct rlimit limit, few;
    int last;

    write_old("root/a", big('a'), BIG_BYTES, 1000000000);
    write_old("root/b", big('b'), BIG_BYTES, 1000000000);
    touch(cache, "a");
    last = CHECK_SYS(dup(0));
    CHECK_SYS(getrlimit(RLIMIT_NOFILE, &limit));
    few = (struct rlimit){(rlim_t)last + 1, limit.rlim_max};
    CHECK_SYS(setrlimit(RLIMIT_NOFILE, &few));
    touch(cache, "b"); /* in place of "a" */
    CHECK_SYS(setrlimit(RLIMIT_NOFILE, &limit));
    close(last);
    nw__file_cache_destroy(cache);
}

/* -- on loops -- */

static struct nw__file_caches caches;
static nw_event used, ended;

static int use_elsewhere(void *arg)
{
    struct nw__file_cache *cache = nw__file_caches_here(&caches);

    (void)arg;
    CHECK(cache && cache == nw__file_caches_here(&caches));
    touch(cache, "0");
    nw_event_set(&used);
    return nw_event_wait(&ended);
}

static int use_on_two_loops(void *finish_early)
{
    struct nw__file_cache *cache = nw__file_caches_here(&caches);
    int open_before = check_open_fds();

    touch(cache, "0");
    nw_event_init(&used);
    nw_event_init(&ended);
    CHECK_EQ(nw_loop_call(nw_loop_at(1), use_elsewhere, NULL), 0);
    CHECK_EQ(nw_event_wait(&used), 0);
    CHECK_EQ(check_open_fds(), open_before + 2);
    nw_event_set(&ended);
    if (finish_early) {
        nw__file_caches_finish(&caches);
        CHECK_EQ(check_open_fds(), open_before);
        for (int i = 0; i < 3; i++) { /* what others leave behind is swept */
            const struct nw__file_limits limits = {4, NW_SEC(1000)};
            nw__file_caches_init(&caches, &limits);
            touch(nw__file_caches_here(&caches), "0");
            nw__file_caches_finish(&caches);
        }
        CHECK_EQ(check_open_fds(), open_before);
    }
    return 0;
}

static void caches_belong_to_loops(bool finish_early)
{
    const struct nw__file_limits limits = {4, NW_SEC(1000)};
    const nw_run_options options = {.loops = 2};
    int open_before = check_open_fds();

    nw__file_caches_init(&caches, &limits);
    CHECK_EQ(nw_run_with(&options, use_on_two_loops, finish_early ? &caches : NULL), 0);
    CHECK_EQ(check_open_fds(), open_before);
    nw__file_caches_finish(&caches);
}

static int test(void *arg)
{
    int open_before = check_open_fds();

    (void)arg;
    CHECK_EQ(nw__beneath_root("root", &root.fd), 0);
    what_is_fresh_is_not_looked_at();
    what_changed_is_seen();
    validators_are_strong_once_they_can_be();
    what_is_not_settled_is_read_again();
    descriptors_are_bounded();
    entries_are_bounded();
    content_is_bounded();
    absence_is_kept_for_those_who_say_so();
    descriptors_are_given_back_when_there_are_none();
    CHECK_EQ(check_open_fds(), open_before + 1);
    return 0;
}

int main(void)
{
    check_enter_folder();
    CHECK_SYS(mkdir("root", 0700));
    CHECK_EQ(nw_run(test, NULL), 0);
    caches_belong_to_loops(false);
    caches_belong_to_loops(true);
    return 0;
}
