/* SPDX-License-Identifier: MIT */
/*
 * A directory's entries: each once, with its type and number, whatever bytes are in its name; again after a
 * rewind; none after it was removed; many batches of them.
 */
#include "../support/runtime.h"
#include <sys/socket.h>
#include <sys/un.h>

#define MANY 5000

static char long_name[256];

static const struct expected {
    const char *name;
    mode_t type;
} expected[] = {
    {"file", S_IFREG},    {"folder", S_IFDIR},    {"link", S_IFLNK},
    {"fifo", S_IFIFO},    {"socket", S_IFSOCK},   {".hidden", S_IFREG},
    {"...", S_IFREG},     {"new\nline", S_IFREG}, {"not \xff\xfe UTF-8", S_IFREG},
    {long_name, S_IFREG},
};
#define EXPECTED (sizeof expected / sizeof *expected)

static void make_socket(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = CHECK_SYS(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));

    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    CHECK_SYS(bind(fd, (struct sockaddr *)&address, sizeof address));
    close(fd);
}

static void make_entries(void)
{
    memset(long_name, 'n', 255);
    CHECK_SYS(mkdir("all", 0700));
    CHECK_SYS(chdir("all"));
    for (size_t i = 0; i < EXPECTED; i++) {
        if (expected[i].type == S_IFREG)
            check_write_file(expected[i].name, "", 0);
    }
    CHECK_SYS(mkdir("folder", 0700));
    CHECK_SYS(symlink("nowhere", "link"));
    CHECK_SYS(mkfifo("fifo", 0600));
    make_socket("socket");
    CHECK_SYS(chdir(".."));
}

static size_t find(const char *name)
{
    size_t i = 0;

    while (i < EXPECTED && strcmp(expected[i].name, name) != 0)
        i++;
    CHECK(i < EXPECTED);
    return i;
}

static void read_all(nw_dir *dir)
{
    unsigned seen[EXPECTED] = {0};
    nw_dir_entry entry;
    struct stat status;
    int rc;

    while ((rc = nw_dir_next(dir, &entry)) > 0) {
        size_t i = find(entry.name);
        seen[i]++;
        CHECK_EQ(entry.type, expected[i].type);
        CHECK_EQ(entry.name_bytes, strlen(expected[i].name));
        CHECK_SYS(fstatat(nw_dir_fd(dir), entry.name, &status, AT_SYMLINK_NOFOLLOW));
        CHECK_EQ(entry.inode, status.st_ino);
    }
    CHECK_EQ(rc, 0);
    for (size_t i = 0; i < EXPECTED; i++)
        CHECK_EQ(seen[i], 1);
    entry.name = "as it was";
    CHECK_EQ(nw_dir_next(dir, &entry), 0);
    CHECK_STR(entry.name, "as it was");
}

static void every_entry_once(void)
{
    nw_dir *dir;

    CHECK_EQ(nw_dir_open("all", &dir), 0);
    read_all(dir);
    CHECK_EQ(nw_dir_rewind(dir), 0);
    read_all(dir);
    CHECK_EQ(nw_dir_close(dir), 0);
}

/* Each of the files, and nothing but them, although half of them go away when the first is read. */
static void many_and_some_vanish(void)
{
    static unsigned char seen[MANY];
    nw_dir_entry entry;
    char name[64];
    nw_dir *dir;
    int rc;

    CHECK_SYS(mkdir("many", 0700));
    for (int i = 0; i < MANY; i++) {
        snprintf(name, sizeof name, "many/entry with a long name %d", i);
        check_write_file(name, "", 0);
    }
    CHECK_EQ(nw_dir_open("many", &dir), 0);
    CHECK_EQ(nw_dir_next(dir, &entry), 1);
    seen[atoi(entry.name + 23)]++;
    for (int i = 0; i < MANY; i += 2) {
        snprintf(name, sizeof name, "many/entry with a long name %d", i);
        CHECK_SYS(unlink(name));
        snprintf(name, sizeof name, "many/entry with a long name %d", MANY + i);
        check_write_file(name, "", 0);
    }
    while ((rc = nw_dir_next(dir, &entry)) > 0) {
        int i = atoi(entry.name + 23);
        if (i < MANY)
            CHECK_EQ(seen[i]++, 0);
    }
    CHECK_EQ(rc, 0);
    for (int i = 1; i < MANY; i += 2)
        CHECK_EQ(seen[i], 1);
    CHECK_EQ(nw_dir_close(dir), 0);
}

