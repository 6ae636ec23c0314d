// SPDX-License-Identifier: MIT
/*
 * lab.h - what the graders' programs have in common.
 *
 * A run's nonce lies on the second disk.  A program mixes it into what it writes and
 * prints; the grader, which made the nonce, computes the same on the host.  At a
 * checkpoint the grader may stop the machine and look into it.
 */
#ifndef LAB_H
#define LAB_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096UL

typedef unsigned long u64;

/* Kept out of line and never optimised away: the grader's breakpoint is here.  The
 * mark tells our code from what other programs have at the same address. */
#define CHECKPOINT 0x636865636bUL
__attribute__((noinline, used)) static void
checkpoint_marked(long id, const volatile void *a, long b, u64 mark)
{
	__asm__ volatile("" :: "r"(id), "r"(a), "r"(b), "r"(mark) : "memory");
}
#define checkpoint(id, a, b) checkpoint_marked(id, a, b, CHECKPOINT)

static inline u64 mix(u64 state, u64 value)
{
	u64 z = state + 0x9e3779b97f4a7c15UL + value;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9UL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebUL;
	return z ^ z >> 31;
}

static inline u64 read_nonce(void)
{
	char text[32] = "";
	int fd = open("/dev/vdb", O_RDONLY);

	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0) {
		printf("no nonce: /dev/vdb cannot be read\n");
		exit(3);
	}
	close(fd);
	return strtoul(text, NULL, 10);
}

static inline void out(const char *name, u64 value)
{
	printf("%s=%lu\n", name, value);
	fflush(stdout);
}

/* Page i of a run of pages gets a pattern of its own; its sum. */
static inline void fill_page(char *page, u64 nonce, u64 i)
{
	u64 *word = (u64 *)page;

	for (unsigned k = 0; k < PAGE / sizeof(u64); k += 64)
		word[k] = mix(nonce + i, k);
}

static inline u64 sum_page(const char *page)
{
	const u64 *word = (const u64 *)page;
	u64 sum = 0;

	for (unsigned k = 0; k < PAGE / sizeof(u64); k += 64)
		sum = mix(sum, word[k]);
	return sum;
}

static inline char *anon(u64 pages)
{
	char *p = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED) {
		perror("mmap");
		exit(3);
	}
	return p;
}

/* wait() for one child; its exit status, -1 if it did not end well */
static inline int child_status(void)
{
	int status;

	if (waitpid(-1, &status, 0) < 0)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

#endif
