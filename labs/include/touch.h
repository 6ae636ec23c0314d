// SPDX-License-Identifier: MIT
/* touch.h - what a load or store raises. */
#ifndef LAB_TOUCH_H
#define LAB_TOUCH_H

#include <setjmp.h>
#include <signal.h>

static jmp_buf touch_back;
static volatile int touch_signal, touch_code;

static void touch_caught(int sig, siginfo_t *info, void *context)
{
	(void)context;
	touch_signal = sig;
	touch_code = info->si_code;
	longjmp(touch_back, 1);
}

/* The signal that a load (write: a store of 1) at p raises, 0 for none. */
static int __attribute__((unused)) touch(volatile void *p, int write)
{
	struct sigaction sa;

	memset(&sa, 0, sizeof(sa));
	sa.sa_sigaction = touch_caught;
	sa.sa_flags = SA_SIGINFO | SA_NODEFER;
	sigaction(SIGSEGV, &sa, NULL);
	sigaction(SIGBUS, &sa, NULL);
	touch_signal = touch_code = 0;
	if (setjmp(touch_back) == 0) {
		if (write)
			*(volatile char *)p = 1;
		else
			(void)*(volatile char *)p;
	}
	signal(SIGSEGV, SIG_DFL);
	signal(SIGBUS, SIG_DFL);
	return touch_signal;
}

#endif
