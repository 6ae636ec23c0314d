// SPDX-License-Identifier: MIT
/*
 * rbtree.c - red-black trees.
 *
 * A binary search tree costs its height, and the height is only good if something
 * keeps it so.  Here nodes are red or black, and
 *
 *   R1  the root is black;
 *   R2  a red node's children are black;
 *   R3  every way down from a node to a missing child meets equally many black nodes;
 *   R4  a child's parent link names its parent;
 *   R5  (augmented trees) a node's cached value is what update() computes.
 *
 * By R2 and R3 the longest way is at most twice the shortest, so n nodes are at most
 * 2 log2(n + 1) deep.  An insertion breaks only R2 and is repaired by recolouring
 * upwards and at most two rotations; an erasure breaks only R3 and takes at most three.
 * That bound on rotations is why this tree and not an AVL tree: an augmented value is
 * recomputed at every rotation.
 *
 * A rotation keeps the set of nodes below it, so only the two nodes that turn need
 * update(); what an insertion or erasure adds or takes away is carried to the root
 * before the repair, and stops at the first node whose value stays.
 */
#include "lib/rbtree.h"

#define RED	0UL
#define BLACK	1UL

static inline bool is_black(const struct rb_node *n)
{
	return n == NULL || (n->parent_color & BLACK);
}

static inline bool is_red(const struct rb_node *n)
{
	return !is_black(n);
}

static inline void set_parent(struct rb_node *n, struct rb_node *parent)
{
	n->parent_color = (unsigned long)parent | (n->parent_color & BLACK);
}

static inline void set_black(struct rb_node *n) { n->parent_color |= BLACK; }
static inline void set_red(struct rb_node *n) { n->parent_color &= ~BLACK; }

/* Hang new where old hung; old's own links stay. */
static void replace_child(struct rb_root *root, struct rb_node *parent, struct rb_node *old,
			  struct rb_node *new)
{
	if (parent == NULL)
		root->node = new;
	else if (parent->left == old)
		parent->left = new;
	else
		parent->right = new;
}

/* n goes down to the left and its right child comes up. */
static void rotate_left(struct rb_root *root, struct rb_node *n, rb_update_fn update)
{
	struct rb_node *up = n->right, *parent = rb_parent(n);

	n->right = up->left;
	if (n->right != NULL)
		set_parent(n->right, n);
	up->left = n;
	set_parent(up, parent);
	replace_child(root, parent, n, up);
	set_parent(n, up);
	if (update != NULL) {
		update(n);
		update(up);
	}
}

static void rotate_right(struct rb_root *root, struct rb_node *n, rb_update_fn update)
{
	struct rb_node *up = n->left, *parent = rb_parent(n);

	n->left = up->right;
	if (n->left != NULL)
		set_parent(n->left, n);
	up->right = n;
	set_parent(up, parent);
	replace_child(root, parent, n, up);
	set_parent(n, up);
	if (update != NULL) {
		update(n);
		update(up);
	}
}

void rb_propagate(struct rb_node *n, rb_update_fn update)
{
	while (n != NULL && update(n))
		n = rb_parent(n);
}

void rb_insert(struct rb_root *root, struct rb_node *n, rb_update_fn update)
{
	struct rb_node *parent;

	if (update != NULL) {
		update(n);
		rb_propagate(rb_parent(n), update);
	}
	/* n is red, and everything holds but perhaps R2 between n and its parent. */
	while ((parent = rb_parent(n)) != NULL && is_red(parent)) {
		struct rb_node *grand = rb_parent(parent);	/* black: parent is not the root */
		bool left = parent == grand->left;
		struct rb_node *uncle = left ? grand->right : grand->left;

		if (is_red(uncle)) {		/* case 1: push the black of grand down */
			set_black(parent);
			set_black(uncle);
			set_red(grand);
			n = grand;
			continue;
		}
		if (left) {
			if (n == parent->right) {	/* case 2: make it a straight line */
				rotate_left(root, parent, update);
				parent = n;
			}
			rotate_right(root, grand, update);	/* case 3 */
		} else {
			if (n == parent->left) {
				rotate_right(root, parent, update);
				parent = n;
			}
			rotate_left(root, grand, update);
		}
		set_black(parent);
		set_red(grand);
		break;
	}
	set_black(root->node);
}

/* A black node has gone from below parent on n's side (n may be NULL): every way
 * through there is one black short. */
static void erase_repair(struct rb_root *root, struct rb_node *n, struct rb_node *parent,
			 rb_update_fn update)
{
	while (parent != NULL && is_black(n)) {
		bool left = n == parent->left;
		struct rb_node *sib = left ? parent->right : parent->left;

		if (is_red(sib)) {		/* case 1: get a black sibling */
			set_black(sib);
			set_red(parent);
			if (left)
				rotate_left(root, parent, update);
			else
				rotate_right(root, parent, update);
			sib = left ? parent->right : parent->left;
		}
		struct rb_node *near = left ? sib->left : sib->right;
		struct rb_node *far = left ? sib->right : sib->left;

		if (is_black(near) && is_black(far)) {	/* case 2: one short on both sides */
			set_red(sib);
			n = parent;
			parent = rb_parent(n);
			continue;
		}
		if (is_black(far)) {		/* case 3: make the far nephew red */
			set_black(near);
			set_red(sib);
			if (left)
				rotate_right(root, sib, update);
			else
				rotate_left(root, sib, update);
			far = sib;
			sib = near;
		}
		/* case 4: the far nephew pays */
		if (is_black(parent))
			set_black(sib);
		else
			set_red(sib);
		set_black(parent);
		set_black(far);
		if (left)
			rotate_left(root, parent, update);
		else
			rotate_right(root, parent, update);
		return;
	}
	if (n != NULL)
		set_black(n);
}

