/* SPDX-License-Identifier: MIT */
/*
 * script POOL SCRIPT TASKS: carry out the sequences of stream operations in SCRIPT, TASKS of them at a time,
 * and print what each operation gave. One line an operation, the answers in the same order;
 * compare_with_python.py writes the one, reads the other, and says what the letters mean. What is written
 * comes from the file POOL. Uses public headers only; decides nothing about right and wrong.
 */
#include <nowait.h>

#include <sys/uio.h>

#include "../api/check.h"

#define VECTORS_MAX   8
#define SPOOLED_BYTES 3000

struct sequence {
    char *text;    /* its lines */
    char *answers; /* printed at the end, so that sequences that run together do not mix */
    size_t answer_bytes;
    FILE *out;
    char *path;
    nw_stream *stream;
    bool aside;   /* what is open is not the file */
    bool hurried; /* this line has a deadline, */
    bool again;   /* which has passed: once more */
    nw_deadline deadline;
};

static char *pool;

static char *read_whole(const char *path)
{
    FILE *file = fopen(path, "re");
    struct stat status;
    char *text;

    CHECK(file);
    CHECK_SYS(fstat(fileno(file), &status));
    text = malloc((size_t)status.st_size + 1);
    CHECK(text);
    CHECK_EQ(fread(text, 1, (size_t)status.st_size, file), status.st_size);
    text[status.st_size] = '\0';
    fclose(file);
    return text;
}

/* The CRC-32 of zlib. */
static uint32_t crc(const void *data, size_t size_bytes)
{
    static uint32_t table[256];
    const unsigned char *byte = data;
    uint32_t sum = UINT32_MAX;

    if (!table[1])
        for (uint32_t i = 0; i < 256; i++) {
            uint32_t value = i;

            for (int bit = 0; bit < 8; bit++)
                value = value & 1 ? value >> 1 ^ UINT32_C(0xedb88320) : value >> 1;
            table[i] = value;
        }
    for (size_t i = 0; i < size_bytes; i++)
        sum = sum >> 8 ^ table[(sum ^ byte[i]) & 0xff];
    return ~sum;
}

static void answer(struct sequence *sequence, int64_t result, const void *data, size_t size_bytes)
{
    sequence->again = sequence->hurried && result == -ETIMEDOUT;
    if (sequence->again)
        return;
    if (result < 0)
        fprintf(sequence->out, "%" PRId64 "\n", result);
    else
        fprintf(sequence->out, "%" PRId64 " %08" PRIx32 "\n", result, crc(data, size_bytes));
}

static void answer_number(struct sequence *sequence, int64_t result)
{
    sequence->again = sequence->hurried && result == -ETIMEDOUT;
    if (!sequence->again)
        fprintf(sequence->out, "%" PRId64 "\n", result);
}

/* The numbers of the line behind its letter. */
static int64_t number(char **at)
{
    return strtoll(*at, at, 10);
}

static char *word(char **at)
{
    char *begin = *at + strspn(*at, " ");

    *at = begin + strcspn(begin, " ");
    if (**at)
        *(*at)++ = '\0';
    return begin;
}

/* A descriptor that came from elsewhere: its position may be shared. */
static int open_by_descriptor(const nw_open_options *options, const char *path, const char *mode,
                              nw_stream **stream_out)
{
    int flags = mode[0] == 'r'   ? 0
                : mode[0] == 'w' ? O_CREAT | O_TRUNC
                : mode[0] == 'a' ? O_CREAT | O_APPEND
                                 : O_CREAT | O_EXCL;
    int access = strchr(mode, '+') ? O_RDWR : mode[0] == 'r' ? O_RDONLY : O_WRONLY;
    int fd = open(path, access | flags | O_CLOEXEC, 0666);

    return fd < 0 ? -errno : nw_open_fd_with(options, fd, mode, stream_out);
}

