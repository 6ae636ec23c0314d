// SPDX-License-Identifier: MIT
// run: timeout=120 debug
/*
 * pagecache.c - one copy of a file's data: read, write and mmap agree; truncation, write-back,
 * dropping and refilling the cache, files larger than memory.
 */
#include "rows.h"

#include <sys/mman.h>
#include <sys/statfs.h>

#define PAGE 4096L

static char buf[65536];
static const char *dir;

static int scratch(const char *name, long size)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_CREAT | O_RDWR | O_TRUNC, 0644);
	FAIL_IF(fd < 0 || unlink(path));
	FAIL_IF(ftruncate(fd, size));
	return fd;
}

static void set(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY);

	FAIL_IF(fd < 0 || write(fd, value, strlen(value)) != (ssize_t)strlen(value));
	FAIL_IF(close(fd));
}

static long meminfo(const char *what)
{
	int fd = open("/proc/meminfo", O_RDONLY);
	ssize_t n = read(fd, buf, sizeof(buf) - 1);
	char *s;

	close(fd);
	FAIL_IF(n <= 0);
	buf[n] = '\0';
	s = strstr(buf, what);
	FAIL_IF(s == NULL);
	return atol(s + strlen(what));
}

static void coherent(void)
{
	int fd = scratch("c", 3 * PAGE);
	char *p = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	char *q = mmap(NULL, 3 * PAGE, PROT_READ, MAP_SHARED, fd, 0);
	char *priv = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	char x[8];

	FAIL_IF(p == MAP_FAILED || q == MAP_FAILED || priv == MAP_FAILED);
	p[5] = 'm';
	FAIL_IF(pread(fd, x, 1, 5) != 1 || x[0] != 'm' || q[5] != 'm' || priv[5] != 'm');
	FAIL_IF(pwrite(fd, "w", 1, PAGE) != 1 || p[PAGE] != 'w' || priv[PAGE] != 'w');
	priv[5] = 'p';
	FAIL_IF(q[5] != 'm' || pread(fd, x, 1, 5) != 1 || x[0] != 'm');
	p[5] = 'n';
	FAIL_IF(priv[5] != 'p');
	/* over a page border, from a mapping of the same file */
	memcpy(p + PAGE - 4, "ABCDEFGH", 8);
	FAIL_IF(pwrite(fd, q + PAGE - 4, 8, 2 * PAGE - 4) != 8 || memcmp(p + 2 * PAGE - 4, "ABCDEFGH", 8));
	FAIL_IF(msync(p, 3 * PAGE, MS_SYNC) || fsync(fd));
	if (fork() == 0) {
		p[100] = 'c';
		_exit(0);
	}
	wait(NULL);
	FAIL_IF(q[100] != 'c');
}

static int touch_status(volatile char *p)
{
	int pid = fork(), status;

	if (pid == 0) {
		(void)*p;
		_exit(0);
	}
	waitpid(pid, &status, 0);
	return status;
}

static void truncate_mapped(void)
{
	int fd = scratch("t", 4 * PAGE);
	char *p = mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	FAIL_IF(p == MAP_FAILED);
	memset(p, 'x', 4 * PAGE);
	FAIL_IF((touch_status(p + 4 * PAGE) & 0x7f) != 7);	/* SIGBUS */
	FAIL_IF(ftruncate(fd, PAGE + 100));
	FAIL_IF(touch_status(p + PAGE) != 0 || (touch_status(p + 2 * PAGE) & 0x7f) != 7);
	FAIL_IF(p[PAGE + 99] != 'x' || p[PAGE + 100] != 0 || p[2 * PAGE - 1] != 0);
	p[PAGE + 200] = 'y';			/* behind the end: must not come back */
	FAIL_IF(ftruncate(fd, 4 * PAGE));
	FAIL_IF(p[PAGE + 200] != 0 || p[2 * PAGE] != 0 || p[3 * PAGE] != 0);
	p[3 * PAGE] = 'z';
	FAIL_IF(pread(fd, buf, 1, 3 * PAGE) != 1 || buf[0] != 'z');
	FAIL_IF(ftruncate(fd, 0) || (touch_status(p) & 0x7f) != 7);
	/* write(2) past a tail that a mapping has dirtied */
	FAIL_IF(pwrite(fd, "a", 1, 0) != 1);
	p[10] = 'q';
	FAIL_IF(pwrite(fd, "b", 1, 20) != 1 || p[10] != 0);
}

