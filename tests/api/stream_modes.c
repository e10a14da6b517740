/* SPDX-License-Identifier: MIT */
/* What each mode makes of a file that is there and of one that is not, and which strings are no modes. */
#include "check.h"
#include <nowait.h>

/* What a mode does. */
struct mode {
    const char *base;
    int when_there; /* what opening gives */
    int when_absent;
    bool reads, writes;
    const char *after; /* "old" was there, "new" was written if that is allowed, at once */
};

static const struct mode modes[] = {
    {"r", 0, -ENOENT, true, false, "old"}, {"r+", 0, -ENOENT, true, true, "new"},
    {"w", 0, 0, false, true, "new"},       {"w+", 0, 0, true, true, "new"},
    {"a", 0, 0, false, true, "oldnew"},    {"a+", 0, 0, true, true, "oldnew"},
    {"x", -EEXIST, 0, false, true, "old"}, {"x+", -EEXIST, 0, true, true, "old"},
};

/* The letters that change nothing, in front of and behind the plus. */
static const char *const ignored[] = {"", "b", "t", "e", "be", "eb", "te"};

static void use(nw_stream *stream, const struct mode *mode)
{
    char data[8];
    int flags = CHECK_SYS(fcntl(nw_stream_fd(stream), F_GETFD));

    CHECK_EQ(flags & FD_CLOEXEC, FD_CLOEXEC);
    CHECK_EQ(nw_write(stream, "new", 3), mode->writes ? 3 : -EBADF);
    CHECK_EQ(nw_seek(stream, 0, SEEK_SET), 0);
    CHECK_EQ(nw_read(stream, data, 1), mode->reads ? 1 : -EBADF);
    CHECK_EQ(nw_truncate(stream, 100) == 100, mode->writes);
    if (mode->writes)
        CHECK_EQ(nw_truncate(stream, (int64_t)strlen(mode->after)), strlen(mode->after));
    else
        CHECK_EQ(nw_truncate(stream, 100), -EBADF);
    CHECK_EQ(nw_close(stream), 0);
}

static void open_and_use(const struct mode *mode, const char *text)
{
    nw_stream *stream = NULL;

    check_write_file("there", "old", 3);
    CHECK_EQ(nw_open("there", text, &stream), mode->when_there);
    CHECK_EQ(stream != NULL, mode->when_there == 0);
    if (stream) {
        use(stream, mode);
        check_file_holds("there", mode->after, strlen(mode->after));
    }

    stream = NULL;
    unlink("absent");
    CHECK_EQ(nw_open("absent", text, &stream), mode->when_absent);
    CHECK_EQ(stream != NULL, mode->when_absent == 0);
    CHECK_EQ(access("absent", F_OK) == 0, mode->when_absent == 0);
    CHECK_EQ(nw_close(stream), 0);
}

static void every_mode(void)
{
    char text[8];

    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
        for (size_t j = 0; j < sizeof ignored / sizeof *ignored; j++) {
            snprintf(text, sizeof text, "%s%s", modes[i].base, ignored[j]);
            open_and_use(&modes[i], text);
            if (!modes[i].base[1])
                continue;
            snprintf(text, sizeof text, "%c%s+", modes[i].base[0], ignored[j]);
            open_and_use(&modes[i], text);
        }
}

static void no_modes(void)
{
    static const char *const wrong[] = {"",   "+",   "b",  "t",   "e",  "+r",  "br", "rw",  "rr",
                                        "ra", "wx",  "aw", "R",   "rz", "r ",  " r", "r,",  "rU",
                                        "m",  "wxa", "+b", "r\n", "r-", "r\1", "0",  "read"};

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        nw_stream *stream = (nw_stream *)wrong;
        int rc = nw_open("there", wrong[i], &stream);

        if (rc != -EINVAL)
            check_fail(__FILE__, __LINE__, "mode \"%s\" gave %d", wrong[i], rc);
        CHECK(stream == (nw_stream *)wrong);
    }
    check_file_holds("there", "old", 3);
}

static int first(void *arg)
{
    nw_stream *stream = NULL;

    (void)arg;
    every_mode();
    check_write_file("there", "old", 3);
    no_modes();
    CHECK_EQ(nw_open("there", NULL, &stream), -EINVAL);
    CHECK_EQ(nw_open(NULL, "r", &stream), -EINVAL);
    CHECK_EQ(nw_open("there", "r", NULL), -EINVAL);
    CHECK_EQ(nw_open("", "r", &stream), -ENOENT);
    CHECK_EQ(nw_open(".", "r", &stream), -EISDIR);
    CHECK_EQ(nw_open(".", "r+", &stream), -EISDIR);
    CHECK_EQ(nw_open("there/below", "r", &stream), -ENOTDIR);
    CHECK(!stream);
    return 0;
}

int main(void)
{
    int open_fds;

    check_enter_folder();
    open_fds = check_open_fds();
    CHECK_EQ(nw_run(first, NULL), 0);
    CHECK_EQ(check_open_fds(), open_fds);
    return 0;
}
