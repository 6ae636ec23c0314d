// SPDX-License-Identifier: MIT
/*
 * vsprintf.c - printf's language into a buffer.
 *
 * One conversion is parsed into a struct spec, turned into at most 66 characters of
 * digits (or a string that lies elsewhere), and put out with its padding.  Everything
 * goes through put(), which counts what does not fit any more, so the caller learns the
 * length the text would have had; no conversion can write behind the buffer.
 *
 * No floating point: the kernel does not touch those registers.  %pS prints an address
 * as function+offset, which makes a backtrace readable.
 */
#include "lib/string.h"

#ifdef __KERNEL__
#include "riscv/trap.h"
#endif

struct out {
	char *buf;
	size_t size;
	size_t len;		/* of the whole text so far */
};

struct spec {
	bool left, zero, plus, space, alt;
	int width;
	int precision;		/* -1: none given */
	unsigned bits;		/* of the argument: 8, 16, 32, 64 */
};

static inline void put(struct out *o, char c)
{
	if (o->len + 1 < o->size)
		o->buf[o->len] = c;
	o->len++;
}

static void pad(struct out *o, char c, long n)
{
	while (n-- > 0)
		put(o, c);
}

static void put_string(struct out *o, const struct spec *sp, const char *s)
{
	if (s == NULL)
		s = "(null)";
	size_t n = sp->precision >= 0 ? strnlen(s, sp->precision) : strlen(s);

	if (!sp->left)
		pad(o, ' ', sp->width - (long)n);
	for (size_t i = 0; i < n; i++)
		put(o, s[i]);
	if (sp->left)
		pad(o, ' ', sp->width - (long)n);
}

/* sign: '-', '+', ' ' or 0. */
static void put_number(struct out *o, const struct spec *sp, u64 v, unsigned base, bool upper,
		       char sign)
{
	const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
	char text[24];
	const char *prefix = "";
	int n = 0;

	if (sp->alt && base == 16 && v != 0)
		prefix = upper ? "0X" : "0x";
	for (; v != 0; v /= base)
		text[n++] = digits[v % base];
	if (n == 0 && sp->precision != 0)
		text[n++] = '0';
	int zeros = sp->precision > n ? sp->precision - n : 0;

	if (sp->alt && base == 8 && zeros == 0 && (n == 0 || text[n - 1] != '0'))
		zeros = 1;
	int total = n + zeros + (sign != 0) + (int)strlen(prefix);

	if (sp->zero && !sp->left && sp->precision < 0 && sp->width > total) {
		zeros += sp->width - total;
		total = sp->width;
	}
	if (!sp->left)
		pad(o, ' ', (long)sp->width - total);
	if (sign != 0)
		put(o, sign);
	while (*prefix != '\0')
		put(o, *prefix++);
	pad(o, '0', zeros);
	while (n > 0)
		put(o, text[--n]);
	if (sp->left)
		pad(o, ' ', (long)sp->width - total);
}

static void put_symbol(struct out *o, const struct spec *sp, unsigned long addr)
{
	char text[96];
	const char *name = NULL;
	unsigned long offset = 0, size __maybe_unused;

#ifdef __KERNEL__
	name = ksym_lookup(addr, &offset, &size);
#endif
	if (name != NULL)
		snprintf(text, sizeof(text), "%s+0x%lx", name, offset);
	else
		snprintf(text, sizeof(text), "0x%lx", addr);
	put_string(o, sp, text);
}

/* Cut v to the argument's size. */
static u64 narrow(u64 v, const struct spec *sp, bool is_signed)
{
	unsigned cut = 64 - sp->bits;

	return is_signed ? (u64)((s64)(v << cut) >> cut) : v << cut >> cut;
}

/* On some machines a va_list is an array, which cannot be handed on by reference. */
struct args {
	va_list ap;
};

