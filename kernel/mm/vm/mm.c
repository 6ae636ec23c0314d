// SPDX-License-Identifier: MIT
/*
 * mm.c - the life of an address space.
 *
 * Two counts.  users: the tasks that run in it; when the last leaves, the areas
 * and all mapped pages go.  refs: everything that needs the object itself, the
 * users together as one, a reader of /proc, a hart whose satp still holds the
 * root although it runs a kernel thread; when the last of these goes, the root
 * table and the object go.  So an address space can be empty and yet be read
 * safely.
 *
 * fork duplicates the areas (cow.c shares the pages); exec builds a new, empty
 * one beside the old and exchanges them when nothing can fail any more.
 *
 * Locks: mm_of_task_lock guards every task's mm pointer against readers from
 * outside; the task itself reads it without.
 * Failure: NULL or -ENOMEM, nothing left behind.
 */
#include "fs/vfs.h"
#include "lib/printk.h"
#include "lib/string.h"
#include "mm/kmem/slab.h"
#include "mm/phys/gfp.h"
#include "mm/vm/cow.h"
#include "mm/vm/fault.h"
#include "mm/vm/faultlog.h"
#include "mm/vm/overcommit.h"
#include "mm/vm/pgwalk.h"
#include "mm/vm/proc_mm.h"
#include "mm/vm/rmap.h"
#include "mm/vm/zap.h"
#include "mm/vm/mlock.h"
#include "uapi/errno.h"

static struct kmem_cache *mm_cache, *vma_cache;
static spinlock_t mm_of_task_lock = SPINLOCK_INIT("mm_of_task");

struct page *zero_page;			/* P6: mapped everywhere, counted nowhere */
struct mm init_mm = {
	.root = kernel_root,
	.mmap_lock = { .wq = WAIT_QUEUE_INIT(init_mm.mmap_lock.wq) },
	.vmas = LIST_INIT(init_mm.vmas),
	.page_table_lock = SPINLOCK_INIT("page_table"),
	.users = ATOMIC_INIT(1),
	.refs = ATOMIC_INIT(1),
};

void mm_init(void)
{
	mm_cache = kmem_cache_create("mm", sizeof(struct mm), 0, SLAB_HWALIGN | SLAB_PANIC,
				     NULL, NULL);
	vma_cache = kmem_cache_create("vma", sizeof(struct vma), 0, SLAB_PANIC, NULL, NULL);
	rmap_init();
	overcommit_init();
	zero_page = alloc_page(GFP_KERNEL | __GFP_ZERO);
	if (zero_page == NULL)
		panic("mm_init: no page for the zero frame");
	page_set(zero_page, PG_ZERO);
	zero_entry = pte_make(page_to_pfn(zero_page), PTE_SPECIAL | PTE_A).v;
	mm_proc_init();
}

/* --- areas as objects --- */

struct vma *vma_alloc(void)
{
	return kmem_cache_alloc(vma_cache, GFP_KERNEL);
}

static __noinline void free_with_file(struct vma *v)
{
	file_put(v->file);
	kmem_cache_free(vma_cache, v);
}

void vma_free(struct vma *v)
{
	if (v->file != NULL)
		free_with_file(v);
	else
		kmem_cache_free(vma_cache, v);
}

int vma_file_kind(const struct vma *v)
{
	return v->file != NULL && (v->file->inode->mapping->flags & AS_SHMEM) ?
	       MM_SHMEMPAGES : MM_FILEPAGES;
}

/* --- counts --- */

struct mm *mm_alloc(void)
{
	struct mm *mm = kmem_cache_zalloc(mm_cache, GFP_KERNEL);

	if (mm == NULL)
		return NULL;
	mm->root = pt_root_alloc(mm);
	if (mm->root == NULL) {
		kmem_cache_free(mm_cache, mm);
		return NULL;
	}
	rwsem_init(&mm->mmap_lock, "mmap_lock");
	spin_lock_init(&mm->page_table_lock, "page_table");
	list_init(&mm->vmas);
	atomic_set(&mm->users, 1);
	atomic_set(&mm->refs, 1);
	atomic_set(&mm->pgtables, 1);
	mm->rlimit_as = mm->rlimit_data = ~0UL;
	mm->rlimit_stack = MIB(8);
	mm->rlimit_memlock = MIB(8);
	mm->mmap_base = USER_TOP - GIB(1);
	return mm;
}

void mm_get(struct mm *mm)
{
	atomic_inc(&mm->refs);
}

void mm_put(struct mm *mm)
{
	if (!atomic_dec_and_test(&mm->refs))
		return;
	assert(mm != &init_mm);
	pt_root_free(mm->root);
	kmem_cache_free(mm_cache, mm);
}

void mm_users_get(struct mm *mm)
{
	atomic_inc(&mm->users);
}

