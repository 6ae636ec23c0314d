// SPDX-License-Identifier: MIT
/* dev.c - the nodes of /dev: memory devices, disks, what they refuse. */
#include <dirent.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include "test.h"

static char buf[65536];

TEST(null)
{
	int fd = open("/dev/null", O_RDWR);

	CHECK(fd >= 0);
	CHECK_EQ(read(fd, buf, 10), 0);
	CHECK_EQ(write(fd, buf, sizeof(buf)), sizeof(buf));
	CHECK_EQ(write(fd, NULL, 1000000), 1000000); /* it does not look */
	close(fd);
}

TEST(zero)
{
	int fd = open("/dev/zero", O_RDWR);

	CHECK(fd >= 0);
	memset(buf, 1, sizeof(buf));
	CHECK_EQ(read(fd, buf + 1, 40000), 40000);
	CHECK(buf[0] == 1 && buf[40001] == 1);
	for (int i = 1; i <= 40000; i++)
		CHECK(buf[i] == 0);
	CHECK_EQ(write(fd, buf, 100), 100);
	CHECK(read(fd, (void *)16, 100) == -1 && errno == EFAULT);
	close(fd);
}

TEST(full)
{
	int fd = open("/dev/full", O_RDWR);

	CHECK(fd >= 0);
	CHECK(write(fd, buf, 1) == -1 && errno == ENOSPC);
	CHECK_EQ(write(fd, buf, 0), 0);
	buf[0] = 1;
	CHECK_EQ(read(fd, buf, 1), 1);
	CHECK_EQ(buf[0], 0);
	close(fd);
}

TEST(random_bytes)
{
	int count[256] = { 0 }, fd = open("/dev/random", O_RDONLY);
	char other[64];

	CHECK(fd >= 0);
	CHECK_EQ(read(fd, buf, sizeof(buf)), sizeof(buf));
	for (unsigned i = 0; i < sizeof(buf); i++)
		count[(unsigned char)buf[i]]++;
	for (int i = 0; i < 256; i++) /* 256 each, give or take 6 sigma */
		CHECK(count[i] > 160 && count[i] < 352);
	CHECK_EQ(read(fd, other, sizeof(other)), sizeof(other));
	CHECK(memcmp(buf, other, sizeof(other)) != 0);
	CHECK(read(fd, (void *)16, 100) == -1 && errno == EFAULT);
	close(fd);
}

TEST(kmsg)
{
	static const char mark[] = "dev.c was here\n";
	int fd = open("/dev/kmsg", O_RDWR);
	ssize_t n, got = 0;

	CHECK(fd >= 0);
	CHECK_EQ(write(fd, mark, sizeof(mark) - 1), sizeof(mark) - 1);
	while (got < (ssize_t)sizeof(buf) - 1 && (n = read(fd, buf + got, 100)) > 0)
		got += n;
	buf[got] = '\0';
	CHECK(strstr(buf, "dev.c was here") != NULL);
	close(fd);
}

TEST(no_mapping)
{
	int fd = open("/dev/null", O_RDWR);

	CHECK(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0) == MAP_FAILED);
	CHECK_EQ(errno, ENODEV);
	close(fd);
}

TEST(unknown_device)
{
	CHECK_EQ(mknod("/nodev", S_IFCHR | 0600, 77 << 16), 0);
	CHECK(open("/nodev", O_RDONLY) == -1 && errno == ENXIO);
	CHECK_EQ(unlink("/nodev"), 0);
}

TEST(xv6_console)
{
	CHECK_EQ(mknod("/console6", S_IFCHR | 0600, 1 << 16), 0); /* xv6 knows it as major 1 */
	int fd = open("/console6", O_RDWR);

	CHECK(fd >= 0);
	CHECK_EQ(write(fd, "", 0), 0);
	close(fd);
	CHECK_EQ(unlink("/console6"), 0);
}

TEST(disk)
{
	int fd = open("/dev/vda", O_RDONLY);
	unsigned long size = 0;
	struct stat st;

	CHECK(fd >= 0);
	CHECK_EQ(ioctl(fd, BLKGETSIZE64, &size), 0);
	CHECK(size >= 1 << 20);
	CHECK_EQ(lseek(fd, 0, SEEK_END), size);
	CHECK_EQ(read(fd, buf, 100), 0);
	CHECK_EQ(lseek(fd, -100, SEEK_END), size - 100);
	CHECK_EQ(read(fd, buf, 4096), 100);
	CHECK_EQ(fstat(fd, &st), 0);
	CHECK((st.st_mode & S_IFMT) == S_IFBLK);
	CHECK(write(fd, buf, 1) == -1 && errno == EBADF);
	CHECK_EQ(pread(fd, buf, 8192, 4096), 8192);
	close(fd);
	fd = open("/dev/vda", O_RDWR);
	CHECK(fd >= 0);
	CHECK(pwrite(fd, buf, 10, (off_t)size) == -1 && errno == ENOSPC);
	CHECK(pwrite(fd, buf, 10, (off_t)size + 4096) == -1 && errno == ENOSPC);
	CHECK(ftruncate(fd, 0) == -1);
	CHECK_EQ(fsync(fd), 0);
	close(fd);
}

TEST(directory)
{
	DIR *d = opendir("/dev");
	struct dirent *e;
	int n = 0, seen_null = 0;

	CHECK(d != NULL);
	while ((e = readdir(d)) != NULL) {
		n++;
		seen_null += strcmp(e->d_name, "null") == 0;
	}
	closedir(d);
	CHECK(n >= 9 && seen_null == 1);
	CHECK(open("/dev/nothing", O_RDONLY) == -1 && errno == ENOENT);
	CHECK(open("/dev/nothing", O_CREAT | O_WRONLY, 0644) == -1);
	CHECK(unlink("/dev/null") == -1);
	CHECK(mkdir("/dev/dir", 0755) == -1);
}

int main(void)
{
	RUN(null);
	RUN(zero);
	RUN(full);
	RUN(random_bytes);
	RUN(kmsg);
	RUN(no_mapping);
	RUN(unknown_device);
	RUN(xv6_console);
	RUN(disk);
	RUN(directory);
	return test_end();
}
