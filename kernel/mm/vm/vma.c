// SPDX-License-Identifier: MIT
/*
 * vma.c - the areas of an address space: a list and a tree.
 *
 * An address space is a few areas in a sea of nothing.  Four questions are asked
 * of it: which area holds this address (every fault), which comes next (every
 * range operation), where is a hole of this size (mmap), may these two be one.
 *
 * The areas stand in a list in address order, which answers "next" at once, and
 * in a red-black tree, which finds an address in O(log n).  Each area knows the
 * hole below it (gap) and the largest hole below any area of its subtree
 * (max_gap), so that the search for a hole goes down one path as well.  In front
 * of the tree every hart remembers the area it found last: most faults hit the
 * area of the fault before.
 *
 * Many areas die young: a buffer is mapped, used and unmapped before anything else
 * happens to the address space.  The area made last (mm->young) is therefore in the list
 * only, and the tree and the gaps do not know it until another area is made or changed,
 * or the tree is searched for a hole (settle).
 *
 * Invariants (V1 and V2 stand in mm.h), whenever mmap_lock is free:
 *   A1  v->gap == the size of the hole below v, as if mm->young were not there, but GAP_MAX
 *       if that is more, and 0 if v is a stack;
 *   A2  v->max_gap == the largest gap in v's subtree;
 *   A3  mm->vma_cache[], mm->young and mm->hole_above hold NULL or a listed area.
 * vma_check() tests them, V1 and V2.
 *
 * Why gap is not simply the size: the huge hole between heap and mappings changes with
 * every sbrk and mmap, and so would max_gap of every ancestor; and the hole below a
 * stack lies above mmap_base and would lead every search astray.  When the tree has
 * no answer, a walk of the list decides.
 *
 * Locks: mm->mmap_lock as vma.h says.  The cache is written by readers too; a
 * lost write there costs one descent.
 * Failure: only vma_split allocates.
 *
 * Rejected: a list alone (xv6's and the textbook's first answer): 10,000 areas
 * make each fault 5,000 steps.  A B-tree of ranges (Linux's maple tree) has
 * fewer cache misses and needs no list, and is ten times this file.
 */
#include "lib/printk.h"
#include "mm/vm/rmap.h"
#include "mm/vm/vma.h"
#include "uapi/errno.h"
#ifdef __KERNEL__
#include "fs/vfs.h"
static void share_file(struct file *f) { if (f != NULL) file_get(f); }
#else
void share_file(struct file *f);	/* the host test's */
#endif

#define GAP_MAX GIB(1)

/* A1: what a hole of this size below v offers to mmap. */
static inline size_t offered(const struct vma *v, size_t hole)
{
	return v->flags & VM_GROWSDOWN ? 0 : MIN(hole, GAP_MAX);
}

/* A2 for one node; the tree calls it where its shape changes. */
static bool update_max_gap(struct rb_node *n)
{
	struct vma *v = vma_of(n);
	size_t max = v->gap;

	if (n->left != NULL && vma_of(n->left)->max_gap > max)
		max = vma_of(n->left)->max_gap;
	if (n->right != NULL && vma_of(n->right)->max_gap > max)
		max = vma_of(n->right)->max_gap;
	if (max == v->max_gap)
		return false;
	v->max_gap = max;
	return true;
}

static __noinline void propagate_gap(struct rb_node *n)
{
	while (n != NULL && update_max_gap(n))
		n = rb_parent(n);
}

/* The hole below v has changed: A1, then A2 up to where it makes no difference. */
static inline void set_gap(struct vma *v, size_t hole)
{
	size_t gap = offered(v, hole);

	if (gap == v->gap)
		return;
	v->gap = gap;
	propagate_gap(&v->node);
}

static unsigned harts_up(void)
{
#ifdef __KERNEL__
	return nr_harts;
#else
	return NR_HARTS;
#endif
}

static size_t hole_below(const struct vma *v)
{
	const struct vma *prev = vma_prev(v);

	return v->start - (prev != NULL ? prev->end : 0);
}

