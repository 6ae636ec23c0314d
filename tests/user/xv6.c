// SPDX-License-Identifier: MIT
/*
 * xv6.c - a program as xv6's authors would write one: xv6's headers, calls and habits.
 *
 * Looks at what xv6's own tests rely on: killed children report -1, names are cut to
 * DIRSIZ, directories can be read, fork and sbrk fail in the end, addresses at the borders
 * are refused, unlink removes empty directories, the break moves by bytes.
 */
#include "kernel/param.h"
#include "kernel/types.h"
#include "kernel/stat.h"
#include "user/user.h"
#include "kernel/fs.h"
#include "kernel/fcntl.h"
#include "kernel/syscall.h"
#include "kernel/memlayout.h"
#include "kernel/riscv.h"

static int failed;
static char path[MAXPATH + 1];
static char *args[MAXARG];

static void check(int ok, const char *name)
{
	printf("%s %s\n", ok ? "ok" : "FAIL", name);
	failed |= !ok;
}

/* The child's way of dying, as wait tells it. */
static int child(void (*fn)(void))
{
	int pid = fork(), status = -99;

	if (pid == 0) {
		fn();
		exit(0);
	}
	if (wait(&status) != pid)
		return -98;
	return status;
}

static void exit_seven(void)
{
	exit(7);
}
static void write_null(void)
{
	*(volatile char *)0 = 1;
}
static void write_text(void)
{
	*(volatile int *)exit_seven = 10;
}
static void below_stack(void)
{
	volatile char *p = (char *)r_sp() - (uint64)USERSTACK * PGSIZE;

	printf("FAIL read below the stack: %d\n", *p);
}

static char *kernel_address;
static void read_kernel(void)
{
	printf("FAIL read kernel: %d\n", *(volatile char *)kernel_address);
}

static void exec_bad_argv(void)
{
	char *argv[] = { (char *)0xffffffff, 0 };

	exec("echo", argv);
	exit(9);
}

static void exec_too_long(void)
{
	static char big[400];

	memset(big, ' ', sizeof(big) - 1);
	for (int i = 0; i < MAXARG - 1; i++)
		args[i] = big;
	args[MAXARG - 1] = 0;
	exec("echo", args);
	exit(9);
}

static void exec_page_long(void)
{
	static char big[PGSIZE + 1];
	char *argv[] = { "echo", big, 0 };

	memset(big, 'x', PGSIZE);
	exec("echo", argv);
	exit(9);
}

static void exec_echo(void)
{
	char *argv[] = { "echo", "ok", "exec", 0 };

	exec("echo", argv);
	exit(9);
}

static void test_processes(void)
{
	int n, ok = 1;

	check(child(exit_seven) == 7, "exit status");
	check(child(write_null) == -1, "killed: -1");
	check(child(write_text) == -1, "text is read-only");
	check(child(below_stack) == -1, "the stack ends");
	for (kernel_address = (char *)KERNBASE; kernel_address < (char *)(KERNBASE + 2000000);
	     kernel_address += 500000)
		ok &= child(read_kernel) == -1;
	check(ok, "the kernel cannot be read");
	check(child(exec_echo) == 0, "exec finds programs");
	check(child(exec_bad_argv) == 9, "exec refuses a bad argument");
	check(child(exec_too_long) == 9, "exec refuses MAXARG long arguments");
	check(child(exec_page_long) == 9, "exec refuses an argument longer than a page");
	for (n = 0; n < 1000; n++) {
		int pid = fork();

		if (pid < 0)
			break;
		if (pid == 0)
			exit(0);
	}
	check(n > 0 && n < 1000, "fork fails in the end");
	for (; n > 0; n--)
		ok &= wait(0) > 0;
	check(ok && wait(0) == -1, "every child is found");
	check(kill(-1) == -1 && kill(0) == -1, "kill of nobody");
	check(sleep(1) == 0 && uptime() > 0, "sleep and uptime");
}

