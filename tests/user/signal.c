// SPDX-License-Identifier: MIT
/* signal.c - handlers, masks, faults, interrupted calls, timers. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <time.h>
#include "test.h"

long __sys_sigaction(int sig, const void *act, void *old);

static volatile sig_atomic_t got, got_code, got_pid;
static void *volatile got_addr;
static volatile char *page;

static void note(int sig)
{
	got = sig;
}

static void note_info(int sig, siginfo_t *info, void *context)
{
	(void)context;
	got = sig;
	got_code = info->si_code;
	got_addr = info->si_addr;
	got_pid = info->si_pid;
}

static void set(int sig, void (*fn)(int, siginfo_t *, void *), int flags)
{
	struct sigaction sa = { .sa_sigaction = fn, .sa_flags = SA_SIGINFO | flags };

	sigaction(sig, &sa, NULL);
}

TEST(handler_runs_and_returns)
{
	double x = 1.25 * getpid();
	long a = 0x55aa;

	got = 0;
	signal(SIGUSR1, note);
	asm volatile("" : "+r"(a), "+f"(x));
	CHECK(kill(getpid(), SIGUSR1) == 0);
	asm volatile("" : "+r"(a), "+f"(x));
	CHECK_EQ(got, SIGUSR1);
	CHECK(a == 0x55aa && x == 1.25 * getpid());
	signal(SIGUSR1, SIG_DFL);
}

static volatile double fp_junk;
static void use_fp(int sig)
{
	(void)sig;
	for (int i = 0; i < 10; i++)
		fp_junk = fp_junk * 1.5 + i;
}

/* A handler's floating point does not touch the program's. */
TEST(handler_keeps_floating_point)
{
	double a = 1.5, b = 2.5, c = 3.5;

	signal(SIGUSR1, use_fp);
	for (int i = 0; i < 100; i++) {
		asm volatile("" : "+f"(a), "+f"(b), "+f"(c));
		kill(getpid(), SIGUSR1);
		asm volatile("" : "+f"(a), "+f"(b), "+f"(c));
	}
	CHECK(a == 1.5 && b == 2.5 && c == 3.5);
	signal(SIGUSR1, SIG_DFL);
}

static void spoil_fs2(int sig)
{
	__asm__ volatile("fcvt.d.l fs2, %0" :: "r"(-(long)sig));
}

static void raise_and_compare(void)
{
	signal(SIGUSR1, spoil_fs2);
	for (long i = 0; i < 20000; i++) {
		long back;

		__asm__ volatile("fcvt.d.l fs2, %0" :: "r"(i));
		raise(SIGUSR1);
		__asm__ volatile("fcvt.l.d %0, fs2" : "=r"(back));
		if (back != i)
			_exit(2);
	}
}

/* The same while others take the hart at any moment. */
TEST(floating_point_and_preemption)
{
	pid_t hog = fork();

	if (hog == 0)
		for (;;)
			spoil_fs2(1);
	int status = run_child(raise_and_compare);

	kill(hog, SIGKILL);
	waitpid(hog, NULL, 0);
	CHECK_EQ(status, 0);
}

TEST(who_sent_it)
{
	set(SIGUSR2, note_info, 0);
	CHECK(kill(getpid(), SIGUSR2) == 0);
	CHECK_EQ(got, SIGUSR2);
	CHECK_EQ(got_pid, getpid());
	CHECK_EQ(got_code, SI_USER);
	signal(SIGUSR2, SIG_DFL);
}

TEST(wrong_arguments)
{
	struct sigaction sa = { .sa_handler = note };

	CHECK(sigaction(SIGKILL, &sa, NULL) < 0 && errno == EINVAL);
	CHECK(sigaction(SIGSTOP, &sa, NULL) < 0 && errno == EINVAL);
	CHECK(sigaction(0, &sa, NULL) < 0 && errno == EINVAL);
	CHECK(sigaction(99, &sa, NULL) < 0 && errno == EINVAL);
	CHECK(__sys_sigaction(SIGUSR1, (void *)8, NULL) == -EFAULT);
	CHECK(__sys_sigaction(SIGUSR1, NULL, (void *)-8L) == -EFAULT);
	CHECK(kill(getpid(), 64) < 0 && errno == EINVAL);
	CHECK(kill(999999, SIGTERM) < 0 && errno == ESRCH);
	CHECK(kill(getpid(), 0) == 0);
	CHECK(kill(1, SIGTERM) == 0);		/* init takes no notice */
	CHECK(sigprocmask(7, &(sigset_t){ 1 }, NULL) < 0 && errno == EINVAL);
	CHECK(sigprocmask(SIG_BLOCK, (sigset_t *)8, NULL) < 0 && errno == EFAULT);
}

