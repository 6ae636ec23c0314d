// SPDX-License-Identifier: MIT
/*
 * files.c - the calls on files and names, on the disk file system and on tmpfs.
 *
 * Every row runs twice: in a fresh directory of the root file system and in one of /tmp.
 */
#include "rows.h"

#include <dirent.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/statfs.h>
#include <sys/uio.h>

static char buf[16384];

static void put(const char *path, const char *text)
{
	int fd = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0644);

	FAIL_IF(fd < 0);
	FAIL_IF(write(fd, text, strlen(text)) != (ssize_t)strlen(text));
	FAIL_IF(close(fd) != 0);
}

static int holds(const char *path, const char *text)
{
	int fd = open(path, O_RDONLY);
	ssize_t n;

	if (fd < 0)
		return 0;
	n = read(fd, buf, sizeof(buf));
	close(fd);
	return n == (ssize_t)strlen(text) && memcmp(buf, text, (size_t)n) == 0;
}

static void open_close(void)
{
	int fd;

	FAILS_WITH(open("none", O_RDONLY), ENOENT);
	FAILS_WITH(open("none/x", O_CREAT | O_RDWR, 0644), ENOENT);
	FAILS_WITH(open("", O_CREAT | O_RDWR, 0644), ENOENT);
	FAILS_WITH(open((char *)8, O_RDONLY), EFAULT);
	FAILS_WITH(open((char *)0x8000000000, O_RDONLY), EFAULT);
	put("a", "hello");
	FAIL_IF(!holds("a", "hello"));
	FAILS_WITH(open("a", O_CREAT | O_EXCL | O_RDWR, 0644), EEXIST);
	FAILS_WITH(open("a/b", O_RDONLY), ENOTDIR);
	FAILS_WITH(open("a/", O_RDONLY), ENOTDIR);
	FAILS_WITH(open("a", O_RDONLY | O_DIRECTORY), ENOTDIR);
	FAILS_WITH(open(".", O_WRONLY), EISDIR);
	FAILS_WITH(open(".", O_RDWR), EISDIR);
	FAILS_WITH(open("b/", O_CREAT | O_RDWR, 0644), EISDIR);
	FAILS_WITH(close(77), EBADF);
	FAILS_WITH(close(-1), EBADF);
	fd = open("a", O_RDONLY);
	FAILS_WITH(write(fd, "x", 1), EBADF);
	FAIL_IF(close(fd) != 0);
	FAILS_WITH(close(fd), EBADF);
	FAILS_WITH(read(fd, buf, 1), EBADF);
	fd = open("a", O_WRONLY);
	FAILS_WITH(read(fd, buf, 1), EBADF);
}

static void names(void)
{
	char name[200], path[2100];

	memset(name, 'n', sizeof(name));
	name[59] = '\0';
	put(name, "59");
	FAIL_IF(!holds(name, "59"));
	name[59] = 'n';
	name[60] = '\0';
	FAILS_WITH(open(name, O_CREAT | O_RDWR, 0644), ENAMETOOLONG);
	FAILS_WITH(mkdir(name, 0755), ENAMETOOLONG);
	FAILS_WITH(unlink(name), ENAMETOOLONG);
	memset(path, '/', sizeof(path));
	path[sizeof(path) - 1] = '\0';
	FAILS_WITH(open(path, O_RDONLY), ENAMETOOLONG);
	strcpy(path + 900, "./a");
	put("a", "x");
	FAIL_IF(mkdir("d", 0755) != 0);
	FAIL_IF(!holds("./d/.././/d/../a", "x"));
	FAILS_WITH(mkdir("d", 0755), EEXIST);
	FAILS_WITH(mkdir("a", 0755), EEXIST);
	FAILS_WITH(mkdir("a/x", 0755), ENOTDIR);
	FAILS_WITH(mkdir(".", 0755), EEXIST);
	FAILS_WITH(mkdir("", 0755), ENOENT);
}

