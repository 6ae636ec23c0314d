// SPDX-License-Identifier: MIT
// run: debug
/* mmap.c - mappings: flags, files, ends, errors; munmap, mprotect, mremap, msync, mincore. */
#include <sys/resource.h>
#include "vm.h"

static void flags_and_places(void)
{
	char *p = vm_map(4, RW, ANON), *q;

	FAIL_IF((unsigned long)p % PAGE != 0);
	q = mmap(p + PAGE, PAGE, RW, ANON, -1, 0);		/* a hint that is taken */
	FAIL_IF(q == MAP_FAILED || (q >= p && q < p + 4 * PAGE));
	q = mmap(p + PAGE, PAGE, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0);
	FAIL_IF(q != MAP_FAILED || errno != EEXIST);
	p[PAGE] = 5;
	q = mmap(p + PAGE, PAGE, RW, ANON | MAP_FIXED, -1, 0);
	FAIL_IF(q != p + PAGE || *q != 0);			/* replaced */
	FAIL_IF(munmap(p + PAGE, PAGE) != 0);
	q = mmap(p + PAGE, PAGE, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0);
	FAIL_IF(q != p + PAGE);
	FAIL_IF(munmap(p + 2 * PAGE, PAGE) != 0);
	FAIL_IF(mmap(p + 2 * PAGE, 100, RW, ANON, -1, 0) != p + 2 * PAGE);	/* a free hint */
	FAIL_IF(!vm_ok());
}

static void mmap_errors(void)
{
	int fd = open("/tmp/mm-ro", O_RDWR | O_CREAT | O_TRUNC, 0600), ro, wo, p[2];
	char *m = MAP_FAILED;

	FAIL_IF(fd < 0 || write(fd, "x", 1) != 1);
	ro = open("/tmp/mm-ro", O_RDONLY);
	wo = open("/tmp/mm-ro", O_WRONLY);
	FAIL_IF(ro < 0 || wo < 0 || pipe(p) != 0);
#define BAD(err, ...) do { errno = 0; m = mmap(__VA_ARGS__); \
	FAIL_IF(m != MAP_FAILED || errno != (err)); } while (0)
	BAD(EINVAL, NULL, 0, RW, ANON, -1, 0);
	BAD(EINVAL, NULL, PAGE, RW, MAP_ANONYMOUS, -1, 0);
	BAD(EINVAL, NULL, PAGE, 0x80, ANON, -1, 0);
	BAD(EINVAL, NULL, PAGE, RW, MAP_PRIVATE, fd, 1);
	BAD(EINVAL, (void *)1, PAGE, RW, ANON | MAP_FIXED, -1, 0);
	BAD(ENOMEM, NULL, 1UL << 40, RW, ANON, -1, 0);
	BAD(ENOMEM, NULL, ~0UL, RW, ANON, -1, 0);
	BAD(ENOMEM, (void *)0x4000000000UL, PAGE, RW, ANON | MAP_FIXED, -1, 0);
	BAD(EPERM, NULL, PAGE, RW, ANON | MAP_FIXED, -1, 0);
	BAD(EBADF, NULL, PAGE, RW, MAP_PRIVATE, 99, 0);
	BAD(EBADF, NULL, PAGE, RW, MAP_PRIVATE, -1, 0);
	BAD(EACCES, NULL, PAGE, RW, MAP_SHARED, ro, 0);
	BAD(EACCES, NULL, PAGE, PROT_READ, MAP_PRIVATE, wo, 0);
	BAD(ENODEV, NULL, PAGE, RW, MAP_PRIVATE, p[0], 0);
	m = mmap(NULL, PAGE, RW, MAP_PRIVATE, ro, 0);
	FAIL_IF(m == MAP_FAILED);
	m[0] = 'y';
	m = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, ro, 0);
	FAIL_IF(m == MAP_FAILED || m[0] != 'x');
	FAILS_WITH(mprotect(m, PAGE, RW), EACCES);
	unlink("/tmp/mm-ro");
}

/* Below 1 MiB, where a stack's guard would reach below address 0. */
static void low_stack(void)
{
	char *at = (char *)0xc0000, *p;

	p = mmap(at, PAGE, RW, ANON | MAP_FIXED_NOREPLACE | MAP_GROWSDOWN, -1, 0);
	FAIL_IF(p != at);
	p = mmap(at, PAGE, RW, ANON, -1, 0);			/* a hint that is taken */
	FAIL_IF(p == MAP_FAILED || p == at);
	p = mmap(at - PAGE, 2 * PAGE, RW, ANON, -1, 0);		/* one that overlaps */
	FAIL_IF(p == MAP_FAILED || p == at - PAGE);
	p = mmap(at - PAGE, PAGE, RW, ANON, -1, 0);		/* in the guard */
	FAIL_IF(p == MAP_FAILED || p == at - PAGE);
	FAIL_IF(!vm_ok());
}

