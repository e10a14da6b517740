/* SPDX-License-Identifier: MIT */
/*
 * Lines as text: longer than the buffer, longer than the limit, without an end, with NUL, with every kind of
 * newline, with a byte order mark, and not UTF-8; whatever the size of the buffer.
 */
#include <nowait/text.h>

#include "../support/runtime.h"

static nw_stream *open_text(const nw_open_options *options, const char *content, size_t size)
{
    nw_stream *stream;

    check_write_file("text", content, size);
    CHECK_EQ(nw_open_with(options, "text", "r", &stream), 0);
    return stream;
}

static void expect_line(nw_stream *stream, const char *text, size_t size)
{
    nw_slice line;

    CHECK_EQ(nw_read_line(stream, &line), size);
    CHECK_EQ(line.size, size);
    CHECK_MEM(line.data, text, size);
}

#define EXPECT_LINE(stream, text) expect_line(stream, text, sizeof text - 1)

static void newlines(size_t buffer_bytes)
{
    const nw_open_options options = {.buffer_bytes = buffer_bytes, .universal_newlines = true};
    static const char content[] = "a\rbb\r\nccc\n\n\r\r\r\nlast\r";
    nw_stream *stream = open_text(&options, content, sizeof content - 1);
    char found[64];

    EXPECT_LINE(stream, "a\n");
    CHECK_EQ(nw_tell(stream), 2);
    EXPECT_LINE(stream, "bb\n");
    CHECK_EQ(nw_tell(stream), 6);
    EXPECT_LINE(stream, "ccc\n");
    EXPECT_LINE(stream, "\n");
    EXPECT_LINE(stream, "\n");
    EXPECT_LINE(stream, "\n");
    EXPECT_LINE(stream, "\n");
    EXPECT_LINE(stream, "last\n");
    EXPECT_LINE(stream, "");
    CHECK_EQ(nw_tell(stream), sizeof content - 1);
    /* What was shown differently is still there as it was. */
    CHECK_EQ(nw_seek(stream, 0, SEEK_SET), 0);
    EXPECT_LINE(stream, "a\n");
    CHECK_EQ(nw_seek(stream, 0, SEEK_SET), 0);
    CHECK_EQ(nw_read(stream, found, sizeof found), sizeof content - 1);
    CHECK_MEM(found, content, sizeof content - 1);
    CHECK_EQ(nw_close(stream), 0);
}

static void long_lines(size_t buffer_bytes)
{
    enum { SIZE = 300000 };
    const nw_open_options options = {.buffer_bytes = buffer_bytes, .line_limit_bytes = SIZE + 1};
    char *content = malloc(3 * SIZE);
    nw_stream *stream;
    nw_slice line;

    CHECK(content);
    memset(content, 'x', 3 * SIZE);
    content[SIZE] = '\n';
    content[100] = '\0';
    content[SIZE + 2] = '\n';
    stream = open_text(&options, content, 3 * SIZE);
    expect_line(stream, content, SIZE + 1);
    EXPECT_LINE(stream, "x\n");
    for (int i = 0; i < 2; i++) {
        CHECK_EQ(nw_read_line(stream, &line), -EFBIG); /* not taken */
        CHECK_EQ(nw_tell(stream), SIZE + 3);
    }
    CHECK_EQ(nw_skip(stream, SIZE), SIZE);
    CHECK_EQ(nw_read_line(stream, &line), SIZE - 3);
    CHECK_EQ(nw_read_line(stream, &line), 0);
    CHECK_EQ(nw_close(stream), 0);
    free(content);
}

static void parts(size_t buffer_bytes)
{
    const nw_open_options options = {.buffer_bytes = buffer_bytes};
    nw_stream *stream = open_text(&options, "one;two;;three", 14);
    nw_slice part;

    CHECK_EQ(nw_read_until(stream, ';', 3, &part), -EFBIG);
    CHECK_EQ(nw_read_until(stream, ';', 4, &part), 4);
    CHECK_MEM(part.data, "one;", 4);
    CHECK_EQ(nw_read_until(stream, ';', 0, &part), 4);
    CHECK_EQ(nw_read_until(stream, ';', 0, &part), 1);
    CHECK_EQ(nw_peek(stream, 3, &part) >= 3, true);
    CHECK_MEM(part.data, "thr", 3);
    CHECK_EQ(nw_peek(stream, 100, &part), 5);
    CHECK_EQ(nw_peek(stream, 17 * 1024 * 1024, &part), -EFBIG);
    CHECK_EQ(nw_read_until(stream, ';', 0, &part), 5);
    CHECK_EQ(nw_read_until(stream, ';', 0, &part), 0);
    CHECK_EQ(nw_peek(stream, 1, &part), 0);
    CHECK_EQ(nw_close(stream), 0);
}

static void utf8(size_t buffer_bytes)
{
    const nw_open_options options = {.buffer_bytes = buffer_bytes, .check_utf8 = true, .skip_bom = true};
    nw_stream *stream = open_text(&options, "\xef\xbb\xbfgr\xc3\xbc\xc3\x9f\nbad \xc3(\nend \xe2\x82", 24);
    nw_slice line;

    EXPECT_LINE(stream, "gr\xc3\xbc\xc3\x9f\n");
    CHECK_EQ(nw_tell(stream), 10);
    CHECK_EQ(nw_read_line(stream, &line), -EILSEQ);
    CHECK_EQ(nw_utf8_error_offset(stream), 14);
    CHECK_EQ(nw_tell(stream), 10);
    CHECK_EQ(nw_read_until(stream, '\n', 0, &line), 7);
    CHECK_EQ(nw_read_line(stream, &line), -EILSEQ);
    CHECK_EQ(nw_utf8_error_offset(stream), 21);
    CHECK_EQ(nw_seek(stream, 0, SEEK_SET), 0);
    EXPECT_LINE(stream, "gr\xc3\xbc\xc3\x9f\n");
    CHECK_EQ(nw_close(stream), 0);

    stream = open_text(&options, "\xef\xbb", 2); /* the beginning of one is none */
    CHECK_EQ(nw_peek(stream, 2, &line), 2);
    CHECK_EQ(nw_close(stream), 0);
    stream = open_text(&options, "", 0);
    EXPECT_LINE(stream, "");
    CHECK_EQ(nw_close(stream), 0);
}

static int first(void *arg)
{
    static const size_t sizes[] = {1, 2, 3, 7, 4096, 5000, 0};

    (void)arg;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        newlines(sizes[i]);
        long_lines(sizes[i] < 100 ? 100 : sizes[i]);
        parts(sizes[i]);
        utf8(sizes[i]);
    }
    return 0;
}

int main(void)
{
    check_enter_folder();
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
