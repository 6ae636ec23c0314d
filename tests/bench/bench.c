// SPDX-License-Identifier: MIT
/*
 * bench.c - what the system's operations cost a program.
 *
 * Freestanding: the same source runs on Pagoda and on Linux (os.h holds the
 * difference), so that the two tables can be laid side by side.  Each row is
 *
 *	R NAME OPS TOTAL PER_OP
 *
 * with TOTAL in nanoseconds of the time CSR and PER_OP with one decimal.  Under the
 * deterministic mode one virtual nanosecond is one instruction.  A failed check
 * prints FAIL and makes the exit status 1.
 *
 *	bench [GROUP...]	only the groups named: null fork pipe mem file vma
 *	bench prof OP		100 times one operation between prof_begin and prof_end, where
 *				profile.py counts the instructions
 */
#include "os.h"

#define PAGE		4096UL
#define MIB(n)		((u64)(n) << 20)
#define NS_PER_COUNT	100	/* the time CSR of QEMU's virt counts at 10 MHz */
#define noinline	__attribute__((noinline))

static char buf[65536] __attribute__((aligned(4096)));
static int failed;

void *memset(void *d, int c, unsigned long n);
void *memcpy(void *d, const void *s, unsigned long n);
void *memset(void *d, int c, unsigned long n)
{
	for (char *p = d; n > 0; n--)
		*p++ = (char)c;
	return d;
}
void *memcpy(void *d, const void *s, unsigned long n)
{
	const char *q = s;

	for (char *p = d; n > 0; n--)
		*p++ = *q++;
	return d;
}

/* --- reporting --- */

static inline u64 now(void)
{
	u64 t;

	__asm__ volatile("rdtime %0" : "=r"(t) :: "memory");
	return t;
}

static char line[256];
static unsigned line_len;

static void put(const char *s)
{
	while (*s != '\0' && line_len < sizeof(line))
		line[line_len++] = *s++;
}

static void put_num(u64 v)
{
	char digits[24];
	int i = 23;

	digits[i] = '\0';
	do {
		digits[--i] = (char)('0' + v % 10);
		v /= 10;
	} while (v != 0);
	put(digits + i);
}

static void flush(void)
{
	put("\n");
	OS_WRITE(1, line, line_len);
	line_len = 0;
}

static void report(const char *group, const char *name, u64 counts, u64 ops)
{
	u64 ns = counts * NS_PER_COUNT, tenths = ops ? ns * 10 / ops : 0;

	put("R ");
	put(group);
	put(name);
	put(" ");
	put_num(ops);
	put(" ");
	put_num(ns);
	put(" ");
	put_num(tenths / 10);
	put(".");
	put_num(tenths % 10);
	flush();
}

static void check(int ok, const char *what)
{
	if (ok)
		return;
	failed = 1;
	put("FAIL ");
	put(what);
	flush();
}

static unsigned seed = 20011;

static unsigned rnd(void)	/* Numerical Recipes' linear congruence; upper bits */
{
	seed = seed * 1664525U + 1013904223U;
	return seed >> 8;
}

/* --- touching memory --- */

static noinline void touch_write(char *p, long pages, long step)
{
	for (long i = 0; i < pages; i += step)
		((volatile char *)p)[i * (long)PAGE] = 1;
}

static noinline void touch_read(char *p, long pages, long step)
{
	for (long i = 0; i < pages; i += step)
		(void)((volatile char *)p)[i * (long)PAGE];
}

static char *map(void *at, u64 len, int prot, int flags, int fd)
{
	long r = OS_MMAP(at, len, prot, flags, fd);

	check((u64)r < (u64)-4096L, "mmap");
	return (char *)r;
}

#define ANON	(MAP_PRIVATE | MAP_ANON)
#define RW	(PROT_READ | PROT_WRITE)

/* --- the rows --- */

