// SPDX-License-Identifier: MIT
// run: harts=1,8 mem=32M,128M timeout=120 args=-p 4 -n 250
/*
 * fsstress.c - the disk file system under many processes at once.
 *
 *	fsstress [-p processes] [-n operations] [-s seed] [-d directory]
 *
 * Each process works in a directory of its own and on a directory shared by all.  Every
 * page of a file carries who wrote it, which page it is and in which life of the file, so
 * that a reader can tell a right page from any wrong one.  At the end everything is
 * removed, and the disk must have as many free blocks and inodes as before.
 */
#include "test.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statfs.h>

#define PAGE     4096
#define NFILES   12
#define MAXPAGES 64

static unsigned nproc = 4, nops = 400, seed = 1;
static const char *base = "/fsstress";
static unsigned me, state;

static unsigned rnd(unsigned n)
{
	state = state * 1664525 + 1013904223;
	return (state >> 8) % n;
}

#define DIE(what)                                                                                \
	do {                                                                                     \
		printf("FAIL fsstress: process %u, seed %u: line %d: %s (errno %d)\n", me, seed, \
		       __LINE__, what, errno);                                                   \
		exit(1);                                                                         \
	} while (0)

struct stamp {
	unsigned who, file, page, life;
};

static unsigned long page[PAGE / 8];

static void fill(unsigned file, unsigned index, unsigned life)
{
	struct stamp s = { me, file, index, life };
	unsigned long v = (unsigned long)me << 48 | (unsigned long)file << 40 | life;

	memcpy(page, &s, sizeof(s));
	for (unsigned k = sizeof(s) / 8; k < PAGE / 8; k++)
		page[k] = v ^ ((unsigned long)index << 20) ^ k * 0x9e3779b97f4a7c15ul;
}

/* What this process believes of its files: the life of each page, 0 a hole. */
static struct {
	int exists;
	unsigned pages;
	unsigned life[MAXPAGES];
} f[NFILES];
static unsigned life;

static void name_of(char *buf, unsigned k)
{
	sprintf(buf, "%s/p%u/file%u", base, me, k);
}

static void check_page(int fd, unsigned k, unsigned i)
{
	static unsigned long got[PAGE / 8];

	if (pread(fd, got, PAGE, (off_t)i * PAGE) != PAGE)
		DIE("short read");
	if (f[k].life[i] != 0)
		fill(k, i, f[k].life[i]);
	else
		memset(page, 0, PAGE);
	if (memcmp(got, page, PAGE) != 0) {
		struct stamp *s = (struct stamp *)got;

		printf("  file %u page %u life %u: found who %u file %u page %u life %u\n", k, i,
		       f[k].life[i], s->who, s->file, s->page, s->life);
		DIE("wrong contents");
	}
}

static void check_file(unsigned k)
{
	char name[64];
	struct stat st;
	int fd;

	name_of(name, k);
	fd = open(name, O_RDONLY);
	if (!f[k].exists) {
		if (fd >= 0 || errno != ENOENT)
			DIE("a removed file is there");
		return;
	}
	if (fd < 0 || fstat(fd, &st) < 0)
		DIE("cannot open");
	if (st.st_size != (off_t)f[k].pages * PAGE)
		DIE("wrong size");
	for (unsigned i = 0; i < f[k].pages; i++)
		check_page(fd, k, i);
	close(fd);
}

static void write_some(unsigned k)
{
	char name[64];
	unsigned first = rnd(2) ? f[k].pages : rnd(MAXPAGES), n = 1 + rnd(12);
	int fd;

	if (first >= MAXPAGES)
		first = 0;
	if (first + n > MAXPAGES)
		n = MAXPAGES - first;
	name_of(name, k);
	fd = open(name, O_RDWR | O_CREAT, 0644);
	if (fd < 0)
		DIE("cannot create");
	f[k].exists = 1;
	life++;
	for (unsigned i = first; i < first + n; i++) {
		fill(k, i, life);
		if (pwrite(fd, page, PAGE, (off_t)i * PAGE) != PAGE)
			DIE("short write");
		f[k].life[i] = life;
	}
	if (first + n > f[k].pages)
		f[k].pages = first + n;
	if (rnd(8) == 0 && fsync(fd) < 0)
		DIE("fsync");
	close(fd);
}

