/* SPDX-License-Identifier: MIT */
/*
 * multipart/form-data: what is written is as long as was said, and read back the same in pieces of any size;
 * boundaries that only look like one, bodies cut off at every byte, fields that are none, too much of
 * everything, and a cancelled reader.
 */
#include <nowait.h>

#include "../support/dribble.h"
#include "base/bytes.h"
#include "check.h"
#include "http/body.h"

#define TYPE "multipart/form-data; boundary=b"

/* -- reading all of a body into a line of text: "name|file name|type|data;" a part, "-" for NULL -- */

static int read_parts(struct nw__http_multipart *multipart, struct nw__bytes *out)
{
    nw_http_form_part part;
    nw_bytes data;
    int rc;

    while ((rc = nw__http_multipart_next(multipart, &part)) > 0) {
        const char *texts[] = {part.name, part.file_name, part.media_type};
        for (int i = 0; i < 3; i++) {
            const char *text = texts[i] ? texts[i] : "-";
            CHECK_EQ(nw__bytes_append(out, text, strlen(text)), 0);
            CHECK_EQ(nw__bytes_append(out, "|", 1), 0);
        }
        rc = nw_read_all(part.body, 0, &data);
        if (rc < 0)
            return rc;
        CHECK_EQ(nw__bytes_append(out, data.data, data.size), 0);
        CHECK_EQ(nw__bytes_append(out, ";", 1), 0);
        nw_bytes_finish(&data);
    }
    return rc;
}

static int parse_in_pieces(const char *type, nw_slice body, size_t piece_bytes, nw_bytes *out)
{
    struct nw__http_multipart *multipart;
    struct dribble dribble;
    struct nw__bytes found;
    nw_stream *stream;
    int rc;

    nw__bytes_init(&found, SIZE_MAX);
    CHECK_EQ(open_dribble(&dribble, body, piece_bytes, &stream), 0);
    rc = nw__http_multipart_open(stream, type, &multipart);
    if (rc == 0) {
        rc = read_parts(multipart, &found);
        if (rc < 0) {
            nw_http_form_part part = {.name = "none"};
            CHECK_EQ(nw__http_multipart_next(multipart, &part), rc); /* the same again */
            CHECK(strcmp(part.name, "none") == 0);
        }
        nw__http_multipart_close(multipart);
    }
    CHECK_EQ(nw_close(stream), 0);
    CHECK_EQ(nw__bytes_take(&found, out), 0);
    return rc;
}

/* In pieces of several sizes: always the same. */
static void expect(const char *type, const char *body, int expected_rc, const char *expected)
{
    static const size_t pieces[] = {1, 2, 3, 7, 100000};

    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        nw_bytes found;
        int rc = parse_in_pieces(type, nw_slice_of(body), pieces[i], &found);

        if (rc != expected_rc || strcmp(found.data, expected) != 0)
            fprintf(stderr, "%s\n-> %d %s\n", body, rc, found.data);
        CHECK_EQ(rc, expected_rc);
        CHECK(strcmp(found.data, expected) == 0);
        nw_bytes_finish(&found);
    }
}

#define CD "Content-Disposition: form-data; name="