/* Flags, width, precision and size, behind the %: what follows is the conversion. */
static const char *read_spec(const char *fmt, struct spec *sp, struct args *args)
{
	for (;; fmt++) {
		if (*fmt == '-')
			sp->left = true;
		else if (*fmt == '0')
			sp->zero = true;
		else if (*fmt == '+')
			sp->plus = true;
		else if (*fmt == ' ')
			sp->space = true;
		else if (*fmt == '#')
			sp->alt = true;
		else
			break;
	}
	if (*fmt == '*') {
		sp->width = va_arg(args->ap, int);
		if (sp->width < 0) {
			sp->left = true;
			sp->width = -sp->width;
		}
		fmt++;
	} else {
		while (*fmt >= '0' && *fmt <= '9')
			sp->width = sp->width * 10 + (*fmt++ - '0');
	}
	if (*fmt == '.') {
		sp->precision = 0;
		if (*++fmt == '*') {
			sp->precision = va_arg(args->ap, int);
			fmt++;
		} else {
			while (*fmt >= '0' && *fmt <= '9')
				sp->precision = sp->precision * 10 + (*fmt++ - '0');
		}
	}
	if (*fmt == 'h') {
		sp->bits = 16;
		if (*++fmt == 'h') {
			sp->bits = 8;
			fmt++;
		}
	}
	while (*fmt == 'l' || *fmt == 'z' || *fmt == 'j' || *fmt == 't') {
		sp->bits = 64;
		fmt++;
	}
	return fmt;
}

int vsnprintf(char *buf, size_t size, const char *fmt, va_list ap)
{
	struct out o = { buf, size, 0 };
	struct args args;

	va_copy(args.ap, ap);
	for (; *fmt != '\0'; fmt++) {
		struct spec sp = { .precision = -1, .bits = 32 };

		if (*fmt != '%') {
			put(&o, *fmt);
			continue;
		}
		const char *start = fmt++;

		fmt = read_spec(fmt, &sp, &args);

		u64 v;

		switch (*fmt) {
		case 'd':
		case 'i':
			v = sp.bits == 64 ? va_arg(args.ap, u64) : (u64)va_arg(args.ap, int);
			v = narrow(v, &sp, true);
			if ((s64)v < 0)
				put_number(&o, &sp, -v, 10, false, '-');
			else
				put_number(&o, &sp, v, 10, false,
					   sp.plus ? '+' : sp.space ? ' ' : 0);
			break;
		case 'u':
		case 'x':
		case 'X':
		case 'o':
			v = sp.bits == 64 ? va_arg(args.ap, u64) : va_arg(args.ap, unsigned);
			put_number(&o, &sp, narrow(v, &sp, false),
				   *fmt == 'u' ? 10 : *fmt == 'o' ? 8 : 16, *fmt == 'X', 0);
			break;
		case 'p':
			v = (u64)(uintptr_t)va_arg(args.ap, void *);
			if (fmt[1] == 'S') {
				fmt++;
				put_symbol(&o, &sp, v);
				break;
			}
			put(&o, '0');
			put(&o, 'x');
			sp.precision = 16;
			put_number(&o, &sp, v, 16, false, 0);
			break;
		case 'c': {
			char c = (char)va_arg(args.ap, int);

			if (!sp.left)
				pad(&o, ' ', sp.width - 1);
			put(&o, c);
			if (sp.left)
				pad(&o, ' ', sp.width - 1);
			break;
		}
		case 's':
			put_string(&o, &sp, va_arg(args.ap, const char *));
			break;
		case '%':
			put(&o, '%');
			break;
		default:	/* not our language: show it as it stands */
			while (start < fmt)
				put(&o, *start++);
			if (*fmt == '\0')
				goto done;
			put(&o, *fmt);
		}
	}
done:
	va_end(args.ap);
	if (size > 0)
		buf[o.len < size ? o.len : size - 1] = '\0';
	return (int)o.len;
}

int snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(buf, size, fmt, ap);

	va_end(ap);
	return n;
}

int scnprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(buf, size, fmt, ap);

	va_end(ap);
	return (size_t)n < size ? n : size > 0 ? (int)size - 1 : 0;
}
