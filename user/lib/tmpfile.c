// SPDX-License-Identifier: MIT
/* tmpfile.c - files for the time being, in /tmp, which is a file system without a disk. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* A name that nothing has; whoever can should open it at once, as mkstemp does. */
char *tmpnam(char *name)
{
	static char own[L_tmpnam];
	static unsigned n;
	char *s = name ? name : own;

	for (int i = 0; i < TMP_MAX; i++) {
		snprintf(s, L_tmpnam, P_tmpdir "/t%d.%u", getpid(),
		         __atomic_fetch_add(&n, 1, __ATOMIC_RELAXED));
		if (access(s, F_OK) < 0)
			return s;
	}
	return NULL;
}

/* Has no name: nothing is left of it when it is closed, or the program ends. */
FILE *tmpfile(void)
{
	char name[] = P_tmpdir "/f.XXXXXX";
	int fd = mkstemp(name);
	FILE *f;

	if (fd < 0)
		return NULL;
	unlink(name);
	f = fdopen(fd, "w+");
	if (!f)
		close(fd);
	return f;
}
