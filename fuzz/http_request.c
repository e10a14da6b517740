/* SPDX-License-Identifier: MIT */
/*
 * Requests, as a server gets them.
 */
#include "http_messages.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_messages(MESSAGE_REQUEST, "", data, size);
    return 0;
}
