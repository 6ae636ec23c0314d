// SPDX-License-Identifier: MIT
/* signal.h - signals. */
#ifndef SIGNAL_H
#define SIGNAL_H

#include <sys/types.h>
#include "uapi/signal.h"

#undef SIG_DFL
#undef SIG_IGN
#define SIG_DFL		((void (*)(int))0)
#define SIG_IGN		((void (*)(int))1)
#define SIG_ERR		((void (*)(int))-1)

typedef void (*sighandler_t)(int);
typedef volatile int sig_atomic_t;

typedef struct {		/* = struct siginfo_abi */
	int si_signo, si_errno, si_code, __pad;
	void *si_addr;
	int si_pid, si_status;
} siginfo_t;

/* The third argument of a SA_SIGINFO handler: the interrupted registers, which
 * sigreturn restores; a handler may change them (pc, to go on elsewhere). */
typedef struct sigframe_abi ucontext_t;

typedef struct {		/* = struct altstack */
	void *ss_sp;
	int ss_flags;
	size_t ss_size;
} stack_t;
#define SIGSTKSZ	16384

struct sigaction {
	union {
		void (*sa_handler)(int);
		void (*sa_sigaction)(int, siginfo_t *, void *);
	};
	unsigned long sa_flags;
	void (*sa_restorer)(void);	/* the library's */
	sigset_t sa_mask;
};

int sigaction(int sig, const struct sigaction *restrict act, struct sigaction *restrict old);
sighandler_t signal(int sig, sighandler_t fn);
int sigprocmask(int how, const sigset_t *restrict set, sigset_t *restrict old);
int sigpending(sigset_t *set);
int sigsuspend(const sigset_t *mask);
int sigaltstack(const stack_t *restrict new, stack_t *restrict old);
int kill(pid_t pid, int sig);
int killpg(pid_t pgid, int sig);
int tgkill(pid_t tgid, pid_t tid, int sig);
int raise(int sig);
/* Take one of set, which is to be blocked, and wait for it if need be. */
int sigwait(const sigset_t *restrict set, int *restrict sig);
int sigwaitinfo(const sigset_t *restrict set, siginfo_t *restrict info);
int pthread_sigmask(int how, const sigset_t *restrict set, sigset_t *restrict old);
int pthread_kill(pthread_t t, int sig);
void psignal(int sig, const char *what);
static inline int sigemptyset(sigset_t *s) { *s = 0; return 0; }
static inline int sigfillset(sigset_t *s) { *s = ~0UL; return 0; }
/* EINVAL: there is no such signal */
int sigaddset(sigset_t *s, int sig);
int sigdelset(sigset_t *s, int sig);
int sigismember(const sigset_t *s, int sig);

#endif
