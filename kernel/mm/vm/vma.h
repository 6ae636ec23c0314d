// SPDX-License-Identifier: MIT
/*
 * vma.h - the areas of an address space, for mm/vm and its tests.
 *
 * => everything here wants mmap_lock: read-held to look, write-held to change
 *    (or an mm that nobody else can see).
 */
#ifndef MM_VMA_H
#define MM_VMA_H

#include "mm/vm/mm.h"
#ifdef __KERNEL__
#include "riscv/hart.h"
#endif

#define MAX_MAP_COUNT	65536		/* areas of one mm, as Linux's vm.max_map_count */
#define STACK_GUARD	(256 * PAGE_SIZE)	/* never mapped below a stack */
#define MMAP_MIN	(16 * PAGE_SIZE)	/* no area below: null pointers stay wild */

static inline struct vma *vma_of(const struct rb_node *n)
{
	return rb_entry(n, struct vma, node);
}
static inline u64 vma_pages(const struct vma *v)
{
	return (v->end - v->start) >> PAGE_SHIFT;
}
/* The page number within the file, or the linear index, of an address of the area. */
static inline u64 vma_index(const struct vma *v, vaddr_t va)
{
	return v->pgoff + ((va - v->start) >> PAGE_SHIFT);
}
static inline struct vma *vma_first(const struct mm *mm)
{
	return list_empty(&mm->vmas) ? NULL : list_first(&mm->vmas, struct vma, link);
}
static inline struct vma *vma_next(const struct vma *v)
{
	return v->link.next == &v->mm->vmas ? NULL : list_entry(v->link.next, struct vma, link);
}
static inline struct vma *vma_prev(const struct vma *v)
{
	return v->link.prev == &v->mm->vmas ? NULL : list_entry(v->link.prev, struct vma, link);
}

/* Nothing of the area was ever mapped, nor a table made for it. */
static inline bool vma_untouched(const struct vma *v)
{
	return !v->touched && v->anon_vma == NULL && v->file == NULL;
}

/* The counter for pages of the area that are not anonymous (mm.c). */
int vma_file_kind(const struct vma *v);

#ifdef __KERNEL__
#define vma_cache_slot() hart_id()
#else
#define vma_cache_slot() 0
#endif

/* The first area that ends above addr (addr may lie below its start), or NULL. */
struct vma *vma_search(struct mm *mm, vaddr_t addr);
/* The area found last on this hart if it contains addr, else NULL. */
static __always_inline struct vma *vma_cached(struct mm *mm, vaddr_t addr)
{
	struct vma *v = mm->vma_cache[vma_cache_slot()];

	return likely(v != NULL && addr >= v->start && addr < v->end) ? v : NULL;
}
static __always_inline struct vma *vma_find(struct mm *mm, vaddr_t addr)
{
	struct vma *v = vma_cached(mm, addr);

	return likely(v != NULL) ? v : vma_search(mm, addr);
}
/* The area that contains addr, or NULL. */
static inline struct vma *vma_at(struct mm *mm, vaddr_t addr)
{
	struct vma *v = vma_find(mm, addr);

	return v != NULL && v->start <= addr ? v : NULL;
}
/* The area below the hole that ends where next begins (NULL: after the last area), or NULL. */
static inline struct vma *vma_below(const struct mm *mm, const struct vma *next)
{
	if (next != NULL)
		return vma_prev(next);
	return list_empty(&mm->vmas) ? NULL : list_last(&mm->vmas, struct vma, link);
}
/* Does a neighbour of its hole touch the new area?  (next: as for vma_extend) */
static inline bool vma_borders(const struct mm *mm, const struct vma *want, const struct vma *next)
{
	const struct vma *prev = vma_below(mm, next);

	return (prev != NULL && prev->end == want->start) ||
	       (next != NULL && next->start == want->end);
}
/* Put an area into the list, and the one made before it into the tree.
 * => panics if it overlaps another */
void vma_insert(struct mm *mm, struct vma *v);
/* The same when the area above is known (NULL: none), which saves the search. */
void vma_insert_before(struct mm *mm, struct vma *v, struct vma *next);
/* Take an area out of list, tree and caches; the object stays the caller's. */
void vma_remove(struct vma *v);
/* Move the bounds of a linked area within the holes around it. => pgoff is the caller's */
void vma_resize(struct vma *v, vaddr_t start, vaddr_t end);
/* Move only the end.  For an anonymous area the reverse map need not be told: its walkers
 * compute from start, and nothing is mapped in what is added or taken away.  A file's tree
 * stores the end and is told. */
void vma_move_end(struct vma *v, vaddr_t end);
/* The highest [a, a+len) in [low, high) that touches no area nor a stack's guard; 0: none. */
vaddr_t vma_gap(struct mm *mm, size_t len, vaddr_t low, vaddr_t high);
/* The same in the hole below v alone. */
vaddr_t vma_gap_below(const struct vma *v, size_t len, vaddr_t low, vaddr_t high);
/* Cut v at addr: v keeps [start, addr), a new area gets the rest. => 0 or -ENOMEM */
int vma_split(struct vma *v, vaddr_t addr);
/* May a, then b, be one area?  => a->end == b->start is part of the question */
bool vma_mergeable(const struct vma *a, const struct vma *b);
/* Join v with its neighbours where possible; returns the area that now covers v. */
struct vma *vma_coalesce(struct vma *v);
/* Let a neighbour of the hole [start, end) take it, so that no area need be made.
 * => want describes the new area but is not linked; next is the area above the hole or
 *    NULL; NULL if no neighbour fits. */
struct vma *vma_extend(struct mm *mm, const struct vma *want, struct vma *next);
/* Build the tree from the complete list of a new mm, in O(n). */
void vma_build_tree(struct mm *mm);
/* Test V1, V2 and A1 to A3: 0, or which of them is broken first, 1 to 5. */
int vma_check(const struct mm *mm);

/* The objects (mm.c; host tests bring their own). */
struct vma *vma_alloc(void);		/* NULL: no memory */
void vma_free(struct vma *v);		/* drops its file */

#endif
