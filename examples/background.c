/* SPDX-License-Identifier: MIT */
/*
 * A task in the background: started, asked whether it is done, awaited; another one cancelled half-way.
 * Every line that it prints follows from what came before, not from how long things take.
 */
#include <nowait.h>
#include <stdio.h>

struct counting {
    int from;
    int to;
    nw_event half_way;
};

/* Adds up, letting the others run between two numbers; says when it is half-way. */
static int count(void *arg)
{
    struct counting *counting = arg;
    int sum = 0;

    for (int i = counting->from; i <= counting->to; i++) {
        int rc = nw_yield();
        if (rc < 0) {
            printf("  cancelled at %d\n", i);
            return rc;
        }
        sum += i;
        if (i == (counting->from + counting->to) / 2)
            nw_event_set(&counting->half_way);
    }
    return sum;
}

static int await_it(void)
{
    struct counting counting = {.from = 1, .to = 100};

    nw_event_init(&counting.half_way);
    nw_task *task = nw_spawn(count, &counting);
    printf("started; done: %s\n", nw_done(task) ? "yes" : "no"); /* it has not even begun */
    while (!nw_done(task))
        if (nw_yield() < 0) /* the first task can be cancelled, too: by SIGINT */
            break;
    printf("polled until done; its result is %d\n", nw_await(task));
    nw_event_finish(&counting.half_way);
    return nw_interrupted();
}

static int cancel_it(void)
{
    struct counting counting = {.from = 1, .to = 10};

    nw_event_init(&counting.half_way);
    nw_task *task = nw_spawn(count, &counting);
    int rc = nw_event_wait(&counting.half_way);
    nw_cancel(task);
    printf("cancelled; done: %s\n", nw_done(task) ? "yes" : "no"); /* it hears of it when it runs */
    printf("awaited; its result is %s\n", nw_strerror(nw_await(task)));
    nw_event_finish(&counting.half_way);
    return rc;
}

static int run(void *arg)
{
    (void)arg;
    int rc = await_it();
    return rc < 0 ? rc : cancel_it();
}

int main(void)
{
    return nw_run(run, NULL) < 0;
}
