// SPDX-License-Identifier: MIT
/*
 * procwalk.c - every file of /proc is read, whole and in pieces, also while the processes
 * it tells of come and go; every file refuses what it must.
 */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include "test.h"

static int files, folders;
static char failure[300];

static int is_number(const char *s)
{
	return s[0] >= '0' && s[0] <= '9';
}

/* Errors that mean "this process has gone", or has nothing to show. */
static int gone(int err)
{
	return err == ENOENT || err == ESRCH;
}

static void read_one(const char *path, int may_be_gone)
{
	char buf[1504]; /* kpagecount wants multiples of 8 */
	ssize_t n, total = 0;
	int fd = open(path, O_RDONLY);

	if (fd < 0) {
		/* EACCES: only to be written. */
		if (!(may_be_gone && gone(errno)) && errno != EACCES)
			snprintf(failure, sizeof(failure), "open %s: errno %d", path, errno);
		return;
	}
	while ((n = read(fd, buf, sizeof(buf))) > 0 && total < 300000)
		total += n;
	if (n < 0 && !(may_be_gone && gone(errno)))
		snprintf(failure, sizeof(failure), "read %s: errno %d", path, errno);
	files++;
	close(fd);
}

static void walk(const char *dir, int depth, int may_be_gone)
{
	DIR *d = opendir(dir);
	struct dirent *e;

	if (d == NULL) {
		if (!(may_be_gone && gone(errno)))
			snprintf(failure, sizeof(failure), "opendir %s: errno %d", dir, errno);
		return;
	}
	folders++;
	while ((e = readdir(d)) != NULL && failure[0] == '\0') {
		int pid = depth == 0 && is_number(e->d_name);
		char path[200];
		struct stat st;

		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		if (stat(path, &st) != 0) {
			if (!((may_be_gone || pid) && gone(errno)))
				snprintf(failure, sizeof(failure), "stat %s: errno %d", path,
				         errno);
		} else if (S_ISDIR(st.st_mode)) {
			walk(path, depth + 1, may_be_gone || pid);
		} else {
			read_one(path, may_be_gone);
		}
	}
	closedir(d);
}

TEST(all_files)
{
	walk("/proc", 0, 0);
	if (failure[0] != '\0')
		printf("  %s\n", failure);
	CHECK(failure[0] == '\0');
	CHECK(files > 40 && folders > 3);
}

TEST(self_is_me)
{
	char buf[64], want[16];
	int fd = open("/proc/self/stat", O_RDONLY);

	CHECK(fd >= 0);
	memset(buf, 0, sizeof(buf));
	CHECK(read(fd, buf, sizeof(buf) - 1) > 0);
	close(fd);
	snprintf(want, sizeof(want), "%d (", getpid());
	CHECK(strncmp(buf, want, strlen(want)) == 0);
}

TEST(self_of_a_child_is_the_child)
{
	struct stat mine, childs;
	int fds[2], status;

	CHECK_EQ(stat("/proc/self", &mine), 0);
	CHECK_EQ(pipe(fds), 0);
	if (fork() == 0) {
		stat("/proc/self", &childs);
		write(fds[1], &childs, sizeof(childs));
		_exit(0);
	}
	close(fds[1]);				/* a child that has no memory writes nothing */
	CHECK_EQ(read(fds[0], &childs, sizeof(childs)), sizeof(childs));
	wait(&status);
	close(fds[0]);
	CHECK(mine.st_ino != childs.st_ino);
}

TEST(dead_process_is_gone)
{
	char path[40];
	int status, fd, pid = fork();
	char c;

	CHECK(pid >= 0);
	if (pid == 0) {
		pause();
		_exit(0);
	}
	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fd = open(path, O_RDONLY);
	kill(pid, SIGKILL);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK(fd >= 0);
	CHECK_EQ(read(fd, &c, 1), 1); /* its text was made when it was opened */
	close(fd);
	CHECK(open(path, O_RDONLY) == -1 && gone(errno));
	snprintf(path, sizeof(path), "/proc/%d", pid);
	CHECK(opendir(path) == NULL && gone(errno));
}

