/* SPDX-License-Identifier: MIT */
/*
 * Time in a server: how long connections may be in a stage, and the date that replies say. Owns the stages'
 * lists and one timer, which is set while there are connections. Must not know what a stage is about.
 *
 * All connections of a stage have the same limit, so the one that came first runs into it first.
 */
#include <string.h>

#include "http/connection.h"

#define SWEEPS       4 /* in the shortest limit: it is kept to within a quarter */
#define SLEEPERS     512
#define SWEEP_MIN_NS NW_MS(5)
#define SWEEP_MAX_NS NW_SEC(1)

/* It leaves the list, and is in the next one when its task has run. */
static void time_out(struct nw__http_connection *connection)
{
    connection->timed_out = true;
    nw__list_remove(&connection->in_stage);
    nw__deadline_pass(&connection->deadline);
}

/* Handlers call deep, and leave pages of their stacks behind. A few at a time: it takes a system call each.
 */
static void put_to_sleep(struct nw__http_server *server)
{
    struct nw__link *link;

    for (int i = 0; i < SLEEPERS && (link = nw__list_front(&server->stages[NW__HTTP_IDLE])); i++) {
        struct nw__http_connection *oldest = nw__container(link, struct nw__http_connection, in_stage);
        if (server->loop->turn_began_ns - oldest->since_ns < server->sweep_ns || !oldest->task)
            return;
        nw__task_trim(oldest->task);
        nw__list_remove(link);
        nw__list_push_back(&server->stages[NW__HTTP_ASLEEP], link); /* in the same order */
    }
}

static void sweep_stage(struct nw__http_server *server, enum nw__http_stage stage)
{
    struct nw__link *link;

    while ((link = nw__list_front(&server->stages[stage]))) {
        struct nw__http_connection *oldest = nw__container(link, struct nw__http_connection, in_stage);
        if (server->loop->turn_began_ns - oldest->since_ns < server->limits_ns[stage])
            return;
        time_out(oldest);
    }
}

/* Without memory for the timer, the next connection sets it. */
static int set_sweep(struct nw__http_server *server)
{
    return nw__loop_timer_set(server->loop, &server->sweep,
                              nw__clock_add(server->loop->turn_began_ns, server->sweep_ns));
}

static void sweep(struct nw__timer *timer)
{
    struct nw__http_server *server = nw__container(timer, struct nw__http_server, sweep);

    for (enum nw__http_stage stage = NW__HTTP_IDLE; stage < NW__HTTP_STAGES; stage++)
        if (server->limits_ns[stage] != NW_FOREVER)
            sweep_stage(server, stage);
    put_to_sleep(server);
    if (server->count > 0)
        (void)set_sweep(server);
}

void nw__http_clock_init(struct nw__http_server *server)
{
    const nw_http_server_options *options = &server->options;
    int64_t shortest = SWEEPS * SWEEP_MAX_NS;

    server->limits_ns[NW__HTTP_IDLE] = options->idle_timeout_ns;
    server->limits_ns[NW__HTTP_ASLEEP] = options->idle_timeout_ns;
    server->limits_ns[NW__HTTP_HEAD] = options->header_timeout_ns;
    server->limits_ns[NW__HTTP_WORK] = NW_FOREVER;
    server->limits_ns[NW__HTTP_SEND] = options->body_timeout_ns;
    server->limits_ns[NW__HTTP_LINGER] = NW__HTTP_LINGER_NS;
    for (int i = 0; i < NW__HTTP_STAGES; i++) {
        nw__list_init(&server->stages[i]);
        if (server->limits_ns[i] < shortest)
            shortest = server->limits_ns[i];
    }
    server->sweep_ns = shortest / SWEEPS > SWEEP_MIN_NS ? shortest / SWEEPS : SWEEP_MIN_NS;
    nw__timer_init(&server->sweep, sweep);
}

void nw__http_clock_finish(struct nw__http_server *server)
{
    nw__loop_timer_clear(server->loop, &server->sweep);
}

int nw__http_clock_join(struct nw__http_connection *connection)
{
    struct nw__http_server *server = connection->server;
    int rc = nw__timer_is_set(&server->sweep) ? 0 : set_sweep(server);

    if (rc < 0)
        return rc;
    server->count++;
    connection->stage = NW__HTTP_IDLE;
    connection->since_ns = server->loop->turn_began_ns;
    nw__list_push_back(&server->stages[NW__HTTP_IDLE], &connection->in_stage);
    return 0;
}

void nw__http_clock_leave(struct nw__http_connection *connection)
{
    nw__list_remove(&connection->in_stage);
    connection->server->count--;
}

void nw__http_clock_stage(struct nw__http_connection *connection, enum nw__http_stage stage)
{
    struct nw__http_server *server = connection->server;

    nw__list_remove(&connection->in_stage);
    connection->stage = stage;
    connection->since_ns = server->loop->turn_began_ns;
    nw__list_push_back(&server->stages[stage], &connection->in_stage);
}

/* The loop knows the time of its turn; the second changes once in many turns. */
const char *nw__http_clock_date(struct nw__http_server *server)
{
    struct timespec now;

    if (server->loop->turn_began_ns < server->date_until_ns)
        return server->date;
    clock_gettime(CLOCK_REALTIME, &now);
    server->date_until_ns = server->loop->turn_began_ns + NW_SEC(1) - now.tv_nsec;
    memcpy(server->date, "Date: ", 6);
    nw_http_date(now.tv_sec, server->date + 6);
    memcpy(server->date + 6 + NW_HTTP_DATE_BYTES - 1, "\r\n", 3);
    return server->date;
}
