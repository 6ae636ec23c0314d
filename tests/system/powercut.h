/* SPDX-License-Identifier: MIT */
/* powercut.h - the pages that tests/user/powercut.c writes and tests/system/powercut.c reads. */
#ifndef POWERCUT_H
#define POWERCUT_H

#define PC_PAGE  4096
#define PC_FILES 6
#define PC_PAGES 24
#define PC_MAGIC 0x74756372u

struct pc_stamp {
	unsigned magic, who, file, page, version;
	unsigned lines; /* of the log, fsynced before this page was written */
};

static inline void pc_fill(unsigned long *page, unsigned who, unsigned file, unsigned index,
                           unsigned version, unsigned lines)
{
	struct pc_stamp s = { PC_MAGIC, who, file, index, version, lines };
	unsigned long x = ((unsigned long)who << 56 | (unsigned long)file << 48 |
	                   (unsigned long)index << 32 | version) *
	                          0x9e3779b97f4a7c15ul +
	                  lines;

	__builtin_memcpy(page, &s, sizeof(s));
	for (unsigned k = sizeof(s) / 8; k < PC_PAGE / 8; k++) {
		x ^= x >> 12;
		x ^= x << 25;
		x ^= x >> 27;
		page[k] = x * 0x2545f4914f6cdd1dul;
	}
}

#endif
