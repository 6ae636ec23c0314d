// SPDX-License-Identifier: MIT
/* fault.h - the cases of a page fault, and what their handlers have in common. */
#ifndef MM_FAULT_H
#define MM_FAULT_H

#include "lib/string.h"
#include "mm/phys/gfp.h"
#include "mm/vm/pgwalk.h"
#include "mm/vm/rmap.h"
#include "mm/vm/vma.h"

/* What a fault was; the handlers return one of these, or -ENOMEM, or -EFAULT (SIGBUS). */
enum fault_kind {
	FK_ZERO,		/* read of untouched memory: the zero frame */
	FK_ANON,		/* write to untouched memory: a frame of zeroes */
	FK_FILE,		/* file page from the page cache */
	FK_FILE_COPY,		/* private file page, written at first touch */
	FK_FILE_WRITE,		/* shared file page becomes writable */
	FK_COW_ZERO,		/* write where the zero frame was mapped */
	FK_COW_COPY,		/* write to a shared frame: copied */
	FK_COW_REUSE,		/* write by the last owner: taken */
	FK_SPURIOUS,		/* nothing to do: another thread was first, or A and D bits */
	FK_SEGV, FK_BUS, FK_OOM,
	NR_FAULT_KINDS
};

/* => all: mmap_lock read-held; pte is va's entry, va page-aligned; take and release ptl. */
int zero_fault(struct vma *v, pte_t *pte);		/* anonymous, first read */
int anon_fault(struct vma *v, vaddr_t va, pte_t *pte);	/* anonymous, first write */
int file_fault(struct vma *v, vaddr_t va, pte_t *pte, int access);
int file_mkwrite(struct vma *v, vaddr_t va, pte_t *pte, pte_t seen);

extern u64 zero_entry;			/* the zero frame's, without an area's rights */

/* A new frame for an anonymous page of v, not yet mapped; NULL: no memory. */
static __always_inline struct page *anon_page_alloc(struct vma *v, vaddr_t va, bool zero)
{
	struct page *p;

	if (unlikely(v->anon_vma == NULL) && anon_vma_prepare(v) != 0)
		return NULL;
	p = alloc_page(GFP_HIGHUSER_MOVABLE);
	if (unlikely(p == NULL))
		return NULL;
	if (zero)
		clear_page(page_address(p));
	p->anon = (unsigned long)v->anon_vma | PAGE_ANON;
	p->index = vma_index(v, va);
	return p;
}

/* Another thread was first: the frame goes back. */
static inline void anon_page_discard(struct page *p)
{
	p->anon = 0;
	put_page(p);
}

/* Let it be the one that va's entry maps, with the rights of an area of these flags.
 * => ptl held, the frame is not yet visible */
static __always_inline void anon_page_map_as(u32 vm_flags, pte_t *pte, struct page *p)
{
	/* The reference that the allocator gave becomes the entry's. */
	__atomic_fetch_add(&p->counts, PAGE_MAP_ONE, __ATOMIC_RELAXED);
	pte_set(pte, pte_make(page_to_pfn(p), vm_prot(vm_flags) | PTE_A | PTE_D));
}
static __always_inline void anon_page_map(struct vma *v, pte_t *pte, struct page *p)
{
	anon_page_map_as(v->flags, pte, p);
}

static inline void rss_add(struct mm *mm, int kind, s64 n)
{
	atomic_add(&mm->counters[kind], n);
}

/* The stack below v is touched at addr: grow v down to it.
 * => mmap_lock write-held, addr < v->start; 0 or -ENOMEM, -EFAULT */
int stack_grow(struct mm *mm, struct vma *v, vaddr_t addr);

#endif