TEST(blocked_until_unblocked)
{
	sigset_t s, old, pend;

	got = 0;
	signal(SIGUSR1, note);
	sigemptyset(&s);
	sigaddset(&s, SIGUSR1);
	CHECK(sigprocmask(SIG_BLOCK, &s, &old) == 0);
	CHECK(kill(getpid(), SIGUSR1) == 0 && kill(getpid(), SIGUSR1) == 0);
	CHECK_EQ(got, 0);
	CHECK(sigpending(&pend) == 0 && sigismember(&pend, SIGUSR1));
	CHECK(sigprocmask(SIG_SETMASK, &old, NULL) == 0);
	CHECK_EQ(got, SIGUSR1);
	CHECK(sigpending(&pend) == 0 && !sigismember(&pend, SIGUSR1));
	sigfillset(&s);
	CHECK(sigprocmask(SIG_BLOCK, &s, &old) == 0);
	CHECK(sigprocmask(SIG_SETMASK, &old, &s) == 0);
	CHECK(!sigismember(&s, SIGKILL) && !sigismember(&s, SIGSTOP));
	signal(SIGUSR1, SIG_DFL);
}

static volatile int depth, max_depth, sent;
static void nest(int sig)
{
	depth++;
	if (depth > max_depth)
		max_depth = depth;
	if (sent++ < 2)
		kill(getpid(), sig);
	depth--;
}

TEST(blocked_in_its_own_handler)
{
	struct sigaction sa = { .sa_handler = nest };

	max_depth = sent = 0;
	sigaction(SIGUSR1, &sa, NULL);
	kill(getpid(), SIGUSR1);
	CHECK_EQ(max_depth, 1);
	sa.sa_flags = SA_NODEFER;
	max_depth = sent = 0;
	sigaction(SIGUSR1, &sa, NULL);
	kill(getpid(), SIGUSR1);
	CHECK_EQ(max_depth, 3);
	sa.sa_handler = note;
	sa.sa_flags = SA_RESETHAND;
	sigaction(SIGUSR1, &sa, NULL);
	kill(getpid(), SIGUSR1);
	sigaction(SIGUSR1, NULL, &sa);
	CHECK(sa.sa_handler == SIG_DFL);
}

/* --- faults --- */

static void repair(int sig, siginfo_t *info, void *context)
{
	(void)context;
	got = sig;
	got_code = info->si_code;
	got_addr = info->si_addr;
	mprotect((void *)page, 4096, PROT_READ | PROT_WRITE);
}

TEST(handler_repairs_a_fault)
{
	page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(page != MAP_FAILED);
	set(SIGSEGV, repair, 0);
	got = 0;
	page[100] = 5;		/* faults, the handler permits it, and it is done again */
	CHECK_EQ(got, SIGSEGV);
	CHECK_EQ(got_code, SEGV_ACCERR);
	CHECK(got_addr == page + 100);
	CHECK_EQ(page[100], 5);
	signal(SIGSEGV, SIG_DFL);
	munmap((void *)page, 4096);
}

static void skip(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	note_info(sig, info, context);
	uc->pc += 4;
}

TEST(not_mapped)
{
	set(SIGSEGV, skip, 0);
	got = 0;
	asm volatile(".option push\n.option norvc\nsd zero, 0(%0)\n.option pop" : : "r"(0x40UL) : "memory");
	CHECK_EQ(got, SIGSEGV);
	CHECK_EQ(got_code, SEGV_MAPERR);
	CHECK(got_addr == (void *)0x40);
	asm volatile(".option push\n.option norvc\nld zero, 0(%0)\n.option pop" : : "r"(-64L) : "memory");
	CHECK(got_addr == (void *)-64L);
	signal(SIGSEGV, SIG_DFL);
}

TEST(bus_error)
{
	int fd = open("/tmp/bus", O_CREAT | O_TRUNC | O_RDWR, 0644);
	char *p = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	CHECK(fd >= 0 && p != MAP_FAILED && ftruncate(fd, 100) == 0);
	set(SIGBUS, skip, 0);
	got = 0;
	asm volatile(".option push\n.option norvc\nsb zero, 0(%0)\n.option pop" : : "r"(p + 5000) : "memory");
	CHECK_EQ(got, SIGBUS);
	CHECK_EQ(got_code, BUS_ADRERR);
	CHECK(got_addr == p + 5000);
	signal(SIGBUS, SIG_DFL);
	munmap(p, 8192);
	close(fd);
	unlink("/tmp/bus");
}

TEST(illegal_instruction)
{
	set(SIGILL, skip, 0);
	got = 0;
	asm volatile(".word 0xffffffff");
	CHECK_EQ(got, SIGILL);
	asm volatile(".option push\n.option norvc\ncsrr zero, satp\n.option pop");
	CHECK_EQ(got, SIGILL);
	signal(SIGILL, SIG_DFL);
}

static volatile int *volatile nowhere = (volatile int *)16;

