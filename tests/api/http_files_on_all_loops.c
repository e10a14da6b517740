/* SPDX-License-Identifier: MIT */
/*
 * One directory, served by all loops at once, while its files are replaced: each loop has its own cache of
 * them, and the directory can go as soon as the server has ended.
 */
#include "../support/web_files.h"

#define READERS 40
#define ROUNDS  20

static int read_often(void *arg)
{
    for (int i = 0; i < ROUNDS; i++) {
        nw_stream *stream = web_connect(arg);
        char *heard, *content;

        web_say(stream, request_of("GET", "/file", "Connection: close\r\n"));
        heard = web_hear(stream);
        CHECK(strncmp(heard, "HTTP/1.1 200 OK\r\n", 17) == 0);
        content = strstr(heard, "\r\n\r\n");
        CHECK(content);
        CHECK(strcmp(content + 4, "old") == 0 || strcmp(content + 4, "newer") == 0);
        free(heard);
        CHECK_EQ(nw_close(stream), 0);
    }
    return 0;
}

static int replace_often(void *arg)
{
    (void)arg;
    for (int i = 0; i < ROUNDS; i++) {
        write_text("root/next", i % 2 ? "old" : "newer");
        CHECK_SYS(rename("root/next", "root/file"));
        CHECK_EQ(nw_sleep(NW_MS(1)), 0);
    }
    return 0;
}

static int test(void *arg)
{
    const nw_http_files_options options = {.fresh_ns = NW_MS(1)};
    struct web web = {.options.all_loops = true};
    int open_before = check_open_fds();
    nw_group group;

    (void)arg;
    for (int round = 0; round < 3; round++) {
        nw_http_files *files = files_of(&options, "root");

        web_start(&web, nw_http_files_serve, files);
        nw_group_init(&group, 0);
        for (int i = 0; i < READERS; i++)
            CHECK_EQ(nw_group_spawn(&group, read_often, &web), 0);
        CHECK_EQ(nw_group_spawn(&group, replace_often, NULL), 0);
        CHECK_EQ(nw_group_finish(&group), 0);
        web_stop(&web);
        nw_http_files_destroy(files);
        CHECK_EQ(check_open_fds(), open_before);
    }
    return 0;
}

int main(void)
{
    const nw_run_options options = {.loops = 3};

    check_enter_folder();
    CHECK_SYS(mkdir("root", 0755));
    write_text("root/file", "old");
    CHECK_EQ(nw_run_with(&options, test, NULL), 0);
    return 0;
}
