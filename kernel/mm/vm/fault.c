// SPDX-License-Identifier: MIT
/*
 * fault.c - what a page fault means.
 *
 * The hardware says only: this address, this kind of access, no.  The areas say
 * whether the program may do that at all; the entry says what is missing:
 *
 *	no area there, nor a stack above it	SIGSEGV, SEGV_MAPERR
 *	area forbids the access			SIGSEGV, SEGV_ACCERR
 *	entry zero, anonymous area		anon.c: zero frame, or a fresh one
 *	entry zero, file area			filefault.c: page cache, SIGBUS behind the end
 *	entry not present but not zero		a swap entry: SIGBUS, as there is no swap yet
 *	write, entry read-only, private		cow.c
 *	write, entry read-only, shared		filefault.c: announce it, then allow it
 *	entry allows the access			spurious: another thread was first, a stale TLB
 *						entry, or a hart that wants A and D set for it
 *
 * This file only decides; each case is in the file that is named.
 *
 * Locks: mmap_lock for reading, which keeps areas and tables in place (for writing
 * while a stack grows); the cases take ptl around each look-and-change of an entry.
 * Faults of many threads run side by side.
 * Failure: no memory is the task's end (SIGKILL; the trap code says why), never the kernel's.
 * Process 1 waits instead and tries again.
 */
#include "fs/vfs.h"
#include "lib/printk.h"
#include "mm/vm/cow.h"
#include "mm/vm/fault.h"
#include "mm/vm/faultlog.h"
#include "proc/sched.h"
#include "riscv/hart.h"
#include "riscv/timer.h"
#include "uapi/errno.h"
#include "uapi/signal.h"

/* What an area must allow; a store right includes reading (vm_prot). */
static const u32 needed[] = {
	[FAULT_READ] = VM_READ | VM_WRITE,
	[FAULT_WRITE] = VM_WRITE,
	[FAULT_EXEC] = VM_EXEC,
};

/* The entry allows what was done: set A and D as the hart may want, forget what this TLB
 * knows. */
static int spurious_fault(vaddr_t va, pte_t *pte, pte_t seen, int access)
{
	struct page *table = pt_page(pte);

	ptl_lock(table);
	if (same_entry(pte_get(pte), seen))
		pte_set_bits(pte, PTE_A | (access == FAULT_WRITE ? PTE_D : 0));
	ptl_unlock(table);
	tlb_flush_local_page(va);
	return FK_SPURIOUS;
}

static __noinline int swap_fault(pte_t e)
{
	printk("fault: swap entry %lx without swap\n", (unsigned long)e.v);
	return -EFAULT;
}

/* The entry is not zero, and it is not cow.c's case: swap, a shared store, or nothing at all. */
static __noinline int fault_on_entry(struct vma *v, vaddr_t va, pte_t *pte, pte_t e, int access)
{
	if (unlikely(!pte_present(e)))
		return swap_fault(e);
	if (access == FAULT_WRITE && !pte_writable(e))
		return file_mkwrite(v, va, pte, e);
	return spurious_fault(va, pte, e, access);
}

static __always_inline int fault_at(struct vma *v, vaddr_t va, pte_t *pte, int access)
{
	pte_t e = pte_get(pte);

	if (unlikely(!pte_none(e))) {
		if (access == FAULT_WRITE && (e.v & (PTE_V | PTE_W)) == PTE_V &&
		    !(v->flags & VM_SHARED))
			return cow_break(v, va, pte, e);
		return fault_on_entry(v, va, pte, e, access);
	}
	if (v->file != NULL)
		return file_fault(v, va, pte, access);
	if (access == FAULT_WRITE)
		return anon_fault(v, va, pte);
	v->touched = true;
	return zero_fault(v, pte);
}

static __noinline int fault_without_table(struct vma *v, vaddr_t va, int access)
{
	pte_t *pte;

	v->touched = true;		/* whatever becomes of the fault, a table may stay */
	pte = pt_walk_alloc(v->mm, va);
	return pte != NULL ? fault_at(v, va, pte, access) : -ENOMEM;
}

