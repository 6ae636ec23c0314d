// SPDX-License-Identifier: MIT
/* buddylab.c - what the tests of lab buddy run; the work is done by kernel/buddytrace.c. */
#include "labs/include/lab.h"
#include <errno.h>

static int say(const char *fmt, u64 a, u64 b, u64 c)
{
	char text[128];
	int fd = open("/proc/buddytrace", O_WRONLY), n, ok;

	n = snprintf(text, sizeof(text), fmt, a, b, c);
	ok = write(fd, text, n) == n;
	if (!ok)
		printf("buddytrace: %s: errno %d\n", text, errno);
	close(fd);
	return ok ? 0 : 1;
}

/* N operations on three blocks of 4 MiB; checkpoint 0 when the log is complete */
static int arena(const char *kind, u64 steps)
{
	char text[64];

	snprintf(text, sizeof(text), "arena %s %%lu %%lu", kind);
	if (say(text, nonce, steps, 0)) {
		printf("(the arena is three free blocks of order 10, movable: there are no such)\n");
		return 1;
	}
	checkpoint(0, NULL, steps);
	return 0;
}

/* On larger machines memory goes on joining after the boot, whenever nobody else computes. */
static void settle(void)
{
	usleep(300000);
}

/* checkpoints: 0 fresh, 1 to 3 after so many steps, 4 when all is free again */
static int trace(u64 steps, u64 max)
{
	settle();
	say("free", 0, 0, 0);
	checkpoint(0, NULL, 0);
	for (u64 k = 1; k <= 3; k++) {
		if (say("trace %lu %lu %lu", mix(nonce, k), steps, max))
			return 1;
		checkpoint(k, NULL, 0);
		if (k < 3)
			say("free", 0, 0, 0);
	}
	say("free", 0, 0, 0);
	checkpoint(4, NULL, 0);
	return 0;
}

static int cost(void)
{
	static const char *const names[] = { "order 0", "order 3", "order 9" };
	static const int orders[] = { 0, 3, 9 };

	settle();
	for (int i = 0; i < 3; i++) {
		if (say("pairs %lu %lu", orders[i], 10, 0))
			return 1;
		cost_begin(names[i]);
		if (say("pairs %lu %lu", orders[i], 500, 0))
			return 1;
		cost_end();
	}
	return 0;
}

static int crowd(u64 n)
{
	if (say("crowd %lu %lu", nonce, n, 0))
		return 1;
	checkpoint(0, NULL, 0);
	say("free", 0, 0, 0);
	checkpoint(1, NULL, 0);
	return 0;
}

int main(int argc, char **argv)
{
	const char *part = argc > 1 ? argv[1] : "";

	if (strcmp(part, "arena") == 0 && argc > 3)
		return arena(argv[2], strtoul(argv[3], NULL, 0));
	if (strcmp(part, "trace") == 0 && argc > 3)
		return trace(strtoul(argv[2], NULL, 0), strtoul(argv[3], NULL, 0));
	if (strcmp(part, "cost") == 0)
		return cost();
	if (strcmp(part, "crowd") == 0 && argc > 2)
		return crowd(strtoul(argv[2], NULL, 0));
	printf("usage: buddylab arena own|steal|release|edge N | trace N MAXORDER | cost | crowd N\n");
	return 2;
}
