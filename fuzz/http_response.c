/* SPDX-License-Identifier: MIT */
/*
 * Responses, as a client gets them, to GET, to HEAD and to CONNECT.
 */
#include "http_messages.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_messages(MESSAGE_RESPONSE, "", data, size);
    fuzz_messages(MESSAGE_RESPONSE_TO_HEAD, "", data, size);
    fuzz_messages(MESSAGE_RESPONSE_TO_CONNECT, "", data, size);
    return 0;
}
