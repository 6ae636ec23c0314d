// SPDX-License-Identifier: MIT
// sources:
/*
 * test_string.c - the kernel's strings and formatted text against the host's library.
 *
 * The functions under test have other names here (rename.h); clear_page and the like
 * have their own.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "host.h"

void *k_memset(void *dst, int c, size_t n);
void *k_memcpy(void *dst, const void *src, size_t n);
void *k_memmove(void *dst, const void *src, size_t n);
int k_memcmp(const void *a, const void *b, size_t n);
void *k_memchr(const void *s, int c, size_t n);
size_t k_strlen(const char *s);
size_t k_strnlen(const char *s, size_t max);
int k_strcmp(const char *a, const char *b);
int k_strncmp(const char *a, const char *b, size_t n);
char *k_strchr(const char *s, int c);
char *k_strrchr(const char *s, int c);
char *k_strstr(const char *hay, const char *needle);
size_t k_strlcpy(char *dst, const char *src, size_t size);
size_t k_strlcat(char *dst, const char *src, size_t size);
unsigned long simple_strtoul(const char *s, char **end, int base);
unsigned long memparse(const char *s, char **end);
void clear_page(void *page);
void copy_page(void *dst, const void *src);
int k_vsnprintf(char *buf, size_t size, const char *fmt, va_list ap);
int k_snprintf(char *buf, size_t size, const char *fmt, ...);
int scnprintf(char *buf, size_t size, const char *fmt, ...);

#define N 600
static u8 a[N + 64], b[N + 64], model[N + 64];

static void fill(u8 *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = rnd();
}

static int sign(int x) { return (x > 0) - (x < 0); }

static void mem_random(void)
{
	unsigned long ops = ops_wanted(1000000);

	fill(a, sizeof(a));
	fill(b, sizeof(b));
	for (unsigned long op = 0; op < ops; op++) {
		size_t n = rnd_below(4) ? rnd_below(50) : rnd_below(300);
		size_t to = rnd_below(N - n), from = rnd_below(N - n);
		int c = rnd();

		memcpy(model, a, sizeof(a));
		switch (rnd_below(5)) {
		case 0:
			memset(model + to, c, n);
			CHECK(k_memset(a + to, c, n) == a + to);
			break;
		case 1:
			memcpy(model + to, b + from, n);
			CHECK(k_memcpy(a + to, b + from, n) == a + to);
			break;
		case 2:
			memmove(model + to, model + from, n);
			CHECK(k_memmove(a + to, a + from, n) == a + to);
			break;
		case 3:
			from = to + rnd_below(20) - MIN((size_t)10, to);
			if (from + n > N)
				break;
			memmove(model + to, model + from, n);
			CHECK(k_memmove(a + to, a + from, n) == a + to);
			break;
		case 4:
			memcpy(b + from, a + to, n);
			if (n > 0 && rnd_below(2))
				b[from + rnd_below(n)] ^= 1 << rnd_below(8);
			CHECK(sign(k_memcmp(a + to, b + from, n)) ==
			      sign(memcmp(a + to, b + from, n)));
			CHECK(k_memchr(a + to, c, n) == memchr(a + to, (u8)c, n));
			break;
		}
		CHECK(memcmp(a, model, sizeof(a)) == 0);
	}
}

static void every_alignment(void)
{
	for (size_t to = 0; to < 16; to++) {
		for (size_t from = 0; from < 16; from++) {
			for (size_t n = 0; n < 160; n++) {
				fill(b, 200);
				memset(a, 0x55, 200);
				memset(model, 0x55, 200);
				memcpy(model + to, b + from, n);
				k_memcpy(a + to, b + from, n);
				CHECK(memcmp(a, model, 200) == 0);
			}
		}
	}
}

static void pages(void)
{
	static u8 area[4 * PAGE_SIZE] __aligned(PAGE_SIZE);
	u8 *p = area + PAGE_SIZE, *q = area + 2 * PAGE_SIZE;

	fill(area, sizeof(area));
	u8 before = area[PAGE_SIZE - 1], after = area[3 * PAGE_SIZE];

	copy_page(q, p);
	CHECK(memcmp(p, q, PAGE_SIZE) == 0);
	clear_page(p);
	for (size_t i = 0; i < PAGE_SIZE; i++)
		CHECK(p[i] == 0);
	CHECK(area[PAGE_SIZE - 1] == before && area[3 * PAGE_SIZE] == after);
	copy_page(q, p);
	CHECK(memcmp(p, q, PAGE_SIZE) == 0 && area[3 * PAGE_SIZE] == after);
}

static void strings_random(void)
{
	char s[40], t[40], d[40], e[40];
	unsigned long ops = ops_wanted(1000000) / 4;

	for (unsigned long op = 0; op < ops; op++) {
		size_t n = rnd_below(20), m = rnd_below(4);

		for (size_t i = 0; i < n; i++)
			s[i] = "ab\xff"[rnd_below(3)];
		s[n] = '\0';
		for (size_t i = 0; i < m; i++)
			t[i] = "ab\xff"[rnd_below(3)];
		t[m] = '\0';
		CHECK(k_strlen(s) == n && k_strnlen(s, m) == strnlen(s, m));
		CHECK(k_strstr(s, t) == strstr(s, t));
		CHECK(k_strchr(s, t[0]) == strchr(s, t[0]) && k_strrchr(s, t[0]) == strrchr(s, t[0]));
		CHECK(sign(k_strcmp(s, t)) == sign(strcmp(s, t)));
		CHECK(sign(k_strncmp(s, t, m)) == sign(strncmp(s, t, m)));
		size_t size = rnd_below(12);

		memset(d, 'x', sizeof(d));
		CHECK(k_strlcpy(d, s, size) == n);
		CHECK(size == 0 ? d[0] == 'x' :
		      d[MIN(n, size - 1)] == '\0' && strncmp(d, s, MIN(n, size - 1)) == 0);
		CHECK(d[MAX(size, (size_t)1)] == 'x');
		memset(e, 'x', sizeof(e));
		e[0] = 'p';
		e[1] = '\0';
		CHECK(k_strlcat(e, s, size) == MIN((size_t)1, size) + n);
		CHECK(size < 2 || (e[0] == 'p' && strlen(e) == MIN(size - 1, n + 1)));
	}
}

static void numbers(void)
{
	static const struct { const char *s; int base; unsigned long v; size_t used; } t[] = {
		{ "0", 0, 0, 1 }, { "123abc", 0, 123, 3 }, { "0x1fG", 0, 0x1f, 4 },
		{ "0777", 0, 0777, 4 }, { "089", 0, 0, 1 }, { "0x", 0, 0, 1 }, { "ff", 16, 255, 2 },
		{ "0xff", 16, 255, 4 }, { "", 10, 0, 0 }, { "z", 36, 35, 1 }, { "12", 2, 1, 1 },
		{ "18446744073709551615", 10, ~0UL, 20 }, { "18446744073709551616", 10, ~0UL, 20 },
		{ "99999999999999999999999", 10, ~0UL, 23 },
	};
	static const struct { const char *s; unsigned long v; size_t used; } m[] = {
		{ "0", 0, 1 }, { "4096", 4096, 4 }, { "32M", 32UL << 20, 3 }, { "1G,", 1UL << 30, 2 },
		{ "8k", 8192, 2 }, { "0x10K", 16384, 5 }, { "99999999999G", ~0UL, 12 }, { "5x", 5, 1 },
	};
	char *end;

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		CHECK(simple_strtoul(t[i].s, &end, t[i].base) == t[i].v);
		CHECK((size_t)(end - t[i].s) == t[i].used);
	}
	for (size_t i = 0; i < ARRAY_SIZE(m); i++) {
		CHECK(memparse(m[i].s, &end) == m[i].v);
		CHECK((size_t)(end - m[i].s) == m[i].used);
	}
}

#pragma GCC diagnostic ignored "-Wformat-security"
#pragma GCC diagnostic ignored "-Wformat-nonliteral"

/* Random formats with random arguments, against the host's printf. */
static void format_random(void)
{
	unsigned long ops = ops_wanted(1000000);
	static const char *const lengths[] = { "", "h", "hh", "l", "ll", "z" };
	static const char *const texts[] = { "", "x", "hello", "a longer text than that" };

	for (unsigned long op = 0; op < ops; op++) {
		char fmt[64], mine[200], theirs[200], *f = fmt;
		size_t size = rnd_below(10) ? sizeof(mine) : rnd_below(12);
		char conv = "dixXuoscd%"[rnd_below(10)];
		const char *len = strchr("sc%", conv) ? "" : lengths[rnd_below(6)];
		u64 v = rnd() >> rnd_below(64);
		int n, m;

		if (rnd_below(4) == 0)
			v = -v;
		*f++ = '<';
		*f++ = '%';
		if (conv != '%') {
			if (rnd_below(3) == 0)
				*f++ = '-';
			if (rnd_below(3) == 0 && !strchr("sc", conv))
				*f++ = '0';
			if (rnd_below(4) == 0 && strchr("di", conv))
				*f++ = '+';
			if (rnd_below(4) == 0 && strchr("di", conv))
				*f++ = ' ';
			if (rnd_below(4) == 0 && strchr("xXo", conv))
				*f++ = '#';
			if (rnd_below(2))
				f += sprintf(f, "%d", (int)rnd_below(30));
			if (rnd_below(2) && conv != 'c')
				f += sprintf(f, ".%d", (int)rnd_below(25));
		}
		sprintf(f, "%s%c>%%d", len, conv);
		memset(mine, 'x', sizeof(mine));
		memset(theirs, 'x', sizeof(theirs));
		if (conv == 's') {
			const char *s = texts[rnd_below(4)];

			n = k_snprintf(mine, size, fmt, s, 42);
			m = snprintf(theirs, size, fmt, s, 42);
		} else if (conv == 'c') {
			n = k_snprintf(mine, size, fmt, 'a' + (int)(v & 15), 42);
			m = snprintf(theirs, size, fmt, 'a' + (int)(v & 15), 42);
		} else if (conv == '%') {
			n = k_snprintf(mine, size, fmt, 42);
			m = snprintf(theirs, size, fmt, 42);
		} else if (*len == 'l' || *len == 'z') {
			n = k_snprintf(mine, size, fmt, v, 42);
			m = snprintf(theirs, size, fmt, v, 42);
		} else {
			n = k_snprintf(mine, size, fmt, (int)v, 42);
			m = snprintf(theirs, size, fmt, (int)v, 42);
		}
		if (n != m || memcmp(mine, theirs, sizeof(mine)) != 0) {
			printf("format \"%s\" value %#lx size %zu: \"%.*s\" (%d), not \"%.*s\" (%d)\n",
			       fmt, (long)v, size, (int)size, mine, n, (int)size, theirs, m);
			CHECK(false);
		}
	}
}

