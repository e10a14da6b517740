/* SPDX-License-Identifier: MIT */
/*
 * Message digests: thin wrappers that give OpenSSL's SHA-256 and xxHash's XXH3 the same shape.
 * Owns the states that create() returns.
 * Must not know of files. All calls return 0 or a negative errno value.
 */
#include "digest.h"

#include <errno.h>
#include <openssl/evp.h>
#include <string.h>
#include <xxhash.h>

/* -- as text -- */

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool digest_parse(const char *text, size_t size_bytes, unsigned char *digest_out)
{
    unsigned char digest[DIGEST_MOST_BYTES];
    for (size_t i = 0; i < size_bytes; i++) {
        int high = hex_value(text[2 * i]);
        int low = high < 0 ? -1 : hex_value(text[2 * i + 1]);
        if (low < 0)
            return false;
        digest[i] = (unsigned char)(high << 4 | low);
    }
    memcpy(digest_out, digest, size_bytes);
    return true;
}

/* -- SHA-256 -- */

static void *sha256_create(void)
{
    return EVP_MD_CTX_new();
}

static void sha256_destroy(void *state)
{
    EVP_MD_CTX_free(state);
}

static int sha256_begin(void *state)
{
    return EVP_DigestInit_ex(state, EVP_sha256(), NULL) ? 0 : -ENOMEM;
}

static int sha256_update(void *state, const void *data, size_t size_bytes)
{
    return EVP_DigestUpdate(state, data, size_bytes) ? 0 : -EIO;
}

static int sha256_end(void *state, unsigned char *result_out)
{
    return EVP_DigestFinal_ex(state, result_out, NULL) ? 0 : -EIO;
}

const struct digest_kind digest_sha256 = {
    .option = "sha256",
    .tag = "SHA256",
    .size_bytes = 32,
    .inline_bytes = 16 * 1024,
    .create = sha256_create,
    .destroy = sha256_destroy,
    .begin = sha256_begin,
    .update = sha256_update,
    .end = sha256_end,
};

/* -- XXH3 -- */

static void *xxh3_create(void)
{
    return XXH3_createState();
}

static void xxh3_destroy(void *state)
{
    XXH3_freeState(state);
}

static int xxh3_begin(void *state)
{
    return XXH3_64bits_reset(state) == XXH_OK ? 0 : -EIO;
}

static int xxh3_update(void *state, const void *data, size_t size_bytes)
{
    return XXH3_64bits_update(state, data, size_bytes) == XXH_OK ? 0 : -EIO;
}

static int xxh3_end(void *state, unsigned char *result_out)
{
    XXH64_canonical_t canonical;
    XXH64_canonicalFromHash(&canonical, XXH3_64bits_digest(state));
    memcpy(result_out, canonical.digest, sizeof canonical.digest);
    return 0;
}

static int xxh128_begin(void *state)
{
    return XXH3_128bits_reset(state) == XXH_OK ? 0 : -EIO;
}

static int xxh128_update(void *state, const void *data, size_t size_bytes)
{
    return XXH3_128bits_update(state, data, size_bytes) == XXH_OK ? 0 : -EIO;
}

static int xxh128_end(void *state, unsigned char *result_out)
{
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(state));
    memcpy(result_out, canonical.digest, sizeof canonical.digest);
    return 0;
}

const struct digest_kind digest_xxh3 = {
    .option = "xxh3",
    .tag = "XXH3",
    .size_bytes = 8,
    .inline_bytes = 256 * 1024,
    .always_tagged = true,
    .create = xxh3_create,
    .destroy = xxh3_destroy,
    .begin = xxh3_begin,
    .update = xxh3_update,
    .end = xxh3_end,
};

const struct digest_kind digest_xxh128 = {
    .option = "xxh128",
    .tag = "XXH128",
    .size_bytes = 16,
    .inline_bytes = 256 * 1024,
    .create = xxh3_create,
    .destroy = xxh3_destroy,
    .begin = xxh128_begin,
    .update = xxh128_update,
    .end = xxh128_end,
};