TEST(read_while_processes_die)
{
	int churn = fork(), status;

	CHECK(churn >= 0);
	if (churn == 0) {
		for (;;) {
			int pid = fork();

			if (pid == 0) {
				char *p = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE,
				               MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

				memset(p, 1, 1 << 20);
				_exit(0);
			}
			waitpid(pid, &status, 0);
		}
	}
	failure[0] = '\0';
	for (int i = 0; i < 10 && failure[0] == '\0'; i++)
		walk("/proc", 0, 0);
	kill(churn, SIGKILL);
	waitpid(churn, &status, 0);
	while (waitpid(-1, &status, 0) > 0)
		;
	if (failure[0] != '\0')
		printf("  %s\n", failure);
	CHECK(failure[0] == '\0');
}

TEST(one_open_one_text)
{
	char a[4096], b[4096];
	int fd = open("/proc/uptime", O_RDONLY);
	ssize_t n;

	CHECK(fd >= 0);
	n = read(fd, a, sizeof(a));
	CHECK(n > 0);
	usleep(30000);
	CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
	CHECK_EQ(read(fd, b, sizeof(b)), n);
	CHECK(memcmp(a, b, (size_t)n) == 0);
	CHECK_EQ(pread(fd, b, 3, 2), 3);
	CHECK(memcmp(a + 2, b, 3) == 0);
	CHECK_EQ(pread(fd, b, 3, 1000000), 0);
	CHECK(pread(fd, (void *)8, 3, 0) == -1 && errno == EFAULT);
	close(fd);
}

TEST(refusals)
{
	CHECK(open("/proc/meminfo", O_RDWR) == -1 && errno == EACCES);
	CHECK(open("/proc/meminfo", O_WRONLY) == -1 && errno == EACCES);
	CHECK(open("/proc/nothing", O_RDONLY) == -1 && errno == ENOENT);
	CHECK(open("/proc/0", O_RDONLY) == -1 && errno == ENOENT);
	CHECK(open("/proc/01", O_RDONLY) == -1 && errno == ENOENT);
	CHECK(open("/proc/-1", O_RDONLY) == -1 && errno == ENOENT);
	CHECK(open("/proc/99999999999999999999", O_RDONLY) == -1 && errno == ENOENT);
	CHECK(open("/proc/new", O_CREAT | O_WRONLY, 0644) == -1);
	CHECK(unlink("/proc/meminfo") == -1);
	CHECK(mkdir("/proc/dir", 0755) == -1);
	CHECK(rename("/proc/meminfo", "/proc/m") == -1);
	CHECK(open("/proc/meminfo/x", O_RDONLY) == -1 && errno == ENOTDIR);
	int fd = open("/proc/meminfo", O_RDONLY);
	CHECK(fd >= 0);
	CHECK(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0) == MAP_FAILED);
	close(fd);
}

TEST(writing_settings)
{
	static char big[8192];
	int fd = open("/proc/sys/vm/overcommit_memory", O_RDWR);
	char old[16];
	ssize_t n;

	CHECK(fd >= 0);
	n = read(fd, old, sizeof(old));
	CHECK(n > 0);
	CHECK_EQ(write(fd, "1\n", 2), 2);
	CHECK(write(fd, "nonsense\n", 9) == -1 && errno == EINVAL);
	CHECK(write(fd, big, sizeof(big)) == -1 && errno == EINVAL);
	CHECK(write(fd, (void *)8, 2) == -1 && errno == EFAULT);
	CHECK_EQ(write(fd, old, (size_t)n), n);
	close(fd);
}

TEST(dots)
{
	struct stat root, up;

	CHECK_EQ(stat("/", &root), 0);
	CHECK_EQ(stat("/proc/..", &up), 0);
	CHECK_EQ(root.st_ino, up.st_ino);
	CHECK_EQ(stat("/proc/sys/vm/../../self/../meminfo", &up), 0);
	CHECK_EQ(stat("/proc/sys/..", &up), 0);
	CHECK_EQ(stat("/proc", &root), 0);
	CHECK_EQ(root.st_ino, up.st_ino);
}

int main(void)
{
	RUN(all_files);
	RUN(self_is_me);
	RUN(self_of_a_child_is_the_child);
	RUN(dead_process_is_gone);
	RUN(read_while_processes_die);
	RUN(one_open_one_text);
	RUN(refusals);
	RUN(writing_settings);
	RUN(dots);
	return test_end();
}