static void munmap_holes(void)
{
	char *p = vm_map(9, RW, ANON);

	memset(p, 3, 9 * PAGE);
	FAIL_IF(munmap(p + 4 * PAGE, PAGE) != 0);		/* the middle */
	FAIL_IF(munmap(p, PAGE) != 0 || munmap(p + 8 * PAGE, PAGE) != 0);	/* both ends */
	FAIL_IF(touch(p, 0) != SIGSEGV || touch(p + 4 * PAGE, 1) != SIGSEGV ||
		touch(p + 8 * PAGE, 0) != SIGSEGV);
	FAIL_IF(p[PAGE] != 3 || p[3 * PAGE] != 3 || p[5 * PAGE] != 3 || p[7 * PAGE] != 3);
	FAIL_IF(munmap(p, 9 * PAGE) != 0);			/* with holes */
	FAIL_IF(munmap(p, 9 * PAGE) != 0);			/* nothing at all */
	FAILS_WITH(munmap(p + 1, PAGE), EINVAL);
	FAILS_WITH(munmap(p, 0), EINVAL);
	FAILS_WITH(munmap((void *)0x3fffff0000UL, 1UL << 30), EINVAL);
	FAIL_IF(!vm_ok());
}

static void protections(void)
{
	char *p = vm_map(6, RW, ANON);

	memset(p, 7, 6 * PAGE);
	FAIL_IF(mprotect(p + PAGE, PAGE, PROT_READ) != 0);
	FAIL_IF(mprotect(p + 2 * PAGE, PAGE, PROT_NONE) != 0);
	FAIL_IF(touch(p + PAGE, 1) != SIGSEGV || vm_code != SEGV_ACCERR || p[PAGE] != 7);
	FAIL_IF(touch(p + 2 * PAGE, 0) != SIGSEGV || vm_code != SEGV_ACCERR);
	FAIL_IF(mprotect(p + 2 * PAGE, PAGE, RW) != 0 || p[2 * PAGE] != 7);
	p[2 * PAGE] = 8;
	FAIL_IF(mprotect(p, 6 * PAGE, PROT_READ) != 0);
	FAIL_IF(touch(p + 5 * PAGE, 1) != SIGSEGV);
	FAIL_IF(mprotect(p, 6 * PAGE, RW) != 0);
	for (int i = 0; i < 6; i++)
		FAIL_IF(touch(p + i * (long)PAGE, 1) != 0);
	FAIL_IF(mprotect(p, PAGE, PROT_WRITE) != 0 || touch(p, 1) != 0);
	FAILS_WITH(mprotect(p + 1, PAGE, RW), EINVAL);
	FAILS_WITH(mprotect(p, PAGE, 0x100), EINVAL);
	FAIL_IF(mprotect(p, 0, RW) != 0);
	munmap(p + 3 * PAGE, PAGE);
	FAILS_WITH(mprotect(p, 6 * PAGE, PROT_READ), ENOMEM);
	FAIL_IF(touch(p, 1) != SIGSEGV);		/* what came before the hole is changed */
	FAIL_IF(!vm_ok());
}

static void code_in_memory(void)
{
	/* li a0, 42; ret */
	static const unsigned code[] = { 0x02a00513, 0x00008067 };
	char *p = vm_map(1, RW, ANON);

	memcpy(p, code, sizeof(code));
	FAIL_IF(mprotect(p, PAGE, PROT_READ | PROT_EXEC) != 0);
	__asm__ volatile("fence.i" ::: "memory");
	FAIL_IF(((int (*)(void))p)() != 42);
	FAIL_IF(mprotect(p, PAGE, PROT_READ) != 0);
	vm_catch();
	vm_signal = 0;
	if (setjmp(vm_fault) == 0)
		((int (*)(void))p)();
	FAIL_IF(vm_signal != SIGSEGV || vm_code != SEGV_ACCERR);
}

