/* SPDX-License-Identifier: MIT */
/*
 * A pattern that leads to each path in millions of ways looks at it once: it ends, and the limit counts
 * paths, not ways.
 */
#include "../support/runtime.h"

#define LEVELS 40

static int first(void *arg)
{
    static const char pattern[] = "**/*/**/*/**/*/**/*/**/*/**/*/**/*/**/*/**/f";
    nw_paths paths = {0};

    (void)arg;
    CHECK_EQ(nw_glob(pattern, 0, 0, &paths), 0);
    CHECK_EQ(paths.count, LEVELS - 7);
    CHECK_STR(paths.items[0] + strlen(paths.items[0]) - 4, "/d/f");
    nw_paths_finish(&paths);
    CHECK_EQ(nw_glob(pattern, 0, LEVELS - 7, &paths), 0);
    CHECK_EQ(paths.count, LEVELS - 7);
    nw_paths_finish(&paths);
    CHECK_EQ(nw_glob(pattern, 0, LEVELS - 8, &paths), -EFBIG);
    /* Each folder with a slash behind it, and all that is below the first. */
    CHECK_EQ(nw_glob("**/*/**", 0, LEVELS * 3 - 1, &paths), 0);
    CHECK_EQ(paths.count, LEVELS * 3 - 1);
    nw_paths_finish(&paths);
    CHECK_EQ(nw_glob("**/*/**", 0, LEVELS * 3 - 2, &paths), -EFBIG);
    return 0;
}

int main(void)
{
    char path[LEVELS * 2 + 8] = ".";

    check_enter_folder();
    for (int i = 0; i < LEVELS; i++) {
        size_t length = strlen(path);
        strcpy(path + length, "/d");
        CHECK_SYS(mkdir(path, 0700));
        strcpy(path + length + 2, "/f");
        check_write_file(path, "x", 1);
        path[length + 2] = '\0';
    }
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