struct vma *vma_search(struct mm *mm, vaddr_t addr)
{
	struct vma *best = NULL, *young = mm->young;
	struct rb_node *n = mm->tree.node;

	while (n != NULL) {
		struct vma *v = vma_of(n);

		if (addr >= v->end) {
			n = n->right;
			continue;
		}
		best = v;
		if (addr >= v->start)
			break;
		n = n->left;
	}
	if (young != NULL && addr < young->end && (best == NULL || young->start < best->start))
		best = young;
	if (best != NULL && addr >= best->start)
		mm->vma_cache[vma_cache_slot()] = best;
	return best;
}

/* The youngest area has lived long enough: it joins the tree.  Of two neighbours in order,
 * one always has the free place between them. */
static __noinline void settle_young(struct mm *mm, struct vma *v)
{
	struct vma *prev = vma_prev(v), *next = vma_next(v);
	struct rb_node **link = &mm->tree.node, *parent = NULL;

	if (next != NULL && next->node.left == NULL) {
		parent = &next->node;
		link = &parent->left;
	} else if (prev != NULL) {
		parent = &prev->node;
		link = &parent->right;
	}
	mm->young = NULL;
	v->gap = v->max_gap = offered(v, hole_below(v));
	rb_link(&v->node, parent, link);
	rb_insert(&mm->tree, &v->node, update_max_gap);
	if (next != NULL)
		set_gap(next, next->start - v->end);
}

static inline void settle(struct mm *mm)
{
	if (mm->young != NULL)
		settle_young(mm, mm->young);
}

/* Areas change under mmap_lock, or in an mm in which nobody else runs. */
static inline void assert_may_change(const struct mm *mm)
{
	debug_assert(rwsem_held_write(&mm->mmap_lock) || atomic_read(&mm->users) <= 1);
	(void)mm;
}

void vma_insert_before(struct mm *mm, struct vma *v, struct vma *next)
{
	struct vma *prev = vma_below(mm, next);

	assert_may_change(mm);
	if (unlikely((prev != NULL && prev->end > v->start) ||
		     (next != NULL && next->start < v->end)))
		panic("vma_insert: [%lx,%lx) overlaps [%lx,%lx)", v->start, v->end,
		      prev != NULL && prev->end > v->start ? prev->start : next->start,
		      prev != NULL && prev->end > v->start ? prev->end : next->end);
	settle(mm);
	list_add_tail(&v->link, next != NULL ? &next->link : &mm->vmas);
	mm->young = v;
	mm->vma_cache[vma_cache_slot()] = v;	/* it will be touched next */
	mm->nr_vmas++;
}

void vma_insert(struct mm *mm, struct vma *v)
{
	vma_insert_before(mm, v, vma_find(mm, v->start));
}

void vma_remove(struct vma *v)
{
	struct mm *mm = v->mm;
	struct vma *next = vma_next(v);

	assert_may_change(mm);
	if (likely(mm->young == v)) {
		mm->young = NULL;
	} else {
		settle(mm);
		/* The joined hole first: then taking v's own away makes little difference above. */
		if (next != NULL)
			set_gap(next, next->start - v->start + hole_below(v));
		rb_erase(&mm->tree, &v->node, update_max_gap);
	}
	list_del(&v->link);
	if (mm->hole_above != NULL && mm->hole_above->start <= v->start)
		mm->hole_above = next;		/* the hole below it reaches down to v's place */
	for (unsigned i = 0; i < harts_up(); i++)
		if (mm->vma_cache[i] == v)
			mm->vma_cache[i] = NULL;
	mm->nr_vmas--;
}

void vma_resize(struct vma *v, vaddr_t start, vaddr_t end)
{
	struct vma *next = vma_next(v);

	assert_may_change(v->mm);
	settle(v->mm);
	if (start != v->start) {
		v->start = start;
		set_gap(v, hole_below(v));
	}
	if (end != v->end) {
		v->end = end;
		if (next != NULL)
			set_gap(next, next->start - end);
	}
}

static __noinline void move_end_slow(struct vma *v, vaddr_t end)
{
	rmap_begin(v, NULL);
	vma_resize(v, v->start, end);
	rmap_end(v, NULL);
}

