/* SPDX-License-Identifier: MIT */
/*
 * The way in: find the verb, run it, end with its status.
 * Owns the table of verbs: adding one is a line here, a line in tool.h, a file cmd_VERB.c and a man page.
 * Must not know what any verb does.
 */
#include "tool.h"

#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct verb *const verbs[] = {&verb_bench, &verb_cat,  &verb_cp,   &verb_doctor,
                                           &verb_du,    &verb_get,  &verb_log,  &verb_serve,
                                           &verb_sum,   &verb_tail, &verb_watch};
#define VERB_COUNT (sizeof verbs / sizeof verbs[0])

static void print_help(struct output *output)
{
    output_text(output, "Usage: nowait VERB [OPTION]... [ARGUMENT]...\n\nVerbs:\n");
    for (size_t i = 0; i < VERB_COUNT; i++)
        output_printf(output, "  %-8s %s\n", verbs[i]->name, verbs[i]->summary);
    output_text(output, "\n"
                        "  nowait VERB --help   what a verb does, and its options\n"
                        "  nowait --version     the version of the library in use\n"
                        "\n"
                        "Environment: NOWAIT_BACKEND=uring|epoll forces a backend.\n"
                        "Exit status: 0 success, 1 failure, 2 wrong usage.\n");
}

static const struct verb *find_verb(const char *name)
{
    for (size_t i = 0; i < VERB_COUNT; i++) {
        if (strcmp(name, verbs[i]->name) == 0)
            return verbs[i];
    }
    return NULL;
}

static int run_verb(const struct verb *verb, int argc, char **argv)
{
    char title[32]; /* what getopt_long() puts before its messages */
    snprintf(title, sizeof title, "nowait %s", verb->name);
    argv[0] = title;
    tool_begin(verb);
    return verb->run(verb, argc, argv);
}

static int run_command_line(int argc, char **argv)
{
    static char help_option[] = "--help";
    const char *word = argc > 1 ? argv[1] : NULL;
    if (!word) {
        print_help(&tool_err);
        return STATUS_USAGE;
    }
    if (strcmp(word, "--version") == 0) {
        output_printf(&tool_out, "nowait %s\n", nw_version());
        return STATUS_OK;
    }
    if (strcmp(word, "help") == 0 && argc > 2) {
        word = argv[2];
        argv[2] = help_option;
    }
    const struct verb *verb = find_verb(word);
    if (verb)
        return run_verb(verb, argc - 1, argv + 1);
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0) {
        print_help(&tool_out);
        return STATUS_OK;
    }
    tool_error("'%s' is not a verb", word);
    output_text(&tool_err, "Try 'nowait --help' for more information.\n");
    return STATUS_USAGE;
}

/* What is closed would be the number of the next file that is opened: give it to one that refuses, too. */
static bool fill_standard_descriptors(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
            return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    if (!fill_standard_descriptors())
        return STATUS_FAILED;
    setlocale(LC_CTYPE, ""); /* not LC_ALL: numbers in JSON keep their decimal point */
    /* A closed pipe is an error of the write; and to be told, when whoever started us ignores the signal. */
    bool ignores_sigpipe = signal(SIGPIPE, SIG_IGN) == SIG_IGN;
    return tool_end(run_command_line(argc, argv), ignores_sigpipe);
}
