// SPDX-License-Identifier: MIT
// sources: kernel/lib/fdt.c
/*
 * test_fdt.c - device trees that are right, wrong in one place, and random.
 *
 * A small writer builds the blobs.  Every blob lies in memory of exactly its size, so that
 * the sanitizer sees any access behind it.
 */
#include <string.h>
#include "host.h"
#include "lib/fdt.h"
#include "uapi/errno.h"

/* --- writer --- */

static u8 st[16384], str[1024], rsv[64];
static u32 st_len, str_len, rsv_len;

static void put32(u8 *p, u32 v)
{
	p[0] = v >> 24;
	p[1] = v >> 16;
	p[2] = v >> 8;
	p[3] = v;
}

static void token(u32 v)
{
	put32(st + st_len, v);
	st_len += 4;
}

static void bytes(const void *p, u32 n)
{
	memcpy(st + st_len, p, n);
	st_len += n;
	while (st_len & 3)
		st[st_len++] = 0;
}

static void begin(const char *name)
{
	token(1);
	bytes(name, strlen(name) + 1);
}

static void end(void) { token(2); }

static void prop(const char *name, const void *p, u32 n)
{
	u32 off = 0;

	while (off < str_len && strcmp((char *)str + off, name) != 0)
		off += strlen((char *)str + off) + 1;
	if (off >= str_len) {
		memcpy(str + str_len, name, strlen(name) + 1);
		off = str_len;
		str_len += strlen(name) + 1;
	}
	token(3);
	token(n);
	token(off);
	bytes(p, n);
}

static void prop_str(const char *name, const char *v) { prop(name, v, strlen(v) + 1); }

static void prop_cells(const char *name, unsigned n, const u32 *v)
{
	u8 b[64];

	for (unsigned i = 0; i < n; i++)
		put32(b + 4 * i, v[i]);
	prop(name, b, 4 * n);
}
#define CELLS(name, ...) do { u32 cells[] = { __VA_ARGS__ };			\
	prop_cells(name, ARRAY_SIZE(cells), cells); } while (0)

static void reservation(u64 addr, u64 size)
{
	put32(rsv + rsv_len, addr >> 32);
	put32(rsv + rsv_len + 4, addr);
	put32(rsv + rsv_len + 8, size >> 32);
	put32(rsv + rsv_len + 12, size);
	rsv_len += 16;
}

static void start(void) { st_len = str_len = rsv_len = 0; }

static u8 *finish(u32 *size)
{
	token(9);
	reservation(0, 0);
	u32 total = 40 + rsv_len + st_len + str_len;
	u8 *b = malloc(total);
	u32 head[10] = { 0xd00dfeed, total, 40 + rsv_len, 40 + rsv_len + st_len, 40, 17, 16, 0,
			 str_len, st_len };

	for (int i = 0; i < 10; i++)
		put32(b + 4 * i, head[i]);
	memcpy(b + 40, rsv, rsv_len);
	memcpy(b + 40 + rsv_len, st, st_len);
	memcpy(b + 40 + rsv_len + st_len, str, str_len);
	*size = total;
	return b;
}

static u8 *machine(u32 *size)
{
	start();
	reservation(0x80000000, 0x80000);
	reservation(0x1234567800UL, 0x1000);
	token(4);
	begin("");
	CELLS("#address-cells", 2);
	CELLS("#size-cells", 2);
	prop_str("model", "pagoda-test");
	begin("chosen");
	prop_str("bootargs", "quiet -- ls");
	end();
	begin("memory@80000000");
	prop_str("device_type", "memory");
	CELLS("reg", 0, 0x80000000, 0, 0x4000000, 1, 0, 2, 0);
	CELLS("numa-node-id", 1);
	end();
	begin("cpus");
	CELLS("#address-cells", 1);
	CELLS("#size-cells", 0);
	begin("cpu@0");
	CELLS("reg", 0);
	CELLS("phandle", 7);
	end();
	begin("cpu@1");
	CELLS("reg", 1);
	prop_str("status", "disabled");
	begin("interrupt-controller");
	CELLS("phandle", 8);
	end();
	end();
	end();
	begin("soc");
	CELLS("#address-cells", 2);
	CELLS("#size-cells", 1);
	prop("compatible", "vendor,soc\0simple-bus", 22);
	CELLS("ranges", 0, 0x1000, 0, 0x10001000, 0x10000);
	begin("serial@2000");
	CELLS("reg", 0, 0x2000, 0x100);
	prop_str("compatible", "ns16550a");
	token(4);
	prop_str("status", "okay");
	end();
	begin("far@20000");
	CELLS("reg", 0, 0x20000, 0x100);
	end();
	begin("bus");
	CELLS("#address-cells", 1);
	CELLS("#size-cells", 1);
	prop("ranges", "", 0);
	begin("dev@3000");
	CELLS("reg", 0x3000, 0x10, 0x4000, 0x20);
	end();
	end();
	begin("island");
	begin("dev@1");
	CELLS("reg", 0, 1, 1);
	end();
	end();
	end();
	end();
	return finish(size);
}