void vma_move_end(struct vma *v, vaddr_t end)
{
	struct vma *next = vma_next(v);

	if (unlikely(v->file != NULL || v->mm->young != NULL)) {
		move_end_slow(v, end);
		return;
	}
	v->end = end;
	if (likely(next != NULL))
		set_gap(next, next->start - end);
}

vaddr_t vma_gap_below(const struct vma *v, size_t len, vaddr_t low, vaddr_t high)
{
	vaddr_t bottom = v->start - hole_below(v), top = v->start;

	if (v->flags & VM_GROWSDOWN)
		top = top - bottom > STACK_GUARD ? top - STACK_GUARD : bottom;
	top = MIN(top, high);
	bottom = MAX(bottom, low);
	return top > bottom && top - bottom >= len ? top - len : 0;
}

/* In the subtree n: see vma_gap.  Only the path along high can lead astray, since
 * max_gap does not know where high cuts a hole; everywhere else the first step is right. */
static vaddr_t gap_in_subtree(const struct rb_node *n, size_t len, vaddr_t low, vaddr_t high)
{
	while (n != NULL && vma_of(n)->max_gap >= len) {	/* => len <= GAP_MAX */
		const struct vma *v = vma_of(n);
		vaddr_t found;

		if (n->right != NULL && high >= len && v->end <= high - len) {
			found = gap_in_subtree(n->right, len, low, high);
			if (found != 0)
				return found;
		}
		found = v->gap >= len ? vma_gap_below(v, len, low, high) : 0;
		if (found != 0)
			return found;
		n = n->left;
	}
	return 0;
}

/* Every hole, stacks' and huge ones too. */
static vaddr_t gap_in_list(const struct mm *mm, size_t len, vaddr_t low, vaddr_t high)
{
	struct list *l;

	for (l = mm->vmas.prev; l != &mm->vmas; l = l->prev) {
		vaddr_t found = vma_gap_below(list_entry(l, struct vma, link), len, low, high);

		if (found != 0)
			return found;
	}
	return 0;
}

vaddr_t vma_gap(struct mm *mm, size_t len, vaddr_t low, vaddr_t high)
{
	vaddr_t end = list_empty(&mm->vmas) ? 0 : list_last(&mm->vmas, struct vma, link)->end;

	settle(mm);
	end = MAX(end, low);
	if (high > end && high - end >= len)
		return high - len;
	end = len <= GAP_MAX ? gap_in_subtree(mm->tree.node, len, low, high) : 0;
	return likely(end != 0) ? end : gap_in_list(mm, len, low, high);
}

bool vma_mergeable(const struct vma *a, const struct vma *b)
{
	return a->end == b->start && a->flags == b->flags && a->file == b->file &&
	       a->pgoff + vma_pages(a) == b->pgoff &&
	       (a->anon_vma == b->anon_vma || a->anon_vma == NULL || b->anon_vma == NULL);
}

int vma_split(struct vma *v, vaddr_t addr)
{
	struct mm *mm = v->mm;
	struct vma *new;

	assert(addr > v->start && addr < v->end);
	if (mm->nr_vmas >= MAX_MAP_COUNT)
		return -ENOMEM;
	new = vma_alloc();
	if (new == NULL)
		return -ENOMEM;
	*new = *v;
	new->start = addr;
	new->pgoff = vma_index(v, addr);
	share_file(new->file);
	rmap_begin(v, NULL);
	vma_resize(v, v->start, addr);
	vma_insert_before(mm, new, vma_next(v));
	if (v->anon_vma != NULL)
		rmap_join(new, v->anon_vma);
	rmap_end(v, new);
	return 0;
}

/* a takes the place of b, its upper neighbour; b is freed. */
static void absorb(struct vma *a, struct vma *b)
{
	vaddr_t end = b->end;

	rmap_begin(a, b);
	if (a->anon_vma == NULL && b->anon_vma != NULL)
		rmap_join(a, b->anon_vma);
	if (b->anon_vma != NULL)
		rmap_leave(b);
	a->touched |= b->touched;
	vma_remove(b);
	vma_resize(a, a->start, end);
	rmap_end(a, NULL);
	vma_free(b);
}

