/* SPDX-License-Identifier: MIT */
/*
 * With universal newlines "\n", "\r\n" and "\r" end a line and read as "\n", wherever the buffer ends;
 * positions count the bytes of the file, and everything but nw_read_line() sees them as they are.
 */
#include "check.h"
#include <nowait.h>

#define TEXTS     400
#define TEXT_MAX  40
#define LINES_MAX (TEXT_MAX + 1)

/* The lines of `text`, and where each ends in it. */
struct lines {
    size_t count;
    char text[LINES_MAX][TEXT_MAX + 1];
    size_t size[LINES_MAX];
    size_t end[LINES_MAX];
};

static void split(const char *text, size_t size, struct lines *lines)
{
    size_t at = 0;

    lines->count = 0;
    while (at < size) {
        size_t *length = &lines->size[lines->count];
        char *line = lines->text[lines->count];

        *length = 0;
        while (at < size && text[at] != '\n' && text[at] != '\r')
            line[(*length)++] = text[at++];
        if (at < size) {
            at += text[at] == '\r' && at + 1 < size && text[at + 1] == '\n' ? 2 : 1;
            line[(*length)++] = '\n';
        }
        lines->end[lines->count++] = at;
    }
}

static nw_stream *open_universal(const char *path, size_t buffer_bytes)
{
    nw_open_options options = {.buffer_bytes = buffer_bytes, .universal_newlines = true};
    nw_stream *stream;

    CHECK_EQ(nw_open_with(&options, path, "r", &stream), 0);
    return stream;
}

static void lines_are_these(const char *path, const struct lines *lines, size_t buffer_bytes)
{
    nw_stream *stream = open_universal(path, buffer_bytes);
    nw_slice line;

    for (size_t i = 0; i < lines->count; i++) {
        CHECK_EQ(nw_read_line(stream, &line), lines->size[i]);
        CHECK_EQ(line.size, lines->size[i]);
        CHECK_MEM(line.data, lines->text[i], lines->size[i]);
        CHECK_EQ(nw_tell(stream), lines->end[i]);
    }
    CHECK_EQ(nw_read_line(stream, &line), 0);
    CHECK_EQ(nw_close(stream), 0);
}

static void random_texts(void)
{
    static const char letters[] = {'\r', '\n', 'a', '\r', '\n', 'b', '\0', 'c'};
    static struct lines lines;
    char text[TEXT_MAX];
    unsigned random = 1;

    for (int i = 0; i < TEXTS; i++) {
        size_t size = (size_t)(i % (TEXT_MAX + 1));

        for (size_t at = 0; at < size; at++) {
            random = random * 1103515245 + 12345;
            text[at] = letters[random >> 16 & 7];
        }
        check_write_file("text", text, size);
        split(text, size, &lines);
        lines_are_these("text", &lines, 1 + (size_t)i % 9);
        lines_are_these("text", &lines, 0);
    }
}

/* Between two lines the bytes are those of the file, also the "\r" of a line that was read as "\n". */
static void others_see_the_bytes(void)
{
    nw_stream *stream;
    nw_slice part;
    char data[32];

    check_write_file("text", "one\r\ntwo\rthree\r\n\r\nend\r", 22);
    for (size_t buffer_bytes = 1; buffer_bytes < 26; buffer_bytes++) {
        stream = open_universal("text", buffer_bytes);
        CHECK_EQ(nw_read_line(stream, &part), 4);
        CHECK_MEM(part.data, "one\n", 4);
        CHECK_EQ(nw_read(stream, data, 2), 2);
        CHECK_MEM(data, "tw", 2);
        CHECK_EQ(nw_read_line(stream, &part), 2);
        CHECK_MEM(part.data, "o\n", 2);
        CHECK_EQ(nw_seek(stream, -2, SEEK_CUR), 7);
        CHECK_EQ(nw_read(stream, data, 3), 3);
        CHECK_MEM(data, "o\rt", 3);
        CHECK_EQ(nw_read_until(stream, '\n', 100, &part), 6);
        CHECK_MEM(part.data, "hree\r\n", 6);
        CHECK_EQ(nw_read_line(stream, &part), 1);
        CHECK_EQ(nw_peek(stream, 4, &part), 4);
        CHECK_MEM(part.data, "end\r", 4);
        CHECK_EQ(nw_read_line(stream, &part), 4);
        CHECK_MEM(part.data, "end\n", 4);
        CHECK_EQ(nw_seek(stream, 0, SEEK_SET), 0);
        CHECK_EQ(nw_read(stream, data, sizeof data), 22);
        CHECK_MEM(data, "one\r\ntwo\rthree\r\n\r\nend\r", 22);
        CHECK_EQ(nw_close(stream), 0);
    }
}

static int write_bytes(void *arg)
{
    static const char text[] = "a\r\nb\rc\n\r\r\n";
    int fd = *(int *)arg;

    for (size_t i = 0; i < sizeof text - 1; i++) {
        CHECK_EQ(nw_fd_write(fd, text + i, 1), 1);
        CHECK_EQ(nw_yield(), 0);
    }
    return nw_fd_close(fd);
}

/* A "\n" that comes later than its "\r" is not a line of its own. */
static void byte_by_byte_through_a_pipe(void)
{
    static const char *const expected[] = {"a\n", "b\n", "c\n", "\n", "\n"};
    nw_open_options options = {.universal_newlines = true};
    nw_stream *stream;
    nw_slice line;
    nw_task *writer;
    int ends[2];

    CHECK_SYS(pipe2(ends, O_CLOEXEC));
    CHECK_EQ(nw_open_fd_with(&options, ends[0], "r", &stream), 0);
    writer = nw_spawn(write_bytes, &ends[1]);
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        CHECK_EQ(nw_read_line(stream, &line), strlen(expected[i]));
        CHECK_MEM(line.data, expected[i], line.size);
    }
    CHECK_EQ(nw_read_line(stream, &line), 0);
    CHECK_EQ(nw_await(writer), 0);
    CHECK_EQ(nw_close(stream), 0);
}

static int first(void *arg)
{
    (void)arg;
    random_texts();
    others_see_the_bytes();
    byte_by_byte_through_a_pipe();
    return 0;
}

int main(void)
{
    check_enter_folder();
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
