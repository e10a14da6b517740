/* SPDX-License-Identifier: MIT */
/*
 * nowait get: files from the web, several at a time.
 * Owns the options, the client and the list of URLs.
 * Must go on after a failure, and tell each.
 */
#include "get.h"

#include "tool.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { BEGIN_WITH = 16 };   /* files at the same time; more, up to --jobs, when they take their time */
enum { MOST_NAMES = 4096 }; /* in a directory that is looked through for parts */
#define WAITED_NS NW_MS(20) /* for one of them: somebody was waited for */

static const char help[] =
    "Usage: nowait get [OPTION]... URL...\n"
    "  or:  nowait get [OPTION]... -i LIST\n"
    "\n"
    "Fetch files over HTTP and HTTPS, several at a time. A file is NAME.part until it is whole.\n"
    "\n"
    "What, and where to:\n"
    "  -i, --input-file=LIST     also the URLs in LIST ('-': standard input), one a line, each followed by\n"
    "                            sha256:HEX, out=NAME, both or neither\n"
    "  -o, --output=FILE         save to FILE, also over one that is there; '-': to standard output\n"
    "  -O, --output-dir=DIR      save into DIR, which is made\n"
    "      --overwrite           save over files that are there; else FILE.1 is made\n"
    "      --url-names           names from URLs only, not from what the server says\n"
    "      --no-times            do not set the files' times to what the server says\n"
    "      --sync                files are on disk before they get their names\n"
    "  -I, --head                print the headers, fetch nothing\n"
    "How many at a time:\n"
    "  -j, --jobs=N              N files (default 16)\n"
    "      --per-host=N          N connections to one host (default 16)\n"
    "  -n, --connections=N       N connections for one large file (default 1)\n"
    "      --rate=SIZE           SIZE bytes a second in all: 500K, 10M\n"
    "When it fails:\n"
    "  -c, --continue            go on with what is there of an earlier run, leave alone what is whole\n"
    "      --retries=N           try N times more (default 5)\n"
    "      --retry-delay=TIME    wait before that, twice as long each time (default 1s)\n"
    "      --retry-longest=TIME  and never longer than that (default 2m)\n"
    "      --connect-timeout=TIME, --timeout=TIME, --max-time=TIME\n"
    "                            for connecting (30s), for a pause (60s), for all of a request (none)\n"
    "      --min-rate=SIZE, --min-rate-time=TIME\n"
    "                            give up what brings less than SIZE bytes a second for TIME (30s)\n"
    "What is right:\n"
    "      --checksum=sha256:HEX the digest that the file must have\n"
    "      --sums=FILE           the digests of all files, in lines of sha256sum\n"
    "The request:\n"
    "  -H, --header='NAME: VALUE', -X, --method=METHOD, -A, --user-agent=TEXT\n"
    "  -d, --data=TEXT           POST this text, or the content of a file: @FILE, '@-'\n"
    "  -F, --form=NAME=VALUE     POST a form, as a browser does; NAME=@FILE sends a file\n"
    "  -u, --user=USER:PASSWORD, --bearer=TOKEN\n"
    "                            who we are; '@FILE': it stands in FILE, where nobody else sees it\n"
    "      --compressed          take compressed answers, and decompress them\n"
    "      --max-redirects=N     (default 10; 0: none)\n"
    "      --proxy=URL           instead of what the environment says; '': none\n"
    "      --cacert=FILE, --cert=FILE, --key=FILE, -k, --insecure\n"
    "                            whom we trust, who we are; trust everybody\n"
    "What is shown:\n"
    "  -q, --quiet               only errors\n"
    "      --json                a line of JSON for each URL\n"
    "      --progress            show progress also where standard error is no terminal\n"
    "      --no-progress         never show progress\n"
    "      --help                print this\n"
    "      --version             print the version\n"
    "\n"
    "Exit status: 0 all is there, 1 something is not, 2 wrong usage. When nothing is, and for one reason:\n"
    "3 network, 4 the server refused, 5 files could not be written, 6 digests differ, 7 certificates.\n";

/* -- at work -- */

