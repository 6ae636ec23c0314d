// SPDX-License-Identifier: MIT
// run: harts=1,2,8 mem=32M,128M timeout=120
/*
 * disk.c - what only the disk file system has: its limits, a full disk, large
 * directories, and renames that never let a name vanish.
 */
#include "test.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statfs.h>

#define DIR_NAME "/disktest"
#define MAX_SIZE ((12ul + (1ul << 10) + (1ul << 20) + (1ul << 30)) * 4096)

static char block[4096], other[4096];

TEST(largest_file)
{
	static const unsigned long at[] = {
		0, 12 * 4096, 1036 * 4096ul, 1ul << 32, 1049612 * 4096ul, 1ul << 40, MAX_SIZE - 4096
	};
	int fd = open("large", O_CREAT | O_RDWR | O_TRUNC, 0644);
	struct stat st;
	char *p;

	CHECK(fd >= 0);
	for (unsigned k = 0; k < sizeof(at) / sizeof(at[0]); k++) {
		memset(block, 'a' + (int)k, sizeof(block));
		CHECK_EQ(pwrite(fd, block, 4096, (off_t)at[k]), 4096);
	}
	CHECK(fstat(fd, &st) == 0);
	CHECK_EQ(st.st_size, MAX_SIZE);
	CHECK(fsync(fd) == 0);
	for (unsigned k = 0; k < sizeof(at) / sizeof(at[0]); k++) {
		memset(block, 'a' + (int)k, sizeof(block));
		CHECK_EQ(pread(fd, other, 4096, (off_t)at[k]), 4096);
		CHECK(memcmp(block, other, 4096) == 0);
	}
	CHECK(pwrite(fd, block, 1, (off_t)MAX_SIZE) == -1 && errno == EFBIG);
	CHECK(ftruncate(fd, (off_t)MAX_SIZE + 1) == -1 && errno == EFBIG);
	CHECK_EQ(pread(fd, other, 10, (off_t)MAX_SIZE - 5), 5);
	p = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)1 << 40);
	CHECK(p != MAP_FAILED);
	CHECK(p[0] == 'f' && p[4096] == 0);
	p[4096] = 'x';
	CHECK(msync(p, 8192, MS_SYNC) == 0);
	CHECK(munmap(p, 8192) == 0);
	CHECK(pread(fd, other, 2, ((off_t)1 << 40) + 4096) == 2 && other[0] == 'x' &&
	      other[1] == 0);
	CHECK(fstat(fd, &st) == 0 && st.st_blocks < 500);
	CHECK(ftruncate(fd, 5) == 0 && fstat(fd, &st) == 0 && st.st_blocks == 8);
	CHECK(close(fd) == 0 && unlink("large") == 0);
}

/* What is free when nothing more comes back: write-back may hold removed files a little. */
static int settled_statfs(struct statfs *now)
{
	struct statfs last = { 0 };

	for (int same = 0; same < 3;) {
		sync();
		if (statfs(".", now) != 0)
			return -1;
		same = now->f_bfree == last.f_bfree && now->f_ffree == last.f_ffree ? same + 1 : 0;
		last = *now;
		usleep(100000);
	}
	return 0;
}

/* Fill it, see that the error comes and nothing is lost; free it, and all is back. */
TEST(full_disk)
{
	struct statfs before, full, after;
	unsigned long written = 0;
	char name[16];
	int fd, dirs;
	ssize_t n;

	CHECK(settled_statfs(&before) == 0);
	fd = open("filler", O_CREAT | O_RDWR, 0644);
	CHECK(fd >= 0);
	memset(block, 0x5a, sizeof(block));
	while ((n = write(fd, block, sizeof(block))) == sizeof(block))
		written++;
	CHECK(n == -1 && errno == ENOSPC);
	CHECK(fsync(fd) == 0);
	CHECK(statfs(".", &full) == 0);
	CHECK(full.f_bavail < 16);
	CHECK(written + 64 > before.f_bavail);
	/* what was promised for indirect blocks and not needed is free again: a few directories */
	for (dirs = 0; dirs < 20; dirs++) {
		sprintf(name, "d%d", dirs);
		if (mkdir(name, 0755) < 0)
			break;
	}
	CHECK(dirs < 20 && errno == ENOSPC);
	while (dirs-- > 0) {
		sprintf(name, "d%d", dirs);
		CHECK(rmdir(name) == 0);
	}
	CHECK(pwrite(fd, "over", 4, 100) == 4); /* what has its block can be written */
	CHECK(fsync(fd) == 0);
	CHECK(pread(fd, other, 8, 98) == 8 && memcmp(other, "ZZoverZZ", 8) == 0);
	CHECK_EQ(lseek(fd, 0, SEEK_END), written * 4096);
	/* freed blocks can be used at once, whether the commit has come or not */
	CHECK(ftruncate(fd, 100 * 4096) == 0);
	CHECK(mkdir("somewhere", 0755) == 0 && rmdir("somewhere") == 0);
	CHECK(lseek(fd, 0, SEEK_END) == 100 * 4096);
	for (int k = 0; k < 1000; k++)
		CHECK(write(fd, block, sizeof(block)) == sizeof(block));
	CHECK(close(fd) == 0 && unlink("filler") == 0);
	CHECK(settled_statfs(&after) == 0);
	CHECK_EQ(after.f_bfree, before.f_bfree);
	CHECK_EQ(after.f_ffree, before.f_ffree);
}

