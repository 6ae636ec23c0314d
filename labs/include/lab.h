// SPDX-License-Identifier: MIT
/*
 * lab.h - what the graders' programs have in common.
 *
 * A run's nonce lies on the second disk; a program mixes it into what it writes, and the
 * grader, which made the nonce, computes the same on the host.
 *
 * What a program has to say it says at a stop: the machine stands still in lab_stop()
 * while the grader reads the registers and looks around from outside.  Results travel
 * that way and the exit status too; what is printed besides is for people.
 *
 *	out(name, value)		a result
 *	checkpoint(id, a, b)		let the grader look: page tables, frames
 *	cost_begin(name), cost_end()	count the instructions between
 *
 * A program is written as usual, with int main(int argc, char **argv); the nonce has been
 * read when it begins.  Started by hand, without a grader, it runs the same.
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

static u64 nonce;

/* What a stop is for; checkpoints have numbers from 0 on. */
enum { LAB_OUT = -1, LAB_COST_BEGIN = -2, LAB_COST_END = -3, LAB_STATUS = -4 };

/* Kept out of line and never optimised away: the grader's breakpoint is here.  It lies
 * where no other program has text, or they would stop as well; the mark tells if one does.
 * The grader returns from here without executing it, so it does nothing. */
#define LAB_MARK 0x636865636bUL
__attribute__((noinline, used, section(".text.lab_stop"), aligned(65536))) static void
lab_stop(long id, const volatile void *a, u64 b, u64 mark)
{
	__asm__ volatile("" :: "r"(id), "r"(a), "r"(b), "r"(mark) : "memory");
}

static inline void checkpoint(long id, const volatile void *a, u64 b)
{
	lab_stop(id, a, b, LAB_MARK);
}

/* The grader reads the name from memory as it is: it must have been touched. */
static inline void out(const char *name, u64 value)
{
	printf("%s=%lu\n", name, value);
	fflush(stdout);
	lab_stop(LAB_OUT, name, value, LAB_MARK);
}

/* In the deterministic mode instret counts instructions, but while the machine stands
 * still (or sleeps) it jumps to the next timer's time: it is read inside of the stops, and
 * what is measured must not sleep.  A tick comes every 10 million instructions, the
 * next one not before that. */
static u64 lab_instret;
static const char *lab_cost_name;
static int lab_by_hand;

static inline u64 instret(void)
{
	u64 n;

	__asm__ volatile("rdinstret %0" : "=r"(n) :: "memory");
	return n;
}

static inline void cost_begin(const char *name)
{
	lab_cost_name = name;
	lab_stop(LAB_COST_BEGIN, name, strlen(name), LAB_MARK);
	lab_instret = instret();
}

static inline void cost_end(void)
{
	u64 n = instret() - lab_instret;

	lab_stop(LAB_COST_END, NULL, n, LAB_MARK);
	if (lab_by_hand) {
		printf("%s: %lu instructions, with ICOUNT=1\n", lab_cost_name, n);
		fflush(stdout);
	}
}

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
		lab_by_hand = 1;
		printf("(by hand: no nonce on /dev/vdb, so it is 1)\n");
		return 1;
	}
	close(fd);
	return strtoul(text, NULL, 10);
}

/* Page i of a run of pages gets a pattern of its own; its sum. */
static inline void fill_page(char *page, u64 seed, u64 i)
{
	u64 *word = (u64 *)page;

	for (unsigned k = 0; k < PAGE / sizeof(u64); k += 64)
		word[k] = mix(seed + i, k);
}

static inline u64 sum_page(const char *page)
{
	const u64 *word = (const u64 *)page;
	u64 sum = 0;

	for (unsigned k = 0; k < PAGE / sizeof(u64); k += 64)
		sum = mix(sum, word[k]);
	return sum;
}

static inline void fill_all(char *p, u64 pages, u64 seed)
{
	for (u64 i = 0; i < pages; i++)
		fill_page(p + i * PAGE, seed, i);
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

int lab_main(int argc, char **argv);

/* Only a status that arrives here is one that the grader believes. */
int main(int argc, char **argv)
{
	int status;

	nonce = read_nonce();
	status = lab_main(argc, argv);
	fflush(stdout);
	lab_stop(LAB_STATUS, NULL, (u64)status, LAB_MARK);
	return status;
}
#define main lab_main

#endif
