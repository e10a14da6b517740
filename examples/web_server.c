/* SPDX-License-Identifier: MIT */
/*
 * A web server: the files of a folder, and a small JSON API for notes. It ends well on SIGTERM and Ctrl-C.
 *
 *     web_server FOLDER [WHERE]        (WHERE: tcp://127.0.0.1:8080)
 *
 *     POST   /api/notes          the note is JSON text; 201, {"id": 1}
 *     GET    /api/notes/1        the note
 *     DELETE /api/notes/1
 *     GET    /api/next           the next note, when there is one: any number of clients may wait
 *     GET    /api/status         {"notes": 1, "waiting": 0}
 *     GET    /...                files
 */
#include <nowait.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOTES      1000
#define NOTE_BYTES ((size_t)64 * 1024)
#define WHERE      "tcp://127.0.0.1:8080"

struct app {
    const char *folder;
    const char *where;
    nw_bytes notes[NOTES]; /* note `id` at id - 1. Handlers of one loop need no lock between two waits */
    size_t count;
    size_t waiting;
    nw_event changed; /* raised for a moment by each note, and by the end */
    bool ending;
};

static int add_note(nw_http_exchange *exchange, void *context)
{
    struct app *app = context;
    nw_bytes note;
    char url[64], json[64];

    int rc = nw_http_read(exchange, NOTE_BYTES, &note);
    if (rc < 0)
        return rc; /* -EFBIG: a 413 */
    if (app->count == NOTES) {
        nw_bytes_finish(&note);
        return nw_http_reply_json(exchange, 507, "{\"error\": \"too many notes\"}\n");
    }
    app->notes[app->count++] = note;
    snprintf(url, sizeof url, "/api/notes/%zu", app->count);
    snprintf(json, sizeof json, "{\"id\": %zu}\n", app->count);
    nw_event_set(&app->changed);
    nw_event_clear(&app->changed);
    rc = nw_http_reply_header(exchange, "Location", url);
    return rc < 0 ? rc : nw_http_reply_json(exchange, 201, json);
}

static nw_bytes *find_note(nw_http_exchange *exchange, struct app *app)
{
    size_t id = strtoul(nw_http_param(exchange, "id"), NULL, 10);

    return id >= 1 && id <= app->count && app->notes[id - 1].data ? &app->notes[id - 1] : NULL;
}

static int get_note(nw_http_exchange *exchange, void *context)
{
    const nw_bytes *note = find_note(exchange, context);

    return note ? nw_http_reply_json(exchange, 200, note->data) : -ENOENT; /* a 404 */
}

static int delete_note(nw_http_exchange *exchange, void *context)
{
    nw_bytes *note = find_note(exchange, context);

    nw_bytes_finish(note);
    return note ? 0 : -ENOENT; /* no reply and no error: a 204 */
}

static int next_note(nw_http_exchange *exchange, void *context)
{
    struct app *app = context;

    app->waiting++;
    int rc = nw_event_wait(&app->changed); /* this client waits, no other */
    app->waiting--;
    if (rc < 0)
        return rc;
    if (app->ending)
        return nw_http_reply_json(exchange, 503, "{\"error\": \"the server ends\"}\n");
    const nw_bytes *note = &app->notes[app->count - 1];
    return note->data ? nw_http_reply_json(exchange, 200, note->data) : -ENOENT;
}

static int get_status(nw_http_exchange *exchange, void *context)
{
    const struct app *app = context;
    char json[96];

    snprintf(json, sizeof json, "{\"notes\": %zu, \"waiting\": %zu}\n", app->count, app->waiting);
    return nw_http_reply_json(exchange, 200, json);
}

static void say_where(const nw_listener *listener, void *arg)
{
    nw_address address;
    char text[NW_ADDRESS_TEXT_BYTES];

    (void)arg;
    if (nw_listener_address(listener, &address) == 0 && nw_address_text(&address, text, sizeof text) > 0)
        printf("http://%s/\n", text);
    fflush(stdout);
}

static int serve(struct app *app, nw_http_files *files)
{
    const nw_http_server_options options = {.where = app->where, .on_listen = say_where};
    nw_http_router *router;

    int rc = nw_http_router_create(&router);
    if (rc < 0)
        return rc;
    const struct {
        const char *method, *pattern;
        nw_http_handler *handler;
        void *context;
    } routes[] = {
        {"POST", "/api/notes", add_note, app},           {"GET", "/api/notes/{id}", get_note, app},
        {"DELETE", "/api/notes/{id}", delete_note, app}, {"GET", "/api/next", next_note, app},
        {"GET", "/api/status", get_status, app},         {NULL, "/{path...}", nw_http_files_serve, files},
    };
    for (size_t i = 0; i < sizeof routes / sizeof *routes && rc == 0; i++)
        rc = nw_http_router_add(router, routes[i].method, routes[i].pattern, routes[i].handler,
                                routes[i].context);
    if (rc == 0)
        rc = nw_http_serve(&options, nw_http_route, router); /* until this task is cancelled */
    nw_http_router_destroy(router);
    return rc;
}

struct ending {
    nw_signals *signals;
    nw_task *server;
    struct app *app;
};

static int end_on_signal(void *arg)
{
    const struct ending *ending = arg;

    int rc = nw_signals_next(ending->signals);
    if (rc < 0)
        return rc;
    ending->app->ending = true;
    nw_event_set(&ending->app->changed); /* those who wait for a note need wait no longer */
    nw_cancel(ending->server);           /* requests that have begun are answered all the same */
    return 0;
}

static int run(void *arg)
{
    struct app *app = arg;
    struct ending ending = {.server = nw_task_self(), .app = app};
    nw_http_files *files;

    int rc = nw_http_files_create(NULL, app->folder, &files);
    if (rc < 0)
        return rc;
    rc = nw_signals_open((const int[]){SIGTERM, SIGINT}, 2, &ending.signals);
    if (rc == 0) {
        nw_task *task = nw_spawn(end_on_signal, &ending);
        rc = serve(app, files);
        nw_cancel(task);
        (void)nw_await(task);
        nw_signals_close(ending.signals);
    }
    nw_http_files_destroy(files);
    return rc;
}

int main(int argc, char **argv)
{
    static struct app app;

    app.folder = argc > 1 ? argv[1] : ".";
    app.where = argc > 2 ? argv[2] : WHERE;
    nw_event_init(&app.changed);
    int rc = nw_run(run, &app);
    if (rc < 0)
        fprintf(stderr, "web_server: %s\n", nw_strerror(rc));
    else
        printf("%zu notes, goodbye\n", app.count);
    nw_event_finish(&app.changed);
    for (size_t i = 0; i < app.count; i++)
        nw_bytes_finish(&app.notes[i]);
    return rc < 0;
}