struct vma *vma_coalesce(struct vma *v)
{
	struct vma *prev = vma_prev(v), *next = vma_next(v);

	if (next != NULL && vma_mergeable(v, next))
		absorb(v, next);
	if (prev != NULL && vma_mergeable(prev, v)) {
		absorb(prev, v);
		v = prev;
	}
	return v;
}

struct vma *vma_extend(struct mm *mm, const struct vma *want, struct vma *next)
{
	struct vma *prev = vma_below(mm, next);

	if (prev != NULL && vma_mergeable(prev, want)) {
		vma_move_end(prev, want->end);
		if (next != NULL && vma_mergeable(prev, next))
			absorb(prev, next);
		return prev;
	}
	if (next != NULL && vma_mergeable(want, next)) {
		rmap_begin(next, NULL);
		next->pgoff = want->pgoff;
		vma_resize(next, want->start, next->end);
		rmap_end(next, NULL);
		return next;
	}
	return NULL;
}

static struct rb_node *next_listed(void *cursor)
{
	struct list **at = cursor;
	struct vma *v = list_entry(*at, struct vma, link);

	*at = (*at)->next;
	v->gap = offered(v, hole_below(v));	/* the parent's young one may not have counted */
	v->max_gap = 0;			/* so that update_max_gap sees a change */
	return &v->node;
}

void vma_build_tree(struct mm *mm)
{
	struct list *at = mm->vmas.next;

	rb_build(&mm->tree, mm->nr_vmas, next_listed, &at, update_max_gap);
	mm->young = NULL;
}

static int by_start(const struct rb_node *a, const struct rb_node *b)
{
	return vma_of(a)->start < vma_of(b)->start ? -1 : vma_of(a)->start > vma_of(b)->start;
}

static size_t check_max_gap(const struct rb_node *n, bool *ok)
{
	size_t left, right, max;

	if (n == NULL)
		return 0;
	left = check_max_gap(n->left, ok);
	right = check_max_gap(n->right, ok);
	max = MAX(left, right);
	max = MAX(max, vma_of(n)->gap);
	if (max != vma_of(n)->max_gap)
		*ok = false;
	return max;
}

/* A3 of one pointer. */
static bool null_or_listed(const struct mm *mm, const struct vma *want)
{
	const struct vma *v;

	if (want == NULL)
		return true;
	list_for_each(v, &mm->vmas, link)
		if (v == want)
			return true;
	return false;
}

int vma_check(const struct mm *mm)
{
	const struct vma *v, *prev = NULL;
	struct rb_node *n = rb_first(&mm->tree);
	unsigned count = 0;
	vaddr_t below = 0;		/* end of the last area that the tree knows */
	bool ok = true;

	list_for_each(v, &mm->vmas, link) {
		if (v->mm != mm || v->start >= v->end || !IS_ALIGNED(v->start | v->end, PAGE_SIZE) ||
		    v->end > USER_TOP || (prev != NULL && prev->end > v->start) ||
		    (v != mm->young && n != &v->node))
			return 1;
		if (prev != NULL && !(v->flags & VM_GROWSDOWN) && vma_mergeable(prev, v))
			return 2;
		if (v != mm->young && v->gap != offered(v, v->start - below))
			return 3;
		prev = v;
		count++;
		if (v == mm->young)
			continue;
		below = v->end;
		n = rb_next(n);
	}
	if (n != NULL || count != mm->nr_vmas || rb_check(&mm->tree, by_start) != 0)
		return 1;
	check_max_gap(mm->tree.node, &ok);
	if (!ok)
		return 4;
	for (unsigned h = 0; h < ARRAY_SIZE(mm->vma_cache); h++)
		if (!null_or_listed(mm, READ_ONCE(mm->vma_cache[h])))
			return 5;
	return null_or_listed(mm, mm->young) && null_or_listed(mm, mm->hole_above) ? 0 : 5;
}
