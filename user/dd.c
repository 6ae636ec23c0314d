// SPDX-License-Identifier: MIT
/* dd [if=FILE] [of=FILE] [bs=N[kM]] [count=N] [skip=N] [seek=N] [conv=notrunc] - copy blocks. */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static long size(const char *s)
{
	char *end;
	long n = strtol(s, &end, 0);

	switch (*end) {
	case 'k':
	case 'K':
		return n << 10;
	case 'M':
		return n << 20;
	case 'G':
		return n << 30;
	}
	return n;
}

int main(int argc, char **argv)
{
	long bs = 512, count = -1, skip = 0, seek = 0, total = 0, full = 0, part = 0;
	int in = 0, out = 1, flags = O_WRONLY | O_CREAT | O_TRUNC;
	const char *from = NULL, *to = NULL;
	struct timespec a, b;
	double secs;
	char *buf;

	for (int i = 1; i < argc; i++) {
		char *v = strchr(argv[i], '=');

		if (!v)
			errx(2, "%s: unknown", argv[i]);
		*v++ = '\0';
		if (strcmp(argv[i], "if") == 0)
			from = v;
		else if (strcmp(argv[i], "of") == 0)
			to = v;
		else if (strcmp(argv[i], "bs") == 0)
			bs = size(v);
		else if (strcmp(argv[i], "count") == 0)
			count = size(v);
		else if (strcmp(argv[i], "skip") == 0)
			skip = size(v);
		else if (strcmp(argv[i], "seek") == 0)
			seek = size(v);
		else if (strcmp(argv[i], "conv") == 0 && strcmp(v, "notrunc") == 0)
			flags &= ~O_TRUNC;
		else
			errx(2, "%s=%s: unknown", argv[i], v);
	}
	if (bs <= 0)
		errx(2, "bs: more than 0");
	if (seek > 0)
		flags &= ~O_TRUNC;
	if (from && (in = open(from, O_RDONLY)) < 0)
		err(1, "%s", from);
	if (to && (out = open(to, flags, 0666)) < 0)
		err(1, "%s", to);
	buf = malloc((size_t)bs);
	if (!buf)
		err(1, "malloc");
	clock_gettime(CLOCK_MONOTONIC, &a);
	if (skip && lseek(in, skip * bs, SEEK_SET) < 0)
		while (skip-- > 0 && read(in, buf, (size_t)bs) > 0)
			;
	if (seek && lseek(out, seek * bs, SEEK_SET) < 0)
		err(1, "seek");
	while (count != 0) {
		ssize_t n = read(in, buf, (size_t)bs);

		if (n < 0)
			err(1, "read");
		if (n == 0)
			break;
		if (write(out, buf, (size_t)n) != n)
			err(1, "write");
		full += n == bs;
		part += n != bs;
		total += n;
		count -= count > 0;
	}
	if (to && close(out) < 0)
		err(1, "%s", to);
	clock_gettime(CLOCK_MONOTONIC, &b);
	secs = (double)(b.tv_sec - a.tv_sec) + (double)(b.tv_nsec - a.tv_nsec) / 1e9;
	fprintf(stderr, "%ld+%ld blocks, %ld bytes, %.3f s, %.1f MB/s\n", full, part, total, secs,
	        secs > 0 ? (double)total / secs / 1e6 : 0.0);
	return 0;
}
