/* SPDX-License-Identifier: MIT */
/*
 * multipart/form-data, read (RFC 7578; RFC 2046, 5.1.1): parts one after the other, each as a stream. Owns
 * the stream of the part, not the body's, in whose buffer it looks for the boundary: what was looked at and
 * not given stays there, so a cancelled call loses nothing.
 */
#include <assert.h>
#include <nowait/text.h>
#include <stdlib.h>

#include "http/body.h"
#include "http/multipart_head.h"
#include "stream/stream.h"

#define HEAD_BYTES_MAX     (64 * 1024)
#define PREAMBLE_BYTES_MAX (64 * 1024)
#define PARTS_MAX          1000
#define PADDING_BYTES_MAX  64 /* white space behind a boundary */
#define BUFFER_BYTES       (64 * 1024)

enum place {
    IN_PREAMBLE, /* which is passed over */
    IN_DATA,     /* of a part */
    AT_HEAD,     /* of a part */
    AT_END,      /* behind the last boundary */
};

struct nw__http_multipart {
    struct nw__transport base; /* of the part's stream */
    nw_stream *body;
    nw_stream *part; /* NULL: none */
    struct nw__multipart_head head;
    enum place place;
    bool fresh; /* nothing was passed yet, so that a boundary needs no line end before it */
    bool given; /* to the caller: the part's data may be passed over */
    unsigned parts;
    size_t preamble_bytes;
    int error; /* for good */
    size_t delimiter_bytes;
    char delimiter[4 + NW__MULTIPART_BOUNDARY_MAX + 1]; /* CRLF, "--", the boundary */
};

/* -- the boundary -- */

enum verdict { NOT_ENOUGH, LOOKS_ALIKE, BETWEEN, LAST };

/*
 * What stands behind "--boundary" at `at`: "--", or white space and a line end; anything else is data that
 * looks alike. `size_out`: of all that is the boundary.
 */
static enum verdict judge(nw_slice view, size_t at, size_t *size_out)
{
    size_t end = at;

    while (end < view.size && end - at < PADDING_BYTES_MAX && strchr(" \t", view.data[end]) && view.data[end])
        end++;
    if (view.size - end < 2)
        return NOT_ENOUGH;
    *size_out = end + 2;
    if (memcmp(view.data + end, "\r\n", 2) == 0)
        return BETWEEN;
    return end == at && memcmp(view.data + end, "--", 2) == 0 ? LAST : LOOKS_ALIKE;
}

/* At least `wanted_bytes` in view; fewer only at the end. */
static ssize_t look(struct nw__http_multipart *multipart, size_t wanted_bytes, nw_slice *view_out)
{
    return nw_peek(multipart->body, wanted_bytes, view_out);
}

static int pass(struct nw__http_multipart *multipart, size_t size_bytes)
{
    int64_t n = nw_skip(multipart->body, (int64_t)size_bytes);

    assert(n < 0 || (size_t)n == size_bytes); /* it is in the buffer */
    return n < 0 ? (int)n : 0;
}

/*
 * The delimiter, less its first `skip` bytes, stands at the front of the view: is it one? Returns: enum
 * verdict but NOT_ENOUGH; an error.
 */
static int judge_front(struct nw__http_multipart *multipart, size_t skip, size_t *size_out)
{
    size_t at = multipart->delimiter_bytes - skip;
    nw_slice view;
    ssize_t n = look(multipart, at + 2, &view);
    enum verdict verdict;

    for (;;) {
        size_t had = n > 0 ? (size_t)n : 0;

        if (n < 0)
            return (int)n;
        verdict = had < at + 2 ? NOT_ENOUGH : judge(view, at, size_out);
        if (verdict != NOT_ENOUGH)
            return (int)verdict;
        n = look(multipart, had + 1, &view);
        if (n >= 0 && (size_t)n <= had)
            return NW_ETRUNCATED;
    }
}

/*
 * Is there a delimiter at the front? Its line end can be missing at the very beginning of the body, and of a
 * part without data, where it is the one of the line before.
 */
