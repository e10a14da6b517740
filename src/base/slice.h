/* SPDX-License-Identifier: MIT */
/*
 * Text that is taken apart from its front: what was cut off is gone from the slice, and points where it did.
 */
#ifndef NW_BASE_SLICE_H
#define NW_BASE_SLICE_H

#include <nowait/base.h>

/* Take `size_bytes` off, which must be there. Returns: what was taken. */
static inline nw_slice nw__cut(nw_slice *text, size_t size_bytes)
{
    nw_slice head = {text->data, size_bytes};

    if (size_bytes > 0)
        text->data += size_bytes; /* NULL has no bytes, and cannot be added to */
    text->size -= size_bytes;
    return head;
}

/* Take this character off. Returns: whether it was there; else nothing was taken. */
static inline bool nw__cut_char(nw_slice *text, char c)
{
    if (text->size == 0 || text->data[0] != c)
        return false;
    nw__cut(text, 1);
    return true;
}

#endif
