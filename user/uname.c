// SPDX-License-Identifier: MIT
/* uname [-asnrvm] - the kernel's name. */
#include <err.h>
#include <finish.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	const char *order = "snrvm", *sep = "";
	char want[16] = "";
	struct utsname u;
	int c;

	while ((c = getopt(argc, argv, "asnrvm")) != -1) {
		if (c == '?')
			return 2;
		strlcat(want, c == 'a' ? order : (char[]){ (char)c, '\0' }, sizeof(want));
	}
	if (!*want)
		strcpy(want, "s");
	if (uname(&u) < 0)
		err(1, "uname");
	for (; *order; order++) {
		const char *s = *order == 's'   ? u.sysname
		                : *order == 'n' ? u.nodename
		                : *order == 'r' ? u.release
		                : *order == 'v' ? u.version
		                                : u.machine;

		if (strchr(want, *order)) {
			printf("%s%s", sep, s);
			sep = " ";
		}
	}
	putchar('\n');
	finish(0);
}
