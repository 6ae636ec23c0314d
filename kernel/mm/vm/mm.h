// SPDX-License-Identifier: MIT
/*
 * mm.h - an address space: areas, page tables, counters.
 *
 * Locks: (w) mmap_lock, held for writing to change, for reading to look
 *        (p) the page table's own lock  (a) atomic  (c) constant after creation
 */
#ifndef MM_MM_H
#define MM_MM_H

#include "lib/atomic.h"
#include "lib/list.h"
#include "lib/rbtree.h"
#include "mm/phys/page.h"
#include "sync/rwsem.h"
#include "uapi/mman.h"

struct file;
struct vma;
struct task;
struct seq;

/* vma->flags */
#define VM_READ		0x1u
#define VM_WRITE	0x2u
#define VM_EXEC		0x4u
#define VM_SHARED	0x8u
#define VM_MAYREAD	0x10u	/* mprotect may set VM_READ, ... */
#define VM_MAYWRITE	0x20u
#define VM_MAYEXEC	0x40u
#define VM_GROWSDOWN	0x80u
#define VM_LOCKED	0x100u
#define VM_ACCOUNT	0x200u	/* counted against the commit limit */
#define VM_NORESERVE	0x400u
#define VM_SEQ_READ	0x800u
#define VM_RAND_READ	0x1000u
#define VM_STACK	0x2000u
#define VM_LOCKONFAULT	0x8000u

enum { MM_ANONPAGES, MM_FILEPAGES, MM_SHMEMPAGES, MM_SWAPENTS, NR_MM_COUNTERS };

/*
 *   V1  areas do not overlap; list and tree hold the same areas in address order, but for
 *       mm->young, which is not in the tree yet.
 *   V2  neighbours that could be one are one (but for a stack that has grown down to one).
 *   V3  every PTE of the user half lies in an area.
 *   V4  the counters equal what a walk of the tables finds.
 */
struct vma {
	vaddr_t start, end;		/* (w) [start, end), page-aligned */
	struct mm *mm;			/* (c) */
	u32 flags;			/* (w) VM_* */
	bool touched;			/* (a) something of it may be mapped: see vma_untouched */
	struct list link;		/* (w) mm->vmas, address order */
	struct rb_node node;		/* (w) mm->tree, augmented by max_gap */
	size_t gap;			/* (w) what the hole below start offers: see vma.c */
	size_t max_gap;			/* (w) largest gap of the subtree */
	struct file *file;		/* (w) NULL: anonymous */
	u64 pgoff;			/* (w) file offset of start, in pages; anonymous: start >> 12
					 * when the area was made */
	struct anon_vma *anon_vma;	/* (w) NULL until the first anonymous page */
	struct list anon_link;		/* anon_vma->vmas, its lock */
	struct rb_node i_node;		/* mapping->i_mmap, its lock; augmented by i_max */
	u64 i_max;			/* largest last page of the subtree */
};

struct mm {
	struct rwsem mmap_lock;
	pte_t *root;			/* (c) level-2 table */
	struct list vmas;		/* (w) */
	struct rb_root tree;		/* (w) */
	struct vma *young;		/* (w) the area made last, or NULL: see vma.c */
	struct vma *hole_above;		/* (w) the area above the hole that mmap looks at first */
	unsigned nr_vmas;		/* (w) */
	struct vma *vma_cache[NR_HARTS];/* last hit, a hart each; cleared by every change */
	spinlock_t page_table_lock;	/* guards the tables' own entries (not the leaves) */

	atomic_t users;			/* tasks that run in it */
	atomic_t refs;			/* users as one, plus /proc readers and lazy harts */
	atomic64_t counters[NR_MM_COUNTERS];	/* (a) pages */
	atomic64_t pgtables;		/* (a) page-table pages, the root included */
	u64 total_vm, locked_vm, data_vm, exec_vm, stack_vm;	/* (w) pages */
	u64 locked_file;		/* (w) of locked_vm: pages of files on disk */
	u64 hiwater_rss, hiwater_vm;

