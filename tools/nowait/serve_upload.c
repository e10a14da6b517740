/* SPDX-License-Identifier: MIT */
/*
 * Files that come in: streamed into a hidden file in the directory where they belong, and renamed when whole.
 * Owns the file while it comes in. Goes down to the directory name by name, following no link.
 * Must not take a byte from somebody without the token, nor leave half a file, whatever ends the request.
 */
#include "serve.h"

#include "get_name.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#define READ_BYTES        ((size_t)256 << 10)
#define TOKEN_FIELD_BYTES 256
#define MOST_FILES        1000

/* -- the directory -- */

/* One name deeper. Returns: a descriptor. */
static int enter(const struct serve *serve, int directory_fd, const char *name)
{
    if (name[0] == '.' && !serve->hidden)
        return -ENOENT;
    return nw_fd_openat(directory_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
}

/* The directory of a decoded path like "/a/b/". Returns: a descriptor. */
static int open_directory(const struct serve *serve, const char *path)
{
    char *names = strdup(path);
    char *rest = NULL;
    int fd = names ? nw_fd_open(serve->root, O_RDONLY | O_DIRECTORY, 0) : -ENOMEM;
    for (char *name = names ? strtok_r(names, "/", &rest) : NULL; name && fd >= 0;
         name = strtok_r(NULL, "/", &rest)) {
        int next = strcmp(name, "..") == 0 ? -ENOENT : enter(serve, fd, name);
        nw_fd_close(fd);
        fd = next;
    }
    free(names);
    return fd;
}

/* -- one file -- */

struct incoming {
    const struct serve *serve;
    const nw_http_exchange *exchange; /* whose conditions count; NULL: none do */
    int directory_fd;
    const char *name;
    char hidden_name[40];
    int fd;
    int64_t bytes;
    bool replaced;
};

static int create(struct incoming *file)
{
    uint64_t number;
    if (getrandom(&number, sizeof number, 0) != (ssize_t)sizeof number)
        return -EIO;
    snprintf(file->hidden_name, sizeof file->hidden_name, ".upload-%016llx", (unsigned long long)number);
    file->fd =
        nw_fd_openat(file->directory_fd, file->hidden_name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0666);
    return file->fd < 0 ? file->fd : 0;
}

static int receive(struct incoming *file, nw_stream *body)
{
    ssize_t got = -ENOMEM;
    char *buffer = malloc(READ_BYTES);
    while (buffer && (got = nw_read(body, buffer, READ_BYTES)) > 0) {
        int64_t limit = file->serve->upload_limit_bytes;
        file->bytes += got;
        if (limit > 0 && file->bytes > limit) {
            got = -EFBIG;
            break;
        }
        ssize_t written = nw_fd_write(file->fd, buffer, (size_t)got);
        if (written < got) {
            got = written < 0 ? written : -ENOSPC;
            break;
        }
    }
    free(buffer);
    return (int)got;
}

/* On a worker. -ENOENT: there is nothing of that name; 0: it may be replaced; -EEXIST; -ESTALE: the client
 * has said so. */
static int look_at_place(void *arg)
{
    const struct incoming *file = arg;
    struct stat stat;
    bool there = fstatat(file->directory_fd, file->name, &stat, AT_SYMLINK_NOFOLLOW) == 0;
    if (!there && errno != ENOENT)
        return -errno;
    if (file->exchange && !nw_http_may_change(file->exchange, there ? &stat : NULL))
        return -ESTALE;
    if (!there)
        return -ENOENT;
    return file->serve->overwrite && S_ISREG(stat.st_mode) ? 0 : -EEXIST;
}

/* Where the file system can only rename over another, with a second name. */
static int take_free_name(const struct incoming *file)
{
    int fd = file->directory_fd;
    if (renameat2(fd, file->hidden_name, fd, file->name, RENAME_NOREPLACE) == 0)
        return 0;
    if ((errno == EINVAL || errno == ENOSYS) && linkat(fd, file->hidden_name, fd, file->name, 0) == 0)
        return unlinkat(fd, file->hidden_name, 0) == 0 ? 0 : -errno;
    return -errno;
}

/* One at a time: of two that want to replace the same, and no other, one does. */
static int take_place(struct incoming *file)
{
    int fd = file->directory_fd, rc = look_at_place(file);
    if (rc == -ENOENT)
        return take_free_name(file);
    if (rc < 0)
        return rc;
    file->replaced = true;
    return renameat(fd, file->hidden_name, fd, file->name) == 0 ? 0 : -errno;
}

/* On a worker: to its name. */
static int take_name(void *arg)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    struct incoming *file = arg;
    pthread_mutex_lock(&lock);
    int rc = take_place(file);
    if (rc == -EEXIST && !file->replaced)
        rc = take_place(file); /* another program was just as quick: now it is seen */
    pthread_mutex_unlock(&lock);
    return rc;
}

static int remove_hidden(void *arg)
{
    struct incoming *file = arg;
    return unlinkat(file->directory_fd, file->hidden_name, 0);
}

/* Returns: 0: the file is there, and on disk. */
static int save(struct incoming *file, nw_stream *body)
{
    nw_shield shield;
    int rc = create(file);
    if (rc < 0)
        return rc;
    rc = receive(file, body);
    nw_shield_begin(&shield); /* what was begun is finished or taken back, also when the server ends */
    if (rc == 0)
        rc = nw_fd_sync(file->fd);
    int closed = nw_fd_close(file->fd);
    rc = rc == 0 ? closed : rc;
    if (rc == 0)
        rc = nw_to_thread(take_name, file);
    if (rc == 0)
        (void)nw_fd_sync(file->directory_fd);
    else
        (void)nw_to_thread(remove_hidden, file);
    nw_shield_end(&shield);
    return rc;
}

