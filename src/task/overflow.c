/* SPDX-License-Identifier: MIT */
/*
 * Stack overflow: says which task ran into its guard page, then lets the process die as it would have.
 * Owns the action of SIGSEGV while a run is on, if nobody else had taken it, and an alternate stack per
 * thread. Everything in the handler is async-signal-safe.
 */
#include <signal.h>
#include <stdlib.h>
#include <sys/auxv.h>

#include "base/action.h"
#include "base/report.h"
#include "task/task.h"

#define HANDLER_BYTES                                                                                        \
    ((size_t)16384) /* for the handler itself; what the kernel saves depends on the processor */

static struct nw__action action;
static _Thread_local void *alternate;

static void report(const nw_task *task)
{
    nw__report_text("nowait: stack overflow in task \"");
    nw__report_text(task->name);
    nw__report_text("\" (function 0x");
    nw__report_number((uintptr_t)task->fn, 16);
    nw__report_text(", stack of ");
    nw__report_number((uintmax_t)nw__stack_size(&task->stack) / 1024, 10);
    nw__report_text(" KiB); give it more by nw_spawn_options.stack_bytes\n");
}

static void on_fault(int number, siginfo_t *info, void *context)
{
    nw_loop *loop = nw__loop_current;
    struct nw__stack *stack;

    (void)context;
    if (loop && nw__stacks_owner(&loop->stacks, info->si_addr, &stack) &&
        nw__stack_overflowed(stack, info->si_addr))
        report(nw__container(stack, nw_task, stack));
    signal(number, SIG_DFL); /* the instruction faults again, and the process dies of it, with a core */
    if (info->si_code <= 0)
        raise(number); /* somebody sent it: nothing would fault again */
}

void nw__overflow_watch(void)
{
    struct sigaction ours = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    stack_t now;

    if (alternate || sigaltstack(NULL, &now) < 0 || !(now.ss_flags & SS_DISABLE))
        return; /* somebody has set up this thread: leave it alone */
    size_t bytes = HANDLER_BYTES + (size_t)getauxval(AT_MINSIGSTKSZ);
    alternate = malloc(bytes);
    if (!alternate)
        return;
    sigaltstack(&(stack_t){.ss_sp = alternate, .ss_size = bytes}, NULL);
    sigemptyset(&ours.sa_mask);
    int rc = nw__action_take(&action, SIGSEGV, &ours, true);
    (void)rc; /* it can be caught */
}

void nw__overflow_unwatch(bool forked)
{
    if (forked)
        nw__action_forget(&action, SIGSEGV);
    if (!alternate)
        return; /* somebody else's, or that of a run which the child began afresh, and has ended */
    if (!forked)
        nw__action_give_back(&action, SIGSEGV);
    sigaltstack(&(stack_t){.ss_flags = SS_DISABLE}, NULL);
    free(alternate);
    alternate = NULL;
}
