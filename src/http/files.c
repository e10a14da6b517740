/* SPDX-License-Identifier: MIT */
/*
 * Files over HTTP: from the path of a request to the file that is sent. Owns the root of a directory and what
 * is known of its files. What a request names is found below that root by the kernel, or not at all.
 */
#include "http/files.h"

#include <nowait/text.h>
#include <stdlib.h>
#include <string.h>

#include "base/options.h"
#include "http/url_parts.h"

#define CACHED     256
#define FRESH_NS   NW_SEC(1)
#define NAME_BYTES 256 /* that need no memory of their own */

int nw_http_reply_file(nw_http_exchange *exchange, const char *path)
{
    const struct nw__file_root anywhere = {AT_FDCWD, NW__BENEATH_LEAVE};
    struct nw__files_choice choice = {0};
    int rc;

    if (!exchange || !path || !*path)
        return -EINVAL;
    if (nw_http_replied(exchange))
        return -EALREADY;
    rc = nw__files_check_method(exchange);
    if (rc != 0)
        return rc < 0 ? rc : 0;
    rc = nw__file_get(NULL, &anywhere, path, false, &choice.file);
    if (rc < 0)
        return nw__files_refuse(exchange, rc);
    choice.media_type = choice.file->media_type;
    rc = nw__files_reply(exchange, &choice);
    nw__file_release(choice.file);
    return rc;
}

/* -- a directory -- */

/* A copy without slashes at its end. */
static int copy_trimmed(const char *text, char **copy_out)
{
    size_t size = strlen(text);
    char *copy;

    while (size > 0 && text[size - 1] == '/')
        size--;
    copy = strndup(text, size);
    if (!copy)
        return -ENOMEM;
    *copy_out = copy;
    return 0;
}

static int copy_strings(nw_http_files *files, const nw_http_files_options *options, const char *root)
{
    const char *index = options->index ? options->index : "index.html";
    int rc = copy_trimmed(root, &files->path);

    if (rc == 0)
        rc = copy_trimmed(options->prefix ? options->prefix : "", &files->prefix);
    files->index = strdup(index);
    if (options->cache_control)
        files->cache_control = strdup(options->cache_control);
    if (!files->index || (options->cache_control && !files->cache_control))
        return -ENOMEM;
    return rc;
}

static bool are_possible(const nw_http_files_options *options)
{
    const char *value = options->cache_control;

    if (options->prefix && *options->prefix && *options->prefix != '/')
        return false;
    if (options->index && strchr(options->index, '/'))
        return false;
    return nw__reserved_unused(options) && (!value || nw__http_is_value(nw_slice_of(value)));
}

int nw_http_files_create(const nw_http_files_options *options, const char *root, nw_http_files **files_out)
{
    static const nw_http_files_options defaults;
    struct nw__file_limits limits;
    nw_http_files *files;
    int rc;

    options = options ? options : &defaults;
    if (!root || !*root || !files_out || !are_possible(options))
        return -EINVAL;
    files = calloc(1, sizeof *files);
    if (!files)
        return -ENOMEM;
    limits = (struct nw__file_limits){options->cached ? options->cached : CACHED,
                                      options->fresh_ns ? options->fresh_ns : FRESH_NS};
    nw__file_caches_init(&files->caches, &limits);
    files->root = (struct nw__file_root){-1, options->follow_links ? NW__BENEATH_LEAVE : 0};
    files->precompressed = options->precompressed;
    files->hidden = options->hidden;
    files->directory = options->directory;
    files->arg = options->arg;
    rc = copy_strings(files, options, root);
    if (rc == 0)
        rc = nw__beneath_root(root, &files->root.fd);
    if (rc < 0) {
        nw_http_files_destroy(files);
        return rc;
    }
    *files_out = files;
    return 0;
}

void nw_http_files_destroy(nw_http_files *files)
{
    if (!files)
        return;
    nw__file_caches_finish(&files->caches);
    nw__beneath_close(files->root.fd);
    free(files->path);
    free(files->prefix);
    free(files->index);
    free(files->cache_control);
    free(files);
}

/* -- names -- */