static void directories(void)
{
	char cwd[200], name[16];
	struct stat st;

	FAIL_IF(mkdir("d", 0755) || mkdir("d/e", 0755));
	FAIL_IF(stat("d", &st) || !S_ISDIR(st.st_mode) || st.st_nlink != 3);
	put("d/f", "f");
	FAILS_WITH(rmdir("d"), ENOTEMPTY);
	FAILS_WITH(unlink("d"), EISDIR);
	FAILS_WITH(rmdir("d/f"), ENOTDIR);
	FAILS_WITH(rmdir("d/e/."), EINVAL);
	FAILS_WITH(unlink("d/e/.."), EISDIR);
	FAILS_WITH(unlink("."), EISDIR);
	FAIL_IF(unlink("/") != -1);
	FAIL_IF(unlink("d/f") || rmdir("d/e"));
	FAIL_IF(stat("d", &st) || st.st_nlink != 2);
	FAIL_IF(chdir("d"));
	FAIL_IF(getcwd(cwd, sizeof(cwd)) == NULL || strcmp(cwd + strlen(cwd) - 2, "/d") != 0);
	FAIL_IF(rmdir("../d"));			/* the current directory goes */
	FAILS_WITH(open("x", O_CREAT | O_RDWR, 0644), ENOENT);
	FAILS_WITH(mkdir("x", 0755), ENOENT);
	FAIL_IF(chdir("/"));
	FAIL_IF(getcwd(cwd, 1) != NULL || errno != ERANGE);
	FAILS_WITH(chdir("/none"), ENOENT);
	put("/tmp/afile", "x");
	FAILS_WITH(chdir("/tmp/afile"), ENOTDIR);
	FAIL_IF(unlink("/tmp/afile"));
	FAIL_IF(chdir("/tmp/..") || chdir("tmp"));
	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "r%d", i);
		FAIL_IF(mkdir(name, 0755));
	}
	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "r%d", i);
		FAIL_IF(rmdir(name));
	}
}

/* A process may stay in a directory that has gone together with what was above it.  Its ".."
 * then names an inode that is free, or another's: nobody may follow it. */
static void removed_above(void)
{
	char top[200], path[220];
	struct stat st;

	FAIL_IF(getcwd(top, sizeof(top)) == NULL);
	FAIL_IF(mkdir("p", 0755) || mkdir("p/q", 0755) || chdir("p/q"));
	snprintf(path, sizeof(path), "%s/p/q", top);
	FAIL_IF(rmdir(path));
	snprintf(path, sizeof(path), "%s/p", top);
	FAIL_IF(rmdir(path));
	for (int i = 0; i < 3; i++) {		/* the freed inodes get new owners */
		snprintf(path, sizeof(path), "%s/f%d", top, i);
		put(path, "x");
	}
	FAILS_WITH(stat("..", &st), ENOENT);
	FAILS_WITH(open("../f0", O_RDONLY), ENOENT);
	FAILS_WITH(open("../c", O_CREAT | O_RDWR, 0644), ENOENT);
	FAILS_WITH(mkdir("../c", 0755), ENOENT);
	FAILS_WITH(chdir(".."), ENOENT);
	FAILS_WITH(link(path, "../c"), ENOENT);
	FAILS_WITH(rename(path, "c"), ENOENT);
	FAILS_WITH(rename("c", path), ENOENT);
	FAIL_IF(stat(".", &st) || st.st_nlink != 0);
	FAIL_IF(chdir(top));
	put("after", "x");			/* the file system is as it was */
	FAIL_IF(unlink("after") || unlink("f0") || unlink("f1") || unlink("f2"));
}

static void listing(void)
{
	char name[32], seen[300] = { 0 };
	struct dirent *de;
	struct { unsigned inum; char name[60]; } rec;
	int n = 0, fd, dots = 0;
	DIR *d;

	for (int i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "file%d", i);
		put(name, "");
	}
	d = opendir(".");
	FAIL_IF(d == NULL);
	while ((de = readdir(d)) != NULL) {
		if (de->d_name[0] == '.') {
			dots++;
			continue;
		}
		int k = atoi(de->d_name + 4);

		FAIL_IF(strncmp(de->d_name, "file", 4) != 0 || k < 0 || k >= 300 || seen[k]);
		seen[k] = 1;
		n++;
	}
	closedir(d);
	FAIL_IF(n != 300 || dots != 2);
	fd = open(".", O_RDONLY);			/* xv6's way */
	for (n = 0; read(fd, &rec, sizeof(rec)) == sizeof(rec); n++)
		FAIL_IF(rec.inum == 0 || rec.name[0] == '\0');
	FAIL_IF(n != 302);
	FAIL_IF(lseek(fd, 0, SEEK_SET) != 0 || read(fd, &rec, sizeof(rec)) != sizeof(rec));
	FAILS_WITH(read(fd, &rec, 8), EINVAL);
	close(fd);
	for (int i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "file%d", i);
		FAIL_IF(unlink(name));
	}
	d = opendir(".");
	for (n = 0; readdir(d) != NULL; n++)
		;
	closedir(d);
	FAIL_IF(n != 2);
}

