/* SPDX-License-Identifier: MIT */
/*
 * Options, rounds and ratios. Contenders take turns in an order that rotates, so that whoever comes first in
 * a round differs; a ratio is formed within each round, where the machine was in the same mood for both.
 * Prints nothing itself: that is report.c's.
 */
#include "bench.h"

#include <getopt.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROUNDS_DEFAULT 9
#define ROUNDS_QUICK   3
#define SCALE_QUICK    0.2

struct field {
    const struct bench_contender *contender;
    const char *missing;
    double ns_per_op[BENCH_ROUNDS_MAX];
};

static int64_t clock_ns(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t bench_now(void)
{
    return clock_ns(CLOCK_MONOTONIC);
}

int64_t bench_thread_ns(void)
{
    return clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

void bench_must(bool good, const char *what)
{
    if (good)
        return;
    perror(what);
    exit(EXIT_FAILURE);
}

unsigned bench_processors(void)
{
    cpu_set_t set;

    if (sched_getaffinity(0, sizeof set, &set) < 0)
        return 1;
    return (unsigned)CPU_COUNT(&set);
}

static int by_value(const void *left, const void *right)
{
    double a = *(const double *)left;
    double b = *(const double *)right;

    return (a > b) - (a < b);
}

double bench_quantile(double *samples, size_t count, double q)
{
    qsort(samples, count, sizeof *samples, by_value);
    double at = q * (double)(count - 1);
    size_t below = (size_t)at;
    size_t above = below + 1 < count ? below + 1 : below;

    return samples[below] + (at - (double)below) * (samples[above] - samples[below]);
}

struct bench_spread bench_spread_of(double *samples, size_t count)
{
    struct bench_spread spread = {
        .median = bench_quantile(samples, count, 0.5),
        .low = bench_quantile(samples, count, 0.25),
        .high = bench_quantile(samples, count, 0.75),
    };

    return spread;
}

static void usage(const char *program, const char *about, FILE *to)
{
    fprintf(to,
            "Usage: %s [OPTION]...\n"
            "%s\n\n"
            "  --rounds N        rounds in which all contenders take turns (default %d)\n"
            "  --scale F         multiply the amounts of work\n"
            "  --quick           as --rounds %d --scale %g\n"
            "  --dir DIR         where files are made and removed (default $TMPDIR or /var/tmp)\n"
            "  --only ID         only the cases whose id contains ID\n"
            "  --contender NAME  only the contenders whose name contains NAME: for a profiler\n"
            "  --json FILE       write the results there as well\n",
            program, about, ROUNDS_DEFAULT, ROUNDS_QUICK, SCALE_QUICK);
}

static _Noreturn void refuse(const char *program, const char *what)
{
    fprintf(stderr, "%s: %s (--help lists the options)\n", program, what);
    exit(2);
}

static void open_json(struct bench *bench, const char *path)
{
    bench->json = fopen(path, "w");
    if (!bench->json)
        refuse(bench->program, "the file for the results cannot be written");
    fprintf(bench->json, "{\"program\": \"%s\", \"items\": [", bench->program);
}

static void take_option(struct bench *bench, int option, const char *about)
{
    switch (option) {
    case 'r':
        bench->rounds = (unsigned)strtoul(optarg, NULL, 10);
        break;
    case 's':
        bench->scale = strtod(optarg, NULL);
        break;
    case 'q':
        bench->quick = true;
        bench->rounds = ROUNDS_QUICK;
        bench->scale = SCALE_QUICK;
        break;
    case 'd':
        bench->dir = optarg;
        break;
    case 'o':
        bench->only = optarg;
        break;
    case 'c':
        bench->contender = optarg;
        break;
    case 'j':
        open_json(bench, optarg);
        break;
    case 'h':
        usage(bench->program, about, stdout);
        exit(0);
    default:
        exit(2);
    }
}

void bench_begin(struct bench *bench, int argc, char **argv, const char *about)
{
    static const struct option options[] = {
        {"rounds", required_argument, NULL, 'r'},
        {"scale", required_argument, NULL, 's'},
        {"quick", no_argument, NULL, 'q'},
        {"dir", required_argument, NULL, 'd'},
        {"only", required_argument, NULL, 'o'},
        {"json", required_argument, NULL, 'j'},
        {"contender", required_argument, NULL, 'c'},
        {"help", no_argument, NULL, 'h'},
        {0},
    };
    const char *slash = strrchr(argv[0], '/');
    int option;

    *bench = (struct bench){.program = slash ? slash + 1 : argv[0], .rounds = ROUNDS_DEFAULT, .scale = 1};
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
        take_option(bench, option, about);
    if (optind < argc)
        refuse(bench->program, "takes no arguments");
    if (bench->rounds == 0 || bench->rounds > BENCH_ROUNDS_MAX)
        refuse(bench->program, "--rounds takes 1 to 99");
    if (!(bench->scale > 0))
        refuse(bench->program, "--scale takes a positive number");
    if (!bench->dir)
        bench->dir = getenv("TMPDIR") ? getenv("TMPDIR") : "/var/tmp";
}

int bench_finish(struct bench *bench)
{
    if (bench->json) {
        fprintf(bench->json, "\n]}\n");
        fclose(bench->json);
    }
    return bench->wrong_work ? 1 : 0;
}

uint64_t bench_scaled(const struct bench *bench, uint64_t amount)
{
    uint64_t scaled = (uint64_t)((double)amount * bench->scale);

    return scaled ? scaled : 1;
}

uint64_t bench_scaled_to(const struct bench *bench, uint64_t amount, uint64_t multiple)
{
    return (bench_scaled(bench, amount) + multiple - 1) / multiple * multiple;
}

int bench_cannot_make(const struct bench *bench, const char *what, int error)
{
    fprintf(stderr, "%s: %s in %s: %s\n", bench->program, what, bench->dir, strerror(-error));
    return EXIT_FAILURE;
}

uint64_t bench_one_each(uint64_t ops)
{
    return ops;
}

static uint64_t bench_share(uint64_t ops, unsigned divisor)
{
    return divisor && divisor < ops ? ops / divisor : ops;
}

bool bench_wanted(const struct bench *bench, const char *id)
{
    return !bench->only || strstr(id, bench->only);
}

static bool did_the_work(const struct bench_case *c, const struct bench_contender *contender,
                         const struct bench_round *round)
{
    if (round->ops == 0 || round->elapsed_ns <= 0)
        return false;
    if (contender->unverified)
        return true;
    if (round->ops_wanted && round->ops != round->ops_wanted)
        return false;
    return round->checksum == c->expected(round->ops);
}

/* One turn of one contender. One that fails is out for the rest of the case. */
static void take_turn(struct bench *bench, const struct bench_case *c, struct field *field,
                      double *ns_per_op_out)
{
    const struct bench_contender *contender = field->contender;
    struct bench_round round = {0};

    if (field->missing)
        return;
    if (c->ops)
        round.ops_wanted = bench_share(c->ops, contender->divisor);
    round.until_ns = bench_now() + c->duration_ns;
    int rc = contender->run(contender, &round);
    if (rc < 0) {
        field->missing = rc == BENCH_NOT_INSTALLED ? "not installed" : strerror(-rc);
    } else if (!did_the_work(c, contender, &round)) {
        fprintf(stderr, "%s: %s: %s did the wrong work: %llu operations of %llu, checksum %llx\n",
                bench->program, c->id, contender->name, (unsigned long long)round.ops,
                (unsigned long long)round.ops_wanted, (unsigned long long)round.checksum);
        bench->wrong_work = true;
        field->missing = "did the wrong work";
    } else {
        *ns_per_op_out = (double)round.elapsed_ns / (double)round.ops;
    }
}

static const char *reason_to_stay_away(const struct bench *bench, const struct bench_contender *contender)
{
    if (!contender->run)
        return "not built: its library was not found";
    if (bench->contender && !strstr(contender->name, bench->contender))
        return "not asked for";
    return NULL;
}

static size_t line_up(const struct bench *bench, const struct bench_case *c, struct field *fields)
{
    size_t count = 0;

    for (const struct bench_contender *one = c->contenders; one->name && count < BENCH_CONTENDERS_MAX;
         one++) {
        fields[count].contender = one;
        fields[count].missing = reason_to_stay_away(bench, one);
        count++;
    }
    return count;
}

static const struct field *find(const struct field *fields, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (!strcmp(fields[i].contender->name, name))
            return &fields[i];
    }
    fprintf(stderr, "bench: a target names %s, which does not contend\n", name);
    abort();
}

static double value_of(const struct field *ours, const struct field *peer, enum bench_measure measure,
                       unsigned i)
{
    if (!peer)
        return ours->ns_per_op[i];
    double time_ratio = ours->ns_per_op[i] / peer->ns_per_op[i];
    return measure == BENCH_TIME ? time_ratio : 1 / time_ratio;
}

static const char *measure_name(const struct bench_target *target)
{
    if (!target->peer)
        return "ns";
    return target->measure == BENCH_TIME ? "time" : "rate";
}

static void compare_two(struct bench *bench, const struct bench_case *c, const struct field *fields,
                        size_t count, const struct bench_target *target, unsigned rounds)
{
    const struct field *ours = find(fields, count, target->ours);
    const struct field *peer = target->peer ? find(fields, count, target->peer) : NULL;
    double values[BENCH_ROUNDS_MAX];
    struct bench_row row = {
        .id = c->id,
        .title = c->title,
        .ours = target->ours,
        .peer = target->peer ? target->peer : "",
        .measure = measure_name(target),
        .at_least = target->measure == BENCH_RATE,
        .limit = target->limit,
    };

    row.missing = ours->missing ? ours->missing : peer ? peer->missing : NULL;
    for (unsigned i = 0; i < rounds && !row.missing; i++)
        values[i] = value_of(ours, peer, target->measure, i);
    if (!row.missing)
        row.value = bench_spread_of(values, rounds);
    bench_print_row(bench, &row);
}

static void report(struct bench *bench, const struct bench_case *c, struct field *fields, size_t count,
                   unsigned rounds)
{
    double sorted[BENCH_ROUNDS_MAX];

    bench_print_case(bench, c, rounds);
    for (size_t i = 0; i < count; i++) {
        struct bench_spread spread = {0};
        if (!fields[i].missing) {
            memcpy(sorted, fields[i].ns_per_op, rounds * sizeof *sorted);
            spread = bench_spread_of(sorted, rounds);
        }
        bench_print_contender(bench, c, fields[i].contender, &spread, fields[i].missing);
    }
    for (const struct bench_target *target = c->targets; target->ours; target++)
        compare_two(bench, c, fields, count, target, rounds);
}

void bench_compare(struct bench *bench, const struct bench_case *c)
{
    static struct field fields[BENCH_CONTENDERS_MAX];
    unsigned rounds = c->rounds && c->rounds < bench->rounds ? c->rounds : bench->rounds;
    double ignored;

    if (!bench_wanted(bench, c->id))
        return;
    memset(fields, 0, sizeof fields);
    size_t count = line_up(bench, c, fields);
    for (size_t i = 0; i < count; i++)
        take_turn(bench, c, &fields[i], &ignored);
    for (unsigned round = 0; round < rounds; round++) {
        for (size_t i = 0; i < count; i++) {
            struct field *field = &fields[(i + round) % count];
            take_turn(bench, c, field, &field->ns_per_op[round]);
        }
    }
    report(bench, c, fields, count, rounds);
}

void bench_vary(struct bench *bench, const struct bench_case *c, const struct bench_variation *variations)
{
    for (const struct bench_variation *one = variations; one->id; one++) {
        struct bench_case varied = *c;
        varied.id = one->id;
        varied.title = one->title;
        varied.contenders = one->contenders;
        bench_compare(bench, &varied);
    }
}
