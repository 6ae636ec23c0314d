// SPDX-License-Identifier: MIT
// run: harts=8 mem=32M,128M timeout=200 debug
/*
 * vmstress.c - two things that happen to the same memory at the same time, in every pair.
 *
 * A row is a set of threads of one process (and the children it makes), each doing one thing
 * over and over to one mapping: replace it, move it, protect it, fork it, truncate its file,
 * write its file, sync it, give it to the kernel as a buffer, drop caches under it.  What a
 * thread reads must be something that somebody wrote there: each word of page i is i in
 * the upper half and a counter below, or 0, or the access is refused.
 * Afterwards the kernel's own check, and all memory back.
 *
 *	vmstress [row [milliseconds]]		("all": every row)
 */
#include <sched.h>
#include <thread.h>
#include <time.h>
#include "leak.h"
#include "vm.h"

#define PAGES	32
#define PATH	"/stress"

static char *area;
static volatile int stop, wrong;
static int file = -1, tube[2];
static unsigned ms = 400;

static unsigned long rnd(unsigned long *s, unsigned long n)
{
	*s = *s * 6364136223846793005UL + 1442695040888963407UL;
	return (*s >> 33) % n;
}

static unsigned *word(unsigned long i)
{
	return (unsigned *)(area + i * PAGE);
}

static void judge(unsigned long i, unsigned v, const char *who)
{
	if (v != 0 && v >> 16 != i + 1) {
		if (!wrong)
			printf("  %s: page %lu holds %08x\n", who, i, v);
		wrong = 1;
	}
}

/* --- what a thread may do; s: its seed --- */

/* Through the kernel, which answers EFAULT where a load would end the process. */
static void peek(unsigned long *s)
{
	unsigned long i = rnd(s, PAGES);
	unsigned v = 0;

	if (write(tube[1], word(i), 4) != 4)
		return;
	if (read(tube[0], &v, 4) == 4 && v != 0 && (v >> 16 == 0 || v >> 16 > PAGES))
		judge(i, v, "peek");		/* another's word, but nobody's garbage */
}

static void poke(unsigned long *s)
{
	unsigned long i = rnd(s, PAGES);
	unsigned v = (unsigned)(i + 1) << 16 | (unsigned)rnd(s, 65536);
	int p[2];

	if (pipe(p) != 0)
		return;
	if (write(p[1], &v, 4) == 4 && read(p[0], word(i), 4) == 4) {
		unsigned seen = 0;

		if (write(p[1], word(i), 4) == 4 && read(p[0], &seen, 4) == 4)
			judge(i, seen, "poke");
	}
	close(p[0]);
	close(p[1]);
}

static void remap_fresh(unsigned long *s)
{
	unsigned long i = rnd(s, PAGES), n = 1 + rnd(s, PAGES - i);

	if (mmap(word(i), n * PAGE, RW, ANON | MAP_FIXED, -1, 0) == MAP_FAILED && errno != ENOMEM)
		wrong = 1;
}

static void unmap_map(unsigned long *s)
{
	unsigned long i = rnd(s, PAGES);

	munmap(word(i), PAGE);
	mmap(word(i), PAGE, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0);
}

static void protect(unsigned long *s)
{
	unsigned long i = rnd(s, PAGES), n = 1 + rnd(s, PAGES - i);

	mprotect(word(i), n * PAGE, rnd(s, 2) ? PROT_READ : PROT_NONE);
	mprotect(word(i), n * PAGE, RW);
}

static void dontneed(unsigned long *s)
{
	static const int advice[] = { MADV_DONTNEED, MADV_FREE, MADV_COLD, MADV_PAGEOUT };
	unsigned long i = rnd(s, PAGES);

	madvise(word(i), (1 + rnd(s, PAGES - i)) * PAGE, advice[rnd(s, 4)]);
}

/* Away and back; nobody may see another page's contents at this page's place.  Away is a new
 * place each time: the kernel's choice could be the hole that another move has left in the area. */
static void move(unsigned long *s)
{
	static unsigned long places;
	unsigned long i = rnd(s, PAGES), n = 1 + rnd(s, 4), more = rnd(s, 3);
	unsigned long place = __atomic_fetch_add(&places, 1, __ATOMIC_RELAXED);
	char *to = (char *)(64UL << 30) + place * 8 * PAGE;

	if (i + n + more > PAGES)
		return;
	if (rnd(s, 8) == 0) {			/* into a hole behind, if there is one */
		mremap(word(i), n * PAGE, (n + more) * PAGE, 0);
		return;
	}
	if (mremap(word(i), n * PAGE, (n + more) * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, to) ==
	    MAP_FAILED)
		return;
	if (mremap(to, n * PAGE, n * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, word(i)) == MAP_FAILED)
		munmap(to, n * PAGE);
	if (more != 0)
		munmap(to + n * PAGE, more * PAGE);	/* by what it had grown */
}

