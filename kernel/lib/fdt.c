// SPDX-License-Identifier: MIT
/*
 * fdt.c - reading a flattened device tree.
 *
 * A tree is a header, a list of reserved memory, a stream of tokens (begin node, end
 * node, property, no-op, end), and a block of property names.  There are no links: to
 * find anything is to read the stream from some token on.  That is slow and happens only
 * at boot; nothing is copied or allocated.
 *
 * The blob is what the firmware handed over and may be anything.  fdt_open checks the
 * header's offsets and reads the stream once from end to end:
 *
 *   F1  every token lies inside the structure block, on a multiple of four;
 *   F2  node names and property names are terminated inside their blocks;
 *   F3  a property's value lies inside the structure block;
 *   F4  begin and end nodes are balanced, one root, at most FDT_DEPTH deep, then FDT_END;
 *   F5  a node's properties come before its children.
 *
 * The others rely on F1 to F5 and, given a node that they did not hand out, still read
 * only inside the blob (next_token checks again).  Numbers are big-endian.
 */
#include "lib/fdt.h"
#include "lib/string.h"
#include "uapi/errno.h"

#define FDT_MAGIC	0xd00dfeedu
#define FDT_HEADER_SIZE	40
#define FDT_VERSION	17

#define FDT_BEGIN_NODE	1u
#define FDT_END_NODE	2u
#define FDT_PROP	3u
#define FDT_NOP		4u
#define FDT_END		9u

#define FDT_DEPTH	32	/* real trees have five levels */

static u32 be32(const void *p)
{
	const u8 *b = p;

	return (u32)b[0] << 24 | (u32)b[1] << 16 | (u32)b[2] << 8 | b[3];
}

static u64 be64(const void *p)
{
	return (u64)be32(p) << 32 | be32((const u8 *)p + 4);
}

struct token {
	u32 kind;
	u32 at;			/* its offset in the structure block */
	u32 next;		/* the offset behind it */
	const char *name;	/* of a node or property */
	const u8 *value;
	u32 len;
};

/* Is there a terminated string at offset off of a block? Its length, or -1. */
static s64 string_in(const u8 *block, u32 size, u32 off)
{
	if (off >= size)
		return -1;
	size_t n = strnlen((const char *)block + off, size - off);

	return n == size - off ? -1 : (s64)n;
}

/* Read the token at offset at. => 0 or -EINVAL */
static int next_token(const struct fdt *f, u32 at, struct token *t)
{
	const u8 *block = f->blob + f->struct_off;
	u64 next = (u64)at + 4;
	s64 n;

	if (next > f->struct_size || (at & 3))
		return -EINVAL;
	t->kind = be32(block + at);
	t->at = at;
	t->name = NULL;
	t->value = NULL;
	t->len = 0;
	switch (t->kind) {
	case FDT_BEGIN_NODE:
		n = string_in(block, f->struct_size, next);
		if (n < 0)
			return -EINVAL;
		t->name = (const char *)block + next;
		next += n + 1;
		break;
	case FDT_PROP:
		if (next + 8 > f->struct_size)
			return -EINVAL;
		t->len = be32(block + next);
		n = be32(block + next + 4);
		next += 8;
		if (t->len > f->struct_size - next ||
		    string_in(f->blob + f->strings_off, f->strings_size, n) < 0)
			return -EINVAL;
		t->name = (const char *)f->blob + f->strings_off + n;
		t->value = block + next;
		next += t->len;
		break;
	case FDT_END_NODE:
	case FDT_NOP:
	case FDT_END:
		break;
	default:
		return -EINVAL;
	}
	next = ALIGN_UP(next, 4);
	if (next > f->struct_size)
		return -EINVAL;
	t->next = next;
	return 0;
}

static bool block_fits(u32 off, u32 size, u32 total)
{
	return off >= FDT_HEADER_SIZE && off <= total && size <= total - off;
}

static int check_structure(const struct fdt *f)
{
	bool may_prop[FDT_DEPTH + 1] = { false };
	unsigned depth = 0, roots = 0;
	struct token t;

	for (u32 at = 0; ; at = t.next) {
		if (next_token(f, at, &t) != 0)
			return -EINVAL;
		switch (t.kind) {
		case FDT_BEGIN_NODE:
			if (depth == FDT_DEPTH || (depth == 0 && roots++ > 0))
				return -EINVAL;
			may_prop[depth] = false;
			may_prop[++depth] = true;
			break;
		case FDT_END_NODE:
			if (depth == 0)
				return -EINVAL;
			depth--;
			break;
		case FDT_PROP:
			if (!may_prop[depth])
				return -EINVAL;
			break;
		case FDT_END:
			return depth == 0 && roots == 1 ? 0 : -EINVAL;
		}
	}
}

