// SPDX-License-Identifier: MIT
/*
 * xarray.h - a radix tree from a 64-bit index to a pointer, 64 slots a node.
 *
 * The tree is as deep as its largest index needs: an array with only index 0
 * has no node at all.  Every slot carries three mark bits (dirty, write-back,
 * to-write), and a node's mark says that something below it is marked, so that
 * "the next dirty page" costs the depth, not the size.
 *
 * Nodes come from xa_node_alloc()/xa_node_free(), which the kernel and the host
 * tests define.  The caller serialises writers; xa_load may run beside them only
 * under the caller's lock.
 */
#ifndef LIB_XARRAY_H
#define LIB_XARRAY_H

#include "lib/types.h"

#define XA_SHIFT	6
#define XA_SLOTS	(1U << XA_SHIFT)

typedef enum { XA_MARK_DIRTY, XA_MARK_WRITEBACK, XA_MARK_TOWRITE, XA_NR_MARKS } xa_mark_t;

struct xa_node {
	u8 shift;			/* index bits below this level */
	u8 offset;			/* our slot in the parent */
	u8 count;			/* slots in use */
	struct xa_node *parent;
	void *slots[XA_SLOTS];
	u64 marks[XA_NR_MARKS];
};

struct xarray {
	void *head;			/* entry 0, or a node tagged with bit 1 */
	u8 head_marks;			/* marks of a head that is an entry */
};

#define XARRAY_INIT ((struct xarray){ NULL, 0 })

struct xa_node *xa_node_alloc(void);	/* zeroed, or NULL; may be called with the caller's lock */
void xa_node_free(struct xa_node *node);

/* --- inside --- */
#define XA_NODE_TAG 2UL

static inline bool xa_is_node(const void *p)
{
	return (unsigned long)p & XA_NODE_TAG;
}

static inline struct xa_node *xa_to_node(const void *p)
{
	return (struct xa_node *)((unsigned long)p - XA_NODE_TAG);
}

static inline unsigned xa_slot_of(const struct xa_node *n, u64 index)
{
	return index >> n->shift & (XA_SLOTS - 1);
}

/* Can a tree with this root hold index? */
static inline bool xa_fits(const struct xa_node *root, u64 index)
{
	return index >> root->shift < XA_SLOTS;
}

/* In line: every fault of a file mapping and every read asks. */
static inline void *xa_load(const struct xarray *xa, u64 index)
{
	void *p = xa->head;

	if (!xa_is_node(p))
		return index == 0 ? p : NULL;
	struct xa_node *n = xa_to_node(p);

	if (!xa_fits(n, index))
		return NULL;
	for (;;) {
		p = n->slots[xa_slot_of(n, index)];
		if (n->shift == 0 || p == NULL)
			return p;
		n = xa_to_node(p);
	}
}

/* --- the rest of the interface --- */
/* => 0, -ENOMEM (nothing changed), or -EEXIST if the slot is taken.
 * => entry is not NULL and 4-byte aligned. */
int xa_insert(struct xarray *xa, u64 index, void *entry);
/* Replace an existing entry (never allocates); returns the old one. */
void *xa_replace(struct xarray *xa, u64 index, void *entry);
/* Remove; returns the old entry or NULL.  Empty nodes are freed. */
void *xa_erase(struct xarray *xa, u64 index);
/* Allocate the nodes that xa_insert at index will need, so that it cannot fail.
 * => 0 or -ENOMEM. */
int xa_reserve(struct xarray *xa, u64 index);

/* The first entry at or after *index and at most max: stores its index; or NULL. */
void *xa_find(const struct xarray *xa, u64 *index, u64 max);
void *xa_find_marked(const struct xarray *xa, u64 *index, u64 max, xa_mark_t mark);
/* Up to n entries from *index to max into out; returns how many; *index is one
 * past the last one found. */
unsigned xa_extract(const struct xarray *xa, u64 *index, u64 max, void **out, unsigned n);

void xa_set_mark(struct xarray *xa, u64 index, xa_mark_t mark);
void xa_clear_mark(struct xarray *xa, u64 index, xa_mark_t mark);
bool xa_get_mark(const struct xarray *xa, u64 index, xa_mark_t mark);
bool xa_marked(const struct xarray *xa, xa_mark_t mark);	/* any entry */
static inline bool xa_empty(const struct xarray *xa) { return xa->head == NULL; }

#endif