static void die_store(void) { *nowhere = 1; }
static void die_jump(void) { ((void (*)(void))0x123450)(); }
static void die_illegal(void) { asm volatile(".word 0"); }
static void die_kernel(void) { *(volatile long *)0xffffffff80000000; }
static void die_stack(void) { asm volatile("li sp, 8\nsd zero, 0(sp)"); }
static void die_no_stack(void)
{
	signal(SIGUSR1, note);
	asm volatile("mv s1, sp\nli sp, 64\nli a7, 11\necall\nmv a0, a0\nli a1, 10\nli a7, 43\necall\nmv sp, s1"
		     : : : "a0", "a1", "a7", "s1", "memory");
}
/* A stack that has run over is no place for a handler; another one is. */
static jmp_buf out_of_it;
static stack_t *other_stack;
static void on_other_stack(int sig)
{
	char here;
	stack_t s;

	if (&here < (char *)other_stack->ss_sp || &here >= (char *)other_stack->ss_sp + other_stack->ss_size)
		_exit(20);
	if (sigaltstack(NULL, &s) != 0 || s.ss_flags != SS_ONSTACK || sigaltstack(&s, NULL) != -1)
		_exit(21);
	longjmp(out_of_it, sig);
}

static int recurse(int level)
{
	volatile char frame[4096];

	frame[0] = (char)level;
	return level < 1 << 20 ? recurse(level + 1) + frame[0] : 0;
}

TEST(alternate_stack)
{
	struct sigaction sa = { .sa_handler = on_other_stack, .sa_flags = SA_ONSTACK | SA_NODEFER };
	stack_t s = { .ss_sp = malloc(SIGSTKSZ), .ss_size = SIGSTKSZ }, old;

	other_stack = &s;
	CHECK(sigaltstack(NULL, &old) == 0 && old.ss_flags == SS_DISABLE);
	CHECK(sigaltstack((stack_t *)8, NULL) == -1 && errno == EFAULT);
	CHECK(sigaltstack(&(stack_t){ s.ss_sp, 0, 100 }, NULL) == -1 && errno == ENOMEM);
	CHECK(sigaltstack(&(stack_t){ s.ss_sp, 77, SIGSTKSZ }, NULL) == -1 && errno == EINVAL);
	CHECK(sigaltstack(&s, NULL) == 0 && sigaction(SIGSEGV, &sa, NULL) == 0);
	for (int i = 0; i < 3; i++)
		if (setjmp(out_of_it) == 0)
			recurse(0);
	CHECK(sigaltstack(NULL, &old) == 0 && old.ss_sp == s.ss_sp && old.ss_flags == 0);
	s.ss_flags = SS_DISABLE;
	CHECK(sigaltstack(&s, NULL) == 0 && sigaltstack(NULL, &old) == 0 && old.ss_flags == SS_DISABLE);
	signal(SIGSEGV, SIG_DFL);
	free(s.ss_sp);
}

static void die_loop(void)
{
	/* A handler that never repairs anything, on a stack that ends some day. */
	struct sigaction sa = { .sa_handler = note, .sa_flags = SA_NODEFER };

	sigaction(SIGSEGV, &sa, NULL);
	alarm(1);
	signal(SIGALRM, SIG_DFL);
	*nowhere = 1;
}

TEST(deaths)
{
	CHECK_EQ(run_child(die_store), SIGSEGV);
	CHECK_EQ(run_child(die_jump), SIGSEGV);
	CHECK_EQ(run_child(die_illegal), SIGILL);
	CHECK_EQ(run_child(die_kernel), SIGSEGV);
	CHECK_EQ(run_child(die_stack), SIGSEGV);
	CHECK_EQ(run_child(die_no_stack), SIGSEGV);
	CHECK_EQ(run_child(die_loop), SIGALRM);
}

/* --- calls that sleep --- */

static pid_t poke_me_later(int sig)
{
	pid_t me = getpid(), pid = fork();

	if (pid == 0) {
		usleep(30000);
		kill(me, sig);
		usleep(30000);
		_exit(0);
	}
	return pid;
}

TEST(interrupted_read)
{
	struct sigaction sa = { .sa_handler = note };
	int fd[2], status;
	char c;
	pid_t pid;

	CHECK(pipe(fd) == 0);
	sigaction(SIGUSR1, &sa, NULL);
	got = 0;
	pid = poke_me_later(SIGUSR1);
	CHECK(read(fd[0], &c, 1) < 0 && errno == EINTR);
	CHECK_EQ(got, SIGUSR1);
	CHECK(waitpid(pid, &status, 0) == pid);
	close(fd[0]);
	close(fd[1]);
	signal(SIGUSR1, SIG_DFL);
}

