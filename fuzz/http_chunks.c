/* SPDX-License-Identifier: MIT */
/*
 * Bodies in chunks, with their extensions and trailers: what comes behind the head.
 */
#include "http_messages.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_messages(MESSAGE_REQUEST, "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", data,
                  size);
    return 0;
}
