/* SPDX-License-Identifier: MIT */
/*
 * The verb `serve`, as its files see each other.
 * cmd_serve.c: the way in; serve_options.c: options; serve_handler.c: who gets what; serve_list.c: a
 * directory's entries; serve_page.c: the page of them; serve_style.c: how it looks; serve_upload.c: files
 * that come in; serve_token.c: who may send them; serve_tls.c: a certificate of our own.
 */
#ifndef NOWAIT_TOOL_SERVE_H
#define NOWAIT_TOOL_SERVE_H

#include "output.h"

#include <nowait.h>

enum { SERVE_TOKEN_BYTES = 33, SERVE_POLICY_BYTES = 320 };

struct serve {
    /* options */
    const char *directory;
    const char *where; /* ADDR:PORT */
    const char *certificate;
    const char *key;
    const char *log_path;
    const char *cache_control;
    const char *cors;
    const char *token; /* of --upload-token */
    nw_log_options log_options;
    unsigned loops;
    unsigned connections;
    int64_t upload_limit_bytes;
    int64_t drain_ns;
    bool self_signed;
    bool hidden;
    bool follow;
    bool no_index;
    bool no_list;
    bool precompressed;
    bool upload;
    bool overwrite;
    bool quiet;

    /* at work; the same for all loops, and not changed once it serves */
    char *root;                        /* the directory's real path */
    char generated[SERVE_TOKEN_BYTES]; /* the token, when none was given */
    char policy[SERVE_POLICY_BYTES];   /* Content-Security-Policy of our own pages */
    nw_http_files *files;
    nw_logger *logger;
    nw_tls_context *tls;
    char fingerprint[96]; /* of a certificate that was made here */
};

/* -- serve_options.c -- */

struct verb;
/** Returns: -1 to go on, else an exit status. */
int serve_parse_options(const struct verb *verb, int argc, char **argv, struct serve *serve);

/* -- serve_handler.c -- */

/** What the server calls for each request; `context` is a struct serve. */
int serve_handle(nw_http_exchange *exchange, void *context);
/** What nw_http_files calls for a directory without an index; `arg` is a struct serve. */
int serve_directory(nw_http_exchange *exchange, const char *path, void *arg);

/* -- serve_list.c -- */

/** An entry of a directory, as its page shows it. */
struct listed {
    char *name;
    int64_t size_bytes;
    int64_t modified_s;
    bool is_directory;
};

/** The order of a page. */
enum list_order { ORDER_NAME, ORDER_SIZE, ORDER_TIME };

struct listing {
    struct listed *items;
    size_t count;
    size_t capacity;
    size_t directories;
    int64_t bytes; /* of all files */
    bool cut;      /* there are more */
};

/** Read what is at `path`. Errors: those of nw_walk(). */
int list_read(const struct serve *serve, const char *path, struct listing *listing_out);
/** Directories first, then as said; names as people order them: "file 9" before "file 10". */
void list_sort(struct listing *listing, enum list_order order, bool descending);
void list_finish(struct listing *listing);

/* -- serve_page.c -- */

/** What a page shows. */
struct page_view {
    enum list_order order;
    bool descending;
    bool grid;
    int uploaded; /* so many files have just been taken; -1: none were sent */
    bool trusted; /* who looks may upload without saying the token again */
};

/** Reply with the page of a directory. */
int page_reply(nw_http_exchange *exchange, const struct serve *serve, const struct listing *listing,
               const struct page_view *view);
/** Reply with the same as JSON. */
int page_reply_json(nw_http_exchange *exchange, const struct listing *listing);

/* -- serve_style.c -- */

extern const char page_style[];
extern const char page_head[];
extern const char page_icons[];
/** Make the policy that lets a page have this style, pictures of this server, and nothing else. */
int style_policy(char policy[SERVE_POLICY_BYTES]);

/* -- serve_upload.c -- */

/** A file sent by PUT. */
int upload_put(nw_http_exchange *exchange, const struct serve *serve);
/** Files sent by a browser's form. */
int upload_form(nw_http_exchange *exchange, const struct serve *serve);

/* -- serve_token.c -- */

/** Make the token, when none was given. */
int token_create(struct serve *serve);
const char *token_of(const struct serve *serve);
/** Is this the token? Takes as long whatever it is. Takes NULL. */
bool token_matches(const struct serve *serve, const char *text);
/** Has the request the token, in Authorization, in the cookie or in the query? */
bool token_in_request(const struct serve *serve, nw_http_exchange *exchange);
/** "?token=..." becomes a cookie. Returns: 1: it was replied to; 0: nothing of that kind. */
int token_to_cookie(const struct serve *serve, nw_http_exchange *exchange);

/* -- serve_tls.c -- */

/** A context with a certificate that is made here, in memory; and its fingerprint. */
int tls_self_signed(struct serve *serve);
/** With the user's. Errors: those of nw_tls_server_create(). */
int tls_from_files(struct serve *serve);

/* -- text for pages -- */

/** Append as text of HTML, good in attributes, too; what is not UTF-8, and control bytes, are U+FFFD. */
void html_text(struct output *output, const char *text);
/** Append as a name in a URL's path: everything but letters, digits and "-._~" is encoded. */
void url_name(struct output *output, const char *name);
void url_name_part(struct output *output, const char *name, size_t size_bytes);

#endif
