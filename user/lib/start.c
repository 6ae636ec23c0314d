// SPDX-License-Identifier: MIT
/*
 * start.c - from the kernel's stack image to main(), and from exit() back to the kernel.
 *
 * The main thread's struct __tcb and its __thread variables lie at the bottom of its stack,
 * so that errno works before any memory is allocated.  tp points between the two; clone gives
 * every further thread its own.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "sys.h"

#define NR_ATEXIT 32

char **environ;
const char *__progname = "?";

extern void (*__init_array_start[])(void) WEAK;
extern void (*__init_array_end[])(void) WEAK;
extern void (*__fini_array_start[])(void) WEAK;
extern void (*__fini_array_end[])(void) WEAK;
int main(int argc, char **argv, char **envp);
WEAK void __stdio_exit(void) {}

static void (*at_exit[NR_ATEXIT])(void);
static int nr_at_exit;

void *__thread_area(char *top)
{
	char *tp = (char *)(((uintptr_t)top - (size_t)__tls_size) & -TLS_ALIGN);

	memcpy(tp, __tdata_start, (size_t)__tdata_size);
	memset(tp + (size_t)__tdata_size, 0, (size_t)__tls_size - (size_t)__tdata_size);
	return tp;
}

__attribute__((noreturn, used)) void __libc_start(long *sp)
{
	int argc = (int)sp[0];
	char **argv = (char **)(sp + 1), *area = __builtin_alloca(THREAD_AREA);
	struct __tcb *tp = __thread_area(area + THREAD_AREA), *t = tp - 1;

	*t = (struct __tcb){ .self = t };
	__asm__ volatile("mv tp, %0" : : "r"(tp) : "memory");
	environ = argv + argc + 1;
	if (argc > 0 && argv[0]) {
		const char *slash = strrchr(argv[0], '/');

		__progname = slash ? slash + 1 : argv[0];
	}
	for (void (**f)(void) = __init_array_start; f != __init_array_end; f++)
		(*f)();
	exit(main(argc, argv, environ));
}

int atexit(void (*fn)(void))
{
	if (nr_at_exit == NR_ATEXIT)
		return -1;
	at_exit[nr_at_exit++] = fn;
	return 0;
}

void exit(int status)
{
	while (nr_at_exit > 0)
		at_exit[--nr_at_exit]();
	for (void (**f)(void) = __fini_array_end; f != __fini_array_start;)
		(*--f)();
	__stdio_exit();
	_exit(status);
}

void _exit(int status)
{
	for (;;)
		__sys_exit_group(status);
}

void _Exit(int status)
{
	_exit(status);
}

int *__errno_location(void)
{
	return &__self()->err;
}

long __set_errno(long ret)
{
	__self()->err = (int)-ret;
	return -1;
}
