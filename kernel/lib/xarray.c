// SPDX-License-Identifier: MIT
/*
 * xarray.c - a radix tree from index to pointer.
 *
 * An index is a number in base 64, most significant digit first; every digit chooses a
 * slot of one node.  The root's shift says how many index bits lie below it, so a tree
 * grows upwards when a larger index comes: the old root becomes slot 0 of a new one.
 * Against a hash table: no resizing, order for free, neighbours share a node (the pages
 * of one file are 64 to a node), and marks that can be searched.
 *
 *   X1  head is NULL, an entry (the array holds index 0 alone), or a tagged node;
 *   X2  node->count is the number of its slots that are not NULL;
 *   X3  in a node above the last level every slot is NULL or a tagged node whose parent,
 *       offset and shift name this place; in a last-level node (shift 0) an entry;
 *   X4  mark bit i of a node is set if and only if slot i is a marked entry, or a node
 *       with any such bit;
 *   X5  only nodes made by xa_reserve and not yet used have count 0; the root is no
 *       deeper than the largest index, again but for reservations.
 *
 * Failure: nodes are counted and allocated before the first link is changed, so -ENOMEM
 * leaves everything as it was.  Locking: the caller's.
 */
#include "lib/xarray.h"
#include "lib/bitmap.h"
#include "uapi/errno.h"

static inline void *tag(const struct xa_node *n)
{
	return (void *)((unsigned long)n + XA_NODE_TAG);
}

/* The shift of a root that can hold index. */
static unsigned shift_for(u64 index)
{
	unsigned shift = 0;

	while (index >> shift >= XA_SLOTS)
		shift += XA_SHIFT;
	return shift;
}

/* The last-level node of index, or NULL. => head is a node */
static struct xa_node *leaf_of(const struct xarray *xa, u64 index)
{
	struct xa_node *n = xa_to_node(xa->head);

	if (!xa_fits(n, index))
		return NULL;
	while (n->shift != 0) {
		void *p = n->slots[xa_slot_of(n, index)];

		if (p == NULL)
			return NULL;
		n = xa_to_node(p);
	}
	return n;
}

/* --- making room --- */

/* How many nodes xa_insert at index has to make. */
static unsigned nodes_missing(const struct xarray *xa, u64 index)
{
	unsigned missing = 0;

	if (!xa_is_node(xa->head)) {
		unsigned depth = shift_for(index) / XA_SHIFT + 1;

		if (index == 0)
			return 0;
		/* An entry at index 0 moves down to the last level along slots 0. */
		return xa->head == NULL || index < XA_SLOTS ? depth : 2 * depth - 1;
	}
	const struct xa_node *n = xa_to_node(xa->head);

	if (!xa_fits(n, index)) {
		unsigned shift = shift_for(index);

		/* new roots, and below the topmost a way of its own */
		return (shift - n->shift) / XA_SHIFT + shift / XA_SHIFT;
	}
	while (n->shift != 0) {
		const void *p = n->slots[xa_slot_of(n, index)];

		if (p == NULL) {
			missing = n->shift / XA_SHIFT;
			break;
		}
		n = xa_to_node(p);
	}
	return missing;
}

/* A chain of n zeroed nodes, linked through parent; false if there is not the memory. */
static bool take_nodes(unsigned n, struct xa_node **pool)
{
	*pool = NULL;
	while (n-- > 0) {
		struct xa_node *new = xa_node_alloc();

		if (new == NULL) {
			while ((new = *pool) != NULL) {
				*pool = new->parent;
				xa_node_free(new);
			}
			return false;
		}
		new->parent = *pool;
		*pool = new;
	}
	return true;
}

/* A node out of the pool, hung into its parent's slot. */
static struct xa_node *place_node(struct xa_node **pool, struct xa_node *parent, unsigned shift,
				  unsigned offset)
{
	struct xa_node *n = *pool;

	*pool = n->parent;
	n->parent = parent;
	n->shift = shift;
	n->offset = offset;
	if (parent != NULL) {
		parent->slots[offset] = tag(n);
		parent->count++;
	}
	return n;
}

/* One more level on top of everything. */
static void grow(struct xarray *xa, struct xa_node **pool)
{
	void *old = xa->head;
	struct xa_node *root = place_node(pool, NULL, xa_is_node(old) ? xa_to_node(old)->shift + XA_SHIFT : 0, 0);

	if (old != NULL) {
		root->slots[0] = old;
		root->count = 1;
	}
	for (int m = 0; m < XA_NR_MARKS; m++) {
		if (xa_is_node(old))
			root->marks[m] = xa_to_node(old)->marks[m] != 0;
		else
			root->marks[m] = xa->head_marks >> m & 1;
	}
	if (xa_is_node(old)) {
		xa_to_node(old)->parent = root;
		xa_to_node(old)->offset = 0;
	}
	xa->head_marks = 0;
	xa->head = tag(root);
}

