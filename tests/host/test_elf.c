// SPDX-License-Identifier: MIT
// sources: kernel/lib/elf.c
/*
 * test_elf.c - every rule of elf_check broken one at a time, then bytes at random.
 *
 * The buffer is exactly as long as what elf_check is told, so that the sanitizer sees
 * every read behind it.
 */
#include <string.h>
#include "host.h"
#include "lib/elf.h"
#include "uapi/errno.h"

#define LOW 0x1000UL
#define HIGH 0x4000000000UL

struct file {
	struct elf_header h;
	struct elf_phdr p[20];
};

static struct file good(void)
{
	struct file f;

	memset(&f, 0, sizeof(f));
	memcpy(f.h.ident, "\177ELF\2\1\1", 7);
	f.h.type = ET_EXEC;
	f.h.machine = EM_RISCV;
	f.h.version = 1;
	f.h.entry = 0x10100;
	f.h.phoff = sizeof(f.h);
	f.h.ehsize = sizeof(struct elf_header);
	f.h.phentsize = sizeof(struct elf_phdr);
	f.h.phnum = 3;
	f.p[0] = (struct elf_phdr){ PT_LOAD, PF_R | PF_X, 0, 0x10000, 0, 0x3210, 0x3210, 0x1000 };
	f.p[1] = (struct elf_phdr){ PT_LOAD, PF_R | PF_W, 0x4010, 0x14010, 0, 0x200, 0x5000, 0x1000 };
	f.p[2] = (struct elf_phdr){ 0x6474e551, PF_R | PF_W, 0, 0, 0, 0, 0, 16 };
	return f;
}

#define FILE_SIZE 0x5000UL

static int check_n(const struct file *f, size_t n, u64 size, struct elf_image *im, const char **why)
{
	u8 *copy = malloc(n ? n : 1);

	memcpy(copy, f, n);
	int err = elf_check(copy, n, size, LOW, HIGH, im, why);

	free(copy);
	return err;
}

static void accepts(void)
{
	struct file f = good();
	struct elf_image im;
	const char *why = NULL;

	CHECK(check_n(&f, sizeof(f), FILE_SIZE, &im, &why) == 0 && why == NULL);
	CHECK(im.nr_segments == 2 && im.entry == 0x10100 && im.phnum == 3);
	CHECK(im.phdr_va == 0x10000 + sizeof(struct elf_header));
	CHECK(im.seg[0].start == 0x10000 && im.seg[0].file_end == 0x13210 &&
	      im.seg[0].end == 0x13210 && im.seg[0].offset == 0 && im.seg[0].flags == (PF_R | PF_X));
	CHECK(im.seg[1].start == 0x14000 && im.seg[1].file_end == 0x14210 &&
	      im.seg[1].end == 0x19010 && im.seg[1].offset == 0x4000);
	CHECK(check_n(&f, sizeof(f), FILE_SIZE, &im, NULL) == 0);
	/* pure bss, and an empty segment that is not looked at */
	f.p[1].filesz = 0;
	f.p[2] = (struct elf_phdr){ PT_LOAD, PF_W | PF_X, ~0UL, ~0UL, 0, 0, 0, 3 };
	CHECK(check_n(&f, sizeof(f), FILE_SIZE, &im, NULL) == 0);
	CHECK(im.nr_segments == 2 && im.seg[1].file_end == 0x14000 && im.seg[1].start == 0x14000);
}

static void truncated(void)
{
	struct file f = good();
	struct elf_image im;
	size_t need = sizeof(f.h) + 3 * sizeof(struct elf_phdr);

	for (size_t n = 0; n < need; n++) {
		CHECK(check_n(&f, n, FILE_SIZE, &im, NULL) == -ENOEXEC);
		CHECK(check_n(&f, sizeof(f), n, &im, NULL) == -ENOEXEC);
	}
	CHECK(check_n(&f, need, FILE_SIZE, &im, NULL) == 0);
	CHECK(check_n(&f, sizeof(f), 0x420f, &im, NULL) == -ENOEXEC);
	CHECK(check_n(&f, sizeof(f), 0x4210, &im, NULL) == 0);
}

