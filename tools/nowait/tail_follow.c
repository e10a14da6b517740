/* SPDX-License-Identifier: MIT */
/*
 * Following files: the folders of the files are watched, one task each; what happens there marks files as
 * changed, and one task looks at those and prints what came. Where nobody tells of changes, they are looked
 * at at intervals. What is no regular file has a task of its own that reads it. Owns the places that are
 * watched. Must not miss what came before the watch stood: it looks once it stands.
 */
#include "tail.h"

#include "paths.h"

#include <libgen.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#define PIECES_AT_A_TIME 64 /* of one file, before the others have their turn */

/* A folder that is, or was, watched. */
struct tail_place {
    struct tail_place *next;
    struct following *following;
    char *folder;
    bool ended; /* or could not be watched: its files are looked at at intervals */
};

struct following {
    struct tail *tail;
    struct tail_place *places;
    nw_group group;
    nw_event changed;
    size_t readers; /* tasks that read what is no regular file */
};

/* A file that is no regular one, and the task that reads it. */
struct reader {
    struct following *following;
    struct tail_file *file;
    char data[TAIL_PIECE_BYTES];
};

/* -- messages -- */

static int say(const struct tail_file *file, const char *what, int error)
{
    output_text(&tool_err, "nowait tail: '");
    tool_printable(&tool_err, file->title);
    output_printf(&tool_err, "' %s%s%s\n", what, error ? ": " : "", error ? nw_strerror(error) : "");
    return output_flush(&tool_err);
}

static int say_truncated(const struct tail_file *file)
{
    output_text(&tool_err, "nowait tail: ");
    tool_printable(&tool_err, file->title);
    output_text(&tool_err, ": file truncated\n");
    return output_flush(&tool_err);
}

/* -- places -- */

static bool names(const struct tail_spot *spot, const struct tail_place *place, const char *path)
{
    const char *base = path ? strrchr(path, '/') : NULL;
    return base && spot->place == place && strcmp(spot->name, base + 1) == 0;
}

/* The open file goes by another name now. */
static void rename_spot(struct tail_file *file, struct tail_spot *spot, const nw_watch_event *event)
{
    char *name = strdup(strrchr(event->path, '/') + 1);
    if (name) {
        free(spot->name);
        spot->name = name;
    } else {
        file->polled = true;
    }
}

static void note_event(struct tail_place *place, const nw_watch_event *event)
{
    const struct tail *tail = place->following->tail;
    for (size_t i = 0; i < tail->file_count; i++) {
        struct tail_file *file = &tail->files[i];
        for (size_t k = 0; k < 2; k++) {
            struct tail_spot *spot = &file->spots[k];
            bool left = names(spot, place, event->from);
            if (!left && !names(spot, place, event->path) && !(event->kinds & NW_WATCH_OVERFLOW))
                continue;
            file->changed = true;
            if (k == 0 && left)
                rename_spot(file, spot, event);
            else if (k == 0 && event->kinds & (NW_WATCH_DELETED | NW_WATCH_CREATED | NW_WATCH_MOVED))
                file->misplaced = true; /* it may still be written to, somewhere else */
        }
    }
}

/* All that is there may have changed without a word. */
static void note_all(const struct tail_place *place)
{
    const struct tail *tail = place->following->tail;
    for (size_t i = 0; i < tail->file_count; i++) {
        struct tail_file *file = &tail->files[i];
        if (file->spots[0].place != place && file->spots[1].place != place)
            continue;
        file->changed = true;
        file->misplaced = !place->ended;
    }
    nw_event_set(&place->following->changed);
}

static int watch_place(void *arg)
{
    static const nw_watch_options options = {.kinds = NW_WATCH_MODIFIED | NW_WATCH_CREATED | NW_WATCH_MOVED |
                                                      NW_WATCH_DELETED | NW_WATCH_ATTRIBUTES,
                                             .debounce_ns = NW_MS(1),
                                             .gather_ns = NW_MS(10)};
    struct tail_place *place = arg;
    const nw_watch_event *events;
    nw_watch *watch;
    size_t count;
    int rc = nw_watch_open(&options, place->folder, &watch);
    if (rc < 0) {
        place->ended = true;
        note_all(place);
        return rc == -ECANCELED ? rc : 0;
    }
    note_all(place);
    while ((rc = nw_watch_next(watch, &events, &count)) == 0) {
        for (size_t i = 0; i < count; i++)
            note_event(place, &events[i]);
        nw_event_set(&place->following->changed);
    }
    nw_watch_close(watch);
    place->ended = true;
    note_all(place);
    return rc == -ECANCELED ? rc : 0;
}

