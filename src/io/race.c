/* SPDX-License-Identifier: MIT */
/*
 * Happy eyeballs: the order of addresses (RFC 8305, section 4) and the race between attempts (section 5).
 * Each attempt is a task of this one's, so that losing is being cancelled. Owns the tasks, and joins them.
 */
#include "io/race.h"

#include <stdlib.h>
#include <string.h>

#include "io/socket.h"

struct racer {
    struct run *run;
    size_t index;
    nw_task *task;
    int result;
};

struct run {
    const struct nw__race *race;
    nw_event news; /* an attempt has ended */
    size_t ended;
    struct racer *winner;
    struct racer racers[];
};

static int attempt_main(void *arg)
{
    struct racer *racer = arg;
    struct run *run = racer->run;

    racer->result = run->race->attempt(run->race->arg, racer->index);
    run->ended++;
    if (racer->result >= 0 && !run->winner)
        run->winner = racer;
    else if (racer->result >= 0)
        run->race->discard(run->race->arg, racer->result);
    nw_event_set(&run->news);
    return 0;
}

/* Until one more has ended, or it is time for the next. Errors: -ECANCELED, -ETIMEDOUT: of the task. */
static int await_news(struct run *run, int64_t delay_ns)
{
    nw_deadline deadline;

    nw_deadline_begin(&deadline, delay_ns);
    (void)!nw_event_wait(&run->news);
    (void)nw_deadline_end(&deadline);
    nw_event_clear(&run->news);
    return nw_interrupted();
}

/* Start attempts, one after the other, until one has won. Returns: how many. `rc_out`: why no more, else 0.
 */
static size_t start_all(struct run *run, int *rc_out)
{
    size_t started = 0;

    for (*rc_out = 0; *rc_out == 0 && !run->winner && started < run->race->count;) {
        struct racer *racer = &run->racers[started];
        size_t ended_before = run->ended;
        *racer = (struct racer){.run = run, .index = started};
        racer->task = nw_spawn(attempt_main, racer);
        if (!racer->task) {
            *rc_out = -ENOMEM;
            break;
        }
        started++;
        if (started < run->race->count && run->ended == ended_before)
            *rc_out = await_news(run, run->race->delay_ns);
    }
    return started;
}

static void finish_all(struct run *run, size_t started)
{
    for (size_t i = 0; i < started; i++)
        if (&run->racers[i] != run->winner)
            nw_cancel(run->racers[i].task);
    for (size_t i = 0; i < started; i++)
        (void)nw_await(run->racers[i].task);
}

static int error_of(const struct run *run, size_t failed)
{
    int error = 0;

    for (size_t i = 0; i < failed; i++)
        error = nw__addresses_error(error, run->racers[i].result);
    return error;
}

int nw__race_run(const struct nw__race *race, size_t *winner_out)
{
    struct run *run = calloc(1, sizeof *run + race->count * sizeof *run->racers);
    size_t started;
    int rc;

    if (!run)
        return -ENOMEM;
    run->race = race;
    nw_event_init(&run->news);
    started = start_all(run, &rc);
    while (rc == 0 && !run->winner && run->ended < started)
        rc = await_news(run, NW_FOREVER);
    finish_all(run, started);
    nw_event_finish(&run->news);
    if (run->winner) { /* also when this task was cancelled in the same moment */
        rc = run->winner->result;
        *winner_out = run->winner->index;
    } else if (rc == 0) {
        rc = error_of(run, started);
    }
    free(run);
    return rc;
}

/* -- the order -- */

static bool is_first_family(const nw_address *addresses, size_t i)
{
    return nw__address_family(&addresses[i]) == nw__address_family(&addresses[0]);
}

void nw__race_interleave(nw_address *addresses, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        bool wanted = i % 2 == 0; /* of the first one's family */
        size_t found = i;
        while (found < count && is_first_family(addresses, found) != wanted)
            found++;
        if (found == count)
            return; /* all that is left is of one family */
        nw_address address = addresses[found];
        memmove(&addresses[i + 1], &addresses[i], (found - i) * sizeof *addresses);
        addresses[i] = address;
    }
}