static bool needs_tls(const struct get *get)
{
    for (size_t i = 0; i < get->count; i++) {
        if (strncasecmp(get->items[i].url, "https:", 6) == 0)
            return true;
    }
    return false;
}

/* What is wrong with certificates is said once, before anything is fetched; but to read them takes some 10
 * ms, and the system's 20, which are not spent where only a redirect could need them. */
static int create_client(struct get *get)
{
    nw_http_client_options *options = &get->client_options;
    const nw_tls_options *tls = &get->tls_options;
    bool special = tls->ca_file || tls->certificate_file || tls->insecure;
    int rc = special && needs_tls(get) ? nw_tls_client_create(tls, &get->tls) : 0;
    if (rc < 0) {
        tool_error("TLS: %s", nw_strerror(rc));
        return STATUS_FAILED;
    }
    options->tls = get->tls;
    options->tls_options = special && !get->tls ? tls : NULL;
    options->connections_per_host = get->per_host;
    options->connections = get->jobs * get->connections + 16;
    rc = nw_http_client_create(options, &get->client);
    if (rc < 0)
        tool_error("%s: %s", options->proxy ? options->proxy : "client", nw_strerror(rc));
    return rc < 0 ? STATUS_FAILED : 0;
}

static int make_directory(const struct get *get)
{
    int rc = get->directory && !get->head ? nw_mkdirs(get->directory, 0777) : 0;
    if (rc == -EEXIST)
        rc = -ENOTDIR;
    if (rc < 0 && rc != -ECANCELED)
        tool_path_error(get->directory, rc);
    return rc == -ECANCELED ? rc : rc < 0 ? GET_NO_FILE : 0;
}

static bool is_part(const nw_dir_entry *entry)
{
    static const char suffix[] = ".part";
    size_t size = sizeof suffix - 1;
    return entry->name_bytes > size && memcmp(entry->name + entry->name_bytes - size, suffix, size) == 0;
}

/* For many files one look at their directory, unless it is so large that looking for each costs less. */
static bool may_have_parts(const struct get *get)
{
    nw_dir *dir;
    nw_dir_entry entry;
    unsigned names = 0;
    bool found = false;
    int rc = 1;
    if (get->output || get->count <= BEGIN_WITH ||
        nw_dir_open(get->directory ? get->directory : ".", &dir) < 0)
        return true;
    while (!found && names++ < MOST_NAMES && (rc = nw_dir_next(dir, &entry)) > 0)
        found = is_part(&entry);
    nw_dir_close(dir);
    return found || rc != 0;
}

/*
 * Files that come one after the other as fast as they can be written come no faster when there are more of
 * them: each would begin with a connection of its own. Those that begin pay for these, and do not count.
 */
static bool is_worth_one_more(const struct get *get, const struct get_item *item)
{
    return get->ended > BEGIN_WITH && item->ended_ns - item->began_ns > WAITED_NS &&
           get->running < get->jobs && get->next < get->count;
}

/* One of those that fetch at the same time: takes items until none is left, or another one has its place. */
static int fetch_next(void *arg)
{
    struct get *get = arg;
    int rc = 0;
    while (rc >= 0 && get->next < get->count) {
        rc = nw_interrupted(); /* what was not begun when another failed is never begun */
        if (rc < 0)
            break;
        struct get_item *item = &get->items[get->next++];
        rc = get_item_run(item);
        get->ended++;
        if (rc == 0 && is_worth_one_more(get, item) && nw_group_spawn(&get->group, fetch_next, get) == 0)
            get->running++;
        if (item->handed_over) {
            get->saving--;
            break;
        }
    }
    return rc;
}

void get_hand_over(struct get_item *item)
{
    struct get *get = item->get;
    if (item->handed_over || get->next == get->count || get->saving == get->jobs)
        return;
    item->handed_over = nw_group_spawn(&get->group, fetch_next, get) == 0;
    get->saving += item->handed_over;
}

static int fetch_at_once(struct get *get)
{
    size_t most = get->jobs < BEGIN_WITH ? get->jobs : BEGIN_WITH;
    int rc = 0;
    nw_group_init(&get->group, 0);
    while (rc == 0 && get->running < most && get->running < get->count) {
        rc = nw_group_spawn(&get->group, fetch_next, get);
        get->running += rc == 0;
    }
    if (rc == -ENOMEM && get->running > 0)
        rc = 0; /* those that there are do it all */
    int failed = nw_group_finish(&get->group);
    return failed ? failed : rc;
}

