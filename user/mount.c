// SPDX-License-Identifier: MIT
/* mount [-r] [-t TYPE] [SOURCE] TARGET - put a file system into the tree; without arguments,
 * show what is mounted. */
#include <err.h>
#include <stdio.h>
#include <sys/mount.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	const char *type = "pfs";
	unsigned long flags = 0;
	char line[256];
	FILE *f;
	int c;

	while ((c = getopt(argc, argv, "rt:")) != -1)
		switch (c) {
		case 'r':
			flags |= MS_RDONLY;
			break;
		case 't':
			type = optarg;
			break;
		default:
			return 2;
		}
	if (optind == argc) {
		f = fopen("/proc/mounts", "r");
		if (!f)
			err(1, "/proc/mounts");
		while (fgets(line, sizeof(line), f))
			fputs(line, stdout);
		return 0;
	}
	if (argc - optind > 2)
		errx(2, "usage: mount [-r] [-t TYPE] [SOURCE] TARGET");
	if (mount(argc - optind == 2 ? argv[optind] : "none", argv[argc - 1], type, flags) < 0)
		err(1, "%s on %s", argv[optind], argv[argc - 1]);
	return 0;
}
