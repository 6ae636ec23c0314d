// SPDX-License-Identifier: MIT
/*
 * elf.h - the executable format (System V ABI, chapters 4 and 5; RISC-V ELF psABI).
 *
 * Only what exec needs: a header, program headers, and elf_check, which says whether
 * they describe a program that this machine can run.
 */
#ifndef LIB_ELF_H
#define LIB_ELF_H

#include "lib/types.h"

#define EI_NIDENT	16
#define ET_EXEC		2
#define EM_RISCV	243
#define PT_LOAD		1u
#define PT_INTERP	3u
#define PF_X		1u
#define PF_W		2u
#define PF_R		4u

struct elf_header {
	u8 ident[EI_NIDENT];
	u16 type, machine;
	u32 version;
	u64 entry, phoff, shoff;
	u32 flags;
	u16 ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

struct elf_phdr {
	u32 type, flags;
	u64 offset, vaddr, paddr, filesz, memsz, align;
};

#define ELF_MAX_SEGMENTS 16

/* What is to be mapped, in ascending order, page-aligned on every side. */
struct elf_segment {
	vaddr_t start;		/* page-aligned */
	vaddr_t file_end;	/* last byte from the file + 1: not aligned */
	vaddr_t end;		/* of bss: not aligned; >= file_end */
	u64 offset;		/* in the file, of start: page-aligned */
	u32 flags;		/* PF_* */
};

struct elf_image {
	vaddr_t entry;
	unsigned nr_segments;	/* at least one */
	struct elf_segment seg[ELF_MAX_SEGMENTS];
	vaddr_t phdr_va;	/* where the program finds its own headers, or 0 */
	u16 phnum;
};

/* Examine the first n bytes of a file of file_size bytes; the program headers must lie
 * within them.  [low, high) are the addresses a program may have.
 * => 0 and *image, or -ENOEXEC: truncated, not for RISC-V, misaligned, overlapping,
 *    both writable and executable, or out of range; *why, if why is not NULL, is a
 *    constant string that says what is wrong. */
int elf_check(const void *buf, size_t n, u64 file_size, vaddr_t low, vaddr_t high,
	      struct elf_image *image, const char **why);

#endif
