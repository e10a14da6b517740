/* SPDX-License-Identifier: MIT */
/* nw_read_file: sizes around its guesses, files without a size, the limit, a device, a directory. */
#include "check.h"
#include <nowait.h>

static char *content;

static void sizes(void)
{
    static const size_t list[] = {0, 1, 4095, 4096, 4097, 131071, 131072, 131073, 5000000};
    nw_bytes bytes;

    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        check_write_file("file", content, list[i]);
        CHECK_EQ(nw_read_file("file", 0, &bytes), 0);
        CHECK_EQ(bytes.size, list[i]);
        CHECK_MEM(bytes.data, content, list[i]);
        CHECK_EQ(bytes.data[list[i]], 0);
        nw_bytes_finish(&bytes);
    }
}

static void limits(void)
{
    nw_bytes bytes = {(char *)1, 3};

    check_write_file("file", content, 1000);
    CHECK_EQ(nw_read_file("file", 999, &bytes), -EFBIG);
    CHECK_EQ(nw_read_file("file", 1, &bytes), -EFBIG);
    CHECK_EQ(bytes.size, 3);
    CHECK_EQ(nw_read_file("file", 1000, &bytes), 0);
    CHECK_EQ(bytes.size, 1000);
    nw_bytes_finish(&bytes);
    CHECK_EQ(nw_read_file("/dev/zero", 100000, &bytes), -EFBIG);
    CHECK_EQ(nw_read_file("/proc/self/maps", 10, &bytes), -EFBIG);
    check_write_file("file", content, 0);
    CHECK_EQ(nw_read_file("file", 1, &bytes), 0);
    CHECK_EQ(bytes.size, 0);
    nw_bytes_finish(&bytes);
}

static void without_a_size(void)
{
    nw_bytes bytes;

    CHECK_EQ(nw_read_file("/proc/sys/kernel/ostype", 0, &bytes), 0);
    CHECK_STR(bytes.data, "Linux\n");
    nw_bytes_finish(&bytes);
    CHECK_EQ(nw_read_file("/proc/self/smaps", 0, &bytes), 0);
    CHECK(bytes.size > 4096);
    CHECK_EQ(bytes.size, strlen(bytes.data));
    nw_bytes_finish(&bytes);
    CHECK_EQ(nw_read_file("/dev/null", 0, &bytes), 0);
    CHECK_EQ(bytes.size, 0);
    nw_bytes_finish(&bytes);
    CHECK_EQ(nw_read_file("/sys/devices/system/cpu/present", 0, &bytes), 0); /* says 4096, has fewer */
    CHECK(bytes.size > 0 && bytes.size < 100);
    nw_bytes_finish(&bytes);
}

static int first(void *arg)
{
    int open_before = check_open_fds();
    nw_bytes bytes;

    (void)arg;
    content = malloc(5000000);
    CHECK(content);
    for (size_t i = 0; i < 5000000; i++)
        content[i] = (char)(i % 251);
    sizes();
    limits();
    without_a_size();
    CHECK_EQ(nw_read_file(".", 0, &bytes), -EISDIR);
    CHECK_EQ(nw_read_file(NULL, 0, &bytes), -EINVAL);
    CHECK_EQ(nw_read_file("file", 0, NULL), -EINVAL);
    CHECK_EQ(nw_read_file("file", SIZE_MAX, &bytes), -EINVAL);
    CHECK_EQ(check_open_fds(), open_before);
    free(content);
    return 0;
}

int main(void)
{
    check_enter_folder();
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
