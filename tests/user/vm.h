// SPDX-License-Identifier: MIT
/*
 * vm.h - what the tests of virtual memory share: does a touch fault, and how; what is
 * free; are the kernel's own invariants true.
 */
#ifndef TESTS_USER_VM_H
#define TESTS_USER_VM_H

#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include "rows.h"

#define PAGE	4096UL
#define RW	(PROT_READ | PROT_WRITE)
#define ANON	(MAP_PRIVATE | MAP_ANONYMOUS)

static jmp_buf vm_fault;
static volatile int vm_signal, vm_code;
static void *volatile vm_addr;

static void vm_caught(int sig, siginfo_t *info, void *context)
{
	(void)context;
	vm_signal = sig;
	vm_code = info->si_code;
	vm_addr = (void *)info->si_addr;
	longjmp(vm_fault, 1);
}

static void vm_catch(void)
{
	struct sigaction sa;

	memset(&sa, 0, sizeof(sa));
	sa.sa_sigaction = vm_caught;
	sa.sa_flags = SA_SIGINFO | SA_NODEFER;
	sigaction(SIGSEGV, &sa, NULL);
	sigaction(SIGBUS, &sa, NULL);
}

/* The signal that a load (or store) at p raises, 0 for none; vm_code and vm_addr tell more. */
static int __attribute__((unused)) touch(volatile char *p, int write)
{
	vm_signal = 0;
	vm_catch();
	if (setjmp(vm_fault) == 0) {
		if (write)
			*p = 1;
		else
			(void)*p;
	}
	return vm_signal;
}

/* 1 if /proc/PID/check of this process finds nothing. */
static int __attribute__((unused)) vm_ok(void)
{
	char text[512];
	int fd = open("/proc/self/check", O_RDONLY), n;

	if (fd < 0)
		return 0;
	n = (int)read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n < 0)
		return 0;
	text[n] = '\0';
	if (strcmp(text, "ok\n") == 0)
		return 1;
	printf("%s", text);
	return 0;
}

/* A number of /proc/meminfo or /proc/self/status, in KiB; -1: not there. */
static long __attribute__((unused)) vm_number(const char *file, const char *name)
{
	static char text[8192];
	int fd = open(file, O_RDONLY), n = 0, k;
	char *p;

	if (fd < 0)
		return -1;
	while (n < (int)sizeof(text) - 1 && (k = (int)read(fd, text + n, sizeof(text) - 1 - (size_t)n)) > 0)
		n += k;
	close(fd);
	text[n] = '\0';
	for (p = text; p != NULL && *p != '\0'; p = strchr(p, '\n'), p = p ? p + 1 : p)
		if (strncmp(p, name, strlen(name)) == 0 && p[strlen(name)] == ':')
			return strtol(p + strlen(name) + 1, NULL, 10);
	return -1;
}

static long __attribute__((unused)) vm_free_kib(void)
{
	return vm_number("/proc/meminfo", "MemFree");
}

static __attribute__((unused)) char *vm_map(unsigned long pages, int prot, int flags)
{
	char *p = mmap(NULL, pages * PAGE, prot, flags, -1, 0);

	FAIL_IF(p == MAP_FAILED);
	return p;
}

/* A file of n pages, page i filled with byte 'A' + i; open for reading and writing. */
static __attribute__((unused)) int vm_file(const char *name, int pages)
{
	static char page[PAGE];
	int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);

	FAIL_IF(fd < 0);
	for (int i = 0; i < pages; i++) {
		memset(page, 'A' + i, sizeof(page));
		FAIL_IF(write(fd, page, sizeof(page)) != (ssize_t)sizeof(page));
	}
	return fd;
}

/* Ends this child as its parent's row wants: 0, or the row has failed. */
static int __attribute__((unused)) vm_wait(void)
{
	int status = -1;

	wait(&status);
	return status;
}

#endif