/* One member of an otherwise good file has a bad value. */
static void one_bad(void)
{
	static struct file f;
	struct elf_image im;
	const char *why;
	unsigned row = 0;

#define BAD(...) do {							\
	row++;									\
	f = good();								\
	__VA_ARGS__;								\
	why = NULL;								\
	if (check_n(&f, sizeof(f), FILE_SIZE, &im, &why) != -ENOEXEC || why == NULL) {	\
		printf("accepted: " #__VA_ARGS__ "\n");				\
		CHECK(false);							\
	}									\
} while (0)
	for (int i = 0; i < 7; i++)
		BAD(f.h.ident[i] ^= 1);
	BAD(f.h.type = 1);
	BAD(f.h.type = 3);
	BAD(f.h.machine = 62);
	BAD(f.h.version = 0);
	BAD(f.h.ehsize = 52);
	BAD(f.h.phentsize = 32);
	BAD(f.h.phentsize = 0);
	BAD(f.h.phnum = 0);
	BAD(f.h.phnum = 0xffff);
	BAD(f.h.phoff = ~0UL);
	BAD(f.h.phoff = sizeof(f) - 8);
	BAD(f.h.phoff = 0x8000000000000000UL);
	BAD(f.h.entry = 0);
	BAD(f.h.entry = 0x10101);
	BAD(f.h.entry = 0x13210);
	BAD(f.h.entry = 0x14100);
	BAD(f.h.phnum = 1; f.p[0].type = 2);
	BAD(f.p[2].type = PT_INTERP);
	BAD(f.p[0].flags |= PF_W);
	BAD(f.p[1].flags |= PF_X);
	BAD(f.p[1].memsz = 0x1ff);
	BAD(f.p[1].filesz = ~0UL);
	BAD(f.p[1].filesz = f.p[1].memsz = 0x1000);
	BAD(f.p[1].offset = ~0UL - 0xfef; f.p[1].filesz = 0x1000);
	BAD(f.p[1].offset += 8);
	BAD(f.p[1].vaddr += 0x100);
	BAD(f.p[1].align = 3);
	BAD(f.p[1].align = 0x20000; f.p[1].vaddr += 0x1000);
	BAD(f.p[1].memsz = ~0UL);
	BAD(f.p[1].memsz = HIGH - 0x14010 + 1);
	BAD(f.p[1].vaddr = HIGH + 0x10);
	BAD(f.p[1].vaddr = 0xffffffff80000010UL);
	BAD(f.p[1].vaddr = 0x13010);			/* same page as the text's end */
	BAD(f.p[1].vaddr = 0x12010);			/* in the text */
	BAD(f.p[1].vaddr = 0x4010);			/* before it: descending */
	BAD(f.p[0].vaddr = 0; f.h.entry = 0x100);	/* page 0 */
	BAD(f.p[0].vaddr = 0xf000 & 0xfff; f.h.entry = 0x100);
	BAD(f.h.phnum = 18; for (int i = 1; i < 18; i++)
		f.p[i] = (struct elf_phdr){ PT_LOAD, PF_R, 0, 0x20000 + i * 0x1000UL, 0, 16, 16, 1 });
	f = good();
	f.h.phnum = 16;
	for (int i = 1; i < 16; i++)
		f.p[i] = (struct elf_phdr){ PT_LOAD, PF_R, 0, 0x20000 + i * 0x1000UL, 0, 16, 16, 1 };
	CHECK(check_n(&f, sizeof(f), FILE_SIZE, &im, NULL) == 0 && im.nr_segments == 16);
	CHECK(row > 40);
}

/* Whatever is accepted obeys E4 to E7. */
static void fuzz(void)
{
	unsigned long ops = ops_wanted(1000000), accepted = 0;
	static const u64 odd[] = { 0, 1, 0xfff, 0x1000, 0x10000, 0x14010, HIGH, HIGH - 1, ~0UL, 1UL << 63 };

	for (unsigned long op = 0; op < ops; op++) {
		struct file f = good();
		struct elf_image im;

		for (unsigned n = 1 + rnd_below(3); n > 0; n--) {
			u8 *bytes = (u8 *)&f;
			size_t at = rnd_below(sizeof(f.h) + 3 * sizeof(f.p[0]));

			if (rnd_below(2))
				bytes[at] = rnd();
			else
				memcpy(bytes + (at & ~7UL), &odd[rnd_below(ARRAY_SIZE(odd))], 8);
		}
		if (check_n(&f, sizeof(f.h) + 3 * sizeof(f.p[0]), FILE_SIZE, &im, NULL) != 0)
			continue;
		accepted++;
		vaddr_t end = LOW;
		bool entry = false;

		CHECK(im.nr_segments >= 1 && im.nr_segments <= 3);
		for (unsigned i = 0; i < im.nr_segments; i++) {
			struct elf_segment *s = &im.seg[i];

			CHECK(s->start >= end && s->end > s->start && s->end <= HIGH);
			CHECK(s->file_end >= s->start && s->file_end <= s->end);
			CHECK(IS_ALIGNED(s->start, PAGE_SIZE) && IS_ALIGNED(s->offset, PAGE_SIZE));
			CHECK(s->offset + (s->file_end - s->start) <= FILE_SIZE);
			CHECK((s->flags & (PF_W | PF_X)) != (PF_W | PF_X));
			entry |= (s->flags & PF_X) && im.entry >= s->start && im.entry < s->end;
			end = PAGE_ALIGN(s->end);
		}
		CHECK(entry && !(im.entry & 1));
	}
	CHECK(accepted > ops / 100 && accepted < ops);
}

int main(void)
{
	static const struct row rows[] = {
		{ "a good file", accepts },
		{ "truncated anywhere", truncated },
		{ "one bad value", one_bad },
		{ "random damage", fuzz },
	};

	return RUN_ROWS(rows);
}