static void map_some(unsigned k)
{
	char name[64], *p;
	int fd;

	if (!f[k].exists || f[k].pages == 0)
		return;
	name_of(name, k);
	fd = open(name, O_RDWR);
	if (fd < 0)
		DIE("cannot open");
	p = mmap(NULL, (size_t)f[k].pages * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		DIE("mmap");
	life++;
	for (unsigned i = rnd(f[k].pages); i < f[k].pages; i += 1 + rnd(8)) {
		fill(k, i, life);
		memcpy(p + (size_t)i * PAGE, page, PAGE);
		f[k].life[i] = life;
	}
	if (rnd(4) == 0 && msync(p, (size_t)f[k].pages * PAGE, MS_SYNC) < 0)
		DIE("msync");
	munmap(p, (size_t)f[k].pages * PAGE);
	close(fd);
}

static void cut(unsigned k)
{
	char name[64];
	unsigned n = rnd(3) ? rnd(MAXPAGES) : 0;

	if (!f[k].exists)
		return;
	name_of(name, k);
	if (truncate(name, (off_t)n * PAGE) < 0)
		DIE("truncate");
	for (unsigned i = n; i < MAXPAGES; i++)
		f[k].life[i] = 0;
	f[k].pages = n;
}

static void rename_over(unsigned a, unsigned b)
{
	char from[64], to[64];

	if (!f[a].exists || a == b)
		return;
	/* the stamps name the file, so write b's contents under another name first */
	name_of(to, b);
	sprintf(from, "%s/p%u/new", base, me);
	int fd = open(from, O_RDWR | O_CREAT | O_TRUNC, 0644);
	unsigned n = 1 + rnd(8);

	if (fd < 0)
		DIE("cannot create");
	life++;
	for (unsigned i = 0; i < n; i++) {
		fill(b, i, life);
		if (write(fd, page, PAGE) != PAGE)
			DIE("short write");
	}
	close(fd);
	if (rename(from, to) < 0)
		DIE("rename");
	f[b].exists = 1;
	f[b].pages = n;
	for (unsigned i = 0; i < MAXPAGES; i++)
		f[b].life[i] = i < n ? life : 0;
}

/* Names in the directory that all share: create, link, move in and out of subdirectories. */
static void shared_names(void)
{
	char a[80], b[80];
	unsigned x = rnd(16);

	sprintf(a, "%s/shared/d%u", base, rnd(4));
	switch (rnd(6)) {
	case 0:
		if (mkdir(a, 0755) < 0 && errno != EEXIST)
			DIE("mkdir");
		break;
	case 1:
		if (rmdir(a) < 0 && errno != ENOENT && errno != ENOTEMPTY)
			DIE("rmdir");
		break;
	case 2: {
		sprintf(b, "%s/shared/n%u", base, x);
		int fd = open(b, O_CREAT | O_RDWR, 0644);

		if (fd < 0)
			DIE("create");
		close(fd);
		break;
	}
	case 3:
		sprintf(b, "%s/shared/n%u", base, x);
		sprintf(a + strlen(a), "/m%u", x);
		if (rename(b, a) < 0 && errno != ENOENT)
			DIE("rename");
		break;
	case 4:
		sprintf(b, "%s/shared/n%u", base, x);
		sprintf(a, "%s/shared/n%u", base, rnd(16));
		if (link(a, b) < 0 && errno != ENOENT && errno != EEXIST)
			DIE("link");
		break;
	case 5:
		sprintf(a + strlen(a), "/m%u", x);
		if (unlink(a) < 0 && errno != ENOENT)
			DIE("unlink");
		sprintf(b, "%s/shared/n%u", base, x);
		if (unlink(b) < 0 && errno != ENOENT)
			DIE("unlink");
	}
}

static void work(void)
{
	char name[64];

	state = seed * 7919 + me * 104729;
	sprintf(name, "%s/p%u", base, me);
	if (mkdir(name, 0755) < 0)
		DIE("mkdir");
	for (unsigned op = 0; op < nops; op++) {
		unsigned k = rnd(NFILES);

		switch (rnd(12)) {
		case 0:
		case 1:
		case 2:
			write_some(k);
			break;
		case 3:
			map_some(k);
			break;
		case 4:
			cut(k);
			break;
		case 5:
			check_file(k);
			break;
		case 6:
			rename_over(k, rnd(NFILES));
			break;
		case 7:
			if (f[k].exists) {
				name_of(name, k);
				if (unlink(name) < 0)
					DIE("unlink");
				memset(&f[k], 0, sizeof(f[k]));
			}
			break;
		case 8:
			if (rnd(10) == 0)
				sync();
			break;
		default:
			shared_names();
		}
	}
	for (unsigned k = 0; k < NFILES; k++)
		check_file(k);
	for (unsigned k = 0; k < NFILES; k++)
		if (f[k].exists) {
			name_of(name, k);
			if (unlink(name) < 0)
				DIE("unlink at the end");
		}
	sprintf(name, "%s/p%u", base, me);
	if (rmdir(name) < 0)
		DIE("rmdir at the end");
	exit(0);
}

static int remove_tree(const char *path)
{
	DIR *d = opendir(path);
	struct dirent *e;
	char sub[256];

	if (d == NULL)
		return unlink(path);
	while ((e = readdir(d)) != NULL) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		snprintf(sub, sizeof(sub), "%s/%s", path, e->d_name);
		remove_tree(sub);
	}
	closedir(d);
	return rmdir(path);
}

TEST(stress)
{
	struct statfs before, after;
	char name[64];
	int bad = 0;

	remove_tree(base);
	sync();
	CHECK(statfs("/", &before) == 0);
	CHECK(mkdir(base, 0755) == 0);
	sprintf(name, "%s/shared", base);
	CHECK(mkdir(name, 0755) == 0);
	for (me = 0; me < nproc; me++) {
		pid_t pid = fork();

		CHECK(pid >= 0);
		if (pid == 0)
			work();
	}
	for (unsigned k = 0; k < nproc; k++) {
		int status;

		CHECK(wait(&status) > 0);
		bad += status != 0;
	}
	CHECK_EQ(bad, 0);
	CHECK(remove_tree(base) == 0);
	/* write-back may hold a removed file a little longer */
	for (int tries = 0; tries < 50; tries++) {
		sync();
		CHECK(statfs("/", &after) == 0);
		if (after.f_bfree == before.f_bfree && after.f_ffree == before.f_ffree)
			break;
		usleep(100000);
	}
	CHECK_EQ(after.f_bfree, before.f_bfree);
	CHECK_EQ(after.f_ffree, before.f_ffree);
}

int main(int argc, char **argv)
{
	int opt;

	while ((opt = getopt(argc, argv, "p:n:s:d:")) != -1)
		switch (opt) {
		case 'p':
			nproc = (unsigned)atoi(optarg);
			break;
		case 'n':
			nops = (unsigned)atoi(optarg);
			break;
		case 's':
			seed = (unsigned)atoi(optarg);
			break;
		case 'd':
			base = optarg;
			break;
		default:
			return 2;
		}
	printf("fsstress: seed %u, %u processes, %u operations each\n", seed, nproc, nops);
	RUN(stress);
	return test_end();
}
