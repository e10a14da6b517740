/* SPDX-License-Identifier: MIT */
/** @file
 * HTTP/1.1 (RFC 9110, RFC 9112), client and server: includes the headers of its parts.
 */
#ifndef NOWAIT_HTTP_H
#define NOWAIT_HTTP_H

#include <nowait/http_client.h>
#include <nowait/http_files.h>
#include <nowait/http_message.h>
#include <nowait/http_server.h>
#include <nowait/websocket.h>

#endif