/* Takes over `folder`. NULL: no memory. */
static struct tail_place *place_of(struct following *following, char *folder)
{
    struct tail_place *place = following->places;
    while (place && (place->ended || strcmp(place->folder, folder) != 0))
        place = place->next;
    if (place) {
        free(folder);
        return place;
    }
    place = calloc(1, sizeof *place);
    if (!place) {
        free(folder);
        return NULL;
    }
    *place = (struct tail_place){.next = following->places, .following = following, .folder = folder};
    following->places = place;
    if (nw_group_spawn(&following->group, watch_place, place) < 0)
        place->ended = true;
    return place;
}

/* -- where a file is -- */

/* Does the kernel of this machine see all changes there? */
static int is_local(void *arg)
{
    static const uint32_t elsewhere[] = {0x6969,     0xff534d42, 0xfe534d42, 0x517b,     0x65735546,
                                         0x01021997, 0x9fa0,     0x62656572, 0x00c36400, 0x5346414f,
                                         0x0bd00bd0, 0x47504653, 0x7461636f, 0x73757245};
    struct statfs status;
    if (fstatfs(*(int *)arg, &status) < 0)
        return 0;
    for (size_t i = 0; i < sizeof elsewhere / sizeof *elsewhere; i++) {
        if ((uint32_t)status.f_type == elsewhere[i])
            return 0;
    }
    return 1;
}

/* The folder and the name of a path without links. Outputs: both to be freed. */
static int split_real_path(const char *path, char **folder_out, char **name_out)
{
    nw_bytes real;
    int rc = nw_realpath(path, &real);
    if (rc < 0)
        return rc;
    char *slash = strrchr(real.data, '/');
    *name_out = strdup(slash + 1);
    slash[slash == real.data] = '\0';
    *folder_out = strdup(real.data);
    nw_bytes_finish(&real);
    return *name_out && *folder_out ? 0 : -ENOMEM;
}

/* The folder of a name, which need not be there. */
static int split_name(const char *path, char **folder_out, char **name_out)
{
    char *copy = strdup(path), *again = strdup(path);
    nw_bytes folder = {0};
    int rc = copy && again ? nw_realpath(dirname(copy), &folder) : -ENOMEM;
    if (rc == 0) {
        *name_out = strdup(basename(again));
        *folder_out = folder.data;
    }
    free(copy);
    free(again);
    return rc == 0 && !*name_out ? -ENOMEM : rc;
}

static void set_spot(struct following *following, struct tail_file *file, size_t index, bool by_name)
{
    struct tail_spot *spot = &file->spots[index];
    char *folder = NULL, *name = NULL, path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", file->fd);
    int rc = by_name ? split_name(file->path, &folder, &name) : split_real_path(path, &folder, &name);
    free(spot->name);
    *spot = (struct tail_spot){0};
    if (rc < 0 || !folder || !name) {
        free(folder);
        free(name);
        file->polled = true;
        return;
    }
    spot->place = place_of(following, folder);
    spot->name = name;
    file->polled |= !spot->place;
}

/* Have somebody tell of the file's changes, or be ready to look. */
static void find_spots(struct following *following, struct tail_file *file)
{
    file->polled = file->fd >= 0 && nw_to_thread(is_local, &file->fd) != 1;
    file->changed = true;
    if (file->fd >= 0)
        set_spot(following, file, 0, false);
    if (following->tail->by_name && strcmp(file->path, "-") != 0)
        set_spot(following, file, 1, true);
}

static bool is_polled(const struct tail_file *file)
{
    for (size_t i = 0; i < 2; i++) {
        if (file->spots[i].place && file->spots[i].place->ended)
            return true;
    }
    return file->polled;
}

/* -- what came -- */