static void do_open(struct sequence *sequence, char *at)
{
    const char *mode = word(&at);
    nw_open_options options = {.buffer_bytes = (size_t)number(&at), .pieces = (unsigned)number(&at)};
    int64_t flags = number(&at);
    nw_stream *stream;
    int rc;

    nw_close(sequence->stream);
    sequence->stream = NULL;
    options.direct = flags & 1;
    options.line_buffered = flags & 2;
    options.line_limit_bytes = (size_t)number(&at);
    sequence->aside = flags & (8 | 16);
    if (flags & 8)
        rc = nw_open_memory(0, &stream);
    else if (flags & 16)
        rc = nw_temp_spooled(NULL, SPOOLED_BYTES, &stream);
    else if (flags & 4)
        rc = open_by_descriptor(&options, sequence->path, mode, &stream);
    else
        rc = nw_open_with(&options, sequence->path, mode, &stream);
    if (rc == 0)
        sequence->stream = stream;
    answer_number(sequence, rc);
}

/* A read that was cut short by its deadline goes on without one. */
static ssize_t read_on(struct sequence *sequence, char *data, size_t size, ssize_t got)
{
    while (sequence->hurried && got > 0 && (size_t)got < size) {
        ssize_t n = nw_read(sequence->stream, data + got, size - (size_t)got);

        if (n == -ETIMEDOUT) {
            nw_deadline_end(&sequence->deadline);
            nw_deadline_begin(&sequence->deadline, NW_FOREVER);
        } else if (n <= 0) {
            break;
        } else {
            got += n;
        }
    }
    return got;
}

static void do_read(struct sequence *sequence, char *at)
{
    size_t size = (size_t)number(&at);
    char *data = malloc(size + 1);
    ssize_t got;

    CHECK(data);
    got = read_on(sequence, data, size, nw_read(sequence->stream, data, size));
    answer(sequence, got, data, got < 0 ? 0 : (size_t)got);
    free(data);
}

static void do_read_exactly(struct sequence *sequence, char *at)
{
    size_t size = (size_t)number(&at);
    char *data = malloc(size + 1);
    ssize_t got;

    CHECK(data);
    got = nw_read_exactly(sequence->stream, data, size);
    answer(sequence, got, data, got < 0 ? 0 : (size_t)got);
    free(data);
}

static void do_read_all(struct sequence *sequence, char *at)
{
    nw_bytes bytes = {NULL, 0};
    int rc = nw_read_all(sequence->stream, (size_t)number(&at), &bytes);

    answer(sequence, rc < 0 ? rc : (int64_t)bytes.size, bytes.data, bytes.size);
    nw_bytes_finish(&bytes);
}

/* What a call that gives a view gave. */
static void answer_view(struct sequence *sequence, int64_t result, nw_slice view)
{
    if (result >= 0)
        CHECK_EQ(result, view.size);
    answer(sequence, result, view.data, result < 0 ? 0 : view.size);
}

static void do_read_until(struct sequence *sequence, char *at)
{
    nw_slice view = {NULL, 0};
    char end = (char)number(&at);
    size_t limit = (size_t)number(&at);

    answer_view(sequence, nw_read_until(sequence->stream, end, limit, &view), view);
}

static void do_write(struct sequence *sequence, char *at)
{
    const char *data = pool + number(&at);
    size_t size = (size_t)number(&at);
    ssize_t done = nw_write(sequence->stream, data, size), n = done;

    while (sequence->hurried && done > 0 && (size_t)done < size) {
        if (n == -ETIMEDOUT) {
            nw_deadline_end(&sequence->deadline);
            nw_deadline_begin(&sequence->deadline, NW_FOREVER);
        }
        n = nw_write(sequence->stream, data + done, size - (size_t)done);
        if (n < 0 && n != -ETIMEDOUT)
            break;
        done += n > 0 ? n : 0;
    }
    answer_number(sequence, done);
}

static void do_writev(struct sequence *sequence, char *at)
{
    struct iovec vectors[VECTORS_MAX];
    char *data = pool + number(&at);
    int count = 0;

    while (*at) {
        CHECK(count < VECTORS_MAX);
        vectors[count].iov_base = data;
        vectors[count].iov_len = (size_t)number(&at);
        data += vectors[count++].iov_len;
    }
    answer_number(sequence, nw_writev(sequence->stream, vectors, count));
}

static void do_write_lines(struct sequence *sequence, char *at)
{
    static const char *const lines[] = {"alpha\n",         "",          "beta", "\n",
                                        "gamma delta\r\n", "epsilon\n", "z",    "eta\n"};
    size_t first = (size_t)number(&at);

    answer_number(sequence, nw_write_lines(sequence->stream, lines + first, (size_t)number(&at)));
}

