/* SPDX-License-Identifier: MIT */
/*
 * Which checker this build is for, and how to tell it that memory must not be touched.
 * The one place that knows compilers' spellings; everything is empty in a plain build.
 */
#ifndef NW_BASE_SANITIZE_H
#define NW_BASE_SANITIZE_H

#include <stddef.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define NW__ASAN 1
#endif
#if __has_feature(thread_sanitizer)
#define NW__TSAN 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) && !defined(NW__ASAN)
#define NW__ASAN 1
#endif
#if defined(__SANITIZE_THREAD__) && !defined(NW__TSAN)
#define NW__TSAN 1
#endif

#ifdef NW__ASAN
#include <sanitizer/asan_interface.h>
#endif
#ifdef NW__HAVE_VALGRIND
#include <valgrind/memcheck.h>
#endif

/* Reading or writing these bytes is a bug until nw__unpoison(). */
static inline void nw__poison(const void *data, size_t size_bytes)
{
#ifdef NW__ASAN
    __asan_poison_memory_region(data, size_bytes);
#endif
#ifdef NW__HAVE_VALGRIND
    if (RUNNING_ON_VALGRIND)
        VALGRIND_MAKE_MEM_NOACCESS(data, size_bytes);
#endif
    (void)data;
    (void)size_bytes;
}

/* The bytes may be used, and hold nothing that may be read yet. */
static inline void nw__unpoison(const void *data, size_t size_bytes)
{
#ifdef NW__ASAN
    __asan_unpoison_memory_region(data, size_bytes);
#endif
#ifdef NW__HAVE_VALGRIND
    if (RUNNING_ON_VALGRIND)
        VALGRIND_MAKE_MEM_UNDEFINED(data, size_bytes);
#endif
    (void)data;
    (void)size_bytes;
}

#endif