int fdt_open(struct fdt *f, const void *blob, u32 max)
{
	const u8 *h = blob;

	if (max < FDT_HEADER_SIZE || be32(h) != FDT_MAGIC)
		return -EINVAL;
	f->blob = h;
	f->size = be32(h + 4);
	f->struct_off = be32(h + 8);
	f->strings_off = be32(h + 12);
	f->rsvmap_off = be32(h + 16);
	f->strings_size = be32(h + 32);
	f->struct_size = be32(h + 36);
	if (f->size > max || f->size > INT32_MAX)
		return -EOVERFLOW;
	if (be32(h + 20) < FDT_VERSION || be32(h + 24) > FDT_VERSION ||
	    f->size < FDT_HEADER_SIZE || (f->struct_off & 3) || (f->rsvmap_off & 7) ||
	    !block_fits(f->struct_off, f->struct_size, f->size) ||
	    !block_fits(f->strings_off, f->strings_size, f->size) ||
	    !block_fits(f->rsvmap_off, 16, f->size))
		return -EINVAL;
	return check_structure(f);
}

int fdt_root(const struct fdt *f)
{
	return fdt_next_node(f, -1, NULL);
}

/* Read the stream from the begin token of node (-1: from the start) to the next begin
 * token, keeping count of the depth. */
int fdt_next_node(const struct fdt *f, int node, int *depth)
{
	struct token t;
	u32 at = 0;
	int d = -1;

	if (node >= 0) {
		if (next_token(f, node, &t) != 0 || t.kind != FDT_BEGIN_NODE)
			return -EINVAL;
		at = t.next;
		d = depth != NULL ? *depth : 0;
	}
	while (next_token(f, at, &t) == 0 && t.kind != FDT_END) {
		if (t.kind == FDT_END_NODE)
			d--;
		if (t.kind == FDT_BEGIN_NODE) {
			if (depth != NULL)
				*depth = d + 1;
			return t.at;
		}
		at = t.next;
	}
	return -ENOENT;
}

int fdt_first_child(const struct fdt *f, int node)
{
	int depth = 0;
	int child = fdt_next_node(f, node, &depth);

	return child < 0 ? child : depth == 1 ? child : -ENOENT;
}

int fdt_next_sibling(const struct fdt *f, int node)
{
	int depth = 1;

	do {
		node = fdt_next_node(f, node, &depth);
	} while (node >= 0 && depth > 1);
	return node < 0 ? node : depth == 1 ? node : -ENOENT;
}

int fdt_parent(const struct fdt *f, int node)
{
	int way[FDT_DEPTH + 1];
	int depth = 0;

	for (int n = fdt_next_node(f, -1, &depth); n >= 0 && n <= node;
	     n = fdt_next_node(f, n, &depth)) {
		if (depth < 0 || depth > FDT_DEPTH)
			return -EINVAL;
		if (n == node)
			return depth == 0 ? -ENOENT : way[depth - 1];
		way[depth] = n;
	}
	return -EINVAL;
}

const char *fdt_name(const struct fdt *f, int node)
{
	struct token t;

	if (node < 0 || next_token(f, node, &t) != 0 || t.kind != FDT_BEGIN_NODE)
		return "";
	return t.name;
}

/* Does a node's name match one component of a path?  Without "@..." in the path any
 * unit address will do. */
static bool name_matches(const char *name, const char *part, size_t len)
{
	if (strncmp(name, part, len) != 0)
		return false;
	return name[len] == '\0' || (name[len] == '@' && memchr(part, '@', len) == NULL);
}

int fdt_path(const struct fdt *f, const char *path)
{
	int node = fdt_root(f);

	while (node >= 0) {
		while (*path == '/')
			path++;
		if (*path == '\0')
			return node;
		const char *end = strchr(path, '/');
		size_t len = end != NULL ? (size_t)(end - path) : strlen(path);

		for (node = fdt_first_child(f, node);
		     node >= 0 && !name_matches(fdt_name(f, node), path, len);
		     node = fdt_next_sibling(f, node))
			;
		path += len;
	}
	return node;
}

int fdt_by_phandle(const struct fdt *f, u32 phandle)
{
	u32 v;

	for (int n = fdt_next_node(f, -1, NULL); n >= 0; n = fdt_next_node(f, n, NULL))
		if ((fdt_prop_u32(f, n, "phandle", &v) == 0 ||
		     fdt_prop_u32(f, n, "linux,phandle", &v) == 0) && v == phandle)
			return n;
	return -ENOENT;
}