static void file_shared_and_private(void)
{
	int fd = vm_file("/tmp/mm-file", 5);
	char *s = mmap(NULL, 5 * PAGE, RW, MAP_SHARED, fd, 0);
	char *v = mmap(NULL, 5 * PAGE, RW, MAP_PRIVATE, fd, 0), c;

	FAIL_IF(s == MAP_FAILED || v == MAP_FAILED);
	FAIL_IF(s[0] != 'A' || v[4 * PAGE + 4095] != 'E');
	s[PAGE] = 'x';
	FAIL_IF(v[PAGE] != 'x');				/* not yet copied: sees the file */
	FAIL_IF(pread(fd, &c, 1, (off_t)PAGE) != 1 || c != 'x');
	v[PAGE] = 'y';
	FAIL_IF(s[PAGE] != 'x' || pread(fd, &c, 1, (off_t)PAGE) != 1 || c != 'x');
	FAIL_IF(pwrite(fd, "w", 1, (off_t)(2 * PAGE)) != 1 || s[2 * PAGE] != 'w' || v[2 * PAGE] != 'w');
	v[3 * PAGE] = 'q';
	FAIL_IF(pwrite(fd, "r", 1, (off_t)(3 * PAGE)) != 1 || s[3 * PAGE] != 'r' || v[3 * PAGE] != 'q');
	FAIL_IF(madvise(v, 5 * PAGE, MADV_DONTNEED) != 0 || v[3 * PAGE] != 'r' || v[PAGE] != 'x');
	FAIL_IF(msync(s, 5 * PAGE, MS_SYNC) != 0);
	FAIL_IF(close(fd) != 0 || s[0] != 'A');			/* the mapping outlives the descriptor */
	FAIL_IF(!vm_ok());
	unlink("/tmp/mm-file");
	FAIL_IF(s[4 * PAGE] != 'E');				/* and the name */
}

/* The same on the disk file system, across two processes. */
static void file_between_processes(void)
{
	int fd = vm_file("/mm-disk", 3);
	char *s = mmap(NULL, 3 * PAGE, RW, MAP_SHARED, fd, 0), c;

	FAIL_IF(s == MAP_FAILED);
	if (fork() == 0) {
		s[PAGE + 5] = 'k';
		_exit(msync(s, 3 * PAGE, MS_SYNC) != 0);
	}
	FAIL_IF(vm_wait() != 0 || s[PAGE + 5] != 'k');
	FAIL_IF(pread(fd, &c, 1, (off_t)PAGE + 5) != 1 || c != 'k');
	FAIL_IF(fsync(fd) != 0);
	s[PAGE + 5] = 'l';					/* after write-back: dirty again */
	FAIL_IF(msync(s, 3 * PAGE, MS_SYNC) != 0);
	FAIL_IF(pread(fd, &c, 1, (off_t)PAGE + 5) != 1 || c != 'l');
	FAIL_IF(!vm_ok());
	unlink("/mm-disk");
}

static void end_of_file(void)
{
	int fd = vm_file("/tmp/mm-eof", 2);
	char *s, *v;

	FAIL_IF(ftruncate(fd, (off_t)PAGE + 100) != 0);
	s = mmap(NULL, 4 * PAGE, RW, MAP_SHARED, fd, 0);
	v = mmap(NULL, 4 * PAGE, RW, MAP_PRIVATE, fd, 0);
	FAIL_IF(s == MAP_FAILED || v == MAP_FAILED);
	FAIL_IF(s[PAGE + 99] != 'B' || s[PAGE + 100] != 0 || s[PAGE + 4095] != 0);
	FAIL_IF(touch(s + 2 * PAGE, 0) != SIGBUS || vm_code != BUS_ADRERR || vm_addr != s + 2 * PAGE);
	FAIL_IF(touch(s + 3 * PAGE, 1) != SIGBUS || touch(v + 2 * PAGE, 1) != SIGBUS);
	FAILS_WITH(write(1, s + 2 * PAGE, 1) == -1 && errno == EFAULT ? -1 : 0, EFAULT);
	v[0] = 'p';
	FAIL_IF(ftruncate(fd, 10) != 0);
	FAIL_IF(touch(s + PAGE, 0) != SIGBUS || touch(v + PAGE, 0) != SIGBUS);
	FAIL_IF(s[9] != 'A' || s[10] != 0 || v[0] != 'p');
	FAIL_IF(ftruncate(fd, 0) != 0);
	FAIL_IF(touch(s, 0) != SIGBUS);
	FAIL_IF(touch(v, 0) != SIGBUS);				/* the private copy has gone too */
	FAIL_IF(ftruncate(fd, (off_t)(4 * PAGE)) != 0);
	FAIL_IF(s[3 * PAGE] != 0 || touch(s + 3 * PAGE, 1) != 0);	/* longer again */
	FAIL_IF(!vm_ok());
	unlink("/tmp/mm-eof");
}