	vaddr_t start_code, end_code, start_data, end_data;	/* (c) after exec */
	vaddr_t start_brk, brk;		/* (w) */
	vaddr_t mmap_base;		/* (c) after exec: gap search goes down from here */
	vaddr_t start_stack, arg_start, arg_end, env_start, env_end;
	u64 rlimit_as, rlimit_data, rlimit_stack, rlimit_memlock;	/* bytes */
	u32 def_flags;			/* (w) VM_LOCKED after mlockall(MCL_FUTURE) */
	struct file *exe;		/* (w) the program; NULL when the last user has gone */

	/* riscv/tlb.c's own: */
	u64 asid;			/* (a) generation and identifier */
	u32 harts;			/* (a) mask of harts whose TLB may hold entries */
	u32 tlb_stale;			/* (a) mask of harts that must flush, and fetch anew, before
				 * they run it */
};

extern struct mm init_mm;		/* kernel threads before any mm: kernel_root */

/* --- life (mm.c) --- */
void mm_init(void);			/* caches, zero frame */
struct mm *mm_alloc(void);		/* users 1, refs 1, empty; NULL: no memory */
/* A copy of the current task's: areas duplicated, pages shared copy on write.
 * => 0 or -ENOMEM, nothing left behind. */
int mm_fork(struct mm *parent, struct mm **child);
void mm_get(struct mm *mm);		/* refs */
void mm_put(struct mm *mm);
void mm_users_get(struct mm *mm);
/* The last user frees all areas, then drops the users' reference. => may sleep */
void mm_users_put(struct mm *mm);
/* A task's address space with a reference, or NULL: for /proc, from other tasks. */
struct mm *task_mm_get(struct task *t);
/* Give t another address space (exec) or none (exit); returns the one it had, whose
 * users' count the caller still has to drop.  Whoever changes task->mm calls this. */
struct mm *task_set_mm(struct task *t, struct mm *mm);

/* --- exec's tools (=> the mm is not yet anyone's, or mmap_lock is write-held) --- */
/* Map len bytes of file at pgoff*PAGE_SIZE, or anonymous memory if file is NULL.
 * => prot PROT_*, flags MAP_*; returns the address or -errno. */
long do_mmap(struct mm *mm, vaddr_t addr, size_t len, int prot, int flags, struct file *file,
	     u64 pgoff);
int do_munmap(struct mm *mm, vaddr_t addr, size_t len);
/* The stack's area below top, grown by faults to at most rlimit_stack. => 0 or -errno */
int mm_setup_stack(struct mm *mm, vaddr_t top);
/* Where the heap begins: above end of bss. */
void mm_set_brk(struct mm *mm, vaddr_t start);
/* Write into an mm that is not the current one (exec's argv; staged before commit).
 * => 0 or -EFAULT, -ENOMEM. */
int mm_write(struct mm *mm, vaddr_t dst, const void *src, size_t n);
int mm_read(struct mm *mm, vaddr_t src, void *dst, size_t n);	/* /proc/PID/cmdline; no faults */

/* --- faults (fault.c) --- */
#define FAULT_READ	0
#define FAULT_WRITE	1
#define FAULT_EXEC	2
/* 0, or signal | code << 8.  Two results in one word: pointers to them would have to be kept
 * through the whole fault. */
unsigned long mm_fault(struct mm *mm, vaddr_t addr, int access);
/* Resolve a fault of the current task at addr.
 * => 0 done; else the signal to send: *sig SIGSEGV or SIGBUS or SIGKILL (no memory),
 *    *code SEGV_MAPERR, SEGV_ACCERR, BUS_ADRERR; returns not 0.
 * => interrupts and preemption on; takes mmap_lock for reading. */
