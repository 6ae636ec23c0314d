// SPDX-License-Identifier: MIT
/*
 * testexpr.c - the expressions of test(1) and of the shell's [: or: and {-o and};
 * and: not {-a not}; not: [!] primary; primary: ( or ), unary, binary, or a string.
 */
#include <err.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <testexpr.h>
#include <unistd.h>

static char **arg, **last;
static bool broken;

static bool expr_or(void);

static long number(const char *s)
{
	char *end;
	long v = strtol(s, &end, 10);

	if (*end || !*s) {
		warnx("%s: not a number", s);
		broken = true;
	}
	return v;
}

static bool unary(char op, const char *s)
{
	struct stat st;

	switch (op) {
	case 'n':
		return *s;
	case 'z':
		return !*s;
	case 't':
		return isatty(atoi(s));
	}
	if (stat(s, &st) < 0)
		return false;
	switch (op) {
	case 'd':
		return S_ISDIR(st.st_mode);
	case 'f':
		return S_ISREG(st.st_mode);
	case 'c':
		return S_ISCHR(st.st_mode);
	case 'b':
		return S_ISBLK(st.st_mode);
	case 'p':
		return S_ISFIFO(st.st_mode);
	case 's':
		return st.st_size > 0;
	}
	return true; /* e r w x */
}

static bool is_binary(const char *s)
{
	static const char ops[][4] = { "=",   "==",  "!=",  "-eq", "-ne", "-lt", "-le",
		                       "-gt", "-ge", "-nt", "-ot", "-ef", "<",   ">" };

	for (unsigned i = 0; i < sizeof(ops) / sizeof(*ops); i++)
		if (strcmp(s, ops[i]) == 0)
			return true;
	return false;
}

static bool binary(const char *a, const char *op, const char *b)
{
	struct stat x, y;
	long p, q;

	if (op[0] == '=')
		return strcmp(a, b) == 0;
	if (op[0] == '!')
		return strcmp(a, b) != 0;
	if (op[0] == '<')
		return strcmp(a, b) < 0;
	if (op[0] == '>')
		return strcmp(a, b) > 0;
	if (op[2] == 't' && op[1] != 'l' && op[1] != 'g') /* -nt -ot */
		return stat(a, &x) == 0 && stat(b, &y) == 0 &&
		       (op[1] == 'n' ? timespeccmp(&x.st_mtim, &y.st_mtim, >)
		                     : timespeccmp(&x.st_mtim, &y.st_mtim, <));
	if (op[2] == 'f')
		return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_ino == y.st_ino &&
		       x.st_dev == y.st_dev;
	p = number(a);
	q = number(b);
	switch (op[1]) {
	case 'e':
		return p == q;
	case 'n':
		return p != q;
	case 'l':
		return op[2] == 't' ? p < q : p <= q;
	default:
		return op[2] == 't' ? p > q : p >= q;
	}
}

static bool primary(void)
{
	bool r;

	if (arg >= last) {
		broken = true;
		return false;
	}
	if (strcmp(*arg, "!") == 0 && arg + 1 < last) {
		arg++;
		return !primary();
	}
	if (arg + 2 < last && is_binary(arg[1])) {
		arg += 3;
		return binary(arg[-3], arg[-2], arg[-1]);
	}
	if (strcmp(*arg, "(") == 0 && arg + 1 < last) {
		arg++;
		r = expr_or();
		if (arg >= last || strcmp(*arg++, ")") != 0)
			broken = true;
		return r;
	}
	if (arg + 1 < last && arg[0][0] == '-' && strchr("nztdfcbpserwx", arg[0][1]) && arg[0][1] &&
	    !arg[0][2]) {
		arg += 2;
		return unary(arg[-2][1], arg[-1]);
	}
	return **arg++ != '\0';
}

static bool expr_and(void)
{
	bool r = primary();

	while (arg < last && strcmp(*arg, "-a") == 0) {
		arg++;
		r &= primary();
	}
	return r;
}

static bool expr_or(void)
{
	bool r = expr_and();

	while (arg < last && strcmp(*arg, "-o") == 0) {
		arg++;
		r |= expr_and();
	}
	return r;
}

int test_main(int argc, char **argv)
{
	bool r;

	broken = false;
	if (strcmp(argv[0], "[") == 0) {
		if (strcmp(argv[--argc], "]") != 0) {
			warnx("[: no ]");
			return 2;
		}
	}
	if (argc < 2)
		return 1;
	arg = argv + 1;
	last = argv + argc;
	r = expr_or();
	if (!broken && arg < last) {
		warnx("test: %s: strange expression", *arg);
		broken = true;
	}
	return broken ? 2 : !r;
}
