/* SPDX-License-Identifier: MIT */
/*
 * gdb's backtrace of a coroutine ends at its start, and holds at every instruction of a switch.
 * Run without arguments this is the test; with one it is the program that gdb runs.
 * ctest: no-valgrind no-qemu
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "coro/coro.h"
#include "coro/stack.h"
#include "unit.h"

#define OUTPUT_MAX (1 << 20)
#define START      "switch_start ()" /* gdb takes "nw__" from clang's assembler for Ada and makes it "nw." */

struct task {
    struct nw__stack stack;
    struct nw__context context;
};

static struct nw__context native;
void stop_here(struct task *task);

/* External and opaque, so that neither it nor its callers are folded away. */
__attribute__((noinline)) void stop_here(struct task *task)
{
    __asm__ volatile("" : : "r"(task) : "memory");
}

__attribute__((noinline)) static void inner(struct task *task)
{
    stop_here(task);
    nw__context_switch(&task->context, &native);
    __asm__ volatile("");
}

static void outer(void *arg)
{
    struct task *task = arg;

    inner(task);
    nw__context_switch_last(&task->context, &native);
}

static int run_coroutine(void)
{
    struct nw__stacks stacks;
    struct task *task;

    if (nw__stacks_init(&stacks, 0, sizeof *task) < 0)
        return 1;
    task = (struct task *)nw__stacks_take(&stacks);
    if (!task)
        return 1;
    nw__context_init_native(&native);
    nw__context_init(&task->context, task->stack.low, nw__stack_top(&task->stack), outer, task);
    nw__context_switch(&native, &task->context);
    nw__context_switch(&native, &task->context);
    nw__context_finish(&task->context);
    nw__stacks_give(&stacks, &task->stack);
    nw__stacks_finish(&stacks);
    return 0;
}

/* What gdb prints for the lines of `script`, in memory to be freed; skips where it cannot run the program. */
static char *gdb(const char *script)
{
    char command[2048], self[1024], *output = calloc(1, OUTPUT_MAX);
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    FILE *file = fopen("script.gdb", "we");
    FILE *pipe;

    assert_non_null(output);
    assert_true(length > 0);
    self[length] = '\0';
    assert_non_null(file);
    assert_true(fputs(script, file) >= 0);
    assert_int_equal(fclose(file), 0);
    snprintf(command, sizeof command, "gdb -nx -batch -x script.gdb -ex kill --args %s child 2>&1", self);
    pipe = popen(command, "re");
    assert_non_null(pipe);
    assert_true(fread(output, 1, OUTPUT_MAX - 1, pipe) < OUTPUT_MAX - 1);
    pclose(pipe);
    if (strstr(output, "gdb: not found") || strstr(output, "ptrace: ") ||
        strstr(output, "not in executable format") || strstr(output, "Cannot create process")) {
        free(output);
        skip();
    }
    return output;
}

#ifndef NW__SWITCH_UCONTEXT
static void nothing_is_garbled(const char *output)
{
    assert_null(strstr(output, "corrupt"));
    assert_null(strstr(output, "Backtrace stopped"));
    assert_null(strstr(output, "?? ()"));
    assert_null(strstr(output, "Cannot access"));
}
#endif

/* `text` behind where `name` was found, which must be. */
static const char *after(const char *text, const char *name)
{
    const char *found = strstr(text, name);

    if (!found)
        print_message("no \"%s\" in:\n%s\n", name, text);
    assert_non_null(found);
    return found + strlen(name);
}

static void a_backtrace_ends_at_the_start(void **state)
{
    char *output = gdb("break stop_here\nrun\nbacktrace\n");
    const char *rest = after(output, "#0  stop_here");

    (void)state;
    rest = after(rest, " inner ");
    rest = after(rest, " outer ");
    assert_null(strstr(rest, " main "));
#ifndef NW__SWITCH_UCONTEXT /* where it ends in the C library, as that likes */
    nothing_is_garbled(output);
    rest = after(rest, START);
    assert_null(strchr(after(rest, "\n"), '#'));
#endif
    free(output);
}

#ifndef NW__SWITCH_UCONTEXT /* which is the C library's business */

/* The lines of backtraces that contain `what`. */
static int count_frames(const char *text, const char *what)
{
    int found = 0;

    while ((text = strstr(text, "\n#")) != NULL) {
        const char *end = strchr(++text, '\n');
        const char *match = strstr(text, what);

        found += match && (!end || match < end);
    }
    return found;
}

/* 40 steps lead through the switch and out at its other end. */
static void step_through_a_switch(const char *way_there)
{
    char script[512], *output;
    const char *traces;

    snprintf(script, sizeof script,
             "%srun\nbreak nw__switch\ncontinue\necho stepping\\n\nset $i = 0\n"
             "while $i < 40\nstepi\nbacktrace\nset $i = $i + 1\nend\n",
             way_there);
    output = gdb(script);
    nothing_is_garbled(output);
    traces = after(output, "stepping");
    assert_int_equal(count_frames(traces, "#0 "), 40);
    /* Each ends on one side or the other, and both occur. */
    assert_int_equal(count_frames(traces, " main (") + count_frames(traces, START), 40);
    assert_true(count_frames(traces, " main (") > 5);
    assert_true(count_frames(traces, START) > 5);
    free(output);
}

static void each_instruction_on_the_way_in_unwinds(void **state)
{
    (void)state;
    step_through_a_switch("break main\n");
}

static void each_instruction_on_the_way_out_unwinds(void **state)
{
    (void)state;
    step_through_a_switch("break stop_here\n");
}

#endif

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_backtrace_ends_at_the_start),
#ifndef NW__SWITCH_UCONTEXT
        cmocka_unit_test(each_instruction_on_the_way_in_unwinds),
        cmocka_unit_test(each_instruction_on_the_way_out_unwinds),
#endif
    };

    (void)argv;
    if (argc > 1)
        return run_coroutine();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
