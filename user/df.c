// SPDX-License-Identifier: MIT
/* df [-h] [PATH ...] - space on file systems, in KiB. */
#include <err.h>
#include <finish.h>
#include <stdio.h>
#include <string.h>
#include <sys/statfs.h>

static void show(const char *source, const char *path)
{
	struct statfs s;
	unsigned long k;

	if (statfs(path, &s) < 0) {
		warn("%s", path);
		return;
	}
	if (s.f_blocks == 0)
		return;
	k = s.f_bsize / 1024;
	printf("%-10s %-6s %10lu %10lu %10lu %4lu%% %s\n", source, s.f_type, s.f_blocks * k,
	       (s.f_blocks - s.f_bfree) * k, s.f_bavail * k,
	       (s.f_blocks - s.f_bfree) * 100 / s.f_blocks, path);
}

int main(int argc, char **argv)
{
	char line[256], source[64], path[128];
	FILE *f;

	printf("%-10s %-6s %10s %10s %10s %5s %s\n", "Source", "Type", "KiB", "Used", "Available",
	       "Use", "Mounted on");
	for (int i = 1; i < argc; i++)
		if (argv[i][0] != '-')
			show("-", argv[i]);
	if (argc > 1 && argv[argc - 1][0] != '-')
		finish(0);
	f = fopen("/proc/mounts", "r");
	if (!f)
		err(1, "/proc/mounts");
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "%63s %127s", source, path) == 2)
			show(source, path);
	finish(0);
}