/*
 * The name below the root, without slashes at its beginning or doubled ones: one file has one name in the
 * cache. With a slash at its end when the path has one. `name` has room for the path. False: not ours.
 */
static bool name_of(const nw_http_files *files, const char *path, char *name)
{
    size_t prefix = strlen(files->prefix);
    char *end = name;

    if (strncmp(path, files->prefix, prefix) != 0 || (path[prefix] != '/' && path[prefix] != '\0'))
        return false;
    for (path += prefix; *path; path++)
        if (*path != '/' || (end > name && end[-1] != '/'))
            *end++ = *path;
    *end = '\0';
    return true;
}

static bool is_hidden(const char *name)
{
    return *name == '.' || strstr(name, "/.") != NULL;
}

/* What is sent from a descriptor is looked at before; what is in memory was looked at not long ago. */
static int get(nw_http_files *files, struct nw__file_cache *cache, const char *name, bool absent_is_kept,
               struct nw__file **file_out)
{
    struct nw__file *file;
    int rc = nw__file_get(cache, &files->root, name, absent_is_kept, &file);

    if (rc == 0 && cache && !nw__file_is_unchanged(file)) {
        nw__file_release(file);
        rc = nw__file_get(cache, &files->root, name, absent_is_kept, &file);
    }
    if (rc == 0)
        *file_out = file;
    return rc;
}

/* -- codings -- */

static const struct coding {
    const char *name;
    const char *suffix;
} codings[] = {{"br", ".br"}, {"zstd", ".zst"}, {"gzip", ".gz"}}; /* the smallest first */

#define SUFFIX_BYTES 6 /* with its NUL */
#define CODINGS      (sizeof codings / sizeof *codings)

/* The sibling, unless it is older than the file. */
static int find_sibling(nw_http_files *files, struct nw__file_cache *cache, const char *name,
                        const struct nw__file *file, struct nw__file **sibling_out)
{
    struct nw__file *sibling;
    int rc = get(files, cache, name, true, &sibling);

    if (rc < 0)
        return rc;
    if (sibling->status.stx_mtime.tv_sec < file->status.stx_mtime.tv_sec) {
        nw__file_release(sibling);
        return -ENOENT;
    }
    *sibling_out = sibling;
    return 0;
}

/* Take the sibling instead of what was chosen so far, or let it go. */
static void consider(struct nw__files_choice *choice, struct nw__file *plain, struct nw__file *sibling,
                     const char *coding, bool better)
{
    struct nw__file *loser = better ? choice->file : sibling;

    if (better) {
        choice->file = sibling;
        choice->coding = coding;
    }
    if (loser != plain)
        nw__file_release(loser);
}

/* RFC 9110, 12.5.3: what the client likes best; of what it likes as much, the smallest. `name` has room for
 * a suffix behind it. Errors: of cancellation. */
static int choose_coding(nw_http_files *files, struct nw__file_cache *cache, const char *accepted, char *name,
                         struct nw__files_choice *choice)
{
    struct nw__file *plain = choice->file;
    int best = nw__http_accepts_coding(accepted, "identity");

    for (size_t i = 0; i < CODINGS; i++) {
        struct nw__file *sibling;
        int wish, rc;

        strcpy(name + strlen(plain->name), codings[i].suffix);
        rc = find_sibling(files, cache, name, plain, &sibling);
        if (rc == -ECANCELED || rc == -ETIMEDOUT)
            return rc;
        if (rc < 0)
            continue;
        choice->varies = true;
        wish = nw__http_accepts_coding(accepted, codings[i].name);
        bool better = wish > 0 && (choice->coding ? wish > best : wish >= best);
        best = better ? wish : best;
        consider(choice, plain, sibling, codings[i].name, better);
    }
    return 0;
}

/* -- replies -- */

static int reply_with(nw_http_exchange *exchange, nw_http_files *files, struct nw__file_cache *cache,
                      char *name, struct nw__file *plain)
{
    struct nw__files_choice choice = {
        .file = plain, .media_type = plain->media_type, .cache_control = files->cache_control};
    int rc = 0;

    if (files->precompressed)
        rc = choose_coding(files, cache, nw_http_header(exchange, "Accept-Encoding"), name, &choice);
    if (rc == 0)
        rc = nw__files_reply(exchange, &choice);
    if (choice.file != plain)
        nw__file_release(choice.file);
    return rc;
}

