/* SPDX-License-Identifier: MIT */
/*
 * How the slow file system answers: each request as the system call that it stands for, on a folder that
 * keeps the files. Private to slowfs.c.
 */
#ifndef NW_TESTS_SLOWFS_OPS_H
#define NW_TESTS_SLOWFS_OPS_H

#include <linux/fuse.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define SLOWFS_WRITE_BYTES   (1024 * 1024)
#define SLOWFS_MESSAGE_BYTES (SLOWFS_WRITE_BYTES + 64 * 1024)

struct slowfs_request {
    struct fuse_in_header header;
    size_t size_bytes; /* of the body; a NUL follows it */
    char body[] __attribute__((aligned(8)));
};

struct slowfs_node {
    struct slowfs_node *next;
    uint64_t id;
    uint64_t lookups; /* answers in which the kernel was told of it, less those that it has forgotten */
    dev_t device;
    ino_t inode;
    int fd; /* O_PATH */
};

struct slowfs_store {
    int device;    /* /dev/fuse */
    bool remember; /* the kernel may keep names and attributes */
    struct slowfs_node *nodes;
    uint64_t next_id;
};

/* What a handler works on. */
struct slowfs_call {
    struct slowfs_store *store;
    const struct slowfs_request *request;
    const void *in;   /* the fixed part of the body */
    const char *name; /* what follows it: names, data */
    struct slowfs_node *node;
};

/* Answer: an error or 0, and what goes with it. */
void slowfs_reply(const struct slowfs_call *call, int error, const void *data, size_t size_bytes);
/* Answer what a system call has just given: 0, or its error. Returns: 0. */
int slowfs_done(const struct slowfs_call *call, long rc);
/* The file that `fd` (O_PATH, taken over) holds, as the kernel is told of it. False: errno says why. */
bool slowfs_fill_entry(struct slowfs_call *call, int fd, struct fuse_entry_out *entry);
/* The path that leads to a node whatever it is called now; good until the next call. */
const char *slowfs_path_of(const struct slowfs_node *node);

/* slowfs_files.c: requests on open files and folders. 0: answered; else the error to answer. */
int slowfs_do_open(struct slowfs_call *call);
int slowfs_do_create(struct slowfs_call *call);
int slowfs_do_tmpfile(struct slowfs_call *call);
int slowfs_do_release(struct slowfs_call *call);
int slowfs_do_nothing(struct slowfs_call *call);
int slowfs_do_fsync(struct slowfs_call *call);
int slowfs_do_read(struct slowfs_call *call);
int slowfs_do_write(struct slowfs_call *call);
int slowfs_do_fallocate(struct slowfs_call *call);
int slowfs_do_lseek(struct slowfs_call *call);
int slowfs_do_copy_file_range(struct slowfs_call *call);
int slowfs_do_poll(struct slowfs_call *call);
int slowfs_do_readdir(struct slowfs_call *call);

/* slowfs_ops.c. NULL: the folder cannot be opened. */
struct slowfs_store *slowfs_store_open(const char *path, int device);

/* Requests that have no answer, or that the mount itself waits for. */
bool slowfs_answers_at_once(unsigned opcode);

void slowfs_answer(struct slowfs_store *store, const struct slowfs_request *request);

#endif
