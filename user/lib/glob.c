// SPDX-License-Identifier: MIT
/*
 * glob.c - file names by pattern, for the shell and find.
 *
 * Matching * needs no recursion: remember the last star, and on a mismatch let it eat one
 * character more.  Expansion goes component by component; a name that begins with a dot is
 * matched only by a pattern that does.
 */
#include <dirent.h>
#include <glob.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One [..] at p (behind the bracket) against c. => *end: behind it, or NULL if unclosed */
static bool in_class(const char *p, char c, const char **end)
{
	bool not = *p == '!' || *p == '^', hit = false;
	const char *start;

	p += not ;
	for (start = p; *p && (*p != ']' || p == start); p++) {
		if (p[1] == '-' && p[2] && p[2] != ']') {
			hit |= c >= p[0] && c <= p[2];
			p += 2;
		} else
			hit |= c == *p;
	}
	*end = *p ? p + 1 : NULL;
	return hit != not ;
}

int fnmatch_simple(const char *p, const char *s)
{
	const char *star = NULL, *resume = NULL, *end;

	while (*s) {
		if (*p == '*') {
			star = ++p;
			resume = s;
			continue;
		}
		if (*p == '?') {
			p++;
			s++;
			continue;
		}
		if (*p == '[') {
			bool hit = in_class(p + 1, *s, &end);

			if (end ? hit : *s == '[') {
				p = end ? end : p + 1;
				s++;
				continue;
			}
		} else {
			const char *q = *p == '\\' && p[1] ? p + 1 : p;

			if (*q == *s) {
				p = q + 1;
				s++;
				continue;
			}
		}
		if (!star)
			return 0;
		p = star;
		s = ++resume;
	}
	while (*p == '*')
		p++;
	return !*p;
}

static bool has_magic(const char *s, const char *end)
{
	for (; s < end; s++) {
		if (*s == '\\' && s + 1 < end)
			s++;
		else if (*s == '*' || *s == '?' || *s == '[')
			return true;
	}
	return false;
}

struct list {
	char **names;
	size_t n, room;
};

static void add(struct list *l, const char *name)
{
	if (l->n + 2 > l->room) {
		char **p = realloc(l->names, (l->room * 2 + 8) * sizeof(*p));

		if (!p)
			return;
		l->names = p;
		l->room = l->room * 2 + 8;
	}
	l->names[l->n] = strdup(name);
	if (l->names[l->n])
		l->names[++l->n] = NULL;
}

static void unescape(char *s)
{
	char *d = s;

	for (; *s; s++) {
		if (*s == '\\' && s[1])
			s++;
		*d++ = *s;
	}
	*d = '\0';
}

/* done: what is already matched, with its slash; pattern: what is left. */
static void walk(struct list *l, const char *done, const char *pattern)
{
	const char *end = strchrnul(pattern, '/'), *rest = end;
	char part[PATH_MAX], path[PATH_MAX];
	struct dirent *e;
	DIR *d;

	while (*rest == '/')
		rest++;
	snprintf(part, sizeof(part), "%.*s", (int)(end - pattern), pattern);
	if (!has_magic(pattern, end)) {
		unescape(part);
		if ((size_t)snprintf(path, sizeof(path), "%s%s%.*s", done, part, (int)(rest - end),
		                     end) >= sizeof(path))
			return;
		if (*rest)
			walk(l, path, rest);
		else if (access(path, F_OK) == 0)
			add(l, path);
		return;
	}
	d = opendir(*done ? done : ".");
	if (!d)
		return;
	while ((e = readdir(d))) {
		if (e->d_name[0] == '.' && part[0] != '.')
			continue;
		if (!fnmatch_simple(part, e->d_name))
			continue;
		if ((size_t)snprintf(path, sizeof(path), "%s%s%.*s", done, e->d_name,
		                     (int)(rest - end), end) >= sizeof(path))
			continue;
		if (*rest)
			walk(l, path, rest);
		else
			add(l, path);
	}
	closedir(d);
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

char **glob_expand(const char *pattern, size_t *n)
{
	struct list l = { 0 };
	size_t root = strspn(pattern, "/");
	char start[8];

	snprintf(start, sizeof(start), "%.*s", root ? 1 : 0, "/");
	if (has_magic(pattern, pattern + strlen(pattern)))
		walk(&l, start, pattern + root);
	if (l.n == 0) {
		char *copy = strdup(pattern);

		if (copy) {
			unescape(copy);
			add(&l, copy);
			free(copy);
		}
	} else
		qsort(l.names, l.n, sizeof(*l.names), compare);
	*n = l.n;
	return l.names;
}
