/* SPDX-License-Identifier: MIT */
/*
 * The lines of a head, byte by byte, and eight at a time where nothing special comes: see guard.h.
 */
#include "http/guard.h"

#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "http/headers.h"

#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

/* How a status line begins; and a request line ends with a part of it. */
static const char pattern[] = "HTTP/0.0 000";
#define STATUS_COLUMNS  12u
#define VERSION_COLUMNS 8u

void nw__http_guard_begin(struct nw__http_guard *guard, enum nw__http_guard_state state)
{
    *guard = (struct nw__http_guard){.state = state, .empty = true};
}

static bool is_control(char c)
{
    return (unsigned char)c < ' ' || c == 0x7f;
}

/* A bit for each byte that is a control byte; the lowest one is right, those above it perhaps not. */
static uint64_t controls(uint64_t bytes)
{
    uint64_t del = bytes ^ EACH(0x7f);

    return (((bytes - EACH(0x20)) & ~bytes) | ((del - EACH(1)) & ~del)) & EACH(0x80);
}

/* Eight at a time, and one by one. */
static const char *find_in_rest(const char *at, const char *end)
{
    uint64_t bytes;

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    while (end - at >= (ptrdiff_t)sizeof bytes) {
        memcpy(&bytes, at, sizeof bytes);
        bytes = controls(bytes);
        if (bytes)
            return at + __builtin_ctzll(bytes) / 8;
        at += sizeof bytes;
    }
#else
    (void)bytes;
#endif
    while (at < end && !is_control(*at))
        at++;
    return at;
}

const char *nw__http_find_control(const char *at, const char *end)
{
#ifdef __SSE2__
    const __m128i last = _mm_set1_epi8(0x1f), del = _mm_set1_epi8(0x7f);

    for (; end - at >= (ptrdiff_t)sizeof last; at += sizeof last) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
        __m128i low = _mm_cmpeq_epi8(_mm_min_epu8(bytes, last), bytes);
        int found = _mm_movemask_epi8(_mm_or_si128(low, _mm_cmpeq_epi8(bytes, del)));
        if (found)
            return at + __builtin_ctz((unsigned)found);
    }
#endif
    return find_in_rest(at, end);
}

static const char *refuse(struct nw__http_guard *guard, const char *at, int refusal, const char *text)
{
    guard->refusal = refusal;
    guard->refused = text;
    return at;
}

static const char *expect_lf(struct nw__http_guard *guard, const char *at, enum nw__http_guard_state next)
{
    if (*at != '\n')
        return refuse(guard, at, 400, "a CR without LF");
    guard->state = next;
    return at + 1;
}

static const char *refuse_control(struct nw__http_guard *guard, const char *at)
{
    return refuse(guard, at, 400, *at == '\n' ? "a LF without CR" : "a control byte");
}

/* As in the pattern, where "0" is any digit. */
static bool matches(char wanted, char c)
{
    return wanted == '0' ? c >= '0' && c <= '9' : c == wanted;
}

/* method SP request-target SP HTTP-version CR LF, with exactly these spaces (RFC 9112, 3). */
static const char *request_line(struct nw__http_guard *guard, const char *at, const char *end)
{
    while (at < end && !is_control(*at) && *at != ' ') {
        guard->empty = false;
        at++;
    }
    if (at == end)
        return at;
    if (*at == ' ' && !guard->empty) {
        guard->state = NW__GUARD_VERSION;
        return at + 1;
    }
    if (*at == ' ')
        return refuse(guard, at, 400, "too many spaces in the request line");
    if (*at == '\r')
        return refuse(guard, at, 505, "HTTP/0.9");
    return refuse_control(guard, at);
}

static const char *version(struct nw__http_guard *guard, const char *at, const char *end)
{
    for (; at < end && guard->column < VERSION_COLUMNS; at++, guard->column++)
        if (!matches(pattern[guard->column], *at))
            return refuse(guard, at, 400,
                          *at == ' ' ? "too many spaces in the request line" : "no HTTP version");
    if (at == end)
        return at;
    if (*at != '\r')
        return refuse(guard, at, 400, *at == ' ' ? "too many spaces in the request line" : "no HTTP version");
    guard->state = NW__GUARD_FIRST_LF;
    return at + 1;
}

