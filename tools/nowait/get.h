/* SPDX-License-Identifier: MIT */
/*
 * The verb `get`, as its files see each other.
 * cmd_get.c: the way in; get_options.c: options; get_list.c: what to fetch; get_item.c: one URL, with its
 * tries; get_fetch.c: one try; get_place.c: where it goes; get_short.c: a short file at once; get_part.c: a
 * long one while it comes in; get_state.c: what of it is there; get_retry.c: what is tried again, and when;
 * get_name.c: names; get_bars.c: progress; get_report.c: what came of it.
 */
#ifndef NOWAIT_TOOL_GET_H
#define NOWAIT_TOOL_GET_H

#include "digest.h"
#include "get_name.h"
#include "get_part.h"
#include "get_retry.h"
#include "progress.h"

#include <nowait.h>

enum { GET_MOST_HEADERS = 64 }; /* -H */

/** How a download ended; the values are exit statuses, when all have ended like that. */
enum get_outcome {
    GET_PENDING = -1,
    GET_DONE = 0,
    GET_SOME_FAILED = 1, /* of the whole */
    GET_NO_NETWORK = 3,  /* no answer, or not all of it */
    GET_NO_STATUS = 4,   /* the server says no */
    GET_NO_FILE = 5,     /* it could not be written here */
    GET_NO_MATCH = 6,    /* what came is not what was asked for */
    GET_NO_TRUST = 7,    /* the certificate */
};

/** A digest that the content must have; `kind` NULL: none. */
struct get_checksum {
    const struct digest_kind *kind;
    unsigned char expected[DIGEST_MOST_BYTES];
};

/** What is said of an item while it is fetched: there may be a million others that wait. */
struct get_words {
    char label[SAFE_NAME_BYTES]; /* its name on the screen */
    char text[512];              /* why it failed */
};

/** One URL, and what came of it. */
struct get_item {
    struct get *get;
    char *url;
    char *shown_url; /* without a password: for messages, reports and what is kept on disk */
    char *name;      /* as the user wants it; NULL: as the server or the URL says */
    struct get_checksum checksum;

    enum get_outcome outcome;
    bool handed_over; /* it does not count among those that are fetched at the same time */
    bool resumed;     /* a part was there already */
    bool skipped;     /* all of it was there already */
    bool anew;        /* its content has changed meanwhile: what was there is dropped */
    int status;       /* of the last answer; 0: there was none */
    unsigned tries;
    unsigned connections; /* that may be used for it */
    int64_t began_ns;
    int64_t ended_ns;
    int64_t done_bytes;      /* of the whole */
    int64_t received_bytes;  /* in this run, thrown away ones too */
    int64_t total_bytes;     /* -1: not known */
    char *path;              /* where it is; NULL: nowhere yet */
    struct get_words *words; /* NULL: it is not being fetched */
};

/** Bytes in a second, shared by all downloads. */
struct get_rate {
    int64_t bytes_per_second; /* 0: as many as come */
    int64_t free_at_ns;       /* all that was taken so far is paid for then */
};

struct get {
    struct get_item *items;
    size_t count;
    size_t capacity;
    nw_bytes list_text; /* of the list and the sums */

    /* options */
    const char *list;
    const char *sums;
    const char *output; /* FILE, or "-" */
    const char *directory;
    struct get_checksum checksum;
    unsigned jobs;
    unsigned per_host;
    unsigned connections;
    struct retry_options retry;
    struct get_rate rate;
    int64_t least_rate;    /* bytes a second of an answer; 0: any */
    int64_t least_rate_ns; /* over this time */
    nw_http_client_options client_options;
    nw_tls_options tls_options;
    nw_pair *headers;
    size_t header_count;
    nw_http_part *parts; /* --form */
    size_t part_count;
    nw_bytes data; /* --data */
    bool has_data;
    const char *method;
    char *user;
    const char *password;
    char *bearer;
    bool go_on; /* --continue */
    bool overwrite;
    bool url_names;
    bool no_times;
    bool sync;
    bool head;
    bool quiet;
    bool json;
    enum progress_mode progress_mode;

    /* at work */
    nw_http_client *client;
    nw_tls_context *tls;
    nw_task *task;    /* the first one */
    nw_group group;   /* those that fetch */
    unsigned running; /* how many of them have been begun */
    size_t next;      /* the first item that nobody has begun */
    size_t ended;     /* items */
    unsigned saving;  /* items that need no connection any more, and have handed over their place */
    nw_signals *signals;
    bool parts_there; /* parts that somebody has left may be in the directory */
    bool announced;   /* whether something stands on standard output */
    struct get_bars *bars;
};

/* -- cmd_get.c -- */

/** All of an item has come: the next one may begin while this one is written. */
void get_hand_over(struct get_item *item);

/* -- get_options.c -- */

struct verb;
/** Returns: -1 to go on, else an exit status. */
int get_parse_options(const struct verb *verb, int argc, char **argv, struct get *get);

/* -- get_list.c -- */