static int fetch_items(struct get *get)
{
    for (size_t i = 0; i < get->count; i++) {
        if (get->output)
            get->items[i].name = (char *)get->output;
        if (get->checksum.kind)
            get->items[i].checksum = get->checksum;
    }
    get->parts_there = may_have_parts(get);
    int rc = get_bars_begin(get);
    if (rc == 0)
        rc = fetch_at_once(get);
    get_bars_end(get);
    return rc;
}

static int fetch_lists(struct get *get)
{
    int rc = get_read_lists(get);
    if (rc == 0 && get->count == 0)
        return STATUS_OK; /* an empty list */
    if (rc == 0)
        rc = make_directory(get);
    if (rc == 0)
        rc = create_client(get);
    if (rc == 0)
        rc = fetch_items(get);
    nw_http_client_destroy(get->client);
    nw_tls_destroy(get->tls);
    return rc != 0 ? rc : get_status(get);
}

/* A task. What has come is kept, as after SIGINT. */
static int obey_signals(void *arg)
{
    struct get *get = arg;
    int number = nw_signals_next(get->signals);
    if (number > 0) {
        tool_last_signal = number;
        nw_cancel(get->task);
    }
    return 0;
}

static int get_task(void *arg)
{
    static const int ends[] = {SIGTERM, SIGHUP};
    struct sigaction action;
    struct get *get = arg;
    int numbers[2];
    size_t count = 0;
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        if (sigaction(ends[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN) /* nohup(1) */
            numbers[count++] = ends[i];
    }
    if (count == 0)
        return fetch_lists(get);
    int rc = nw_signals_open(numbers, count, &get->signals);
    if (rc < 0)
        return rc;
    get->task = nw_task_self();
    nw_task *listener = nw_spawn(obey_signals, get);
    rc = fetch_lists(get);
    nw_cancel(listener);
    (void)nw_await(listener);
    nw_signals_close(get->signals);
    return rc;
}

/* -- options -- */

static void free_options(struct get *get)
{
    for (size_t i = 0; i < get->header_count; i++)
        free((char *)get->headers[i].name);
    for (size_t i = 0; i < get->part_count; i++)
        free((char *)get->parts[i].name);
    free(get->headers);
    free(get->parts);
    free(get->user);
    free(get->bearer);
    nw_bytes_finish(&get->data);
    nw_bytes_finish(&get->list_text);
}

/*
 * Bodies come and go by the thousand: what the heap gives back to the kernel it would ask for again a moment
 * later, and a page that is new costs more than what is copied into it.
 */
static void keep_heap(void)
{
#ifdef __GLIBC__
    mallopt(M_TRIM_THRESHOLD, 16 << 20);
    mallopt(M_MMAP_THRESHOLD, 1 << 20);
    mallopt(M_TOP_PAD, 1 << 20);
#endif
}

static int run(const struct verb *verb, int argc, char **argv)
{
    struct get get = {.jobs = 16,
                      .per_host = 16,
                      .connections = 1,
                      .least_rate_ns = NW_SEC(30),
                      .retry = {.retries = 5, .delay_ns = NW_SEC(1), .longest_ns = NW_SEC(120)},
                      .client_options = {.no_decoding = true}};
    keep_heap();
    int status = get_parse_options(verb, argc, argv, &get);
    if (status < 0) {
        unsigned files = tool_affordable_files(get.jobs * 2 + get.jobs * get.connections);
        if (files < get.jobs * 2 + get.jobs * get.connections)
            get.jobs = files / (2 + get.connections) > 0 ? files / (2 + get.connections) : 1;
        if (get.per_host < get.connections)
            get.per_host = get.connections;
        status = tool_run(NULL, get_task, &get);
    }
    get_free_items(&get);
    free_options(&get);
    return status;
}

const struct verb verb_get = {
    .name = "get",
    .summary = "files from the web, several at a time",
    .help = help,
    .run = run,
};
