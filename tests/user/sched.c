// SPDX-License-Identifier: MIT
/* sched.c - sharing the harts: yielding, sleeping, priorities, affinity, clocks, limits. */
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/times.h>
#include <sys/utsname.h>
#include <time.h>
#include "test.h"

long __sys_sleep(int ticks);
long __sys_uptime(void);

static long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

TEST(ping_pong)
{
	int a[2], b[2], status;
	char c = 'x';
	pid_t pid;

	CHECK(pipe(a) == 0 && pipe(b) == 0);
	pid = fork();
	if (pid == 0) {
		for (int i = 0; i < 2000; i++)
			if (read(a[0], &c, 1) != 1 || write(b[1], &c, 1) != 1)
				_exit(1);
		_exit(0);
	}
	CHECK(pid > 0);
	close(a[0]);
	close(b[1]);				/* a child that is killed writes nothing */
	for (int i = 0; i < 2000; i++)
		CHECK(write(a[1], &c, 1) == 1 && read(b[0], &c, 1) == 1);
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	close(a[1]);
	close(b[0]);
}

TEST(yield)
{
	int status;
	pid_t pid = fork();

	for (int i = 0; i < 2000; i++)
		sched_yield();
	if (pid == 0)
		_exit(0);
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
}

/* Somebody who computes all the time does not keep others waiting for long. */
TEST(hog_is_preempted)
{
	pid_t hog[3];
	int status;
	long t;

	for (int i = 0; i < 3; i++) {
		hog[i] = fork();
		CHECK(hog[i] >= 0);
		if (hog[i] == 0)
			for (;;)
				;
	}
	t = now_ms();
	for (int i = 0; i < 5; i++)
		usleep(10000);
	t = now_ms() - t;
	for (int i = 0; i < 3; i++) {
		kill(hog[i], SIGKILL);
		CHECK(waitpid(hog[i], &status, 0) == hog[i]);
	}
	CHECK(t < 1500);
	printf("  5 sleeps of 10 ms beside 3 hogs: %ld ms\n", t);
}

TEST(nice_gets_less)
{
	volatile long *n = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid[2];
	int status;

	for (int i = 0; i < 2; i++) {
		pid[i] = fork();
		CHECK(pid[i] >= 0);
		if (pid[i] == 0) {
			sched_setaffinity(0, 1);
			setpriority(0, i ? 19 : -10);
			for (;;)
				n[i * 8]++;
		}
	}
	sleep(1);
	for (int i = 0; i < 2; i++) {
		kill(pid[i], SIGKILL);
		CHECK(waitpid(pid[i], &status, 0) == pid[i]);
	}
	CHECK(n[8] > 0);
	CHECK(n[0] > 2 * n[8]);
	munmap((void *)n, 4096);
}

TEST(sleeping)
{
	long t = now_ms();
	long ticks = __sys_uptime();

	CHECK_EQ(__sys_sleep(2), 0);
	t = now_ms() - t;
	CHECK(t >= 200 && t < 1000);
	CHECK(__sys_uptime() - ticks >= 2);
	CHECK_EQ(__sys_sleep(0), 0);
	CHECK_EQ(__sys_sleep(-1), 0);
	CHECK(nanosleep(&(struct timespec){ 0, 2000000000 }, NULL) < 0 && errno == EINVAL);
	CHECK(nanosleep((void *)8, NULL) < 0 && errno == EFAULT);
}

TEST(affinity)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);
	int status;

	if (fork() == 0) {
		for (int h = 0; h < n; h++) {
			if (sched_setaffinity(0, 1UL << h) != 0)
				_exit(1);
			for (int i = 0; i < 20; i++) {
				if (sched_getcpu() != h)
					_exit(2);
				i % 5 ? sched_yield() : usleep(1000);
			}
		}
		_exit(0);
	}
	CHECK(wait(&status) > 0);
	CHECK_EQ(status, 0);
	CHECK(sched_setaffinity(0, 0) < 0 && errno == EINVAL);
	CHECK(sched_setaffinity(999999, 1) < 0 && errno == ESRCH);
}

TEST(clocks)
{
	struct timespec a, b;
	struct tms t;

	CHECK(clock_gettime(CLOCK_MONOTONIC, &a) == 0 && clock_gettime(CLOCK_MONOTONIC, &b) == 0);
	CHECK(b.tv_sec > a.tv_sec || (b.tv_sec == a.tv_sec && b.tv_nsec >= a.tv_nsec));
	CHECK(clock_gettime(CLOCK_REALTIME, &a) == 0);
	CHECK(clock_gettime(77, &a) < 0 && errno == EINVAL);
	CHECK(clock_gettime(CLOCK_REALTIME, (void *)8) < 0 && errno == EFAULT);
	for (long t0 = now_ms(); now_ms() - t0 < 100;)
		;
	CHECK(times(&t) >= 0);
	CHECK(t.tms_utime + t.tms_stime >= 5);
}

TEST(priorities)
{
	int was = getpriority(PRIO_PROCESS, 0);

	CHECK_EQ(was, 0);
	CHECK(setpriority(0, 7) == 0);
	CHECK_EQ(getpriority(PRIO_PROCESS, 0), 7);
	CHECK(setpriority(0, -100) == 0);
	CHECK_EQ(getpriority(PRIO_PROCESS, 0), -20);
	CHECK(setpriority(0, 0) == 0);
	CHECK(setpriority(999999, 1) < 0 && errno == ESRCH);
}

TEST(limits)
{
	struct rlimit r, was;

	CHECK(getrlimit(RLIMIT_STACK, &was) == 0);
	r = was;
	r.rlim_cur = 1 << 20;
	CHECK(setrlimit(RLIMIT_STACK, &r) == 0);
	CHECK(getrlimit(RLIMIT_STACK, &r) == 0);
	CHECK_EQ(r.rlim_cur, 1 << 20);
	CHECK(setrlimit(RLIMIT_STACK, &was) == 0);
	CHECK(getrlimit(99, &r) < 0 && errno == EINVAL);
	CHECK(getrlimit(RLIMIT_AS, (void *)8) < 0 && errno == EFAULT);
	r.rlim_cur = 5;
	r.rlim_max = 4;
	CHECK(setrlimit(RLIMIT_AS, &r) < 0 && errno == EINVAL);
}

TEST(names_and_numbers)
{
	unsigned char a[64] = { 0 }, b[64] = { 0 };
	struct utsname u;

	CHECK(uname(&u) == 0 && strcmp(u.machine, "riscv64") == 0);
	CHECK(uname((void *)8) < 0 && errno == EFAULT);
	CHECK(getrandom(a, sizeof(a), 0) == sizeof(a) && getrandom(b, sizeof(b), 0) == sizeof(b));
	CHECK(memcmp(a, b, sizeof(a)) != 0);
	CHECK(getrandom((void *)8, 4, 0) < 0 && errno == EFAULT);
}

int main(void)
{
	RUN(ping_pong);
	RUN(yield);
	RUN(hog_is_preempted);
	RUN(nice_gets_less);
	RUN(sleeping);
	RUN(affinity);
	RUN(clocks);
	RUN(priorities);
	RUN(limits);
	RUN(names_and_numbers);
	return test_end();
}