static inline int handle_mm_fault(struct mm *mm, vaddr_t addr, int access, int *sig, int *code)
{
	unsigned long failed = mm_fault(mm, addr, access);

	if (likely(failed == 0))
		return 0;
	*sig = failed & 0xff;
	*code = failed >> 8;
	return -1;
}

/* --- user memory (usercopy.c) --- */
/* All: 0 or -EFAULT; may sleep; SUM is never set (usercopy.c says why).  After -EFAULT an
 * unspecified part of the kernel buffer may be written, of the user's as far as it was valid. */
int copy_from_user(void *dst, vaddr_t src, size_t n);
int copy_to_user(vaddr_t dst, const void *src, size_t n);
int clear_user(vaddr_t dst, size_t n);
long put_user_pair(vaddr_t dst, u64 a, u64 b);	/* two words, as of a struct timespec */
/* How many of the n bytes could be copied (for read and write, which return a short count). */
size_t copy_from_user_partial(void *dst, vaddr_t src, size_t n);
size_t copy_to_user_partial(vaddr_t dst, const void *src, size_t n);
/* Never sleeps, never faults: bytes copied, 0 if the page is not there just now.  For those
 * who hold a page lock; after a short copy they let go, call fault_in_user, and try again. */
size_t copy_from_user_nofault(void *dst, vaddr_t src, size_t n);
/* Make the pages of [addr, addr+n) present. => 0 or -EFAULT */
int fault_in_user(vaddr_t addr, size_t n, bool write);
/* Length without the terminator; -EFAULT, or -ENAMETOOLONG when none in size bytes. */
ssize_t strncpy_from_user(char *dst, vaddr_t src, size_t size);
/* Read a u32 atomically. => 0 or -EFAULT (futex) */
int user_load_u32(vaddr_t addr, u32 *val);
/* A key for a futex word: equal for equal memory, also across address spaces. */
struct futex_key { u64 a, b; };
int user_futex_key(vaddr_t addr, struct futex_key *key);

/* --- the file side (called by mm/cache) --- */
struct address_space;
/* Remove every PTE of pages [first, last] of the mapping; even_cows: private copies too. */
void unmap_mapping_range(struct address_space *m, u64 first, u64 last, bool even_cows);
/* Write-protect and clean every PTE of the page; true if any was dirty. */
bool page_mkclean(struct page *page);
/* Was the page used through any PTE since the last call?  Clears the A bits. */
unsigned page_referenced(struct page *page);
/* Take away the one PTE of a page given to MADV_FREE, unless it was written to since.
 * => the caller holds a reference; 0, -EEXIST (written to), -EBUSY (shared, locked) */
int drop_lazyfree(struct page *page);
/* Remove every PTE of the page. => page locked; 0, or -EBUSY (locked area, raced) */
int try_to_unmap(struct page *page);

/* Give the lists of zeroed table pages back to the page allocator; frames. (pgtable.c) */
unsigned long pt_shrink(void);

/* --- overcommit --- */
int vm_commit(struct mm *mm, s64 pages);	/* 0 or -ENOMEM; negative gives back */
extern atomic64_t vm_committed;			/* pages */
/* Pages of files in locked areas of all processes: so much of the page cache stays. (mlock.c) */
extern atomic64_t vm_locked_file;

extern struct page *zero_page;

/* --- /proc (proc_maps.c) --- */
/* The Vm lines of /proc/PID/status; nothing for a kernel thread. */
void mm_show_status(struct seq *s, struct task *t);
/* VSZ and RSS in bytes, for /proc/PID/stat and ps. */
void mm_sizes(struct task *t, u64 *vsz, u64 *rss);
/* Where exec has put things; all 0 for a kernel thread. */
struct mm_layout {
	vaddr_t start_code, end_code, start_data, end_data, start_brk, start_stack;
	vaddr_t arg_start, arg_end, env_start, env_end;
};
void mm_layout(struct task *t, struct mm_layout *l);

#endif
