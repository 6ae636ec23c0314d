// SPDX-License-Identifier: MIT
/* tee [-a] [FILE ...] - standard input to standard output and to files; -a: add to them. */
#include <err.h>
#include <fcntl.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	static char buf[8192];
	int c, how = O_TRUNC, fd[64], nfd = 1, status = 0;
	ssize_t n;

	while ((c = getopt(argc, argv, "a")) != -1) {
		if (c == '?')
			return 2;
		how = O_APPEND;
	}
	fd[0] = 1;
	for (int i = optind; i < argc && nfd < 64; i++) {
		fd[nfd] = open(argv[i], O_WRONLY | O_CREAT | how, 0666);
		if (fd[nfd] < 0) {
			warn("%s", argv[i]);
			status = 1;
		} else
			nfd++;
	}
	while ((n = read(0, buf, sizeof(buf))) > 0)
		for (int i = 0; i < nfd; i++)
			if (write(fd[i], buf, (size_t)n) != n) {
				warn("write");
				status = 1;
			}
	return status;
}
