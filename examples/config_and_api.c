/* SPDX-License-Identifier: MIT */
/*
 * A config file is read while a call of an API takes one second: both take as
 * long as the longer one, not as long as their sum. The API is a thread of this
 * program behind a socket, which answers when the time is up.
 *
 *     config_and_api CONFIG [MILLISECONDS]
 */
#include <nowait.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct api {
    int server_fd;
    int client_fd;
    useconds_t delay_us;
    pthread_t thread;
};

struct job {
    const char *path;
    struct api api;
    int64_t began_ns;
};

static double ms_since(int64_t began_ns)
{
    return (double)(nw_now() - began_ns) / 1e6;
}

static int read_config(void *arg)
{
    const struct job *job = arg;
    nw_stream *file;
    nw_bytes config;

    int rc = nw_open(job->path, "r", &file);
    if (rc < 0)
        return rc;
    rc = nw_read_all(file, 1024 * 1024, &config);
    nw_close(file);
    if (rc < 0)
        return rc;
    printf("config: %zu bytes after %.1f ms\n", config.size, ms_since(job->began_ns));
    nw_bytes_finish(&config);
    return 0;
}

static int call_api(void *arg)
{
    const struct job *job = arg;
    nw_stream *connection;
    nw_slice answer;

    int rc = nw_open_fd(job->api.client_fd, "r+", &connection);
    if (rc < 0) {
        nw_fd_close(job->api.client_fd);
        return rc;
    }
    rc = nw_printf(connection, "GET /status\n");
    if (rc >= 0)
        rc = nw_flush(connection);
    printf("API: asked after %.1f ms\n", ms_since(job->began_ns));
    ssize_t n = rc < 0 ? rc : nw_read_line(connection, &answer);
    if (n > 0)
        printf("API: %.*s after %.1f ms\n", (int)answer.size - 1, answer.data, ms_since(job->began_ns));
    nw_close(connection);
    return n < 0 ? (int)n : n == 0 ? -EPROTO : 0;
}

static int run(void *arg)
{
    struct job *job = arg;

    job->began_ns = nw_now();
    nw_task *tasks[] = {nw_spawn(call_api, job), nw_spawn(read_config, job)};
    int rc = nw_gather(tasks, 2);
    if (rc == 0)
        printf("both after %.1f ms\n", ms_since(job->began_ns));
    return rc;
}

/* -- the other side, which knows nothing of nowait -- */

static void *serve(void *arg)
{
    const struct api *api = arg;
    char request[64];

    if (read(api->server_fd, request, sizeof request) > 0) {
        usleep(api->delay_us);
        dprintf(api->server_fd, "{\"status\": \"ok\"}\n");
    }
    close(api->server_fd);
    return NULL;
}

static int start_api(struct api *api)
{
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
        return -errno;
    api->server_fd = ends[0];
    api->client_fd = ends[1];
    int error = pthread_create(&api->thread, NULL, serve, api);
    if (error) {
        close(ends[0]);
        close(ends[1]);
    }
    return -error;
}

int main(int argc, char **argv)
{
    struct job job = {.path = argc > 1 ? argv[1] : "config.json"};

    job.api.delay_us = 1000 * (useconds_t)(argc > 2 ? strtoul(argv[2], NULL, 10) : 1000);
    int rc = start_api(&job.api);
    if (rc == 0) {
        rc = nw_run(run, &job);
        pthread_join(job.api.thread, NULL);
    }
    if (rc < 0)
        fprintf(stderr, "config_and_api: %s\n", nw_strerror(rc));
    return rc < 0;
}
