// SPDX-License-Identifier: MIT
/*
 * ls [-laidF1h] [FILE ...] - list directories; -l long, -a with those that begin with a
 * dot, -i inode numbers, -d the directory itself, -F a mark behind names, -1 one a line,
 * -h sizes in K, M, G.
 */
#include <dirent.h>
#include <err.h>
#include <finish.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct entry {
	char *name;
	struct stat st;
};

static bool opt_l, opt_a, opt_i, opt_d, opt_F, opt_1, opt_h;
static int status, width = 80;

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct entry *)a)->name, ((const struct entry *)b)->name);
}

static char type_letter(mode_t m)
{
	return S_ISDIR(m) ? 'd' : S_ISCHR(m) ? 'c' : S_ISBLK(m) ? 'b' : S_ISFIFO(m) ? 'p' : '-';
}

static void print_long(const struct entry *e)
{
	const struct stat *st = &e->st;
	time_t t = st->st_mtime;
	char when[32], size[24], rights[10];

	for (int i = 0; i < 9; i++)
		rights[i] = st->st_mode & (0400u >> i) ? "rwx"[i % 3] : '-';
	rights[9] = '\0';
	if (S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode))
		snprintf(size, sizeof(size), "%lu, %lu", st->st_rdev >> 16, st->st_rdev & 0xffff);
	else if (opt_h && st->st_size >= 1024) {
		double v = (double)st->st_size;
		const char *unit = "BKMGT";

		while (v >= 1024 && unit[1]) {
			v /= 1024;
			unit++;
		}
		snprintf(size, sizeof(size), "%.1f%c", v, *unit);
	} else
		snprintf(size, sizeof(size), "%ld", st->st_size);
	strftime(when, sizeof(when), "%Y-%m-%d %H:%M", gmtime(&t));
	printf("%c%s %3u %10s %s ", type_letter(st->st_mode), rights, st->st_nlink, size, when);
}

static void print_entries(struct entry *e, size_t n)
{
	size_t longest = 0, columns, rows;

	qsort(e, n, sizeof(*e), compare);
	for (size_t i = 0; i < n; i++) {
		size_t len =
			strlen(e[i].name) + (opt_F && S_ISDIR(e[i].st.st_mode)) + (opt_i ? 8 : 0);

		longest = len > longest ? len : longest;
	}
	columns = opt_l || opt_1 ? 1 : (size_t)width / (longest + 2);
	if (columns == 0)
		columns = 1;
	rows = (n + columns - 1) / columns;
	for (size_t r = 0; r < rows; r++) {
		for (size_t i = r; i < n; i += rows) {
			const char *mark = opt_F && S_ISDIR(e[i].st.st_mode) ? "/" : "";
			int pad = (int)longest + 2 - (opt_i ? 8 : 0) - (int)strlen(mark);

			if (opt_i)
				printf("%7lu ", e[i].st.st_ino);
			if (opt_l)
				print_long(&e[i]);
			if (columns == 1 || i + rows >= n)
				printf("%s%s", e[i].name, mark);
			else
				printf("%s%s%*s", e[i].name, mark, pad - (int)strlen(e[i].name),
				       "");
		}
		putchar('\n');
	}
}

static void list_dir(const char *path)
{
	struct entry *list = NULL;
	size_t n = 0, room = 0;
	struct dirent *d;
	DIR *dir = opendir(path);

	if (!dir) {
		warn("%s", path);
		status = 1;
		return;
	}
	while ((d = readdir(dir))) {
		char full[PATH_MAX];

		if (d->d_name[0] == '.' && !opt_a)
			continue;
		if (n == room) {
			room = room * 2 + 32;
			list = realloc(list, room * sizeof(*list));
			if (!list)
				err(1, "malloc");
		}
		memset(&list[n].st, 0, sizeof(list[n].st));
		list[n].st.st_ino = d->d_ino;
		list[n].st.st_mode = (mode_t)d->d_type << 12;
		if (opt_l) {
			snprintf(full, sizeof(full), "%s/%s", path, d->d_name);
			if (stat(full, &list[n].st) < 0) {
				warn("%s", full);
				status = 1;
			}
		}
		list[n++].name = strdup(d->d_name);
	}
	closedir(dir);
	if (n)
		print_entries(list, n);
	for (size_t i = 0; i < n; i++)
		free(list[i].name);
	free(list);
}

int main(int argc, char **argv)
{
	struct entry *files;
	struct winsize ws;
	size_t n = 0;
	int c, dirs = 0;
	char *here[] = { "." };

	opt_1 = !isatty(1);
	while ((c = getopt(argc, argv, "laidF1hA")) != -1)
		switch (c) {
		case 'l':
			opt_l = true;
			break;
		case 'a':
			opt_a = true;
			break;
		case 'A':
			opt_a = true;
			break;
		case 'i':
			opt_i = true;
			break;
		case 'd':
			opt_d = true;
			break;
		case 'F':
			opt_F = true;
			break;
		case '1':
			opt_1 = true;
			break;
		case 'h':
			opt_h = true;
			break;
		default:
			return 2;
		}
	if (ioctl(1, TIOCGWINSZ, &ws) == 0 && ws.ws_col)
		width = ws.ws_col;
	argc -= optind;
	argv += optind;
	if (argc == 0) {
		argc = 1;
		argv = here;
	}
	files = calloc((size_t)argc, sizeof(*files));
	if (!files)
		err(1, "malloc");
	for (int i = 0; i < argc; i++) {
		if (stat(argv[i], &files[n].st) < 0) {
			warn("%s", argv[i]);
			status = 1;
			argv[i] = NULL;
		} else if (!S_ISDIR(files[n].st.st_mode) || opt_d) {
			files[n++].name = argv[i];
			argv[i] = NULL;
		} else
			dirs++;
	}
	if (n)
		print_entries(files, n);
	for (int i = 0, first = n == 0; i < argc; i++, first = 0) {
		if (!argv[i])
			continue;
		if (!first)
			putchar('\n');
		if (dirs > 1 || n || argc > 1)
			printf("%s:\n", argv[i]);
		list_dir(argv[i]);
	}
	finish(status);
}
