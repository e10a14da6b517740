/* SPDX-License-Identifier: MIT */
/*
 * A trace tells, for each task, when it ran and what it waited for; one at a time, into a new file, and the
 * end of the loop finishes it.
 */
#include <nowait.h>

#include "check.h"

static const char *const path = "trace.json";

static int nap_twice(void *arg)
{
    (void)arg;
    CHECK_EQ(nw_sleep(NW_US(100)), 0);
    return nw_sleep(NW_US(100));
}

static size_t count(const char *text, const char *word)
{
    size_t found = 0;

    while ((text = strstr(text, word))) {
        found++;
        text += strlen(word);
    }
    return found;
}

/* The whole file, which is small. */
static void load(char *text, size_t size)
{
    FILE *file = fopen(path, "re");

    CHECK(file);
    size_t length = fread(text, 1, size - 1, file);
    text[length] = '\0';
    CHECK(length < size - 1);
    CHECK_EQ(fclose(file), 0);
}

static int trace_one_napper(void *arg)
{
    nw_spawn_options options = {.name = "a \"napper\""};

    (void)arg;
    CHECK_EQ(nw_trace_stop(), -EINVAL);
    CHECK_EQ(nw_trace_start(NULL), -EINVAL);
    CHECK_EQ(nw_trace_start("/no/such/folder/trace"), -ENOENT);
    CHECK_EQ(nw_trace_start(path), 0);
    CHECK_EQ(nw_trace_start(path), -EBUSY);
    CHECK_EQ(nw_await(nw_spawn_with(&options, nap_twice, NULL)), 0);
    CHECK_EQ(nw_trace_stop(), 0);
    CHECK_EQ(nw_trace_start(path), -EEXIST);
    return 0;
}

static int leave_it_on(void *arg)
{
    (void)arg;
    CHECK_EQ(nw_trace_start(path), 0);
    return nw_await(nw_spawn(nap_twice, NULL));
}

int main(void)
{
    static char text[65536];

    check_enter_folder();
    CHECK_EQ(nw_run(trace_one_napper, NULL), 0);
    load(text, sizeof text);
    CHECK_EQ(count(text, "{\"displayTimeUnit\""), 1);
    CHECK_EQ(count(text, "\"name\":\"sleep\",\"args\":{\"task\":\"a \\\"napper\\\"\"}"), 2);
    CHECK_EQ(count(text, "\"name\":\"a \\\"napper\\\"\""), 3); /* it ran before, between and after */
    CHECK_EQ(count(text, "\"dropped_events\",\"args\":{\"count\":0}}\n]}\n"), 1);

    CHECK_EQ(unlink(path), 0);
    CHECK_EQ(nw_run(leave_it_on, NULL), 0);
    load(text, sizeof text);
    CHECK_EQ(count(text, "\"name\":\"sleep\""), 2);
    CHECK_EQ(count(text, "\n]}\n"), 1);
    check_end(0);
}
