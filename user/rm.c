// SPDX-License-Identifier: MIT
/* rm [-rf] FILE ... - remove names; -r directories with all in them, -f without complaint
 * about what is not there. */
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int recursive, force, status;

static void fail(const char *path)
{
	if (force && errno == ENOENT)
		return;
	warn("%s", path);
	status = 1;
}

static void remove_path(const char *path)
{
	struct stat st;
	struct dirent *e;
	DIR *d;

	if (stat(path, &st) < 0 || !S_ISDIR(st.st_mode) || !recursive) {
		if (unlink(path) < 0)
			fail(path);
		return;
	}
	d = opendir(path);
	if (!d) {
		fail(path);
		return;
	}
	while ((e = readdir(d))) {
		char sub[PATH_MAX];

		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		snprintf(sub, sizeof(sub), "%s/%s", path, e->d_name);
		remove_path(sub);
	}
	closedir(d);
	if (rmdir(path) < 0)
		fail(path);
}

int main(int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "rRf")) != -1) {
		if (c == '?')
			return 2;
		recursive |= c == 'r' || c == 'R';
		force |= c == 'f';
	}
	if (optind == argc && !force)
		errx(2, "usage: rm [-rf] FILE ...");
	for (int i = optind; i < argc; i++)
		remove_path(argv[i]);
	return status;
}
