/* SPDX-License-Identifier: MIT */
/*
 * What stands in the file for an entry: the time in the format asked for, tabs after newlines inside, NUL
 * bytes as they are, long texts; and what is too long.
 */
#include "../support/runtime.h"
#include <regex.h>

static nw_logger *logger;
static char content[300000];
static size_t content_size;

static void open_log(const nw_log_options *options)
{
    unlink("log");
    CHECK_EQ(nw_log_open(options, "log", &logger), 0);
}

static void close_log(void)
{
    CHECK_EQ(nw_log_close(logger), 0);
    FILE *file = fopen("log", "re");
    CHECK(file);
    content_size = fread(content, 1, sizeof content - 1, file);
    content[content_size] = '\0';
    fclose(file);
}

static void texts(void)
{
    nw_log_options options = {.time_format = ""};

    open_log(&options);
    CHECK_EQ(nw_log(logger, "%s", ""), 0);
    CHECK_EQ(nw_log(logger, "one\n"), 0);
    CHECK_EQ(nw_log(logger, "two\nlines"), 0);
    CHECK_EQ(nw_log(logger, "\n\n\n"), 0);
    CHECK_EQ(nw_log_text(logger, NULL, 0), 0);
    CHECK_EQ(nw_log_text(logger, "a\0b\n\0", 5), 0);
    CHECK_EQ(nw_log_text(logger, "\n", 1), 0);
    close_log();
    static const char expected[] = "\none\ntwo\n\tlines\n\n\t\n\t\n\na\0b\n\t\0\n\n";
    CHECK_EQ(content_size, sizeof expected - 1);
    CHECK_MEM(content, expected, sizeof expected - 1);
}

static void sizes(void)
{
    nw_log_options options = {.time_format = "", .entry_limit_bytes = 100000};
    static char text[100002];

    memset(text, 'x', sizeof text - 1);
    open_log(&options);
    CHECK_EQ(nw_log(logger, "%s", text), -EMSGSIZE);
    CHECK_EQ(nw_log_text(logger, text, 100001), -EMSGSIZE);
    CHECK_EQ(nw_log(logger, "%.511s", text), 0);
    CHECK_EQ(nw_log(logger, "%.512s", text), 0);
    CHECK_EQ(nw_log(logger, "%.513s", text), 0);
    CHECK_EQ(nw_log(logger, "%.100000s", text), 0);
    CHECK_EQ(nw_log(NULL, "x"), -EINVAL);
    CHECK_EQ(nw_log_text(logger, NULL, 1), -EINVAL);
    close_log();
    CHECK_EQ(content_size, 512 + 513 + 514 + 100001);

    options = (nw_log_options){.time_format = "", .queue_bytes = 100};
    open_log(&options);
    CHECK_EQ(nw_log_text(logger, text, 100), -EMSGSIZE); /* it would never fit */
    CHECK_EQ(nw_log_text(logger, text, 99), 0);
    close_log();
    CHECK_EQ(content_size, 100);
}

static void check_time(const char *format, bool local, const char *pattern)
{
    nw_log_options options = {.time_format = format, .local_time = local};
    regex_t regex;

    open_log(&options);
    CHECK_EQ(nw_log(logger, "text"), 0);
    close_log();
    CHECK_EQ(regcomp(&regex, pattern, REG_EXTENDED), 0);
    if (regexec(&regex, content, 0, NULL, 0) != 0)
        check_fail(__FILE__, __LINE__, "\"%s\" does not match %s", content, pattern);
    regfree(&regex);
}

static void times(void)
{
    check_time(NULL, false,
               "^2[0-9]{3}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9]\\.[0-9]{6}Z text\n$");
    check_time(NULL, true, "T[0-2][0-9]:[0-5][0-9]:[0-6][0-9]\\.[0-9]{6}\\+05:45 text\n$");
    check_time("%%f %f|%L %%L %S.%L ", false, "^%f [0-9]{6}\\|[0-9]{3} %L [0-6][0-9]\\.[0-9]{3} text\n$");
    check_time("%H%z ", true, "^[0-2][0-9]\\+0545 text\n$");
    check_time("[%s] ", false, "^\\[[0-9]+\\] text\n$");
    check_time("at%", false, "^at%?text\n$");
}

static int first(void *arg)
{
    (void)arg;
    texts();
    sizes();
    times();
    return 0;
}

int main(void)
{
    setenv("TZ", "KTM-5:45", 1);
    check_enter_folder();
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
