/* SPDX-License-Identifier: MIT */
/*
 * Thousands of random Range headers: Python, which reads RFC 9110 for itself, compares what comes with the
 * bytes of the file (support/ranges.py).
 *
 * ctest: timeout=120
 */
#include "../support/web_files.h"

#include <spawn.h>

#define ROUNDS (3000 / RUNTIME_SLOWER)

extern char **environ;

static char script[PATH_MAX];

static int wait_for(void *arg)
{
    int status;

    CHECK_SYS(waitpid(*(pid_t *)arg, &status, 0));
    return status;
}

static void compare(const struct web *web, const char *path, const char *target, int rounds)
{
    const char *port = strrchr(web->where, ':') + 1;
    const char *arguments[] = {"python3",           script, port, path, target, text_of("%d", rounds),
                               text_of("%d", 4711), NULL};
    int status;
    pid_t child;

    CHECK_EQ(posix_spawnp(&child, "python3", NULL, NULL, (char *const *)(uintptr_t)arguments, environ), 0);
    status = nw_to_thread(wait_for, &child);
    CHECK(WIFEXITED(status));
    CHECK_EQ(WEXITSTATUS(status), 0);
}

static int test(void *arg)
{
    nw_http_files *files = files_of(NULL, "root");
    struct web web = {.handler = NULL};

    (void)arg;
    web_start(&web, nw_http_files_serve, files);
    compare(&web, "root/small", "/small", ROUNDS);
    compare(&web, "root/large", "/large", ROUNDS / 10);
    web_stop(&web);
    nw_http_files_destroy(files);
    return 0;
}

int main(void)
{
    static char data[300001];
    const char *slash = strrchr(__FILE__, '/');

    snprintf(script, sizeof script, "%.*s/../support/ranges.py", (int)(slash - __FILE__), __FILE__);
    if (access(script, R_OK) < 0)
        check_skip("there is no %s", script);
    if (system("python3 -c 'import sys; sys.exit(sys.version_info < (3, 8))' 2>/dev/null") != 0)
        check_skip("there is no python3 of 3.8 or later");
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (char)(i * 2654435761u >> 16);
    check_enter_folder();
    CHECK_SYS(mkdir("root", 0755));
    write_old("root/small", data, 3001);
    write_old("root/large", data, sizeof data);
    CHECK_EQ(nw_run(test, NULL), 0);
    return 0;
}