TEST(large_directory)
{
	enum { N = 3000 };
	static unsigned char seen[N];
	struct dirent *e;
	char name[64];
	unsigned k;
	DIR *d;

	CHECK(mkdir("many", 0755) == 0);
	for (k = 0; k < N; k++) {
		int fd;

		sprintf(name, "many/name-%u", k);
		fd = open(name, O_CREAT | O_EXCL | O_RDWR, 0644);
		CHECK(fd >= 0);
		close(fd);
	}
	for (k = 0; k < N; k += 3) {
		sprintf(name, "many/name-%u", k);
		CHECK(unlink(name) == 0);
	}
	memset(seen, 0, sizeof(seen));
	d = opendir("many");
	CHECK(d != NULL);
	while ((e = readdir(d)) != NULL)
		if (e->d_name[0] != '.') {
			k = (unsigned)atoi(e->d_name + 5);
			CHECK(k < N && !seen[k] && k % 3 != 0);
			seen[k] = 1;
		}
	closedir(d);
	for (k = 0; k < N; k++) {
		sprintf(name, "many/name-%u", k);
		CHECK(seen[k] == (k % 3 != 0));
		CHECK((access(name, 0) == 0) == (k % 3 != 0));
		if (k % 3 != 0)
			CHECK(unlink(name) == 0);
	}
	CHECK(rmdir("many") == 0);
}

/* One renames a new file over "x" again and again; the other always finds a whole one. */
TEST(rename_is_atomic)
{
	pid_t pid;
	int fd, status;

	fd = open("x", O_CREAT | O_RDWR, 0644);
	memset(block, 'A', sizeof(block));
	CHECK(write(fd, block, sizeof(block)) == sizeof(block));
	close(fd);
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		for (int k = 0;; k++) {
			fd = open("x.new", O_CREAT | O_RDWR | O_TRUNC, 0644);
			memset(block, 'A' + k % 26, sizeof(block));
			if (fd < 0 || write(fd, block, sizeof(block)) != sizeof(block) ||
			    close(fd) < 0 || rename("x.new", "x") < 0)
				_exit(1);
		}
	}
	for (int k = 0; k < 500; k++) {
		fd = open("x", O_RDONLY);
		CHECK(fd >= 0);
		CHECK_EQ(read(fd, other, sizeof(other)), sizeof(other));
		close(fd);
		for (unsigned i = 1; i < sizeof(other); i++)
			CHECK(other[i] == other[0]);
	}
	CHECK(kill(pid, SIGKILL) == 0 && waitpid(pid, &status, 0) == pid);
	CHECK_EQ(status & 127, SIGKILL);
	unlink("x");
	unlink("x.new");
}

/* Directories move while others walk through them. */
TEST(moving_directories)
{
	pid_t pid;
	int status;

	CHECK(mkdir("p", 0755) == 0 && mkdir("q", 0755) == 0 && mkdir("p/sub", 0755) == 0);
	CHECK(mkdir("p/sub/leaf", 0755) == 0);
	CHECK(rename("p", "p/sub/leaf/p") == -1 && errno == EINVAL);
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0)
		for (;;)
			if (rename("p/sub", "q/sub") < 0 || rename("q/sub", "p/sub") < 0)
				_exit(1);
	for (int k = 0; k < 300; k++) {
		struct stat st;

		if (stat("p/sub/leaf/../../sub", &st) < 0)
			CHECK(errno == ENOENT);
	}
	kill(pid, SIGKILL);
	CHECK(waitpid(pid, &status, 0) == pid && (status & 127) == SIGKILL);
	CHECK((rmdir("p/sub/leaf") == 0 && rmdir("p/sub") == 0) ||
	      (rmdir("q/sub/leaf") == 0 && rmdir("q/sub") == 0));
	CHECK(rmdir("p") == 0 && rmdir("q") == 0);
}

int main(void)
{
	mkdir(DIR_NAME, 0755);
	if (chdir(DIR_NAME) < 0)
		return 1;
	RUN(largest_file);
	RUN(full_disk);
	RUN(large_directory);
	RUN(rename_is_atomic);
	RUN(moving_directories);
	chdir("/");
	rmdir(DIR_NAME);
	return test_end();
}