static void format_kernel_only(void)
{
	char s[64];

	k_snprintf(s, sizeof(s), "%p|%pS|%s|%*d|%-*d|%.*s", (void *)0xffffffff80001234UL,
		   (void *)0x10UL, (char *)NULL, 5, 42, 4, 7, 2, "abc");
	CHECK(strcmp(s, "0xffffffff80001234|0x10|(null)|   42|7   |ab") == 0);
	CHECK(k_snprintf(s, sizeof(s), "%y %", 1) == 4 && strcmp(s, "%y %") == 0);
	CHECK(scnprintf(s, 4, "%d", 123456) == 3 && strcmp(s, "123") == 0);
	CHECK(scnprintf(s, 0, "%d", 1) == 0);
	CHECK(k_snprintf(NULL, 0, "%d%s", 123, "abc") == 6);
}

int main(void)
{
	static const struct row rows[] = {
		{ "memset memcpy memmove memcmp memchr, random", mem_random },
		{ "memcpy at every alignment", every_alignment },
		{ "clear_page copy_page", pages },
		{ "str*, random", strings_random },
		{ "strtoul memparse", numbers },
		{ "snprintf, random formats", format_random },
		{ "snprintf, the kernel's own", format_kernel_only },
	};

	return RUN_ROWS(rows);
}
