// SPDX-License-Identifier: MIT
/*
 * ksyms.c - which function an address lies in.
 *
 * The build links the kernel twice: the first image's symbols become a table that
 * the second image contains (a sorted array of addresses, and the offset of each
 * name in one string).  The first link has the empty table of the weak symbols here.
 */
#include "lib/types.h"
#include "riscv/sections.h"
#include "riscv/trap.h"

extern const u64 ksym_count __attribute__((weak));
extern const u64 ksym_addrs[] __attribute__((weak));	/* ascending */
extern const u32 ksym_names[] __attribute__((weak));	/* offset into ksym_strings */
extern const char ksym_strings[] __attribute__((weak));

const char *ksym_lookup(vaddr_t addr, unsigned long *offset, unsigned long *size)
{
	u64 lo = 0, hi;

	if (&ksym_count == NULL || addr < (vaddr_t)image_start || addr >= (vaddr_t)image_end)
		return NULL;
	hi = ksym_count;
	while (lo < hi) {		/* the first symbol above addr */
		u64 mid = (lo + hi) / 2;

		if (ksym_addrs[mid] <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == 0)
		return NULL;
	*offset = addr - ksym_addrs[lo - 1];
	*size = (lo < ksym_count ? ksym_addrs[lo] : (vaddr_t)text_end) - ksym_addrs[lo - 1];
	return ksym_strings + ksym_names[lo - 1];
}