static void holes(void)
{
	int fd = scratch("h", 1000 * PAGE);
	char *p = mmap(NULL, 1000 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	struct stat st;

	FAIL_IF(p == MAP_FAILED);
	for (int i = 0; i < 1000; i += 100)
		FAIL_IF(p[i * PAGE] != 0);
	p[500 * PAGE] = 1;
	FAIL_IF(fsync(fd) || fstat(fd, &st) || st.st_blocks > 600);
	FAIL_IF(pread(fd, buf, 1, 500 * PAGE) != 1 || buf[0] != 1);
	FAIL_IF(pread(fd, buf, 1, 499 * PAGE) != 1 || buf[0] != 0);
}

static void drop_and_read(void)
{
	int fd = scratch("d", 0);
	long cached;

	for (int i = 0; i < 64; i++) {
		memset(buf, i + 1, sizeof(buf));
		FAIL_IF(write(fd, buf, sizeof(buf)) != sizeof(buf));
	}
	FAIL_IF(fsync(fd));
	cached = meminfo("\nCached:");
	set("/proc/sys/vm/drop_caches", "3\n");
	if (strcmp(dir, "/tmp") != 0)
		FAIL_IF(meminfo("\nCached:") > cached - 3500);
	for (int i = 63; i >= 0; i--) {			/* backwards: no read-ahead */
		FAIL_IF(pread(fd, buf, sizeof(buf), i * (long)sizeof(buf)) != sizeof(buf));
		for (unsigned k = 0; k < sizeof(buf); k += 511)
			FAIL_IF(buf[k] != i + 1);
	}
	set("/proc/sys/vm/drop_caches", "1");
	for (int i = 0; i < 64; i++) {
		FAIL_IF(pread(fd, buf, sizeof(buf), i * (long)sizeof(buf)) != sizeof(buf));
		for (unsigned k = 0; k < sizeof(buf); k += 511)
			FAIL_IF(buf[k] != i + 1);
	}
	fd = open("/proc/sys/vm/drop_caches", O_WRONLY);
	FAILS_WITH(write(fd, "9", 1), EINVAL);
	FAILS_WITH(write(fd, "x", 1), EINVAL);
}

static void fill(long *p, long page)
{
	for (int i = 0; i < (int)(PAGE / sizeof(long)); i++)
		p[i] = page * 1000003 + i;
}

static int filled(const long *p, long page)
{
	for (int i = 0; i < (int)(PAGE / sizeof(long)); i += 37)
		if (p[i] != page * 1000003 + i)
			return 0;
	return 1;
}

static void larger_than_ram(void)
{
	long pages = meminfo("MemTotal:") / 4 * 3 / 2;
	struct statfs sf;
	int fd = scratch("big", 0);
	char *p;

	FAIL_IF(statfs(dir, &sf));
	if (strcmp(dir, "/tmp") == 0 || (long)sf.f_bfree < pages + 200 || pages > 40000)
		pages = 2000;			/* no room for more on this disk */
	for (long i = 0; i < pages; i += 16) {
		for (int k = 0; k < 16; k++)
			fill((long *)(buf + k * PAGE), i + k);
		FAIL_IF(write(fd, buf, sizeof(buf)) != sizeof(buf));
	}
	for (long i = 0; i < pages; i++) {
		FAIL_IF(pread(fd, buf, PAGE, i * PAGE) != PAGE || !filled((long *)buf, i));
	}
	/* Each page that is unmapped costs a fence on every hart; eight emulated ones on a
	 * busy host take milliseconds for it. */
	if (sysconf(_SC_NPROCESSORS_ONLN) > 4 && pages > 1000)
		pages = 1000;
	p = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	FAIL_IF(p == MAP_FAILED);
	for (long i = 0; i < pages; i++) {
		FAIL_IF(!filled((long *)(p + i * PAGE), i));
		p[i * PAGE] ^= 1;
	}
	for (long i = 0; i < pages; i += 7) {
		FAIL_IF(pread(fd, buf, PAGE, i * PAGE) != PAGE);
		buf[0] ^= 1;
		FAIL_IF(!filled((long *)buf, i));
	}
}

/* Writers, readers, mappings and truncation of one file at once: no reader may ever
 * see anything but zeros or the byte of the page. */
static void stress(void)
{
	enum { PAGES = 64 };
	int fd = scratch("s", PAGES * PAGE);
	char *p = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	FAIL_IF(p == MAP_FAILED);
	for (int who = 0; who < 4; who++)
		if (fork() == 0) {
			unsigned x = (unsigned)who + 1;

			for (int i = 0; i < 1500; i++) {
				x = x * 1103515245 + 12345;
				long page = x >> 8 & (PAGES - 1);

				switch (who) {
				case 0:
					memset(buf, (int)page + 1, PAGE);
					pwrite(fd, buf, PAGE, page * PAGE);
					break;
				case 1:
					if (pread(fd, buf, PAGE, page * PAGE) == PAGE)
						for (int k = 0; k < PAGE; k += 61)
							if (buf[k] != 0 && buf[k] != (char)(page + 1))
								_exit(2);
					break;
				case 2:
					if (i % 50 == 0) {
						ftruncate(fd, page * PAGE + 100);
						ftruncate(fd, PAGES * PAGE);
					}
					break;
				case 3:
					if (i % 20 == 0)
						fsync(fd);
					/* through the mapping, as the kernel copies: no SIGBUS */
					int z[2];

					if (i % 5 == 0 && pipe(z) == 0) {
						ssize_t n = write(z[1], p + page * PAGE, PAGE);

						if (n > 0 && read(z[0], buf, PAGE) == n)
							for (ssize_t k = 0; k < n; k += 61)
								if (buf[k] != 0 && buf[k] != (char)(page + 1))
									_exit(3);
						close(z[0]);
						close(z[1]);
					}
				}
			}
			_exit(0);
		}
	for (int who = 0; who < 4; who++) {
		int status;

		FAIL_IF(wait(&status) < 0 || status != 0);
	}
}

static void settings(void)
{
	int fd;

	set("/proc/sys/vm/dirty_ratio", "30\n");
	fd = open("/proc/sys/vm/dirty_ratio", O_RDONLY);
	FAIL_IF(read(fd, buf, 10) != 3 || memcmp(buf, "30\n", 3));
	set("/proc/sys/vm/dirty_ratio", "20\n");
	fd = open("/proc/sys/vm/dirty_ratio", O_WRONLY);
	FAILS_WITH(write(fd, "101", 3), EINVAL);
	fd = open("/proc/mounts", O_RDONLY);
	FAIL_IF(read(fd, buf, sizeof(buf)) <= 0 || strstr(buf, " / pfs rw") == NULL);
}

/* Nobody syncs: the thread writes what has been dirty long enough. */
static void periodic(void)
{
	int fd = scratch("p", 0), i;

	if (strcmp(dir, "/tmp") == 0)
		return;
	sync();
	set("/proc/sys/vm/dirty_expire_centisecs", "20");
	set("/proc/sys/vm/dirty_writeback_centisecs", "10");
	usleep(100000);
	FAIL_IF(write(fd, buf, sizeof(buf)) != sizeof(buf));
	FAIL_IF(meminfo("\nDirty:") < 60);
	/* the thread may still be in its old, long nap of five seconds */
	for (i = 0; i < 80 && meminfo("\nDirty:") > 8; i++)
		usleep(100000);
	set("/proc/sys/vm/dirty_expire_centisecs", "3000");
	set("/proc/sys/vm/dirty_writeback_centisecs", "500");
	FAIL_IF(i == 80);
}

static void memfd(void)
{
	int fd = memfd_create("test", 0);
	char *p;

	FAIL_IF(fd < 0 || ftruncate(fd, 2 * PAGE));
	p = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	FAIL_IF(p == MAP_FAILED);
	p[PAGE] = 'k';
	FAIL_IF(pread(fd, buf, 1, PAGE) != 1 || buf[0] != 'k');
	FAIL_IF(lseek(fd, 0, SEEK_DATA) != PAGE || lseek(fd, PAGE, SEEK_HOLE) != 2 * PAGE);
	FAILS_WITH(lseek(fd, 2 * PAGE, SEEK_DATA), ENXIO);
	p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (fork() == 0) {
		p[0] = 's';
		_exit(0);
	}
	wait(NULL);
	FAIL_IF(p[0] != 's');
}

/* Data and holes of a sparse file on the disk, before it is written out and after. */
static void sparse_on_disk(void)
{
	static const off_t far = 3L << 20;	/* behind the direct blocks */
	int fd = open("/sparse", O_RDWR | O_CREAT | O_TRUNC, 0600);

	FAIL_IF(fd < 0);
	FAIL_IF(pwrite(fd, "a", 1, PAGE + 5) != 1 || pwrite(fd, "b", 1, far) != 1);
	FAIL_IF(ftruncate(fd, far + 4 * PAGE) != 0);
	for (int i = 0; i < 3; i++) {
		FAIL_IF(lseek(fd, 0, SEEK_DATA) != PAGE || lseek(fd, 0, SEEK_HOLE) != 0);
		FAIL_IF(lseek(fd, PAGE + 9, SEEK_DATA) != PAGE + 9);
		FAIL_IF(lseek(fd, PAGE, SEEK_HOLE) != 2 * PAGE);
		FAIL_IF(lseek(fd, 2 * PAGE, SEEK_DATA) != far || lseek(fd, far, SEEK_HOLE) != far + PAGE);
		FAIL_IF(lseek(fd, far + 2 * PAGE + 1, SEEK_HOLE) != far + 2 * PAGE + 1);
		FAILS_WITH(lseek(fd, far + PAGE, SEEK_DATA), ENXIO);
		FAILS_WITH(lseek(fd, far + 4 * PAGE, SEEK_HOLE), ENXIO);
		FAIL_IF(pread(fd, buf, 8, 9 * PAGE) != 8 || buf[0] != 0);	/* a hole in memory */
		if (i == 0)
			FAIL_IF(fsync(fd) != 0);
		if (i == 1)
			set("/proc/sys/vm/drop_caches", "3");
	}
	FAIL_IF(pwrite(fd, "c", 1, far + 4 * PAGE - 1) != 1);	/* full to the end */
	FAIL_IF(lseek(fd, far + 3 * PAGE, SEEK_HOLE) != far + 4 * PAGE);
	FAIL_IF(close(fd) != 0 || unlink("/sparse") != 0);
}

static void not_mappable(void)
{
	static const char *const names[] = { "/", "/proc/meminfo", "/dev/console", "/dev/null", "/tmp" };
	int p[2];

	for (int i = 0; i < 5; i++) {
		int fd = open(names[i], O_RDONLY);

		FAIL_IF(fd < 0);
		FAIL_IF(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0) != MAP_FAILED);
		FAIL_IF(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0) != MAP_FAILED);
		close(fd);
		if (fork() == 0) {
			char *argv[] = { "x", NULL };

			execv(names[i], argv);
			_exit(0);
		}
		int status;

		FAIL_IF(wait(&status) < 0 || status != 0);
	}
	FAIL_IF(pipe(p) || mmap(NULL, PAGE, PROT_READ, MAP_SHARED, p[0], 0) != MAP_FAILED);
	FAILS_WITH(truncate("/proc/meminfo", 10), EINVAL);
}

