// SPDX-License-Identifier: MIT
// run: harts=1,8 mem=32M,128M timeout=120 debug
/*
 * mix.c - files and memory at once: random calls on a few descriptors, names and pages.
 *
 * fuzz.c asks each call with arguments that make no sense; here each makes sense by itself,
 * and only their mixture does not: a file is cut while it is mapped and read into its
 * own mapping, renamed, dropped from the cache.  What a call answers is of no interest.
 * That each returns is, that the kernel's invariants hold, and that everything comes back.
 *
 *	mix [seed [threads [milliseconds]]]
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <sched.h>
#include <sys/uio.h>
#include <thread.h>
#include <time.h>
#include "leak.h"
#include "vm.h"

#define PAGES		96UL
#define BASE		((char *)0x1000000000UL)	/* nothing else is near */
#define FIRST_FD	10
#define NR_FDS		12
#define FILE_PAGES	16UL

static const char *const names[] = {
	"/mix/a", "/mix/b", "/mix/c", "/mix/d", "/mix/d/e", "/mix/d/f", "/tmp/mix.a", "/tmp/mix.b",
};
#define NR_NAMES (sizeof(names) / sizeof(names[0]))

static volatile int stop;
static unsigned calls;

static unsigned long rnd(unsigned long *s, unsigned long n)
{
	*s = *s * 6364136223846793005UL + 1442695040888963407UL;
	return (*s >> 33) % n;
}

/* What a call may be given. */
struct things {
	unsigned long *s;
	char *p, *q;			/* page-aligned; len and qlen bytes in BASE's pages */
	size_t len, qlen;
	int fd, other;
	off_t off;			/* in bytes, anywhere in the file or a little behind */
	const char *name, *to;
};

static int is_file(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	write(fd, text, strlen(text));
	close(fd);
}

/* --- memory --- */