static int print_news(struct tail *tail, struct tail_file *file)
{
    struct stat status;
    int rc = nw_fd_stat(file->fd, &status);
    if (rc < 0)
        return rc;
    if (status.st_size < file->position) {
        (void)say_truncated(file);
        file->position = 0;
    }
    for (int i = 0; i < PIECES_AT_A_TIME; i++) {
        ssize_t n = nw_fd_pread(file->fd, tail->buffer, TAIL_PIECE_BYTES, file->position);
        if (n <= 0)
            return (int)n;
        file->position += n;
        rc = tail_print(tail, file, tail->buffer, (size_t)n);
        if (rc < 0)
            return rc;
    }
    file->changed = true; /* there may be more */
    return 0;
}

static int let_go(struct tail *tail, struct tail_file *file)
{
    int rc = print_news(tail, file);
    while (rc == 0 && file->changed) { /* what was written to the old one to the end */
        file->changed = false;
        rc = print_news(tail, file);
    }
    nw_fd_close(file->fd);
    file->fd = -1;
    return rc;
}

/* The name leads to a file that is not open. */
static int take_up(struct following *following, struct tail_file *file, const char *how)
{
    int rc = tail_open(file);
    if (rc == -ECANCELED || rc == -ENOENT) /* gone again: there will be an event */
        return rc == -ENOENT ? 0 : rc;
    if (rc < 0)
        return say(file, "cannot be opened", rc);
    file->position = 0;
    file->vanished = false;
    (void)say(file, how, 0);
    if (!file->regular) {
        nw_fd_close(file->fd);
        file->fd = -1;
        return say(file, "is no regular file any more; waiting for one", 0);
    }
    find_spots(following, file);
    return print_news(following->tail, file);
}

/* Nothing has the name. Whoever has the file open may write to it until it is made anew. */
static int miss(struct following *following, struct tail_file *file, int error)
{
    struct stat status;
    int rc = 0;
    if (file->fd >= 0 && nw_fd_stat(file->fd, &status) == 0 && status.st_nlink == 0)
        rc = let_go(following->tail, file);
    else if (file->fd >= 0)
        rc = print_news(following->tail, file);
    if (rc == 0 && !file->vanished)
        (void)say(file, "has become inaccessible", error);
    file->vanished = true;
    if (file->fd < 0 && is_polled(file)) { /* the folder may be another one by now */
        find_spots(following, file);
        file->changed = false;
    }
    return rc;
}

static int look_at_name(struct following *following, struct tail_file *file)
{
    struct stat status;
    int rc = nw_stat(file->path, &status);
    if (rc == -ECANCELED)
        return rc;
    if (rc < 0)
        return miss(following, file, rc);
    if (file->fd < 0)
        return S_ISREG(status.st_mode) ? take_up(following, file, "has appeared;  following new file") : 0;
    if (status.st_ino == file->status.st_ino && status.st_dev == file->status.st_dev) {
        file->vanished = false;
        return print_news(following->tail, file);
    }
    rc = let_go(following->tail, file);
    return rc < 0 ? rc
                  : take_up(following, file,
                            file->vanished ? "has appeared;  following new file"
                                           : "has been replaced;  following new file");
}

static int look(struct following *following, struct tail_file *file)
{
    bool has_name = following->tail->by_name && strcmp(file->path, "-") != 0;
    int rc = 0;
    if (file->misplaced)
        find_spots(following, file);
    file->changed = file->misplaced = false;
    if (has_name && (file->fd < 0 || file->regular))
        rc = look_at_name(following, file);
    else if (file->fd >= 0 && file->regular)
        rc = print_news(following->tail, file);
    if (rc == -ECANCELED || tool_out.error)
        return rc;
    if (rc < 0) {
        tail_complain(following->tail, file, rc);
        (void)output_flush(&tool_err);
    }
    return 0;
}

/* -- what is no regular file -- */

/* A FIFO whose writers have gone may get others. */
static int read_on(void *arg)
{
    struct reader *reader = arg;
    struct tail *tail = reader->following->tail;
    ssize_t n;
    while ((n = nw_fd_read(reader->file->fd, reader->data, sizeof reader->data)) >= 0) {
        int rc = n > 0 ? tail_print(tail, reader->file, reader->data, (size_t)n)
                       : nw_sleep(NW_SEC(tail->interval_s));
        if (rc < 0) {
            n = rc;
            break;
        }
    }
    if (n != -ECANCELED && !tool_out.error)
        tail_complain(tail, reader->file, (int)n);
    reader->following->readers--;
    nw_event_set(&reader->following->changed);
    free(reader);
    return n == -ECANCELED || tool_out.error ? (int)n : 0;
}

