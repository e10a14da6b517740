/* SPDX-License-Identifier: MIT */
/*
 * Progress of downloads: a line with a bar for each that is under way, and one for all of them.
 * Owns a task that draws, and the last lines of the terminal. Elsewhere than on a terminal it is the one line
 * of progress.c, when that was asked for.
 * Must not slow the work down, nor write a line that wraps: the next drawing would not find its way back.
 */
#include "get.h"

#include "human.h"
#include "tool.h"
#include "utf8.h"

#include <langinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define FIRST_DRAW_NS NW_MS(300)
#define DRAW_NS       NW_MS(100)

enum { COLUMNS_ELSE = 80, ROWS_ELSE = 24, MOST_BARS = 32, BAR_WIDTH = 20, NAME_LEAST = 8, NAME_MOST = 36 };

struct get_bars {
    struct get *get;
    nw_task *task;
    int64_t began_ns;
    unsigned lines; /* on the screen, the cursor being in the last of them */
    unsigned columns;
    unsigned rows;
    bool terminal;
    bool unicode;
    struct progress progress; /* elsewhere */
};

/* -- one line -- */

/* `text` in exactly `width` columns, its end cut off; bytes that move the cursor are "?". */
static void put_name(const char *text, unsigned width)
{
    const unsigned char *c = (const unsigned char *)text;
    unsigned used = 0;
    for (; *c && used < width; used++) {
        size_t length = utf8_length(c);
        if (length > 1)
            output_append(&tool_err, c, length);
        else
            output_printf(&tool_err, "%c", length == 0 || *c < 0x20 || *c == 0x7f ? '?' : *c);
        c += length ? length : 1;
    }
    output_printf(&tool_err, "%*s", (int)(width - used), "");
}

static void put_bar(const struct get_bars *bars, double fraction)
{
    char bar[BAR_WIDTH * 3 + 1];
    unsigned used = human_bar(bar, sizeof bar, fraction, BAR_WIDTH, bars->unicode);
    output_printf(&tool_err, " [%s%*s]", bar, (int)(BAR_WIDTH - used), "");
}

/* "  45%  1.2 GiB  12 MiB/s  0:12": what does not fit is left out, from the end. */
static void put_numbers(unsigned room, int64_t done, int64_t total, double rate)
{
    char text[4][48] = {"", "", "", ""};
    if (total > 0)
        snprintf(text[0], sizeof text[0], " %3d%%", (int)(100.0 * (double)done / (double)total));
    snprintf(text[1], sizeof text[1], "  %8s", human_bytes((double)done).text);
    snprintf(text[2], sizeof text[2], "  %8s/s", human_bytes(rate).text);
    if (total > done && rate > 0)
        snprintf(text[3], sizeof text[3], "  %s left",
                 human_duration((double)(total - done) / rate * 1e9).text);
    for (unsigned i = 0; i < 4 && strlen(text[i]) <= room; i++) {
        output_text(&tool_err, text[i]);
        room -= (unsigned)strlen(text[i]);
    }
}

static void put_line(struct get_bars *bars, const char *name, int64_t done, int64_t total, double rate)
{
    const unsigned bar_room = BAR_WIDTH + 3;
    unsigned columns = bars->columns - 1;
    unsigned width = columns / 3;
    if (width > NAME_MOST)
        width = NAME_MOST;
    if (width < NAME_LEAST)
        width = columns < NAME_LEAST ? columns : NAME_LEAST;
    bool has_bar = total > 0 && columns >= width + bar_room + 17;
    if (bars->lines++ > 0)
        output_text(&tool_err, "\n");
    put_name(name, width);
    if (has_bar)
        put_bar(bars, (double)done / (double)total);
    put_numbers(columns - width - (has_bar ? bar_room : 0), done, total, rate);
}

static double rate_since(int64_t began_ns, int64_t bytes)
{
    double seconds = (double)(nw_now() - began_ns) / 1e9;
    return seconds > 0 ? (double)bytes / seconds : 0;
}

/* -- all lines -- */

struct sums {
    unsigned ended;
    int64_t done;
    int64_t received;
    int64_t total; /* -1: not known of all */
};

