// SPDX-License-Identifier: MIT
/*
 * grep [-vnicqlhxFE] [-e] PATTERN [FILE ...] - lines that match.
 *
 * Patterns: . [..] [^..] * + ? ^ $ ( ) | and \ before a character taken as it is (\< \> \b
 * are not known).  Matching is backtracking over the text of the pattern: an expression is
 * alternatives, an alternative is a row of pieces, a piece is an atom with a count; what is
 * left of the pattern goes along as a continuation.
 */
#include <ctype.h>
#include <err.h>
#include <finish.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool opt_v, opt_n, opt_i, opt_c, opt_q, opt_l, opt_h, opt_x, opt_F;
static const char *line_start;

/* What remains to be matched behind the current expression. */
struct cont {
	const char *p, *end;
	const char *group_p, *group_end; /* a group to be tried again (star), or NULL */
	const char *last; /* where its last turn began */
	const struct cont *next;
};

static bool match_seq(const char *p, const char *end, const char *s, const struct cont *k);

static bool match_cont(const char *s, const struct cont *k);

/* The end of the atom that starts at p. */
static const char *atom_end(const char *p, const char *end)
{
	int depth = 0;

	if (*p == '\\' && p + 1 < end)
		return p + 2;
	if (*p == '[') {
		p++;
		p += *p == '^';
		p += *p == ']';
		while (p < end && *p != ']')
			p++;
		return p < end ? p + 1 : p;
	}
	if (*p != '(')
		return p + 1;
	for (; p < end; p++) {
		if (*p == '\\')
			p++;
		else if (*p == '[')
			p = atom_end(p, end) - 1;
		else if (*p == '(')
			depth++;
		else if (*p == ')' && --depth == 0)
			return p + 1;
	}
	return end;
}

static int fold(int c)
{
	return opt_i ? tolower((unsigned char)c) : (unsigned char)c;
}

static bool match_one(const char *p, const char *end, const char *s)
{
	bool not, hit = false;
	int c;

	if (!*s)
		return false;
	if (*p == '.')
		return true;
	if (*p == '\\')
		return fold(p[1]) == fold(*s);
	if (*p != '[')
		return fold(*p) == fold(*s);
	not = *++p == '^';
	p += not ;
	c = fold(*s);
	for (const char *start = p; p < end - 1 && (*p != ']' || p == start); p++) {
		if (p[1] == '-' && p + 2 < end - 1) {
			hit |= (c >= fold(p[0]) && c <= fold(p[2])) ||
			       (opt_i && toupper(c) >= p[0] && toupper(c) <= p[2]);
			p += 2;
		} else if (*p == '[' && p[1] == ':') {
			const char *cls = p + 2;

			hit |= (strncmp(cls, "alpha", 5) == 0 && isalpha(c)) ||
			       (strncmp(cls, "digit", 5) == 0 && isdigit(c)) ||
			       (strncmp(cls, "alnum", 5) == 0 && isalnum(c)) ||
			       (strncmp(cls, "space", 5) == 0 && isspace(c)) ||
			       (strncmp(cls, "upper", 5) == 0 && isupper((unsigned char)*s)) ||
			       (strncmp(cls, "lower", 5) == 0 && islower((unsigned char)*s)) ||
			       (strncmp(cls, "punct", 5) == 0 && ispunct(c));
			while (p < end - 1 && *p != ']')
				p++;
		} else
			hit |= fold(*p) == c;
	}
	return hit != not ;
}

/* Alternatives [p, end), then k. */
static bool match_alt(const char *p, const char *end, const char *s, const struct cont *k)
{
	const char *q = p;

	for (;;) {
		while (q < end && *q != '|')
			q = atom_end(q, end);
		if (match_seq(p, q, s, k))
			return true;
		if (q >= end)
			return false;
		p = ++q;
	}
}

static bool match_cont(const char *s, const struct cont *k)
{
	if (!k) {
		if (opt_x && *s)
			return false;
		return true;
	}
	if (k->group_p && s != k->last) { /* one more turn of (..)* */
		struct cont again = *k;

		again.last = s;
		if (match_alt(k->group_p, k->group_end, s, &again))
			return true;
	}
	return match_seq(k->p, k->end, s, k->next);
}

