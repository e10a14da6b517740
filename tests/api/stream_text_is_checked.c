/* SPDX-License-Identifier: MIT */
/*
 * A line that is not UTF-8 is refused, not taken, and the place of its first bad byte is known; what is UTF-8
 * is not refused because the buffer ends within a sequence.
 */
#include "check.h"
#include <nowait.h>

static const nw_open_options checked = {.check_utf8 = true};

static nw_stream *open_checked(const char *text, size_t size, nw_open_options options)
{
    nw_stream *stream;

    check_write_file("text", text, size);
    CHECK_EQ(nw_open_with(&options, "text", "r", &stream), 0);
    return stream;
}

static void good_lines_wherever_the_buffer_ends(void)
{
    static const char text[] =
        "\xc3\xa4\xc3\xb6\n\xe2\x82\xac\n\xf0\x9f\x98\x80\xf0\x9f\x98\x80\nplain\n\xef\xbf\xbd";
    static const size_t sizes[] = {5, 4, 9, 6, 3};

    for (size_t buffer_bytes = 1; buffer_bytes <= sizeof text; buffer_bytes++) {
        nw_open_options options = {.buffer_bytes = buffer_bytes, .check_utf8 = true};
        nw_stream *stream = open_checked(text, sizeof text - 1, options);
        nw_slice line;

        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
            CHECK_EQ(nw_read_line(stream, &line), sizes[i]);
        CHECK_EQ(nw_read_line(stream, &line), 0);
        CHECK_EQ(nw_close(stream), 0);
    }
}

/* The offset is the file's, and the line can be read as bytes. */
static void a_bad_line_stays(void)
{
    static const char text[] = "good\nb\xc3\xa4"
                               "d \xc3( line\nnext\n";

    for (size_t buffer_bytes = 1; buffer_bytes <= sizeof text; buffer_bytes++) {
        nw_open_options options = {.buffer_bytes = buffer_bytes, .check_utf8 = true};
        nw_stream *stream = open_checked(text, sizeof text - 1, options);
        nw_slice line = {"untouched", 9};

        CHECK_EQ(nw_read_line(stream, &line), 5);
        line = (nw_slice){"untouched", 9};
        CHECK_EQ(nw_read_line(stream, &line), -EILSEQ);
        CHECK_EQ(line.size, 9);
        CHECK_EQ(nw_utf8_error_offset(stream), 10);
        CHECK_EQ(nw_read_line(stream, &line), -EILSEQ);
        CHECK_EQ(nw_utf8_error_offset(stream), 10);
        CHECK_EQ(nw_tell(stream), 5);
        CHECK_EQ(nw_read_until(stream, '\n', 100, &line), 13);
        CHECK_MEM(line.data,
                  "b\xc3\xa4"
                  "d \xc3( line\n",
                  13);
        CHECK_EQ(nw_read_line(stream, &line), 5);
        CHECK_MEM(line.data, "next\n", 5);
        CHECK_EQ(nw_close(stream), 0);
    }
}

static void refused(const char *text, size_t size, int64_t offset)
{
    nw_stream *stream = open_checked(text, size, checked);
    nw_slice line;

    CHECK_EQ(nw_read_line(stream, &line), -EILSEQ);
    CHECK_EQ(nw_utf8_error_offset(stream), offset);
    CHECK_EQ(nw_tell(stream), 0);
    CHECK_EQ(nw_close(stream), 0);
}

/* A sequence that the newline, or the end, cuts short; what looks like one and is none. */
static void bad_in_each_way(void)
{
    refused("ab\xe2\x82\n", 5, 2);
    refused("ab\xe2\x82", 4, 2);
    refused("\xed\xa0\x80\n", 4, 0);
    refused("a\xc0\x80\n", 4, 1);
    refused("\xf4\x90\x80\x80\n", 5, 0);
    refused("\x80\n", 2, 0);
}

/* Only nw_read_line() looks. */
static void bytes_are_bytes(void)
{
    nw_stream *stream = open_checked("\xff\n\xfe\n\xfd", 5, checked);
    nw_slice part;
    nw_bytes rest;
    char data[2];

    CHECK_EQ(nw_peek(stream, 5, &part), 5);
    CHECK_EQ(nw_read_until(stream, '\n', 100, &part), 2);
    CHECK_EQ(nw_read(stream, data, 2), 2);
    CHECK_EQ(nw_read_all(stream, 0, &rest), 0);
    CHECK_EQ(rest.size, 1);
    nw_bytes_finish(&rest);
    CHECK_EQ(nw_close(stream), 0);
}

/* Beyond the first buffer, behind a seek, and with a line end of two bytes. */
static void far_into_a_file(void)
{
    nw_open_options options = {.buffer_bytes = 4096, .check_utf8 = true, .universal_newlines = true};
    char *text = malloc(100000);
    nw_stream *stream;
    nw_slice line;

    CHECK(text);
    memset(text, 'x', 100000);
    memcpy(text + 49998, "\r\nbad\xff\r\ngood\r\n", 14);
    stream = open_checked(text, 100000, options);
    CHECK_EQ(nw_read_line(stream, &line), 49999);
    CHECK_EQ(nw_read_line(stream, &line), -EILSEQ);
    CHECK_EQ(nw_utf8_error_offset(stream), 50003);
    CHECK_EQ(nw_seek(stream, 50002, SEEK_SET), 50002);
    CHECK_EQ(nw_read_line(stream, &line), -EILSEQ);
    CHECK_EQ(nw_utf8_error_offset(stream), 50003);
    CHECK_EQ(nw_skip(stream, 4), 4);
    CHECK_EQ(nw_read_line(stream, &line), 5);
    CHECK_MEM(line.data, "good\n", 5);
    CHECK_EQ(nw_close(stream), 0);
    free(text);
}

static int first(void *arg)
{
    (void)arg;
    good_lines_wherever_the_buffer_ends();
    a_bad_line_stays();
    bad_in_each_way();
    bytes_are_bytes();
    far_into_a_file();
    return 0;
}

int main(void)
{
    check_enter_folder();
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