static void links(void)
{
	struct stat st;
	int fd;

	put("a", "data");
	FAIL_IF(link("a", "b"));
	FAIL_IF(stat("b", &st) || st.st_nlink != 2);
	FAILS_WITH(link("a", "b"), EEXIST);
	FAILS_WITH(link("none", "c"), ENOENT);
	FAILS_WITH(link(".", "c"), EPERM);
	FAILS_WITH(link("a", "no/c"), ENOENT);
	FAIL_IF(unlink("a"));
	FAILS_WITH(open("a", O_RDONLY), ENOENT);
	FAIL_IF(!holds("b", "data"));
	fd = open("b", O_RDWR);
	FAIL_IF(unlink("b"));
	FAIL_IF(fstat(fd, &st) || st.st_nlink != 0);
	FAIL_IF(read(fd, buf, 10) != 4 || write(fd, "more", 4) != 4);
	FAIL_IF(pread(fd, buf, 10, 0) != 8 || memcmp(buf, "datamore", 8) != 0);
	close(fd);
	FAILS_WITH(unlink("b"), ENOENT);
}

static void renames(void)
{
	struct stat a, b;

	put("a", "1");
	put("b", "2");
	FAIL_IF(rename("a", "b") || !holds("b", "1"));
	FAILS_WITH(open("a", O_RDONLY), ENOENT);
	FAIL_IF(rename("b", "b") || !holds("b", "1"));
	FAIL_IF(mkdir("d", 0755) || mkdir("d/e", 0755) || mkdir("x", 0755));
	FAILS_WITH(rename("d", "d/e/f"), EINVAL);
	FAILS_WITH(rename("d", "d/e"), EINVAL);
	FAILS_WITH(rename("b", "d"), EISDIR);
	FAILS_WITH(rename("d", "b"), ENOTDIR);
	FAILS_WITH(rename("none", "y"), ENOENT);
	FAILS_WITH(rename("x", "d"), ENOTEMPTY);
	FAILS_WITH(rename("d", "."), EBUSY);
	FAIL_IF(rename("d/e", "x/e"));
	FAIL_IF(stat("d", &a) || a.st_nlink != 2 || stat("x", &a) || a.st_nlink != 3);
	FAIL_IF(stat("x/e/..", &a) || stat("x", &b) || a.st_ino != b.st_ino);
	FAIL_IF(rename("d", "x/e"));			/* onto an empty directory */
	FAIL_IF(rename("b", "x/e/b") || !holds("x/e/b", "1"));
	FAIL_IF(rename("x/e", "d") || !holds("d/b", "1"));
	put("k", "k");
	FAIL_IF(link("k", "l") || rename("k", "l"));	/* two names of one file: both stay */
	FAIL_IF(!holds("k", "k") || !holds("l", "k"));
	FAILS_WITH(rename("/dev/null", "null"), EXDEV);
}

