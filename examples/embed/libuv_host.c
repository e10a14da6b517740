/* SPDX-License-Identifier: MIT */
/*
 * libuv as the host of a nowait loop: libuv_host FILE
 * One uv_poll_t watches the descriptor, one uv_timer_t keeps the timeout; a second timer is the host's own
 * and goes on ticking while a task reads the file. See docs/embedding.md for what a host promises.
 */
#include <nowait.h>
#include <stdio.h>
#include <uv.h>

struct host {
    nw_loop *loop;
    uv_poll_t readable;
    uv_timer_t due;
    uv_timer_t tick; /* what the host has to do besides */
    unsigned ticks;
    const char *path;
    int result;
    bool done;
};

/* The task: everything that the library can do works in it. */
static int read_file(void *arg)
{
    struct host *host = arg;
    nw_bytes bytes;

    host->result = nw_sleep(NW_MS(20));
    if (host->result == 0)
        host->result = nw_read_file(host->path, 0, &bytes);
    if (host->result == 0) {
        printf("%s: %zu bytes\n", host->path, bytes.size);
        nw_bytes_finish(&bytes);
    }
    host->done = true;
    return 0;
}

static void on_due(uv_timer_t *timer);

/* Come back when the loop has something to do by itself. */
static void plan(struct host *host)
{
    int64_t timeout_ns = nw_loop_timeout(host->loop);

    uv_timer_stop(&host->due);
    uv_update_time(host->due.loop);
    if (timeout_ns != NW_FOREVER)
        uv_timer_start(&host->due, on_due, (uint64_t)((timeout_ns + NW_MS(1) - 1) / NW_MS(1)), 0);
}

static void dispatch(struct host *host)
{
    int alive = nw_loop_dispatch(host->loop);

    if (alive < 0)
        host->result = alive;
    if (alive < 0 || host->done)
        uv_stop(host->due.loop);
    else
        plan(host);
}

static void on_due(uv_timer_t *timer)
{
    dispatch(timer->data);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    (void)status, (void)events;
    dispatch(poll->data);
}

static void on_tick(uv_timer_t *timer)
{
    struct host *host = timer->data;

    host->ticks++;
}

static void run_host(struct host *host)
{
    uv_loop_t uv;

    uv_loop_init(&uv);
    uv_poll_init(&uv, &host->readable, nw_loop_fd(host->loop));
    uv_timer_init(&uv, &host->due);
    uv_timer_init(&uv, &host->tick);
    host->readable.data = host->due.data = host->tick.data = host;
    uv_poll_start(&host->readable, UV_READABLE, on_readable);
    uv_timer_start(&host->tick, on_tick, 5, 5);
    plan(host);
    uv_run(&uv, UV_RUN_DEFAULT);

    uv_close((uv_handle_t *)&host->readable, NULL);
    uv_close((uv_handle_t *)&host->due, NULL);
    uv_close((uv_handle_t *)&host->tick, NULL);
    uv_run(&uv, UV_RUN_DEFAULT);
    uv_loop_close(&uv);
    printf("the host ticked %s\n", host->ticks > 0 ? "meanwhile" : "never");
}

int main(int argc, char **argv)
{
    struct host host = {.path = argc > 1 ? argv[1] : "/etc/hostname"};
    int rc = nw_loop_create(NULL, &host.loop);

    if (rc == 0) {
        rc = nw_loop_call(host.loop, read_file, &host);
        if (rc == 0) {
            run_host(&host);
            rc = host.result;
        }
        nw_loop_destroy(host.loop);
    }
    if (rc < 0)
        fprintf(stderr, "%s: %s\n", host.path, nw_strerror(rc));
    return rc < 0;
}
