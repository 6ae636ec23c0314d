// SPDX-License-Identifier: MIT
/*
 * usercopy.c - the kernel's only way to user memory.
 *
 * The obvious way, letting the kernel dereference user addresses while SUM is set
 * and repairing the faults, costs two CSR writes (6 us under QEMU), a table of
 * fault addresses, and lets every stray pointer in the kernel read user memory.
 * Here SUM is never set.  The kernel does by hand what the hardware does: walks
 * the user's tables, checks U and R or W, sets A and D, and then copies through
 * the direct map, a page at a time, holding the table's lock so that nobody
 * takes the frame away meanwhile.  What is not there is faulted in first, exactly
 * as if the program had touched it.
 *
 * Locks: tables are freed only under mmap_lock (T2).  While one task alone runs in
 * the mm, that task is here and not unmapping, so the walk needs no lock;
 * otherwise mmap_lock is held for reading.  Then ptl around each piece, at most a
 * page's copy long.
 * Failure: a piece that cannot be faulted in ends the copy there.
 *
 * Limit: an address of a program is below USER_TOP; everything else is wild.
 */
#include "fs/vfs.h"
#include "lib/string.h"
#include "mm/vm/fault.h"
#include "proc/sched.h"
#include "riscv/hart.h"
#include "uapi/errno.h"
#include "uapi/signal.h"

enum direction { FROM_USER, TO_USER, CLEAR };

/* How many of n bytes at addr lie below USER_TOP. */
static __always_inline size_t below_top(vaddr_t addr, size_t n)
{
	if (unlikely(addr >= USER_TOP))
		return 0;
	return MIN(n, USER_TOP - addr);
}

/* The direct-map address of va if the program may now read (write) there, with the
 * table's ptl held; else NULL and no lock. */
static __always_inline char *user_lock(struct mm *mm, vaddr_t va, bool write, struct page **table)
{
	const u64 need = PTE_V | PTE_U | (write ? PTE_W : PTE_R);
	const u64 used = PTE_A | (write ? PTE_D : 0);
	pte_t *pte = pt_walk(mm, va), e;
	char *user;

	if (unlikely(pte == NULL))
		return NULL;
	*table = pt_page(pte);
	ptl_lock(*table);
	e = pte_get(pte);
	if (unlikely((e.v & (need | used)) != (need | used))) {
		if ((e.v & need) != need) {
			ptl_unlock(*table);
			return NULL;
		}
		pte_set_bits(pte, used);
	}
	user = (char *)__va(pte_pfn(e) << PAGE_SHIFT) + (va & ~PAGE_MASK);
	if (user == NULL)
		__builtin_unreachable();	/* no page is there: callers test once, for the failure */
	return user;
}

/* As the program's own access would do. */
static __noinline bool fault_in(struct mm *mm, vaddr_t va, bool write)
{
	int sig, code;

	if (handle_mm_fault(mm, va, write ? FAULT_WRITE : FAULT_READ, &sig, &code) == 0)
		return true;
	if (sig == SIGKILL && mm == current->mm)
		send_signal(current, SIGKILL, NULL);
	return false;
}

static __always_inline void lock_tables(struct mm *mm, bool *locked)
{
	*locked = !mm_private(mm) || mm != current->mm;
	if (unlikely(*locked))
		down_read(&mm->mmap_lock);
}

static __always_inline void unlock_tables(struct mm *mm, bool locked)
{
	if (unlikely(locked))
		up_read(&mm->mmap_lock);
}

static __always_inline void move(char *user, char *kernel, size_t n, enum direction dir)
{
	if (dir == FROM_USER)
		memcpy(kernel, user, n);
	else if (dir == TO_USER)
		memcpy(user, kernel, n);
	else
		memset(user, 0, n);
}

/* The pieces that are there. Returns the bytes done. => tables cannot go */
static __always_inline size_t copy_present(struct mm *mm, vaddr_t va, char *kernel, size_t n,
					   enum direction dir)
{
	size_t done = 0;

	while (done < n) {
		size_t piece = MIN(n - done, PAGE_SIZE - ((va + done) & ~PAGE_MASK));
		struct page *table;
		char *user = user_lock(mm, va + done, dir != FROM_USER, &table);

		if (unlikely(user == NULL))
			break;
		move(user, kernel + done, piece, dir);
		ptl_unlock(table);
		done += piece;
	}
	return done;
}