int xa_reserve(struct xarray *xa, u64 index)
{
	struct xa_node *pool, *n;
	unsigned missing = nodes_missing(xa, index);

	if (missing == 0)
		return 0;
	if (!take_nodes(missing, &pool))
		return -ENOMEM;
	if (xa->head == NULL) {		/* empty: begin with the right height */
		n = place_node(&pool, NULL, shift_for(index), 0);
		xa->head = tag(n);
	}
	while (!xa_is_node(xa->head) || !xa_fits(xa_to_node(xa->head), index))
		grow(xa, &pool);
	n = xa_to_node(xa->head);
	while (n->shift != 0) {
		unsigned i = xa_slot_of(n, index);

		n = n->slots[i] != NULL ? xa_to_node(n->slots[i]) :
			place_node(&pool, n, n->shift - XA_SHIFT, i);
	}
	return 0;
}

int xa_insert(struct xarray *xa, u64 index, void *entry)
{
	if (!xa_is_node(xa->head) && index == 0) {
		if (xa->head != NULL)
			return -EEXIST;
		xa->head = entry;
		xa->head_marks = 0;
		return 0;
	}
	struct xa_node *n = xa_is_node(xa->head) ? leaf_of(xa, index) : NULL;

	if (n == NULL) {
		if (xa_reserve(xa, index) != 0)
			return -ENOMEM;
		n = leaf_of(xa, index);
	}
	void **slot = &n->slots[index & (XA_SLOTS - 1)];

	if (*slot != NULL)
		return -EEXIST;
	*slot = entry;
	n->count++;
	return 0;
}

void *xa_replace(struct xarray *xa, u64 index, void *entry)
{
	struct xa_node *n;
	void **slot, *old;

	if (!xa_is_node(xa->head)) {
		if (index != 0)
			return NULL;
		slot = &xa->head;
	} else {
		n = leaf_of(xa, index);
		if (n == NULL)
			return NULL;
		slot = &n->slots[index & (XA_SLOTS - 1)];
	}
	old = *slot;
	if (old != NULL)
		*slot = entry;
	return old;
}

/* --- marks --- */

static void node_set_mark(struct xa_node *n, unsigned offset, xa_mark_t mark)
{
	while (n != NULL) {
		u64 had = n->marks[mark];

		n->marks[mark] = had | 1ULL << offset;
		if (had != 0)
			break;		/* everything above knows already */
		offset = n->offset;
		n = n->parent;
	}
}

static void node_clear_mark(struct xa_node *n, unsigned offset, xa_mark_t mark)
{
	while (n != NULL) {
		u64 had = n->marks[mark];

		n->marks[mark] = had & ~(1ULL << offset);
		if (n->marks[mark] != 0 || had == 0)
			break;
		offset = n->offset;
		n = n->parent;
	}
}

void xa_set_mark(struct xarray *xa, u64 index, xa_mark_t mark)
{
	if (!xa_is_node(xa->head)) {
		if (index == 0 && xa->head != NULL)
			xa->head_marks |= 1u << mark;
		return;
	}
	struct xa_node *n = leaf_of(xa, index);
	unsigned i = index & (XA_SLOTS - 1);

	if (n != NULL && n->slots[i] != NULL)
		node_set_mark(n, i, mark);
}

void xa_clear_mark(struct xarray *xa, u64 index, xa_mark_t mark)
{
	if (!xa_is_node(xa->head)) {
		if (index == 0)
			xa->head_marks &= ~(1u << mark);
		return;
	}
	struct xa_node *n = leaf_of(xa, index);

	if (n != NULL)
		node_clear_mark(n, index & (XA_SLOTS - 1), mark);
}

bool xa_get_mark(const struct xarray *xa, u64 index, xa_mark_t mark)
{
	if (!xa_is_node(xa->head))
		return index == 0 && (xa->head_marks >> mark & 1);
	struct xa_node *n = leaf_of(xa, index);

	return n != NULL && (n->marks[mark] >> (index & (XA_SLOTS - 1)) & 1);
}

bool xa_marked(const struct xarray *xa, xa_mark_t mark)
{
	return xa_is_node(xa->head) ? xa_to_node(xa->head)->marks[mark] != 0 :
		xa->head_marks >> mark & 1;
}

/* --- taking out --- */

