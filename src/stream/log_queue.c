/* SPDX-License-Identifier: MIT */
/*
 * The queue of a log: entries are formatted straight into the buffer that gathers, under the lock.
 * Owns the buffers' content. Must not wait, and must not allocate.
 */
#include <stdio.h>
#include <string.h>

#include "stream/log.h"

/* Each newline inside takes a tab; one at the end is not doubled. */
static nw_slice without_end(nw_slice text)
{
    if (text.size > 0 && text.data[text.size - 1] == '\n')
        text.size--;
    return text;
}

size_t nw__log_need(nw_slice text)
{
    const char *at, *end;

    text = without_end(text);
    size_t need = text.size + 1;
    end = text.data + text.size;
    for (at = text.data; (at = memchr(at, '\n', (size_t)(end - at))); at++)
        need++;
    return need;
}

/* Copy with a tab after each newline. Returns: where it ended. */
static char *copy_lines(char *to, nw_slice text)
{
    const char *newline;

    while ((newline = memchr(text.data, '\n', text.size))) {
        size_t n = (size_t)(newline - text.data) + 1;
        memcpy(to, text.data, n);
        to[n] = '\t';
        to += n + 1;
        text.data += n;
        text.size -= n;
    }
    return (char *)memcpy(to, text.data, text.size) + text.size;
}

/* There is room. */
static void append(nw_logger *logger, nw_slice text, size_t need_bytes)
{
    struct nw__log_buffer *buffer = &logger->gathering;
    char *began = buffer->data + buffer->end, *to = began;

    text = without_end(text);
    memcpy(to, logger->stamp.text, logger->stamp.size);
    to += logger->stamp.size;
    if (need_bytes > text.size + 1)
        to = copy_lines(to, text);
    else
        to = (char *)memcpy(to, text.data, text.size) + text.size;
    *to++ = '\n';
    size_t size = (size_t)(to - began);
    buffer->end += size;
    logger->queued_bytes += size;
    logger->accepted += size;
}

static bool fits(const nw_logger *logger, size_t bytes)
{
    return logger->options.queue_bytes - logger->queued_bytes >= bytes;
}

/*
 * The line that tells of dropped entries. Returns: whether there was room for it, and for `more` bytes; it is
 * left out where the whole queue would not hold it.
 */
static bool tell_dropped(nw_logger *logger, size_t more)
{
    char text[96];
    int n = snprintf(text, sizeof text, "nowait: %llu entries dropped here: the log was full",
                     (unsigned long long)logger->dropped_untold);

    size_t need = (size_t)n + 1;
    bool never = logger->stamp.size + need > logger->options.queue_bytes;
    if (!never && !fits(logger, logger->stamp.size + need + more))
        return false;
    if (!never)
        append(logger, (nw_slice){text, (size_t)n}, need);
    logger->dropped_untold = 0;
    return true;
}

static int accept_now(nw_logger *logger, nw_slice text, size_t need_bytes)
{
    nw__stamp_update(&logger->stamp);
    size_t size = logger->stamp.size + need_bytes;
    if (size > logger->options.queue_bytes)
        return -EMSGSIZE;
    if (!fits(logger, size) || (logger->dropped_untold && !tell_dropped(logger, size)))
        return -EAGAIN;
    append(logger, text, need_bytes);
    logger->counters.entries++;
    return 0;
}

int nw__log_accept(nw_logger *logger, nw_slice text, size_t need_bytes)
{
    return nw__list_empty(&logger->room) ? accept_now(logger, text, need_bytes) : -EAGAIN;
}

void nw__log_admit(nw_logger *logger)
{
    struct nw__link *link;

    if (logger->dropped_untold) {
        nw__stamp_update(&logger->stamp);
        (void)tell_dropped(logger, 0);
    }
    while ((link = nw__list_front(&logger->room))) {
        struct nw__log_wait *wait = nw__log_wait_of(link);
        int rc = accept_now(logger, wait->text, wait->need_bytes);
        if (rc == -EAGAIN)
            break;
        nw__list_remove(link);
        wait->target = logger->accepted;
        wait->trip = logger->trips;
        if (rc == 0 && logger->options.sync == NW_LOG_SYNC_EACH)
            nw__list_push_back(&logger->settling, link);
        else
            nw__log_grant(logger, wait, rc);
    }
}