static __always_inline size_t copy_user(struct mm *mm, vaddr_t va, void *kernel, size_t n,
					enum direction dir)
{
	size_t most = below_top(va, n), done = 0;
	bool locked;

	if (unlikely(mm == NULL))
		return 0;
	for (;;) {
		lock_tables(mm, &locked);
		done += copy_present(mm, va + done, (char *)kernel + done, most - done, dir);
		unlock_tables(mm, locked);
		if (likely(done == most) || !fault_in(mm, va + done, dir != FROM_USER))
			return done;
	}
}

/* The common case, short: one piece, one task in the mm, the page is there. As user_lock.
 * => mm is not NULL */
static __always_inline char *user_lock_one(struct mm *mm, vaddr_t va, size_t n, bool write,
					   struct page **table)
{
	if (unlikely((va & ~PAGE_MASK) + n > PAGE_SIZE || va / USER_TOP != 0 ||
		     !mm_private(mm)))
		return NULL;
	return user_lock(mm, va, write, table);
}

static __always_inline bool copy_one(struct mm *mm, vaddr_t va, void *kernel, size_t n,
				     enum direction dir)
{
	struct page *table;
	char *user = NULL;

	if (likely(mm != NULL))
		user = user_lock_one(mm, va, n, dir != FROM_USER, &table);
	if (unlikely(user == NULL))
		return false;
	if (n == 1) {
		if (dir == FROM_USER)
			*(u8 *)kernel = *(u8 *)user;
		else
			*(u8 *)user = *(u8 *)kernel;
	} else if (n == 8 && !(((unsigned long)user | (unsigned long)kernel) & 7)) {
		if (dir == FROM_USER)
			*(u64 *)kernel = *(u64 *)user;
		else
			*(u64 *)user = *(u64 *)kernel;
	} else {
		move(user, kernel, n, dir);
	}
	ptl_unlock(table);
	return true;
}

static __noinline size_t copy_from_user_slow(void *dst, vaddr_t src, size_t n)
{
	return copy_user(current->mm, src, dst, n, FROM_USER);
}

static __noinline size_t copy_to_user_slow(vaddr_t dst, const void *src, size_t n)
{
	return copy_user(current->mm, dst, (void *)src, n, TO_USER);
}

size_t copy_from_user_partial(void *dst, vaddr_t src, size_t n)
{
	return likely(copy_one(current->mm, src, dst, n, FROM_USER)) ? n :
	       copy_from_user_slow(dst, src, n);
}

size_t copy_to_user_partial(vaddr_t dst, const void *src, size_t n)
{
	return likely(copy_one(current->mm, dst, (void *)src, n, TO_USER)) ? n :
	       copy_to_user_slow(dst, src, n);
}

int copy_from_user(void *dst, vaddr_t src, size_t n)
{
	if (likely(copy_one(current->mm, src, dst, n, FROM_USER)))
		return 0;
	return copy_from_user_slow(dst, src, n) == n ? 0 : -EFAULT;
}

int copy_to_user(vaddr_t dst, const void *src, size_t n)
{
	if (likely(copy_one(current->mm, dst, (void *)src, n, TO_USER)))
		return 0;
	return copy_to_user_slow(dst, src, n) == n ? 0 : -EFAULT;
}

static __noinline long put_user_pair_slow(vaddr_t dst, u64 a, u64 b)
{
	u64 pair[2] = { a, b };

	return copy_to_user_slow(dst, pair, 16) == 16 ? 0 : -EFAULT;
}

/* Nothing is called on the way: a third of copy_to_user's cost. => a program's system call */
long put_user_pair(vaddr_t dst, u64 a, u64 b)
{
	struct page *table;
	u64 *user = NULL;

	if (likely(!(dst & 7)))
		user = (u64 *)user_lock_one(current->mm, dst, 16, true, &table);
	if (unlikely(user == NULL))
		return put_user_pair_slow(dst, a, b);
	user[0] = a;
	user[1] = b;
	ptl_unlock(table);
	return 0;
}

int clear_user(vaddr_t dst, size_t n)
{
	return copy_user(current->mm, dst, NULL, n, CLEAR) == n ? 0 : -EFAULT;
}

int mm_write(struct mm *mm, vaddr_t dst, const void *src, size_t n)
{
	return copy_user(mm, dst, (void *)src, n, TO_USER) == n ? 0 : -EFAULT;
}