static void bench_null(void)
{
	long ts[2];
	u64 t;

	for (int i = 0; i < 1000; i++)
		OS_GETPID();
	t = now();
	for (int i = 0; i < 100000; i++)
		OS_GETPID();
	report("", "getpid", now() - t, 100000);
	t = now();
	for (int i = 0; i < 100000; i++)
		OS_CLOCK(ts);
	report("", "gettime/uptime", now() - t, 100000);
}

static void fork_row(const char *name, int n)
{
	u64 t = 0;

	for (int i = -2; i < n; i++) {
		if (i == 0)
			t = now();
		long pid = OS_FORK();

		check(pid >= 0, "fork");
		if (pid == 0)
			OS_EXIT(0);
		OS_WAIT();
	}
	report("", name, now() - t, n);
}

static void exec_row(const char *name, int n, int vfork)
{
	static char *argv[] = { TINY, 0 }, *envp[] = { 0 };
	u64 t = 0;

	for (int i = -2; i < n; i++) {
		if (i == 0)
			t = now();
		long pid = vfork ? OS_VFORK() : OS_FORK();

		check(pid >= 0, "fork");
		if (pid == 0) {
			OS_EXEC(TINY, argv, envp);
			check(0, "exec");
			OS_EXIT(1);
		}
		OS_WAIT();
	}
	report("", name, now() - t, n);
}

static void bench_fork(void)
{
	fork_row("fork_exit_wait_tiny", 500);
	exec_row("fork_exec_exit_wait_tiny", 300, 0);
	exec_row("vfork_exec_exit_wait_tiny", 300, 1);
}

static void pingpong(void)
{
	enum { N = 20000 };
	int a[2], b[2];
	char c = 1;
	u64 t = 0;

	OS_PIPE(a);
	OS_PIPE(b);
	if (OS_FORK() == 0) {
		OS_CLOSE(a[1]);
		OS_CLOSE(b[0]);
		while (OS_READ(a[0], &c, 1) == 1)
			OS_WRITE(b[1], &c, 1);
		OS_EXIT(0);
	}
	OS_CLOSE(a[0]);
	OS_CLOSE(b[1]);
	for (int i = -10; i < N; i++) {
		if (i == 0)
			t = now();
		OS_WRITE(a[1], &c, 1);
		OS_READ(b[0], &c, 1);
	}
	report("", "pipe_pingpong_roundtrip", now() - t, N);
	OS_CLOSE(a[1]);
	OS_CLOSE(b[0]);
	OS_WAIT();
}

static void bandwidth(int kib)
{
	int p[2];
	u64 t;

	OS_PIPE(p);
	if (OS_FORK() == 0) {
		OS_CLOSE(p[1]);
		while (OS_READ(p[0], buf, sizeof(buf)) > 0)
			;
		OS_EXIT(0);
	}
	OS_CLOSE(p[0]);
	t = now();
	for (int i = 0; i < kib / 64; i++)
		check(OS_WRITE(p[1], buf, sizeof(buf)) == sizeof(buf), "pipe write");
	OS_CLOSE(p[1]);
	OS_WAIT();
	report("", "pipe_bw_per_KiB_64KiB_writes", now() - t, kib);
}

static void bench_pipe(void)
{
	enum { N = 20000 };
	u64 t;

	pingpong();
	bandwidth(16384);
	t = now();
	for (int i = 0; i < N; i++)
		OS_YIELD();
	report("", "sched_yield_alone", now() - t, N);
	if (OS_FORK() == 0) {
		for (int i = 0; i < N; i++)
			OS_YIELD();
		OS_EXIT(0);
	}
	t = now();
	for (int i = 0; i < N; i++)
		OS_YIELD();
	report("", "sched_yield_2procs_per_own_call(=2_switches)", now() - t, N);
	OS_WAIT();
}