/* Values from low upwards are stale, at least as far as must and must's parent. */
static void erase_update(struct rb_node *low, struct rb_node *must, rb_update_fn update)
{
	while (low != NULL) {
		bool changed = update(low);

		if (low == must)
			must = NULL;
		else if (!changed && must == NULL)
			break;
		low = rb_parent(low);
	}
}

void rb_erase(struct rb_root *root, struct rb_node *n, rb_update_fn update)
{
	struct rb_node *parent = rb_parent(n);
	struct rb_node *child;		/* takes the place that becomes empty */
	struct rb_node *below;		/* parent of that place */
	struct rb_node *next = NULL;	/* takes n's place if n has two children */
	bool black_gone;

	if (n->left == NULL || n->right == NULL) {
		child = n->left != NULL ? n->left : n->right;
		below = parent;
		black_gone = is_black(n);
		if (child != NULL)
			set_parent(child, parent);
		replace_child(root, parent, n, child);
	} else {
		for (next = n->right; next->left != NULL; )
			next = next->left;
		child = next->right;
		black_gone = is_black(next);
		if (rb_parent(next) == n) {
			below = next;
		} else {
			below = rb_parent(next);
			below->left = child;
			if (child != NULL)
				set_parent(child, below);
			next->right = n->right;
			set_parent(next->right, next);
		}
		next->left = n->left;
		set_parent(next->left, next);
		next->parent_color = n->parent_color;	/* place and colour */
		replace_child(root, parent, n, next);
	}
	if (update != NULL)
		erase_update(below, next, update);
	if (black_gone)
		erase_repair(root, child, below, update);
}

struct rb_node *rb_first(const struct rb_root *root)
{
	struct rb_node *n = root->node;

	while (n != NULL && n->left != NULL)
		n = n->left;
	return n;
}

struct rb_node *rb_last(const struct rb_root *root)
{
	struct rb_node *n = root->node;

	while (n != NULL && n->right != NULL)
		n = n->right;
	return n;
}

struct rb_node *rb_next(const struct rb_node *n)
{
	struct rb_node *p;

	if (n->right != NULL) {
		p = n->right;
		while (p->left != NULL)
			p = p->left;
		return p;
	}
	while ((p = rb_parent(n)) != NULL && n == p->right)
		n = p;
	return p;
}

struct rb_node *rb_prev(const struct rb_node *n)
{
	struct rb_node *p;

	if (n->left != NULL) {
		p = n->left;
		while (p->right != NULL)
			p = p->right;
		return p;
	}
	while ((p = rb_parent(n)) != NULL && n == p->left)
		n = p;
	return p;
}

struct build {
	struct rb_node *(*next)(void *arg);
	void *arg;
	rb_update_fn update;
	unsigned red_depth;	/* the last, incomplete level */
};

/* Halving puts all missing children on the last two levels: with the last one red,
 * every way has the same number of blacks. */
static struct rb_node *build_range(struct build *b, size_t n, unsigned depth)
{
	if (n == 0)
		return NULL;
	size_t nleft = n / 2;
	struct rb_node *left = build_range(b, nleft, depth + 1);
	struct rb_node *node = b->next(b->arg);

	node->parent_color = depth == b->red_depth ? RED : BLACK;
	node->left = left;
	if (left != NULL)
		set_parent(left, node);
	node->right = build_range(b, n - nleft - 1, depth + 1);
	if (node->right != NULL)
		set_parent(node->right, node);
	if (b->update != NULL)
		b->update(node);
	return node;
}

void rb_build(struct rb_root *root, size_t n, struct rb_node *(*next)(void *arg), void *arg,
	      rb_update_fn update)
{
	struct build b = { next, arg, update, 0 };

	while (n + 1 >= 2UL << b.red_depth)	/* complete levels: log2(n + 1) */
		b.red_depth++;
	root->node = build_range(&b, n, 0);
	if (root->node != NULL)
		set_black(root->node);
}

/* Black height of the subtree, or the negative number of a broken invariant. */
static int check_node(const struct rb_node *n, unsigned depth)
{
	if (n == NULL)
		return 0;
	if (depth > 128)
		return -3;
	if ((n->left != NULL && rb_parent(n->left) != n) ||
	    (n->right != NULL && rb_parent(n->right) != n))
		return -4;
	if (is_red(n) && (is_red(n->left) || is_red(n->right)))
		return -2;
	int l = check_node(n->left, depth + 1);
	int r = check_node(n->right, depth + 1);

	if (l < 0 || r < 0)
		return l < 0 ? l : r;
	if (l != r)
		return -3;
	return l + (is_black(n) ? 1 : 0);
}

/* Numbers as in the list above; 6: two neighbours out of order.  Cached values (R5) are
 * for the owner to check: only it knows what they should be. */
int rb_check(const struct rb_root *root, int (*cmp)(const struct rb_node *, const struct rb_node *))
{
	const struct rb_node *n = root->node;
	int height;

	if (n == NULL)
		return 0;
	if (is_red(n) || rb_parent(n) != NULL)
		return 1;
	height = check_node(n, 0);
	if (height < 0)
		return -height;
	if (cmp != NULL) {
		const struct rb_node *prev = rb_first(root);

		while ((n = rb_next(prev)) != NULL) {
			if (cmp(prev, n) > 0)
				return 6;
			prev = n;
		}
	}
	return 0;
}