static void tmpfs_full(void)
{
	struct statfs sf;
	int fd = scratch("f", 0);
	long before = meminfo("MemFree:");
	ssize_t n;

	FAIL_IF(statfs("/tmp", &sf));
	if (strcmp(dir, "/tmp") != 0 || sf.f_bfree > 20000)
		return;
	while ((n = write(fd, buf, sizeof(buf))) == (ssize_t)sizeof(buf))
		;
	FAIL_IF(n == -1 && errno != ENOSPC && errno != ENOMEM);
	FAIL_IF(ftruncate(fd, 0) || meminfo("MemFree:") < before - 1024);
}

/* A write whose source is not there changes nothing: neither what is on disk nor what lies behind
 * the end of the file. */
static void bad_source(void)
{
	int fd = scratch("b", 0);
	char *src = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *p;

	memset(buf, 'x', 3 * PAGE);
	FAIL_IF(src == MAP_FAILED || munmap(src + PAGE, PAGE));
	memset(src, 's', PAGE);
	FAIL_IF(write(fd, buf, 3 * PAGE) != 3 * PAGE || fsync(fd));
	set("/proc/sys/vm/drop_caches", "3");
	FAILS_WITH(pwrite(fd, src + PAGE, PAGE, 0), EFAULT);
	FAIL_IF(pwrite(fd, src + PAGE - 100, PAGE, PAGE) > 100);
	FAILS_WITH(pwrite(fd, src + PAGE, 100, 5 * PAGE), EFAULT);
	FAILS_WITH(pwrite(fd, src + PAGE, PAGE, 6 * PAGE), EFAULT);
	FAIL_IF(lseek(fd, 0, SEEK_END) != 3 * PAGE);
	FAIL_IF(pread(fd, buf, 4 * PAGE, 0) != 3 * PAGE);
	for (int i = 0; i < 3 * PAGE; i++)
		FAIL_IF(buf[i] != 'x' && !(i >= PAGE && i < PAGE + 100 && buf[i] == 's'));
	p = mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	FAIL_IF(p == MAP_FAILED || p[0] != 'x');	/* and what is around it comes along */
	for (int i = 3; i < 8; i++) {
		FAIL_IF((touch_status(p + i * PAGE) & 0x7f) != 7);
		FAILS_WITH(pread(fd, p + i * PAGE, 1, 0), EFAULT);
	}
	sync();
	FAIL_IF(meminfo("Dirty:") != 0);
}

static const struct row rows[] = {
	{ "bad_source", bad_source },
	{ "coherent", coherent },
	{ "truncate_mapped", truncate_mapped },
	{ "holes", holes },
	{ "drop_and_read", drop_and_read },
	{ "stress", stress },
	{ "memfd", memfd },
	{ "sparse_on_disk", sparse_on_disk },
	{ "periodic", periodic },
	{ "settings", settings },
	{ "tmpfs_full", tmpfs_full },
	{ "not_mappable", not_mappable },
	{ "larger_than_ram", larger_than_ram },
};

int main(int argc, char **argv)
{
	int failed = 0;

	dir = "/tmp";
	printf("in %s\n", dir);
	failed += RUN_ROWS(rows, argc, argv);
	dir = "/.";
	printf("in /\n");
	failed += RUN_ROWS(rows, argc, argv);
	return failed != 0;
}