static void cow_rows(char *heap, long pages)
{
	int go[2], ready[2];
	u64 t, mid, in_child;
	char c = 0;

	OS_PIPE(go);
	OS_PIPE(ready);
	if (OS_FORK() == 0) {		/* a sharer that does nothing */
		OS_WRITE(ready[1], &c, 1);
		OS_CLOSE(go[1]);
		OS_READ(go[0], &c, 1);
		OS_EXIT(0);
	}
	OS_READ(ready[0], &c, 1);
	t = now();
	touch_write(heap, pages, 1);
	report("", "cow_break_copy_per_page", now() - t, pages);
	OS_CLOSE(go[1]);
	OS_WAIT();
	OS_CLOSE(go[0]);

	if (OS_FORK() == 0)
		OS_EXIT(0);
	OS_WAIT();
	t = now();
	touch_write(heap, pages, 1);
	report("", "cow_break_reuse_sole_owner_per_page", now() - t, pages);

	t = now();
	if (OS_FORK() == 0) {
		mid = now();
		touch_write(heap, pages, 1);
		in_child = now() - mid;
		OS_WRITE(ready[1], &in_child, sizeof(in_child));
		OS_EXIT(0);
	}
	mid = now() - t;
	OS_WAIT();
	OS_READ(ready[0], &in_child, sizeof(in_child));
	report("", "fork32MiB_call_alone", mid, 1);
	report("", "cow_break_in_child_per_page", in_child, pages);
	OS_CLOSE(ready[0]);
	OS_CLOSE(ready[1]);
}

static void anon_rows(void)
{
	long pages = MIB(64) / PAGE;
	u64 t;
	char *p;

	t = now();
	p = map(0, MIB(64), RW, ANON, -1);
	touch_write(p, pages, 1);
	report("", "mmap64M_first_touch_per_page", now() - t, pages);
	t = now();
	touch_write(p, pages, 1);
	report("", "retouch_per_page", now() - t, pages);
	t = now();
	OS_MUNMAP(p, MIB(64));
	report("", "munmap64M_touched_per_page", now() - t, pages);
	p = map(0, MIB(64), RW, ANON, -1);
	t = now();
	touch_read(p, pages, 1);
	report("", "anon_first_read_zero_page_per_page", now() - t, pages);
	t = now();
	touch_write(p, pages, 1);
	report("", "anon_write_after_zero_page_per_page", now() - t, pages);
	OS_MUNMAP(p, MIB(64));
}

static void heap_rows(void)
{
	enum { N = 10000 };
	char *heap = (char *)OS_BRK(0);
	long pages = MIB(64) / PAGE;
	u64 t;

	t = now();
	check((char *)OS_BRK(heap + MIB(64)) == heap + MIB(64), "brk");
	touch_write(heap, pages, 1);
	report("", "sbrk64M_first_touch_per_page", now() - t, pages);
	t = now();
	OS_BRK(heap);
	report("", "sbrk_shrink64M_touched_per_page", now() - t, pages);
	t = now();
	for (int i = 0; i < N; i++) {
		OS_BRK(heap + PAGE);
		OS_BRK(heap);
	}
	report("", "sbrk_+1_-1_pair", now() - t, N);
	t = now();
	for (int i = 0; i < N; i++) {
		OS_BRK(heap + PAGE);
		*(volatile char *)heap = 1;
		OS_BRK(heap);
	}
	report("", "sbrk_+1_touch_-1_pair", now() - t, N);

	OS_BRK(heap + MIB(32));
	touch_write(heap, MIB(32) / PAGE, 1);
	fork_row("fork_exit_wait_32MiB", 20);
	exec_row("fork_exec_exit_wait_from_32MiB", 20, 0);
	cow_rows(heap, MIB(32) / PAGE);
	OS_BRK(heap);
}

static void map_pair_rows(long pages, const char *untouched, const char *touched)
{
	u64 t = now();

	for (int i = 0; i < 10000; i++)
		OS_MUNMAP(map(0, pages * PAGE, RW, ANON, -1), pages * PAGE);
	report("", untouched, now() - t, 10000);
	t = now();
	for (int i = 0; i < 1000; i++) {
		char *p = map(0, pages * PAGE, RW, ANON, -1);

		touch_write(p, pages, 1);
		OS_MUNMAP(p, pages * PAGE);
	}
	report("", touched, now() - t, 1000);
}

