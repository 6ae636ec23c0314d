// SPDX-License-Identifier: MIT
/* sig_internal.h - what sending (sigsend.c) and taking (signal.c) of signals share. */
#ifndef PROC_SIG_INTERNAL_H
#define PROC_SIG_INTERNAL_H

#include "proc/proc_internal.h"

#define IGNORED_BY_DEFAULT (SIG_BIT(SIGCHLD) | SIG_BIT(SIGCONT) | SIG_BIT(SIGURG) | SIG_BIT(SIGWINCH))
#define STOPS_BY_DEFAULT (SIG_BIT(SIGSTOP) | SIG_BIT(SIGTSTP) | SIG_BIT(SIGTTIN) | SIG_BIT(SIGTTOU))

/* => sighand->lock held, for all that follows */
void pend_add(struct sigpending *p, int sig, const struct siginfo_abi *info);
void pend_take(struct sigpending *p, int sig, struct siginfo_abi *info);
void pend_drop(struct sigpending *p, sigset_t set);
/* Make t look at its signals soon; fatal: even if it is stopped. */
void signal_wake(struct task *t, bool fatal);

/* => pid_lock held */
#define for_each_thread(t, first) \
	for (t = (first); t; t = list_next(t, threads) == (first) ? NULL : list_next(t, threads))

#endif
