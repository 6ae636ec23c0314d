// SPDX-License-Identifier: MIT
/* rmap.h - the way back from a frame to the areas that map it: see rmap.c. */
#ifndef MM_RMAP_H
#define MM_RMAP_H

#include "mm/vm/vma.h"
#include "sync/spinlock.h"

struct address_space;

/*
 * What the anonymous pages of one area, and of the copies that fork made of it,
 * have in common.  Locks: (v) lock  (a) atomic
 */
struct anon_vma {
	spinlock_t lock;
	atomic_t refs;			/* (a) areas on the list, and walkers */
	struct list vmas;		/* (v) by vma.anon_link */
};

void rmap_init(void);
/* Give the area an anon_vma. => mmap_lock held for reading at least; 0 or -ENOMEM */
int anon_vma_prepare(struct vma *v);
/* Make the new area known to the reverse map: file's tree, anon_vma's list if set. */
void rmap_link(struct vma *v);
/* The same for fork's copy of old, whose anon_vma it joins. */
void rmap_fork(struct vma *v, struct vma *old);
/* The area is going away. */
void rmap_unlink(struct vma *v);

/* Between begin and end the reverse map does not see a (and b, or NULL), so their
 * bounds, pgoff and anon_vma may change.  b == NULL at end: b has been taken over
 * (begin had it) or never was. */
void rmap_begin(struct vma *a, struct vma *b);
void rmap_end(struct vma *a, struct vma *b);
/* Between them: v joins av; v leaves what it is on. */
void rmap_join(struct vma *v, struct anon_vma *av);
void rmap_leave(struct vma *v);

/* For walks (rmap_walk.c).  A mapped anonymous page's anon_vma with a reference, or NULL. */
struct anon_vma *anon_vma_pin(struct page *page);
void anon_vma_unpin(struct anon_vma *av);
/* How many PTEs the reverse map finds for the page. => may sleep */
unsigned rmap_count(struct page *page);
/* The next area after v (NULL: the first) that maps a page of [first, last] of m's file.
 * => m->i_mmap_lock held */
struct vma *i_mmap_next(struct vma *v, struct address_space *m, u64 first, u64 last);

#endif