static void protect_row(const char *name, char *p, int n)
{
	u64 t = now();

	for (int i = 0; i < n; i++) {
		OS_MPROTECT(p, 64 * PAGE, PROT_READ);
		OS_MPROTECT(p, 64 * PAGE, RW);
	}
	report("", name, now() - t, 2 * n);
}

static void bench_mem(void)
{
	char *p;

	anon_rows();
	heap_rows();
	map_pair_rows(1, "mmap_munmap_1page_untouched", "mmap_munmap_1page_touched");
	map_pair_rows(64, "mmap_munmap_64page_untouched", "mmap_munmap_64page_touched");
	p = map(0, 64 * PAGE, RW, ANON, -1);
	protect_row("mprotect_64p_untouched_per_call", p, 5000);
	touch_write(p, 64, 1);
	protect_row("mprotect_64p_touched_per_call", p, 5000);
	OS_MUNMAP(p, 64 * PAGE);
	p = map(0, 256 * PAGE, RW, ANON, -1);
	touch_write(p, 256, 1);
	protect_row("mprotect_64p_touched_split_merge_per_call", p + 64 * PAGE, 2000);
	OS_MUNMAP(p, 256 * PAGE);
}

static void file_map_rows(const char *fs, int fd, u64 len)
{
	long pages = len / PAGE;
	char *p;
	u64 t;

	p = map(0, len, PROT_READ, MAP_SHARED, fd);
	t = now();
	touch_read(p, pages, 1);
	report(fs, "map_shared_read_touch_seq_per_page", now() - t, pages);
	t = now();
	OS_MUNMAP(p, len);
	report(fs, "map_shared_munmap_per_page", now() - t, pages);
	p = map(0, len, PROT_READ, MAP_SHARED, fd);
	t = now();
	touch_read(p, pages, 16);
	report(fs, "map_shared_read_touch_stride16_per_fault", now() - t, pages / 16);
	OS_MUNMAP(p, len);
	p = map(0, len, RW, MAP_SHARED, fd);
	t = now();
	touch_write(p, pages, 1);
	report(fs, "map_shared_write_touch_per_page", now() - t, pages);
	OS_MUNMAP(p, len);
	p = map(0, len, RW, MAP_PRIVATE, fd);
	t = now();
	touch_write(p, pages, 1);
	report(fs, "map_private_write_touch_per_page", now() - t, pages);
	OS_MUNMAP(p, len);
}

static void file_rows(const char *fs, const char *path, int mib)
{
	enum { N = 20000 };
	int fd = (int)OS_OPEN(path, O_CREAT | O_RDWR);
	long pages = (long)mib * 256;
	u64 t;

	check(fd >= 0, path);
	for (int i = 0; i < mib * 16; i++)
		check(OS_WRITE(fd, buf, sizeof(buf)) == sizeof(buf), "file write");
	OS_FSYNC(fd);
	for (int i = 0; i < mib * 16; i++)
		OS_PREAD(fd, buf, sizeof(buf), i * (long)sizeof(buf));
	t = now();
	for (int i = 0; i < N; i++)
		OS_PREAD(fd, buf, 4096, i % pages * (long)PAGE);
	report(fs, "file_pread_4K_hot", now() - t, N);
	t = now();
	for (int i = 0; i < N; i++)
		OS_PREAD(fd, buf, 1, i % pages * (long)PAGE);
	report(fs, "file_pread_1B_hot", now() - t, N);
	t = now();
	for (int i = 0; i < N; i++)
		OS_PWRITE(fd, buf, 4096, i % pages * (long)PAGE);
	report(fs, "file_pwrite_4K_hot", now() - t, N);
	OS_FSYNC(fd);
	file_map_rows(fs, fd, MIB(mib));
	OS_CLOSE(fd);
	t = now();
	for (int i = 0; i < 10000; i++)
		OS_CLOSE(OS_OPEN(path, 0));
	report(fs, "open_close", now() - t, 10000);
	OS_UNLINK(path);
	t = now();
	for (int i = 0; i < 5000; i++) {
		OS_CLOSE(OS_OPEN(path, O_CREAT | O_RDWR));
		OS_UNLINK(path);
	}
	report(fs, "create_unlink", now() - t, 5000);
}

