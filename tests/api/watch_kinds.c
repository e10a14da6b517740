/* SPDX-License-Identifier: MIT */
/* Each kind of event, told of a folder and of a file, gathered and not; and bad input. */
#include "../support/runtime.h"

static char text[8192];

static const char *kinds_of(unsigned kinds)
{
    static const char *const names[] = {"created", "modified", "closed",   "attributes",
                                        "deleted", "moved",    "overflow", "gone"};
    static char list[256];

    list[0] = '\0';
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (kinds & 1u << i)
            strcat(strcat(list, *list ? "," : ""), names[i]);
    return list;
}

static bool is_end(const char *path)
{
    size_t size = strlen(path);

    return size >= 3 && strcmp(path + size - 3, "end") == 0;
}

/* The next batches, up to an event on a path that ends in "end". */
static const char *told(nw_watch *watch)
{
    const nw_watch_event *events;
    size_t count;
    char *at = text;

    for (;;) {
        CHECK_EQ(nw_watch_next(watch, &events, &count), 0);
        CHECK(count > 0);
        for (size_t i = 0; i < count; i++) {
            const nw_watch_event *event = &events[i];
            if (is_end(event->path) && event->kinds & NW_WATCH_CREATED) {
                *at = '\0';
                return text;
            }
            if (!is_end(event->path))
                at += sprintf(at, "%s %s%s%s%s;", kinds_of(event->kinds), event->path,
                              event->directory ? "/" : "", event->from ? " < " : "",
                              event->from ? event->from : "");
        }
    }
}

static void end(const char *path)
{
    unlink(path);
    CHECK_SYS(close(CHECK_SYS(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600))));
}

static void append(const char *path)
{
    int fd = CHECK_SYS(open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));

    CHECK_EQ(write(fd, "x", 1), 1);
    CHECK_SYS(close(fd));
}

static void each_kind(const nw_watch_options *options)
{
    nw_watch *watch;

    CHECK_EQ(nw_watch_open(options, "d", &watch), 0);
    append("d/f");
    CHECK_SYS(chmod("d/f", 0640));
    CHECK_SYS(rename("d/f", "d/g"));
    CHECK_SYS(truncate("d/g", 0));
    CHECK_SYS(unlink("d/g"));
    end("d/end");
    if (options->debounce_ns < 0)
        CHECK_STR(told(watch),
                  "created d/f;modified d/f;closed d/f;attributes d/f;moved d/g < d/f;modified d/g;"
                  "deleted d/g;");
    else
        CHECK_STR(told(watch), "created,modified,closed,attributes d/f;modified,deleted,moved d/g < d/f;");

    CHECK_SYS(mkdir("d/sub", 0700));
    CHECK_SYS(rmdir("d/sub"));
    append("out");
    CHECK_SYS(rename("out", "d/in"));
    CHECK_SYS(rename("d/in", "out"));
    CHECK_SYS(unlink("out"));
    append("d/f");
    end("d/end");
    if (options->debounce_ns < 0)
        CHECK_STR(told(watch),
                  "created d/sub/;deleted d/sub/;created d/in;deleted d/in;created d/f;modified d/f;"
                  "closed d/f;");
    else
        CHECK_STR(told(watch),
                  "created d/sub/;deleted d/sub/;created,deleted d/in;created,modified,closed d/f;");

    CHECK_SYS(unlink("d/f"));
    append("d/f");
    CHECK_SYS(unlink("d/f"));
    append("d/f");
    CHECK_SYS(unlink("d/f"));
    CHECK_SYS(chmod("d", 0755));
    end("d/end");
    if (options->debounce_ns > 0)
        CHECK_STR(told(watch),
                  "deleted d/f;created,modified,closed,deleted d/f;created,modified,closed,deleted "
                  "d/f;attributes d/;");
    CHECK_EQ(nw_watch_close(watch), 0);
    CHECK_SYS(unlink("d/end"));
}