static bool match_seq(const char *p, const char *end, const char *s, const struct cont *k)
{
	const char *atom, *aend;
	char count;

	if (p >= end)
		return match_cont(s, k);
	if (*p == '^' && s != line_start)
		return false;
	if (*p == '$' && p + 1 == end && *s)
		return false;
	if (*p == '^' || (*p == '$' && p + 1 == end))
		return match_seq(p + 1, end, s, k);
	atom = p;
	aend = p = atom_end(p, end);
	count = p < end && strchr("*+?", *p) ? *p++ : '1';
	if (*atom == '(' && aend[-1] == ')') {
		struct cont here = { p, end, NULL, NULL, NULL, k };

		if (count == '*' || count == '+') {
			here.group_p = atom + 1;
			here.group_end = aend - 1;
			here.last = s;
		}
		if (match_alt(atom + 1, aend - 1, s, &here))
			return true;
		return (count == '*' || count == '?') && match_seq(p, end, s, k);
	}
	if (count == '1')
		return match_one(atom, aend, s) && match_seq(p, end, s + 1, k);
	if (count == '?')
		return (match_one(atom, aend, s) && match_seq(p, end, s + 1, k)) ||
		       match_seq(p, end, s, k);
	else {
		const char *most = s;

		while (match_one(atom, aend, most))
			most++;
		for (const char *least = s + (count == '+'); most >= least; most--)
			if (match_seq(p, end, most, k))
				return true;
		return false;
	}
}

static bool matches(const char *pattern, const char *line)
{
	const char *end = pattern + strlen(pattern);

	line_start = line;
	if (opt_F) {
		size_t n = strlen(pattern);

		if (opt_x)
			return (opt_i ? strcasecmp(line, pattern) : strcmp(line, pattern)) == 0;
		for (; *line || !n; line++) {
			if ((opt_i ? strncasecmp(line, pattern, n) : strncmp(line, pattern, n)) ==
			    0)
				return true;
			if (!*line)
				break;
		}
		return false;
	}
	do
		if (match_alt(pattern, end, line, NULL))
			return true;
	while (!opt_x && *line++);
	return false;
}

static long grep(FILE *f, const char *pattern, const char *name)
{
	char *line = NULL;
	size_t size = 0;
	long hits = 0, nr = 0;
	ssize_t n;

	while ((n = getline(&line, &size, f)) > 0) {
		nr++;
		if (line[n - 1] == '\n')
			line[n - 1] = '\0';
		if (matches(pattern, line) == opt_v)
			continue;
		hits++;
		if (opt_q)
			break;
		if (opt_l) {
			puts(name ? name : "(standard input)");
			break;
		}
		if (opt_c)
			continue;
		if (name)
			printf("%s:", name);
		if (opt_n)
			printf("%ld:", nr);
		puts(line);
	}
	if (opt_c && !opt_q)
		printf(name ? "%s:%ld\n" : "%s%ld\n", name ? name : "", hits);
	free(line);
	return hits;
}

int main(int argc, char **argv)
{
	const char *pattern = NULL;
	long hits = 0;
	int c, status = 0;

	while ((c = getopt(argc, argv, "vnicqlhxFEse:")) != -1)
		switch (c) {
		case 'v':
			opt_v = true;
			break;
		case 'n':
			opt_n = true;
			break;
		case 'i':
		case 'y':
			opt_i = true;
			break;
		case 'c':
			opt_c = true;
			break;
		case 'q':
			opt_q = true;
			break;
		case 'l':
			opt_l = true;
			break;
		case 'h':
			opt_h = true;
			break;
		case 'x':
			opt_x = true;
			break;
		case 'F':
			opt_F = true;
			break;
		case 'e':
			pattern = optarg;
			break;
		case 'E':
		case 's':
			break;
		default:
			return 2;
		}
	if (!pattern && optind < argc)
		pattern = argv[optind++];
	if (!pattern)
		errx(2, "usage: grep [-vnicqlhxF] PATTERN [FILE ...]");
	if (optind == argc)
		hits = grep(stdin, pattern, NULL);
	for (int i = optind; i < argc; i++) {
		FILE *f = fopen(argv[i], "r");

		if (!f) {
			warn("%s", argv[i]);
			status = 2;
			continue;
		}
		hits += grep(f, pattern, (argc - optind > 1 || opt_l) && !opt_h ? argv[i] : NULL);
		if (ferror(f)) {
			warn("%s", argv[i]);
			status = 2;
		}
		fclose(f);
	}
	finish(status ? status : hits == 0);
}