static void remap(void)
{
	char *p = vm_map(4, RW, ANON), *q, *r;

	for (int i = 0; i < 4; i++)
		p[i * (long)PAGE] = (char)(i + 1);
	FAIL_IF(mremap(p, 4 * PAGE, 2 * PAGE, 0) != p);		/* shorter */
	FAIL_IF(touch(p + 2 * PAGE, 0) != SIGSEGV);
	q = mremap(p, 2 * PAGE, 600 * PAGE, MREMAP_MAYMOVE);
	FAIL_IF(q == MAP_FAILED || q[0] != 1 || q[PAGE] != 2 || q[599 * PAGE] != 0);
	if (q != p)
		FAIL_IF(touch(p, 0) != SIGSEGV);
	r = vm_map(700, RW, ANON);
	FAIL_IF(mremap(q, 600 * PAGE, 600 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, r) != r);
	FAIL_IF(r[0] != 1 || r[PAGE] != 2 || touch(q, 0) != SIGSEGV || touch(r + 650 * PAGE, 1) != 0);
	if (fork() == 0) {					/* moved pages are still found */
		r[0] = 9;
		_exit(r[PAGE] != 2 || !vm_ok());
	}
	FAIL_IF(vm_wait() != 0 || r[0] != 1);
	r = vm_map(8, RW, ANON);
	munmap(r + 4 * PAGE, 4 * PAGE);
	FAIL_IF(mremap(r, 4 * PAGE, 6 * PAGE, 0) != r);		/* in place */
	FAIL_IF(!vm_ok());
}

static void remap_errors(void)
{
	char *p = vm_map(8, RW, ANON);

#define BADREMAP(err, ...) do { errno = 0; \
	FAIL_IF(mremap(__VA_ARGS__) != MAP_FAILED || errno != (err)); } while (0)
	BADREMAP(EINVAL, p + 1, PAGE, PAGE, 0);
	BADREMAP(EINVAL, p, PAGE, 0, 0);
	BADREMAP(EINVAL, p, PAGE, PAGE, 0x10);
	BADREMAP(EINVAL, p, PAGE, PAGE, MREMAP_FIXED, p);
	BADREMAP(EINVAL, p, 4 * PAGE, 4 * PAGE, MREMAP_FIXED | MREMAP_MAYMOVE, p + PAGE);
	BADREMAP(EINVAL, p, 4 * PAGE, 4 * PAGE, MREMAP_FIXED | MREMAP_MAYMOVE, p + 4 * PAGE + 1);
	BADREMAP(EINVAL, p, 0, PAGE, MREMAP_MAYMOVE);
	p[PAGE] = 1;
	BADREMAP(ENOMEM, p + PAGE, PAGE, 64UL << 30, MREMAP_MAYMOVE);	/* from the middle */
	FAIL_IF(!vm_ok());
	mprotect(p + 4 * PAGE, PAGE, PROT_READ);
	BADREMAP(EFAULT, p, 8 * PAGE, 16 * PAGE, MREMAP_MAYMOVE);
	BADREMAP(ENOMEM, p, 4 * PAGE, 5 * PAGE, 0);
	BADREMAP(ENOMEM, p, 4 * PAGE, 1UL << 37, MREMAP_MAYMOVE);
	munmap(p, 8 * PAGE);
	BADREMAP(EFAULT, p, PAGE, 2 * PAGE, MREMAP_MAYMOVE);
	FAIL_IF(!vm_ok());
}

static void remap_pages(void)
{
	int fd = vm_file("/tmp/mm-rfp", 4);
	char *s = mmap(NULL, 4 * PAGE, RW, MAP_SHARED, fd, 0);

	FAIL_IF(s == MAP_FAILED);
	FAIL_IF(remap_file_pages(s, PAGE, 0, 3, 0) != 0 || s[0] != 'D' || s[PAGE] != 'B');
	s[0] = 'z';
	FAIL_IF(s[3 * PAGE] != 'z');
	FAILS_WITH(remap_file_pages(s, PAGE, PROT_READ, 1, 0), EINVAL);
	FAIL_IF(!vm_ok());
	unlink("/tmp/mm-rfp");
}

static void in_core(void)
{
	char *p = vm_map(4, RW, ANON);
	unsigned char v[4] = { 9, 9, 9, 9 };

	p[PAGE] = 1;
	FAIL_IF(mincore(p, 4 * PAGE, v) != 0);
	FAIL_IF((v[0] & 1) != 0 || (v[1] & 1) != 1 || (v[2] & 1) != 0);
	FAILS_WITH(mincore(p + 1, PAGE, v), EINVAL);
	FAILS_WITH(mincore(p, 4 * PAGE, (unsigned char *)8), EFAULT);
	munmap(p + 3 * PAGE, PAGE);
	FAILS_WITH(mincore(p, 4 * PAGE, v), ENOMEM);
}