static void test_bad_addresses(void)
{
	uint64 bad[] = { 0,
		         0x80000000,
		         TRAPFRAME - 2 * PGSIZE,
		         TRAPFRAME - PGSIZE,
		         TRAPFRAME,
		         TRAMPOLINE,
		         MAXVA,
		         MAXVA << 1,
		         KERNBASE,
		         0xffffffffffffffff };
	int fd, p[2], ok = 1;

	for (int i = 0; i < (int)(sizeof(bad) / sizeof(bad[0])); i++) {
		char *a = (char *)bad[i];

		fd = open("x6", O_CREATE | O_RDWR);
		ok &= fd >= 0 && write(fd, a, 8192) < 0 && read(fd, a, 10) <= 0;
		close(fd);
		ok &= pipe(p) == 0 && write(p[1], a, 100) <= 0;
		close(p[0]);
		close(p[1]);
		fd = open("README", 0);
		ok &= fd >= 0 && read(fd, a, 100) < 0;
		close(fd);
		ok &= open(a, O_CREATE | O_RDWR) < 0 && unlink(a) < 0 && mkdir(a) < 0 &&
		      chdir(a) < 0;
		ok &= exec(a, args) < 0 && link("x6", a) < 0 && pipe((int *)a) < 0;
		if (!ok) {
			printf("  address %p\n", a);
			break;
		}
	}
	unlink("x6");
	check(ok, "bad addresses are refused");
	memset(path, 'x', MAXPATH);
	check(unlink(path) < 0 && open(path, O_CREATE) < 0 && link(path, path) < 0,
	      "MAXPATH is too long");
}

static void test_names(void)
{
	struct dirent de;
	struct stat st;
	int fd, n = 0, seen = 0;
	char name[DIRSIZ + 1];

	check(mkdir("12345678901234") == 0 && mkdir("12345678901234/123456789012345") == 0,
	      "names are cut");
	fd = open("123456789012345/123456789012345/123456789012345", O_CREATE);
	check(fd >= 0, "cut names meet");
	close(fd);
	fd = open("12345678901234/12345678901234/12345678901234", 0);
	check(fd >= 0, "... in every place");
	close(fd);
	check(mkdir("12345678901234/12345678901234") < 0 &&
	              mkdir("123456789012345/12345678901234") < 0,
	      "... once");
	check(unlink("12345678901234/12345678901234") < 0, "unlink of a full directory");
	check(unlink("12345678901234/12345678901234/12345678901234") == 0 &&
	              unlink("12345678901234/12345678901234") == 0 && unlink("12345678901234") == 0,
	      "unlink of empty directories");
	fd = open(".", 0);
	while (read(fd, &de, sizeof(de)) == sizeof(de)) {
		if (de.inum == 0)
			continue;
		memmove(name, de.name, DIRSIZ);
		name[DIRSIZ] = 0;
		n++;
		seen += strcmp(name, "README") == 0 || strcmp(name, "..") == 0;
	}
	close(fd);
	check(n > 4 && seen == 2, "a directory read as a file");
	fd = open(".", 0);
	check(read(fd, (char *)KERNBASE, sizeof(de)) < 0, "... into nowhere");
	close(fd);
	check(stat("README", &st) == 0 && st.type == T_FILE && st.nlink == 1 && st.size > 100,
	      "stat of a file");
	check(stat("/", &st) == 0 && st.type == T_DIR, "stat of a directory");
	check(mknod("x6dev", 4, 3) == 0 && stat("x6dev", &st) == 0 && st.type == T_DEVICE,
	      "a device");
	unlink("x6dev");
	check(open("README", O_RDONLY) >= 0 && open("nope", 0) < 0 && open("/", O_RDWR) < 0,
	      "open");
}

static void leave_removed_dir(void)
{
	if (mkdir("x6cwd") < 0 || chdir("x6cwd") < 0 || unlink("../x6cwd") < 0)
		exit(1);
	exit(open("here", O_CREATE) >= 0 ? 2 : 0);
}

