/* SPDX-License-Identifier: MIT */
/* One task at a time waits for an op, on the op's own loop; anybody else gets an error and disturbs nothing.
 */
#include "../support/runtime.h"

static nw_op timer;
static nw_op *const ops[] = {&timer};
static nw_event tried;

static int wait_too(void *arg)
{
    size_t index;

    (void)arg;
    CHECK_EQ(nw_wait_all(ops, 1), -EINVAL);
    CHECK_EQ(nw_wait_any(ops, 1, &index), -EINVAL);
    nw_event_set(&tried);
    return 0;
}

static int wait_first(void *arg)
{
    (void)arg;
    return nw_wait_all(ops, 1);
}

static int first(void *arg)
{
    (void)arg;
    nw_event_init(&tried);
    nw_op_timer(&timer, NW_FOREVER);
    CHECK_EQ(nw_op_submit(NULL, &timer), 0);
    CHECK_EQ(nw_loop_call(nw_loop_at(1), wait_too, NULL), 0);
    CHECK_EQ(nw_event_wait(&tried), 0);

    nw_task *waiter = nw_spawn(wait_first, NULL);
    CHECK_EQ(nw_yield(), 0);
    CHECK_EQ(wait_too(NULL), 0);
    nw_op_cancel(&timer);
    CHECK_EQ(nw_await(waiter), 0);
    CHECK_EQ(timer.result, -ECANCELED);
    nw_event_finish(&tried);
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run_with(&(nw_run_options){.loops = 2}, first, NULL), 0);
    return 0;
}
