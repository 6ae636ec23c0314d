// SPDX-License-Identifier: MIT
/* sys/wait.h - the end of children. */
#ifndef SYS_WAIT_H
#define SYS_WAIT_H

#include <sys/types.h>
#include "uapi/sched.h"

#define WIFEXITED(s)	(((s) & 0x7f) == 0)
#define WEXITSTATUS(s)	(((s) >> 8) & 0xff)
#define WIFSIGNALED(s)	(((s) & 0x7f) != 0 && ((s) & 0x7f) != 0x7f)
#define WTERMSIG(s)	((s) & 0x7f)
#define WIFSTOPPED(s)	(((s) & 0xff) == 0x7f)
#define WSTOPSIG(s)	(((s) >> 8) & 0xff)

#define WIFCONTINUED(s)	((s) == 0xffff)
#define WCOREDUMP(s)	((void)(s), 0)	/* none is written */

pid_t wait(int *status);
pid_t waitpid(pid_t pid, int *status, int options);
pid_t wait3(int *status, int options, struct rusage *usage);	/* the times only */
pid_t wait4(pid_t pid, int *status, int options, struct rusage *usage);

#endif