static int match_front(struct nw__http_multipart *multipart, nw_slice view, size_t *size_out)
{
    const char *delimiter = multipart->delimiter;
    size_t size = multipart->delimiter_bytes;

    if (memcmp(view.data, delimiter, size) == 0)
        return judge_front(multipart, 0, size_out);
    if (multipart->fresh && memcmp(view.data, delimiter + 2, size - 2) == 0)
        return judge_front(multipart, 2, size_out);
    return LOOKS_ALIKE;
}

/*
 * How many bytes at the front are data; 0: the delimiter comes first, `verdict_out` BETWEEN or LAST and
 * `size_out` long. Errors: NW_ETRUNCATED: the body ends before a delimiter.
 */
static ssize_t find_data(struct nw__http_multipart *multipart, enum verdict *verdict_out, size_t *size_out)
{
    size_t size = multipart->delimiter_bytes, from;
    const char *found;
    nw_slice view;
    int verdict;
    ssize_t n = look(multipart, size, &view);

    if (n < 0)
        return n;
    if ((size_t)n < size)
        return NW_ETRUNCATED;
    verdict = match_front(multipart, view, size_out);
    if (verdict < 0)
        return verdict;
    if (verdict != LOOKS_ALIKE) {
        *verdict_out = (enum verdict)verdict;
        return 0;
    }
    n = look(multipart, size, &view); /* it may have moved */
    if (n < 0)
        return n;
    from = memcmp(view.data, multipart->delimiter, size) == 0;
    found = memmem(view.data + from, view.size - from, multipart->delimiter, size);
    return found ? found - view.data : (ssize_t)(view.size - size + 1);
}

/* -- a part's stream -- */

static ssize_t read_part(struct nw__transport *transport, void *data, size_t size_bytes, int64_t offset)
{
    struct nw__http_multipart *multipart = (struct nw__http_multipart *)transport;
    enum verdict verdict;
    size_t boundary_bytes;
    ssize_t n;

    (void)offset;
    if (multipart->place != IN_DATA)
        return 0;
    n = find_data(multipart, &verdict, &boundary_bytes);
    if (n <= 0)
        return n;
    n = nw_read(multipart->body, data, (size_t)n < size_bytes ? (size_t)n : size_bytes);
    if (n > 0)
        multipart->fresh = false;
    return n;
}

static int close_part(struct nw__transport *transport)
{
    (void)transport; /* it is a part of the whole */
    return 0;
}

static const struct nw__transport_kind part_kind = {
    .name = "multipart",
    .read = read_part,
    .close = close_part,
};

/* -- from part to part -- */

/* The boundary at the front was judged, and is `size_bytes` long. */
static int pass_boundary(struct nw__http_multipart *multipart, enum verdict verdict, size_t size_bytes)
{
    int rc = pass(multipart, size_bytes);

    if (rc == 0)
        multipart->place = verdict == LAST ? AT_END : AT_HEAD;
    return rc;
}

/* Over the preamble, or over what is left of a part, and the boundary behind it. */
static int pass_data(struct nw__http_multipart *multipart)
{
    enum verdict verdict = LOOKS_ALIKE;
    size_t boundary_bytes = 0;
    ssize_t n;

    while ((n = find_data(multipart, &verdict, &boundary_bytes)) > 0) {
        int rc = pass(multipart, (size_t)n);

        if (rc < 0)
            return rc;
        multipart->fresh = false;
        if (multipart->place == IN_PREAMBLE) {
            multipart->preamble_bytes += (size_t)n;
            if (multipart->preamble_bytes > PREAMBLE_BYTES_MAX)
                return NW_EPROTOCOL;
        }
    }
    return n < 0 ? (int)n : pass_boundary(multipart, verdict, boundary_bytes);
}

/* The fields are in view, with the line end of each. Returns: their size; 0: there are none. */
static ssize_t find_head(struct nw__http_multipart *multipart, nw_slice *view_out)
{
    size_t wanted = 2, from = 0;

    for (;;) {
        ssize_t n = look(multipart, wanted, view_out);
        const char *end;

        if (n < 0)
            return n;
        if ((size_t)n < wanted)
            return NW_ETRUNCATED;
        if (memcmp(view_out->data, "\r\n", 2) == 0)
            return 0;
        end = memmem(view_out->data + from, view_out->size - from, "\r\n\r\n", 4);
        if (end && (size_t)(end - view_out->data) <= HEAD_BYTES_MAX)
            return end + 2 - view_out->data;
        if (end || (size_t)n > HEAD_BYTES_MAX + 4)
            return -EMSGSIZE;
        from = (size_t)n > 3 ? (size_t)n - 3 : 0;
        wanted = (size_t)n + 1;
    }
}

