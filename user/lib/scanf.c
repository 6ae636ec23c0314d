// SPDX-License-Identifier: MIT
/*
 * scanf.c - text taken apart by a format: %d %i %u %x %o %p %f %s %c %[...] %n %%, with
 * width, * and the sizes hh h l z L.
 *
 * Only one character can be given back to a file.  So a number is taken as far as it could
 * still become one (int_takes, real_takes); what then is none, like "1e+", is a mismatch.
 */
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "stdio_impl.h"

struct source {
	FILE *f; /* or */
	const char *s;
	int seen; /* bytes taken */
};

static int next(struct source *in)
{
	int c = in->f ? __get(in->f) : *in->s ? (unsigned char)*in->s++ : EOF;

	if (c != EOF)
		in->seen++;
	return c;
}

static void back(struct source *in, int c)
{
	if (c == EOF)
		return;
	in->seen--;
	if (in->f)
		__unget(c, in->f);
	else
		in->s--;
}

static int skip_space(struct source *in)
{
	int c;

	while (isspace(c = next(in)))
		;
	back(in, c);
	return c;
}

static void store(va_list *ap, int size, uint64_t v)
{
	void *p = va_arg(*ap, void *);

	if (size < -1)
		*(signed char *)p = (signed char)v;
	else if (size == -1)
		*(short *)p = (short)v;
	else if (size == 0)
		*(int *)p = (int)v;
	else
		*(long *)p = (long)v;
}

/* May c come next in an integer of which w (n characters) is there?  base 0 (%i) becomes what
 * the first characters say. */
static bool int_takes(const char *w, int n, int c, int *base)
{
	int first = n > 0 && (w[0] == '+' || w[0] == '-');

	if (c == '+' || c == '-')
		return n == 0;
	if ((c == 'x' || c == 'X') && (*base == 0 || *base == 16) && n == first + 1 &&
	    w[first] == '0') {
		*base = 16;
		return true;
	}
	if (*base == 0 && (n > first || c != '0'))
		*base = n > first ? 8 : 10;
	if (*base == 16)
		return isxdigit(c);
	return c >= '0' && c < '0' + (*base ? *base : 10);
}

struct real {
	bool point, digits, exp, hex;
	const char *word; /* what is left of "infinity" or "nan" */
};

static bool real_takes(struct real *r, const char *w, int n, int c)
{
	int first = n > 0 && (w[0] == '+' || w[0] == '-'), low = c | 32;

	if (r->word)
		return *r->word && *r->word++ == low;
	if (c == '+' || c == '-')
		return n == 0 || (r->exp && (w[n - 1] | 32) == (r->hex ? 'p' : 'e'));
	if (isdigit(c) || (r->hex && !r->exp && isxdigit(c)))
		return r->digits = true;
	if (c == '.')
		return !r->point && !r->exp && (r->point = true);
	if (n == first && (low == 'i' || low == 'n')) {
		r->word = low == 'i' ? "nfinity" : "an";
		return true;
	}
	if (low == 'x')
		return !r->hex && n == first + 1 && w[first] == '0' && (r->hex = true);
	return low == (r->hex ? 'p' : 'e') && r->digits && !r->exp && (r->exp = true);
}

