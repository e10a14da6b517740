/* SPDX-License-Identifier: MIT */
/* Who has received the last item may destroy the channel, also when its sender on another loop was parked. */
#include "../support/runtime.h"

#include <sched.h>

#define ROUNDS 2000

struct round {
    nw_channel *channel;
    nw_event sent;
};

static int send_one(void *arg)
{
    struct round *round = arg;
    int item = 42;
    int rc = nw_channel_send(round->channel, &item);

    nw_event_set(&round->sent);
    return rc;
}

static int first(void *arg)
{
    struct round round;

    (void)arg;
    for (int i = 0; i < ROUNDS; i++) {
        int item = 0, rc;

        CHECK_EQ(nw_channel_create(sizeof item, 0, &round.channel), 0);
        nw_event_init(&round.sent);
        CHECK_EQ(nw_loop_call(nw_loop_at(1), send_one, &round), 0);
        while ((rc = nw_channel_try_receive(round.channel, &item)) == -EAGAIN) /* without a wait: it parks */
            sched_yield();
        nw_channel_destroy(round.channel);
        CHECK_EQ(rc, 0);
        CHECK_EQ(item, 42);
        CHECK_EQ(nw_event_wait(&round.sent), 0);
        nw_event_finish(&round.sent);
    }
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run_with(&(nw_run_options){.loops = 2}, first, NULL), 0);
    return 0;
}
