/* SPDX-License-Identifier: MIT */
/*
 * The token that lets people upload: made, compared, and kept by browsers in a cookie.
 * Owns nothing. Must take as long for a wrong token as for the right one, and never send it back in a page.
 */
#include "serve.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define COOKIE "nowait_upload"

int token_create(struct serve *serve)
{
    unsigned char bytes[(SERVE_TOKEN_BYTES - 1) / 2];
    if (!serve->upload || serve->token)
        return 0;
    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
        return -EIO;
    for (size_t i = 0; i < sizeof bytes; i++)
        snprintf(serve->generated + 2 * i, 3, "%02x", bytes[i]);
    return 0;
}

const char *token_of(const struct serve *serve)
{
    return serve->token ? serve->token : serve->generated;
}

/* Digests are compared: they are as long for every text. */
bool token_matches(const struct serve *serve, const char *text)
{
    unsigned char given[SHA256_DIGEST_LENGTH], right[SHA256_DIGEST_LENGTH];
    const char *token = token_of(serve);
    if (!text || !*token || !EVP_Digest(text, strlen(text), given, NULL, EVP_sha256(), NULL) ||
        !EVP_Digest(token, strlen(token), right, NULL, EVP_sha256(), NULL))
        return false;
    return CRYPTO_memcmp(given, right, sizeof right) == 0;
}

bool token_in_request(const struct serve *serve, nw_http_exchange *exchange)
{
    const char *authorization = nw_http_header(exchange, "Authorization");
    if (authorization && strncasecmp(authorization, "Bearer ", 7) == 0)
        return token_matches(serve, authorization + 7 + strspn(authorization + 7, " "));
    return token_matches(serve, nw_http_cookie(exchange, COOKIE)) ||
           token_matches(serve, nw_http_query(exchange, "token"));
}

/* The address that is copied from the terminal has the token once; then it is gone from the address bar. */
int token_to_cookie(const struct serve *serve, nw_http_exchange *exchange)
{
    char cookie[256];
    nw_tls_info tls;
    const char *path = nw_http_path(exchange);
    if (!serve->upload || strcmp(nw_http_method(exchange), "GET") != 0 || nw_http_header(exchange, "Range") ||
        !token_matches(serve, nw_http_query(exchange, "token")))
        return 0;
    int size = snprintf(cookie, sizeof cookie, COOKIE "=%s; Path=/; HttpOnly; SameSite=Strict%s",
                        token_of(serve), nw_http_tls(exchange, &tls) == 0 ? "; Secure" : "");
    struct output place = {.fd = -1};
    output_text(&place, "/"); /* one slash: two would be another host */
    for (path += strspn(path, "/"); *path; path += strspn(path, "/")) {
        size_t length = strcspn(path, "/");
        url_name_part(&place, path, length);
        path += length;
        output_text(&place, *path ? "/" : "");
    }
    output_append(&place, "", 1);
    int rc = size >= (int)sizeof cookie || place.error ? -ENOMEM : 0;
    if (rc == 0)
        rc = nw_http_reply_header(exchange, "Set-Cookie", cookie);
    if (rc == 0)
        rc = nw_http_reply_redirect(exchange, 303, place.data);
    free(place.data);
    return rc < 0 ? rc : 1;
}
