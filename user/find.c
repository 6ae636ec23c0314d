// SPDX-License-Identifier: MIT
/*
 * find [PATH ...] [TEST ...] - names below the paths. Tests, all of which must hold:
 * -name PATTERN, -type f|d|c, -size [+-]N[k|M], -newer FILE, -maxdepth N, -empty; -not before one
 * turns it round. -exec CMD {} \; and -delete act, -print is what happens else.
 */
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <finish.h>
#include <glob.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static char **tests;
static int nr_tests, max_depth = INT_MAX, status;
static bool acts;

static bool is_empty(const char *path, const struct stat *st)
{
	struct dirent *e;
	bool empty = true;
	DIR *d;

	if (!S_ISDIR(st->st_mode))
		return st->st_size == 0;
	if (!(d = opendir(path)))
		return false;
	while ((e = readdir(d)))
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			empty = false;
	closedir(d);
	return empty;
}

static bool size_test(const char *s, off_t size)
{
	char *end;
	long n = strtol(s + (*s == '+' || *s == '-'), &end, 10);
	long unit = *end == 'k' ? 1024 : *end == 'M' ? 1048576 : *end == 'c' ? 1 : 512;
	long have = (size + unit - 1) / unit;

	return *s == '+' ? have > n : *s == '-' ? have < n : have == n;
}

static bool execute(int i, const char *path)
{
	char *argv[64];
	int n = 0, st;
	pid_t pid;

	for (; i < nr_tests && strcmp(tests[i], ";") != 0 && n < 63; i++)
		argv[n++] = strcmp(tests[i], "{}") == 0 ? (char *)path : tests[i];
	argv[n] = NULL;
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		execvp(argv[0], argv);
		err(127, "%s", argv[0]);
	}
	return pid > 0 && waitpid(pid, &st, 0) == pid && st == 0;
}

static void visit(const char *path, const struct stat *st)
{
	const char *base = strrchr(path, '/');
	struct stat other;

	base = base && base[1] ? base + 1 : path;
	for (int i = 0; i < nr_tests; i++) {
		const char *t = tests[i], *arg = i + 1 < nr_tests ? tests[i + 1] : "";
		bool not = strcmp(t, "-not") == 0 || strcmp(t, "!") == 0, ok = true;

		if (not ) {
			t = arg;
			i++;
			arg = i + 1 < nr_tests ? tests[i + 1] : "";
		}
		if (strcmp(t, "-name") == 0)
			ok = fnmatch_simple(arg, base);
		else if (strcmp(t, "-path") == 0)
			ok = fnmatch_simple(arg, path);
		else if (strcmp(t, "-type") == 0)
			ok = (*arg == 'd' && S_ISDIR(st->st_mode)) ||
			     (*arg == 'f' && S_ISREG(st->st_mode)) ||
			     (*arg == 'c' && S_ISCHR(st->st_mode)) ||
			     (*arg == 'b' && S_ISBLK(st->st_mode));
		else if (strcmp(t, "-size") == 0)
			ok = size_test(arg, st->st_size);
		else if (strcmp(t, "-newer") == 0)
			ok = stat(arg, &other) == 0 && timespeccmp(&st->st_mtim, &other.st_mtim, >);
		else if (strcmp(t, "-empty") == 0) {
			ok = is_empty(path, st);
			i--;
		} else if (strcmp(t, "-print") == 0) {
			puts(path);
			i--;
		} else if (strcmp(t, "-delete") == 0) {
			if (remove(path) < 0) {
				warn("%s", path);
				status = 1;
			}
			i--;
		} else if (strcmp(t, "-exec") == 0) {
			ok = execute(i + 1, path);
			while (i < nr_tests && strcmp(tests[i], ";") != 0)
				i++;
			i--;
		}
		i++;
		if (ok == not )
			return;
	}
	if (!acts)
		puts(path);
}

static void walk(const char *path, int depth)
{
	bool after = acts; /* -delete needs the inside first */
	struct dirent *e;
	struct stat st;
	DIR *d;

	if (stat(path, &st) < 0) {
		warn("%s", path);
		status = 1;
		return;
	}
	if (!after)
		visit(path, &st);
	if (S_ISDIR(st.st_mode) && depth < max_depth) {
		d = opendir(path);
		if (!d) {
			warn("%s", path);
			status = 1;
		}
		while (d && (e = readdir(d))) {
			char sub[PATH_MAX];

			if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
				continue;
			snprintf(sub, sizeof(sub), "%s%s%s", path,
			         path[strlen(path) - 1] == '/' ? "" : "/", e->d_name);
			walk(sub, depth + 1);
		}
		if (d)
			closedir(d);
	}
	if (after)
		visit(path, &st);
}

int main(int argc, char **argv)
{
	static const char *const known[] = { "-name",  "-path",  "-type",  "-size",
		                             "-newer", "-empty", "-print", "-delete",
		                             "-exec",  "-not",   "!" };
	int i, first;

	for (i = 1; i < argc && argv[i][0] != '-' && strcmp(argv[i], "!") != 0; i++)
		;
	first = i;
	tests = argv + i;
	for (; i < argc; i++) {
		unsigned k;

		if (strcmp(argv[i], "-maxdepth") == 0 && i + 1 < argc) {
			max_depth = atoi(argv[++i]);
			continue;
		}
		for (k = 0; k < sizeof(known) / sizeof(*known); k++)
			if (strcmp(argv[i], known[k]) == 0)
				break;
		if (k == sizeof(known) / sizeof(*known))
			errx(2, "%s: unknown test", argv[i]);
		tests[nr_tests++] = argv[i];
		if (k <= 4) {
			if (i + 1 >= argc)
				errx(2, "%s needs an argument", argv[i]);
			tests[nr_tests++] = argv[++i];
		}
		acts |= k >= 6 && k <= 8;
		if (k == 8)
			while (i + 1 < argc && strcmp(argv[i], ";") != 0)
				tests[nr_tests++] = argv[++i];
	}
	if (first == 1)
		walk(".", 0);
	for (i = 1; i < first; i++)
		walk(argv[i], 0);
	finish(status);
}
