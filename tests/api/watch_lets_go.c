/* SPDX-License-Identifier: MIT */
/*
 * Directories that have left the tree are not watched any more, although nothing new has to be added: what
 * happens in them neither wakes the watch nor counts against the user's limit.
 */
#include "../support/runtime.h"
#include <dirent.h>

/* How many directories are watched, as /proc tells of all inotify descriptors. */
static int watched(void)
{
    DIR *folder = opendir("/proc/self/fdinfo");
    struct dirent *entry;
    int count = 0;

    CHECK(folder);
    while ((entry = readdir(folder))) {
        char path[sizeof entry->d_name + 32], line[512];
        snprintf(path, sizeof path, "/proc/self/fdinfo/%s", entry->d_name);
        FILE *file = fopen(path, "re");
        while (file && fgets(line, sizeof line, file))
            count += strncmp(line, "inotify wd:", 11) == 0;
        if (file)
            fclose(file);
    }
    closedir(folder);
    return count;
}

static int move_out(void *arg)
{
    nw_watch_options options = {.recursive = true, .debounce_ns = -1};
    const nw_watch_event *events;
    nw_watch *watch;
    size_t count, told = 0;

    (void)arg;
    CHECK_EQ(nw_mkdirs("t/a/below", 0700), 0);
    CHECK_EQ(nw_mkdirs("t/b", 0700), 0);
    CHECK_SYS(mkdir("out", 0700));
    CHECK_EQ(nw_watch_open(&options, "t", &watch), 0);
    CHECK_EQ(watched(), 4);
    CHECK_SYS(rename("t/a", "out/a"));
    CHECK_SYS(rename("t/b", "out/b"));
    while (told < 2) {
        CHECK_EQ(nw_watch_next(watch, &events, &count), 0);
        for (size_t i = 0; i < count; i++)
            CHECK_EQ(events[i].kinds, NW_WATCH_DELETED);
        told += count;
    }
    CHECK_EQ(told, 2);
    CHECK_EQ(watched(), 1);
    CHECK_EQ(nw_watch_close(watch), 0);
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(move_out, NULL), 0);
    return 0;
}