static void read_write(void)
{
	struct iovec iov[3] = { { "ab", 2 }, { "", 0 }, { "cde", 3 } };
	char x[8] = { 0 };
	struct stat st;
	int fd = open("f", O_CREAT | O_RDWR, 0644), fd2;

	FAIL_IF(fd < 0);
	for (int i = 0; i < (int)sizeof(buf); i++)
		buf[i] = (char)(i * 7);
	FAIL_IF(write(fd, buf, sizeof(buf)) != sizeof(buf));
	FAIL_IF(lseek(fd, 4090, SEEK_SET) != 4090 || read(fd, x, 8) != 8 || memcmp(x, buf + 4090, 8));
	FAIL_IF(lseek(fd, 0, SEEK_CUR) != 4098 || lseek(fd, -8, SEEK_END) != sizeof(buf) - 8);
	FAIL_IF(read(fd, x, 8) != 8 || read(fd, x, 8) != 0);
	FAILS_WITH(lseek(fd, -1, SEEK_SET), EINVAL);
	FAILS_WITH(lseek(fd, 0, 99), EINVAL);
	FAIL_IF(pread(fd, x, 8, 100) != 8 || memcmp(x, buf + 100, 8));
	FAIL_IF(pwrite(fd, "zz", 2, 5) != 2 || lseek(fd, 0, SEEK_CUR) != sizeof(buf));
	FAILS_WITH(pread(fd, x, 8, -1), EINVAL);
	FAILS_WITH(read(fd, x, (size_t)-1), EINVAL);
	FAIL_IF(lseek(fd, 0, SEEK_SET) != 0);
	FAILS_WITH(read(fd, (void *)8, 8), EFAULT);
	FAILS_WITH(write(fd, (void *)8, 8), EFAULT);
	FAILS_WITH(read(fd, (void *)0xffffffff80200000, 8), EFAULT);
	/* O_APPEND: always at the end, also with another position */
	fd2 = open("f", O_WRONLY | O_APPEND);
	FAIL_IF(write(fd2, "END", 3) != 3 || fstat(fd, &st) || st.st_size != sizeof(buf) + 3);
	FAIL_IF(pread(fd, x, 3, sizeof(buf)) != 3 || memcmp(x, "END", 3));
	FAIL_IF(ftruncate(fd, 0) || lseek(fd, 0, SEEK_SET));
	FAIL_IF(writev(fd, iov, 3) != 5 || pread(fd, x, 8, 0) != 5 || memcmp(x, "abcde", 5));
	FAILS_WITH(writev(fd, iov, -1), EINVAL);
	/* dup shares the position, open does not */
	int fd3 = dup(fd);

	FAIL_IF(lseek(fd3, 1, SEEK_SET) != 1 || lseek(fd, 0, SEEK_CUR) != 1);
	FAIL_IF(lseek(fd2, 0, SEEK_CUR) == 1);
	/* xv6's fourth case: a page written from a mapping of itself */
	FAIL_IF(ftruncate(fd, 8192));
	char *p = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	FAIL_IF(p == MAP_FAILED);
	FAIL_IF(pwrite(fd, p, 4096, 4096) != 4096 || memcmp(p, p + 4096, 4096));
	FAIL_IF(pwrite(fd, p, 8192, 0) != 8192 || pread(fd, p + 10, 4096, 0) != 4096);
}

static void sparse_and_big(void)
{
	int fd = open("s", O_CREAT | O_RDWR, 0644);
	char x[4] = { 1, 1, 1, 1 };
	struct stat st;

	FAIL_IF(pwrite(fd, "A", 1, 0) != 1);
	FAIL_IF(pwrite(fd, "B", 1, 5L << 30) != 1);
	FAIL_IF(fstat(fd, &st) || st.st_size != (5L << 30) + 1 || st.st_blocks > 200);
	FAIL_IF(pread(fd, x, 4, 1L << 30) != 4 || x[0] || x[3]);
	FAIL_IF(pread(fd, x, 4, 5L << 30) != 1 || x[0] != 'B');
	FAIL_IF(ftruncate(fd, 1L << 40) || fstat(fd, &st) || st.st_size != 1L << 40);
	FAIL_IF(pread(fd, x, 4, (1L << 40) - 4) != 4 || x[0]);
	FAILS_WITH(ftruncate(fd, 1L << 62), EFBIG);
	FAILS_WITH(ftruncate(fd, -1), EINVAL);
	FAIL_IF(ftruncate(fd, 0));
	FAIL_IF(close(fd));
}

static void truncation(void)
{
	int fd = open("t", O_CREAT | O_RDWR, 0644);
	struct stat st;

	memset(buf, 'x', sizeof(buf));
	FAIL_IF(write(fd, buf, sizeof(buf)) != sizeof(buf));
	FAIL_IF(ftruncate(fd, 100) || ftruncate(fd, 9000));
	FAIL_IF(pread(fd, buf, sizeof(buf), 0) != 9000);
	for (int i = 0; i < 9000; i++)
		FAIL_IF(buf[i] != (i < 100 ? 'x' : 0));
	close(fd);
	fd = open("t", O_RDONLY);
	FAILS_WITH(ftruncate(fd, 0), EINVAL);
	close(fd);
	fd = open("t", O_WRONLY | O_TRUNC);
	FAIL_IF(fstat(fd, &st) || st.st_size != 0);
	FAIL_IF(truncate("t", 5) || stat("t", &st) || st.st_size != 5);
	FAILS_WITH(truncate(".", 0), EISDIR);
	FAILS_WITH(truncate("none", 0), ENOENT);
}