/* --- rows --- */

static void reads(void)
{
	struct fdt f;
	u32 size, v, len;
	u64 a, s;
	u8 *b = machine(&size);

	CHECK(fdt_open(&f, b, size) == 0);
	int root = fdt_root(&f);

	CHECK(root >= 0 && fdt_path(&f, "/") == root && strcmp(fdt_name(&f, root), "") == 0);
	CHECK(strcmp(fdt_prop_str(&f, root, "model"), "pagoda-test") == 0);
	CHECK(fdt_prop(&f, root, "bootargs", NULL) == NULL);
	CHECK(strcmp(fdt_prop_str(&f, fdt_path(&f, "/chosen"), "bootargs"), "quiet -- ls") == 0);
	CHECK(fdt_path(&f, "/chosen/x") == -ENOENT && fdt_path(&f, "/chos") == -ENOENT);

	int mem = fdt_path(&f, "/memory@80000000");

	CHECK(mem > 0 && mem == fdt_path(&f, "/memory"));
	CHECK(fdt_reg(&f, mem, 0, &a, &s) == 0 && a == 0x80000000 && s == 0x4000000);
	CHECK(fdt_reg(&f, mem, 1, &a, &s) == 0 && a == 0x100000000UL && s == 0x200000000UL);
	CHECK(fdt_reg(&f, mem, 2, &a, &s) == -ENOENT);
	CHECK(fdt_prop_u32(&f, mem, "numa-node-id", &v) == 0 && v == 1);
	CHECK(fdt_prop_u32(&f, mem, "reg", &v) == -EINVAL);
	CHECK(fdt_prop_u32(&f, mem, "no", &v) == -ENOENT);
	CHECK(fdt_prop_str(&f, mem, "numa-node-id") == NULL ||
	      fdt_prop(&f, mem, "numa-node-id", &len) != NULL);
	CHECK(fdt_parent(&f, mem) == root && fdt_parent(&f, root) == -ENOENT);

	int cpus = fdt_path(&f, "/cpus"), cpu0 = fdt_first_child(&f, cpus);
	int cpu1 = fdt_next_sibling(&f, cpu0);

	CHECK(strcmp(fdt_name(&f, cpu1), "cpu@1") == 0 && fdt_next_sibling(&f, cpu1) == -ENOENT);
	CHECK(fdt_first_child(&f, cpu0) == -ENOENT);
	CHECK(fdt_available(&f, cpu0) && !fdt_available(&f, cpu1));
	CHECK(fdt_reg(&f, cpu1, 0, &a, &s) == 0 && a == 1 && s == 0);
	CHECK(fdt_by_phandle(&f, 8) == fdt_first_child(&f, cpu1) && fdt_by_phandle(&f, 9) == -ENOENT);
	CHECK(fdt_parent(&f, fdt_by_phandle(&f, 8)) == cpu1 && fdt_parent(&f, cpu1) == cpus);

	int soc = fdt_path(&f, "/soc"), uart = fdt_path(&f, "/soc/serial@2000");

	CHECK(fdt_next_sibling(&f, cpus) == soc && fdt_next_sibling(&f, soc) == -ENOENT);
	CHECK(fdt_compatible(&f, soc, "simple-bus") && fdt_compatible(&f, soc, "vendor,soc"));
	CHECK(!fdt_compatible(&f, soc, "simple") && !fdt_compatible(&f, cpus, "simple-bus"));
	CHECK(fdt_available(&f, uart) && fdt_compatible(&f, uart, "ns16550a"));
	CHECK(fdt_reg(&f, uart, 0, &a, &s) == 0 && a == 0x10002000 && s == 0x100);
	CHECK(fdt_reg(&f, fdt_path(&f, "/soc/far"), 0, &a, &s) == -EINVAL);
	CHECK(fdt_reg(&f, fdt_path(&f, "/soc/bus/dev"), 1, &a, &s) == 0 && a == 0x10004000 && s == 0x20);
	CHECK(fdt_reg(&f, fdt_path(&f, "/soc/island/dev"), 0, &a, &s) == -EINVAL);
	CHECK(fdt_reg(&f, soc, 0, &a, &s) == -ENOENT);

	CHECK(fdt_reservation(&f, 0, &a, &s) == 0 && a == 0x80000000 && s == 0x80000);
	CHECK(fdt_reservation(&f, 1, &a, &s) == 0 && a == 0x1234567800UL);
	CHECK(fdt_reservation(&f, 2, &a, &s) == -ENOENT);

	int depth, n = 0, deepest = 0;

	for (int i = fdt_next_node(&f, -1, &depth); i >= 0; i = fdt_next_node(&f, i, &depth)) {
		n++;
		deepest = MAX(deepest, depth);
	}
	CHECK(n == 14 && deepest == 3);
	free(b);
}

