/* SPDX-License-Identifier: MIT */
/* A semaphore lets in as many as it counts, in the order of their coming; no post is lost to the cancelled.
 */
#include "../support/runtime.h"

static nw_semaphore semaphore;
static int inside, most, passed;

static int pass(void *arg)
{
    int rc = nw_semaphore_wait(&semaphore);

    (void)arg;
    if (rc < 0)
        return rc;
    if (++inside > most)
        most = inside;
    CHECK_EQ(nw_yield(), 0);
    inside--;
    passed++;
    nw_semaphore_post(&semaphore);
    return 0;
}

static int first(void *arg)
{
    enum { COUNT = 300 };
    nw_task *tasks[COUNT];

    (void)arg;
    nw_semaphore_init(&semaphore, 4);
    for (int i = 0; i < COUNT; i++)
        tasks[i] = nw_spawn(pass, NULL);
    CHECK_EQ(nw_yield(), 0);
    for (int i = 100; i < COUNT; i += 3)
        nw_cancel(tasks[i]);
    for (int i = 0; i < COUNT; i++)
        CHECK_EQ(nw_await(tasks[i]), i >= 100 && (i - 100) % 3 == 0 ? -ECANCELED : 0);
    CHECK_EQ(most, 4);
    CHECK_EQ(passed, COUNT - 67);
    for (int i = 0; i < 4; i++)
        CHECK_EQ(nw_semaphore_try_wait(&semaphore), 0);
    CHECK_EQ(nw_semaphore_try_wait(&semaphore), -EAGAIN);
    nw_semaphore_finish(&semaphore);
    return 0;
}

int main(void)
{
    CHECK_EQ(nw_run(first, NULL), 0);
    return 0;
}
