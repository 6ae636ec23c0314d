// SPDX-License-Identifier: MIT
/*
 * rbtree.h - red-black trees, the links inside the objects.
 *
 * The caller descends by its own key, links the new node at the leaf it found
 * (rb_link), then calls rb_insert to rebalance.  A tree may be augmented: every
 * node caches a value computed from itself and its two children (the largest
 * gap below it, the largest end).  update() recomputes one node's value and
 * says whether it changed; the tree calls it wherever the shape changes.
 *
 * No locks and no allocation: whoever owns the root says what guards it.
 */
#ifndef LIB_RBTREE_H
#define LIB_RBTREE_H

#include "lib/types.h"

struct rb_node {
	unsigned long parent_color;	/* parent's address | colour in bit 0 (1 = black) */
	struct rb_node *left, *right;
};

struct rb_root {
	struct rb_node *node;
};

#define RB_ROOT_INIT ((struct rb_root){ NULL })

/* Recompute n's cached value from n and its children; true if it changed. */
typedef bool (*rb_update_fn)(struct rb_node *n);

static inline struct rb_node *rb_parent(const struct rb_node *n)
{
	return (struct rb_node *)(n->parent_color & ~3UL);
}

#define rb_entry(ptr, type, member) container_of(ptr, type, member)

/* Hang n below parent at *link (a NULL child pointer of parent, or root->node). */
static inline void rb_link(struct rb_node *n, struct rb_node *parent, struct rb_node **link)
{
	n->parent_color = (unsigned long)parent;	/* red */
	n->left = n->right = NULL;
	*link = n;
}

/* Rebalance after rb_link.  => update may be NULL (plain tree). */
void rb_insert(struct rb_root *root, struct rb_node *n, rb_update_fn update);
/* Take n out of the tree and rebalance. => update as given to rb_insert. */
void rb_erase(struct rb_root *root, struct rb_node *n, rb_update_fn update);
/* n's own value changed: recompute it and its ancestors, as far as they change. */
void rb_propagate(struct rb_node *n, rb_update_fn update);

struct rb_node *rb_first(const struct rb_root *root);
struct rb_node *rb_last(const struct rb_root *root);
struct rb_node *rb_next(const struct rb_node *n);
struct rb_node *rb_prev(const struct rb_node *n);

/* Build a balanced tree from n nodes that next() hands over in key order; O(n).
 * => root is empty; next is called exactly n times. */
void rb_build(struct rb_root *root, size_t n, struct rb_node *(*next)(void *arg), void *arg,
	      rb_update_fn update);

/* Test every invariant (colours, black height, parent links, cached values);
 * 0, or the number of the first broken one.  => cmp orders two nodes. */
int rb_check(const struct rb_root *root, int (*cmp)(const struct rb_node *, const struct rb_node *));

#endif