static __always_inline int fault_in_area(struct mm *mm, struct vma *v, vaddr_t addr, int access)
{
	vaddr_t va = addr & PAGE_MASK;
	pte_t *pte;

	if (unlikely(!(v->flags & needed[access])))
		return -EACCES;
	pte = pt_walk(mm, va);
	return likely(pte != NULL) ? fault_at(v, va, pte, access) :
	       fault_without_table(v, va, access);
}

/* Let the stack above addr grow down to it.  Other faults compute with its start and pgoff, so
 * this needs the write lock; and the areas may be others by the time we have it.
 * => mmap_lock read-held, dropped meanwhile; 0, or -ENOMEM, -EFAULT (limit, guard, no stack) */
static __noinline int grow_stack(struct mm *mm, vaddr_t addr)
{
	struct vma *v;
	int err = -EFAULT;

	up_read(&mm->mmap_lock);
	down_write(&mm->mmap_lock);
	v = vma_search(mm, addr);
	if (v != NULL && v->start <= addr)
		err = 0;
	else if (v != NULL && (v->flags & VM_GROWSDOWN))
		err = stack_grow(mm, v, addr);
	downgrade_write(&mm->mmap_lock);
	return err;
}

/* Not in the area of the last fault: look for it; let a stack grow.
 * => mmap_lock read-held, perhaps dropped meanwhile */
static __noinline int fault_elsewhere(struct mm *mm, vaddr_t addr, int access)
{
	struct vma *v = vma_search(mm, addr);
	int err;

	if (unlikely(v != NULL && addr < v->start && (v->flags & VM_GROWSDOWN))) {
		err = grow_stack(mm, addr);
		if (err != 0)
			return err == -EFAULT ? -ENOENT : err;
		v = vma_search(mm, addr);	/* the lock has been ours since it grew */
	}
	if (unlikely(v == NULL || addr < v->start))
		return -ENOENT;
	return fault_in_area(mm, v, addr, access);
}

/* The machine would end with process 1, so it waits for memory and does the access again.
 * Nobody is killed for it: it may wait as long as who has the memory keeps it, and so does
 * whoever waits for a lock that its system call holds. */
static unsigned init_waits(void)
{
	static bool said;

	if (!said)
		printk_loud("pid 1 (%s): waits for memory\n", current->comm);
	said = true;
	sleep_ns(100 * NSEC_PER_MSEC, false);
	return 0;
}

/* Which signal a failed fault becomes; 0: none. */
static __noinline unsigned fault_failed(struct fault_record *r, int result)
{
	if (result == -ENOMEM) {
		faultlog_end(r, FK_OOM);
		return current->tgid == 1 ? init_waits() : SIGKILL | SI_KERNEL << 8;
	}
	if (result == -EFAULT) {
		faultlog_end(r, FK_BUS);
		return SIGBUS | BUS_ADRERR << 8;
	}
	faultlog_end(r, FK_SEGV);
	return SIGSEGV | (result == -EACCES ? SEGV_ACCERR : SEGV_MAPERR) << 8;
}

/* A store made a page dirty: wait if there are too many such. => drops mmap_lock */
static __noinline void unlock_and_throttle(struct mm *mm, vaddr_t addr)
{
	struct file *f = file_get(vma_find(mm, addr)->file);

	up_read(&mm->mmap_lock);
	balance_dirty_pages(f->inode->mapping);
	file_put(f);
}

/* Little is kept across the calls here, and each case is called last: the common faults
 * save and restore few registers. */
unsigned long mm_fault(struct mm *mm, vaddr_t addr, int access)
{
	struct fault_record *r = faultlog_begin(addr, access);
	struct vma *v;
	int result;

	down_read(&mm->mmap_lock);
	v = vma_cached(mm, addr);
	result = likely(v != NULL) ? fault_in_area(mm, v, addr, access) :
		 fault_elsewhere(mm, addr, access);
	if (unlikely(result == FK_FILE_WRITE))
		unlock_and_throttle(mm, addr);	/* not r->addr: others write there by now */
	else
		up_read(&mm->mmap_lock);
	if (unlikely(result < 0))
		return fault_failed(r, result);
	faultlog_end(r, result);
	return 0;
}
