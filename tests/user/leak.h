// SPDX-License-Identifier: MIT
/*
 * leak.h - what the machine has in use before and after a test.
 *
 * Tasks and the test's own descriptors must be exactly back.  Memory is compared as free
 * plus what the caches would give back (page cache, reclaimable slab), with a slack for
 * per-hart lists and kernel stacks that are kept on purpose.  If that is not enough, empty
 * slabs and page tables are asked back too: eight harts' spares are some MiB.
 */
#ifndef TESTS_USER_LEAK_H
#define TESTS_USER_LEAK_H

#include <fcntl.h>
#include <stdio.h>
#include <sys/sysinfo.h>
#include <unistd.h>

struct in_use {
	long kib; /* free or to be had */
	unsigned tasks;
	int fds;
};

static inline struct in_use in_use_now(void)
{
	struct in_use u = { 0, 0, 0 };
	struct sysinfo si;
	char line[128];
	long v;
	FILE *f = fopen("/proc/meminfo", "r");

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "MemFree: %ld", &v) == 1 || sscanf(line, "Cached: %ld", &v) == 1 ||
		    sscanf(line, "Buffers: %ld", &v) == 1 ||
		    sscanf(line, "SReclaimable: %ld", &v) == 1)
			u.kib += v;
	if (f)
		fclose(f);
	if (sysinfo(&si) == 0)
		u.tasks = si.procs;
	for (int fd = 0; fd < 1024; fd++)
		u.fds += fcntl(fd, F_GETFD) >= 0;
	return u;
}

static inline void in_use_drop_spares(void)
{
	int fd = open("/proc/sys/vm/drop_caches", O_WRONLY);

	if (fd >= 0) {
		write(fd, "2\n", 2);
		close(fd);
	}
}

/* Waits up to three seconds for the machine to be as it was; prints "ok"/"FAIL name". => 0 or 1 */
static inline int in_use_check(const char *name, struct in_use before, long slack_kib)
{
	struct in_use now = { 0, 0, 0 };

	for (int i = 0; i < 150; i++) {
		if (i >= 25)
			in_use_drop_spares();
		now = in_use_now();
		if (now.tasks <= before.tasks && now.fds == before.fds &&
		    before.kib - now.kib <= slack_kib) {
			printf("ok %s\n", name);
			return 0;
		}
		usleep(20000);
	}
	printf("FAIL %s: before %ld KiB, %u tasks, %d files; after %ld KiB, %u tasks, %d files\n",
	       name, before.kib, before.tasks, before.fds, now.kib, now.tasks, now.fds);
	return 1;
}

#endif
