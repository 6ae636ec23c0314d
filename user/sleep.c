// SPDX-License-Identifier: MIT
/* sleep SECONDS - wait; fractions are understood. */
#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <time.h>

int main(int argc, char **argv)
{
	struct timespec ts;
	char *end;
	double s;

	if (argc != 2)
		errx(2, "usage: sleep SECONDS");
	s = strtod(argv[1], &end);
	if (end == argv[1] || *end || s < 0)
		errx(2, "%s: not a time", argv[1]);
	ts.tv_sec = (long)s;
	ts.tv_nsec = (long)((s - (double)ts.tv_sec) * 1e9);
	while (nanosleep(&ts, &ts) < 0)
		if (errno != EINTR)
			err(1, "nanosleep");
	return 0;
}
