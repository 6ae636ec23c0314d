// SPDX-License-Identifier: MIT
/*
 * list.h - circular doubly linked lists, the links inside the objects.
 *
 * A head is a link that belongs to no object; an empty list is a head that
 * points to itself, so that no operation has a special case.  The list knows
 * nothing of locks: whoever owns the head says which lock guards it.
 */
#ifndef LIB_LIST_H
#define LIB_LIST_H

#include "lib/types.h"

struct list {
	struct list *next, *prev;
};

#define LIST_INIT(name) { &(name), &(name) }

static inline void list_init(struct list *l)
{
	l->next = l->prev = l;
}

static inline bool list_empty(const struct list *head)
{
	return READ_ONCE(head->next) == head;
}

static inline void list_insert_between(struct list *n, struct list *prev, struct list *next)
{
	next->prev = n;
	n->next = next;
	n->prev = prev;
	prev->next = n;
}

/* Put n at the front of the list; or, with any member as head, right after it. */
static inline void list_add(struct list *n, struct list *head)
{
	list_insert_between(n, head, head->next);
}

/* Put n at the end of the list; or, with any member as head, right before it. */
static inline void list_add_tail(struct list *n, struct list *head)
{
	list_insert_between(n, head->prev, head);
}

/* Take n off its list.  Its own links are stale afterwards. */
static inline void list_del(struct list *n)
{
	n->next->prev = n->prev;
	n->prev->next = n->next;
}

/* Take n off its list and leave it an empty list of its own. */
static inline void list_del_init(struct list *n)
{
	list_del(n);
	list_init(n);
}

static inline void list_move(struct list *n, struct list *head)
{
	list_del(n);
	list_add(n, head);
}

static inline void list_move_tail(struct list *n, struct list *head)
{
	list_del(n);
	list_add_tail(n, head);
}

/* Append all of from to the end of head; from is empty afterwards. */
static inline void list_splice_tail_init(struct list *from, struct list *head)
{
	if (list_empty(from))
		return;
	from->next->prev = head->prev;
	head->prev->next = from->next;
	from->prev->next = head;
	head->prev = from->prev;
	list_init(from);
}

#define list_entry(ptr, type, member) container_of(ptr, type, member)
#define list_first(head, type, member) list_entry((head)->next, type, member)
#define list_last(head, type, member) list_entry((head)->prev, type, member)
#define list_next(pos, member) list_entry((pos)->member.next, __typeof__(*(pos)), member)
#define list_prev(pos, member) list_entry((pos)->member.prev, __typeof__(*(pos)), member)

#define list_for_each(pos, head, member) \
	for (pos = list_first(head, __typeof__(*pos), member); \
	     &pos->member != (head); pos = list_next(pos, member))

/* As list_for_each, but the body may take pos off the list or free it. */
#define list_for_each_safe(pos, tmp, head, member) \
	for (pos = list_first(head, __typeof__(*pos), member), tmp = list_next(pos, member); \
	     &pos->member != (head); pos = tmp, tmp = list_next(tmp, member))

#endif
