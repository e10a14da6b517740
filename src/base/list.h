/* SPDX-License-Identifier: MIT */
/*
 * An intrusive circular list: links live inside what they chain, so nothing here allocates or fails.
 * Owns nothing. A link is either in exactly one list or linked to itself, which makes removing it twice
 * harmless.
 */
#ifndef NW_BASE_LIST_H
#define NW_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct nw__link {
    struct nw__link *next;
    struct nw__link *prev;
};

/* The head is a link like the others: an empty list is a head that is linked to itself. */
struct nw__list {
    struct nw__link head;
};

/* The struct of `type` whose member `member` is at `pointer`. */
#define nw__container(pointer, type, member) ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

/* Front to back. The body must not remove `link`; nw__list_each_safe() allows just that. */
#define nw__list_each(link, list)                                                                            \
    for (struct nw__link *link = (list)->head.next; link != &(list)->head; link = link->next)

#define nw__list_each_safe(link, list)                                                                       \
    for (struct nw__link *link = (list)->head.next, *link##_next = link->next; link != &(list)->head;        \
         link = link##_next, link##_next = link->next)

static inline void nw__link_init(struct nw__link *link)
{
    link->next = link;
    link->prev = link;
}

static inline bool nw__link_linked(const struct nw__link *link)
{
    return link->next != link;
}

static inline void nw__list_init(struct nw__list *list)
{
    nw__link_init(&list->head);
}

static inline bool nw__list_empty(const struct nw__list *list)
{
    return list->head.next == &list->head;
}

/* NULL when the list is empty. */
static inline struct nw__link *nw__list_front(const struct nw__list *list)
{
    return nw__list_empty(list) ? NULL : list->head.next;
}

static inline void nw__link_insert_before(struct nw__link *where, struct nw__link *link)
{
    link->next = where;
    link->prev = where->prev;
    where->prev->next = link;
    where->prev = link;
}

static inline void nw__list_push_back(struct nw__list *list, struct nw__link *link)
{
    nw__link_insert_before(&list->head, link);
}

static inline void nw__list_push_front(struct nw__list *list, struct nw__link *link)
{
    nw__link_insert_before(list->head.next, link);
}

static inline void nw__list_remove(struct nw__link *link)
{
    link->prev->next = link->next;
    link->next->prev = link->prev;
    nw__link_init(link);
}

/* NULL when the list is empty. */
static inline struct nw__link *nw__list_pop_front(struct nw__list *list)
{
    struct nw__link *link = nw__list_front(list);

    if (link)
        nw__list_remove(link);
    return link;
}

/* Move everything in `source`, in order, behind what is in `list`; `source` is empty afterwards. */
static inline void nw__list_splice_back(struct nw__list *list, struct nw__list *source)
{
    if (nw__list_empty(source))
        return;
    source->head.next->prev = list->head.prev;
    source->head.prev->next = &list->head;
    list->head.prev->next = source->head.next;
    list->head.prev = source->head.prev;
    nw__list_init(source);
}

#endif
