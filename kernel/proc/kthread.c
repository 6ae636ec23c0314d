// SPDX-License-Identifier: MIT
/*
 * kthread.c - threads of the kernel, and the first of all programs.
 *
 * A kernel thread has no address space, no files and no signals; it borrows the
 * address space of whoever ran before it (see sched.c).  It ends by returning from
 * its function, and nobody waits for it.
 *
 * Pid 1 begins as such a thread, because mounting the root sleeps and needs a task.
 * Then it opens the console as its descriptors 0, 1 and 2, becomes /bin/init by
 * exec, and leaves through entry.S for user mode, never to return here.
 */
#include "fs/vfs.h"
#include "lib/late_init.h"
#include "lib/fdt.h"
#include "lib/printk.h"
#include "lib/string.h"
#include "proc/proc_internal.h"
#include "riscv/boot.h"
#include "riscv/sbi.h"
#include "riscv/trap.h"
#include "uapi/fcntl.h"
#ifdef CONFIG_KTEST
#include "tests/kernel/ktest.h"
#endif

struct task *init_task;

static struct task *kthread_make(const char *name, void (*fn)(void *arg), void *arg)
{
	struct task *t = task_alloc();

	if (!t)
		return NULL;
	t->kthread = true;
	strlcpy(t->comm, name, sizeof(t->comm));
	t->ctx.ra = (u64)kthread_start;
	t->ctx.s[0] = (u64)fn;
	t->ctx.s[1] = (u64)arg;
	t->start_ns = time_ns();
	return t;
}

struct task *kthread_create(const char *name, void (*fn)(void *arg), void *arg)
{
	struct task *t = kthread_make(name, fn, arg);
	unsigned long flags;

	if (!t)
		return ERR_PTR(-ENOMEM);
	flags = pid_lock_irq();
	t->pid = t->tgid = pid_alloc();
	task_get(t);
	pid_insert(t);
	pid_unlock_irq(flags);
	wake_new_task(t);
	return t;
}

static __noreturn void init_thread(void *arg __maybe_unused)
{
	static char path[64] = "/bin/init";	/* "init=PATH" in bootargs: another first program */
	static char *const argv[] = { path, NULL };
	static char *const envp[] = { "PATH=/bin", "HOME=/", "TERM=vt100", NULL };
	struct file *console;
	int err;

	boot_late();
	mount_root();
	run_late_inits();
#ifdef CONFIG_KTEST
	ktest_run();
#endif
	for (int tries = 0; tries < 10; tries++) {
		console = file_open("/dev/console", O_RDWR, 0);
		if (PTR_ERR(console) != -ENOMEM)
			break;
	}
	if (IS_ERR(console)) {
		printk_loud("init: cannot open /dev/console: error %ld\n", -PTR_ERR(console));
	} else {
		for (int fd = 0; fd < 3; fd++)
			fd_install(file_get(console), false);
		file_put(console);
	}
	boot_arg("init", path, sizeof(path));
	/* What is short of memory now has it when others have ended: page_init, the disk. */
	for (int tries = 0; (err = do_exec(path, argv, envp)) == -ENOMEM && tries < 10; tries++)
		sleep_ns(10 * NSEC_PER_MSEC, false);
	if (err) {
		printk_loud("init: cannot run %s: error %d; is the image complete?\n", path, -err);
		machine_poweroff(1);
	}
	enter_user();
}

void start_init(void)
{
	struct task *t = kthread_make("init", init_thread, NULL);
	unsigned long flags;

	procinfo_init();
	if (t) {
		t->kthread = false;
		t->sighand = sighand_alloc();
		t->files = files_alloc();
		t->fs = fs_info_alloc();
	}
	if (!t || !t->sighand || !t->files || !t->fs)
		panic("no memory for the first process");
	t->sighand->leader = t;
	rlimits_init(t->sighand->rlimit, t->sighand->rlimit_hard);
	t->exit_signal = SIGCHLD;
	flags = pid_lock_irq();
	t->pid = t->tgid = t->pgid = t->sid = 1;
	task_get(t);
	init_task = t;
	pid_insert(t);
	pid_unlock_irq(flags);
	wake_new_task(t);
}
