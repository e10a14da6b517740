/* SPDX-License-Identifier: MIT */
/*
 * copy.h on a file system that takes its time: no call makes the loop wait for it. See support/slow.h.
 *
 * ctest: cost=8 timeout=240 no-qemu no-valgrind (whose threads take turns, also in system calls)
 */
#include "../support/slow.h"

static int no_progress(uint64_t done_bytes, uint64_t total_bytes, void *arg)
{
    (void)done_bytes, (void)total_bytes, (void)arg;
    return 0;
}

static const nw_copy_options everything = {.flags = NW_COPY_ALL, .progress = {.fn = no_progress}};

static int call_file(void)
{
    return nw_copy_file_with(&everything, "slow/link", "slow/new");
}

static int call_file_away(void)
{
    return nw_copy_file_with(&everything, "slow/file", "out/new");
}

static int call_tree(void)
{
    return nw_copy_tree(NULL, "slow/dir", "slow/new");
}

static int call_tree_away(void)
{
    return nw_copy_tree(&everything, "slow", "out/new");
}

static int call_tree_again(void)
{
    const nw_copy_options update = {.flags = NW_COPY_UPDATE | NW_COPY_TIMES};
    int rc = nw_copy_tree(&update, "slow/dir", "slow/new");

    return rc < 0 ? rc : nw_copy_tree(&update, "slow/dir", "slow/new");
}

static int call_move(void)
{
    return nw_move(NULL, "slow/file", "slow/new");
}

static int call_move_away(void)
{
    return nw_move(NULL, "slow/dir", "out/new");
}

static int call_move_back(void)
{
    int rc = nw_mkdirs("out/new/a", 0700);

    if (rc == 0)
        rc = nw_write_file("out/new/a/file", "text", 4, 0);
    return rc < 0 ? rc : nw_move(NULL, "out/new", "slow/new");
}

static const struct slow_call calls[] = {
    {"nw_copy_file_with", call_file},
    {"nw_copy_file_with, away", call_file_away},
    {"nw_copy_tree", call_tree},
    {"nw_copy_tree, away", call_tree_away},
    {"nw_copy_tree, NW_COPY_UPDATE", call_tree_again},
    {"nw_move", call_move},
    {"nw_move, away", call_move_away},
    {"nw_move, back", call_move_back},
};

int main(void)
{
    return slow_main(calls, sizeof calls / sizeof *calls);
}