static struct sums add_up(const struct get *get)
{
    struct sums sums = {0};
    for (size_t i = 0; i < get->count; i++) {
        const struct get_item *item = &get->items[i];
        bool ended = item->outcome != GET_PENDING && !item->words;
        sums.ended += ended;
        sums.done += item->done_bytes;
        sums.received += item->received_bytes;
        if (item->total_bytes >= 0 && sums.total >= 0)
            sums.total += item->total_bytes;
        else if (!ended)
            sums.total = -1;
    }
    return sums;
}

static void measure(struct get_bars *bars)
{
    struct winsize window = {.ws_col = 0};
    ioctl(STDERR_FILENO, TIOCGWINSZ, &window);
    bars->columns = window.ws_col > 0 ? window.ws_col : COLUMNS_ELSE;
    bars->rows = window.ws_row > 0 ? window.ws_row : ROWS_ELSE;
}

static void draw(struct get_bars *bars)
{
    const struct get *get = bars->get;
    struct sums sums = add_up(get);
    get_bars_hide(bars->get);
    measure(bars);
    unsigned most = get->count == 1 ? 1 : bars->rows > 2 ? bars->rows - 2 : 0;
    if (most > MOST_BARS)
        most = MOST_BARS;
    for (size_t i = 0; i < get->count && bars->lines < most; i++) {
        const struct get_item *item = &get->items[i];
        if (item->words)
            put_line(bars, item->words->label, item->done_bytes, item->total_bytes,
                     rate_since(item->began_ns, item->received_bytes));
    }
    if (get->count > 1) {
        char name[48];
        snprintf(name, sizeof name, "%u of %zu", sums.ended, get->count);
        put_line(bars, name, sums.done, sums.total, rate_since(bars->began_ns, sums.received));
    }
    output_text(&tool_err, "\033[K");
}

static void count(struct get_bars *bars)
{
    struct sums sums = add_up(bars->get);
    bars->progress.files = sums.ended;
    bars->progress.bytes = (uint64_t)sums.done;
    bars->progress.total_bytes = sums.total > 0 ? (uint64_t)sums.total : 0;
}

static int draw_now_and_then(void *arg)
{
    struct get_bars *bars = arg;
    int64_t pause_ns = FIRST_DRAW_NS;
    nw_shield shield;
    int rc;
    while ((rc = nw_sleep(pause_ns)) == 0) {
        if (bars->terminal)
            draw(bars);
        else
            count(bars);
        nw_shield_begin(&shield); /* a message that is on its way with the lines must arrive */
        output_flush(&tool_err);
        nw_shield_end(&shield);
        pause_ns = DRAW_NS;
    }
    return rc;
}

int get_bars_begin(struct get *get)
{
    if (!progress_wanted(get->progress_mode) || get->quiet)
        return 0;
    struct get_bars *bars = calloc(1, sizeof *bars);
    if (!bars)
        return -ENOMEM;
    bars->get = get;
    bars->began_ns = nw_now();
    bars->terminal = isatty(STDERR_FILENO);
    bars->unicode = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    get->bars = bars;
    if (!bars->terminal)
        progress_begin(&bars->progress, get->progress_mode);
    bars->task = nw_spawn(draw_now_and_then, bars);
    return 0;
}

void get_bars_hide(struct get *get)
{
    struct get_bars *bars = get->bars;
    if (!bars || bars->lines == 0)
        return;
    output_text(&tool_err, "\r");
    if (bars->lines > 1)
        output_printf(&tool_err, "\033[%uA", bars->lines - 1);
    output_text(&tool_err, "\033[J");
    bars->lines = 0;
}

void get_bars_end(struct get *get)
{
    struct get_bars *bars = get->bars;
    if (!bars)
        return;
    nw_cancel(bars->task);
    (void)nw_await(bars->task);
    if (!bars->terminal)
        progress_end(&bars->progress);
    if (bars->lines > 0) {
        nw_shield shield; /* also after an interrupt: it must not be what remains on the screen */
        get_bars_hide(get);
        nw_shield_begin(&shield);
        (void)output_flush(&tool_err);
        nw_shield_end(&shield);
    }
    get->bars = NULL;
    free(bars);
}