static void test_directories(void)
{
	int fd, i;

	check(mkdir("x6d") == 0 && chdir("x6d") == 0, "into a directory");
	check(unlink(".") < 0 && unlink("..") < 0, "unlink of . and ..");
	check(chdir("/") == 0 && unlink("x6d/.") < 0 && unlink("x6d/..") < 0, "... with a path");
	check(open("x6d", O_CREATE) < 0 && open("x6d", O_RDWR) < 0 && open("x6d", O_WRONLY) < 0,
	      "a directory is not to be written");
	check(link("x6d", "x6e") < 0 && link(".", "x6e") < 0, "link of a directory");
	check(mkdir("x6d") < 0 && mkdir("x6d/a") == 0 && unlink("x6d") < 0,
	      "full and known directories");
	check(chdir("x6d/../../x6d/a") == 0 && chdir("./../..") == 0 && unlink("x6d/a") == 0,
	      "ways around");
	fd = open(".", 0);
	check(write(fd, "x", 1) <= 0, "write into a directory");
	close(fd);
	check(unlink("x6d") == 0, "gone");

	fd = open("x6f", O_CREATE);
	close(fd);
	check(chdir("x6f") < 0 && open("x6f/x", 0) < 0 && open("x6f/x", O_CREATE) < 0 &&
	              mkdir("x6f/x") < 0 && unlink("x6f/x") < 0 && link("README", "x6f/x") < 0,
	      "a file is no directory");
	check(link("x6f", "x6f") < 0 && link("x6nope", "x6g") < 0, "links to what is there or not");
	fd = open("x6f", O_RDWR);
	check(unlink("x6f") == 0 && write(fd, "hello", 5) == 5, "an open file without a name");
	close(fd);
	check(child(leave_removed_dir) == 0, "a current directory that is gone");

	for (i = 0; i < NINODE + 1; i++) {
		if (mkdir("x6r") < 0 || chdir("x6r") < 0)
			break;
		mkdir("");
		link("README", "");
		fd = open("", O_CREATE);
		if (fd >= 0)
			close(fd);
		fd = open("x6x", O_CREATE);
		if (fd >= 0)
			close(fd);
		unlink("x6x");
	}
	check(i == NINODE + 1, "directories in directories");
	for (i = 0; i < NINODE + 1; i++) {
		chdir("..");
		unlink("x6r");
	}
	check(chdir("/") == 0 && open("x6r", 0) < 0, "... and out again");
}

static void malloc_until_none(void)
{
	void *list = 0, *p;
	int n = 0;

	while ((p = malloc(10001)) != 0) {
		*(void **)p = list;
		list = p;
		n++;
	}
	while (list) {
		p = *(void **)list;
		free(list);
		list = p;
	}
	p = malloc(20 * 1024);
	exit(p && n > 1000 ? 0 : 1);
}

static void sbrk_until_none(void)
{
	int n = 0;
	char *a;

	for (; (a = sbrk(4096)) != SBRK_ERROR; n++)
		a[4095] = 1;
	for (int i = 0; i < 64; i++)	/* exec needs some for itself */
		sbrk(-4096);
	exec_echo();
}

static void test_partial_writes(void)
{
	int fd = open("x6part", O_CREATE | O_RDWR), cut;
	char *top, c = 0;

	write(fd, "abcd", 4);
	cut = open("x6part", O_WRONLY | O_TRUNC);
	check(write(fd, "x", 1) == -1, "no write beyond the end");
	close(cut);
	close(fd);
	sbrk(PGSIZE - (uint64)sbrk(0) % PGSIZE);
	top = sbrk(0);
	top[-1] = 'X';
	fd = open("x6part", O_RDWR);
	check(write(fd, top - 1, 2) == -1, "half a write is no success");
	close(fd);
	fd = open("x6part", O_RDONLY);
	check(read(fd, &c, 1) == 1 && c == 'X', "... but what was written stays");
	close(fd);
	unlink("x6part");
}