/* Use every function on every node: only the sanitizer judges. */
static void exercise(const u8 *blob, u32 size)
{
	static const char *const names[] = { "reg", "compatible", "status", "ranges", "phandle",
					     "#address-cells", "model", "" };
	struct fdt f;
	u64 a, s;
	u32 v, len;
	int depth, budget = 200;

	if (fdt_open(&f, blob, size) != 0)
		return;
	(void)fdt_path(&f, "/soc/bus/dev@3000");
	(void)fdt_by_phandle(&f, 8);
	for (unsigned i = 0; i < 5 && fdt_reservation(&f, i, &a, &s) == 0; i++)
		;
	for (int n = fdt_next_node(&f, -1, &depth); n >= 0 && budget-- > 0;
	     n = fdt_next_node(&f, n, &depth)) {
		CHECK(strlen(fdt_name(&f, n)) < size);
		(void)fdt_parent(&f, n);
		(void)fdt_first_child(&f, n);
		(void)fdt_next_sibling(&f, n);
		for (unsigned i = 0; i < 4; i++)
			(void)fdt_reg(&f, n, i, &a, &s);
		(void)fdt_compatible(&f, n, "x");
		(void)fdt_available(&f, n);
		for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
			const u8 *p = fdt_prop(&f, n, names[i], &len);

			for (u32 k = 0; p != NULL && k < len; k++)
				*(volatile u8 *)&v = p[k];
			(void)fdt_prop_u32(&f, n, names[i], &v);
			const char *t = fdt_prop_str(&f, n, names[i]);

			CHECK(t == NULL || strlen(t) < size);
		}
	}
	for (int i = 0; i < 4; i++) {		/* nodes nobody handed out */
		int n = (int)rnd();

		(void)fdt_name(&f, n);
		(void)fdt_parent(&f, n & 0xffff);
		(void)fdt_prop(&f, n & 0xfffc, "reg", &len);
		(void)fdt_next_sibling(&f, n & 0xfffc);
		(void)fdt_reg(&f, n & 0xfffc, 0, &a, &s);
	}
}

static void truncated(void)
{
	u32 size;
	u8 *b = machine(&size);
	struct fdt f;

	for (u32 n = 0; n < size; n++) {
		u8 *c = malloc(n ? n : 1);

		memcpy(c, b, n);
		CHECK(fdt_open(&f, c, n) < 0);
		if (n >= 40) {			/* and with a header that says so */
			put32(c + 4, n);
			CHECK(fdt_open(&f, c, n) < 0);
		}
		free(c);
	}
	CHECK(fdt_open(&f, b, size - 1) == -EOVERFLOW);
	free(b);
}

static void one_bad(void)
{
	struct fdt f;
	u32 size;
	unsigned row = 0;
	u8 *b;

#define HEADER(word, value) do {						\
	b = machine(&size);							\
	put32(b + 4 * (word), (value));						\
	CHECK(fdt_open(&f, b, size) < 0);					\
	free(b);								\
	row++;									\
} while (0)
	HEADER(0, 0xd00dfeee);
	HEADER(1, 0xffffffff);
	HEADER(1, 39);
	HEADER(2, 0xfffffff0);
	HEADER(2, 0);
	HEADER(2, 41);
	HEADER(3, 0xffffffff);
	HEADER(4, 0xfffffff8);
	HEADER(4, 44);
	HEADER(5, 16);
	HEADER(6, 18);
	HEADER(8, 0xffffffff);
	HEADER(8, 0);
	HEADER(9, 0xffffffff);
	HEADER(9, 0);