/* HTTP-version SP 3DIGIT SP [reason] CR LF; the last space may be missing (RFC 9112, 4). */
static const char *status_line(struct nw__http_guard *guard, const char *at, const char *end)
{
    for (; at < end && guard->column < STATUS_COLUMNS; at++, guard->column++)
        if (!matches(pattern[guard->column], *at))
            return refuse(guard, at, 400, "no status line");
    if (at == end)
        return at;
    if (*at == '\r') {
        guard->state = NW__GUARD_FIRST_LF;
        return at + 1;
    }
    if (*at != ' ')
        return refuse(guard, at, 400, "no status line");
    guard->state = NW__GUARD_REASON;
    return at + 1;
}

/* Text up to its CR LF. */
static const char *text(struct nw__http_guard *guard, const char *at, const char *end,
                        enum nw__http_guard_state next)
{
    for (; at < end; at++) {
        at = nw__http_find_control(at, end);
        if (at == end)
            break;
        if (*at == '\t')
            continue;
        if (*at != '\r')
            return refuse_control(guard, at);
        guard->state = next;
        return at + 1;
    }
    return end;
}

/* An empty line is the end; one that begins with white space would go on the one before (RFC 9112, 5.2). */
static const char *line(struct nw__http_guard *guard, const char *at)
{
    if (*at == '\r') {
        guard->state = NW__GUARD_LAST_LF;
        return at + 1;
    }
    if (*at == ' ' || *at == '\t')
        return refuse(guard, at, 400, "a folded field");
    if (*at == ':')
        return refuse(guard, at, 400, "a field without a name");
    guard->state = NW__GUARD_NAME;
    return at;
}

/* field-name ":" without anything in between (RFC 9112, 5.1). */
static const char *name(struct nw__http_guard *guard, const char *at, const char *end)
{
    while (at < end && nw__http_token_bytes[(unsigned char)*at])
        at++;
    if (at == end)
        return at;
    if (*at != ':')
        return refuse(guard, at, 400, "a field's name that is no token");
    guard->state = NW__GUARD_VALUE;
    return at + 1;
}

/* The usual case: a line that is all here, and good. Returns: where the next one begins; NULL: it is not. */
static const char *whole_line(const char *at, const char *end)
{
    const char *begin = at;

    while (at < end && nw__http_token_bytes[(unsigned char)*at])
        at++;
    if (at == begin || at == end || *at != ':')
        return NULL;
    at = nw__http_find_control(at + 1, end);
    return end - at >= 2 && at[0] == '\r' && at[1] == '\n' ? at + 2 : NULL;
}

static const char *lines(struct nw__http_guard *guard, const char *at, const char *end)
{
    const char *next;

    while (at < end && (next = whole_line(at, end)))
        at = next;
    return at < end ? line(guard, at) : at;
}

static const char *step(struct nw__http_guard *guard, const char *at, const char *end)
{
    switch (guard->state) {
    case NW__GUARD_REQUEST_LINE:
        return request_line(guard, at, end);
    case NW__GUARD_VERSION:
        return version(guard, at, end);
    case NW__GUARD_STATUS_LINE:
        return status_line(guard, at, end);
    case NW__GUARD_REASON:
        return text(guard, at, end, NW__GUARD_FIRST_LF);
    case NW__GUARD_FIRST_LF:
    case NW__GUARD_VALUE_LF:
        return expect_lf(guard, at, NW__GUARD_LINE);
    case NW__GUARD_LINE:
        return lines(guard, at, end);
    case NW__GUARD_NAME:
        return name(guard, at, end);
    case NW__GUARD_VALUE:
        return text(guard, at, end, NW__GUARD_VALUE_LF);
    case NW__GUARD_LAST_LF:
        return expect_lf(guard, at, NW__GUARD_DONE);
    case NW__GUARD_DONE:
        break;
    }
    return at;
}

size_t nw__http_guard_pass(struct nw__http_guard *guard, const char *data, size_t size_bytes)
{
    const char *at = data, *end = data + size_bytes;

    while (at < end && guard->state != NW__GUARD_DONE && !guard->refused)
        at = step(guard, at, end);
    return (size_t)(at - data);
}
