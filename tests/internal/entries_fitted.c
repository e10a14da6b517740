/* SPDX-License-Identifier: MIT */
/*
 * A batch of names that gave back what it did not need takes the next one all the same: every name comes
 * once, and nothing is written behind the buffer.
 */
#include "io/entries.h"

#include <string.h>

#include "check.h"

#define FILES 3000 /* more than one batch */

static bool seen[FILES];

static int take_all(struct nw__entries *entries)
{
    struct nw__entry *entry;
    int count = 0;

    while ((entry = nw__entries_current(entries))) {
        int number = atoi(entry->name);
        CHECK(number >= 0 && number < FILES && !seen[number]);
        seen[number] = true;
        count++;
        nw__entries_advance(entries, entry);
    }
    return count;
}

int main(void)
{
    struct nw__entries entries = {0};
    int fd, rc, count = 0, batches = 0;
    char name[16];

    check_enter_folder();
    for (int i = 0; i < FILES; i++) {
        snprintf(name, sizeof name, "%d", i);
        CHECK_SYS(mknod(name, S_IFREG | 0600, 0));
    }
    fd = (int)CHECK_SYS(open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    while ((rc = nw__entries_read(&entries, fd)) > 0) {
        CHECK(entries.size_bytes <= entries.capacity);
        nw__entries_fit(&entries);
        CHECK_EQ(entries.size_bytes, entries.capacity);
        count += take_all(&entries);
        batches++;
    }
    CHECK_EQ(rc, 0);
    CHECK_EQ(count, FILES);
    CHECK(batches > 1);
    nw__entries_finish(&entries);
    CHECK(!entries.data && entries.capacity == 0);
    close(fd);
    return 0;
}