static void good_bodies(void)
{
    static const char *const cases[][2] = {
        {"--b--", ""},
        {"--b--\r\nepilogue", ""},
        {"\r\n--b--", ""},
        {"preamble\r\n--b--", ""},
        {"--b\r\n" CD "\"a\"\r\n\r\n1\r\n--b--\r\n", "a|-|-|1;"},
        {"--b\r\n" CD "a\r\n\r\n1\r\n--b--\r\n", "a|-|-|1;"},
        {"--b \t \r\n" CD "\"a\"\r\n\r\n1\r\n--b\t\r\n" CD "\"c\"\r\n\r\n2\r\n--b--", "a|-|-|1;c|-|-|2;"},
        {"--b\n" CD "\"a\"\r\n\r\n1\r\n--b--", ""},
        {"pre\r\n--bx\r\n--b\r\n" CD "\"a\"\r\n\r\n1\r\n--b--post\r\n--b\r\n", "a|-|-|1;"},
        {"--b\r\n" CD "\"\"\r\n\r\n\r\n--b--", "|-|-|;"},
        /* no data at all: RFC 2046 has the line end of the fields be the boundary's */
        {"--b\r\n" CD "\"a\"\r\n\r\n--b\r\n" CD "\"c\"\r\n\r\n--b--", "a|-|-|;c|-|-|;"},
        {"--b\r\n" CD "\"a\"\r\n\r\n--bx\r\n--b--", "a|-|-|--bx;"},
        /* what looks alike is data */
        {"--b\r\n" CD "\"a\"\r\n\r\n\r\n--bx\r\n--b-\r\n--b -\r\n--b --\r\n--b\n\r\n-b\r\n--\r\n--b--",
         "a|-|-|\r\n--bx\r\n--b-\r\n--b -\r\n--b --\r\n--b\n\r\n-b\r\n--;"},
        {"--b\r\n" CD "\"a\"\r\n\r\n\n--b--\r--b--\n\r\n--b--", "a|-|-|\n--b--\r--b--\n;"},
        {"--b\r\n" CD "\"a\"\r\n\r\n\r\r\n\r\r\n--b--", "a|-|-|\r\r\n\r;"},
        {"--b\r\n" CD "\"a\"\r\n\r\n\r\n\r\n--b--", "a|-|-|\r\n;"},
        {"--b\r\n" CD "\"a\"\r\n\r\n1--b--\r\n--b--", "a|-|-|1--b--;"},
        /* fields */
        {"--b\r\ncontent-disposition:form-data;name=\"a\";filename=\"f\"\r\nContent-Type:  text/plain; "
         "charset=x \r\n\r\n1\r\n--b--",
         "a|f|text/plain; charset=x|1;"},
        {"--b\r\nContent-Type: t\r\nX-Other: y\r\n" CD "\"a\"; filename=\"\"\r\n\r\n1\r\n--b--", "a||t|1;"},
        {"--b\r\n" CD "\"a\"; filename=\"C:\\dir\\file\"\r\n\r\n1\r\n--b--", "a|C:\\dir\\file|-|1;"},
        {"--b\r\n" CD "\"a\\\"b\"; filename=\"c\\\\d\"\r\n\r\n1\r\n--b--", "a\"b|c\\d|-|1;"},
        {"--b\r\n" CD "\"a%22%0D%0A\"; filename=\"../../etc/passwd\"\r\n\r\n1\r\n--b--",
         "a%22%0D%0A|../../etc/passwd|-|1;"},
        {"--b\r\n" CD "\"\xc3\xa4\"; filename*=UTF-8''x; filename=\"\xc3\xb6;=\"\r\n\r\n1\r\n--b--",
         "\xc3\xa4|\xc3\xb6;=|-|1;"},
        {"--b\r\n" CD "\"a\";;  ; filename=f;\r\n\r\n1\r\n--b--", "a|f|-|1;"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect(TYPE, cases[i][0], 0, cases[i][1]);
}

static void bad_bodies(void)
{
    static const char *const wrong[] = {
        "--b\r\n\r\n1\r\n--b--",
        "--b\r\nContent-Type: text/plain\r\n\r\n1\r\n--b--",
        "--b\r\nContent-Disposition: form-data\r\n\r\n1\r\n--b--",
        "--b\r\nContent-Disposition: form-data; filename=\"a\"\r\n\r\n1\r\n--b--",
        "--b\r\nContent-Disposition: attachment; name=\"a\"\r\n\r\n1\r\n--b--",
        "--b\r\nContent-Disposition form-data; name=\"a\"\r\n\r\n1\r\n--b--",
        "--b\r\nContent-Disposition : form-data; name=\"a\"\r\n\r\n1\r\n--b--",
        "--b\r\n Content-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--b--",
        "--b\r\nContent-Disposition: form-data;\r\n name=\"a\"\r\n\r\n1\r\n--b--",
        "--b\r\n: x\r\n" CD "\"a\"\r\n\r\n1\r\n--b--",
        "--b\r\n" CD "\"a\r\n\r\n1\r\n--b--",
        "--b\r\n" CD "\"a\" x\r\n\r\n1\r\n--b--",
        "--b\r\n" CD "\"a\"; x\r\n\r\n1\r\n--b--",
        "--b\r\n" CD "\"a\"; name=\"c\"\r\n\r\n1\r\n--b--",
        "--b\r\n" CD "\"a\"; filename=f; filename=g\r\n\r\n1\r\n--b--",
        "--b\r\n" CD "\"a\"\r\n" CD "\"c\"\r\n\r\n1\r\n--b--",
        "--b\r\n" CD "\"a\"\r\nContent-Type: a\r\nContent-Type: c\r\n\r\n1\r\n--b--",
        "--b\r\n" CD "\"a\rb\"\r\n\r\n1\r\n--b--",
        "--b\r\n" CD "\"a\nX: y\"\r\n\r\n1\r\n--b--",
        "--b\r\n" CD "\"a\x01\"\r\n\r\n1\r\n--b--",
        "--b\r\n" CD "\"a\"\r\n--b--\r\n\r\n",
    };
    static const char *const cut[] = {
        "",
        "x",
        "--b",
        "--b\r\n",
        "--b\r\n" CD "\"a\"\r\n",
        "--b\r\n" CD "\"a\"",
        "--c\r\n" CD "\"a\"\r\n\r\n1\r\n--c--",
    };

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        expect(TYPE, wrong[i], NW_EPROTOCOL, "");
    for (size_t i = 0; i < sizeof cut / sizeof *cut; i++)
        expect(TYPE, cut[i], NW_ETRUNCATED, "");
}

static void cut_off_at_every_byte(void)
{
    static const char body[] =
        "pre\r\n--b\r\n" CD "\"a\"\r\n\r\n1\r\n--bx\r\n--b\r\n" CD "\"c\"\r\n\r\n\r\n--b--";

    for (size_t size = 0; size < sizeof body - 1; size++)
        for (size_t piece = 1; piece < 5; piece++) {
            nw_bytes found;
            CHECK_EQ(parse_in_pieces(TYPE, (nw_slice){body, size}, piece, &found), NW_ETRUNCATED);
            nw_bytes_finish(&found);
        }
    expect(TYPE, body, 0, "a|-|-|1\r\n--bx;c|-|-|;");
}

static void boundaries(void)
{
    static const char *const good[] = {
        "multipart/form-data; boundary=b",
        "Multipart/Form-Data;boundary=b",
        "multipart/form-data; charset=utf-8; BOUNDARY=\"b\"; x=\"y;z\"",
        "multipart/form-data ; boundary=\"b\" ;",
    };
    static const char *const bad[] = {
        "",
        "multipart/form-data",
        "multipart/form-data;",
        "multipart/form-data; boundary",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=\"\"",
        "multipart/form-data; boundary=\"b",
        "multipart/form-data; boundary=\"b \"",
        "multipart/form-data; boundary=b c",
        "multipart/form-data; boundary=b; boundary=c",
        ("multipart/form-data; "
         "boundary=1234567890123456789012345678901234567890123456789012345678901234567890x"),
        "multipart/form-datax; boundary=b",
        "multipart/mixed; boundary=b",
        "text/plain; boundary=b",
        "multipart/form-data boundary=b",
        "multipart/form-data; boundary=\"b\r\n\"",
    };
    struct nw__http_multipart *multipart = NULL;

    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        expect(good[i], "--b\r\n" CD "\"a\"\r\n\r\n1\r\n--b--", 0, "a|-|-|1;");
    expect("multipart/form-data; boundary=\"b c:'?\"", "--b c:'?\r\n" CD "a\r\n\r\n1\r\n--b c:'?--", 0,
           "a|-|-|1;");
    expect("multipart/form-data; "
           "boundary=1234567890123456789012345678901234567890123456789012345678901234567890",
           "--1234567890123456789012345678901234567890123456789012345678901234567890--", 0, "");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK_EQ(nw__http_multipart_open(NULL, bad[i], &multipart), -EINVAL);
    CHECK_EQ(nw__http_multipart_open(NULL, NULL, &multipart), -EINVAL);
    CHECK(!multipart);
    nw__http_multipart_close(NULL);
}

static void limits(void)
{
    struct nw__bytes body;
    nw_bytes found;

    nw__bytes_init(&body, SIZE_MAX);
    /* fields */
    for (size_t more = 0; more < 2; more++) {
        static const char begin[] = "--b\r\n" CD "\"a\"\r\nX: ";
        size_t head = 64 * 1024 - (sizeof begin - 1 - 5) + more;

        nw__bytes_clear(&body);
        CHECK_EQ(nw__bytes_append(&body, begin, sizeof begin - 1), 0);
        CHECK_EQ(nw__bytes_reserve(&body, head), 0);
        memset(nw__bytes_tail(&body), 'x', head);
        nw__bytes_commit(&body, head);
        CHECK_EQ(nw__bytes_append(&body, "\r\n\r\n1\r\n--b--", 12), 0);
        CHECK_EQ(parse_in_pieces(TYPE, (nw_slice){body.data, body.size_bytes}, 1000, &found),
                 more ? -EMSGSIZE : 0);
        nw_bytes_finish(&found);
    }
    /* parts */
    for (int count = 1000; count < 1002; count++) {
        nw__bytes_clear(&body);
        for (int i = 0; i < count; i++)
            CHECK_EQ(nw__bytes_append(&body, "--b\r\n" CD "a\r\n\r\n\r\n",
                                      sizeof("--b\r\n" CD "a\r\n\r\n\r\n") - 1),
                     0);
        CHECK_EQ(nw__bytes_append(&body, "--b--", 5), 0);
        CHECK_EQ(parse_in_pieces(TYPE, (nw_slice){body.data, body.size_bytes}, 1000, &found),
                 count > 1000 ? -E2BIG : 0);
        CHECK_EQ(found.size, 1000 * strlen("a|-|-|;"));
        nw_bytes_finish(&found);
    }
    /* what comes before */
    for (size_t more = 0; more < 100001; more += 100000) {
        nw__bytes_clear(&body);
        CHECK_EQ(nw__bytes_reserve(&body, 200000), 0);
        memset(body.data, '-', 60000 + more);
        nw__bytes_commit(&body, 60000 + more);
        CHECK_EQ(nw__bytes_append(&body, "\r\n--b--", 7), 0);
        CHECK_EQ(parse_in_pieces(TYPE, (nw_slice){body.data, body.size_bytes}, 1000, &found),
                 more ? NW_EPROTOCOL : 0);
        nw_bytes_finish(&found);
    }
    nw__bytes_finish(&body);
}

/* -- written, and read back -- */

static void write_and_compare(const nw_http_part *parts, size_t count, const char *expected)
{
    nw_stream *memory;
    nw_bytes body;
    int64_t size = nw__http_multipart_size(parts, count, "b");

    CHECK_EQ(nw_open_memory(0, &memory), 0);
    CHECK_EQ(nw__http_multipart_write(memory, parts, count, "b"), 0);
    CHECK_EQ(nw_memory_take(memory, &body), 0);
    CHECK_EQ(nw_close(memory), 0);
    if (strcmp(body.data, expected) != 0)
        fprintf(stderr, "%s\n", body.data);
    CHECK(strcmp(body.data, expected) == 0);
    CHECK_EQ(size, (int64_t)body.size);
    nw_bytes_finish(&body);
}

static void written(void)
{
    static const nw_http_part none,
        named = {.name = "a"}, injected = {.name = "a", .media_type = "x\r\nY: z"},
        two = {.name = "a", .path = "x", .data = {"1", 1}}, missing = {.name = "a", .path = "missing"},
        folder = {.name = "a", .path = "."}, nowhere = {.name = "a", .data = {NULL, 1}};
    nw_http_part parts[] = {
        {.name = "a", .data = {"1", 1}},
        {.name = "q\"u\r\no\\t%", .data = {"", 0}, .media_type = "text/x"},
        {.name = "f", .path = "file.txt"},
        {.name = "g", .path = "./file.txt", .file_name = "n\"\n.png"},
        {.name = "h", .data = {"2", 1}, .file_name = "x.json"},
    };
    nw_stream *stream;
    nw_bytes body;

    CHECK_EQ(nw_write_file("file.txt", "content", 7, 0), 0);
    write_and_compare(NULL, 0, "--b--\r\n");
    write_and_compare(&named, 1, "--b\r\n" CD "\"a\"\r\n\r\n\r\n--b--\r\n");
    write_and_compare(parts, 5,
                      "--b\r\n" CD "\"a\"\r\n\r\n1\r\n"
                      "--b\r\n" CD "\"q%22u%0D%0Ao\\t%\"\r\nContent-Type: text/x\r\n\r\n\r\n"
                      "--b\r\n" CD "\"f\"; filename=\"file.txt\"\r\nContent-Type: text/plain; "
                      "charset=utf-8\r\n\r\ncontent\r\n"
                      "--b\r\n" CD
                      "\"g\"; filename=\"n%22%0A.png\"\r\nContent-Type: image/png\r\n\r\ncontent\r\n"
                      "--b\r\n" CD "\"h\"; filename=\"x.json\"\r\nContent-Type: application/json\r\n\r\n2\r\n"
                      "--b--\r\n");
    CHECK_EQ(nw__http_multipart_size(&none, 1, "b"), -EINVAL);
    CHECK_EQ(nw__http_multipart_size(&injected, 1, "b"), -EINVAL);
    CHECK_EQ(nw__http_multipart_size(&two, 1, "b"), -EINVAL);
    CHECK_EQ(nw__http_multipart_size(&nowhere, 1, "b"), -EINVAL);
    CHECK_EQ(nw__http_multipart_size(&missing, 1, "b"), -ENOENT);
    CHECK_EQ(nw__http_multipart_size(&folder, 1, "b"), -EISDIR);
    CHECK_EQ(nw_open_slice(nw_slice_of("streamed"), &parts[0].stream), 0);
    parts[0].data = (nw_slice){NULL, 0};
    CHECK_EQ(nw__http_multipart_size(parts, 5, "b"), -1);
    CHECK_EQ(nw_open_memory(0, &stream), 0);
    CHECK_EQ(nw__http_multipart_write(stream, parts, 1, "b"), 0);
    CHECK_EQ(nw__http_multipart_write(stream, &injected, 1, "b"), -EINVAL);
    CHECK_EQ(nw__http_multipart_write(stream, &missing, 1, "b"), -ENOENT);
    CHECK_EQ(nw_memory_take(stream, &body), 0);
    CHECK(strstr(body.data, "\r\n\r\nstreamed\r\n--b--\r\n"));
    nw_bytes_finish(&body);
    CHECK_EQ(nw_close(stream), 0);
    CHECK_EQ(nw_close(parts[0].stream), 0);
}

/* A megabyte that is full of beginnings of the boundary, written and read in any pieces. */
static void large_part(void)
{
    static char data[1 << 20];
    char boundary[NW__HTTP_BOUNDARY_BYTES], other[NW__HTTP_BOUNDARY_BYTES], type[128], file_size[64];
    nw_http_part parts[] = {{.name = "a", .data = {data, sizeof data}}, {.name = "c", .data = {"1", 1}}};
    struct nw__http_multipart *multipart;
    nw_http_form_part part;
    struct dribble dribble;
    nw_stream *memory, *stream;
    nw_bytes body, found;

    CHECK_EQ(nw__http_boundary(boundary), 0);
    CHECK_EQ(nw__http_boundary(other), 0);
    CHECK_EQ(strlen(boundary), 39);
    CHECK(strcmp(boundary, other) != 0);
    for (size_t at = 0, i = 0; at < sizeof data; i++) {
        size_t n = (size_t)snprintf(file_size, sizeof file_size, "\r\n--%.*s", (int)(i % 39), boundary);
        n = n < sizeof data - at ? n : sizeof data - at;
        memcpy(data + at, file_size, n);
        at += n;
    }
    snprintf(type, sizeof type, "multipart/form-data; boundary=%s", boundary);
    CHECK_EQ(nw_open_memory(0, &memory), 0);
    CHECK_EQ(nw__http_multipart_write(memory, parts, 2, boundary), 0);
    CHECK_EQ(nw_memory_take(memory, &body), 0);
    CHECK_EQ(nw_close(memory), 0);
    CHECK_EQ(nw__http_multipart_size(parts, 2, boundary), (int64_t)body.size);
    for (size_t piece = 1; piece < 2000000; piece = piece * 37 + 11) {
        CHECK_EQ(open_dribble(&dribble, (nw_slice){body.data, body.size}, piece < 100 ? 100 : piece, &stream),
                 0);
        CHECK_EQ(nw__http_multipart_open(stream, type, &multipart), 0);
        CHECK_EQ(nw__http_multipart_next(multipart, &part), 1);
        CHECK_EQ(nw_read_all(part.body, 0, &found), 0);
        CHECK_EQ(found.size, sizeof data);
        CHECK_MEM(found.data, data, sizeof data);
        nw_bytes_finish(&found);
        CHECK_EQ(nw__http_multipart_next(multipart, &part), 1);
        CHECK_EQ(nw__http_multipart_next(multipart, &part), 0);
        CHECK_EQ(nw__http_multipart_next(multipart, &part), 0);
        nw__http_multipart_close(multipart);
        CHECK_EQ(nw_close(stream), 0);
    }
    nw_bytes_finish(&body);
}

/* -- cancelled at every wait -- */

static int next_and_read(void *arg)
{
    struct nw__http_multipart *multipart = ((void **)arg)[0];
    struct nw__bytes *out = ((void **)arg)[1];
    nw_http_form_part *part = ((void **)arg)[2];
    char c;
    int rc = 1;

    while (rc > 0) {
        if (!part->body) {
            rc = nw__http_multipart_next(multipart, part);
            if (rc > 0)
                CHECK_EQ(nw__bytes_append(out, part->name, strlen(part->name)), 0);
            continue;
        }
        ssize_t n = nw_read(part->body, &c, 1);
        if (n < 0)
            return (int)n;
        if (n > 0)
            CHECK_EQ(nw__bytes_append(out, &c, 1), 0);
        else
            part->body = NULL;
    }
    return rc;
}

static void cancelled(void)
{
    static const char body[] =
        "pre\r\n--b\r\n" CD "\"a\"\r\n\r\n1\r\n--bx\r\n--b\r\n" CD "\"c\"\r\n\r\n2\r\n--b--";
    struct nw__http_multipart *multipart;
    nw_http_form_part part = {.name = NULL};
    struct dribble dribble;
    struct nw__bytes out;
    nw_stream *stream;
    int rc;

    nw__bytes_init(&out, SIZE_MAX);
    CHECK_EQ(open_dribble(&dribble, nw_slice_of(body), 2, &stream), 0);
    CHECK_EQ(nw__http_multipart_open(stream, TYPE, &multipart), 0);
    for (int turns = 0;; turns++) {
        void *args[] = {multipart, &out, &part};
        nw_task *task = nw_spawn(next_and_read, args);
        for (int i = 0; i < 2 + turns % 3; i++)
            CHECK_EQ(nw_yield(), 0);
        nw_cancel(task);
        rc = nw_await(task);
        if (rc != -ECANCELED)
            break;
    }
    CHECK_EQ(rc, 0);
    CHECK_EQ(out.size_bytes, strlen("a1\r\n--bxc2"));
    CHECK_MEM(out.data, "a1\r\n--bxc2", out.size_bytes);
    nw__http_multipart_close(multipart);
    CHECK_EQ(nw_close(stream), 0);
    nw__bytes_finish(&out);
}

/* Parts that nobody reads, or not to the end. */
static void skipped(void)
{
    static const char body[] =
        "--b\r\n" CD "\"a\"\r\n\r\n1234\r\n--b\r\n" CD "\"c\"\r\n\r\n5678\r\n--b--rest";
    struct nw__http_multipart *multipart;
    nw_http_form_part part;
    struct dribble dribble;
    nw_stream *stream;
    char two[2];

    CHECK_EQ(open_dribble(&dribble, nw_slice_of(body), 5, &stream), 0);
    CHECK_EQ(nw__http_multipart_open(stream, TYPE, &multipart), 0);
    CHECK_EQ(nw__http_multipart_next(multipart, &part), 1);
    CHECK_EQ(nw__http_multipart_next(multipart, &part), 1);
    CHECK(strcmp(part.name, "c") == 0);
    CHECK_EQ(nw_read_exactly(part.body, two, 2), 2);
    CHECK_MEM(two, "56", 2);
    CHECK_EQ(nw__http_multipart_next(multipart, &part), 0);
    nw__http_multipart_close(multipart);
    CHECK_EQ(nw_close(stream), 0);
}

static int run(void *arg)
{
    (void)arg;
    good_bodies();
    bad_bodies();
    cut_off_at_every_byte();
    boundaries();
    limits();
    written();
    large_part();
    cancelled();
    skipped();
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(run, NULL), 0);
    return 0;
}
