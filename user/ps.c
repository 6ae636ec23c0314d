// SPDX-License-Identifier: MIT
/*
 * ps [-f] [-k] - the tasks: -f with their whole command lines, -k kernel threads too.
 *
 * Everything comes from /proc/PID/stat, whose fields are Linux's: pid (name) state ppid
 * pgrp session tty tpgid flags minflt cminflt majflt cmajflt utime stime cutime cstime
 * priority nice threads itrealvalue starttime vsize rss ...
 */
#include <ctype.h>
#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <finish.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static ssize_t read_file(const char *pid, const char *name, char *buf, size_t size)
{
	char path[96];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%s/%s", pid, name);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return -1;
	n = read(fd, buf, size - 1);
	close(fd);
	if (n >= 0)
		buf[n] = '\0';
	return n;
}

/* One line. A task that has gone meanwhile gives none. */
static void show(const char *pid, int full, int kernel)
{
	char buf[1024], cmd[256], *name, *rest, *field[30];
	unsigned long ticks, vsz, rss;
	int n = 0;

	if (read_file(pid, "stat", buf, sizeof(buf)) <= 0)
		return;
	name = strchr(buf, '(');
	rest = strrchr(buf, ')');
	if (!name || !rest)
		return;
	*rest = '\0';
	for (char *p = strtok(rest + 1, " "); p && n < 30; p = strtok(NULL, " "))
		field[n++] = p;
	if (n < 22)
		return;
	ticks = strtoul(field[11], NULL, 10) + strtoul(field[12], NULL, 10);
	vsz = strtoul(field[20], NULL, 10) / 1024;
	rss = strtoul(field[21], NULL, 10) * 4;
	if (vsz == 0 && field[0][0] != 'Z' && !kernel)
		return;
	printf("%5s %5s %5s %-4s %3lu:%02lu.%02lu %7lu %7lu ", pid, field[1], field[2], field[0],
	       ticks / 6000, ticks / 100 % 60, ticks % 100, vsz, rss);
	if (full && (n = (int)read_file(pid, "cmdline", cmd, sizeof(cmd))) > 0) {
		for (int i = 0; i < n - 1; i++)
			if (!cmd[i])
				cmd[i] = ' ';
		puts(cmd);
	} else
		printf(vsz ? "%s\n" : "[%s]\n", name + 1);
}

static int compare(const void *a, const void *b)
{
	return atoi(*(char *const *)a) - atoi(*(char *const *)b);
}

int main(int argc, char **argv)
{
	int c, full = 0, kernel = 0;
	size_t n = 0, room = 0;
	char **pids = NULL;
	struct dirent *e;
	DIR *d;

	while ((c = getopt(argc, argv, "efkal")) != -1) {
		if (c == '?')
			return 2;
		full |= c == 'f';
		kernel |= c == 'k';
	}
	d = opendir("/proc");
	if (!d)
		err(1, "/proc");
	while ((e = readdir(d))) {
		if (!isdigit((unsigned char)e->d_name[0]))
			continue;
		if (n == room && !(pids = reallocarray(pids, room = room * 2 + 64, sizeof(*pids))))
			err(1, "malloc");
		pids[n++] = strdup(e->d_name);
	}
	closedir(d);
	qsort(pids, n, sizeof(*pids), compare);
	printf("  PID  PPID  PGID STAT     TIME  VSZ/KB  RSS/KB COMMAND\n");
	for (size_t i = 0; i < n; i++)
		show(pids[i], full, kernel);
	finish(0);
}
