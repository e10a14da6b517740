/* SPDX-License-Identifier: MIT */
/** @file
 * nowait: asynchronous I/O in which no file operation blocks the event loop.
 * This header is the whole public API; each area has its own under nowait/.
 */
#ifndef NOWAIT_H
#define NOWAIT_H

#include <nowait/base.h>
#include <nowait/copy.h>
#include <nowait/debug.h>
#include <nowait/dir.h>
#include <nowait/fs.h>
#include <nowait/http.h>
#include <nowait/http_client.h>
#include <nowait/http_files.h>
#include <nowait/http_message.h>
#include <nowait/http_server.h>
#include <nowait/log.h>
#include <nowait/loop.h>
#include <nowait/net.h>
#include <nowait/op.h>
#include <nowait/run.h>
#include <nowait/signal.h>
#include <nowait/stream.h>
#include <nowait/sync.h>
#include <nowait/task.h>
#include <nowait/text.h>
#include <nowait/thread.h>
#include <nowait/tls.h>
#include <nowait/url.h>
#include <nowait/watch.h>
#include <nowait/websocket.h>

#endif
