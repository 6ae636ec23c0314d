// SPDX-License-Identifier: MIT
/* ln [-f] FROM TO - another name for a file (a hard link); TO may be a directory. */
#include <err.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	char path[PATH_MAX], *base;
	const char *to;
	struct stat st;
	int c, force = 0;

	while ((c = getopt(argc, argv, "fs")) != -1) {
		if (c == 's')
			errx(1, "there are no symbolic links");
		if (c == '?')
			return 2;
		force = 1;
	}
	if (argc - optind != 2)
		errx(2, "usage: ln [-f] FROM TO");
	to = argv[optind + 1];
	if (stat(to, &st) == 0 && S_ISDIR(st.st_mode)) {
		base = strrchr(argv[optind], '/');
		snprintf(path, sizeof(path), "%s/%s", to, base ? base + 1 : argv[optind]);
		to = path;
	}
	if (force)
		unlink(to);
	if (link(argv[optind], to) < 0)
		err(1, "%s to %s", argv[optind], to);
	return 0;
}