const void *fdt_prop(const struct fdt *f, int node, const char *name, u32 *len)
{
	struct token t;

	if (node < 0 || next_token(f, node, &t) != 0 || t.kind != FDT_BEGIN_NODE)
		return NULL;
	while (next_token(f, t.next, &t) == 0 && (t.kind == FDT_PROP || t.kind == FDT_NOP)) {
		if (t.kind == FDT_PROP && strcmp(t.name, name) == 0) {
			if (len != NULL)
				*len = t.len;
			return t.value;
		}
	}
	return NULL;
}

const char *fdt_prop_str(const struct fdt *f, int node, const char *name)
{
	u32 len;
	const char *s = fdt_prop(f, node, name, &len);

	return s != NULL && len > 0 && s[len - 1] == '\0' ? s : NULL;
}

int fdt_prop_u32(const struct fdt *f, int node, const char *name, u32 *out)
{
	u32 len;
	const void *p = fdt_prop(f, node, name, &len);

	if (p == NULL)
		return -ENOENT;
	if (len != 4)
		return -EINVAL;
	*out = be32(p);
	return 0;
}

bool fdt_compatible(const struct fdt *f, int node, const char *compat)
{
	u32 len;
	const char *s = fdt_prop(f, node, "compatible", &len);

	while (s != NULL && len > 0) {
		size_t n = strnlen(s, len);

		if (n == len)
			return false;
		if (strcmp(s, compat) == 0)
			return true;
		s += n + 1;
		len -= n + 1;
	}
	return false;
}

bool fdt_available(const struct fdt *f, int node)
{
	const char *s;

	if (fdt_prop(f, node, "status", NULL) == NULL)
		return true;
	s = fdt_prop_str(f, node, "status");
	return s != NULL && (strcmp(s, "okay") == 0 || strcmp(s, "ok") == 0);
}

/* How many cells addresses and sizes have in node's children. => 0 or -EINVAL */
static int get_cells(const struct fdt *f, int node, u32 *address, u32 *size)
{
	*address = 2;
	*size = 1;
	if (fdt_prop_u32(f, node, "#address-cells", address) == -EINVAL ||
	    fdt_prop_u32(f, node, "#size-cells", size) == -EINVAL)
		return -EINVAL;
	return *address >= 1 && *address <= 2 && *size <= 2 ? 0 : -EINVAL;
}

static u64 read_cells(const u8 *p, u32 cells)
{
	return cells == 2 ? be64(p) : cells == 1 ? be32(p) : 0;
}

/* From an address as bus's children see it to one as bus's parent sees it. */
static int translate(const struct fdt *f, int bus, int parent, u64 *addr, u64 size)
{
	u32 len, ca, cs, pa, ps;
	const u8 *p = fdt_prop(f, bus, "ranges", &len);

	if (p == NULL)
		return -EINVAL;		/* its children are not on the memory bus */
	if (len == 0)
		return 0;		/* the same addresses on both sides */
	if (get_cells(f, bus, &ca, &cs) != 0 || get_cells(f, parent, &pa, &ps) != 0)
		return -EINVAL;
	u32 entry = 4 * (ca + pa + cs);

	for (; len >= entry; p += entry, len -= entry) {
		u64 child = read_cells(p, ca);
		u64 up = read_cells(p + 4 * ca, pa);
		u64 span = read_cells(p + 4 * (ca + pa), cs);

		if (*addr >= child && *addr - child < span && size <= span - (*addr - child)) {
			*addr = up + (*addr - child);
			return 0;
		}
	}
	return -EINVAL;
}

int fdt_reg(const struct fdt *f, int node, unsigned n, u64 *addr, u64 *size)
{
	u32 len, ca, cs;
	const u8 *p = fdt_prop(f, node, "reg", &len);
	int bus = fdt_parent(f, node), up, err;

	if (p == NULL || bus == -ENOENT)
		return -ENOENT;
	if (bus < 0 || get_cells(f, bus, &ca, &cs) != 0)
		return -EINVAL;
	u32 entry = 4 * (ca + cs);

	if (n >= len / entry)
		return -ENOENT;
	p += (size_t)n * entry;
	*addr = read_cells(p, ca);
	*size = read_cells(p + 4 * ca, cs);
	if (cs == 0)
		return 0;		/* a number, not an address: cpu@0 */
	while ((up = fdt_parent(f, bus)) >= 0) {
		err = translate(f, bus, up, addr, *size);
		if (err != 0)
			return err;
		bus = up;
	}
	return *addr + *size < *addr ? -EINVAL : 0;
}

int fdt_reservation(const struct fdt *f, unsigned n, u64 *addr, u64 *size)
{
	for (u64 off = f->rsvmap_off; off + 16 <= f->size; off += 16) {
		*addr = be64(f->blob + off);
		*size = be64(f->blob + off + 8);
		if (*addr == 0 && *size == 0)
			break;
		if (n-- == 0)
			return 0;
	}
	return -ENOENT;
}