/* Free empty nodes from n upwards; then take off roots that have only slot 0. */
static void prune(struct xarray *xa, struct xa_node *n)
{
	while (n != NULL && n->count == 0) {
		struct xa_node *parent = n->parent;

		if (parent == NULL) {
			xa->head = NULL;
		} else {
			parent->slots[n->offset] = NULL;
			parent->count--;
		}
		xa_node_free(n);
		n = parent;
	}
	while (xa_is_node(xa->head)) {
		struct xa_node *root = xa_to_node(xa->head);

		if (root->count != 1 || root->slots[0] == NULL)
			break;
		xa->head = root->slots[0];
		if (xa_is_node(xa->head))
			xa_to_node(xa->head)->parent = NULL;
		else
			for (int m = 0; m < XA_NR_MARKS; m++)
				xa->head_marks |= (root->marks[m] & 1) << m;
		xa_node_free(root);
	}
}

/* A reservation that was not used is given back by erasing its index. */
void *xa_erase(struct xarray *xa, u64 index)
{
	void *old;

	if (!xa_is_node(xa->head)) {
		if (index != 0)
			return NULL;
		old = xa->head;
		xa->head = NULL;
		xa->head_marks = 0;
		return old;
	}
	struct xa_node *n = leaf_of(xa, index);
	unsigned i = index & (XA_SLOTS - 1);

	if (n == NULL)
		return NULL;
	old = n->slots[i];
	if (old != NULL) {
		for (int m = 0; m < XA_NR_MARKS; m++)
			if (n->marks[m] >> i & 1)
				node_clear_mark(n, i, m);
		n->slots[i] = NULL;
		n->count--;
	}
	if (n->count == 0 || n->parent == NULL)
		prune(xa, n);
	return old;
}

/* --- searching --- */

/* The first slot of n at or after i that is used (mark < 0) or marked; XA_SLOTS if none. */
static inline unsigned next_slot(const struct xa_node *n, unsigned i, int mark)
{
	if (mark >= 0) {
		u64 w = n->marks[mark] >> i;

		return w != 0 ? i + bit_lowest(w) : XA_SLOTS;
	}
	while (i < XA_SLOTS && n->slots[i] == NULL)
		i++;
	return i;
}

/* The leaf that holds the first wanted entry at or after *index, which becomes that
 * entry's; NULL if there is none up to max. => head is a node */
static struct xa_node *find_leaf(const struct xarray *xa, u64 *index, u64 max, int mark)
{
	u64 at = *index;

restart:;
	struct xa_node *n = xa_to_node(xa->head);

	if (at > max || !xa_fits(n, at))
		return NULL;
	for (;;) {
		unsigned i = xa_slot_of(n, at), j = next_slot(n, i, mark);

		if (j != i && j < XA_SLOTS)	/* the subtree's first index */
			at = ((at >> n->shift) + (j - i)) << n->shift;
		if (j < XA_SLOTS) {
			if (at > max)
				return NULL;
			if (n->shift == 0) {
				*index = at;
				return n;
			}
			n = xa_to_node(n->slots[j]);
			continue;
		}
		/* Nothing more below n: go on behind it. */
		unsigned above = n->shift + XA_SHIFT;

		if (n->parent == NULL || above >= 64)
			return NULL;
		at = ((at >> above) + 1) << above;
		if (at == 0)
			return NULL;		/* was the end of all indexes */
		goto restart;
	}
}

static void *find(const struct xarray *xa, u64 *index, u64 max, int mark)
{
	if (!xa_is_node(xa->head)) {
		if (*index != 0 || xa->head == NULL || (mark >= 0 && !(xa->head_marks >> mark & 1)))
			return NULL;
		return xa->head;
	}
	struct xa_node *n = find_leaf(xa, index, max, mark);

	return n == NULL ? NULL : n->slots[*index & (XA_SLOTS - 1)];
}

void *xa_find(const struct xarray *xa, u64 *index, u64 max)
{
	return find(xa, index, max, -1);
}

void *xa_find_marked(const struct xarray *xa, u64 *index, u64 max, xa_mark_t mark)
{
	return find(xa, index, max, mark);
}

unsigned xa_extract(const struct xarray *xa, u64 *index, u64 max, void **out, unsigned n)
{
	unsigned got = 0;
	u64 at = *index;

	if (n == 0 || at > max)
		return 0;
	if (!xa_is_node(xa->head)) {
		if (at != 0 || xa->head == NULL)
			return 0;
		out[0] = xa->head;
		*index = 1;
		return 1;
	}
	while (got < n) {
		struct xa_node *leaf = find_leaf(xa, &at, max, -1);

		if (leaf == NULL)
			break;
		/* The rest of this leaf without descending again. */
		for (unsigned i = at & (XA_SLOTS - 1); i < XA_SLOTS && at <= max && got < n; i++) {
			if (leaf->slots[i] != NULL) {
				out[got++] = leaf->slots[i];
				*index = at + 1;
			}
			if (++at == 0)
				return got;
		}
	}
	return got;
}