static void descriptors(void)
{
	int fd, last = -1, n = 0, first;
	struct stat st;

	put("f", "abc");
	first = open("f", O_RDONLY);
	FAIL_IF(first < 3 || first > 9);
	FAIL_IF(dup2(first, 40) != 40 || read(40, buf, 1) != 1 || buf[0] != 'a');
	FAIL_IF(dup2(40, 40) != 40);
	FAILS_WITH(dup2(first, -1), EBADF);
	FAILS_WITH(dup2(first, 100000), EBADF);
	FAILS_WITH(dup2(99, 3), EBADF);
	FAILS_WITH(dup(99), EBADF);
	FAIL_IF(fcntl(first, F_DUPFD, 100) != 100);
	FAIL_IF(fcntl(first, F_GETFD) != 0 || fcntl(first, F_SETFD, FD_CLOEXEC) ||
		fcntl(first, F_GETFD) != FD_CLOEXEC || fcntl(40, F_GETFD) != 0);
	FAIL_IF((fcntl(first, F_GETFL) & O_ACCMODE) != O_RDONLY);
	FAILS_WITH(fcntl(first, 99), EINVAL);
	close(40);
	close(100);
	while ((fd = open("f", O_RDONLY)) >= 0) {
		FAIL_IF(fd <= last);
		last = fd;
		n++;
	}
	FAIL_IF(errno != EMFILE || n < 100);
	FAILS_WITH(dup(first), EMFILE);
	FAIL_IF(close(20) || open("f", O_RDONLY) != 20);	/* the lowest free one */
	FAIL_IF(fstat(last, &st) || st.st_size != 3);
}

static void many_files(void)
{
	char name[32];

	for (int i = 0; i < 500; i++) {
		snprintf(name, sizeof(name), "m%d", i);
		put(name, name);
	}
	sync();
	for (int i = 0; i < 500; i++) {
		snprintf(name, sizeof(name), "m%d", i);
		FAIL_IF(!holds(name, name));
		FAIL_IF(unlink(name));
	}
}

static void concurrent_names(void)
{
	char name[32];

	for (int k = 0; k < 4; k++)
		if (fork() == 0) {
			for (int i = 0; i < 200; i++) {
				snprintf(name, sizeof(name), "c%d", i % 5);
				int fd = open(name, O_CREAT | O_RDWR, 0644);

				if (fd >= 0)
					close(fd);
				snprintf(name, sizeof(name), "c%d", (i + k) % 5);
				unlink(name);
				mkdir("cd", 0755);
				rename("cd", "ce");
				rmdir("ce");
				snprintf(name, sizeof(name), "own%d", k);
				put(name, "mine");
				if (!holds(name, "mine") || unlink(name))
					_exit(1);
			}
			_exit(0);
		}
	for (int k = 0; k < 4; k++) {
		int status;

		FAIL_IF(wait(&status) < 0 || status != 0);
	}
}

static void append_from_two(void)
{
	struct stat st;
	int seen[2][100] = { 0 }, fd, who, i;

	put("log", "");
	for (who = 0; who < 2; who++)
		if (fork() == 0) {
			char line[16];

			fd = open("log", O_WRONLY | O_APPEND);
			for (i = 0; i < 100; i++) {
				snprintf(line, sizeof(line), "%d %05d\n", who, i);
				if (write(fd, line, 8) != 8)
					_exit(1);
			}
			_exit(0);
		}
	for (who = 0; who < 2; who++)
		wait(NULL);
	FAIL_IF(stat("log", &st) || st.st_size != 1600);
	fd = open("log", O_RDONLY);
	while (read(fd, buf, 8) == 8) {
		who = buf[0] - '0';
		i = atoi(buf + 2);
		FAIL_IF(who < 0 || who > 1 || i < 0 || i > 99 || seen[who][i]++);
	}
}