static void bench_file(void)
{
	file_rows("tmpfs:", TMPFS_FILE, 8);
	file_rows("disk:", DISK_FILE, 4);
}

/* n areas side by side, every other one writable, so that none can be merged. */
static unsigned order[10000];

static u64 fault_round(char *p, int n, int write)
{
	int half = n / 2;
	u64 t;

	OS_MADVISE(p, n * PAGE, MADV_DONTNEED);
	t = now();
	for (int i = 0; i < half; i++) {
		volatile char *q = p + order[i] * PAGE;

		if (write)
			*q = 1;
		else
			(void)*q;
	}
	return now() - t;
}

static void fault_row(const char *name, const char *n_name, char *p, int n, int write)
{
	char full[64];
	int half = n / 2, rounds = (5000 + half - 1) / half, i = 0;
	u64 sum = 0;

	fault_round(p, n, write);
	for (int r = 0; r < rounds; r++)
		sum += fault_round(p, n, write);
	while (*name != '\0')
		full[i++] = *name++;
	full[i] = '\0';
	report(full, n_name, sum, (u64)rounds * half);
}

static void vma_rows(int n, const char *n_name)
{
	enum { N = 5000 };
	int half = n / 2, done;
	char *p = map(0, (n + 2) * PAGE, 0, ANON, -1);
	u64 t;

	OS_MUNMAP(p, (n + 2) * PAGE);
	p += PAGE;
	t = now();
	for (int i = 0; i < n; i++)
		map(p + i * PAGE, PAGE, i & 1 ? PROT_READ : RW, ANON | MAP_FIXED, -1);
	report("vma_create_per_op_", n_name, now() - t, n);

	for (int i = 0; i < half; i++)
		order[i] = 2 * i;
	for (int i = half - 1; i > 0; i--) {
		int k = (int)(rnd() % (unsigned)(i + 1));
		unsigned x = order[i];

		order[i] = order[k];
		order[k] = x;
	}
	fault_row("vma_random_read_fault_", n_name, p, n, 0);
	fault_row("vma_random_write_fault_", n_name, p, n, 1);
	OS_MADVISE(p, n * PAGE, MADV_DONTNEED);

	t = now();
	for (done = 0; done < N;) {
		for (int i = 0; i < half && done < N; i++, done++)
			OS_MPROTECT(p + order[i] * PAGE, PAGE, RW | PROT_EXEC);
		for (int i = 0; i < half && done < N; i++, done++)
			OS_MPROTECT(p + order[i] * PAGE, PAGE, RW);
	}
	report("vma_random_mprotect_", n_name, now() - t, N);
	t = now();
	for (int i = 0; i < N; i++)
		OS_MUNMAP(map(0, PAGE, PROT_READ | PROT_EXEC, ANON, -1), PAGE);
	report("vma_mmap_munmap_pair_at_", n_name, now() - t, N);
	t = now();
	for (int i = 0; i < N; i++) {
		char *q = p + order[i % half] * PAGE;

		OS_MUNMAP(q, PAGE);
		map(q, PAGE, RW, ANON | MAP_FIXED, -1);
	}
	report("vma_random_munmap_mmapfixed_pair_", n_name, now() - t, N);
	t = now();
	if (OS_FORK() == 0)
		OS_EXIT(0);
	OS_WAIT();
	report("vma_fork_exit_wait_", n_name, now() - t, 1);
	t = now();
	OS_MUNMAP(p, n * PAGE);
	report("vma_munmap_all_per_vma_", n_name, now() - t, n);
}

static void bench_vma(void)
{
	vma_rows(10, "10");
	vma_rows(100, "100");
	vma_rows(1000, "1000");
	vma_rows(10000, "10000");
}

/* --- one operation, for profile.py --- */

void prof_begin(void);
void prof_end(void);
noinline void prof_begin(void) { __asm__ volatile("" ::: "memory"); }
noinline void prof_end(void) { __asm__ volatile("" ::: "memory"); }

