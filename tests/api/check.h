/* SPDX-License-Identifier: MIT */
/*
 * What a test program needs: checks that say where and with which values they failed, skipping, and a folder
 * of its own that is gone when the program ends, however it ends. Works in tasks, threads and forked
 * children. Uses the C library only, so that it shows nothing but the behaviour of what is tested.
 */
#ifndef NW_TESTS_CHECK_H
#define NW_TESTS_CHECK_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHECK_SKIPPED 77

/* The condition holds, or the program ends with status 1. */
#define CHECK(condition)                                                                                     \
    do {                                                                                                     \
        if (!(condition))                                                                                    \
            check_fail(__FILE__, __LINE__, "%s", #condition);                                                \
    } while (0)

/* Two integers are equal: the value first, then what is expected. Each is evaluated once. */
#define CHECK_EQ(actual, expected)                                                                           \
    check_equal(__FILE__, __LINE__, #actual, (intmax_t)(actual), #expected, (intmax_t)(expected))

/* Two strings are equal; NULL equals nothing. */
#define CHECK_STR(actual, expected) check_string(__FILE__, __LINE__, #actual, (actual), (expected))

/* Two blocks of bytes are equal: on failure the first difference is printed. */
#define CHECK_MEM(actual, expected, size_bytes)                                                              \
    check_memory(__FILE__, __LINE__, #actual, (actual), (expected), (size_bytes))

/* A system call of the test's own must not fail. The value is its result. */
#define CHECK_SYS(call) check_system(__FILE__, __LINE__, #call, (intmax_t)(call))

static char check_folder[PATH_MAX];
static pid_t check_folder_owner;

/* The tool box is in a header: a test need not use all of it. */
#define CHECK_UNUSED __attribute__((unused))

CHECK_UNUSED static int check_remove_entry(const char *path, const struct stat *status, int kind,
                                           struct FTW *at)
{
    (void)status, (void)kind, (void)at;
    return remove(path);
}

CHECK_UNUSED static void check_leave_folder(void)
{
    if (!check_folder[0] || getpid() != check_folder_owner)
        return;
    if (chdir("/") == 0)
        nftw(check_folder, check_remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    check_folder[0] = '\0';
}

/* No exit handlers and no leak report: on a task's stack, with other threads alive, they would only add
 * noise. */
CHECK_UNUSED __attribute__((noreturn)) static void check_end(int status)
{
    check_leave_folder();
    fflush(NULL);
    _exit(status);
}

CHECK_UNUSED __attribute__((noreturn, format(printf, 3, 4))) static void
check_fail(const char *file, int line, const char *format, ...)
{
    va_list arguments;

    fprintf(stderr, "%s:%d: ", file, line);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    check_end(1);
}

/* This machine cannot show the behaviour: say why, and end with the status that means "skipped". */
CHECK_UNUSED __attribute__((noreturn, format(printf, 1, 2))) static void check_skip(const char *format, ...)
{
    va_list arguments;

    fputs("skipped: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    check_end(CHECK_SKIPPED);
}

CHECK_UNUSED static void check_equal(const char *file, int line, const char *actual_text, intmax_t actual,
                                     const char *expected_text, intmax_t expected)
{
    if (actual != expected)
        check_fail(file, line, "%s is %" PRIdMAX ", not %s (%" PRIdMAX ")", actual_text, actual,
                   expected_text, expected);
}

CHECK_UNUSED static void check_string(const char *file, int line, const char *text, const char *actual,
                                      const char *expected)
{
    if (!actual || !expected || strcmp(actual, expected) != 0)
        check_fail(file, line, "%s is \"%s\", not \"%s\"", text, actual ? actual : "(null)",
                   expected ? expected : "(null)");
}

CHECK_UNUSED static void check_memory(const char *file, int line, const char *text, const void *actual,
                                      const void *expected, size_t size_bytes)
{
    const unsigned char *a = actual, *b = expected;

    for (size_t i = 0; i < size_bytes; i++)
        if (a[i] != b[i])
            check_fail(file, line, "%s differs at byte %zu of %zu: 0x%02x, not 0x%02x", text, i, size_bytes,
                       a[i], b[i]);
}

CHECK_UNUSED static int check_system(const char *file, int line, const char *text, intmax_t result)
{
    if (result < 0)
        check_fail(file, line, "%s: %s", text, strerror(errno));
    return (int)result;
}

/* Make an empty folder under $TMPDIR or /tmp, go there, and remove it when the program ends. */
CHECK_UNUSED static void check_enter_folder(void)
{
    const char *parent = getenv("TMPDIR");

    snprintf(check_folder, sizeof check_folder, "%s/nowait-check.XXXXXX",
             parent && *parent ? parent : "/tmp");
    CHECK(mkdtemp(check_folder));
    CHECK_SYS(chdir(check_folder));
    check_folder_owner = getpid();
    CHECK(atexit(check_leave_folder) == 0);
}

/* How many entries a folder has, without "." and "..". */
CHECK_UNUSED static int check_count_entries(const char *path)
{
    int count = 0;
    struct dirent *entry;
    DIR *folder = opendir(path);

    CHECK(folder);
    while ((entry = readdir(folder)))
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(folder);
    return count;
}

/* How many descriptors are open in this process: equal before and after means that none leaked. */
CHECK_UNUSED static int check_open_fds(void)
{
    return check_count_entries("/proc/self/fd") - 1; /* the one that counts */
}

/* Write a file the blocking way. */
CHECK_UNUSED static void check_write_file(const char *path, const void *data, size_t size_bytes)
{
    FILE *file = fopen(path, "we");

    CHECK(file);
    CHECK_EQ(fwrite(data, 1, size_bytes, file), size_bytes);
    CHECK_EQ(fclose(file), 0);
}

/* The file holds exactly these bytes. */
CHECK_UNUSED static void check_file_holds(const char *path, const void *data, size_t size_bytes)
{
    char *found = malloc(size_bytes + 1);
    FILE *file = fopen(path, "re");

    CHECK(found);
    if (!file)
        check_fail(__FILE__, __LINE__, "%s: %s", path, strerror(errno));
    CHECK_EQ(fread(found, 1, size_bytes + 1, file), size_bytes);
    CHECK_MEM(found, data, size_bytes);
    fclose(file);
    free(found);
}

#endif