#define TREE(...) do {								\
	start();								\
	__VA_ARGS__;								\
	b = finish(&size);							\
	CHECK(fdt_open(&f, b, size) == -EINVAL);				\
	free(b);								\
	row++;									\
} while (0)
	TREE();
	TREE(begin(""));
	TREE(begin(""); end(); end());
	TREE(begin(""); end(); begin("again"); end());
	TREE(token(5));
	TREE(begin(""); token(7); end());
	TREE(end());
	TREE(prop("x", "", 0); begin(""); end());
	TREE(begin(""); begin("a"); end(); prop("late", "", 0); end());
	TREE(begin(""); token(3); token(0xfffffff0); token(0); end());
	TREE(begin(""); token(3); token(0x7fffffff); token(0); end());
	TREE(begin(""); prop("x", "", 0); token(3); token(0); token(2); end());
	TREE(begin(""); prop("x", "", 0); token(3); token(0); token(0xffffffff); end());
	TREE(for (int i = 0; i < 40; i++) begin("d"); for (int i = 0; i < 40; i++) end());
	start();				/* the last property name has no end */
	begin("");
	prop("name", "", 0);
	end();
	str_len--;
	b = finish(&size);
	CHECK(fdt_open(&f, b, size) == -EINVAL);
	free(b);
	CHECK(row == 29);
}

static void fuzz(void)
{
	unsigned long ops = ops_wanted(1000000) / 20;
	u32 size;
	u8 *b = machine(&size);

	for (unsigned long op = 0; op < ops; op++) {
		u32 n = rnd_below(8) ? size : rnd_below(size + 1);
		u8 *c = malloc(n ? n : 1);

		memcpy(c, b, n);
		for (unsigned k = 1 + rnd_below(6); k > 0 && n > 0; k--) {
			u32 at = rnd_below(4) ? rnd_below(n) : rnd_below(MIN(n, 40u));

			switch (rnd_below(4)) {
			case 0:
				c[at] = rnd();
				break;
			case 1:
				c[at] ^= 1 << rnd_below(8);
				break;
			case 2:
				if ((at & ~3u) + 4 <= n)
					put32(c + (at & ~3u), rnd_below(12));
				break;
			case 3:
				if ((at & ~3u) + 4 <= n)
					put32(c + (at & ~3u), rnd_below(2) ? rnd_below(size) : rnd());
				break;
			}
		}
		exercise(c, n);
		free(c);
	}
	free(b);
}

/* Random well-formed trees: what was written is what is read. */
static char made[400][8];
static unsigned nr_made, at_node;

static void grow_tree(unsigned depth)
{
	char *name = made[nr_made];

	sprintf(name, "n%u", nr_made++);
	begin(depth == 0 ? "" : name);
	if (rnd_below(3) == 0)
		token(4);
	for (unsigned n = rnd_below(4); n > 0; n--)
		prop_str(n == 1 ? "self" : "other", name);
	if (depth < 8)
		for (unsigned n = rnd_below(5); n > 0 && nr_made < 300; n--)
			grow_tree(depth + 1);
	end();
}

static void random_trees(void)
{
	for (int round = 0; round < 2000; round++) {
		struct fdt f;
		u32 size;
		int depth = 0, stack[16];

		start();
		nr_made = 0;
		grow_tree(0);
		u8 *b = finish(&size);

		CHECK(fdt_open(&f, b, size) == 0);
		at_node = 0;
		for (int n = fdt_next_node(&f, -1, &depth); n >= 0; n = fdt_next_node(&f, n, &depth)) {
			const char *s = fdt_prop_str(&f, n, "self");

			CHECK(at_node == 0 || strcmp(fdt_name(&f, n), made[at_node]) == 0);
			CHECK(s == NULL || strcmp(s, made[at_node]) == 0);
			CHECK(fdt_parent(&f, n) == (depth == 0 ? -ENOENT : stack[depth - 1]));
			stack[depth] = n;
			at_node++;
		}
		CHECK(at_node == nr_made);
		/* children of the root by the other way */
		unsigned kids = 0;

		for (int n = fdt_first_child(&f, fdt_root(&f)); n >= 0; n = fdt_next_sibling(&f, n))
			kids += fdt_parent(&f, n) == fdt_root(&f);
		for (int n = fdt_next_node(&f, -1, &depth); n >= 0; n = fdt_next_node(&f, n, &depth))
			kids -= depth == 1;
		CHECK(kids == 0);
		free(b);
	}
}

int main(void)
{
	static const struct row rows[] = {
		{ "a machine's tree", reads },
		{ "random trees", random_trees },
		{ "truncated anywhere", truncated },
		{ "one thing wrong", one_bad },
		{ "random damage", fuzz },
	};

	return RUN_ROWS(rows);
}