static void map_anonymous(struct things *t)
{
	int kind = rnd(t->s, 3) ? MAP_PRIVATE : MAP_SHARED;

	if (kind == MAP_PRIVATE && !rnd(t->s, 4))
		kind |= MAP_GROWSDOWN;
	mmap(t->p, t->len, (int)rnd(t->s, 8), kind | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}

static void map_file(struct things *t)
{
	int flags = (rnd(t->s, 2) ? MAP_SHARED : MAP_PRIVATE) | (rnd(t->s, 6) ? 0 : MAP_POPULATE);

	mmap(t->p, t->len, (int)rnd(t->s, 4), flags | MAP_FIXED, t->fd, t->off & -(off_t)PAGE);
}

static void advise(struct things *t)
{
	static const int advice[] = { MADV_NORMAL, MADV_RANDOM, MADV_SEQUENTIAL, MADV_WILLNEED,
				      MADV_DONTNEED, MADV_FREE, MADV_COLD, MADV_PAGEOUT };

	madvise(t->p, t->len, advice[rnd(t->s, 8)]);
}

static void unmap(struct things *t) { munmap(t->p, t->len); }
static void protect(struct things *t) { mprotect(t->p, t->len, (int)rnd(t->s, 8)); }
static void other_pages(struct things *t) { remap_file_pages(t->p, t->len, 0, rnd(t->s, 16), 0); }
static void move(struct things *t) { mremap(t->p, t->len, t->qlen, (int)rnd(t->s, 4), t->q); }
static void sync_part(struct things *t) { msync(t->p, t->len, rnd(t->s, 20) ? MS_ASYNC : MS_SYNC); }
static void lock(struct things *t) { rnd(t->s, 2) ? mlock(t->p, t->len) : munlock(t->p, t->len); }

/* --- contents: the kernel reads and stores, so that what is not there is EFAULT --- */

static void read_at(struct things *t) { pread(t->fd, t->p, rnd(t->s, t->len), t->off); }
static void write_at(struct things *t) { pwrite(t->fd, t->p, rnd(t->s, t->len), t->off); }

static void read_or_write(struct things *t)
{
	struct iovec iov[] = { { t->p, rnd(t->s, 100) }, { t->q, rnd(t->s, 5000) }, { t->p + 3, 1 } };

	if (is_file(t->fd))		/* nothing that could wait */
		rnd(t->s, 2) ? readv(t->fd, iov, 3) : writev(t->fd, iov, 3);
}

static void through_a_pipe(struct things *t)
{
	int p[2];

	if (pipe2(p, O_NONBLOCK) != 0)
		return;
	write(p[1], t->p, rnd(t->s, t->len));
	read(p[0], t->q, rnd(t->s, t->qlen));
	close(p[0]);
	close(p[1]);
}

static void look(struct things *t) { read_at(t), lseek(t->fd, t->off, (int)rnd(t->s, 5)); }
static void cut(struct things *t) { ftruncate(t->fd, t->off); }
static void cut_by_name(struct things *t) { truncate(t->name, t->off); }

/* --- names, descriptors --- */

static void open_one(struct things *t)
{
	int fd = open(t->name, O_RDWR | O_CREAT | (rnd(t->s, 4) ? 0 : O_TRUNC), 0644);

	if (fd >= 0) {
		dup2(fd, t->fd);
		close(fd);
	}
}

static void list(struct things *t)
{
	int fd = open("/mix/d", O_RDONLY);

	getdents(fd, t->p, t->len);
	close(fd);
}

static void copy_fd(struct things *t) { dup2(t->fd, t->other); }
static void close_fd(struct things *t) { rnd(t->s, 3) ? 0 : close(t->fd); }
static void rename_one(struct things *t) { rename(t->name, t->to); }
static void link_one(struct things *t) { link(t->name, t->to); }
static void unlink_one(struct things *t) { remove(t->name); }
static void make_dir(struct things *t) { mkdir(t->name, 0755); }
static void stat_one(struct things *t) { stat(t->name, (struct stat *)t->p); }

/* --- what concerns everybody, and is dear --- */

static void one(unsigned long *s);

static void dear(struct things *t)
{
	pid_t pid;

	switch (rnd(t->s, 60)) {
	case 0:
		sync();
		break;
	case 1:
		fsync(t->fd);
		break;
	case 2:
		put("/proc/sys/vm/drop_caches", "3");
		break;
	case 3 ... 9:
		pid = fork();
		for (int i = 0; pid == 0 && i < 20; i++)
			one(t->s);
		if (pid == 0)
			_exit(0);
		waitpid(pid, NULL, 0);
	}
}

static void one(unsigned long *s)
{
	static void (*const all[])(struct things *t) = {
		map_anonymous, map_anonymous, map_file, map_file, map_file, unmap, protect, protect,
		advise, advise, advise, other_pages, move, sync_part, lock, read_at, read_at, write_at,
		write_at, write_at, read_or_write, through_a_pipe, look, cut, cut, cut_by_name,
		open_one, list, copy_fd, close_fd, rename_one, link_one, unlink_one, make_dir,
		stat_one, dear,
	};
	unsigned long i = rnd(s, PAGES), k = rnd(s, PAGES);
	struct things t = {
		.s = s, .p = BASE + i * PAGE, .q = BASE + k * PAGE,
		.len = (1 + rnd(s, PAGES - i < 8 ? PAGES - i : 8)) * PAGE,
		.qlen = (1 + rnd(s, PAGES - k < 8 ? PAGES - k : 8)) * PAGE,
		.fd = FIRST_FD + (int)rnd(s, NR_FDS), .other = FIRST_FD + (int)rnd(s, NR_FDS),
		.off = (off_t)rnd(s, FILE_PAGES * PAGE),
		.name = names[rnd(s, NR_NAMES)], .to = names[rnd(s, NR_NAMES)],
	};

	all[rnd(s, sizeof(all) / sizeof(all[0]))](&t);
}

static void *run(void *arg)
{
	unsigned long s = (unsigned long)arg;

	while (!stop) {
		one(&s);
		__atomic_fetch_add(&calls, 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

static unsigned long seed = 1, threads = 3, ms = 2000;

static void mix(void)
{
	thread_t t[8];

	mkdir("/mix", 0755);
	FAIL_IF(threads > sizeof(t) / sizeof(t[0]));
	for (unsigned long i = 0; i < threads; i++)
		FAIL_IF(thread_create(&t[i], run, (void *)(seed * 100 + i)) != 0);
	usleep((useconds_t)ms * 1000);
	stop = 1;
	for (unsigned long i = 0; i < threads; i++)
		FAIL_IF(thread_join(t[i], NULL) != 0);
	printf("  seed %lu: %u calls\n", seed, calls);
	FAIL_IF(!vm_ok());
	for (int fd = FIRST_FD; fd < FIRST_FD + NR_FDS; fd++)
		close(fd);
	FAIL_IF(system("rm -r /mix /tmp/mix.* 2>/dev/null; sync") < 0);
	FAIL_IF(vm_number("/proc/meminfo", "Dirty") != 0);
}

/* The same calls in the same order, many more of them. */
static void alone(void)
{
	threads = 1;
	mix();
}

int main(int argc, char **argv)
{
	static const struct row rows[] = {
		{ "one thread", alone },
		{ "several threads", mix },
	};
	struct in_use before = in_use_now();
	long promised = vm_number("/proc/meminfo", "Committed_AS"), now;
	int failed;

	if (argc > 1)
		seed = strtoul(argv[1], NULL, 0);
	if (argc > 2)
		threads = strtoul(argv[2], NULL, 0);
	if (argc > 3)
		ms = strtoul(argv[3], NULL, 0);
	failed = RUN_ROWS(rows, 1, argv);
	failed += in_use_check("all back", before, 2048);
	now = vm_number("/proc/meminfo", "Committed_AS");
	if (now != promised) {
		printf("FAIL all promises back: Committed_AS is %ld, was %ld\n", now, promised);
		failed++;
	}
	return failed != 0;
}
