/* SPDX-License-Identifier: MIT */
/*
 * The old files of a log: PATH.1, the youngest, to PATH.keep. Blocking code, for workers.
 */
#ifndef NW_STREAM_LOG_ROTATE_H
#define NW_STREAM_LOG_ROTATE_H

#include <nowait/base.h>

/* Make room for PATH.1: each file moves on by one, up to the first that is missing; else the last goes. */
NW_CHECK int nw__log_shift(const char *path, unsigned keep);

#endif
