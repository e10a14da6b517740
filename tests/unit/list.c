/* SPDX-License-Identifier: MIT */
/*
 * The intrusive list keeps order under every way of adding, removing and joining.
 */
#include "base/list.h"

#include "unit.h"

struct item {
    int value;
    struct nw__link link;
};

static struct nw__list list;
static struct item items[6];

static int reset(void **state)
{
    (void)state;
    nw__list_init(&list);
    for (int i = 0; i < 6; i++) {
        items[i].value = i;
        nw__link_init(&items[i].link);
    }
    return 0;
}

static int value_of(struct nw__link *link)
{
    return nw__container(link, struct item, link)->value;
}

/* Forwards and backwards: a list whose prev pointers are wrong still walks forwards. */
static void expect(struct nw__list *which, const int *values, size_t count)
{
    size_t seen = 0;
    const struct nw__link *back = which->head.prev;

    nw__list_each (link, which) {
        assert_true(seen < count);
        assert_int_equal(value_of(link), values[seen]);
        seen++;
    }
    assert_int_equal(seen, count);
    for (; back != &which->head; back = back->prev)
        assert_int_equal(value_of((struct nw__link *)(uintptr_t)back), values[--seen]);
    assert_int_equal(seen, 0);
}
#define EXPECT(which, ...) expect(which, (int[]){__VA_ARGS__}, sizeof((int[]){__VA_ARGS__}) / sizeof(int))

static void a_new_list_is_empty(void **state)
{
    (void)state;
    assert_true(nw__list_empty(&list));
    assert_null(nw__list_front(&list));
    assert_null(nw__list_pop_front(&list));
}

static void both_ends_keep_their_order(void **state)
{
    (void)state;
    nw__list_push_back(&list, &items[1].link);
    nw__list_push_back(&list, &items[2].link);
    nw__list_push_front(&list, &items[0].link);
    EXPECT(&list, 0, 1, 2);
    assert_false(nw__list_empty(&list));
    assert_ptr_equal(nw__list_front(&list), &items[0].link);
}

static void a_removed_link_is_linked_to_itself(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++)
        nw__list_push_back(&list, &items[i].link);
    assert_true(nw__link_linked(&items[1].link));
    nw__list_remove(&items[1].link);
    assert_false(nw__link_linked(&items[1].link));
    nw__list_remove(&items[1].link);
    EXPECT(&list, 0, 2);
}

static void popping_empties_front_to_back(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++)
        nw__list_push_back(&list, &items[i].link);
    for (int i = 0; i < 3; i++) {
        struct nw__link *link = nw__list_pop_front(&list);
        assert_int_equal(value_of(link), i);
        assert_false(nw__link_linked(link));
    }
    assert_true(nw__list_empty(&list));
}

static void splicing_appends_and_empties_the_source(void **state)
{
    struct nw__list source;

    (void)state;
    nw__list_init(&source);
    nw__list_splice_back(&list, &source);
    assert_true(nw__list_empty(&list));
    for (int i = 0; i < 6; i++)
        nw__list_push_back(i < 2 ? &list : &source, &items[i].link);
    nw__list_splice_back(&list, &source);
    EXPECT(&list, 0, 1, 2, 3, 4, 5);
    assert_true(nw__list_empty(&source));
    nw__list_splice_back(&source, &list);
    EXPECT(&source, 0, 1, 2, 3, 4, 5);
    assert_true(nw__list_empty(&list));
}

static void a_safe_walk_may_remove_what_it_stands_on(void **state)
{
    (void)state;
    for (int i = 0; i < 6; i++)
        nw__list_push_back(&list, &items[i].link);
    nw__list_each_safe (link, &list) {
        if (value_of(link) % 2 == 0)
            nw__list_remove(link);
    }
    EXPECT(&list, 1, 3, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_new_list_is_empty, reset),
        cmocka_unit_test_setup(both_ends_keep_their_order, reset),
        cmocka_unit_test_setup(a_removed_link_is_linked_to_itself, reset),
        cmocka_unit_test_setup(popping_empties_front_to_back, reset),
        cmocka_unit_test_setup(splicing_appends_and_empties_the_source, reset),
        cmocka_unit_test_setup(a_safe_walk_may_remove_what_it_stands_on, reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