TEST(restarted_read)
{
	struct sigaction sa = { .sa_handler = note, .sa_flags = SA_RESTART };
	pid_t me = getpid(), pid;
	int fd[2], status;
	char c = 0;

	CHECK(pipe(fd) == 0);
	sigaction(SIGUSR1, &sa, NULL);
	got = 0;
	pid = fork();
	if (pid == 0) {
		usleep(30000);
		kill(me, SIGUSR1);
		usleep(30000);
		write(fd[1], "z", 1);
		_exit(0);
	}
	CHECK(pid > 0);
	close(fd[1]);				/* a child that has no memory writes nothing */
	CHECK(read(fd[0], &c, 1) == 1 && c == 'z');
	CHECK_EQ(got, SIGUSR1);
	CHECK(waitpid(pid, &status, 0) == pid);
	close(fd[0]);
	signal(SIGUSR1, SIG_DFL);
}

TEST(interrupted_sleep)
{
	struct timespec ts = { 5, 0 };
	int status;

	signal(SIGUSR1, note);		/* SA_RESTART, yet a sleep is not started anew */
	poke_me_later(SIGUSR1);
	CHECK(nanosleep(&ts, &ts) < 0 && errno == EINTR);
	CHECK(ts.tv_sec == 4);
	CHECK(wait(&status) > 0);
	signal(SIGUSR1, SIG_DFL);
}

TEST(ignored_signals_do_not_interrupt)
{
	struct timespec ts = { 0, 100000000 };
	int status;

	signal(SIGUSR1, SIG_IGN);
	poke_me_later(SIGUSR1);
	CHECK(nanosleep(&ts, NULL) == 0);
	CHECK(wait(&status) > 0);
	signal(SIGUSR1, SIG_DFL);
	/* SIGCHLD, nobody listening, does not either. */
	if (fork() == 0)
		_exit(0);
	CHECK(nanosleep(&ts, NULL) == 0);
	CHECK(wait(&status) > 0);
}

TEST(suspend)
{
	sigset_t s, old;
	int status;

	signal(SIGUSR1, note);
	sigemptyset(&s);
	sigaddset(&s, SIGUSR1);
	sigprocmask(SIG_BLOCK, &s, &old);
	got = 0;
	poke_me_later(SIGUSR1);
	CHECK(sigsuspend(&old) < 0 && errno == EINTR);
	CHECK_EQ(got, SIGUSR1);
	sigprocmask(SIG_SETMASK, &old, &s);
	CHECK(sigismember(&s, SIGUSR1));	/* sigsuspend has put the mask back */
	CHECK(wait(&status) > 0);
	signal(SIGUSR1, SIG_DFL);
}

TEST(child_tells_parent)
{
	int status;
	pid_t pid;

	set(SIGCHLD, note_info, SA_RESTART);
	got = 0;
	pid = fork();
	if (pid == 0)
		_exit(3);
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK_EQ(got, SIGCHLD);
	CHECK_EQ(got_pid, pid);
	signal(SIGCHLD, SIG_DFL);
}

TEST(alarm_clock)
{
	signal(SIGALRM, note);
	got = 0;
	CHECK_EQ(alarm(100), 0);
	CHECK_EQ(alarm(1), 100);
	while (!got)
		pause();
	CHECK_EQ(got, SIGALRM);
	alarm(50);
	CHECK_EQ(alarm(0), 50);
	signal(SIGALRM, SIG_DFL);
}

TEST(a_spinning_process_dies)
{
	int status;
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid == 0)
		for (;;)
			;
	usleep(20000);
	CHECK(kill(pid, SIGINT) == 0);
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK_EQ(status, SIGINT);
}

TEST(storm)
{
	pid_t me = getpid(), pid;
	int status;

	signal(SIGUSR1, note);
	pid = fork();
	if (pid == 0) {
		for (int i = 0; i < 3000; i++)
			kill(me, SIGUSR1);
		_exit(0);
	}
	while (waitpid(pid, &status, WNOHANG) == 0)
		;
	CHECK_EQ(status, 0);
	signal(SIGUSR1, SIG_DFL);
}

int main(void)
{
	RUN(handler_runs_and_returns);
	RUN(handler_keeps_floating_point);
	RUN(floating_point_and_preemption);
	RUN(who_sent_it);
	RUN(wrong_arguments);
	RUN(blocked_until_unblocked);
	RUN(blocked_in_its_own_handler);
	RUN(handler_repairs_a_fault);
	RUN(not_mapped);
	RUN(bus_error);
	RUN(illegal_instruction);
	RUN(deaths);
	RUN(interrupted_read);
	RUN(restarted_read);
	RUN(interrupted_sleep);
	RUN(ignored_signals_do_not_interrupt);
	RUN(suspend);
	RUN(child_tells_parent);
	RUN(alarm_clock);
	RUN(a_spinning_process_dies);
	RUN(alternate_stack);
	RUN(storm);
	return test_end();
}
