/* SPDX-License-Identifier: MIT */
/*
 * Every register that the ABI says a call preserves survives a switch, with other values in it on the other
 * side.
 */
#include "coro/coro.h"

#include <stdlib.h>
#include <string.h>

#include "coro/stack.h"
#include "unit.h"

#if defined(__x86_64__) && defined(__LP64__)

#define INTEGERS 6 /* rbx rbp r12-r15 */
#define FLOATS   0

/* void call_with_registers(uint64_t *values, void (*fn)(void *), void *arg): load all, call, store all. */
__asm__(".text\n"
        ".type call_with_registers, @function\n"
        "call_with_registers:\n"
        "  pushq %rbx; pushq %rbp; pushq %r12; pushq %r13; pushq %r14; pushq %r15; pushq %rdi\n"
        "  movq 0(%rdi), %rbx; movq 8(%rdi), %rbp; movq 16(%rdi), %r12\n"
        "  movq 24(%rdi), %r13; movq 32(%rdi), %r14; movq 40(%rdi), %r15\n"
        "  movq %rdx, %rdi; callq *%rsi; popq %rdi\n"
        "  movq %rbx, 0(%rdi); movq %rbp, 8(%rdi); movq %r12, 16(%rdi)\n"
        "  movq %r13, 24(%rdi); movq %r14, 32(%rdi); movq %r15, 40(%rdi)\n"
        "  popq %r15; popq %r14; popq %r13; popq %r12; popq %rbp; popq %rbx; retq\n"
        ".size call_with_registers, . - call_with_registers\n");

#elif defined(__aarch64__)

#define INTEGERS 11 /* x19-x29 */
#define FLOATS   8  /* d8-d15 */

__asm__(
    ".text\n"
    ".type call_with_registers, %function\n"
    "call_with_registers:\n"
    "  sub sp, sp, #176\n"
    "  stp d8, d9, [sp]; stp d10, d11, [sp, #16]; stp d12, d13, [sp, #32]; stp d14, d15, [sp, #48]\n"
    "  stp x19, x20, [sp, #64]; stp x21, x22, [sp, #80]; stp x23, x24, [sp, #96]\n"
    "  stp x25, x26, [sp, #112]; stp x27, x28, [sp, #128]; stp x29, x30, [sp, #144]; str x0, [sp, #160]\n"
    "  ldp x19, x20, [x0]; ldp x21, x22, [x0, #16]; ldp x23, x24, [x0, #32]; ldp x25, x26, [x0, #48]\n"
    "  ldp x27, x28, [x0, #64]; ldr x29, [x0, #80]\n"
    "  ldp d8, d9, [x0, #88]; ldp d10, d11, [x0, #104]; ldp d12, d13, [x0, #120]; ldp d14, d15, [x0, #136]\n"
    "  mov x9, x1; mov x0, x2; blr x9; ldr x0, [sp, #160]\n"
    "  stp x19, x20, [x0]; stp x21, x22, [x0, #16]; stp x23, x24, [x0, #32]; stp x25, x26, [x0, #48]\n"
    "  stp x27, x28, [x0, #64]; str x29, [x0, #80]\n"
    "  stp d8, d9, [x0, #88]; stp d10, d11, [x0, #104]; stp d12, d13, [x0, #120]; stp d14, d15, [x0, #136]\n"
    "  ldp d8, d9, [sp]; ldp d10, d11, [sp, #16]; ldp d12, d13, [sp, #32]; ldp d14, d15, [sp, #48]\n"
    "  ldp x19, x20, [sp, #64]; ldp x21, x22, [sp, #80]; ldp x23, x24, [sp, #96]\n"
    "  ldp x25, x26, [sp, #112]; ldp x27, x28, [sp, #128]; ldp x29, x30, [sp, #144]\n"
    "  add sp, sp, #176; ret\n"
    ".size call_with_registers, . - call_with_registers\n");

#endif

#ifdef INTEGERS

#define REGISTERS (INTEGERS + FLOATS)

void call_with_registers(uint64_t *values, void (*fn)(void *arg), void *arg);

/* One side of the switch. */
struct side {
    struct nw__stack stack;
    struct nw__context context;
    struct side *other;
    uint64_t before[REGISTERS];
    uint64_t after[REGISTERS];
    bool preserved;
};

static void fill(struct side *side, uint64_t seed)
{
    for (int i = 0; i < REGISTERS; i++)
        side->before[i] = unit_random(&seed);
    memcpy(side->after, side->before, sizeof side->after);
    side->preserved = true;
}

static void switch_over(void *arg)
{
    struct side *side = arg;

    nw__context_switch(&side->context, &side->other->context);
}

static void switch_with_full_registers(struct side *side)
{
    call_with_registers(side->after, switch_over, side);
    side->preserved = side->preserved && memcmp(side->before, side->after, sizeof side->before) == 0;
}

static void other_side(void *arg)
{
    for (;;)
        switch_with_full_registers(arg);
}

static void callee_saved_registers_survive(void **state)
{
    struct nw__stacks stacks;
    struct side here, *there;

    (void)state;
    assert_int_equal(nw__stacks_init(&stacks, 0, sizeof(struct side)), 0);
    there = (struct side *)nw__stacks_take(&stacks);
    assert_non_null(there);
    nw__context_init_native(&here.context);
    nw__context_init(&there->context, there->stack.low, nw__stack_top(&there->stack), other_side, there);
    here.other = there;
    there->other = &here;
    fill(&here, 0x123456789);
    fill(there, 0xabcdef123);
    assert_memory_not_equal(here.before, there->before, sizeof here.before);
    for (int i = 0; i < 100; i++)
        switch_with_full_registers(&here);
    assert_true(here.preserved);
    assert_true(there->preserved);
    nw__context_finish(&there->context);
    nw__stacks_give(&stacks, &there->stack);
    nw__stacks_finish(&stacks);
}

#else

static void callee_saved_registers_survive(void **state)
{
    (void)state;
    skip();
}

#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(callee_saved_registers_survive),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