static void removed_while_open(void)
{
    nw_dir_entry entry;
    nw_dir *dir;

    CHECK_SYS(mkdir("gone", 0700));
    CHECK_EQ(nw_dir_open("gone", &dir), 0);
    CHECK_SYS(rmdir("gone"));
    CHECK_EQ(nw_dir_next(dir, &entry), 0);
    CHECK_EQ(nw_dir_close(dir), 0);
}

static void refused(void)
{
    nw_dir *dir = NULL;
    nw_dir_entry entry;
    int fd = CHECK_SYS(open("all", O_RDONLY | O_DIRECTORY | O_CLOEXEC));

    CHECK_EQ(nw_dir_open("none", &dir), -ENOENT);
    CHECK_EQ(nw_dir_open("", &dir), -ENOENT);
    CHECK_EQ(nw_dir_open("all/file", &dir), -ENOTDIR);
    CHECK_EQ(nw_dir_open(NULL, &dir), -EINVAL);
    CHECK_EQ(nw_dir_open("all", NULL), -EINVAL);
    CHECK_EQ(nw_dir_openat(fd, "link", 0, &dir), -ENOENT);
    CHECK_SYS(symlink("folder", "all/link to folder"));
    CHECK_EQ(nw_dir_openat(fd, "link to folder", O_NOFOLLOW, &dir), -ENOTDIR);
    CHECK_EQ(nw_dir_openat(fd, "folder", O_RDWR, &dir), -EINVAL);
    CHECK(!dir);
    CHECK_EQ(nw_dir_openat(fd, "link to folder", 0, &dir), 0);
    CHECK_EQ(nw_dir_next(dir, &entry), 0);
    CHECK_EQ(nw_dir_next(dir, NULL), -EINVAL);
    CHECK_EQ(nw_dir_next(NULL, &entry), -EINVAL);
    CHECK_EQ(nw_dir_rewind(NULL), -EINVAL);
    CHECK_EQ(nw_dir_fd(NULL), -EINVAL);
    CHECK_EQ(nw_dir_close(NULL), 0);
    CHECK_EQ(nw_dir_close(dir), 0);
    CHECK_SYS(unlink("all/link to folder"));
    close(fd);
}

static int cancelled(void *arg)
{
    nw_dir_entry entry;
    nw_dir *dir;

    (void)arg;
    CHECK_EQ(nw_dir_open("all", &dir), 0);
    CHECK_EQ(nw_dir_next(dir, &entry), 1);
    nw_cancel(nw_task_self());
    CHECK_EQ(nw_dir_next(dir, &entry), -ECANCELED);
    CHECK_EQ(nw_dir_rewind(dir), -ECANCELED);
    CHECK_EQ(nw_dir_close(dir), 0);
    return 0;
}

static int first(void *arg)
{
    int open_before = check_open_fds();

    (void)arg;
    every_entry_once();
    many_and_some_vanish();
    removed_while_open();
    refused();
    CHECK_EQ(nw_await(nw_spawn(cancelled, NULL)), 0);
    CHECK_EQ(check_open_fds(), open_before);
    return 0;
}

int main(void)
{
    nw_dir *dir;

    check_enter_folder();
    make_entries();
    CHECK_EQ(nw_run(first, NULL), 0);
    CHECK_EQ(nw_dir_open("all", &dir), NW_ENOTASK);
    return 0;
}