static int scan(struct source *in, const char *fmt, va_list ap0)
{
	int done = 0, c;
	va_list ap;

	va_copy(ap, ap0);
	for (; *fmt; fmt++) {
		bool drop = false, neg_set = false;
		int width = 0, size = 0, base = 10, i = 0;
		char word[128], *p = NULL;
		char conv;

		if (isspace((unsigned char)*fmt)) {
			skip_space(in);
			continue;
		}
		if (*fmt != '%') {
			if ((c = next(in)) != (unsigned char)*fmt) {
				back(in, c);
				if (c == EOF && done == 0)
					done = EOF;
				break;
			}
			continue;
		}
		fmt++;
		if (*fmt == '*') {
			drop = true;
			fmt++;
		}
		while (isdigit((unsigned char)*fmt))
			width = width * 10 + *fmt++ - '0';
		for (;; fmt++) {
			if (*fmt == 'l' || *fmt == 'z' || *fmt == 'j' || *fmt == 't')
				size = 1;
			else if (*fmt == 'L')
				size = 2;
			else if (*fmt == 'h')
				size--;
			else
				break;
		}
		conv = *fmt;
		if (conv == 'n') {
			store(&ap, size, (uint64_t)in->seen);
			continue;
		}
		if (conv != 'c' && conv != '[')
			skip_space(in);
		c = next(in);
		if (c == EOF) {
			if (done == 0)
				done = EOF;
			break;
		}
		back(in, c);
		switch (conv) {
		case '%':
			if (next(in) != '%')
				goto out;
			continue;
		case 'c':
			if (width == 0)
				width = 1;
			p = drop ? NULL : va_arg(ap, char *);
			for (i = 0; i < width && (c = next(in)) != EOF; i++)
				if (p)
					p[i] = (char)c;
			if (i < width)
				goto out;
			break;
		case '[':
			fmt++;
			if (*fmt == '^') {
				neg_set = true;
				fmt++;
			}
			/* fall through */
		case 's': {
			const char *set = fmt, *end = fmt;

			if (conv == '[') {
				end = strchr(fmt + (*fmt == ']'), ']');
				if (!end)
					goto out;
				fmt = end;
			}
			p = drop ? NULL : va_arg(ap, char *);
			while ((width == 0 || i < width) && (c = next(in)) != EOF) {
				bool in_set = false;

				if (conv == 's')
					in_set = !isspace(c);
				else {
					for (const char *q = set; q < end; q++) {
						if (q + 2 < end && q[1] == '-') {
							in_set |= c >= q[0] && c <= q[2];
							q += 2;
						} else
							in_set |= c == (unsigned char)*q;
					}
					in_set ^= neg_set;
				}
				if (!in_set) {
					back(in, c);
					break;
				}
				if (p)
					p[i] = (char)c;
				i++;
			}
			if (i == 0)
				goto out;
			if (p)
				p[i] = '\0';
			break;
		}
		case 'd':
		case 'u':
		case 'i':
		case 'x':
		case 'X':
		case 'o':
		case 'p':
		case 'a':
		case 'e':
		case 'f':
		case 'g':
		case 'A':
		case 'E':
		case 'F':
		case 'G': {
			bool fp = strchr("aefgAEFG", conv) != NULL;
			struct real real = { .word = NULL };
			char *end;

			if (conv == 'i')
				base = 0;
			else if (conv == 'x' || conv == 'X' || conv == 'p')
				base = 16;
			else if (conv == 'o')
				base = 8;
			if (conv == 'p')
				size = 1;
			while (i < (int)sizeof(word) - 1 && (width == 0 || i < width) &&
			       (c = next(in)) != EOF) {
				if (!(fp ? real_takes(&real, word, i, c)
				         : int_takes(word, i, c, &base))) {
					back(in, c);
					break;
				}
				word[i++] = (char)c;
			}
			word[i] = '\0';
			if (fp) {
				double d = strtod(word, &end);

				if (end == word || *end)
					goto out;
				if (drop)
					continue;
				if (size > 1)
					*va_arg(ap, long double *) = d;
				else if (size > 0)
					*va_arg(ap, double *) = d;
				else
					*va_arg(ap, float *) = (float)d;
			} else {
				uint64_t v = word[0] == '-' ? (uint64_t)strtol(word, &end, base)
				                            : strtoul(word, &end, base);

				if (end == word)
					goto out;
				if (drop)
					continue;
				store(&ap, size, v);
			}
			break;
		}
		default:
			goto out;
		}
		if (!drop)
			done++;
	}
out:
	va_end(ap);
	return done;
}

int vsscanf(const char *restrict s, const char *restrict fmt, va_list ap)
{
	struct source in = { .s = s };

	return scan(&in, fmt, ap);
}

int vfscanf(FILE *restrict f, const char *restrict fmt, va_list ap)
{
	struct source in = { .f = f };
	int r;

	flockfile(f);
	r = scan(&in, fmt, ap);
	funlockfile(f);
	return r;
}

#define FORWARD(call)      \
	va_list ap;        \
	int r;             \
                           \
	va_start(ap, fmt); \
	r = call;          \
	va_end(ap);        \
	return r

int vscanf(const char *restrict fmt, va_list ap)
{
	return vfscanf(stdin, fmt, ap);
}

int sscanf(const char *restrict s, const char *restrict fmt, ...)
{
	FORWARD(vsscanf(s, fmt, ap));
}
int fscanf(FILE *restrict f, const char *restrict fmt, ...)
{
	FORWARD(vfscanf(f, fmt, ap));
}
int scanf(const char *restrict fmt, ...)
{
	FORWARD(vfscanf(stdin, fmt, ap));
}
