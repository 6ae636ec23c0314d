// SPDX-License-Identifier: MIT
/* mkdir [-p] DIR ... - make directories; -p also those above, and no error if it is there. */
#include <err.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int make(char *path, int parents)
{
	struct stat st;

	if (parents)
		for (char *s = strchr(path + 1, '/'); s; s = strchr(s + 1, '/')) {
			*s = '\0';
			if (mkdir(path, 0777) < 0 && errno != EEXIST) {
				warn("%s", path);
				*s = '/';
				return 1;
			}
			*s = '/';
		}
	if (mkdir(path, 0777) == 0)
		return 0;
	if (parents && errno == EEXIST && stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return 0;
	warn("%s", path);
	return 1;
}

int main(int argc, char **argv)
{
	int c, parents = 0, status = 0;

	while ((c = getopt(argc, argv, "pm:")) != -1) {
		if (c == '?')
			return 2;
		parents |= c == 'p';
	}
	if (optind == argc)
		errx(2, "usage: mkdir [-p] DIR ...");
	for (int i = optind; i < argc; i++)
		status |= make(argv[i], parents);
	return status;
}