/* All areas and all that they map. => nobody runs in mm any more */
static void mm_empty(struct mm *mm)
{
	struct vma *v, *next;
	s64 committed = 0;
	struct zap z;

	down_write(&mm->mmap_lock);	/* /proc may be looking */
	mm_check_dying(mm);
	zap_begin_dying(&z, mm);
	list_for_each(v, &mm->vmas, link)
		zap_range(&z, v, v->start, v->end);
	zap_end(&z);
	list_for_each_safe(v, next, &mm->vmas, link) {
		rmap_unlink(v);
		if (v->flags & VM_ACCOUNT)
			committed += vma_pages(v);
		vma_free(v);
	}
	list_init(&mm->vmas);
	mm->tree = RB_ROOT_INIT;
	mm->young = mm->hole_above = NULL;
	mm->nr_vmas = 0;
	memset(mm->vma_cache, 0, sizeof(mm->vma_cache));
	if (mm->exe != NULL)
		file_put(mm->exe);
	mm->exe = NULL;
	if (unlikely(mm->locked_vm != 0))
		mm_forget_locked(mm);
	up_write(&mm->mmap_lock);
	vm_commit(mm, -committed);
}

void mm_users_put(struct mm *mm)
{
	if (!atomic_dec_and_test(&mm->users))
		return;
	mm_empty(mm);
	mm_put(mm);
}

struct mm *task_mm_get(struct task *t)
{
	struct mm *mm;

	spin_lock(&mm_of_task_lock);
	mm = t->mm;
	if (mm != NULL)
		mm_get(mm);
	spin_unlock(&mm_of_task_lock);
	return mm;
}

struct mm *task_set_mm(struct task *t, struct mm *mm)
{
	struct mm *old;

	spin_lock(&mm_of_task_lock);
	old = t->mm;
	t->mm = mm;
	spin_unlock(&mm_of_task_lock);
	return old;
}

/* --- fork --- */

static void copy_description(struct mm *child, const struct mm *parent)
{
	child->total_vm = parent->total_vm;
	child->data_vm = parent->data_vm;
	child->exec_vm = parent->exec_vm;
	child->stack_vm = parent->stack_vm;
	child->hiwater_vm = parent->total_vm;
	child->start_code = parent->start_code;
	child->end_code = parent->end_code;
	child->start_data = parent->start_data;
	child->end_data = parent->end_data;
	child->start_brk = parent->start_brk;
	child->brk = parent->brk;
	child->mmap_base = parent->mmap_base;
	child->start_stack = parent->start_stack;
	child->arg_start = parent->arg_start;
	child->arg_end = parent->arg_end;
	child->env_start = parent->env_start;
	child->env_end = parent->env_end;
	child->rlimit_as = parent->rlimit_as;
	child->rlimit_data = parent->rlimit_data;
	child->rlimit_stack = parent->rlimit_stack;
	child->rlimit_memlock = parent->rlimit_memlock;
	child->exe = parent->exe != NULL ? file_get(parent->exe) : NULL;
}

/* The child's area for the parent's old, without pages. */
static struct vma *copy_area(struct mm *child, struct vma *old)
{
	struct vma *v = vma_alloc();

	if (v == NULL)
		return NULL;
	*v = *old;
	v->mm = child;
	v->flags &= ~(VM_LOCKED | VM_LOCKONFAULT);
	if (v->flags & VM_SHARED)
		v->flags &= ~VM_ACCOUNT;	/* one memory, charged once */
	v->anon_vma = NULL;
	if (v->file != NULL)
		file_get(v->file);
	list_add_tail(&v->link, &child->vmas);
	child->nr_vmas++;
	rmap_fork(v, old);
	return v;
}

/* V2: areas that differed in what a child does not inherit, a lock or a charge. */
static void join_alike(struct mm *child)
{
	for (struct vma *v = vma_first(child); v != NULL; v = vma_next(v))
		v = vma_coalesce(v);
}

static int copy_areas(struct mm *child, struct mm *parent)
{
	s64 committed = 0;
	bool changed = false, join = false;
	struct vma *v;
	int err = 0;

	list_for_each(v, &parent->vmas, link)
		if ((v->flags & (VM_ACCOUNT | VM_SHARED)) == VM_ACCOUNT)
			committed += vma_pages(v);
	if (vm_commit(parent, committed) != 0)
		return -ENOMEM;
	list_for_each(v, &parent->vmas, link) {
		struct vma *copy = err == 0 ? copy_area(child, v) : NULL;

		if (copy != NULL) {
			join |= copy->flags != v->flags;
			if (copy->flags & VM_ACCOUNT)
				committed -= vma_pages(v);
			err = cow_copy_area(child, v, &changed);
		} else {
			err = -ENOMEM;
			break;
		}
	}
	if (err != 0)
		vm_commit(parent, -committed);	/* the areas made give back their own */
	vma_build_tree(child);
	if (unlikely(join))
		join_alike(child);
	/* Also after failure: the parent's entries have lost their W bits. */
	if (changed)
		tlb_flush_mm(parent);
	return err;
}

int mm_fork(struct mm *parent, struct mm **child)
{
	struct mm *mm = mm_alloc();
	int err;

	if (mm == NULL)
		return -ENOMEM;
	down_write(&parent->mmap_lock);
	copy_description(mm, parent);
	err = copy_areas(mm, parent);
	mm->tlb_stale = READ_ONCE(parent->tlb_stale);	/* its code too is to be fetched anew there */
	up_write(&parent->mmap_lock);
	if (err != 0) {
		mm_users_put(mm);
		return err;
	}
	*child = mm;
	return 0;
}