static void test_mapped_file(void)
{
	int fd = open("x6map", O_CREATE | O_RDWR);
	char *p, c = 0;

	write(fd, "hello", 5);
	p = mmap(0, PGSIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	check(p != (char *)-1 && p[0] == 'h' && p[5] == 0, "the mmap lab's calls");
	p[0] = 'H';
	check(munmap(p, PGSIZE) == 0, "... and back");
	fd = open("x6map", O_RDONLY);
	check(read(fd, &c, 1) == 1 && c == 'H', "... into the file");
	close(fd);
	unlink("x6map");
}

static void test_files(void)
{
	static char buf[BSIZE];
	int fd = open("x6big", O_CREATE | O_RDWR), ok = fd >= 0, i;

	for (i = 0; i < MAXFILE && ok; i++) {
		((int *)buf)[0] = i;
		ok = write(fd, buf, BSIZE) == BSIZE;
	}
	close(fd);
	check(ok, "a file of MAXFILE blocks");
	check(PGSIZE % BSIZE == 0 && PGSIZE / BSIZE >= 2, "half a page in blocks");
	fd = open("x6big", O_RDONLY);
	for (i = 0; i < MAXFILE && ok; i++)
		ok = read(fd, buf, BSIZE) == BSIZE && ((int *)buf)[0] == i;
	check(ok && read(fd, buf, BSIZE) == 0, "... read back");
	close(fd);
	fd = open("x6big", O_WRONLY | O_TRUNC);
	close(fd);
	fd = open("x6big", O_RDONLY);
	check(read(fd, buf, BSIZE) == 0, "truncated by O_TRUNC");
	close(fd);
	unlink("x6big");
	test_partial_writes();
	test_mapped_file();
}

static char *lazy;
/* The heap's largest size: TRAPFRAME. */
static void heap_to_its_end(void)
{
	char *p = sbrk(0);

	while ((uint64)p < MAXVA - (2L << 30) && sbrklazy(1 << 30) == p)
		p += 1 << 30;
	while ((uint64)p < TRAPFRAME - (1 << 26) && sbrklazy(1 << 26) == p)
		p += 1 << 26;
	if (sbrklazy((int)(TRAPFRAME - PGSIZE - (uint64)p)) != p)
		exit(1);
	p = sbrk(PGSIZE);
	if ((uint64)p != TRAPFRAME - PGSIZE)
		exit(2);
	p[0] = 1;
	exit(p[1] == 0 && sbrk(1) == SBRK_ERROR && sbrklazy(1) == SBRK_ERROR ? 0 : 3);
}

static void unmap_and_touch(void)
{
	if (sbrk(-1024 * 1024 * 1024) != SBRK_ERROR)
		lazy[PGSIZE] = 1;
}

extern char end[];

/* xv6's logstress writes 2000 bytes into an array of 500: there is only the heap behind it. */
static int room_behind_arrays(void)
{
	char *last = end;

	__asm__("" : "+r"(last)); /* the compiler knows better than to go below an object */
	memset(path, 'p', sizeof(path));
	memset(args, 0, sizeof(args));
	memset(last - 4096, 'x', 4096);
	for (int i = 0; i < (int)sizeof(path); i++)
		if (path[i] != 'p')
			return 0;
	for (int i = 0; i < MAXARG; i++)
		if (args[i])
			return 0;
	return 1;
}

int setenv(const char *name, const char *value, int overwrite);

static void exec_lazily(void)
{
	char *argv[] = { "/tests/xv6", "lazy", 0 };

	setenv("XV6_SBRK", "lazy", 1);
	exec(argv[0], argv);
	exit(1);
}

/* sbrk as in the lab that makes it lazy: => 0: 2 GiB were promised, and returned. */
static int all_is_lazy(void)
{
	char *a = sbrk(1 << 30), *b = sbrk(1 << 30);
	int ok = a != SBRK_ERROR && b == a + (1 << 30);

	for (int i = 0; i < 32 && ok; i++)
		a[(uint64)i << 26] = (char)i;
	for (int i = 0; i < 32 && ok; i++)
		ok = a[(uint64)i << 26] == i;
	ok = ok && sbrk(-(1 << 30)) == b + (1 << 30) && sbrk(0) == b;
	lazy = a;
	return ok && child(unmap_and_touch) == -1 ? 0 : 1;
}

static void test_memory(void)
{
	char *a = sbrk(0), *b;
	int ok = 1;

	for (int i = 0; i < 5000 && ok; i++) {
		b = sbrk(1);
		ok = b == a;
		*b = 1;
		a = b + 1;
	}
	check(ok, "sbrk by bytes");
	check(room_behind_arrays(), "a page behind the program's arrays");
	check(sbrk(1024 * 1024 * 1024) == SBRK_ERROR, "sbrk of too much");
	check(sbrk(-10) == a && sbrk(0) == a - 10, "sbrk back");
	a = sbrk(0);
	check(sbrk(-(int)((uint64)a + 1)) == a && sbrk(0) == a, "sbrk below nothing");
	a = sbrklazy(1024 * 1024 * 1024);
	ok = a != SBRK_ERROR;
	for (int i = 0; i < 16 && ok; i++)
		a[(uint64)i << 26] = (char)i;
	for (int i = 0; i < 16 && ok; i++)
		ok = a[(uint64)i << 26] == i;
	lazy = a;
	check(ok && child(unmap_and_touch) == -1, "fork of a lazy heap, returned");
	check(ok && a[1 << 26] == 1 && sbrk(-1024 * 1024 * 1024) != SBRK_ERROR, "sbrklazy");
	a = malloc(100000);
	check(a != 0, "malloc");
	free(a);
	check(child(heap_to_its_end) == 0, "a heap up to TRAPFRAME");
	check(child(malloc_until_none) == 0, "malloc fails in the end, and free gives back");
	check(child(sbrk_until_none) == 0, "exec with the heap at its limit");
	check(child(exec_lazily) == 0, "XV6_SBRK=lazy");
}

int main(int argc, char *argv[])
{
	if (argc > 1 && strcmp(argv[1], "lazy") == 0)
		return all_is_lazy();
	chdir("/");
	test_processes();
	test_bad_addresses();
	test_names();
	test_directories();
	test_files();
	test_memory();
	exit(failed);
}