static void sync_errors(void)
{
	char *p = vm_map(3, RW, ANON);

	FAIL_IF(msync(p, 3 * PAGE, MS_SYNC) != 0 || msync(p, 3 * PAGE, MS_ASYNC) != 0);
	FAILS_WITH(msync(p, PAGE, MS_SYNC | MS_ASYNC), EINVAL);
	FAILS_WITH(msync(p, PAGE, 0x100), EINVAL);
	FAILS_WITH(msync(p + 1, PAGE, MS_SYNC), EINVAL);
	munmap(p + PAGE, PAGE);
	FAILS_WITH(msync(p, 3 * PAGE, MS_SYNC), ENOMEM);
}

static void populate(void)
{
	char *p = vm_map(16, RW, ANON | MAP_POPULATE);
	unsigned char v[16];

	FAIL_IF(mincore(p, 16 * PAGE, v) != 0);
	for (int i = 0; i < 16; i++)
		FAIL_IF(!(v[i] & 1));
}

static void locking(void)
{
	struct rlimit lim = { 16 * PAGE, 16 * PAGE };
	char *p = vm_map(32, RW, ANON);
	unsigned char v[8];

	FAIL_IF(setrlimit(RLIMIT_MEMLOCK, &lim) != 0);
	FAIL_IF(mlock(p, 8 * PAGE) != 0 || mincore(p, 8 * PAGE, v) != 0);
	for (int i = 0; i < 8; i++)
		FAIL_IF(!(v[i] & 1));
	FAIL_IF(vm_number("/proc/self/status", "VmLck") != 32);
	FAIL_IF(mlock(p, 8 * PAGE) != 0);			/* locks do not nest or add up */
	FAIL_IF(vm_number("/proc/self/status", "VmLck") != 32);
	FAILS_WITH(mlock(p, 32 * PAGE), ENOMEM);
	FAILS_WITH(madvise(p, PAGE, MADV_DONTNEED), EINVAL);
	FAILS_WITH(msync(p, PAGE, MS_INVALIDATE), EBUSY);
	FAIL_IF(munlock(p, 4 * PAGE) != 0 || vm_number("/proc/self/status", "VmLck") != 16);
	FAIL_IF(munmap(p + 4 * PAGE, PAGE) != 0 || vm_number("/proc/self/status", "VmLck") != 12);
	FAILS_WITH(munlock(p, 8 * PAGE), ENOMEM);
	FAILS_WITH(mlock((char *)8, PAGE), ENOMEM);
	FAILS_WITH(mlockall(0), EINVAL);
	FAILS_WITH(mlockall(MCL_CURRENT), ENOMEM);
	FAIL_IF(munlockall() != 0 || vm_number("/proc/self/status", "VmLck") != 0);
	FAIL_IF(mlockall(MCL_FUTURE) != 0);
	p = vm_map(4, RW, ANON);
	FAIL_IF(mincore(p, 4 * PAGE, v) != 0 || !(v[0] & v[3] & 1));
	FAIL_IF(mmap(NULL, 64 * PAGE, RW, ANON, -1, 0) != MAP_FAILED || errno != EAGAIN);
	p = (char *)(((unsigned long)sbrk(0) + 2 * PAGE) & -PAGE) + 100;
	FAIL_IF(brk(p) != 0 || brk(p + PAGE) != 0);		/* the last page in part only */
	FAIL_IF(mincore(p - 100 + PAGE, PAGE, v) != 0 || !(v[0] & 1));
	FAIL_IF(!vm_ok());
}

