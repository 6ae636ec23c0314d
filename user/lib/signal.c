// SPDX-License-Identifier: MIT
/*
 * signal.c - handlers.
 *
 * The kernel starts a handler with a return address that this library gave it: the stub
 * __sigreturn (machine.S), so no code ever lies on the stack.
 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/times.h>
#include <unistd.h>
#include "sys.h"

_Static_assert(sizeof(struct sigaction) == sizeof(struct sigaction_abi), "sigaction");
_Static_assert(sizeof(stack_t) == sizeof(struct altstack), "stack_t");
_Static_assert(sizeof(siginfo_t) == sizeof(struct siginfo_abi), "siginfo");

int sigaction(int sig, const struct sigaction *restrict act, struct sigaction *restrict old)
{
	struct sigaction copy;

	if (act) {
		copy = *act;
		copy.sa_restorer = __sigreturn;
	}
	return (int)__ret(__sys_sigaction(sig, act ? &copy : NULL, old));
}

sighandler_t signal(int sig, sighandler_t fn)
{
	struct sigaction sa = { .sa_handler = fn, .sa_flags = SA_RESTART }, old;

	return sigaction(sig, &sa, &old) < 0 ? SIG_ERR : old.sa_handler;
}

/* The bit of a signal; 0, and errno, if there is none. */
static sigset_t bit(int sig)
{
	if (sig >= 1 && sig < NSIG)
		return 1UL << (sig - 1);
	errno = EINVAL;
	return 0;
}

int sigaddset(sigset_t *s, int sig)
{
	*s |= bit(sig);
	return bit(sig) ? 0 : -1;
}

int sigdelset(sigset_t *s, int sig)
{
	*s &= ~bit(sig);
	return bit(sig) ? 0 : -1;
}

int sigismember(const sigset_t *s, int sig)
{
	return bit(sig) ? (*s & bit(sig)) != 0 : -1;
}

int sigwait(const sigset_t *restrict set, int *restrict sig)
{
	long r;

	do
		r = __sys_sigwaitinfo(set, NULL);
	while (r == -EINTR);
	if (r < 0)
		return (int)-r;
	*sig = (int)r;
	return 0;
}

int pause(void)
{
	sigset_t now;

	sigprocmask(SIG_BLOCK, NULL, &now);
	return sigsuspend(&now);
}

void __keep_mask(sigjmp_buf env, int save)
{
	env[26] = save != 0;
	if (save)
		__sys_sigprocmask(SIG_BLOCK, NULL, &env[27]);
}

void siglongjmp(sigjmp_buf env, int val)
{
	if (env[26])
		__sys_sigprocmask(SIG_SETMASK, &env[27], NULL);
	longjmp(env, val);
}
