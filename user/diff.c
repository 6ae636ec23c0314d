// SPDX-License-Identifier: MIT
/*
 * diff FILE1 FILE2 - lines that differ, as "<" and ">" lines; 0 if none, 1 if some.
 *
 * The longest common subsequence by the table of its lengths, after what is equal at
 * both ends has been set aside; up to 4000 lines may differ in each.
 */
#include <err.h>
#include <finish.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_LINES 4000

static size_t read_lines(const char *name, char ***lines)
{
	FILE *f = strcmp(name, "-") == 0 ? stdin : fopen(name, "r");
	size_t n = 0, room = 0, size = 0;
	char *line = NULL;
	ssize_t len;

	if (!f)
		err(2, "%s", name);
	while ((len = getline(&line, &size, f)) > 0) {
		if (n == room &&
		    !(*lines = reallocarray(*lines, room = room * 2 + 64, sizeof(char *))))
			err(2, "malloc");
		if (line[len - 1] == '\n')
			line[len - 1] = '\0';
		(*lines)[n++] = strdup(line);
	}
	free(line);
	return n;
}

int main(int argc, char **argv)
{
	char **a = NULL, **b = NULL;
	size_t n, m, start = 0, w;
	unsigned short *len;

	if (argc != 3)
		errx(2, "usage: diff FILE1 FILE2");
	n = read_lines(argv[1], &a);
	m = read_lines(argv[2], &b);
	while (start < n && start < m && strcmp(a[start], b[start]) == 0)
		start++;
	if (start == n && start == m)
		return 0;
	while (n > start && m > start && strcmp(a[n - 1], b[m - 1]) == 0)
		n--, m--;
	a += start;
	b += start;
	n -= start;
	m -= start;
	if (n > MAX_LINES || m > MAX_LINES) {
		printf("%s and %s differ from line %lu on\n", argv[1], argv[2], start + 1);
		finish(1);
	}
	w = m + 1;
	len = calloc((n + 1) * w, sizeof(*len));
	if (!len)
		err(2, "malloc");
	for (size_t i = n; i-- > 0;)
		for (size_t j = m; j-- > 0;)
			len[i * w + j] = strcmp(a[i], b[j]) == 0 ? len[(i + 1) * w + j + 1] + 1
			                 : len[(i + 1) * w + j] >= len[i * w + j + 1]
			                         ? len[(i + 1) * w + j]
			                         : len[i * w + j + 1];
	for (size_t i = 0, j = 0; i < n || j < m;) {
		if (i < n && j < m && strcmp(a[i], b[j]) == 0) {
			i++, j++;
			continue;
		}
		if (i < n && (j == m || len[(i + 1) * w + j] >= len[i * w + j + 1])) {
			printf("%lu< %s\n", start + i + 1, a[i]);
			i++;
		} else {
			printf("%lu> %s\n", start + j + 1, b[j]);
			j++;
		}
	}
	finish(1);
}