static int serve_file(nw_http_exchange *exchange, nw_http_files *files, char *name)
{
    struct nw__file_cache *cache = nw__file_caches_here(&files->caches);
    struct nw__file *file = NULL;
    int rc = get(files, cache, name, false, &file);

    if (rc < 0)
        return rc;
    rc = reply_with(exchange, files, cache, name, file);
    nw__file_release(file);
    return rc;
}

/*
 * The directory's path with the slash that it lacks. It is made of the decoded path, and begins with one
 * slash: with two, it would name another host. "\" is encoded, too: to some clients it is a slash.
 */
static int redirect(nw_http_exchange *exchange)
{
    const char *path = exchange->path, *query = exchange->query;
    struct nw__bytes location;
    nw_bytes text = {0};
    int rc;

    nw__bytes_init(&location, 256 * 1024);
    rc = nw__bytes_append(&location, "/", 1);
    if (rc == 0)
        rc = nw__url_append(&location, nw_slice_of(path + strspn(path, "/")), NW__URL_PATH, false);
    if (rc == 0)
        rc = nw__bytes_append(&location, *query ? "/?" : "/", *query ? 2 : 1);
    if (rc == 0)
        rc = nw__bytes_append_text(&location, query);
    if (rc == 0)
        rc = nw__bytes_take(&location, &text);
    if (rc == 0)
        rc = nw_http_reply_redirect(exchange, 301, text.data);
    nw__bytes_finish(&location);
    nw_bytes_finish(&text);
    return rc;
}

/* Without an index. It must be there, and below the root. */
static int serve_directory(nw_http_exchange *exchange, nw_http_files *files, const char *name)
{
    struct nw__beneath found;
    char *path;
    int rc = nw__beneath_open(files->root.fd, name, files->root.flags | NW__BENEATH_LOOK, &found);

    if (rc == 0 && !S_ISDIR(found.status.stx_mode))
        rc = -ENOTDIR;
    if (rc < 0 || !files->directory)
        return rc < 0 ? rc : -ENOENT;
    if (asprintf(&path, "%s/%s", files->path, name) < 0)
        return -ENOMEM;
    rc = files->directory(exchange, path, files->arg);
    free(path);
    return rc;
}

/* `name` has room for the index and a suffix behind it. */
static int serve_name(nw_http_exchange *exchange, nw_http_files *files, char *name, size_t length)
{
    bool slash = exchange->path[strlen(exchange->path) - 1] == '/';
    int rc = slash || !length ? -EISDIR : serve_file(exchange, files, name);

    if (rc != -EISDIR || nw_http_replied(exchange))
        return rc;
    if (!slash)
        return redirect(exchange);
    rc = -ENOENT;
    if (*files->index) {
        strcpy(name + length, files->index);
        rc = serve_file(exchange, files, name);
        name[length] = '\0';
    }
    return rc == -ENOENT && !nw_http_replied(exchange) ? serve_directory(exchange, files, name) : rc;
}

static int serve_path(nw_http_exchange *exchange, nw_http_files *files)
{
    size_t size = strlen(exchange->path) + strlen(files->index) + SUFFIX_BYTES;
    char most[NAME_BYTES], *name = size <= sizeof most ? most : malloc(size);
    int rc = -ENOENT;

    if (!name)
        return -ENOMEM;
    if (name_of(files, exchange->path, name) && (files->hidden || !is_hidden(name)))
        rc = serve_name(exchange, files, name, strlen(name));
    if (name != most)
        free(name);
    return rc;
}

int nw_http_files_serve(nw_http_exchange *exchange, void *files)
{
    int rc = exchange && files ? nw__files_check_method(exchange) : -EINVAL;

    if (rc != 0)
        return rc < 0 ? rc : 0;
    rc = serve_path(exchange, files);
    return rc < 0 && !nw_http_replied(exchange) ? nw__files_refuse(exchange, rc) : rc;
}
