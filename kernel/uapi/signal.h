// SPDX-License-Identifier: MIT
/* signal.h - signal numbers and structures; the values of Linux's generic table. */
#ifndef UAPI_SIGNAL_H
#define UAPI_SIGNAL_H

#define SIGHUP		1
#define SIGINT		2
#define SIGQUIT		3
#define SIGILL		4
#define SIGTRAP		5
#define SIGABRT		6
#define SIGBUS		7
#define SIGFPE		8
#define SIGKILL		9
#define SIGUSR1		10
#define SIGSEGV		11
#define SIGUSR2		12
#define SIGPIPE		13
#define SIGALRM		14
#define SIGTERM		15
#define SIGCHLD		17
#define SIGCONT		18
#define SIGSTOP		19
#define SIGTSTP		20
#define SIGTTIN		21
#define SIGTTOU		22
#define SIGURG		23
#define SIGXCPU		24
#define SIGXFSZ		25
#define SIGVTALRM	26
#define SIGPROF		27
#define SIGWINCH	28
#define SIGIO		29
#define SIGSYS		31
#define NSIG		32

#define SIG_DFL		0UL
#define SIG_IGN		1UL

#define SA_NOCLDSTOP	0x1		/* SIGCHLD at the end of children only */
#define SA_NOCLDWAIT	0x2
#define SA_SIGINFO	0x4
#define SA_ONSTACK	0x08000000
#define SA_RESTART	0x10000000
#define SA_NODEFER	0x40000000
#define SA_RESETHAND	0x80000000u

#define SIG_BLOCK	0
#define SIG_UNBLOCK	1
#define SIG_SETMASK	2

#define SS_ONSTACK	1
#define SS_DISABLE	2
#define MINSIGSTKSZ	2048

#define SEGV_MAPERR	1
#define SEGV_ACCERR	2
#define BUS_ADRALN	1
#define BUS_ADRERR	2
#define ILL_ILLOPC	1
#define TRAP_BRKPT	1
#define SI_USER		0
#define SI_KERNEL	128

#ifndef __ASSEMBLER__
typedef unsigned long sigset_t;

struct sigaction_abi {
	unsigned long handler;		/* SIG_DFL, SIG_IGN, or void (*)(int, siginfo_t *, void *) */
	unsigned long flags;
	unsigned long restorer;		/* the library's sigreturn stub */
	sigset_t mask;
};

struct altstack {			/* sigaltstack */
	unsigned long ss_sp;
	int ss_flags, pad;		/* SS_* */
	unsigned long ss_size;
};

struct siginfo_abi {
	int si_signo, si_errno, si_code, pad;
	unsigned long si_addr;		/* SIGSEGV, SIGBUS, SIGILL */
	int si_pid, si_status;
};

/* What lies on the user's stack while a handler runs; sigreturn restores it. */
struct sigframe_abi {
	struct siginfo_abi info;
	sigset_t mask;
	unsigned long pc;
	unsigned long regs[31];		/* x1 .. x31 */
	unsigned long fpvalid;
	unsigned long fp[32];
	unsigned long fcsr;
};
#endif

#endif