/* The child looks at everything, writes, perhaps forks again, and is perhaps killed. */
static void fork_child(unsigned long *s)
{
	int deep = (int)rnd(s, 2), kill_it = (int)rnd(s, 3) == 0, status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		int p[2];

		if (deep && fork() == 0)
			_exit(0);
		if (pipe(p) != 0)
			_exit(0);
		for (unsigned long i = 0; i < PAGES; i++) {
			unsigned v = 0;

			if (write(p[1], word(i), 4) != 4 || read(p[0], &v, 4) != 4)
				continue;
			if (v != 0 && v >> 16 != i + 1)
				_exit(77);
			v = (unsigned)(i + 1) << 16 | 7;
			if (write(p[1], &v, 4) == 4 && read(p[0], word(i), 4) != 4)
				read(p[0], &v, 4);
		}
		_exit(0);
	}
	if (pid < 0)
		return;
	if (kill_it)
		kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
		printf("  a child saw what nobody wrote\n");
		wrong = 1;
	}
}

static void lock(unsigned long *s)
{
	unsigned long i = rnd(s, PAGES), n = 1 + rnd(s, PAGES - i);

	mlock(word(i), n * PAGE);
	munlock(word(i), n * PAGE);
}

static void resize_file(unsigned long *s)
{
	ftruncate(file, (off_t)(rnd(s, PAGES * PAGE / 4) * 4));	/* a word is there or not, whole */
	ftruncate(file, (off_t)(PAGES * PAGE));
}

static void write_file(unsigned long *s)
{
	unsigned long i = rnd(s, PAGES);
	unsigned v = (unsigned)(i + 1) << 16 | (unsigned)rnd(s, 65536);

	pwrite(file, &v, 4, (off_t)(i * PAGE));
}

/* From the mapping into the very file that it maps: page i to page i. */
static void write_from_itself(unsigned long *s)
{
	unsigned long i = rnd(s, PAGES - 1);

	pwrite(file, word(i), 2 * PAGE, (off_t)(i * PAGE));
}

static void read_into_itself(unsigned long *s)
{
	unsigned long i = rnd(s, PAGES - 1);

	pread(file, word(i), 2 * PAGE, (off_t)(i * PAGE));
}

static void read_file(unsigned long *s)
{
	unsigned long i = rnd(s, PAGES);
	unsigned v = 0;

	if (pread(file, &v, 4, (off_t)(i * PAGE)) == 4)
		judge(i, v, "read");
}

static void sync_area(unsigned long *s)
{
	if (rnd(s, 2))
		msync(area, PAGES * PAGE, MS_SYNC);
	else
		fsync(file);
}

static void drop(unsigned long *s)
{
	int fd = open("/proc/sys/vm/drop_caches", O_WRONLY);

	(void)s;
	if (fd >= 0) {
		write(fd, "3", 1);
		close(fd);
	}
}

static void map_file(unsigned long *s)
{
	unsigned long i = rnd(s, PAGES), n = 1 + rnd(s, PAGES - i);

	mmap(word(i), n * PAGE, RW, (rnd(s, 2) ? MAP_SHARED : MAP_PRIVATE) | MAP_FIXED, file,
	     (off_t)(i * PAGE));
}

/* Everything that shows an address space from outside. */
static void look_at_proc(unsigned long *s)
{
	static const char *const names[] = { "maps", "smaps", "statm", "status", "pagemap", "exe" };
	char buf[512], path[40];
	int fd;

	snprintf(path, sizeof(path), "/proc/self/%s", names[rnd(s, 6)]);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return;
	if (strstr(path, "pagemap") != NULL)
		pread(fd, buf, sizeof(buf), (off_t)((unsigned long)area / PAGE * 8));
	else
		read(fd, buf, sizeof(buf));
	close(fd);
}

/* Memory of the whole machine becomes scarce for a moment. */
static void hog(unsigned long *s)
{
	unsigned long n = (unsigned long)vm_free_kib() / 4 * 3 / 4;
	pid_t pid;

	(void)s;
	if (n > 6000)
		n = 6000;
	pid = fork();
	if (pid == 0) {
		char *p = mmap(NULL, n * PAGE, RW, ANON | MAP_NORESERVE, -1, 0);

		for (unsigned long i = 0; p != MAP_FAILED && i < n; i++)
			p[i * PAGE] = 1;
		_exit(0);
	}
	if (pid > 0)
		waitpid(pid, NULL, 0);
}

static void heap(unsigned long *s)
{
	static volatile int busy;

	if (__atomic_exchange_n(&busy, 1, __ATOMIC_ACQUIRE))
		return;
	if (sbrk((intptr_t)(8 * PAGE)) != (void *)-1)
		sbrk(-(intptr_t)(8 * PAGE));
	(void)s;
	__atomic_store_n(&busy, 0, __ATOMIC_RELEASE);
}

/* --- rows --- */

typedef void (*deed)(unsigned long *);

struct actor {
	deed what;
	unsigned long seed;
};

static void *act(void *arg)
{
	struct actor *a = arg;

	while (!stop) {
		a->what(&a->seed);
		/* Under one turn for all harts a thread that never sleeps would have it for 10 ms. */
		if (rnd(&a->seed, 3) == 0)
			sched_yield();
	}
	return NULL;
}

