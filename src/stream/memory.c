/* SPDX-License-Identifier: MIT */
/*
 * Memory as transports: a slice that somebody else owns, and bytes that grow. Never waits. Owns the bytes
 * that grow.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "io/io.h"
#include "stream/transport.h"

static int64_t resolve_within(int64_t end, int64_t offset, int whence)
{
    if (whence == SEEK_END && __builtin_add_overflow(end, offset, &offset))
        return -EOVERFLOW;
    if (whence != SEEK_SET && whence != SEEK_END)
        return -EINVAL;
    return offset < 0 ? -EINVAL : offset;
}

static int free_transport(struct nw__transport *transport)
{
    free(transport);
    return 0;
}

/* -- a slice -- */

struct slice {
    struct nw__transport base;
    nw_slice data;
};

static nw_slice view(struct nw__transport *transport, size_t size_bytes, int64_t offset)
{
    nw_slice all = ((struct slice *)transport)->data;
    size_t left = (uint64_t)offset < all.size ? all.size - (size_t)offset : 0;
    nw_slice part = {all.data + (all.size - left), left < size_bytes ? left : size_bytes};

    return part;
}

static int64_t resolve_slice(struct nw__transport *transport, int64_t offset, int whence)
{
    return resolve_within((int64_t)((struct slice *)transport)->data.size, offset, whence);
}

static const struct nw__transport_kind slice_kind = {
    .name = "slice",
    .view = view,
    .resolve = resolve_slice,
    .close = free_transport,
};

int nw__slice_transport(nw_slice data, struct nw__transport **transport_out)
{
    struct slice *slice = calloc(1, sizeof *slice);

    if (!slice)
        return -ENOMEM;
    slice->base.kind = &slice_kind;
    slice->base.seekable = true;
    slice->data = data;
    if (!data.data)
        slice->data.data = "";
    *transport_out = &slice->base;
    return 0;
}

/* -- bytes that grow -- */

struct memory {
    struct nw__transport base;
    struct nw__bytes bytes;
};

static struct memory *memory_of(struct nw__transport *transport)
{
    return (struct memory *)transport;
}

static ssize_t read_memory(struct nw__transport *transport, void *data, size_t size_bytes, int64_t offset)
{
    const struct nw__bytes *bytes = &memory_of(transport)->bytes;

    if ((uint64_t)offset >= bytes->size_bytes)
        return 0;
    if (size_bytes > bytes->size_bytes - (size_t)offset)
        size_bytes = bytes->size_bytes - (size_t)offset;
    memcpy(data, bytes->data + offset, size_bytes);
    return (ssize_t)size_bytes;
}

/* Make it longer, with zeros. */
static int extend(struct nw__bytes *bytes, int64_t end)
{
    size_t size = bytes->size_bytes;
    int rc;

    if ((uint64_t)end <= size)
        return 0;
    rc = nw__bytes_reserve(bytes, (size_t)end - size);
    if (rc < 0)
        return rc;
    memset(nw__bytes_tail(bytes), 0, (size_t)end - size);
    nw__bytes_commit(bytes, (size_t)end - size);
    return 0;
}

/* As much as the limit allows, as a disk does that becomes full; and others get their turn. */
static ssize_t write_memory(struct nw__transport *transport, const void *data, size_t size_bytes,
                            int64_t offset)
{
    struct nw__bytes *bytes = &memory_of(transport)->bytes;
    int rc;

    if (size_bytes > NW__INLINE_PIECE_BYTES)
        size_bytes = NW__INLINE_PIECE_BYTES;
    if ((uint64_t)offset >= bytes->limit_bytes)
        return -EFBIG;
    if (size_bytes > bytes->limit_bytes - (size_t)offset)
        size_bytes = bytes->limit_bytes - (size_t)offset;
    rc = extend(bytes, offset + (int64_t)size_bytes);
    if (rc < 0)
        return rc;
    memcpy(bytes->data + offset, data, size_bytes);
    nw__task_breathe(nw__task_self(), size_bytes);
    return (ssize_t)size_bytes;
}

static int64_t resolve_memory(struct nw__transport *transport, int64_t offset, int whence)
{
    return resolve_within((int64_t)memory_of(transport)->bytes.size_bytes, offset, whence);
}

static int truncate_memory(struct nw__transport *transport, int64_t size_bytes)
{
    struct nw__bytes *bytes = &memory_of(transport)->bytes;

    if ((uint64_t)size_bytes > bytes->size_bytes)
        return extend(bytes, size_bytes);
    bytes->size_bytes = (size_t)size_bytes;
    return 0;
}

static int sync_memory(struct nw__transport *transport)
{
    (void)transport;
    return 0;
}

static int close_memory(struct nw__transport *transport)
{
    nw__bytes_finish(&memory_of(transport)->bytes);
    free(transport);
    return 0;
}

static const struct nw__transport_kind memory_kind = {
    .name = "memory",
    .try_read = read_memory,
    .read = read_memory,
    .write = write_memory,
    .resolve = resolve_memory,
    .truncate = truncate_memory,
    .sync = sync_memory,
    .close = close_memory,
};

int nw__memory_transport(size_t limit_bytes, struct nw__transport **transport_out)
{
    struct memory *memory = calloc(1, sizeof *memory);

    if (!memory)
        return -ENOMEM;
    memory->base.kind = &memory_kind;
    memory->base.seekable = true;
    nw__bytes_init(&memory->bytes, limit_bytes ? limit_bytes : SIZE_MAX);
    *transport_out = &memory->base;
    return 0;
}

nw_slice nw__memory_transport_content(const struct nw__transport *transport)
{
    const struct memory *memory = (const struct memory *)transport;
    nw_slice content = {memory->bytes.data, memory->bytes.size_bytes};

    return content;
}

int nw__memory_transport_take(struct nw__transport *transport, nw_bytes *content_out)
{
    if (transport->kind != &memory_kind)
        return -EINVAL;
    return nw__bytes_take(&memory_of(transport)->bytes, content_out);
}
