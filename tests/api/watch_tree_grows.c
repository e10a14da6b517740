/* SPDX-License-Identifier: MIT */
/*
 * Folders that come are watched, too, and what is in them before they are is told; those that are moved are
 * told of under their new path; links are not followed; a folder that is moved out is watched no more.
 */
#include "../support/runtime.h"

static nw_watch *watch;

/* Until this is told. Everything before must not be of `never`. */
static void await_event(unsigned kinds, const char *path, const char *from, const char *never)
{
    static const nw_watch_event *events;
    static size_t count, at;

    for (;;) {
        for (; at < count; at++) {
            const nw_watch_event *event = &events[at];
            CHECK_EQ(event->kinds & (NW_WATCH_OVERFLOW | NW_WATCH_GONE), 0);
            if (never && strncmp(event->path, never, strlen(never)) == 0)
                check_fail(__FILE__, __LINE__, "%x %s was told", event->kinds, event->path);
            if (!(event->kinds & kinds) || strcmp(event->path, path) != 0)
                continue;
            if (from)
                CHECK_STR(event->from, from);
            at++;
            return;
        }
        CHECK_EQ(nw_watch_next(watch, &events, &count), 0);
        at = 0;
    }
}

static void make(const char *path)
{
    CHECK_SYS(close(CHECK_SYS(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600))));
}

static int first(void *arg)
{
    nw_watch_options options = {.recursive = true, .debounce_ns = -1};

    (void)arg;
    CHECK_SYS(mkdir("t", 0700));
    CHECK_SYS(mkdir("t/old", 0700));
    CHECK_SYS(mkdir("t/old/deep", 0700));
    CHECK_SYS(mkdir("outside", 0700));
    CHECK_SYS(symlink("../outside", "t/link"));
    CHECK_EQ(nw_watch_open(&options, "t", &watch), 0);

    CHECK_SYS(mkdir("t/a", 0700));
    CHECK_SYS(mkdir("t/a/b", 0700));
    CHECK_SYS(mkdir("t/a/b/c", 0700));
    make("t/a/b/c/f");
    await_event(NW_WATCH_CREATED, "t/a", NULL, NULL);
    await_event(NW_WATCH_CREATED, "t/a/b", NULL, NULL);
    await_event(NW_WATCH_CREATED, "t/a/b/c", NULL, NULL);
    await_event(NW_WATCH_CREATED, "t/a/b/c/f", NULL, NULL);

    CHECK_SYS(rename("t/old", "t/a/new"));
    make("t/a/new/deep/f");
    await_event(NW_WATCH_MOVED, "t/a/new", "t/old", NULL);
    await_event(NW_WATCH_CREATED, "t/a/new/deep/f", NULL, "t/old");

    make("outside/f");
    CHECK_SYS(rename("t/a", "moved"));
    await_event(NW_WATCH_DELETED, "t/a", NULL, "t/link");
    make("moved/b/unseen");
    make("t/seen");
    await_event(NW_WATCH_CREATED, "t/seen", NULL, "t/a");

    CHECK_SYS(rename("moved", "t/back"));
    await_event(NW_WATCH_CREATED, "t/back", NULL, NULL);
    await_event(NW_WATCH_CREATED, "t/back/b/unseen", NULL, NULL);
    make("t/back/new/deep/g");
    await_event(NW_WATCH_CREATED, "t/back/new/deep/g", NULL, NULL);
    CHECK_EQ(nw_watch_close(watch), 0);
    return 0;
}

int main(void)
{
    check_enter_folder();
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