/* --- without faults --- */

size_t copy_from_user_nofault(void *dst, vaddr_t src, size_t n)
{
	struct mm *mm = current->mm;
	bool locked;
	size_t done;

	if (mm == NULL)
		return 0;
	locked = !mm_private(mm);
	if (locked && !down_read_trylock(&mm->mmap_lock))
		return 0;
	done = copy_present(mm, src, dst, below_top(src, n), FROM_USER);
	unlock_tables(mm, locked);
	return done;
}

int mm_read(struct mm *mm, vaddr_t src, void *dst, size_t n)
{
	size_t done;

	down_read(&mm->mmap_lock);
	done = copy_present(mm, src, dst, below_top(src, n), FROM_USER);
	up_read(&mm->mmap_lock);
	return done == n ? 0 : -EFAULT;
}

int fault_in_user(vaddr_t addr, size_t n, bool write)
{
	struct mm *mm = current->mm;
	vaddr_t va = addr & PAGE_MASK;

	if (mm == NULL || below_top(addr, n) != n)
		return -EFAULT;
	for (; va < addr + n; va += PAGE_SIZE) {
		struct page *table;
		bool locked, there;

		lock_tables(mm, &locked);
		there = user_lock(mm, va, write, &table) != NULL;
		if (there)
			ptl_unlock(table);
		unlock_tables(mm, locked);
		if (!there && !fault_in(mm, va, write))
			return -EFAULT;
	}
	return 0;
}

/* --- strings --- */

ssize_t strncpy_from_user(char *dst, vaddr_t src, size_t size)
{
	struct mm *mm = current->mm;
	size_t done = 0;

	if (unlikely(mm == NULL))
		return -EFAULT;
	while (done < size) {
		size_t piece = MIN(size - done, PAGE_SIZE - ((src + done) & ~PAGE_MASK)), len = 0;
		struct page *table;
		char *user = NULL;
		bool locked;

		if (unlikely(below_top(src + done, 1) == 0))
			return -EFAULT;
		lock_tables(mm, &locked);
		user = user_lock(mm, src + done, false, &table);
		if (likely(user != NULL)) {
			/* Copy and look in one go: the program may change it meanwhile. */
			while (len < piece && (dst[done + len] = user[len]) != '\0')
				len++;
			ptl_unlock(table);
		}
		unlock_tables(mm, locked);
		if (unlikely(user == NULL)) {
			if (!fault_in(mm, src + done, false))
				return -EFAULT;
			continue;
		}
		done += len;
		if (len < piece)
			return done;
	}
	return -ENAMETOOLONG;
}

/* --- futex words --- */

/* The word with its table's ptl and, in *locked, mmap_lock held; NULL: no such memory. */
static u32 *word_lock(struct mm *mm, vaddr_t addr, struct page **table, bool *locked)
{
	char *word;

	if (mm == NULL || (addr & 3) || below_top(addr, 4) != 4)
		return NULL;
	for (;;) {
		lock_tables(mm, locked);
		word = user_lock(mm, addr, false, table);
		if (likely(word != NULL))
			return (u32 *)word;
		unlock_tables(mm, *locked);
		if (!fault_in(mm, addr, false))
			return NULL;
	}
}

int user_load_u32(vaddr_t addr, u32 *val)
{
	struct mm *mm = current->mm;
	struct page *table;
	bool locked;
	u32 *word = word_lock(mm, addr, &table, &locked);

	if (word == NULL)
		return -EFAULT;
	*val = __atomic_load_n(word, __ATOMIC_SEQ_CST);
	ptl_unlock(table);
	unlock_tables(mm, locked);
	return 0;
}

int user_futex_key(vaddr_t addr, struct futex_key *key)
{
	struct mm *mm = current->mm;
	struct vma *v;
	int err = -EFAULT;

	if (mm == NULL || below_top(addr, 4) != 4)
		return -EFAULT;
	down_read(&mm->mmap_lock);
	v = vma_at(mm, addr);
	if (v != NULL && (v->flags & VM_SHARED)) {
		key->a = (u64)v->file->inode->mapping;
		key->b = (vma_index(v, addr) << PAGE_SHIFT) + (addr & ~PAGE_MASK);
		err = 0;
	} else if (v != NULL) {
		key->a = (u64)mm;
		key->b = addr;
		err = 0;
	}
	up_read(&mm->mmap_lock);
	return err;
}
