/* SPDX-License-Identifier: MIT */
/*
 * nw_glob: what patterns match, in which order, what is passed over and what is refused. That Python's glob
 * finds the same is shown by glob_as_python.c.
 */
#include "../support/runtime.h"

static void make_tree(void)
{
    static const char *const folders[] = {"t", "t/a", "t/a/b", "t/.h", "t/[x]", "t/é"};
    static const char *const files[] = {"t/1.c",     "t/2.c",       "t/3.h",     "t/.dot",       "t/a/4.c",
                                        "t/a/b/5.c", "t/.h/6.c",    "t/[x]/7.c", "t/*",          "t/a*b",
                                        "t/\xff",    "t/new\nline", "t/é/8.c",   "t/back\\slash"};

    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        CHECK_SYS(mkdir(folders[i], 0700));
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        check_write_file(files[i], "", 0);
    CHECK_SYS(symlink("a", "t/link"));
    CHECK_SYS(symlink("..", "t/a/up"));
    CHECK_SYS(symlink("nowhere", "t/dangling"));
}

/* The paths, each followed by "|". */
static void expect(const char *pattern, unsigned flags, const char *expected)
{
    char text[4096] = "";
    nw_paths paths;

    CHECK_EQ(nw_glob(pattern, flags, 0, &paths), 0);
    for (size_t i = 0; i < paths.count; i++) {
        strncat(text, paths.items[i], sizeof text - strlen(text) - 2);
        strcat(text, "|");
    }
    nw_paths_finish(&paths);
    if (strcmp(text, expected) != 0)
        check_fail(__FILE__, __LINE__, "%s: %s, not %s", pattern, text, expected);
}

static void patterns(void)
{
    expect("t/*.c", 0, "t/1.c|t/2.c|");
    expect("t/[12].?", 0, "t/1.c|t/2.c|");
    expect("t/[!1].c", 0, "t/2.c|");
    expect("t/[1-3].[a-h]", 0, "t/1.c|t/2.c|t/3.h|");
    expect("t/*/*.c", 0, "t/[x]/7.c|t/a/4.c|t/link/4.c|t/é/8.c|");
    expect("t/**/*.c", 0, "t/1.c|t/2.c|t/[x]/7.c|t/a/4.c|t/a/b/5.c|t/é/8.c|");
    expect("t/**/**/*.c", 0, "t/1.c|t/2.c|t/[x]/7.c|t/a/4.c|t/a/b/5.c|t/é/8.c|");
    expect("t/**/*.c", NW_GLOB_HIDDEN, "t/.h/6.c|t/1.c|t/2.c|t/[x]/7.c|t/a/4.c|t/a/b/5.c|t/é/8.c|");
    expect("t/**/5.c", NW_GLOB_FOLLOW, "t/a/b/5.c|t/link/b/5.c|");
    expect("t/**/b/**", 0, "t/a/b/|t/a/b/5.c|");
    expect("t/**/", 0, "t/|t/[x]/|t/a/|t/a/b/|t/é/|");
    expect("t/a/**", 0, "t/a/|t/a/4.c|t/a/b|t/a/b/5.c|t/a/up|");
    expect("t/.*", 0, "t/.dot|t/.h|");
    expect("t/\\.d*", 0, "t/.dot|");
    expect("t/*dot", 0, "");
    expect("t/*dot", NW_GLOB_HIDDEN, "t/.dot|");
    expect("t/*/", 0, "t/[x]/|t/a/|t/link/|t/é/|");
    expect("t//a*//", 0, "t/a/|");
    expect("t/d*", 0, "t/dangling|");
    expect("t/dangling", 0, "t/dangling|");
    expect("t//1.c", 0, "t//1.c|");
    expect("t/1.c/", 0, "");
    expect("t/none", 0, "");
    expect("t/a/", 0, "t/a/|");
    expect("./t/[1]*", 0, "./t/1.c|");
    expect("t/../t/1*", 0, "t/../t/1.c|");
    expect("t/*/../1.c", 0, "t/[x]/../1.c|t/a/../1.c|t/link/../1.c|t/é/../1.c|");
    expect("none/**", 0, "");
    expect("none/*/x", 0, "");
    expect("", 0, "");
}

static void characters(void)
{
    expect("t/?", 0, "t/*|t/a|t/é|t/\xff|");
    expect("t/[é]", 0, "t/é|");
    expect("t/[à-ü]", 0, "t/é|");
    expect("t/[!a]", 0, "t/*|t/é|t/\xff|");
    expect("t/\xff", 0, "t/\xff|");
    expect("t/new?line", 0, "t/new\nline|");
    expect("t/\\*", 0, "t/*|");
    expect("t/a\\*b", 0, "t/a*b|");
    expect("t/a[*]b", 0, "t/a*b|");
    expect("t/\\[x]/*", 0, "t/[x]/7.c|");
    expect("t/[[]x]/*", 0, "t/[x]/7.c|");
    expect("t/*\\\\*", 0, "t/back\\slash|");
    expect("t/back\\\\slash", 0, "t/back\\slash|");
    expect("t/[", 0, "");
    expect("t/[]", 0, "");
    expect("t/[]a]", 0, "t/a|");
    expect("t/[!]a-z]", 0, "t/*|t/é|t/\xff|");
    expect("t/[z-a]", 0, "");
}

static void refused(void)
{
    nw_paths paths = {0};

    CHECK_EQ(nw_glob(NULL, 0, 0, &paths), -EINVAL);
    CHECK_EQ(nw_glob("*", 4, 0, &paths), -EINVAL);
    CHECK_EQ(nw_glob("*", 0, 0, NULL), -EINVAL);
    CHECK_EQ(nw_glob("t/*.c", 0, 1, &paths), -EFBIG);
    CHECK(!paths.items && paths.count == 0);
    CHECK_EQ(nw_glob("t/*.c", 0, 2, &paths), 0);
    nw_paths_finish(&paths);
    CHECK_EQ(nw_glob("t/**/a/**/4.c", 0, 1, &paths), 0); /* found in two ways, once */
    CHECK_EQ(paths.count, 1);
    nw_paths_finish(&paths);
}

static int cancelled(void *arg)
{
    nw_paths paths = {0};

    (void)arg;
    nw_cancel(nw_task_self());
    CHECK_EQ(nw_glob("**", 0, 0, &paths), -ECANCELED);
    CHECK(!paths.items);
    return 0;
}

static int first(void *arg)
{
    int open_before = check_open_fds();

    (void)arg;
    patterns();
    characters();
    refused();
    CHECK_EQ(nw_await(nw_spawn(cancelled, NULL)), 0);
    CHECK_EQ(check_open_fds(), open_before);
    return 0;
}

int main(void)
{
    check_enter_folder();
    make_tree();
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
