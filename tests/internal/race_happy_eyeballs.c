/* SPDX-License-Identifier: MIT */
/*
 * Happy eyeballs, without sockets: the order of addresses, when the next attempt is begun, who wins, and that
 * every other attempt is ended and what it won is given back.
 */
#include "../support/runtime.h"
#include "io/race.h"
#include "io/socket.h"

/* -- the order -- */

static void check_order(const char *families, const char *expected)
{
    nw_address addresses[8];
    size_t count = strlen(families);
    char found[32] = "";

    for (size_t i = 0; i < count; i++)
        CHECK(nw__address_numeric(families[i] == '6' ? "::1" : "127.0.0.1",
                                  i == 0   ? "1"
                                  : i == 1 ? "2"
                                           : "3",
                                  &addresses[i]));
    nw__race_interleave(addresses, count);
    for (size_t i = 0; i < count; i++)
        snprintf(found + strlen(found), 8, "%c%u", nw__address_family(&addresses[i]) == AF_INET6 ? '6' : '4',
                 nw_address_port(&addresses[i]));
    CHECK_STR(found, expected);
}

static void orders(void)
{
    check_order("", "");
    check_order("6", "61");
    check_order("64", "6142");
    check_order("666", "616263");
    check_order("6644", "61436243");
    check_order("4466", "41634263");
    check_order("46666", "4162636363");
}

/* -- the race -- */

#define ATTEMPTS 4

enum what { FAILS, ABSENT, WINS, SILENT, WINS_LATE, WINS_CANCELLED };

static struct {
    enum what what[ATTEMPTS];
    int begun;
    int ended;
    int given_back;
} test;

/* Results: 10 + index; errors: -(100 + index). */
static int attempt(void *arg, size_t index)
{
    int rc = 0;

    (void)arg;
    test.begun++;
    switch (test.what[index]) {
    case FAILS:
        rc = -(100 + (int)index);
        break;
    case ABSENT: /* an address that this machine does not have */
        rc = -EADDRNOTAVAIL;
        break;
    case WINS:
        rc = 10 + (int)index;
        break;
    case WINS_LATE:
        rc = nw_sleep(NW_MS(2));
        rc = rc < 0 ? rc : 10 + (int)index;
        break;
    case SILENT:
        rc = nw_sleep(NW_FOREVER);
        break;
    case WINS_CANCELLED: /* it was connected when the cancellation came */
        CHECK_EQ(nw_sleep(NW_FOREVER), -ECANCELED);
        rc = 10 + (int)index;
        break;
    }
    test.ended++;
    return rc;
}

static void discard(void *arg, int result)
{
    (void)arg;
    CHECK(result >= 10);
    test.given_back++;
}

static int race(int64_t delay_ns)
{
    const struct nw__race r = {ATTEMPTS, delay_ns, attempt, discard, NULL};
    size_t winner = 99;
    int rc;

    test.begun = test.ended = test.given_back = 0;
    rc = nw__race_run(&r, &winner);
    CHECK_EQ(winner, rc < 0 ? 99 : (size_t)rc - 10);
    CHECK_EQ(test.ended, test.begun);
    CHECK_EQ(tasks_alive(), 1);
    return rc;
}

static void set(enum what a, enum what b, enum what c, enum what d)
{
    const enum what all[ATTEMPTS] = {a, b, c, d};

    memcpy(test.what, all, sizeof all);
}

static int races(void *arg)
{
    (void)arg;
    set(WINS, WINS, WINS, WINS);
    CHECK_EQ(race(NW_FOREVER), 10);
    CHECK_EQ(test.begun, 1);
    set(FAILS, FAILS, WINS, WINS);
    CHECK_EQ(race(NW_FOREVER), 12); /* a failure begins the next one at once */
    CHECK_EQ(test.begun, 3);
    set(SILENT, FAILS, SILENT, WINS);
    CHECK_EQ(race(NW_MS(1)), 13); /* a silent one is not waited for */
    CHECK_EQ(test.begun, 4);
    set(FAILS, FAILS, FAILS, FAILS);
    CHECK_EQ(race(NW_FOREVER), -100); /* the first one's error */
    set(ABSENT, FAILS, ABSENT, FAILS);
    CHECK_EQ(race(NW_FOREVER), -101); /* of those that say why */
    set(ABSENT, ABSENT, ABSENT, ABSENT);
    CHECK_EQ(race(NW_FOREVER), -EADDRNOTAVAIL);
    set(WINS_LATE, SILENT, FAILS, FAILS);
    CHECK_EQ(race(NW_US(100)), 10); /* those that were begun later do not end the first one */
    set(WINS_CANCELLED, WINS, SILENT, SILENT);
    CHECK_EQ(race(NW_MS(1)), 11);
    CHECK_EQ(test.given_back, 1);
    return 0;
}

static int race_silent(void *arg)
{
    const struct nw__race r = {ATTEMPTS, NW_US(50), attempt, discard, NULL};
    size_t winner;

    (void)arg;
    return nw__race_run(&r, &winner);
}

static int cancelled(void *arg)
{
    (void)arg;
    for (int turns = 0; turns < 20; turns++) {
        nw_deadline deadline;
        test.begun = test.ended = 0;
        set(SILENT, SILENT, SILENT, SILENT);
        nw_task *task = nw_spawn(race_silent, NULL);
        for (int i = 0; i < turns; i++)
            CHECK_EQ(i % 3 == 2 ? nw_sleep(NW_US(20)) : nw_yield(), 0);
        nw_cancel(task);
        CHECK_EQ(nw_await(task), -ECANCELED);
        CHECK_EQ(test.ended, test.begun);
        nw_deadline_begin(&deadline, NW_US(70));
        CHECK_EQ(race_silent(NULL), -ETIMEDOUT);
        CHECK_EQ(nw_deadline_end(&deadline), -ETIMEDOUT);
        CHECK_EQ(tasks_alive(), 1);
    }
    return 0;
}

int main(void)
{
    orders();
    CHECK_EQ(nw_run(races, NULL), 0);
    CHECK_EQ(nw_run(cancelled, NULL), 0);
    return 0;
}
