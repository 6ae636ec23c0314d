// SPDX-License-Identifier: MIT
/* pagetable.c - /proc/self/pagetable says what /proc/self/pagemap says. */
#include "vm.h"

#define BASE	0x1234567000UL		/* indices 72, 418 and 359 */

static char text[65536];

static void read_table(void)
{
	int fd = open("/proc/self/pagetable", O_RDONLY);
	size_t have = 0;
	ssize_t n;

	while ((n = read(fd, text + have, sizeof(text) - 1 - have)) > 0)
		have += n;
	text[have] = 0;
	close(fd);
}

static unsigned long frame_of(unsigned long va)
{
	unsigned long e = 0;
	int fd = open("/proc/self/pagemap", O_RDONLY);

	pread(fd, &e, sizeof(e), va / PAGE * 8);
	close(fd);
	return e >> 63 ? e & ((1UL << 55) - 1) : 0;
}

static int has_page(unsigned index, unsigned long va, const char *rights)
{
	char line[80];

	snprintf(line, sizeof(line), ".. .. ..%3u: %016lx frame %lx %s\n", index, va, frame_of(va), rights);
	return strstr(text, line) != NULL;
}

static void every_level(void)
{
	char *p = mmap((void *)BASE, 3 * PAGE, RW, ANON | MAP_FIXED, -1, 0);

	FAIL_IF(p != (char *)BASE);
	p[0] = 1;
	p[2 * PAGE] = 1;
	read_table();
	FAIL_IF(strncmp(text, "root ", 5) != 0);
	FAIL_IF(strstr(text, "\n.. 72: 0000001200000000 table ") == NULL);
	FAIL_IF(strstr(text, "\n.. ..418: 0000001234400000 table ") == NULL);
	FAIL_IF(strstr(strstr(text, "\n.. ..418: "), ": 2 entries\n") == NULL);
	FAIL_IF(!has_page(359, BASE, "rw-u-ad-"));
	FAIL_IF(strstr(text, "0000001234568000 frame") != NULL);
	FAIL_IF(!has_page(361, BASE + 2 * PAGE, "rw-u-ad-"));
	munmap(p, 3 * PAGE);
	read_table();
	FAIL_IF(strstr(text, "0000001200000000 table ") != NULL);
}

static void zero_frame_and_rights(void)
{
	volatile char *p = mmap((void *)BASE, 2 * PAGE, RW, ANON | MAP_FIXED, -1, 0);

	FAIL_IF(p[0] != 0);
	p[PAGE] = 1;
	FAIL_IF(mprotect((void *)(p + PAGE), PAGE, PROT_READ) != 0);
	read_table();
	FAIL_IF(!has_page(359, BASE, "r--u-a-s"));
	FAIL_IF(!has_page(360, BASE + PAGE, "r--u-ad-"));
	munmap((void *)p, 2 * PAGE);
}

static void kernel_half_is_not_shown(void)
{
	read_table();
	FAIL_IF(strstr(text, "ffffff") != NULL);
	FAIL_IF(strstr(text, "-g") != NULL);
}

int main(int argc, char **argv)
{
	static const struct row rows[] = {
		{ "every level", every_level },
		{ "zero frame and rights", zero_frame_and_rights },
		{ "the kernel's half is not shown", kernel_half_is_not_shown },
	};

	return RUN_ROWS(rows, argc, argv);
}
