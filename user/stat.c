// SPDX-License-Identifier: MIT
/* stat FILE ... - all that the kernel says of a file. */
#include <err.h>
#include <finish.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

static void when(const char *what, const struct timespec *t)
{
	char buf[64];

	strftime(buf, sizeof(buf), "%F %T", gmtime(&t->tv_sec));
	printf("%s: %s.%09ld\n", what, buf, t->tv_nsec);
}

int main(int argc, char **argv)
{
	int status = 0;

	if (argc < 2)
		errx(2, "usage: stat FILE ...");
	for (int i = 1; i < argc; i++) {
		struct stat st;

		if (stat(argv[i], &st) < 0) {
			warn("%s", argv[i]);
			status = 1;
			continue;
		}
		printf("  File: %s\n  Size: %-12ld Blocks: %-8lu IO Block: %ld %s\n", argv[i],
		       st.st_size, st.st_blocks, st.st_blksize,
		       S_ISDIR(st.st_mode)    ? "directory"
		       : S_ISREG(st.st_mode)  ? "regular file"
		       : S_ISCHR(st.st_mode)  ? "character device"
		       : S_ISBLK(st.st_mode)  ? "block device"
		       : S_ISFIFO(st.st_mode) ? "fifo"
		                              : "unknown");
		printf("Device: %-10lu Inode: %-9lu Links: %u", st.st_dev, st.st_ino, st.st_nlink);
		if (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode))
			printf(" Device type: %lu,%lu", st.st_rdev >> 16, st.st_rdev & 0xffff);
		printf("\nAccess: %04o\n", st.st_mode & 07777);
		when("Access", &st.st_atim);
		when("Modify", &st.st_mtim);
		when("Change", &st.st_ctim);
	}
	finish(status);
}