static void advice(void)
{
	static const int all[] = { MADV_NORMAL, MADV_RANDOM, MADV_SEQUENTIAL, MADV_WILLNEED,
				   MADV_DONTNEED, MADV_FREE, MADV_COLD, MADV_PAGEOUT };
	char *p = vm_map(4, RW, ANON);

	memset(p, 1, 4 * PAGE);
	for (unsigned i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		FAIL_IF(madvise(p, 4 * PAGE, all[i]) != 0);
	FAIL_IF(p[0] != 0);					/* DONTNEED was among them */
	p[0] = 4;
	FAIL_IF(madvise(p, PAGE, MADV_FREE) != 0);
	p[0] = 5;
	FAIL_IF(p[0] != 5);
	FAILS_WITH(madvise(p, PAGE, 99), EINVAL);
	FAILS_WITH(madvise(p + 1, PAGE, MADV_DONTNEED), EINVAL);
	munmap(p + PAGE, PAGE);
	p[2 * PAGE] = 1;
	FAILS_WITH(madvise(p, 4 * PAGE, MADV_DONTNEED), ENOMEM);
	FAIL_IF(p[2 * PAGE] != 0);				/* around the hole it was done */
	FAIL_IF(!vm_ok());
}

/* Every pair (and more) of the flags, with memory and with a file: what is given works, what
 * is refused is refused for a reason. */
static void flag_pairs(void)
{
	static const int extra[] = { MAP_POPULATE, MAP_NORESERVE, MAP_GROWSDOWN, MAP_STACK, MAP_LOCKED };
	int fd = vm_file("/tmp/mm-pairs", 4), given = 0;
	char *place = vm_map(8, RW, ANON), *p;

	for (int bits = 0; bits < 32; bits++)
		for (int kind = 0; kind < 4; kind++)
			for (int where = 0; where < 3; where++) {
				int flags = kind & 1 ? MAP_SHARED : MAP_PRIVATE, bad = 0;
				int f = kind & 2 ? fd : -1;
				unsigned char v[4];

				flags |= f < 0 ? MAP_ANONYMOUS : 0;
				flags |= where == 1 ? MAP_FIXED : where == 2 ? MAP_FIXED_NOREPLACE : 0;
				for (int i = 0; i < 5; i++)
					if (bits >> i & 1)
						flags |= extra[i];
				if ((flags & MAP_GROWSDOWN) && kind != 0)
					bad = EINVAL;	/* only private memory grows */
				else if (where == 2)
					bad = EEXIST;
				errno = 0;
				p = mmap(where ? place : NULL, 4 * PAGE, RW, flags, f, 0);
				if (bad) {
					FAIL_IF(p != MAP_FAILED || errno != bad);
					continue;
				}
				FAIL_IF(p == MAP_FAILED || (where == 1 && p != place));
				given++;
				FAIL_IF(mincore(p, 4 * PAGE, v) != 0);
				if (flags & (MAP_POPULATE | MAP_LOCKED))
					FAIL_IF(!(v[0] & v[1] & v[2] & v[3] & 1));
				else if (f < 0)
					FAIL_IF((v[0] | v[1] | v[2] | v[3]) & 1);
				FAIL_IF(p[3 * PAGE] != (f < 0 ? 0 : 'D'));
				p[3 * PAGE] = f < 0 ? 1 : 'D';
				if (flags & MAP_GROWSDOWN)
					FAIL_IF(where == 0 && touch(p - PAGE, 1) != 0);
				FAIL_IF(where == 0 && munmap(p, 4 * PAGE) != 0);
			}
	FAIL_IF(given != 2 * (16 * 4 + 16));
	FAIL_IF(!vm_ok());
	unlink("/tmp/mm-pairs");
}

static long event(const char *name)
{
	static char text[4096];
	int fd = open("/proc/vmstat", O_RDONLY), n = 0, k;
	char *p;

	FAIL_IF(fd < 0);
	while ((k = (int)read(fd, text + n, sizeof(text) - 1 - (size_t)n)) > 0)
		n += k;
	close(fd);
	text[n] = '\0';
	p = strstr(text, name);
	FAIL_IF(p == NULL);
	return strtol(p + strlen(name), NULL, 10);
}

/* Pages given to MADV_FREE go when memory is short, those written to since stay. */
static void freed_pages_give_way(void)
{
	int fd = open("/proc/sys/vm/drop_caches", O_WRONLY);
	unsigned long n, gone = 0;
	char *p, *q;
	long freed;

	/* Let there be nothing else to give back. */
	sync();
	FAIL_IF(fd < 0 || write(fd, "3", 1) != 1 || close(fd) != 0);
	n = (unsigned long)vm_free_kib() / 4 * 3 / 4;
	if (n > (128UL << 20) / PAGE)
		return;				/* too large a machine to fill here */
	p = vm_map(n, RW, ANON);
	for (unsigned long i = 0; i < n; i++)
		p[i * PAGE] = 5;
	if (fork() == 0)			/* a page that a child has too is his */
		_exit(madvise(p, n * PAGE, MADV_FREE) != 0 || p[0] != 5 || p[(n - 1) * PAGE] != 5);
	FAIL_IF(vm_wait() != 0);
	freed = event("pglazyfreed ");
	FAIL_IF(madvise(p, n * PAGE, MADV_FREE) != 0);
	FAIL_IF(!vm_ok());
	for (unsigned long i = 0; i < n; i += 16)
		p[i * PAGE] = 6;
	q = vm_map(n * 3 / 4, RW, ANON);
	for (unsigned long i = 0; i < n * 3 / 4; i++)
		q[i * PAGE] = 7;		/* more than there is without them */
	FAIL_IF(event("pglazyfreed ") - freed < (long)n / 8);
	FAIL_IF(!vm_ok());
	for (unsigned long i = 0; i < n; i++) {
		FAIL_IF(i % 16 == 0 ? p[i * PAGE] != 6 : p[i * PAGE] != 5 && p[i * PAGE] != 0);
		gone += p[i * PAGE] == 0;
	}
	FAIL_IF(gone < n / 8);
	for (unsigned long i = 0; i < n * 3 / 4; i++)
		FAIL_IF(q[i * PAGE] != 7);
	FAIL_IF(!vm_ok());
}

/* What was paged out is in memory no more, and back when it is touched. */
static void paged_out(void)
{
	int fd = vm_file("/mm-out", 8);
	char *p = mmap(NULL, 8 * PAGE, RW, MAP_SHARED, fd, 0);
	char *other = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
	unsigned char v[8];

	FAIL_IF(p == MAP_FAILED || other == MAP_FAILED || fsync(fd) != 0);
	FAIL_IF(other[0] != 'A');		/* somebody else maps page 0 */
	p[3 * PAGE] = 'x';
	FAIL_IF(madvise(p, 8 * PAGE, MADV_PAGEOUT) != 0);
	FAIL_IF(fsync(fd) != 0 || madvise(p, 8 * PAGE, MADV_PAGEOUT) != 0);
	FAIL_IF(mincore(p, 8 * PAGE, v) != 0);
	FAIL_IF(!(v[0] & 1));
	for (int i = 1; i < 8; i++)
		FAIL_IF(v[i] & 1);
	for (int i = 0; i < 8; i++)
		FAIL_IF(p[i * (long)PAGE] != (i == 3 ? 'x' : 'A' + i));
	FAIL_IF(!vm_ok());
	unlink("/mm-out");
}

static void dev_zero(void)
{
	int fd = open("/dev/zero", O_RDWR), null = open("/dev/null", O_RDWR);
	char *p = mmap(NULL, 4 * PAGE, RW, MAP_PRIVATE, fd, 0), *s, *q;

	FAIL_IF(p == MAP_FAILED || p[0] != 0 || p[4 * PAGE - 1] != 0);
	p[PAGE] = 1;
	q = mmap(p + PAGE, PAGE, RW, MAP_PRIVATE | MAP_FIXED, fd, 0);
	FAIL_IF(q != p + PAGE || q[0] != 0);
	s = mmap(NULL, 2 * PAGE, RW, MAP_SHARED, fd, (off_t)PAGE);
	FAIL_IF(s == MAP_FAILED || s[0] != 0);
	if (fork() == 0) {
		p[0] = 2;
		s[PAGE] = 3;
		_exit(!vm_ok());
	}
	FAIL_IF(vm_wait() != 0 || p[0] != 0 || s[PAGE] != 3);
	q = mmap(NULL, PAGE, RW, MAP_SHARED, fd, 0);
	FAIL_IF(q == MAP_FAILED || q[0] != 0);	/* not the same memory as s */
	FAIL_IF(mmap(NULL, PAGE, RW, MAP_PRIVATE, null, 0) != MAP_FAILED || errno != ENODEV);
	FAIL_IF(!vm_ok());
}

static void limits(void)
{
	struct rlimit lim = { 64 << 20, 64 << 20 };
	int n = 0;

	FAIL_IF(setrlimit(RLIMIT_AS, &lim) != 0);
	while (n < 100 && mmap(NULL, 4 << 20, PROT_READ, ANON, -1, 0) != MAP_FAILED)
		n++;
	FAIL_IF(n == 0 || n > 16 || errno != ENOMEM);
}

static void overcommit(void)
{
	int fd = open("/proc/sys/vm/overcommit_memory", O_RDWR);
	unsigned long twice = (unsigned long)vm_number("/proc/meminfo", "MemTotal") * 2048;
	char *q;

	FAIL_IF(fd < 0);
	FAIL_IF(mmap(NULL, twice, RW, ANON, -1, 0) != MAP_FAILED || errno != ENOMEM);
	FAIL_IF(mmap(NULL, twice, RW, ANON | MAP_NORESERVE, -1, 0) == MAP_FAILED);
	FAIL_IF(write(fd, "1", 1) != 1);
	FAIL_IF((q = mmap(NULL, twice, RW, ANON, -1, 0)) == MAP_FAILED || munmap(q, twice) != 0);
	FAIL_IF(write(fd, "7", 1) != -1 || errno != EINVAL);
	/* Never: no more than ratio percent of RAM is promised, whoever asks and however. */
	unsigned long limit = (unsigned long)vm_number("/proc/meminfo", "CommitLimit") * 1024;
	unsigned long done = (unsigned long)vm_number("/proc/meminfo", "Committed_AS") * 1024;

	FAIL_IF(write(fd, "2", 1) != 1);
	if (done < limit) {
		FAIL_IF(mmap(NULL, limit - done + (1 << 20), RW, ANON, -1, 0) != MAP_FAILED);
		FAIL_IF(mmap(NULL, limit - done + (1 << 20), RW, ANON | MAP_NORESERVE, -1, 0) != MAP_FAILED);
		char *p = mmap(NULL, (limit - done) / 4 * 3, RW, ANON, -1, 0);

		FAIL_IF(p == MAP_FAILED);
		FAIL_IF((unsigned long)vm_number("/proc/meminfo", "Committed_AS") * 1024 <
			done + (limit - done) / 2);
		FAIL_IF(fork() >= 0 || errno != ENOMEM);	/* it would promise all that again */
		FAIL_IF(munmap(p, (limit - done) / 4 * 3) != 0);
		FAIL_IF(mmap(NULL, twice, PROT_READ, ANON, -1, 0) == MAP_FAILED);	/* no promise */
	}
	FAIL_IF(write(fd, "0", 1) != 1);
}

static void map_count(void)
{
	char *p = mmap(NULL, 140000 * PAGE, PROT_NONE, ANON | MAP_NORESERVE, -1, 0);
	unsigned long n = 0;

	FAIL_IF(p == MAP_FAILED);
	while (n < 70000 && mprotect(p + 2 * n * PAGE, PAGE, PROT_READ) == 0)
		n++;
	FAIL_IF(errno != ENOMEM || n < 32000 || n > 32768);
	FAIL_IF(mmap(NULL, PAGE, PROT_READ | PROT_EXEC, ANON, -1, 0) != MAP_FAILED || errno != ENOMEM);
	FAIL_IF(!vm_ok());
	/* Two cuts are wanted and there is room for one: above, or now that there is an area less. */
	FAIL_IF(munmap(p + PAGE, PAGE) != 0);
	mprotect(p + 2 * n * PAGE, PAGE, PROT_READ);
	FAIL_IF(!vm_ok());
	FAIL_IF(munmap(p, 140000 * PAGE) != 0);
	FAIL_IF(!vm_ok());
}

/* mmap store FILE: eight pages, of which every second is stored to through a mapping, one of
 * them again after msync; the process just ends (tests/system/test_disk.py looks at the
 * image). */
static int store(const char *name)
{
	int fd = vm_file(name, 8);
	char *p = mmap(NULL, 8 * PAGE, RW, MAP_SHARED, fd, 0);

	if (p == MAP_FAILED || fsync(fd) != 0)
		return 1;
	for (int i = 0; i < 8; i += 2)
		snprintf(p + i * (long)PAGE, PAGE, "stored through a mapping: page %d", i);
	if (msync(p, 4 * PAGE, MS_SYNC) != 0)
		return 1;
	strcpy(p + PAGE / 2, "and again after msync");
	return 0;
}

int main(int argc, char **argv)
{
	static const struct row rows[] = {
		{ "flags and places", flags_and_places },
		{ "mmap errors", mmap_errors },
		{ "flag pairs", flag_pairs },
		{ "a stack at a low address", low_stack },
		{ "munmap with holes", munmap_holes },
		{ "protections", protections },
		{ "code in memory", code_in_memory },
		{ "file shared and private", file_shared_and_private },
		{ "file between processes", file_between_processes },
		{ "end of file", end_of_file },
		{ "mremap", remap },
		{ "mremap errors", remap_errors },
		{ "remap_file_pages", remap_pages },
		{ "mincore", in_core },
		{ "msync errors", sync_errors },
		{ "MAP_POPULATE", populate },
		{ "mlock", locking },
		{ "madvise", advice },
		{ "MADV_FREE gives way", freed_pages_give_way },
		{ "MADV_PAGEOUT", paged_out },
		{ "/dev/zero", dev_zero },
		{ "address-space limit", limits },
		{ "overcommit", overcommit },
		{ "map count", map_count },
	};

	if (argc == 3 && strcmp(argv[1], "store") == 0)
		return store(argv[2]);
	return RUN_ROWS(rows, argc, argv);
}
