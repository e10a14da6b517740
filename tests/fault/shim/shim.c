/* SPDX-License-Identifier: MIT */
/*
 * Preloaded into a fault test: makes the Nth request for memory or for a thread that libnowait or liburing
 * makes fail, and knows which of the library's blocks were not given back when the program ends.
 * Requests by anybody else pass, and all of them once the program has called fault_disarm(). FAULT_NTH says
 * which one is to fail; FAULT_REPORT names a file that is made when it did.
 *
 * FAULT_LIBRARIES names other libraries to look at instead, as the beginnings of their files' names. What
 * they hold is the program's to compare, and nothing fails before it has called fault_arm().
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define LIBRARIES 16
#define LIVE_MAX  65536

/* glibc's own, which need no dlsym() and therefore no memory. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *data, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void __libc_free(void *data);

static struct {
    uintptr_t low, high;
} code[LIBRARIES];
static size_t code_count;
static bool others; /* FAULT_LIBRARIES */
static atomic_long requests;
static atomic_long nth;

static pthread_mutex_t live_lock = PTHREAD_MUTEX_INITIALIZER;
static void *live[LIVE_MAX];
static size_t live_count;

/* Does one of the words that `wanted` consists of begin this name? */
static bool is_wanted(const char *wanted, const char *name)
{
    while (*wanted) {
        size_t size = strcspn(wanted, " ");
        if (size > 0 && strncmp(name, wanted, size) == 0)
            return true;
        wanted += size + (wanted[size] == ' ');
    }
    return false;
}

static int find_library(struct dl_phdr_info *info, size_t size, void *arg)
{
    const char *slash = strrchr(info->dlpi_name, '/');

    (void)size;
    if (!is_wanted(arg, slash ? slash + 1 : info->dlpi_name))
        return 0;
    for (int i = 0; i < info->dlpi_phnum && code_count < LIBRARIES; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        if (segment->p_type != PT_LOAD || !(segment->p_flags & PF_X))
            continue;
        code[code_count].low = (uintptr_t)(info->dlpi_addr + segment->p_vaddr);
        code[code_count].high = code[code_count].low + segment->p_memsz;
        code_count++;
    }
    return 0;
}

static long number_to_fail(void)
{
    const char *text = getenv("FAULT_NTH");

    return text ? atol(text) : 0;
}

__attribute__((constructor)) static void shim_begin(void)
{
    static char usual[] = "libnowait.so liburing.so";
    char *libraries = getenv("FAULT_LIBRARIES");

    others = libraries != NULL;
    dl_iterate_phdr(find_library, others ? libraries : usual);
    if (code_count == 0) {
        fprintf(stderr, "fault shim: %s: not loaded\n", others ? libraries : "libnowait.so");
        _exit(1);
    }
    if (!others)
        atomic_store(&nth, number_to_fail());
}

/* Blocks that the library still holds at the end are leaks. */
__attribute__((destructor)) static void shim_end(void)
{
    if (others || live_count == 0)
        return;
    fprintf(stderr, "fault shim: %zu blocks of the library were not given back\n", live_count);
    _exit(99);
}

void fault_disarm(void);

/* From here on nothing fails. The program declares it weak: without the shim it is not there. */
void fault_disarm(void)
{
    atomic_store(&nth, 0);
}

void fault_arm(void);

/* FAULT_LIBRARIES: their requests are counted from here on, and one fails. Weak, too. */
void fault_arm(void)
{
    atomic_store(&requests, 0);
    atomic_store(&nth, number_to_fail());
}

size_t fault_held(void);

/* How many blocks the libraries hold. */
size_t fault_held(void)
{
    pthread_mutex_lock(&live_lock);
    size_t count = live_count;
    pthread_mutex_unlock(&live_lock);
    return count;
}

static bool ours(const void *caller)
{
    uintptr_t at = (uintptr_t)caller;

    for (size_t i = 0; i < code_count; i++) {
        if (at >= code[i].low && at < code[i].high)
            return true;
    }
    return false;
}

/* Is this the request that fails? */
static bool fails(const void *caller)
{
    const char *report;

    if (!ours(caller) || atomic_fetch_add(&requests, 1) + 1 != atomic_load(&nth))
        return false;
    report = getenv("FAULT_REPORT");
    if (report)
        close(open(report, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    return true;
}

/* `data` was given to the library. A block beyond what we can count is not looked after. */
static void *given(const void *caller, void *data)
{
    if (!data || !ours(caller))
        return data;
    pthread_mutex_lock(&live_lock);
    if (live_count < LIVE_MAX)
        live[live_count++] = data;
    pthread_mutex_unlock(&live_lock);
    return data;
}

/* True when `data` was the library's. The youngest blocks go first: look for it from the end. */
static bool returned(const void *data)
{
    bool found = false;

    pthread_mutex_lock(&live_lock);
    for (size_t i = live_count; i > 0 && !found; i--) {
        if (live[i - 1] == data) {
            live[i - 1] = live[--live_count];
            found = true;
        }
    }
    pthread_mutex_unlock(&live_lock);
    return found;
}

static void *refuse(void)
{
    errno = ENOMEM;
    return NULL;
}

void *malloc(size_t size)
{
    const void *caller = __builtin_return_address(0);

    return fails(caller) ? refuse() : given(caller, __libc_malloc(size));
}

void *calloc(size_t count, size_t size)
{
    const void *caller = __builtin_return_address(0);

    return fails(caller) ? refuse() : given(caller, __libc_calloc(count, size));
}

void *realloc(void *data, size_t size)
{
    const void *caller = __builtin_return_address(0);
    bool was_ours;
    void *moved;

    if (fails(caller))
        return refuse();
    was_ours = data && returned(data);
    moved = __libc_realloc(data, size);
    if (!moved && was_ours)
        given(caller, data);
    return given(caller, moved);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    const void *caller = __builtin_return_address(0);

    return fails(caller) ? refuse() : given(caller, __libc_memalign(alignment, size));
}

int posix_memalign(void **data_out, size_t alignment, size_t size)
{
    const void *caller = __builtin_return_address(0);
    void *data = fails(caller) ? NULL : given(caller, __libc_memalign(alignment, size));

    if (!data)
        return ENOMEM;
    *data_out = data;
    return 0;
}

void free(void *data)
{
    if (data)
        returned(data);
    __libc_free(data);
}

void *mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset)
{
    static void *(*next)(void *, size_t, int, int, int, off_t);

    if (fails(__builtin_return_address(0))) {
        errno = ENOMEM;
        return MAP_FAILED;
    }
    if (!next)
        *(void **)&next = dlsym(RTLD_NEXT, "mmap");
    return next(address, length, protection, flags, fd, offset);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*entry)(void *), void *arg)
{
    static int (*next)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

    if (fails(__builtin_return_address(0)))
        return EAGAIN;
    if (!next)
        *(void **)&next = dlsym(RTLD_NEXT, "pthread_create");
    return next(thread, attributes, entry, arg);
}