static void do_printf(struct sequence *sequence, char *at)
{
    int value = (int)number(&at), width = (int)number(&at);

    answer_number(sequence, nw_printf(sequence->stream, "%08d|%-*s|%x%%\n", value, width, "ab", value));
}

static void do_copy_out(struct sequence *sequence, char *at)
{
    nw_bytes bytes = {NULL, 0};
    nw_stream *memory;
    int64_t copied;

    CHECK_EQ(nw_open_memory(0, &memory), 0);
    copied = nw_copy(memory, sequence->stream, number(&at), NULL);
    CHECK_EQ(nw_memory_take(memory, &bytes), 0);
    if (copied >= 0)
        CHECK_EQ(bytes.size, copied);
    answer(sequence, copied, bytes.data, bytes.size);
    nw_bytes_finish(&bytes);
    CHECK_EQ(nw_close(memory), 0);
}

static void do_copy_in(struct sequence *sequence, char *at)
{
    const char *data = pool + number(&at);
    nw_stream *slice;

    CHECK_EQ(nw_open_slice((nw_slice){data, (size_t)number(&at)}, &slice), 0);
    answer_number(sequence, nw_copy(sequence->stream, slice, 0, NULL));
    CHECK_EQ(nw_close(slice), 0);
}

static void do_seek(struct sequence *sequence, char *at)
{
    int64_t offset = number(&at);

    answer_number(sequence, nw_seek(sequence->stream, offset, (int)number(&at)));
}

static void do_written(struct sequence *sequence, char *at)
{
    int rc = nw_flush(sequence->stream);

    (void)at;
    answer_number(sequence, rc < 0 ? rc : nw_written(sequence->stream));
}

/* Out of the page cache: what is read next comes from the disk, where there is one. */
static void do_drop(struct sequence *sequence, char *at)
{
    int rc = nw_flush(sequence->stream);

    (void)at;
    if (rc == 0 && !sequence->aside) {
        int fd = CHECK_SYS(open(sequence->path, O_RDONLY | O_CLOEXEC));

        CHECK_SYS(fdatasync(fd));
        posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
        close(fd);
    }
    answer_number(sequence, rc);
}

/* The content of what is no file. */
static void look_aside(struct sequence *sequence)
{
    nw_bytes bytes = {NULL, 0};
    int64_t position = nw_tell(sequence->stream);

    CHECK_EQ(nw_seek(sequence->stream, 0, SEEK_SET), 0);
    CHECK_EQ(nw_read_all(sequence->stream, 0, &bytes), 0);
    answer(sequence, (int64_t)bytes.size, bytes.data, bytes.size);
    nw_bytes_finish(&bytes);
    CHECK_EQ(nw_seek(sequence->stream, position, SEEK_SET), position);
}

/* What others see of the file now. */
static void do_look(struct sequence *sequence, char *at)
{
    char *data = NULL;
    size_t size = 0;
    ssize_t got;
    int fd, rc = nw_flush(sequence->stream);

    (void)at;
    if (rc < 0) {
        answer_number(sequence, rc);
        return;
    }
    if (sequence->aside) {
        look_aside(sequence);
        return;
    }
    fd = CHECK_SYS(open(sequence->path, O_RDONLY | O_CLOEXEC));
    do {
        data = realloc(data, size + 65536);
        CHECK(data);
        got = CHECK_SYS(read(fd, data + size, 65536));
        size += (size_t)got;
    } while (got > 0);
    answer(sequence, (int64_t)size, data, size);
    free(data);
    close(fd);
}

/* A view is good until the next call on the stream: nothing else is called in between. */
static void do_read_line(struct sequence *sequence, char *at)
{
    nw_slice view = {NULL, 0};

    (void)at;
    answer_view(sequence, nw_read_line(sequence->stream, &view), view);
}

static void do_peek(struct sequence *sequence, char *at)
{
    nw_slice view = {NULL, 0};

    answer_view(sequence, nw_peek(sequence->stream, (size_t)number(&at), &view), view);
}

static void do_close(struct sequence *sequence, char *at)
{
    int rc = nw_close(sequence->stream);

    (void)at;
    sequence->stream = NULL;
    sequence->hurried = false; /* a close is not tried again */
    answer_number(sequence, rc);
}

