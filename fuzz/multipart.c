/* SPDX-License-Identifier: MIT */
/*
 * multipart/form-data with the boundary "b": in whole and in pieces of any size the same parts are found, or
 * the same error. The first line can be a media type instead.
 */
#include "fuzz.h"

#include "../tests/support/dribble.h"
#include "base/bytes.h"
#include "http/body.h"

struct work {
    const char *type;
    nw_slice body;
};

static void add(struct nw__bytes *out, const char *text, size_t size)
{
    FUZZ_CHECK(nw__bytes_append(out, text, size) == 0);
}

/* A part as text: its names, its data. Returns: 0, or the error of reading. */
static int read_part(const nw_http_form_part *part, struct nw__bytes *out)
{
    nw_bytes data;
    int rc;

    add(out, part->name, strlen(part->name) + 1);
    if (part->file_name)
        add(out, part->file_name, strlen(part->file_name) + 1);
    if (part->media_type)
        add(out, part->media_type, strlen(part->media_type) + 1);
    rc = nw_read_all(part->body, 0, &data);
    if (rc < 0)
        return rc;
    add(out, data.data, data.size);
    nw_bytes_finish(&data);
    return 0;
}

static int parse(const struct work *work, size_t piece_bytes, struct nw__bytes *out)
{
    struct nw__http_multipart *multipart;
    nw_http_form_part part;
    struct dribble dribble;
    nw_stream *stream;
    int rc;

    nw__bytes_init(out, SIZE_MAX);
    FUZZ_CHECK(open_dribble(&dribble, work->body, piece_bytes, &stream) == 0);
    rc = nw__http_multipart_open(stream, work->type, &multipart);
    if (rc == 0) {
        while ((rc = nw__http_multipart_next(multipart, &part)) > 0)
            if ((rc = read_part(&part, out)) < 0)
                break;
        nw__http_multipart_close(multipart);
    }
    FUZZ_CHECK(nw_close(stream) == 0);
    return rc;
}

static int run(void *arg)
{
    static const size_t pieces[] = {1, 2, 7};
    struct nw__bytes whole, again;
    int rc = parse(arg, SIZE_MAX, &whole);

    FUZZ_CHECK(rc == 0 || rc == NW_EPROTOCOL || rc == NW_ETRUNCATED || rc == -EMSGSIZE || rc == -E2BIG ||
               rc == -EINVAL);
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        FUZZ_CHECK(parse(arg, pieces[i], &again) == rc);
        FUZZ_CHECK(whole.size_bytes == again.size_bytes);
        FUZZ_CHECK(whole.size_bytes == 0 || memcmp(whole.data, again.data, whole.size_bytes) == 0);
        nw__bytes_finish(&again);
    }
    nw__bytes_finish(&whole);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const nw_run_options options = {.backend = NW_BACKEND_EPOLL};
    struct work work = {.type = "multipart/form-data; boundary=b"};
    char *copy = fuzz_copy(data, size), *line = NULL;
    size_t skip = 0;

    if (size > 10 && memcmp(copy, "multipart/", 10) == 0) {
        const char *end = memchr(copy, '\n', size);
        skip = end ? (size_t)(end - copy) + 1 : size;
        work.type = line = fuzz_string(copy, end ? skip - 1 : size);
    }
    work.body = (nw_slice){copy + skip, size - skip};
    FUZZ_CHECK(nw_run_with(&options, run, &work) == 0);
    free(line);
    free(copy);
    return 0;
}
