// SPDX-License-Identifier: MIT
// run: harts=1,8 mem=128M timeout=300 args=350000 20011 3
/*
 * vmmodel.c - random mmap, munmap, mprotect, mremap, madvise, fork and touches in a window
 * of 128 pages, against one word a page that says what must be there.
 *
 *	vmmodel [operations [seed [processes]]]
 *
 * Each process has a window, a model and a seed of its own; CI runs three of them at once,
 * a million operations together, on one hart and on eight, and afterwards every frame must
 * be back.
 *
 * What a page allows is asked through the kernel (write and read on a pipe give EFAULT), so
 * that the copy routines are tested with the tables, and by plain loads and stores where
 * they must succeed.
 */
#include "vm.h"

#define WINDOW	128
#define KEPT_KIB 256			/* per-hart lists, partly used slabs, a name or two */

struct cell {
	int mapped, prot, shared;
	unsigned value;			/* first word of the page */
};

static struct cell model[WINDOW];
static char *base;
static int pipe_fd[2];
static unsigned long seed, op;

static unsigned rnd(unsigned n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)((seed >> 11) % n);
}

#define MUST(cond) do { \
	if (!(cond)) { \
		printf("FAIL model: operation %lu: %s (line %d, errno %d)\n", op, #cond, __LINE__, errno); \
		exit(1); \
	} \
} while (0)

static unsigned *word(int i)
{
	return (unsigned *)(base + (unsigned long)i * PAGE);
}

static int readable(int i)
{
	return model[i].mapped && (model[i].prot & RW) != 0;
}

static int writable(int i)
{
	return model[i].mapped && (model[i].prot & PROT_WRITE) != 0;
}

static void look(int i)
{
	unsigned v;
	long n = write(pipe_fd[1], word(i), 4);

	MUST(n == (readable(i) ? 4 : -1));
	if (n < 0) {
		MUST(errno == EFAULT);
		return;
	}
	MUST(read(pipe_fd[0], &v, 4) == 4);
	MUST(v == model[i].value);
	MUST(*(volatile unsigned *)word(i) == v);
}

static void store(int i)
{
	unsigned v = (unsigned)op * 2 + 1;

	if (rnd(2) && writable(i)) {
		*(volatile unsigned *)word(i) = v;
	} else {
		long n;

		MUST(write(pipe_fd[1], &v, 4) == 4);
		n = read(pipe_fd[0], word(i), 4);
		MUST(n == (writable(i) ? 4 : -1));
		if (n < 0) {
			MUST(errno == EFAULT);
			MUST(read(pipe_fd[0], &v, 4) == 4);	/* nothing was lost */
			return;
		}
	}
	model[i].value = v;
}

static int any_prot(void)
{
	static const int prots[] = { PROT_NONE, PROT_READ, RW, RW, RW, PROT_READ | PROT_EXEC };

	return prots[rnd(6)];
}

static void do_map(int i, int n)
{
	int prot = any_prot(), shared = rnd(4) == 0;
	char *p = mmap(word(i), (unsigned long)n * PAGE, prot, MAP_ANONYMOUS | MAP_FIXED |
		       (shared ? MAP_SHARED : MAP_PRIVATE) | (rnd(8) == 0 ? MAP_POPULATE : 0), -1, 0);

	MUST(p == (char *)word(i));
	for (int k = i; k < i + n; k++)
		model[k] = (struct cell){ 1, prot, shared, 0 };
}

static void do_unmap(int i, int n)
{
	MUST(munmap(word(i), (unsigned long)n * PAGE) == 0);
	memset(&model[i], 0, (unsigned long)n * sizeof(model[0]));
}

static int all_mapped(int i, int n)
{
	for (int k = i; k < i + n; k++)
		if (!model[k].mapped)
			return 0;
	return 1;
}

static void do_protect(int i, int n)
{
	int prot = any_prot(), r = mprotect(word(i), (unsigned long)n * PAGE, prot), k;

	MUST(r == (all_mapped(i, n) ? 0 : -1));
	for (k = i; k < i + n && model[k].mapped; k++)	/* up to the first hole */
		model[k].prot = prot;
	if (r != 0)
		MUST(errno == ENOMEM);
}

static void do_dontneed(int i, int n)
{
	int r = madvise(word(i), (unsigned long)n * PAGE, MADV_DONTNEED);

	MUST(r == (all_mapped(i, n) ? 0 : -1));
	for (int k = i; k < i + n; k++)
		if (model[k].mapped && !model[k].shared)
			model[k].value = 0;
}

