// SPDX-License-Identifier: MIT
/* cp [-r] FROM ... TO - copy files, with -r directories. */
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int recursive, status;
static char buf[65536];

static void fail(const char *path)
{
	warn("%s", path);
	status = 1;
}

static void copy_file(const char *from, const char *to)
{
	int in = open(from, O_RDONLY), out;
	ssize_t n;

	if (in < 0) {
		fail(from);
		return;
	}
	out = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0666);
	if (out < 0) {
		fail(to);
		close(in);
		return;
	}
	while ((n = read(in, buf, sizeof(buf))) > 0)
		for (ssize_t done = 0, r; done < n; done += r)
			if ((r = write(out, buf + done, (size_t)(n - done))) < 0) {
				fail(to);
				goto done;
			}
	if (n < 0)
		fail(from);
done:
	close(in);
	if (close(out) < 0)
		fail(to);
}

static void copy(const char *from, const char *to)
{
	struct stat st, there;
	struct dirent *e;
	DIR *d;

	if (stat(from, &st) < 0) {
		fail(from);
		return;
	}
	if (stat(to, &there) == 0 && there.st_dev == st.st_dev && there.st_ino == st.st_ino) {
		warnx("%s and %s are the same file", from, to);
		status = 1;
		return;
	}
	if (!S_ISDIR(st.st_mode)) {
		copy_file(from, to);
		return;
	}
	if (!recursive) {
		warnx("%s is a directory (use -r)", from);
		status = 1;
		return;
	}
	if (mkdir(to, 0777) < 0 && errno != EEXIST) {
		fail(to);
		return;
	}
	d = opendir(from);
	if (!d) {
		fail(from);
		return;
	}
	while ((e = readdir(d))) {
		char a[PATH_MAX], b[PATH_MAX];

		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		snprintf(a, sizeof(a), "%s/%s", from, e->d_name);
		snprintf(b, sizeof(b), "%s/%s", to, e->d_name);
		copy(a, b);
	}
	closedir(d);
}

int main(int argc, char **argv)
{
	const char *to;
	struct stat st;
	int c, into;

	while ((c = getopt(argc, argv, "rRafp")) != -1) {
		if (c == '?')
			return 2;
		recursive |= c == 'r' || c == 'R' || c == 'a';
	}
	if (argc - optind < 2)
		errx(2, "usage: cp [-r] FROM ... TO");
	to = argv[argc - 1];
	into = stat(to, &st) == 0 && S_ISDIR(st.st_mode);
	if (argc - optind > 2 && !into)
		errx(1, "%s is not a directory", to);
	for (int i = optind; i < argc - 1; i++) {
		char path[PATH_MAX], *base = strrchr(argv[i], '/');

		if (into)
			snprintf(path, sizeof(path), "%s/%s", to,
			         base && base[1] ? base + 1 : argv[i]);
		copy(argv[i], into ? path : to);
	}
	return status;
}
