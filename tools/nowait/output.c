/* SPDX-License-Identifier: MIT */
/*
 * Buffered output: append to memory, write the whole buffer at a flush.
 * Owns the buffer of each output; the descriptor is the caller's.
 * Must not wait anywhere but in output_flush(), so that any code may append.
 */
#include "output.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool reserve(struct output *output, size_t size_bytes)
{
    if (output->error)
        return false;
    size_t needed = output->size + size_bytes;
    if (needed <= output->capacity)
        return true;

    size_t capacity = output->capacity ? output->capacity : 4096;
    while (capacity < needed)
        capacity *= 2;
    char *data = realloc(output->data, capacity);
    if (!data) {
        output->error = -ENOMEM;
        return false;
    }
    output->data = data;
    output->capacity = capacity;
    return true;
}

void output_append(struct output *output, const void *data, size_t size_bytes)
{
    if (size_bytes == 0 || !reserve(output, size_bytes))
        return;
    memcpy(output->data + output->size, data, size_bytes);
    output->size += size_bytes;
}

void output_text(struct output *output, const char *text)
{
    output_append(output, text, strlen(text));
}

void output_vprintf(struct output *output, const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    int size = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (size < 0 || !reserve(output, (size_t)size + 1))
        return;
    vsnprintf(output->data + output->size, (size_t)size + 1, format, arguments);
    output->size += (size_t)size;
}

void output_printf(struct output *output, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    output_vprintf(output, format, arguments);
    va_end(arguments);
}

static int write_all(int fd, const char *data, size_t size_bytes)
{
    while (size_bytes > 0) {
        ssize_t written = nw_fd_write(fd, data, size_bytes);
        if (written < 0)
            return (int)written;
        data += written;
        size_bytes -= (size_t)written;
    }
    return 0;
}

int output_flush(struct output *output)
{
    int rc = 0;
    if (output->flushing)
        return output->error;
    output->flushing = true;
    while (output->size > 0 && !output->error && rc == 0) {
        struct output full = *output; /* others append to a new buffer while this one is on its way */
        output->data = NULL;
        output->size = 0;
        output->capacity = 0;

        rc = write_all(full.fd, full.data, full.size);
        if (rc < 0 && rc != -ECANCELED)
            output->error = rc;
        free(full.data);
    }
    output->flushing = false;
    return rc < 0 ? rc : output->error;
}

int output_finish(struct output *output)
{
    for (size_t done = 0; done < output->size && !output->error;) {
        ssize_t written = write(output->fd, output->data + done, output->size - done);
        if (written >= 0)
            done += (size_t)written;
        else if (errno != EINTR)
            output->error = -errno;
    }
    free(output->data);
    output->data = NULL;
    output->size = 0;
    output->capacity = 0;
    return output->error;
}