/* Standard input that is a pipe has ended for good, and a folder has nothing to give. */
static int start_reader(struct following *following, struct tail_file *file)
{
    if (strcmp(file->path, "-") == 0 || S_ISDIR(file->status.st_mode))
        return 0;
    struct reader *reader = malloc(sizeof *reader);
    if (!reader)
        return -ENOMEM;
    reader->following = following;
    reader->file = file;
    following->readers++;
    int rc = nw_group_spawn(&following->group, read_on, reader);
    if (rc < 0) {
        following->readers--;
        free(reader);
    }
    return rc;
}

/* -- all of it -- */

/* Nothing is written for long, perhaps: notice when nobody reads any more. */
static int await_closed_output(void *arg)
{
    struct following *following = arg;
    int rc = nw_fd_poll(STDOUT_FILENO, POLLERR);
    if (rc < 0)
        return rc;
    tool_out.error = -EPIPE;
    nw_event_set(&following->changed);
    return -EPIPE;
}

static int begin(struct following *following)
{
    struct tail *tail = following->tail;
    struct stat output;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < tail->file_count; i++) {
        struct tail_file *file = &tail->files[i];
        if (file->fd >= 0 && !file->regular)
            rc = start_reader(following, file);
        else if (file->fd >= 0 || tail->by_name)
            find_spots(following, file);
    }
    if (rc == 0 && nw_fd_stat(STDOUT_FILENO, &output) == 0 && S_ISFIFO(output.st_mode))
        rc = nw_group_spawn(&following->group, await_closed_output, following);
    return rc;
}

static size_t count_followed(const struct following *following)
{
    const struct tail *tail = following->tail;
    size_t count = following->readers;
    for (size_t i = 0; i < tail->file_count; i++) {
        const struct tail_file *file = &tail->files[i];
        count += (file->fd >= 0 && file->regular) ||
                 (tail->by_name && file->fd < 0 && strcmp(file->path, "-") != 0);
    }
    return count;
}

/* Until something may have changed. */
static int await_change(struct following *following)
{
    const struct tail *tail = following->tail;
    nw_deadline deadline;
    bool polls = false;
    for (size_t i = 0; i < tail->file_count; i++)
        polls |= is_polled(&tail->files[i]);
    nw_deadline_begin(&deadline, polls ? NW_SEC(tail->interval_s) : NW_FOREVER);
    int rc = nw_event_wait(&following->changed);
    (void)nw_deadline_end(&deadline);
    nw_event_clear(&following->changed);
    for (size_t i = 0; rc == -ETIMEDOUT && i < tail->file_count; i++)
        tail->files[i].changed |= is_polled(&tail->files[i]);
    return rc == -ETIMEDOUT ? 0 : rc;
}

static int look_at_all(struct following *following)
{
    struct tail *tail = following->tail;
    bool more = true;
    while (more) {
        more = false;
        for (size_t i = 0; i < tail->file_count; i++) {
            if (!tail->files[i].changed)
                continue;
            int rc = look(following, &tail->files[i]);
            if (rc < 0)
                return rc;
            more |= tail->files[i].changed;
        }
    }
    return 0;
}

static void forget(struct following *following)
{
    for (size_t i = 0; i < following->tail->file_count; i++) {
        free(following->tail->files[i].spots[0].name);
        free(following->tail->files[i].spots[1].name);
    }
    for (struct tail_place *place = following->places, *next; place; place = next) {
        next = place->next;
        free(place->folder);
        free(place);
    }
}

int tail_follow(struct tail *tail)
{
    struct following following = {.tail = tail};
    int rc, finished;
    nw_event_init(&following.changed);
    nw_group_init(&following.group, 0);
    rc = begin(&following);
    while (rc == 0) {
        rc = look_at_all(&following);
        if (rc < 0 || count_followed(&following) == 0)
            break;
        rc = tool_out.error ? tool_out.error : await_change(&following);
    }
    nw_group_cancel(&following.group);
    finished = nw_group_finish(&following.group);
    nw_event_finish(&following.changed);
    forget(&following);
    if (rc == 0 && tail->status != STATUS_OK)
        tool_error("no files remaining");
    return rc == 0 && finished != -ECANCELED ? finished : rc;
}