static void do_remap(int i, int n)
{
	int to = (int)rnd(WINDOW - (unsigned)n);
	char *p;

	if (i < to + n && to < i + n) {
		MUST(mremap(word(i), (unsigned long)n * PAGE, (unsigned long)n * PAGE,
			    MREMAP_MAYMOVE | MREMAP_FIXED, word(to)) == MAP_FAILED && errno == EINVAL);
		return;
	}
	p = mremap(word(i), (unsigned long)n * PAGE, (unsigned long)n * PAGE,
		   MREMAP_MAYMOVE | MREMAP_FIXED, word(to));
	if (p == MAP_FAILED) {
		/* More than one mapping, or a hole. */
		MUST(errno == EFAULT && (n > 1 || !model[i].mapped));
		return;
	}
	MUST(p == (char *)word(to));
	memcpy(&model[to], &model[i], (unsigned long)n * sizeof(model[0]));
	memset(&model[i], 0, (unsigned long)n * sizeof(model[0]));
}

static void compare_all(void)
{
	for (int i = 0; i < WINDOW; i++)
		look(i);
}

/* The child sees the same, changes much; what it shares the parent sees too. */
static void do_fork(void)
{
	int pid = fork(), status = -1, deep = rnd(2);

	MUST(pid >= 0);
	if (pid == 0) {
		if (deep) {			/* a fork of the fork looks first */
			int sub = fork();

			MUST(sub >= 0);
			if (sub == 0) {
				compare_all();
				exit(0);
			}
			MUST(waitpid(sub, &status, 0) == sub && status == 0);
		} else {
			compare_all();
		}
		for (int i = 0; i < WINDOW; i++)
			if (writable(i))
				*word(i) = model[i].value + (model[i].shared ? 1 : 77);
		MUST(vm_ok());
		exit(0);
	}
	if (rnd(2))				/* write at the same time */
		for (int i = 0; i < WINDOW; i += 3)
			if (writable(i) && !model[i].shared)
				*(volatile unsigned *)word(i) = model[i].value;
	MUST(waitpid(pid, &status, 0) == pid && status == 0);
	for (int i = 0; i < WINDOW; i++)
		if (writable(i) && model[i].shared)
			model[i].value++;
	compare_all();
}

static void step(void)
{
	int n = 1 + (int)rnd(rnd(4) == 0 ? 40 : 4), i = (int)rnd(WINDOW - (unsigned)n);

	switch (rnd(16)) {
	case 0: case 1:
		do_map(i, n);
		break;
	case 2:
		do_unmap(i, n);
		break;
	case 3: case 4:
		do_protect(i, n);
		break;
	case 5:
		do_remap(i, n);
		break;
	case 6:
		do_dontneed(i, n);
		break;
	case 7: case 8: case 9: case 10:
		look(i);
		break;
	default:
		store(i);
	}
}

/* One process's operations against a model of its own. */
static void run_model(unsigned long ops)
{
	MUST(pipe(pipe_fd) == 0);
	base = mmap(NULL, WINDOW * PAGE, PROT_NONE, ANON, -1, 0);
	MUST(base != MAP_FAILED);
	MUST(munmap(base, WINDOW * PAGE) == 0);
	for (op = 0; op < ops; op++) {
		step();
		if (op % 2000 == 1999)
			do_fork();
		if (op % 10000 == 9999)
			MUST(vm_ok());
	}
	compare_all();
	do_unmap(0, WINDOW);
	MUST(vm_ok());
}

/* Free memory with nothing kept on lists and in caches that would be given back. */
static long free_kib(void)
{
	int fd = open("/proc/sys/vm/drop_caches", O_WRONLY);

	MUST(fd >= 0 && write(fd, "3", 1) == 1);
	close(fd);
	return vm_free_kib();
}

static void run_all(int processes, unsigned long ops)
{
	int status;

	for (int n = 0; n < processes; n++) {
		int pid = fork();

		MUST(pid >= 0);
		if (pid == 0) {
			seed += (unsigned)n * 7919u;
			run_model(ops);
			exit(0);
		}
	}
	for (int n = 0; n < processes; n++)
		MUST(wait(&status) > 0 && status == 0);
}

int main(int argc, char **argv)
{
	unsigned long ops = argc > 1 ? strtoul(argv[1], NULL, 0) : 100000;
	int processes = argc > 3 ? atoi(argv[3]) : 1;
	long before, after = 0;

	(void)run_rows;
	seed = argc > 2 ? strtoul(argv[2], NULL, 0) : 20011;
	printf("vmmodel: %d times %lu operations, seed %lu\n", processes, ops, seed);
	fflush(stdout);
	run_all(processes, 4000);	/* slabs of every kind are there */
	before = free_kib();
	run_all(processes, ops);
	/* The last of them may still be letting go of their stacks. */
	for (int tries = 0; tries < 100 && before - (after = free_kib()) > KEPT_KIB; tries++)
		usleep(20000);
	printf("%s every frame is back: %ld KiB free before, %ld after\n",
	       before - after > KEPT_KIB ? "FAIL" : "ok", before, after);
	printf("ok model\n");
	return before - after > KEPT_KIB;
}