static char *prof_map;
static int prof_file, prof_pipe[4];

static void op_getpid(long i) { (void)i; OS_GETPID(); }
static void op_clock(long i) { long ts[2]; (void)i; OS_CLOCK(ts); }
static void op_sbrk(long i)
{
	char *heap = (char *)OS_BRK(0);

	(void)i;
	OS_BRK(heap + PAGE);
	OS_BRK(heap);
}
/* Between the stack and the heap alone, as in the row. */
static void op_mmap(long i)
{
	if (i == -20)
		OS_MUNMAP(prof_map, MIB(128));
	OS_MUNMAP(map(0, PAGE, RW, ANON, -1), PAGE);
}
static void op_protect(long i) { OS_MPROTECT(prof_map, 64 * PAGE, i & 1 ? RW : PROT_READ); }
static void op_touch(long i) { ((volatile char *)prof_map)[(1000 + i) * (long)PAGE] = 1; }
static void op_rtouch(long i) { (void)((volatile char *)prof_map)[(20000 + i) * (long)PAGE]; }
/* First write to a page of a private file mapping (of /bench.tmp's 16 pages, again and again). */
static void op_mapw(long i)
{
	static char *at;

	if (i % 16 == 0 || at == 0)
		at = map(0, 16 * PAGE, RW, MAP_PRIVATE, prof_file);
	((volatile char *)at)[(i & 15) * (long)PAGE] = 1;
}
static void op_unmap(long i) { (void)i; OS_MADVISE(prof_map + 1000 * PAGE, 1000 * PAGE, MADV_DONTNEED); }
static void op_fork(long i)
{
	(void)i;
	if (OS_FORK() == 0)
		OS_EXIT(0);
	OS_WAIT();
}
static void op_exec(long i)
{
	static char *argv[] = { TINY, 0 }, *envp[] = { 0 };

	(void)i;
	if (OS_FORK() == 0) {
		OS_EXEC(TINY, argv, envp);
		OS_EXIT(1);
	}
	OS_WAIT();
}
static void op_pread(long i) { OS_PREAD(prof_file, buf, 4096, i % 16 * (long)PAGE); }
static void op_pread1(long i) { OS_PREAD(prof_file, buf, 1, i % 16 * (long)PAGE); }
static void op_pwrite(long i) { OS_PWRITE(prof_file, buf, 4096, i % 16 * (long)PAGE); }
static void op_open(long i) { (void)i; OS_CLOSE(OS_OPEN(DISK_FILE, 0)); }
static void op_create(long i)
{
	(void)i;
	OS_CLOSE(OS_OPEN(DISK_FILE "2", O_CREAT | O_RDWR));
	OS_UNLINK(DISK_FILE "2");
}
static void op_pipe(long i)
{
	char c = (char)i;

	OS_WRITE(prof_pipe[1], &c, 1);
	OS_READ(prof_pipe[2], &c, 1);
}
static void op_yield(long i) { (void)i; OS_YIELD(); }

static const struct { const char *name; void (*op)(long i); } ops[] = {
	{ "getpid", op_getpid }, { "clock", op_clock }, { "sbrk", op_sbrk }, { "mmap", op_mmap },
	{ "protect", op_protect }, { "touch", op_touch }, { "rtouch", op_rtouch }, { "mapw", op_mapw },
	{ "unmap", op_unmap }, { "fork", op_fork }, { "exec", op_exec }, { "pread", op_pread },
	{ "pread1", op_pread1 }, { "pwrite", op_pwrite }, { "open", op_open },
	{ "create", op_create }, { "pipe", op_pipe }, { "yield", op_yield },
};

static int same(const char *a, const char *b);

