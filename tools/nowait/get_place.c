/* SPDX-License-Identifier: MIT */
/*
 * Where a download goes: what it is called, the path of that, and what is there already.
 * Owns nothing: the path belongs to the fetch.
 * Must not follow a link, but one that the user has named (-o): a server would choose where it leads.
 */
#include "get.h"

#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

enum { MOST_LINKS = 40 }; /* as path_resolution(7) */

/* -- paths -- */

static char *join(const char *directory, const char *name)
{
    size_t size = (directory ? strlen(directory) : 0) + strlen(name) + 2;
    char *path = malloc(size);
    if (path)
        snprintf(path, size, "%s%s%s", directory ? directory : "",
                 directory && directory[strlen(directory) - 1] != '/' ? "/" : "", name);
    return path;
}

const char *place_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

char *place_directory(const char *path)
{
    size_t length = (size_t)(place_name(path) - path);
    return length > 0 ? strndup(path, length) : strdup(".");
}

/* The name for an answer; `response` NULL: what can be guessed before there is one. */
static void choose_name(const struct fetch *fetch, const nw_http_response *response,
                        char name[SAFE_NAME_BYTES])
{
    const char *disposition = response ? nw_http_response_header(response, "Content-Disposition") : NULL;
    const char *type = response ? nw_http_response_header(response, "Content-Type") : NULL;
    if (!fetch->get->url_names && name_of_disposition(disposition, name))
        return;
    memcpy(name, fetch->url_name, SAFE_NAME_BYTES);
    if (*name)
        return;
    if (response && name_of_url(nw_http_response_url(response), name))
        return;
    snprintf(name, SAFE_NAME_BYTES, "%s",
             !type || strncasecmp(type, "text/html", 9) == 0 ? "index.html" : "download");
}

/* -- what the user's path leads to -- */

struct target {
    char *path;   /* behind the links so far */
    bool special; /* written into as it is: a device, a pipe, or a descriptor by its name */
};

/* As the kernel's protected_symlinks (proc(5)), which does not see that a link is read and not followed: in a
 * directory like /tmp only our own links, and those of its owner. */
static int check_owner(const char *path, const struct stat *link)
{
    struct stat parent;
    char *directory = place_directory(path);
    int rc = !directory ? -ENOMEM : stat(directory, &parent) < 0 ? -errno : 0;
    free(directory);
    if (rc < 0 || link->st_uid == geteuid() || link->st_uid == parent.st_uid)
        return rc;
    return (parent.st_mode & S_ISVTX) && (parent.st_mode & S_IWOTH) ? -EACCES : 0;
}

/* What stands in a link, from the directory of the link. */
static int step(struct target *target, const char *text)
{
    size_t length = text[0] == '/' ? 0 : (size_t)(place_name(target->path) - target->path);
    size_t size = length + strlen(text) + 1;
    char *path = malloc(size);
    if (!path)
        return -ENOMEM;
    snprintf(path, size, "%.*s%s", (int)length, target->path, text);
    free(target->path);
    target->path = path;
    return 0;
}

/*
 * What is at a path, and with a link what stands in it. Links in /proc are names of descriptors: a file put
 * there would be one for all of the system.
 * Returns: 1: a link; 0: none.
 */
static int look(struct target *target, struct stat *there, char *text, size_t size)
{
    struct statfs where;
    int fd = open(target->path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? 0 : -errno;
    int rc = fstat(fd, there) < 0 || fstatfs(fd, &where) < 0 ? -errno : 0;
    bool is_link = rc == 0 && S_ISLNK(there->st_mode) && where.f_type != PROC_SUPER_MAGIC;
    ssize_t length = is_link ? readlinkat(fd, "", text, size - 1) : 0;
    if (length < 0)
        rc = -errno;
    close(fd);
    if (rc < 0 || length < 0)
        return rc;
    text[length] = '\0';
    target->special = !is_link && !S_ISREG(there->st_mode);
    return S_ISDIR(there->st_mode) ? -EISDIR : is_link;
}

/* On a worker: to the end of the links. What is not there yet is where they end, too, as open(2) has it. */
static int follow(void *arg)
{
    struct target *target = arg;
    struct stat there;
    char text[PATH_MAX];
    for (int links = 0; links <= MOST_LINKS; links++) {
        int rc = look(target, &there, text, sizeof text);
        if (rc <= 0)
            return rc;
        rc = check_owner(target->path, &there);
        if (rc == 0)
            rc = step(target, text);
        if (rc < 0)
            return rc;
    }
    return -ELOOP;
}

/* Once for each download: what others do to the links meanwhile changes nothing. */
static int resolve(struct fetch *fetch, char **path)
{
    struct target target = {.path = strdup(*path)};
    int rc = target.path ? nw_to_thread(follow, &target) : -ENOMEM;
    fetch->special = rc == 0 && target.special;
    if (rc < 0 || target.special) {
        free(target.path); /* the kernel finds it by the name that the user knows */
        return rc;
    }
    free(*path);
    *path = target.path;
    return 0;
}

int place_choose(struct fetch *fetch, const nw_http_response *response)
{
    char name[SAFE_NAME_BYTES];
    const char *wanted = fetch->item->name;
    if (wanted && fetch->path)
        return 0;
    if (!wanted)
        choose_name(fetch, response, name);
    char *path = join(fetch->get->directory, wanted ? wanted : name);
    int rc = !path ? -ENOMEM : fetch->get->output ? resolve(fetch, &path) : 0;
    if (rc < 0) {
        request_no_file(fetch, path, rc);
        free(path);
        return rc;
    }
    free(fetch->path);
    fetch->path = path;
    return 0;
}

/* -- what is there already -- */

bool place_has_part(const struct fetch *fetch)
{
    struct stat stat;
    if (fetch->special || !fetch->get->parts_there)
        return false;
    char *path = part_path(fetch->path);
    bool found = path && nw_stat(path, &stat) == 0;
    free(path);
    return found;
}

static bool is_same_file(const struct stat *stat, int64_t size_bytes, int64_t time_s)
{
    return S_ISREG(stat->st_mode) && stat->st_size == size_bytes && stat->st_mtim.tv_sec == time_s;
}

/* A file of this size and time: PATH, or PATH.1, PATH.2, where an earlier run has found another one in its
 * place. NULL: none. The caller's. */
static char *find_same_file(const struct fetch *fetch, int64_t size_bytes, int64_t time_s)
{
    struct stat stat;
    char *path = strdup(fetch->path);
    for (unsigned number = 1; path; number++) {
        bool there = nw_stat(path, &stat) == 0;
        if (there && is_same_file(&stat, size_bytes, time_s))
            break;
        free(path);
        path = there && !get_replaces(fetch->get) ? part_numbered(fetch->path, number) : NULL;
    }
    return path;
}

bool place_has_all(const struct fetch *fetch, const nw_http_response *response)
{
    int64_t time_s;
    int64_t size_bytes = nw_http_response_length(response);
    const char *modified = nw_http_response_header(response, "Last-Modified");
    if (!fetch->get->go_on || fetch->special || !modified || nw_http_date_parse(modified, &time_s) < 0)
        return false;
    char *path = find_same_file(fetch, size_bytes, time_s);
    if (!path)
        return false;
    free(fetch->item->path);
    fetch->item->path = path;
    fetch->item->total_bytes = fetch->item->done_bytes = size_bytes;
    return true;
}
