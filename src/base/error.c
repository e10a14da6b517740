/* SPDX-License-Identifier: MIT */
/*
 * Error texts and the version. Owns nothing; must not touch errno.
 */
#include <nowait/base.h>
#include <stdlib.h>
#include <string.h>

#define STRING_(x) #x
#define STRING(x)  STRING_(x)

const char *nw_strerror(int error)
{
    int code = error > 0 ? -error : error;

    switch (code) {
    case 0:
        return "success";
#define NW_ERROR_TEXT(name, value, text)                                                                     \
    case name:                                                                                               \
        return text;
        NW_ERRORS(NW_ERROR_TEXT)
#undef NW_ERROR_TEXT
    default:
        break;
    }
    const char *text = code > -4096 ? strerrordesc_np(-code) : NULL;
    return text ? text : "unknown error";
}

const char *nw_version(void)
{
    return STRING(NW_VERSION_MAJOR) "." STRING(NW_VERSION_MINOR) "." STRING(NW_VERSION_PATCH);
}

void nw_bytes_finish(nw_bytes *bytes)
{
    if (!bytes)
        return;
    free(bytes->data);
    *bytes = (nw_bytes){0};
}