/* What is answered by a number, which is the call's. Returns: false when the letter is none of these. */
static bool do_number(struct sequence *sequence, char letter, char *at)
{
    nw_stream *stream = sequence->stream;

    switch (letter) {
    case 'k':
        answer_number(sequence, nw_skip(stream, number(&at)));
        return true;
    case 't':
        answer_number(sequence, nw_tell(stream));
        return true;
    case 'T':
        answer_number(sequence, nw_truncate(stream, number(&at)));
        return true;
    case 'f':
        answer_number(sequence, nw_flush(stream));
        return true;
    case 'y':
        answer_number(sequence, nw_sync(stream));
        return true;
    default:
        return false;
    }
}

static void do_line(struct sequence *sequence, char letter, char *at)
{
    static const struct {
        char letter;
        void (*carry_out)(struct sequence *sequence, char *at);
    } operations[] = {
        {'o', do_open},      {'r', do_read},        {'e', do_read_exactly}, {'A', do_read_all},
        {'l', do_read_line}, {'p', do_peek},        {'u', do_read_until},   {'w', do_write},
        {'v', do_writev},    {'W', do_write_lines}, {'P', do_printf},       {'C', do_copy_out},
        {'D', do_copy_in},   {'s', do_seek},        {'d', do_drop},         {'n', do_written},
        {'L', do_look},      {'c', do_close},
    };

    if (do_number(sequence, letter, at))
        return;
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++) {
        if (operations[i].letter == letter) {
            operations[i].carry_out(sequence, at);
            return;
        }
    }
    check_fail(__FILE__, __LINE__, "no operation has the letter '%c'", letter);
}

/* Under a deadline that may pass at any moment, or before it begins; again, with more time, until it did not.
 */
static void do_line_hurried(struct sequence *sequence, char letter, char *at)
{
    static unsigned random = 1;
    int patience = 0;

    do {
        random = random * 1103515245 + 12345;
        sequence->hurried = true;
        sequence->again = false;
        nw_deadline_begin(&sequence->deadline, NW_US((int64_t)(random >> 16 & 63) << patience));
        patience += patience < 20;
        do_line(sequence, letter, at);
        nw_deadline_end(&sequence->deadline);
        sequence->hurried = false;
    } while (sequence->again);
}

static int run_sequence(void *arg)
{
    struct sequence *sequence = arg;
    char *rest = NULL;

    sequence->out = open_memstream(&sequence->answers, &sequence->answer_bytes);
    CHECK(sequence->out);
    sequence->path = strtok_r(sequence->text, "\n", &rest);
    for (char *line; (line = strtok_r(NULL, "\n", &rest));)
        if (line[0] == '~')
            do_line_hurried(sequence, line[1], line + 2);
        else
            do_line(sequence, line[0], line + 1);
    nw_close(sequence->stream);
    fclose(sequence->out);
    return 0;
}

/* Sequences are parted by an empty line; the first line of each is the path of its file. */
static size_t split(char *text, struct sequence **sequences_out)
{
    struct sequence *sequences = NULL;
    size_t count = 0;

    while (*text) {
        char *end = strstr(text, "\n\n");

        CHECK(end);
        *end = '\0';
        sequences = realloc(sequences, (count + 1) * sizeof *sequences);
        CHECK(sequences);
        sequences[count++] = (struct sequence){.text = text};
        text = end + 2;
    }
    *sequences_out = sequences;
    return count;
}

struct job {
    struct sequence *sequences;
    size_t count;
    size_t tasks;
};

static int run_all(void *arg)
{
    const struct job *job = arg;

    return nw_each(job->sequences, job->count, sizeof *job->sequences, job->tasks, run_sequence);
}

int main(int argc, char **argv)
{
    struct job job = {NULL, 0, 1};
    char *text;

    CHECK_EQ(argc, 4);
    pool = read_whole(argv[1]);
    text = read_whole(argv[2]);
    job.count = split(text, &job.sequences);
    job.tasks = strtoul(argv[3], NULL, 10);
    CHECK_EQ(nw_run(run_all, &job), 0);
    for (size_t i = 0; i < job.count; i++) {
        fwrite(job.sequences[i].answers, 1, job.sequences[i].answer_bytes, stdout);
        fputc('\n', stdout);
        free(job.sequences[i].answers);
    }
    free(job.sequences);
    free(text);
    free(pool);
    return fflush(stdout) == 0 ? 0 : 1;
}