static void all_at_once(const deed *deeds, int n)
{
	struct actor actors[8];
	thread_t t[8];

	FAIL_IF(pipe(tube) != 0);
	fcntl(tube[0], F_SETFL, O_NONBLOCK);
	fcntl(tube[1], F_SETFL, O_NONBLOCK);
	for (int i = 0; i < n; i++) {
		actors[i] = (struct actor){ deeds[i], (unsigned long)i * 77 + 1 };
		FAIL_IF(thread_create(&t[i], act, &actors[i]) != 0);
	}
	usleep(ms * 1000);
	stop = 1;
	for (int i = 0; i < n; i++)
		FAIL_IF(thread_join(t[i], NULL) != 0);
	FAIL_IF(wrong);
	FAIL_IF(!vm_ok());
}

static void anonymous(void)
{
	area = vm_map(PAGES, RW, ANON);
}

static void file_mapping(int flags)
{
	file = open(PATH, O_RDWR | O_CREAT | O_TRUNC, 0600);
	FAIL_IF(file < 0);
	unlink(PATH);
	FAIL_IF(ftruncate(file, (off_t)(PAGES * PAGE)) != 0);
	area = mmap(NULL, PAGES * PAGE, RW, flags, file, 0);
	FAIL_IF(area == MAP_FAILED);
}

#define ROW(name, prepare, ...) \
	static void name(void) \
	{ \
		static const deed deeds[] = { __VA_ARGS__ }; \
		prepare; \
		all_at_once(deeds, (int)(sizeof(deeds) / sizeof(deeds[0]))); \
	}

ROW(fork_and_unmap, anonymous(), poke, poke, fork_child, fork_child, unmap_map, peek)
ROW(fork_and_move, anonymous(), poke, poke, fork_child, fork_child, move, peek)
ROW(fork_and_protect, anonymous(), poke, poke, fork_child, protect, protect, peek)
ROW(fork_and_dontneed, anonymous(), poke, poke, fork_child, dontneed, dontneed, hog)
ROW(move_and_map, anonymous(), poke, poke, move, move, remap_fresh, heap)
ROW(lock_and_dontneed, anonymous(), poke, poke, lock, dontneed, fork_child, hog)
ROW(proc_and_all, anonymous(), poke, look_at_proc, look_at_proc, remap_fresh, move, fork_child)
ROW(truncate_and_fault, file_mapping(MAP_SHARED), poke, poke, resize_file, peek, read_file, write_file)
ROW(truncate_private, file_mapping(MAP_PRIVATE), poke, poke, resize_file, peek, fork_child, write_file)
ROW(truncate_and_move, file_mapping(MAP_SHARED), poke, move, resize_file, peek, fork_child, sync_area)
ROW(sync_and_store, file_mapping(MAP_SHARED), poke, poke, sync_area, sync_area, read_file, drop)
ROW(sync_and_unmap, file_mapping(MAP_SHARED), poke, map_file, sync_area, unmap_map, resize_file, drop)
ROW(file_onto_itself, file_mapping(MAP_SHARED), write_from_itself, write_from_itself, read_into_itself,
    read_into_itself, resize_file, drop)
ROW(file_and_hog, file_mapping(MAP_SHARED), poke, write_file, read_file, hog, dontneed, fork_child)
ROW(everything, file_mapping(MAP_SHARED), poke, map_file, move, resize_file, fork_child, dontneed, hog,
    sync_area)

static int all_back(const struct row *r, int argc, char **argv)
{
	struct in_use before = in_use_now();
	long promised = vm_number("/proc/meminfo", "Committed_AS"), now;
	char name[80];
	int failed = run_rows(r, 1, argc, argv);

	if (argc > 1 && strcmp(argv[1], r->name) != 0)
		return 0;
	snprintf(name, sizeof(name), "%s: all back", r->name);
	failed += in_use_check(name, before, 2048);
	now = vm_number("/proc/meminfo", "Committed_AS");	/* exact: a promise has no cache */
	if (now != promised) {
		printf("FAIL %s: Committed_AS is %ld, was %ld\n", r->name, now, promised);
		failed++;
	}
	return failed;
}

int main(int argc, char **argv)
{
	static const struct row rows[] = {
		{ "fork and munmap", fork_and_unmap },
		{ "fork and mremap", fork_and_move },
		{ "fork and mprotect", fork_and_protect },
		{ "fork and madvise", fork_and_dontneed },
		{ "mremap and mmap", move_and_map },
		{ "mlock and madvise", lock_and_dontneed },
		{ "proc and all", proc_and_all },
		{ "truncate and fault", truncate_and_fault },
		{ "truncate and private copies", truncate_private },
		{ "truncate and mremap", truncate_and_move },
		{ "msync and store", sync_and_store },
		{ "msync and munmap", sync_and_unmap },
		{ "a file onto itself", file_onto_itself },
		{ "a file and no memory", file_and_hog },
		{ "everything", everything },
	};
	int failed = 0;

	if (argc > 2)
		ms = (unsigned)atoi(argv[2]);
	if (argc > 1 && strcmp(argv[1], "all") == 0)
		argc = 1;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		failed += all_back(&rows[i], argc, argv);
	return failed;
}
