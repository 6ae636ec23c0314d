// SPDX-License-Identifier: MIT
/* uptime - since when the machine runs, and how much it has to do. */
#include <stdio.h>
#include <sys/sysinfo.h>

int main(void)
{
	struct sysinfo s;

	if (sysinfo(&s) < 0) {
		perror("sysinfo");
		return 1;
	}
	printf("up %ld:%02ld:%02ld, %u tasks, load %.2f %.2f %.2f\n", s.uptime / 3600,
	       s.uptime / 60 % 60, s.uptime % 60, s.procs, (double)s.loads[0] / 65536,
	       (double)s.loads[1] / 65536, (double)s.loads[2] / 65536);
	return 0;
}
