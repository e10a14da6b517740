/* SPDX-License-Identifier: MIT */
/* Who has received the last item may destroy the channel, also while the send on another loop returns. */
#include "../support/runtime.h"

#define ROUNDS 3000

static int send_one(void *arg)
{
    int item = 42;

    return nw_channel_send(arg, &item);
}

static int first(void *arg)
{
    (void)arg;
    for (int i = 0; i < ROUNDS; i++) {
        nw_channel *channel;
        int item = 0, rc;

        CHECK_EQ(nw_channel_create(sizeof item, 1, &channel), 0);
        CHECK_EQ(nw_loop_call(nw_loop_at(1), send_one, channel), 0);
        while ((rc = nw_channel_try_receive(channel, &item)) == -EAGAIN)
            ;
        nw_channel_destroy(channel);
        CHECK_EQ(rc, 0);
        CHECK_EQ(item, 42);
    }
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run_with(&(nw_run_options){.loops = 2}, first, NULL), 0);
    return 0;
}
