/* SPDX-License-Identifier: MIT */
/* nw_dir_list: sorted by bytes, limited, any bytes in the names; the lists are released. */
#include "../support/runtime.h"

static void order_and_limit(void)
{
    static const char *const sorted[] = {".a", "1", "A", "a", "a\nb", "a-", "ab", "b", "\xff"};
    const size_t count = sizeof sorted / sizeof *sorted;
    char path[64];
    nw_paths names = {0}, none = {0};

    CHECK_SYS(mkdir("list", 0700));
    for (size_t i = count; i-- > 0;) {
        snprintf(path, sizeof path, "list/%s", sorted[i]);
        check_write_file(path, "", 0);
    }
    CHECK_EQ(nw_dir_list("list", 0, &names), 0);
    CHECK_EQ(names.count, count);
    for (size_t i = 0; i < count; i++)
        CHECK_STR(names.items[i], sorted[i]);
    nw_paths_finish(&names);
    CHECK(names.count == 0 && !names.items);
    CHECK_EQ(nw_dir_list("list", count, &names), 0);
    nw_paths_finish(&names);
    CHECK_EQ(nw_dir_list("list", count - 1, &none), -EFBIG);
    CHECK(none.count == 0 && !none.items);
    nw_paths_finish(&none);
    nw_paths_finish(NULL);
}

static void many(void)
{
    nw_paths names;
    char name[32];

    CHECK_SYS(mkdir("many", 0700));
    for (int i = 0; i < 3000; i++) {
        snprintf(name, sizeof name, "many/%04d", (i * 7) % 3000);
        check_write_file(name, "", 0);
    }
    CHECK_EQ(nw_dir_list("many", 0, &names), 0);
    CHECK_EQ(names.count, 3000);
    for (int i = 0; i < 3000; i++) {
        snprintf(name, sizeof name, "%04d", i);
        CHECK_STR(names.items[i], name);
    }
    nw_paths_finish(&names);
}

static int first(void *arg)
{
    int open_before = check_open_fds();
    nw_paths names = {0};

    (void)arg;
    order_and_limit();
    many();
    CHECK_SYS(mkdir("empty", 0700));
    CHECK_EQ(nw_dir_list("empty", 0, &names), 0);
    CHECK_EQ(names.count, 0);
    nw_paths_finish(&names);
    CHECK_EQ(nw_dir_list("none", 0, &names), -ENOENT);
    CHECK_EQ(nw_dir_list(NULL, 0, &names), -EINVAL);
    CHECK_EQ(nw_dir_list("empty", 0, NULL), -EINVAL);
    CHECK_EQ(check_open_fds(), open_before);
    return 0;
}

int main(void)
{
    check_enter_folder();
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
