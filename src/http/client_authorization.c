/* SPDX-License-Identifier: MIT */
/*
 * Credentials as HTTP writes them: basic (RFC 7617) and bearer (RFC 6750). Pure.
 */
#include <string.h>

#include "http/client.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* RFC 4648, 4, of the bytes before `filled`. */
static int append_base64(struct nw__bytes *out, const unsigned char *data, size_t size_bytes)
{
    int rc = nw__bytes_reserve(out, (size_bytes + 2) / 3 * 4);

    for (size_t i = 0; i < size_bytes && rc == 0; i += 3) {
        size_t left = size_bytes - i;
        unsigned bits = (unsigned)data[i] << 16 | (left > 1 ? (unsigned)data[i + 1] << 8 : 0) |
                        (left > 2 ? data[i + 2] : 0);
        char four[4] = {digits[bits >> 18], digits[bits >> 12 & 63], left > 1 ? digits[bits >> 6 & 63] : '=',
                        left > 2 ? digits[bits & 63] : '='};
        rc = nw__bytes_append(out, four, sizeof four);
    }
    return rc;
}

/* RFC 7617, 2: no control characters, and no colon in the user's name. */
static bool has_controls(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            return true;
    return false;
}

bool nw__http_is_basic(const char *user, const char *password)
{
    return !strchr(user, ':') && !has_controls(user) && !has_controls(password);
}

int nw__http_basic(const char *user, const char *password, struct nw__bytes *out)
{
    struct nw__bytes plain;
    int rc;

    if (!nw__http_is_basic(user, password))
        return -EINVAL;
    nw__bytes_init(&plain, SIZE_MAX);
    rc = nw__bytes_append(&plain, user, strlen(user));
    if (rc == 0)
        rc = nw__bytes_append(&plain, ":", 1);
    if (rc == 0)
        rc = nw__bytes_append(&plain, password, strlen(password));
    if (rc == 0)
        rc = nw__bytes_append(out, "Basic ", 6);
    if (rc == 0)
        rc = append_base64(out, (const unsigned char *)plain.data, plain.size_bytes);
    nw__bytes_finish(&plain);
    return rc;
}

/* RFC 6750, 2.1; more than its b64token is accepted, but nothing that ends the field. */
bool nw__http_is_bearer(const char *token)
{
    for (const char *c = token; *c; c++)
        if (*c <= ' ' || *c > '~')
            return false;
    return *token != '\0';
}