static void only_some_kinds(void)
{
    nw_watch_options options = {.kinds = NW_WATCH_CLOSED | NW_WATCH_MOVED, .debounce_ns = -1};
    nw_watch *watch;
    const nw_watch_event *events;
    size_t count;

    CHECK_EQ(nw_watch_open(&options, "d/", &watch), 0);
    append("d/a");
    CHECK_SYS(rename("d/a", "d/b"));
    CHECK_SYS(unlink("d/b"));
    CHECK_SYS(mkdir("d/x", 0700));
    CHECK_SYS(rmdir("d/x"));
    append("d/c");
    for (int i = 0; i < 3;) {
        CHECK_EQ(nw_watch_next(watch, &events, &count), 0);
        for (size_t k = 0; k < count; k++, i++) {
            CHECK_STR(events[k].path, i == 0 ? "d/a" : i == 1 ? "d/b" : "d/c");
            CHECK_EQ(events[k].kinds, i == 1 ? NW_WATCH_MOVED : NW_WATCH_CLOSED);
        }
    }
    CHECK_SYS(unlink("d/c"));
    CHECK_EQ(nw_watch_close(watch), 0);
}

/* An editor writes beside and renames; another moves the old file away first. The name is what is watched. */
static void a_file(void)
{
    nw_watch_options options = {.debounce_ns = -1};
    nw_watch *watch;

    append("end");
    CHECK_EQ(nw_watch_open(&options, "end", &watch), 0);
    append("other");
    CHECK_SYS(rename("other", "end"));
    const nw_watch_event *events;
    size_t count;
    CHECK_EQ(nw_watch_next(watch, &events, &count), 0);
    CHECK_EQ(count, 1);
    CHECK_STR(events[0].path, "end");
    CHECK_EQ(events[0].kinds, NW_WATCH_CREATED);
    CHECK_EQ(events[0].directory, false);
    CHECK_SYS(rename("end", "end~"));
    CHECK_EQ(nw_watch_next(watch, &events, &count), 0);
    CHECK_EQ(events[0].kinds, NW_WATCH_DELETED | NW_WATCH_GONE);
    append("end");
    for (unsigned kinds = 0; !(kinds & NW_WATCH_CLOSED);) {
        CHECK_EQ(nw_watch_next(watch, &events, &count), 0);
        for (size_t i = 0; i < count; i++)
            kinds |= events[i].kinds;
        CHECK_EQ(kinds & ~(NW_WATCH_CREATED | NW_WATCH_MODIFIED | NW_WATCH_CLOSED), 0);
    }
    CHECK_SYS(unlink("end"));
    CHECK_SYS(unlink("end~"));
    CHECK_EQ(nw_watch_close(watch), 0);
}

static void bad_input(void)
{
    nw_watch_options options = {.kinds = 0x1000};
    const nw_watch_event *events;
    size_t count;
    nw_watch *watch = (nw_watch *)&options;

    CHECK_EQ(nw_watch_open(&options, "d", &watch), -EINVAL);
    options = (nw_watch_options){.gather_ns = -1};
    CHECK_EQ(nw_watch_open(&options, "d", &watch), -EINVAL);
    options = (nw_watch_options){.reserved = {0, 0, 0, 0, 0, 1}};
    CHECK_EQ(nw_watch_open(&options, "d", &watch), -EINVAL);
    CHECK_EQ(nw_watch_open(NULL, NULL, &watch), -EINVAL);
    CHECK_EQ(nw_watch_open(NULL, "d", NULL), -EINVAL);
    CHECK_EQ(nw_watch_open(NULL, "nothing", &watch), -ENOENT);
    CHECK_EQ(nw_watch_open(NULL, "", &watch), -ENOENT);
    CHECK_EQ(nw_watch_next(NULL, &events, &count), -EINVAL);
    CHECK(watch == (nw_watch *)&options);
    CHECK_EQ(nw_watch_close(NULL), 0);
}

static int first(void *arg)
{
    nw_watch_options raw = {.debounce_ns = -1},
                     gathered = {.debounce_ns = NW_MS(200), .gather_ns = NW_SEC(20)};
    int open_before;

    (void)arg;
    CHECK_SYS(mkdir("d", 0700));
    CHECK_EQ(nw_exists("d"), 1);
    open_before = check_open_fds();
    each_kind(&raw);
    each_kind(&gathered);
    only_some_kinds();
    a_file();
    bad_input();
    CHECK_EQ(check_open_fds(), open_before);
    return 0;
}

int main(void)
{
    nw_watch *watch;

    check_enter_folder();
    CHECK_EQ(nw_watch_open(NULL, ".", &watch), NW_ENOTASK);
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
