/* SPDX-License-Identifier: MIT */
/*
 * nowait cat: files one after the other to standard output; as they are, or as cat_text.c shows them.
 * Owns the files that it opens, and the buffer that text is read into.
 * Must print what cat(1) prints, byte for byte.
 */
#include "cat_text.h"
#include "paths.h"
#include "progress.h"
#include "tool.h"

#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SLICE_BYTES  ((size_t)1024 * 1024)
#define BUFFER_BYTES ((size_t)128 * 1024)

static const char help[] =
    "Usage: nowait cat [OPTION]... [FILE]...\n"
    "\n"
    "Copy files, one after the other, to standard output, as cat(1) does.\n"
    "Without FILE, or when FILE is -, read standard input.\n"
    "\n"
    "  -A, --show-all          the same as -vET\n"
    "  -b, --number-nonblank   number lines that are not empty\n"
    "  -e                      the same as -vE\n"
    "  -E, --show-ends         print $ at the end of each line\n"
    "  -n, --number            number all lines\n"
    "  -s, --squeeze-blank     of several empty lines in a row print one\n"
    "  -t                      the same as -vT\n"
    "  -T, --show-tabs         print tabs as ^I\n"
    "  -u                      nothing: output is never held back\n"
    "  -v, --show-nonprinting  print control bytes as ^X, and bytes above 127 as M-X\n"
    "      --progress          show progress on standard error, with a bar on a terminal\n"
    "      --help              print this\n"
    "      --version           print the version\n"
    "\n"
    "Exit status: 0 all is well, 1 a file could not be read, 2 wrong usage.\n";

struct cat {
    struct cat_style style;
    bool plain; /* no option on text was given */
    bool show_progress;
    const char *const *names;
    size_t name_count;
    /* while it runs */
    struct cat_text text;
    struct progress progress;
    struct stat output;
    char *buffer;
    int status;
};

/* -- one file -- */

/* What a write has to say sticks to the output, and ends everything; what a read says is the file's. */
static int output_failed(int error)
{
    if (error != -ECANCELED)
        tool_out.error = error;
    return error;
}

/* Was it this side that could not go on? */
static int read_error(int fd)
{
    char byte;
    ssize_t n = nw_fd_pread(fd, &byte, 1, lseek(fd, 0, SEEK_CUR));
    return n < 0 && n != -ESPIPE && n != -EINVAL ? (int)n : 0;
}

/* In the kernel where both are files, else through a buffer. */
static int copy_plain(struct cat *cat, int fd, int *error_out)
{
    ssize_t n;
    while ((n = nw_sendfile(STDOUT_FILENO, fd, -1, SLICE_BYTES)) > 0)
        cat->progress.bytes += (uint64_t)n;
    if (n == 0 || n == -ECANCELED)
        return (int)n;
    *error_out = read_error(fd);
    return *error_out ? 0 : output_failed((int)n);
}

static int copy_text(struct cat *cat, int fd, int *error_out)
{
    ssize_t n;
    while ((n = nw_fd_read(fd, cat->buffer, BUFFER_BYTES)) > 0) {
        cat->progress.bytes += (uint64_t)n;
        cat_text_add(&cat->text, cat->buffer, (size_t)n, &tool_out);
        int rc = output_flush(&tool_out);
        if (rc < 0)
            return rc;
    }
    if (n == -ECANCELED)
        return (int)n;
    *error_out = (int)n;
    return 0;
}

/* A file that is copied behind its own end grows for ever. */
static bool is_the_output(const struct cat *cat, int fd, const struct stat *input)
{
    return S_ISREG(cat->output.st_mode) && input->st_dev == cat->output.st_dev &&
           input->st_ino == cat->output.st_ino && lseek(fd, 0, SEEK_CUR) < input->st_size;
}

/* Returns: 0, or what ends everything. `*error_out`: why this file could not be read. */
static int copy_open_file(struct cat *cat, int fd, const char *name, int *error_out)
{
    struct stat input;
    int rc = nw_fd_stat(fd, &input);
    if (rc < 0) {
        *error_out = rc;
        return 0;
    }
    if (is_the_output(cat, fd, &input)) {
        tool_error("%s: input file is output file", name);
        cat->status = STATUS_FAILED;
        return 0;
    }
    if (S_ISREG(input.st_mode))
        (void)nw_fd_advise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    return cat->plain ? copy_plain(cat, fd, error_out) : copy_text(cat, fd, error_out);
}