/** Add a URL. Errors: -ENOMEM. */
int get_add(struct get *get, const char *url, struct get_item **item_out);
/** Read --input-file and --sums, in a task. Returns: 0, or an error that was reported: STATUS_FAILED. */
int get_read_lists(struct get *get);
/** "sha256:HEX", "HEX" for sha256. Errors: -EINVAL. */
int get_parse_checksum(const char *text, struct get_checksum *checksum_out);
void get_free_items(struct get *get);

/* -- get_item.c -- */

/** Fetch one URL, with all its tries; `item` tells what came of it. Errors: -ECANCELED. */
int get_item_run(struct get_item *item);
/** May what stands under a name be replaced? A name in a list does not say so: its lines may collide. */
bool get_replaces(const struct get *get);

/* -- get_fetch.c -- */

/** One download under way. */
struct fetch {
    struct get *get;
    struct get_item *item;
    struct part part;
    struct get_words words;
    struct retry_hint hint;         /* of the try that failed */
    char url_name[SAFE_NAME_BYTES]; /* the name in the URL; "": none */
    char *path;         /* where it goes, behind links; NULL: not chosen yet, or standard output */
    bool special;       /* what is there is written into as it is */
    int64_t modified_s; /* Last-Modified, or 0 */
    bool saved;         /* whole, checked, under its name: nothing is left to do */
};

/** Fetch what is missing. Returns: 0: it is whole; else an error, which the item and the hint explain. */
int fetch_once(struct fetch *fetch);
/** The part for what is kept of an earlier run, if any. */
int fetch_prepare(struct fetch *fetch);

/** Keep that its digest is not the one expected. Returns: -EBADMSG. */
int fetch_no_match(struct fetch *fetch);

/* -- get_place.c -- */

/**
 * Choose its path: as the user says (once), else as `response` does; NULL: what can be guessed before there
 * is one.
 *
 * Errors, reported: -EISDIR, -ELOOP, -EACCES: a stranger's link; those of open(2).
 */
int place_choose(struct fetch *fetch, const nw_http_response *response);
/** Is there a part of an earlier run at the path chosen? */
bool place_has_part(const struct fetch *fetch);
/** With --continue, is the file there that this answer would bring? The item tells where, then. */
bool place_has_all(const struct fetch *fetch, const nw_http_response *response);
/** The last name of a path, within it. */
const char *place_name(const char *path);
/** The directory of a path: "DIR/", or "."; the caller's. NULL: -ENOMEM. */
char *place_directory(const char *path);

/* -- get_short.c -- */

/** What has come of a short body. */
struct short_body {
    char *data; /* the owner frees it, also after a failure */
    size_t size;
    bool whole;
};

/** Can this answer be collected in memory? */
bool short_fits(const struct fetch *fetch, const nw_http_response *response);
/** Collect it, unless that takes long: then it is not whole, and the answer goes on. Errors are explained. */
int short_read(struct fetch *fetch, nw_http_response *response, struct short_body *body);
/**
 * Check, write and name it, in one trip to a worker.
 *
 * Errors: -EBADMSG: not the digest; -ECANCELED; any other: nothing was changed, the long way is to be tried.
 */
int short_save(const struct fetch *fetch, const struct short_body *body);

/* -- get_receive.c -- */

/** From an answer into a piece, up to the piece's end or the answer's; all that came is in the file then. */
int receive_body(struct fetch *fetch, nw_http_response *response, struct piece *piece);

/* -- get_request.c -- */

/** Ask for the item's URL, with `range` ("bytes=1-2") and `condition` (If-Range) unless they are NULL. */
int request_send(struct fetch *fetch, const char *range, const char *condition,
                 nw_http_response **response_out);
/** Keep why it failed, in the item and the hint. Returns: `error`. */
int request_failed(struct fetch *fetch, int error, const nw_http_failure *failure);
/** An answer that is no success. Returns: NW_EPROTOCOL. */
int request_refused(struct fetch *fetch, nw_http_response *response);
/** Keep that the file could not be written. Returns: `error`. */
int request_no_file(struct fetch *fetch, const char *path, int error);
/** An answer comes more slowly than --min-rate allows. Returns: -ETIMEDOUT. */
int request_too_slow(struct fetch *fetch);
/** What came is wrong: keep `text`. Returns: NW_EPROTOCOL. */
int request_wrong(struct fetch *fetch, const char *text);
/** Wait until `bytes` may come. Errors: -ECANCELED. */
int rate_take(struct get_rate *rate, size_t bytes);

/* -- get_report.c -- */

/** Tell that an item has ended: a line, or JSON. */
void get_report(struct get_item *item);
/** Tell that it is tried again. */
void get_report_retry(struct get_item *item, int64_t delay_ns);
/** The exit status for all of them. */
int get_status(const struct get *get);

/* -- get_bars.c -- */

/** Begin to draw, where that is wanted. Errors: -ENOMEM. */
int get_bars_begin(struct get *get);
/** Take the bars away before other text is written to the terminal. */
void get_bars_hide(struct get *get);
void get_bars_end(struct get *get);

#endif