static void bench_prof(const char *name, long n)
{
	char c;

	prof_map = map(0, MIB(128), RW, ANON | 0x4000, -1);
	touch_write(prof_map, 64, 1);
	prof_file = (int)OS_OPEN(DISK_FILE, O_CREAT | O_RDWR);
	OS_WRITE(prof_file, buf, sizeof(buf));
	OS_PIPE(prof_pipe);
	OS_PIPE(prof_pipe + 2);
	if (OS_FORK() == 0) {
		OS_CLOSE(prof_pipe[1]);
		while (OS_READ(prof_pipe[0], &c, 1) == 1)
			OS_WRITE(prof_pipe[3], &c, 1);
		OS_EXIT(0);
	}
	for (unsigned k = 0; k < sizeof(ops) / sizeof(ops[0]); k++)
		if (same(ops[k].name, name)) {
			for (long i = -20; i < n; i++) {
				if (i == 0)
					prof_begin();
				ops[k].op(i);
			}
			prof_end();
			return;
		}
	check(0, "no such operation");
}

/* --- the frame around --- */

static const struct { const char *name; void (*run)(void); } groups[] = {
	{ "null", bench_null }, { "fork", bench_fork }, { "pipe", bench_pipe },
	{ "mem", bench_mem }, { "file", bench_file }, { "vma", bench_vma },
};

static int same(const char *a, const char *b)
{
	while (*a != '\0' && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

#ifdef BENCH_LINUX
/* As the first and only program: mount what the rows need; give the random number
 * generator its entropy, or every exec would pay for its lack. */
static void prepare(void)
{
	struct { int bits, size; unsigned char bytes[64]; } entropy = { 512, 64, { 0 } };
	int fd, n, major = 0;

	OS_MKDIR("/proc");
	OS_MKDIR("/t");
	OS_MKDIR("/e");
	OS_MKDIR("/dev");
	OS_MOUNT("proc", "/proc", "proc");
	check(OS_MOUNT("tmpfs", "/t", "tmpfs") == 0, "mount tmpfs");
	for (int i = 0; i < 64; i++)
		entropy.bytes[i] = (unsigned char)(i * 29 + 3);
	OS_MKNOD("/dev/random", 0020600, 1 << 8 | 8);
	fd = (int)OS_OPEN("/dev/random", O_RDWR);
	check(fd >= 0 && OS_IOCTL(fd, 0x40085203, &entropy) == 0, "seed the generator");
	OS_CLOSE(fd);

	/* The disk's major number is dynamic: "MAJOR MINOR BLOCKS vda". */
	fd = (int)OS_OPEN("/proc/partitions", 0);
	n = (int)OS_READ(fd, buf, 4096);
	OS_CLOSE(fd);
	for (int i = 0; i + 3 <= n; i++)
		if (buf[i] == 'v' && buf[i + 1] == 'd' && buf[i + 2] == 'a') {
			while (i > 0 && buf[i - 1] != '\n')
				i--;
			while (buf[i] == ' ')
				i++;
			while (buf[i] >= '0' && buf[i] <= '9')
				major = major * 10 + buf[i++] - '0';
			break;
		}
	OS_MKNOD("/dev/vda", 0060600, major << 8);
	check(OS_MOUNT("/dev/vda", "/e", "ext2") == 0, "mount ext2");
}
#endif

void start(long *sp) __attribute__((used));
void start(long *sp)
{
	u64 t0 = now();
	long argc = sp[0];
	char **argv = (char **)(sp + 1);

	report("", "user_main_at_ns", t0, 1);
#ifdef BENCH_LINUX
	prepare();
#endif
	if (argc >= 3 && same(argv[1], "prof")) {
		bench_prof(argv[2], 100);
		OS_EXIT(failed);
	}
	for (unsigned g = 0; g < sizeof(groups) / sizeof(groups[0]); g++) {
		int wanted = argc <= 1;

		for (long i = 1; i < argc; i++)
			wanted |= same(argv[i], groups[g].name);
		if (wanted)
			groups[g].run();
	}
	put(failed ? "BENCH FAILED" : "BENCH DONE");
	flush();
#ifdef BENCH_LINUX
	OS_POWEROFF();
#endif
	OS_EXIT(failed);
}

__asm__(".globl _start\n_start:\n	mv a0, sp\n	andi sp, sp, -16\n	call start\n");