static int copy_file(struct cat *cat, const char *name)
{
    bool standard_input = strcmp(name, "-") == 0;
    int error = 0, rc = 0;
    int fd = standard_input ? STDIN_FILENO : path_open(name, O_RDONLY);
    if (fd == -ECANCELED)
        return fd;
    if (fd < 0)
        error = fd;
    else
        rc = copy_open_file(cat, fd, name, &error);
    if (fd >= 0 && !standard_input)
        nw_fd_close(fd);
    if (error < 0) {
        tool_path_error(name, error);
        cat->status = STATUS_FAILED;
    }
    cat->progress.files++;
    if (tool_err.size > 0)
        progress_hide(&cat->progress);
    output_flush(&tool_err);
    return rc;
}

/* -- all files -- */

/* The sum of the sizes, when each is known. */
static uint64_t total_bytes(const struct cat *cat)
{
    uint64_t total = 0;
    struct stat status;
    for (size_t i = 0; i < cat->name_count; i++) {
        int rc = strcmp(cat->names[i], "-") == 0 ? nw_fd_stat(STDIN_FILENO, &status)
                                                 : nw_stat(cat->names[i], &status);
        if (rc == 0 && !S_ISREG(status.st_mode))
            return 0;
        total += rc == 0 ? (uint64_t)status.st_size : 0;
    }
    return total;
}

static int cat_task(void *arg)
{
    struct cat *cat = arg;
    int rc = nw_fd_stat(STDOUT_FILENO, &cat->output);
    if (rc < 0)
        return output_failed(rc);
    if (!cat->plain && !(cat->buffer = malloc(BUFFER_BYTES)))
        return -ENOMEM;
    cat_text_begin(&cat->text, &cat->style);
    progress_begin(&cat->progress, cat->show_progress ? PROGRESS_ON : PROGRESS_OFF);
    if (cat->show_progress)
        cat->progress.total_bytes = total_bytes(cat);
    for (size_t i = 0; rc == 0 && i < cat->name_count; i++)
        rc = copy_file(cat, cat->names[i]);
    cat_text_end(&cat->text, &tool_out);
    progress_end(&cat->progress);
    free(cat->buffer);
    return rc < 0 ? rc : cat->status;
}

/* -- options -- */

enum { OPTION_PROGRESS = OPTION_FIRST_OWN };

static const struct option options[] = {
    {"show-all", no_argument, NULL, 'A'},
    {"number-nonblank", no_argument, NULL, 'b'},
    {"show-ends", no_argument, NULL, 'E'},
    {"number", no_argument, NULL, 'n'},
    {"squeeze-blank", no_argument, NULL, 's'},
    {"show-tabs", no_argument, NULL, 'T'},
    {"show-nonprinting", no_argument, NULL, 'v'},
    {"progress", no_argument, NULL, OPTION_PROGRESS},
    TOOL_COMMON_OPTIONS,
    {NULL, 0, NULL, 0},
};

/* Returns: false when this verb has no such option. */
static bool set_option(struct cat *cat, int option)
{
    struct cat_style *style = &cat->style;
    if (option == OPTION_PROGRESS) {
        cat->show_progress = true;
        return true;
    }
    if (option == 'u')
        return true;
    if (option == '?' || option > UCHAR_MAX || !strchr("AbeEnstTv", option))
        return false;
    cat->plain = false;
    style->number_text |= option == 'b';
    style->number |= option == 'n';
    style->squeeze |= option == 's';
    style->ends |= strchr("AeE", option) != NULL;
    style->tabs |= strchr("AtT", option) != NULL;
    style->nonprinting |= strchr("Aetv", option) != NULL;
    return true;
}

static int run(const struct verb *verb, int argc, char **argv)
{
    static const char *const standard_input[] = {"-"};
    struct cat cat = {.plain = true, .names = standard_input, .name_count = 1};
    int option;
    while ((option = getopt_long(argc, argv, "AbeEnstTuv", options, NULL)) != -1) {
        if (!set_option(&cat, option))
            return tool_common_option(verb, option);
    }
    if (optind < argc) {
        cat.names = (const char *const *)argv + optind;
        cat.name_count = (size_t)(argc - optind);
    }
    return tool_run(NULL, cat_task, &cat);
}

const struct verb verb_cat = {
    .name = "cat",
    .summary = "files one after the other, as cat prints them",
    .help = help,
    .run = run,
};
