/* SPDX-License-Identifier: MIT */
/*
 * The context switch for aarch64 (AAPCS64).
 * Saves x19-x28, the frame pointer, the link register and the low halves of v8-v15; fpcr belongs to the
 * thread. Carries no BTI or PAC note. x18 is left alone: it is the platform's.
 */
#include "coro/switch.h"

#ifdef NW__SWITCH_AARCH64

#define FRAME_BYTES 160

        .text

/*
 * void nw__switch(void **save_sp, void *load_sp)
 *
 * Both stacks hold the same frame where sp changes over, so one description serves the unwinder throughout.
 */
        .globl  nw__switch
        .hidden nw__switch
        .type   nw__switch, %function
        .p2align 5
nw__switch:
        .cfi_startproc
        sub     sp, sp, #FRAME_BYTES
        .cfi_adjust_cfa_offset FRAME_BYTES
        stp     d8, d9, [sp, #0]
        stp     d10, d11, [sp, #16]
        stp     d12, d13, [sp, #32]
        stp     d14, d15, [sp, #48]
        stp     x19, x20, [sp, #64]
        stp     x21, x22, [sp, #80]
        stp     x23, x24, [sp, #96]
        stp     x25, x26, [sp, #112]
        stp     x27, x28, [sp, #128]
        stp     x29, x30, [sp, #144]
        .cfi_rel_offset d8, 0
        .cfi_rel_offset d9, 8
        .cfi_rel_offset d10, 16
        .cfi_rel_offset d11, 24
        .cfi_rel_offset d12, 32
        .cfi_rel_offset d13, 40
        .cfi_rel_offset d14, 48
        .cfi_rel_offset d15, 56
        .cfi_rel_offset x19, 64
        .cfi_rel_offset x20, 72
        .cfi_rel_offset x21, 80
        .cfi_rel_offset x22, 88
        .cfi_rel_offset x23, 96
        .cfi_rel_offset x24, 104
        .cfi_rel_offset x25, 112
        .cfi_rel_offset x26, 120
        .cfi_rel_offset x27, 128
        .cfi_rel_offset x28, 136
        .cfi_rel_offset x29, 144
        .cfi_rel_offset x30, 152

        mov     x9, sp
        str     x9, [x0]
        mov     sp, x1

        ldp     d8, d9, [sp, #0]
        ldp     d10, d11, [sp, #16]
        ldp     d12, d13, [sp, #32]
        ldp     d14, d15, [sp, #48]
        ldp     x19, x20, [sp, #64]
        ldp     x21, x22, [sp, #80]
        ldp     x23, x24, [sp, #96]
        ldp     x25, x26, [sp, #112]
        ldp     x27, x28, [sp, #128]
        ldp     x29, x9, [sp, #144]
        add     sp, sp, #FRAME_BYTES
        .cfi_def_cfa_offset 0
        .cfi_restore d8
        .cfi_restore d9
        .cfi_restore d10
        .cfi_restore d11
        .cfi_restore d12
        .cfi_restore d13
        .cfi_restore d14
        .cfi_restore d15
        .cfi_restore x19
        .cfi_restore x20
        .cfi_restore x21
        .cfi_restore x22
        .cfi_restore x23
        .cfi_restore x24
        .cfi_restore x25
        .cfi_restore x26
        .cfi_restore x27
        .cfi_restore x28
        .cfi_restore x29
        .cfi_register x30, x9
        br      x9                      /* not ret, which is predicted to go back to what we leave */
        .cfi_endproc
        .size   nw__switch, . - nw__switch

/*
 * Where a context begins: entry in x19, its argument in x20, sp aligned to 16.
 * It has no caller, and says so: x30 is undefined, which is where a backtrace ends.
 */
        .globl  nw__switch_start
        .hidden nw__switch_start
        .type   nw__switch_start, %function
        .p2align 4
nw__switch_start:
        .cfi_startproc
        .cfi_undefined x30
        nop                     /* see switch.h */
        mov     x0, x20
        blr     x19
        brk     #1                      /* entry returned */
        .cfi_endproc
        .size   nw__switch_start, . - nw__switch_start

#endif

        .section .note.GNU-stack, "", %progbits
