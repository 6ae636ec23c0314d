// SPDX-License-Identifier: MIT
/* touch [-c] FILE ... - set the times of files to now; make those that are missing (not with -c). */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int c, create = 1, status = 0, fd;

	while ((c = getopt(argc, argv, "c")) != -1) {
		if (c == '?')
			return 2;
		create = 0;
	}
	if (optind == argc)
		errx(2, "usage: touch [-c] FILE ...");
	for (int i = optind; i < argc; i++) {
		if (utimens(argv[i], NULL) == 0 || (errno == ENOENT && !create))
			continue;
		fd = errno == ENOENT ? open(argv[i], O_WRONLY | O_CREAT, 0666) : -1;
		if (fd < 0) {
			warn("%s", argv[i]);
			status = 1;
		} else
			close(fd);
	}
	return status;
}
