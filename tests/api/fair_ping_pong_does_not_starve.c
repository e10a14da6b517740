/* SPDX-License-Identifier: MIT */
/* Tasks that wake each other without end leave the loop its turns: a timer and a pipe get through. */
#include "../support/runtime.h"

static bool stop;
static nw_event over;

static int play(void *arg)
{
    nw_channel **channels = arg;
    int ball, rc;

    while (!stop && (rc = nw_channel_receive(channels[0], &ball)) == 0)
        if (nw_channel_send(channels[1], &ball) < 0)
            break;
    return 0;
}

static int respawn(void *arg)
{
    (void)arg;
    if (!stop)
        nw_detach(nw_spawn(respawn, NULL));
    return 0;
}

static int see_pipe(void *arg)
{
    int *pipes = arg;
    char byte;

    CHECK_EQ(nw_sleep(NW_MS(2)), 0);
    CHECK_EQ(write(pipes[1], "x", 1), 1);
    CHECK_EQ(nw_fd_read(pipes[0], &byte, 1), 1);
    CHECK_EQ(nw_fd_poll(pipes[1], POLLOUT), POLLOUT);
    nw_event_set(&over);
    return 0;
}

static int first(void *arg)
{
    nw_channel *channels[4];
    nw_task *tasks[4];
    int ball = 1, pipes[2];

    (void)arg;
    CHECK_SYS(pipe2(pipes, O_CLOEXEC));
    nw_event_init(&over);
    for (int i = 0; i < 4; i++)
        CHECK_EQ(nw_channel_create(sizeof ball, i < 2 ? 0 : 4, &channels[i]), 0);
    tasks[0] = nw_spawn(play, (nw_channel *[]){channels[0], channels[1]});
    tasks[1] = nw_spawn(play, (nw_channel *[]){channels[1], channels[0]});
    tasks[2] = nw_spawn(play, (nw_channel *[]){channels[2], channels[3]});
    tasks[3] = nw_spawn(play, (nw_channel *[]){channels[3], channels[2]});
    CHECK_EQ(nw_channel_send(channels[0], &ball), 0);
    CHECK_EQ(nw_channel_send(channels[2], &ball), 0);
    nw_detach(nw_spawn(respawn, NULL));
    nw_task *witness = nw_spawn(see_pipe, pipes);
    CHECK_EQ(nw_event_wait(&over), 0);
    stop = true;
    for (int i = 0; i < 4; i++)
        nw_channel_close(channels[i]);
    CHECK_EQ(nw_gather(tasks, 4), 0);
    CHECK_EQ(nw_await(witness), 0);
    for (int i = 0; i < 4; i++)
        nw_channel_destroy(channels[i]);
    nw_event_finish(&over);
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
