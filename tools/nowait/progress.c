/* SPDX-License-Identifier: MIT */
/*
 * Progress of long work: a task that wakes now and then and draws one line.
 * Owns that task, and one line of the terminal.
 * Must not slow the work down: the work only counts.
 */
#include "progress.h"

#include "human.h"
#include "tool.h"

#include <langinfo.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define FIRST_DRAW_NS    NW_MS(300) /* short work ends without a flicker */
#define TERMINAL_DRAW_NS NW_MS(100)
#define LOG_DRAW_NS      NW_SEC(1)
#define ERASE            "\r\033[K"
#define LINE_BYTES       256
#define BAR_WIDTH        24u
#define BAR_WIDTH_LEAST  8u

bool progress_wanted(enum progress_mode mode)
{
    return mode == PROGRESS_ON || (mode == PROGRESS_AUTO && isatty(STDERR_FILENO));
}

static size_t add(char *text, size_t used, const char *format, ...) NW_PRINTF(3, 4);
static size_t add(char *text, size_t used, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int n = vsnprintf(text + used, LINE_BYTES - used, format, arguments);
    va_end(arguments);
    used += n > 0 ? (size_t)n : 0;
    return used < LINE_BYTES ? used : LINE_BYTES - 1;
}

/* Returns: its size, which is that on the screen. */
static size_t describe(const struct progress *progress, char *text)
{
    double elapsed_s = (double)(nw_now() - progress->began_ns) / 1e9;
    double rate = elapsed_s > 0 ? (double)progress->bytes / elapsed_s : 0;
    size_t used = add(text, 0, "%s file%s, %s", human_count((double)progress->files).text,
                      progress->files == 1 ? "" : "s", human_bytes((double)progress->bytes).text);
    if (progress->total_bytes >= progress->bytes && progress->total_bytes > 0) {
        double left = (double)(progress->total_bytes - progress->bytes);
        used = add(text, used, " of %s (%d%%)", human_bytes((double)progress->total_bytes).text,
                   (int)(100.0 * (double)progress->bytes / (double)progress->total_bytes));
        if (rate > 0)
            used = add(text, used, ", %s left", human_duration(left / rate * 1e9).text);
    }
    return add(text, used, ", %s/s", human_bytes(rate).text);
}

/* A bar in the room that the text leaves; none where there is little, or the total is not known. */
static void append_bar(const struct progress *progress, size_t text_width)
{
    char bar[BAR_WIDTH * 3 + 1];
    struct winsize window = {.ws_col = 0};
    bool unicode = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;

    ioctl(STDERR_FILENO, TIOCGWINSZ, &window);
    size_t room = window.ws_col > text_width + 4 ? window.ws_col - text_width - 4 : 0;
    unsigned width = room < BAR_WIDTH ? (unsigned)room : BAR_WIDTH;
    if (progress->total_bytes == 0 || width < BAR_WIDTH_LEAST)
        return;
    double fraction = (double)progress->bytes / (double)progress->total_bytes;
    unsigned used = human_bar(bar, sizeof bar, fraction, width, unicode);
    output_printf(&tool_err, "[%s%*s] ", bar, (int)(width - used), "");
}

static void draw(struct progress *progress)
{
    char text[LINE_BYTES];
    size_t size = describe(progress, text);
    if (progress->terminal) {
        output_text(&tool_err, "\r");
        append_bar(progress, size);
    }
    output_text(&tool_err, text);
    output_text(&tool_err, progress->terminal ? "\033[K" : "\n");
    progress->visible = progress->terminal;

    nw_shield
        shield; /* progress_end() cancels this task: a message that is on its way with the line must arrive */
    nw_shield_begin(&shield);
    output_flush(&tool_err);
    nw_shield_end(&shield);
}

static int draw_now_and_then(void *arg)
{
    struct progress *progress = arg;
    int64_t pause_ns = FIRST_DRAW_NS;
    int rc;
    while ((rc = nw_sleep(pause_ns)) == 0) {
        draw(progress);
        pause_ns = progress->terminal ? TERMINAL_DRAW_NS : LOG_DRAW_NS;
    }
    return rc;
}

void progress_begin(struct progress *progress, enum progress_mode mode)
{
    *progress = (struct progress){.began_ns = nw_now(), .terminal = isatty(STDERR_FILENO)};
    if (progress_wanted(mode))
        progress->task = nw_spawn(draw_now_and_then, progress);
}

void progress_hide(struct progress *progress)
{
    if (progress->visible)
        output_text(&tool_err, ERASE);
    progress->visible = false;
}

void progress_end(struct progress *progress)
{
    if (progress->task) {
        nw_cancel(progress->task);
        nw_await(progress->task);
        progress->task = NULL;
    }
    if (!progress->visible)
        return;
    nw_shield shield; /* after an interrupt the line must not remain on the screen */
    nw_shield_begin(&shield);
    progress_hide(progress);
    output_flush(&tool_err);
    nw_shield_end(&shield);
}
