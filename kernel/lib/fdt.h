// SPDX-License-Identifier: MIT
/*
 * fdt.h - reading a flattened device tree (Devicetree Specification 0.4, chapter 5).
 *
 * The blob comes from outside and is not trusted: every offset is checked against
 * the total size, and a malformed tree gives an error, never a wild access.
 * Nodes are named by the offset of their FDT_BEGIN_NODE token.
 */
#ifndef LIB_FDT_H
#define LIB_FDT_H

#include "lib/types.h"

struct fdt {
	const u8 *blob;
	u32 size;		/* header's totalsize, at most what fdt_open was told */
	u32 struct_off, struct_size, strings_off, strings_size, rsvmap_off;
};

/* Check the header and walk the whole structure once. => 0, -EINVAL (malformed),
 * -EOVERFLOW (larger than max). */
int fdt_open(struct fdt *f, const void *blob, u32 max);

int fdt_root(const struct fdt *f);
int fdt_first_child(const struct fdt *f, int node);		/* -ENOENT if none */
int fdt_next_sibling(const struct fdt *f, int node);		/* -ENOENT if none */
int fdt_parent(const struct fdt *f, int node);
/* Preorder walk over all nodes; node -1 starts; -ENOENT at the end. */
int fdt_next_node(const struct fdt *f, int node, int *depth);
const char *fdt_name(const struct fdt *f, int node);		/* with unit address */
int fdt_path(const struct fdt *f, const char *path);		/* "/soc/serial@10000000" */
int fdt_by_phandle(const struct fdt *f, u32 phandle);

/* A property's bytes and length, or NULL. */
const void *fdt_prop(const struct fdt *f, int node, const char *name, u32 *len);
const char *fdt_prop_str(const struct fdt *f, int node, const char *name);	/* terminated, or NULL */
int fdt_prop_u32(const struct fdt *f, int node, const char *name, u32 *out);	/* 0 or -ENOENT/-EINVAL */
/* Does the "compatible" list hold this string? */
bool fdt_compatible(const struct fdt *f, int node, const char *compat);
/* "status" absent or "okay" */
bool fdt_available(const struct fdt *f, int node);
/* The nth (address, size) of "reg", translated by the parents' #address-cells and
 * #size-cells and "ranges". => 0, -ENOENT, -EINVAL */
int fdt_reg(const struct fdt *f, int node, unsigned n, u64 *addr, u64 *size);
/* The nth memory reservation of the header's block; -ENOENT past the end. */
int fdt_reservation(const struct fdt *f, unsigned n, u64 *addr, u64 *size);

#ifdef __KERNEL__
extern struct fdt machine_fdt;		/* the firmware's tree, mapped for good */
extern char boot_args[];		/* /chosen/bootargs up to " -- " */
extern char boot_command[];		/* what follows " -- ", or "" */
/* The value of "name=value" (or "" for a bare "name") in boot_args, copied into
 * buf; false if it is not there. */
bool boot_arg(const char *name, char *buf, size_t size);
#endif

#endif
