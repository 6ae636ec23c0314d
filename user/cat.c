// SPDX-License-Identifier: MIT
/* cat [-n] [FILE ...] - files one after the other; - is standard input. */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <finish.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char buf[16384];
static int status, number;

static void copy(int fd, const char *name)
{
	static int line = 1, start = 1;
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) { /* read() would give its records */
		errno = EISDIR;
		warn("%s", name);
		status = 1;
		return;
	}
	while ((n = read(fd, buf, sizeof(buf))) > 0) {
		if (!number) {
			for (ssize_t done = 0, r; done < n; done += r)
				if ((r = write(1, buf + done, (size_t)(n - done))) < 0)
					err(1, "write");
			continue;
		}
		for (ssize_t i = 0; i < n; i++) {
			if (start)
				printf("%6d\t", line++);
			putchar(buf[i]);
			start = buf[i] == '\n';
		}
	}
	if (n < 0) {
		warn("%s", name);
		status = 1;
	}
}

int main(int argc, char **argv)
{
	int c, fd;

	while ((c = getopt(argc, argv, "nu")) != -1) {
		if (c == '?')
			return 2;
		number |= c == 'n';
	}
	if (optind == argc)
		copy(0, "-");
	for (int i = optind; i < argc; i++) {
		if (strcmp(argv[i], "-") == 0) {
			copy(0, "-");
			continue;
		}
		fd = open(argv[i], O_RDONLY);
		if (fd < 0) {
			warn("%s", argv[i]);
			status = 1;
			continue;
		}
		copy(fd, argv[i]);
		close(fd);
	}
	finish(status);
}