static int read_head(struct nw__http_multipart *multipart)
{
    nw_slice view;
    ssize_t n;
    int rc;

    if (multipart->parts == PARTS_MAX)
        return -E2BIG;
    n = find_head(multipart, &view);
    if (n < 0)
        return (int)n;
    rc = nw__multipart_head_parse((nw_slice){view.data, (size_t)n}, &multipart->head);
    if (rc == 0)
        rc = pass(multipart, (size_t)n + 2);
    if (rc == 0) {
        multipart->place = IN_DATA;
        multipart->fresh = true;
        multipart->given = false;
        multipart->parts++;
    }
    return rc;
}

static int close_stream(struct nw__http_multipart *multipart)
{
    nw_stream *part = multipart->part;

    multipart->part = NULL;
    return nw_close(part);
}

/* To the next part's data, or to the end. Each step can be cancelled and goes on with the next call. */
static int walk(struct nw__http_multipart *multipart)
{
    int rc = multipart->part ? close_stream(multipart) : 0;

    if (rc == 0 && (multipart->place == IN_PREAMBLE || (multipart->place == IN_DATA && multipart->given)))
        rc = pass_data(multipart);
    if (rc == 0 && multipart->place == AT_HEAD)
        rc = read_head(multipart);
    return rc;
}

static bool is_for_good(int error)
{
    return error == NW_EPROTOCOL || error == NW_ETRUNCATED || error == -EMSGSIZE || error == -E2BIG;
}

static nw_http_form_part part_of(const struct nw__http_multipart *multipart)
{
    const struct nw__multipart_head *head = &multipart->head;
    const char *text = head->text.data;

    return (nw_http_form_part){
        .name = text + head->name,
        .file_name = head->has_file_name ? text + head->file_name : NULL,
        .media_type = head->has_media_type ? text + head->media_type : NULL,
        .body = multipart->part,
    };
}

int nw__http_multipart_next(struct nw__http_multipart *multipart, nw_http_form_part *part_out)
{
    static const struct nw__open_mode mode = {.readable = true};
    static const nw_open_options options = {.buffer_bytes = BUFFER_BYTES};
    int rc = multipart->error ? multipart->error : walk(multipart);

    if (is_for_good(rc))
        multipart->error = rc;
    if (rc < 0 || multipart->place == AT_END)
        return rc;
    multipart->base = (struct nw__transport){.kind = &part_kind};
    rc = nw__stream_create(&multipart->base, &mode, &options, &multipart->part);
    if (rc < 0)
        return rc;
    multipart->given = true;
    *part_out = part_of(multipart);
    return 1;
}

int nw__http_multipart_open(nw_stream *body, const char *media_type,
                            struct nw__http_multipart **multipart_out)
{
    static const char lead[] = {'\r', '\n', '-', '-'};
    struct nw__http_multipart *multipart = calloc(1, sizeof *multipart);
    int rc;

    if (!multipart)
        return -ENOMEM;
    memcpy(multipart->delimiter, lead, sizeof lead);
    rc = nw__multipart_boundary(media_type, multipart->delimiter + sizeof lead);
    if (rc < 0) {
        free(multipart);
        return rc;
    }
    multipart->body = body;
    multipart->fresh = true;
    multipart->delimiter_bytes = strlen(multipart->delimiter);
    nw__bytes_init(&multipart->head.text, SIZE_MAX);
    *multipart_out = multipart;
    return 0;
}

void nw__http_multipart_close(struct nw__http_multipart *multipart)
{
    if (!multipart)
        return;
    if (multipart->part)
        close_stream(multipart);
    nw__bytes_finish(&multipart->head.text);
    free(multipart);
}