/* -- replies -- */

static int refuse(nw_http_exchange *exchange, int error, const char *name)
{
    switch (error) {
    case -EEXIST:
        return nw_http_reply_text(exchange, 409, "%s: is there already\n", name);
    case -ESTALE:
        return nw_http_reply_text(exchange, 412, "%s: is not as the request has it\n", name);
    case -EFBIG:
        return nw_http_reply_text(exchange, 413, "%s: too large\n", name);
    case -ENOENT:
    case -ENOTDIR:
    case -ELOOP:
        return nw_http_reply_text(exchange, 404, "there is no such directory\n");
    case -EACCES:
    case -EPERM:
    case -EROFS:
        return nw_http_reply_text(exchange, 403, "%s: may not be written here\n", name);
    case -ENOSPC:
    case -EDQUOT:
        return nw_http_reply_text(exchange, 507, "%s: there is no room for it\n", name);
    case -EINVAL:
        return nw_http_reply_text(exchange, 400, "'%s' is not a name that is taken\n", name);
    default:
        return error; /* the connection has failed, or we have */
    }
}

static int refuse_token(nw_http_exchange *exchange)
{
    int rc = nw_http_reply_header(exchange, "WWW-Authenticate", "Bearer realm=\"upload\"");
    return rc < 0 ? rc : nw_http_reply_text(exchange, 401, "uploading needs the token\n");
}

/* -- PUT -- */

int upload_put(nw_http_exchange *exchange, const struct serve *serve)
{
    char name[SAFE_NAME_BYTES];
    const char *path = nw_http_path(exchange);
    const char *last = strrchr(path, '/') + 1;
    if (!token_in_request(serve, exchange))
        return refuse_token(exchange);
    if (nw_http_header(exchange, "Content-Range"))
        return nw_http_reply_text(exchange, 400, "parts of files are not taken\n"); /* RFC 9110, 14.5 */
    if (!safe_name(last, name) || strcmp(name, last) != 0)
        return refuse(exchange, -EINVAL, last);
    if (serve->upload_limit_bytes > 0 && nw_http_length(exchange) > serve->upload_limit_bytes)
        return refuse(exchange, -EFBIG, name);
    char *directory = strndup(path, (size_t)(last - path));
    int fd = directory ? open_directory(serve, directory) : -ENOMEM;
    free(directory);
    if (fd < 0)
        return refuse(exchange, fd, name);
    struct incoming file = {.serve = serve, .exchange = exchange, .directory_fd = fd, .name = name};
    nw_http_limit_body(exchange, -1);
    int rc = nw_http_header(exchange, "Expect") ? nw_to_thread(look_at_place, &file) : 0;
    if (rc == 0 || rc == -ENOENT) /* who asks first need not send what is refused */
        rc = save(&file, nw_http_body(exchange));
    nw_fd_close(fd);
    if (rc < 0)
        return refuse(exchange, rc, name);
    return nw_http_reply_text(exchange, file.replaced ? 200 : 201, "%s: %lld bytes\n", name,
                              (long long)file.bytes);
}

/* -- a browser's form -- */

struct form {
    const struct serve *serve;
    int directory_fd;
    bool trusted;
    unsigned files;
    char name[SAFE_NAME_BYTES]; /* of the file that is dealt with */
};

/* A field that is no file. Only the token is of interest. */
static int take_field(struct form *form, const nw_http_form_part *part)
{
    nw_bytes text;
    if (strcmp(part->name, "token") != 0)
        return 0;
    int rc = nw_read_all(part->body, TOKEN_FIELD_BYTES, &text);
    if (rc < 0)
        return rc == -EFBIG ? 0 : rc;
    form->trusted =
        form->trusted || (strlen(text.data) == text.size && token_matches(form->serve, text.data));
    nw_bytes_finish(&text);
    return 0;
}

static int take_file(struct form *form, const nw_http_form_part *part)
{
    if (!*part->file_name)
        return 0; /* none was chosen */
    if (!form->trusted)
        return -EACCES;
    if (form->files == MOST_FILES)
        return -EFBIG;
    if (!safe_name(part->file_name, form->name))
        return -EINVAL;
    struct incoming file = {.serve = form->serve, .directory_fd = form->directory_fd, .name = form->name};
    int rc = save(&file, part->body);
    form->files += rc == 0;
    return rc;
}

static int take_parts(nw_http_exchange *exchange, struct form *form)
{
    nw_http_form_part part;
    int rc;
    while ((rc = nw_http_next_part(exchange, &part)) > 0) {
        rc = part.file_name ? take_file(form, &part) : take_field(form, &part);
        if (rc < 0)
            return rc;
    }
    return rc;
}

int upload_form(nw_http_exchange *exchange, const struct serve *serve)
{
    char place[64];
    struct form form = {.serve = serve, .trusted = token_in_request(serve, exchange)};
    form.directory_fd = open_directory(serve, nw_http_path(exchange));
    if (form.directory_fd < 0)
        return refuse(exchange, form.directory_fd, "");
    nw_http_limit_body(exchange, -1); /* each file has its limit, and there are so many at most */
    int rc = take_parts(exchange, &form);
    nw_fd_close(form.directory_fd);
    if (rc == -EACCES && !form.trusted)
        return refuse_token(exchange);
    if (rc == NW_EPROTOCOL || rc == -EINVAL)
        return nw_http_reply_text(exchange, 400, "this is no form that a browser sends\n");
    if (rc < 0)
        return refuse(exchange, rc, form.name);
    snprintf(place, sizeof place, "./?uploaded=%u", form.files);
    return nw_http_reply_redirect(exchange, 303, place);
}
