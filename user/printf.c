// SPDX-License-Identifier: MIT
/* printf FORMAT [ARG ...] - formatted text; the format is used again while arguments are left. */
#include <err.h>
#include <finish.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int status;

static int escape(const char **ps)
{
	const char *s = *ps;
	int c = *s++, v = 0;

	switch (c) {
	case 'n':
		c = '\n';
		break;
	case 't':
		c = '\t';
		break;
	case 'r':
		c = '\r';
		break;
	case 'a':
		c = '\a';
		break;
	case 'b':
		c = '\b';
		break;
	case 'e':
		c = 27;
		break;
	case 'x':
		c = (int)strtol(s, (char **)&s, 16);
		break;
	case '0':
	case '1':
	case '2':
	case '3':
	case '4':
	case '5':
	case '6':
	case '7':
		for (s--; *s >= '0' && *s <= '7' && s < *ps + 3; s++)
			v = v * 8 + *s - '0';
		c = v;
		break;
	}
	*ps = s;
	return c;
}

static long number(const char *s)
{
	char *end;
	long v;

	if (*s == '\'' || *s == '"')
		return (unsigned char)s[1];
	v = *s == '-' ? strtol(s, &end, 0) : (long)strtoul(s, &end, 0);
	if (*end || !*s) {
		if (*s)
			warnx("%s: not a number", s);
		status |= *s != '\0';
	}
	return v;
}

/* The format once. => arguments used */
static int run(const char *f, int argc, char **argv)
{
	int used = 0;

	while (*f) {
		char spec[32];
		size_t n;
		const char *arg;

		if (*f == '\\' && f[1]) {
			f++;
			putchar(escape(&f));
			continue;
		}
		if (*f != '%') {
			putchar(*f++);
			continue;
		}
		n = 1 + strspn(f + 1, "-+ #0123456789.");
		if (!f[n] || n > 20)
			errx(1, "%s: not a format", f);
		memcpy(spec, f, n);
		f += n;
		if (*f == '%') {
			putchar('%');
			f++;
			continue;
		}
		arg = used < argc ? argv[used] : "";
		used++;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		switch (*f++) {
		case 'd':
		case 'i':
		case 'u':
		case 'x':
		case 'X':
		case 'o':
			spec[n++] = 'l';
			spec[n++] = f[-1];
			spec[n] = '\0';
			printf(spec, number(arg));
			break;
		case 'f':
		case 'e':
		case 'g':
		case 'E':
		case 'G':
			spec[n++] = f[-1];
			spec[n] = '\0';
			printf(spec, strtod(arg, NULL));
			break;
		case 'c':
			spec[n++] = 'c';
			spec[n] = '\0';
			printf(spec, *arg);
			break;
		case 's':
			spec[n++] = 's';
			spec[n] = '\0';
			printf(spec, arg);
			break;
		case 'b':
			while (*arg)
				putchar(*arg == '\\' && arg[1] ? (arg++, escape(&arg)) : *arg++);
			break;
		default:
			errx(1, "%%%c: not a conversion", f[-1]);
		}
#pragma GCC diagnostic pop
	}
	return used;
}

int main(int argc, char **argv)
{
	int i = 2, n;

	if (argc < 2)
		errx(2, "usage: printf FORMAT [ARG ...]");
	do {
		n = run(argv[1], argc - i, argv + i);
		i += n;
	} while (n > 0 && i < argc);
	finish(status);
}
