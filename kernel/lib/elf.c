// SPDX-License-Identifier: MIT
/*
 * elf.c - is this file a program for this machine?
 *
 * exec maps a program and reads nothing of it, so whatever is wrong with the file has to
 * be found in its headers, before the old program is gone.  The file is the user's and
 * may be anything: every sum is tested for wrapping before it is compared.
 *
 *   E1  the header is that of a 64-bit little-endian static RISC-V executable;
 *   E2  the program headers have the right size and lie in the bytes at hand;
 *   E3  a segment's bytes lie in the file and it is no smaller in memory;
 *   E4  a segment lies in [low, high), its address and its offset agree modulo the page;
 *   E5  segments ascend, and no page belongs to two of them;
 *   E6  no segment is both writable and executable;
 *   E7  the entry point lies in an executable segment.
 *
 * E5 is stricter than the ABI, which lets the last page of one segment be the first of
 * the next.  Mapping such a page would need a copy with two protections in it, and every
 * linker can be told to keep segments on pages of their own (-z separate-code).
 */
#include "lib/elf.h"
#include "lib/string.h"
#include "uapi/errno.h"

static int bad(const char **why, const char *what)
{
	if (why != NULL)
		*why = what;
	return -ENOEXEC;
}

static const char *check_header(const struct elf_header *h)
{
	/* magic, 64-bit, little-endian, version 1 */
	static const u8 ident[7] = { 0x7f, 'E', 'L', 'F', 2, 1, 1 };

	if (memcmp(h->ident, ident, 4) != 0)
		return "not an ELF file";
	if (memcmp(h->ident, ident, sizeof(ident)) != 0)
		return "not 64-bit little-endian";
	if (h->machine != EM_RISCV)
		return "not for RISC-V";
	if (h->type != ET_EXEC)
		return "not a static executable";
	if (h->version != 1 || h->ehsize != sizeof(struct elf_header) ||
	    h->phentsize != sizeof(struct elf_phdr))
		return "header sizes";
	if (h->phnum == 0)
		return "no program headers";
	return NULL;
}

static const char *check_segment(const struct elf_phdr *p, u64 file_size, vaddr_t low,
				 vaddr_t high)
{
	u64 end;

	if (p->filesz > p->memsz)
		return "segment larger in the file than in memory";
	if (__builtin_add_overflow(p->offset, p->filesz, &end) || end > file_size)
		return "segment beyond the end of the file";
	if (__builtin_add_overflow(p->vaddr, p->memsz, &end) || p->vaddr < low || end > high)
		return "segment outside the user's addresses";
	if (((p->vaddr ^ p->offset) & (PAGE_SIZE - 1)) != 0)
		return "segment misaligned";
	if (p->align > 1 && ((p->align & (p->align - 1)) != 0 ||
			     ((p->vaddr ^ p->offset) & (p->align - 1)) != 0))
		return "segment's alignment";
	if ((p->flags & (PF_W | PF_X)) == (PF_W | PF_X))
		return "segment writable and executable";
	return NULL;
}

int elf_check(const void *buf, size_t n, u64 file_size, vaddr_t low, vaddr_t high,
	      struct elf_image *image, const char **why)
{
	struct elf_header h;
	const char *what;
	bool entry_found = false;
	vaddr_t free_from = ALIGN_DOWN(low, PAGE_SIZE);	/* E5: no page below may be used */

	if (n > file_size)
		n = file_size;
	if (n < sizeof(h))
		return bad(why, "truncated");
	memcpy(&h, buf, sizeof(h));
	what = check_header(&h);
	if (what != NULL)
		return bad(why, what);
	if (h.phoff > n || (n - h.phoff) / sizeof(struct elf_phdr) < h.phnum)
		return bad(why, "program headers beyond the first page or the end of the file");

	image->entry = h.entry;
	image->phnum = h.phnum;
	image->phdr_va = 0;
	image->nr_segments = 0;
	for (unsigned i = 0; i < h.phnum; i++) {
		struct elf_phdr p;
		struct elf_segment *s = &image->seg[image->nr_segments];

		memcpy(&p, (const u8 *)buf + h.phoff + i * sizeof(p), sizeof(p));
		if (p.type == PT_INTERP)
			return bad(why, "needs a dynamic linker");
		if (p.type != PT_LOAD || p.memsz == 0)
			continue;
		if (image->nr_segments == ELF_MAX_SEGMENTS)
			return bad(why, "too many segments");
		what = check_segment(&p, file_size, low, high);
		if (what != NULL)
			return bad(why, what);
		if (p.vaddr < free_from)
			return bad(why, "segments overlap or do not ascend");
		free_from = PAGE_ALIGN(p.vaddr + p.memsz);

		s->start = ALIGN_DOWN(p.vaddr, PAGE_SIZE);
		s->offset = ALIGN_DOWN(p.offset, PAGE_SIZE);
		s->file_end = p.filesz > 0 ? p.vaddr + p.filesz : s->start;
		s->end = p.vaddr + p.memsz;
		s->flags = p.flags & (PF_R | PF_W | PF_X);
		image->nr_segments++;
		if ((p.flags & PF_X) && h.entry >= p.vaddr && h.entry < s->end)
			entry_found = true;
		if (h.phoff >= p.offset && h.phoff - p.offset < p.filesz)
			image->phdr_va = p.vaddr + (h.phoff - p.offset);
	}
	if (image->nr_segments == 0)
		return bad(why, "nothing to load");
	if (!entry_found)
		return bad(why, "entry point not in an executable segment");
	if ((h.entry & 1) != 0)
		return bad(why, "entry point odd");
	return 0;
}