static void modes(void)
{
	struct stat st;
	int fd;

	put("f", "abc");
	FAIL_IF(chmod("f", 0640) || stat("f", &st) || st.st_mode != (S_IFREG | 0640));
	FAILS_WITH(access("f", X_OK), EACCES);
	FAIL_IF(chmod("f", 0755) || access("f", X_OK));
	fd = open("f", O_RDONLY);
	FAIL_IF(fchmod(fd, S_IFDIR | 04711) || fstat(fd, &st) || st.st_mode != (S_IFREG | 04711));
	FAIL_IF(close(fd) || mkdir("d", 0755) || chmod("d", 0700) || stat("d", &st));
	FAIL_IF(st.st_mode != (S_IFDIR | 0700) || rmdir("d"));
	FAILS_WITH(chmod("none", 0644), ENOENT);
	FAILS_WITH(chmod((char *)8, 0644), EFAULT);
	FAILS_WITH(fchmod(77, 0644), EBADF);
}

static void misc(void)
{
	struct statfs sf;
	struct stat st;
	struct pollfd pfd;

	put("f", "abc");
	FAIL_IF(access("f", F_OK) || access("f", R_OK | W_OK));
	FAILS_WITH(access("none", F_OK), ENOENT);
	FAIL_IF(statfs(".", &sf) || sf.f_bsize != 4096 || sf.f_bfree == 0 || sf.f_namelen != 59);
	FAIL_IF(stat("/dev/null", &st) || !S_ISCHR(st.st_mode));
	FAILS_WITH(mknod("f", 1, 1), EEXIST);
	FAILS_WITH(stat("none", &st), ENOENT);
	FAILS_WITH(stat("f", (void *)8), EFAULT);
	pfd = (struct pollfd){ .fd = open("f", O_RDONLY), .events = POLLIN | POLLOUT };
	FAIL_IF(poll(&pfd, 1, 0) != 1 || pfd.revents != (POLLIN | POLLOUT));
	pfd.fd = 99;
	FAIL_IF(poll(&pfd, 1, -1) != 1 || pfd.revents != POLLNVAL);
	FAIL_IF(poll(NULL, 0, 10) != 0);
	FAILS_WITH(umount("."), EINVAL);
	FAILS_WITH(mount("x", ".", "nofs", 0), ENODEV);
	FAIL_IF(mkdir("m", 0755) || mount("none", "m", "tmpfs", 0));
	put("m/inside", "in");
	FAILS_WITH(mount("none", "m", "tmpfs", 0), EBUSY);
	FAILS_WITH(rmdir("m"), EBUSY);
	int fd = open("m/inside", O_RDONLY);

	FAILS_WITH(umount("m"), EBUSY);
	FAIL_IF(!holds("m/../f", "abc"));
	close(fd);
	FAIL_IF(umount("m"));
	FAILS_WITH(open("m/inside", O_RDONLY), ENOENT);
	FAIL_IF(rmdir("m"));
}

static const struct row rows[] = {
	{ "open_close", open_close },
	{ "names", names },
	{ "directories", directories },
	{ "removed above", removed_above },
	{ "listing", listing },
	{ "links", links },
	{ "renames", renames },
	{ "read_write", read_write },
	{ "sparse_and_big", sparse_and_big },
	{ "truncation", truncation },
	{ "descriptors", descriptors },
	{ "many_files", many_files },
	{ "concurrent_names", concurrent_names },
	{ "append_from_two", append_from_two },
	{ "modes", modes },
	{ "misc", misc },
};

/* Remove what rows have left in the current directory, two levels deep and more. */
static void wipe(void)
{
	struct dirent *de;
	DIR *d = opendir(".");

	while (d != NULL && (de = readdir(d)) != NULL) {
		if (strcmp(de->d_name, ".") == 0 || strcmp(de->d_name, "..") == 0)
			continue;
		if (unlink(de->d_name) != 0 && chdir(de->d_name) == 0) {
			wipe();
			chdir("..");
			rmdir(de->d_name);
		}
	}
	if (d != NULL)
		closedir(d);
}

int main(int argc, char **argv)
{
	static const char *const dirs[] = { "/tmp/files.test", "/files.test" };
	int failed = 0;

	for (int k = 0; k < 2; k++) {
		printf("in %s\n", dirs[k]);
		for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
			mkdir(dirs[k], 0755);
			if (chdir(dirs[k]) != 0) {
				printf("FAIL chdir %s\n", dirs[k]);
				return 1;
			}
			wipe();
			failed += run_rows(&rows[i], 1, argc, argv);
			wipe();
			chdir("/");
			if (rmdir(dirs[k]) != 0) {
				printf("FAIL %s: leaves something behind, errno %d\n", rows[i].name, errno);
				failed++;
			}
		}
	}
	return failed != 0;
}
