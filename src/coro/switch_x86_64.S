/* SPDX-License-Identifier: MIT */
/*
 * The context switch for x86-64 (System V ABI).
 * Saves rbx, rbp, r12-r15 and the return address; mxcsr and the x87 control word belong to the thread.
 * Carries no IBT or SHSTK note: it cannot work under a shadow stack, which a note would let the kernel
 * enable.
 */
#include "coro/switch.h"

#ifdef NW__SWITCH_X86_64

        .text

/*
 * void nw__switch(void **save_sp, void *load_sp)
 *
 * Both stacks hold the same frame where rsp changes over, so one description serves the unwinder throughout.
 * Going on by a jump and not by ret: the processor would predict ret to go back to the context we leave.
 */
        .globl  nw__switch
        .hidden nw__switch
        .type   nw__switch, @function
        .p2align 5
nw__switch:
        .cfi_startproc
        pushq   %rbp
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset %rbp, 0
        pushq   %rbx
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset %rbx, 0
        pushq   %r12
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset %r12, 0
        pushq   %r13
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset %r13, 0
        pushq   %r14
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset %r14, 0
        pushq   %r15
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset %r15, 0

        movq    %rsp, (%rdi)
        movq    %rsi, %rsp

        popq    %r15
        .cfi_adjust_cfa_offset -8
        .cfi_restore %r15
        popq    %r14
        .cfi_adjust_cfa_offset -8
        .cfi_restore %r14
        popq    %r13
        .cfi_adjust_cfa_offset -8
        .cfi_restore %r13
        popq    %r12
        .cfi_adjust_cfa_offset -8
        .cfi_restore %r12
        popq    %rbx
        .cfi_adjust_cfa_offset -8
        .cfi_restore %rbx
        popq    %rbp
        .cfi_adjust_cfa_offset -8
        .cfi_restore %rbp
        popq    %rcx
        .cfi_adjust_cfa_offset -8
        .cfi_register %rip, %rcx
        jmpq    *%rcx
        .cfi_endproc
        .size   nw__switch, . - nw__switch

/*
 * Where a context begins: entry in r12, its argument in rbx, rsp aligned to 16.
 * It has no caller, and says so: rip is undefined, which is where a backtrace ends.
 */
        .globl  nw__switch_start
        .hidden nw__switch_start
        .type   nw__switch_start, @function
        .p2align 4
nw__switch_start:
        .cfi_startproc
        .cfi_undefined %rip
        nop                     /* see switch.h */
        movq    %rbx, %rdi
        callq   *%r12
        ud2                     /* entry returned */
        .cfi_endproc
        .size   nw__switch_start, . - nw__switch_start

#endif

        .section .note.GNU-stack, "", @progbits
