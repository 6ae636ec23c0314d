// SPDX-License-Identifier: MIT
// run: debug
/* threads.c - threads of one process, and the futex beneath their locks. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/mman.h>
#include <thread.h>
#include <time.h>
#include "test.h"

long __sys_futex(volatile int *addr, int op, int val, const struct timespec *ts,
                 volatile int *addr2, int v3);
long __sys_exit(int code);

static void *add_one(void *arg)
{
	__atomic_fetch_add((int *)arg, 1, __ATOMIC_RELAXED);
	return arg;
}

TEST(create_and_join)
{
	int n = 0;
	void *result;
	thread_t t;

	CHECK(thread_create(&t, add_one, &n) == 0);
	CHECK(thread_join(t, &result) == 0);
	CHECK(result == &n);
	CHECK_EQ(n, 1);
}

TEST(many_threads)
{
	thread_t t[64];
	int n = 0;

	for (int round = 0; round < 5; round++) {
		for (int i = 0; i < 64; i++)
			CHECK(thread_create(&t[i], add_one, &n) == 0);
		for (int i = 0; i < 64; i++)
			CHECK(thread_join(t[i], NULL) == 0);
	}
	CHECK_EQ(n, 320);
}

static void *ids(void *arg)
{
	pid_t *p = arg;

	p[0] = getpid();
	p[1] = gettid();
	p[2] = getppid();
	return NULL;
}

TEST(one_process)
{
	pid_t p[3];
	thread_t t;

	CHECK(thread_create(&t, ids, p) == 0 && thread_join(t, NULL) == 0);
	CHECK_EQ(p[0], getpid());
	CHECK(p[1] != getpid());
	CHECK_EQ(p[2], getppid());
	CHECK_EQ(gettid(), getpid());
}

static mutex_t lock = MUTEX_INIT;
static long counter;

static void *count(void *arg)
{
	for (long i = 0; i < (long)arg; i++) {
		mutex_lock(&lock);
		counter++;
		mutex_unlock(&lock);
	}
	return NULL;
}

static __thread int counted = 5, zero[100];
static _Thread_local struct {
	char c;
} __attribute__((aligned(64))) aligned = { 'x' };

static void *count_own(void *arg)
{
	long n = (long)arg;

	if (counted != 5 || zero[99] != 0 || aligned.c != 'x' || (unsigned long)&aligned % 64)
		return (void *)-1;
	for (long i = 0; i < n; i++) {
		zero[99] = ++counted;
		errno = counted;
		if (i % 64 == 0)
			sched_yield();
		if (errno != zero[99])
			return (void *)-2;
	}
	return (void *)(long)(counted - 5);
}

TEST(thread_variables)
{
	thread_t t[8];
	void *result;

	for (long i = 0; i < 8; i++)
		CHECK_EQ(thread_create(&t[i], count_own, (void *)(1000 + i)), 0);
	CHECK_EQ((long)count_own((void *)700), 700);
	for (long i = 0; i < 8; i++)
		CHECK(thread_join(t[i], &result) == 0 && (long)result == 1000 + i);
	CHECK(counted == 705);
	CHECK_EQ(thread_tid(thread_self()), getpid());
}

/* --- POSIX's names --- */

static struct {
	sem_t items, room, done;
	pthread_mutex_t lock;
	pthread_rwlock_t rw;
	int ring[4], put, got, sum, pair[2];
} shared;

static void *produce(void *arg)
{
	for (int i = 1; i <= 500; i++) {
		sem_wait(&shared.room);
		pthread_mutex_lock(&shared.lock);
		shared.ring[shared.put++ % 4] = i;
		pthread_mutex_unlock(&shared.lock);
		sem_post(&shared.items);
	}
	sem_post(&shared.done);
	return arg;
}

static void *consume(void *arg)
{
	for (int i = 1; i <= 500; i++) {
		sem_wait(&shared.items);
		pthread_mutex_lock(&shared.lock);
		pthread_mutex_lock(&shared.lock); /* it is a recursive one */
		shared.sum += shared.ring[shared.got++ % 4];
		pthread_mutex_unlock(&shared.lock);
		pthread_mutex_unlock(&shared.lock);
		sem_post(&shared.room);
	}
	sem_post(&shared.done);
	return arg;
}

TEST(semaphores_and_detached_threads)
{
	struct timespec soon;
	pthread_mutexattr_t kind;
	pthread_attr_t alone;
	pthread_t t;
	int v;

	pthread_mutexattr_init(&kind);
	pthread_mutexattr_settype(&kind, PTHREAD_MUTEX_RECURSIVE);
	pthread_mutex_init(&shared.lock, &kind);
	CHECK(pthread_mutex_unlock(&shared.lock) == EPERM);
	CHECK(sem_init(&shared.items, 0, 0) == 0 && sem_init(&shared.room, 0, 4) == 0);
	pthread_attr_init(&alone);
	pthread_attr_setdetachstate(&alone, PTHREAD_CREATE_DETACHED);
	for (int round = 0; round < 20; round++) {
		shared.sum = 0;
		for (int i = 0; i < 2; i++) {
			CHECK(pthread_create(&t, &alone, produce, NULL) == 0);
			CHECK(pthread_create(&t, &alone, consume, NULL) == 0);
		}
		for (int i = 0; i < 4; i++)
			CHECK(sem_wait(&shared.done) == 0);
		CHECK_EQ(shared.sum, 2 * 500 * 501 / 2);
	}
	CHECK(sem_trywait(&shared.done) < 0 && errno == EAGAIN);
	CHECK(sem_getvalue(&shared.room, &v) == 0 && v == 4);
	clock_gettime(CLOCK_REALTIME, &soon);
	soon.tv_sec -= 1;
	CHECK(sem_timedwait(&shared.done, &soon) < 0 && errno == ETIMEDOUT);
	soon.tv_sec += 1;
	soon.tv_nsec += soon.tv_nsec < 900000000 ? 30000000 : 0;
	CHECK(sem_timedwait(&shared.done, &soon) < 0 && errno == ETIMEDOUT);
	pthread_mutex_lock(&shared.lock);
	{
		pthread_cond_t never = PTHREAD_COND_INITIALIZER;

		soon.tv_sec -= 5;
		CHECK(pthread_cond_timedwait(&never, &shared.lock, &soon) == ETIMEDOUT);
	}
	CHECK(pthread_mutex_unlock(&shared.lock) == 0);
}

static void *read_pairs(void *arg)
{
	long bad = 0;

	(void)arg;
	for (int i = 0; i < 2000; i++) {
		pthread_rwlock_rdlock(&shared.rw);
		bad += shared.pair[0] != shared.pair[1];
		if (i % 100 == 0)
			sched_yield();
		bad += shared.pair[0] != shared.pair[1];
		pthread_rwlock_unlock(&shared.rw);
	}
	return (void *)bad;
}

TEST(readers_and_writers)
{
	pthread_key_t key;
	pthread_t t[4];
	void *bad;

	CHECK(pthread_rwlock_init(&shared.rw, NULL) == 0);
	for (int i = 0; i < 4; i++)
		CHECK(pthread_create(&t[i], NULL, read_pairs, NULL) == 0);
	for (int i = 0; i < 500; i++) {
		pthread_rwlock_wrlock(&shared.rw);
		shared.pair[0]++;
		if (i % 50 == 0)
			sched_yield();
		shared.pair[1]++;
		pthread_rwlock_unlock(&shared.rw);
	}
	for (int i = 0; i < 4; i++)
		CHECK(pthread_join(t[i], &bad) == 0 && bad == NULL);
	CHECK(pthread_rwlock_rdlock(&shared.rw) == 0 && pthread_rwlock_tryrdlock(&shared.rw) == 0);
	CHECK(pthread_rwlock_trywrlock(&shared.rw) == EBUSY);
	CHECK(pthread_key_create(&key, NULL) == 0 && pthread_getspecific(key) == NULL);
	CHECK(pthread_setspecific(key, t) == 0 && pthread_getspecific(key) == t);
}

TEST(mutex_protects)
{
	thread_t t[8];

	counter = 0;
	for (int i = 0; i < 8; i++)
		CHECK(thread_create(&t[i], count, (void *)5000) == 0);
	for (int i = 0; i < 8; i++)
		CHECK(thread_join(t[i], NULL) == 0);
	CHECK_EQ(counter, 40000);
}

static cond_t cond = COND_INIT;
static int turn;

static void *take_turns(void *arg)
{
	long me = (long)arg;

	mutex_lock(&lock);
	for (int i = 0; i < 300; i++) {
		while (turn % 3 != me)
			cond_wait(&cond, &lock);
		turn++;
		cond_broadcast(&cond);
	}
	mutex_unlock(&lock);
	return NULL;
}

TEST(condition)
{
	thread_t t[3];

	turn = 0;
	for (long i = 0; i < 3; i++)
		CHECK(thread_create(&t[i], take_turns, (void *)i) == 0);
	for (int i = 0; i < 3; i++)
		CHECK(thread_join(t[i], NULL) == 0);
	CHECK_EQ(turn, 900);
}

TEST(futex_values)
{
	volatile int word = 5;
	struct timespec ts = { 0, 20000000 };

	CHECK_EQ(__sys_futex(&word, FUTEX_WAIT, 4, NULL, NULL, 0), -EAGAIN);
	CHECK_EQ(__sys_futex(&word, FUTEX_WAIT, 5, &ts, NULL, 0), -ETIMEDOUT);
	CHECK_EQ(__sys_futex(&word, FUTEX_WAKE, 1, NULL, NULL, 0), 0);
	CHECK_EQ(__sys_futex((int *)((char *)&word + 1), FUTEX_WAIT, 5, NULL, NULL, 0), -EINVAL);
	CHECK_EQ(__sys_futex((int *)16, FUTEX_WAIT, 5, NULL, NULL, 0), -EFAULT);
	CHECK_EQ(__sys_futex((int *)-16L, FUTEX_WAKE, 5, NULL, NULL, 0), -EFAULT);
	CHECK_EQ(__sys_futex(&word, 99, 5, NULL, NULL, 0), -ENOSYS);
	ts.tv_nsec = -1;
	CHECK_EQ(__sys_futex(&word, FUTEX_WAIT, 5, &ts, NULL, 0), -EINVAL);
}

static volatile int words[2];
static int woken;

static void *wait_word(void *arg)
{
	(void)arg;
	__sys_futex(&words[0], FUTEX_WAIT, 0, NULL, NULL, 0);
	__atomic_fetch_add(&woken, 1, __ATOMIC_SEQ_CST);
	return NULL;
}

TEST(futex_wakes_as_many_as_asked)
{
	thread_t t[6];

	words[0] = woken = 0;
	for (int i = 0; i < 6; i++)
		CHECK(thread_create(&t[i], wait_word, NULL) == 0);
	usleep(50000);
	CHECK_EQ(__sys_futex(&words[0], FUTEX_WAKE, 2, NULL, NULL, 0), 2);
	usleep(20000);
	CHECK_EQ(woken, 2);
	CHECK_EQ(__sys_futex(&words[0], FUTEX_REQUEUE, 1, (void *)2, &words[1], 0), 3);
	usleep(20000);
	CHECK_EQ(woken, 3);
	CHECK_EQ(__sys_futex(&words[0], FUTEX_WAKE, 9, NULL, NULL, 0), 1);
	CHECK_EQ(__sys_futex(&words[1], FUTEX_WAKE, 9, NULL, NULL, 0), 2);
	for (int i = 0; i < 6; i++)
		CHECK(thread_join(t[i], NULL) == 0);
	CHECK_EQ(woken, 6);
}

TEST(futex_between_processes)
{
	volatile int *p =
		mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status;
	pid_t pid = fork();

	CHECK(p != MAP_FAILED);
	if (pid == 0) {
		while (*p == 0)
			__sys_futex(p, FUTEX_WAIT, 0, NULL, NULL, 0);
		_exit(*p);
	}
	usleep(20000);
	*p = 7;
	__sys_futex(p, FUTEX_WAKE, 1, NULL, NULL, 0);
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK_EQ(WEXITSTATUS(status), 7);
	munmap((void *)p, 4096);
}

static void *sleep_long(void *arg)
{
	(void)arg;
	for (;;)
		sleep(100);
	return NULL;
}

static void *spin_long(void *arg)
{
	(void)arg;
	for (volatile int go = 1; go;)
		;
	return NULL;
}

static void *leave(void *arg)
{
	(void)arg;
	usleep(10000);
	_exit(23);
}

static void group_exit(void)
{
	thread_t t;

	for (int i = 0; i < 5; i++)
		thread_create(&t, i & 1 ? sleep_long : spin_long, NULL);
	thread_create(&t, leave, NULL);
	sleep_long(NULL);
}

static void *fault(void *arg)
{
	*(volatile int *)arg = 1;
	return NULL;
}

static void group_fault(void)
{
	thread_t t;

	thread_create(&t, sleep_long, NULL);
	thread_create(&t, fault, (void *)64);
	sleep_long(NULL);
}

TEST(all_end_together)
{
	CHECK_EQ(run_child(group_exit), 23 << 8);
	CHECK_EQ(run_child(group_fault), SIGSEGV);
}

static void *outlive(void *arg)
{
	(void)arg;
	usleep(50000);
	_exit(31);
}

static void leader_leaves(void)
{
	thread_t t;

	thread_create(&t, outlive, NULL);
	__sys_exit(1); /* this thread only */
}

TEST(leader_may_go_first)
{
	CHECK_EQ(run_child(leader_leaves), 31 << 8);
}

TEST(kill_reaches_all)
{
	int status;
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid == 0) {
		thread_t t;

		for (int i = 0; i < 4; i++)
			thread_create(&t, i & 1 ? sleep_long : spin_long, NULL);
		sleep_long(NULL);
	}
	usleep(30000);
	CHECK(kill(pid, SIGTERM) == 0);
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK_EQ(status, SIGTERM);
}

static volatile pid_t handled_by;
static void who(int sig)
{
	(void)sig;
	handled_by = gettid();
}

static volatile int stop;
static void *until_stop(void *arg)
{
	*(pid_t *)arg = gettid();
	while (!stop)
		usleep(1000);
	return NULL;
}

TEST(signal_for_one_thread)
{
	volatile pid_t tid = 0;
	thread_t t;

	stop = 0;
	handled_by = 0;
	signal(SIGUSR1, who);
	CHECK(thread_create(&t, until_stop, (void *)&tid) == 0);
	while (!tid)
		usleep(1000);
	CHECK(tgkill(getpid(), tid, SIGUSR1) == 0);
	for (int i = 0; i < 100 && !handled_by; i++)
		usleep(1000);
	CHECK_EQ(handled_by, tid);
	CHECK(tgkill(getpid() + 1, tid, SIGUSR1) < 0 && errno == ESRCH);
	stop = 1;
	CHECK(thread_join(t, NULL) == 0);
	signal(SIGUSR1, SIG_DFL);
}

static void *forker(void *arg)
{
	(void)arg;
	for (int i = 0; i < 20; i++) {
		int status;
		pid_t pid = fork();

		if (pid == 0)
			_exit(i);
		if (pid < 0 || waitpid(pid, &status, 0) != pid || WEXITSTATUS(status) != i)
			return (void *)1;
	}
	return NULL;
}

TEST(threads_fork)
{
	thread_t t[4];
	void *bad;

	for (int i = 0; i < 4; i++)
		CHECK(thread_create(&t[i], forker, NULL) == 0);
	for (int i = 0; i < 4; i++)
		CHECK(thread_join(t[i], &bad) == 0 && bad == NULL);
}

static int shared_fd;
static void *opener(void *arg)
{
	(void)arg;
	shared_fd = open("/dev/null", O_RDWR);
	return NULL;
}

TEST(descriptors_are_shared)
{
	thread_t t;

	CHECK(thread_create(&t, opener, NULL) == 0 && thread_join(t, NULL) == 0);
	CHECK(shared_fd >= 0 && close(shared_fd) == 0);
}

static long child_stack[256];

static volatile int go;

static void *set_alarms(void *arg)
{
	(void)arg;
	while (!go)
		;
	for (int i = 0; i < 2000; i++)
		alarm(100 + (unsigned)i % 7);
	return NULL;
}

static void alarms_in_child(void)
{
	thread_t t[4];

	for (int i = 0; i < 4; i++)
		if (thread_create(&t[i], set_alarms, NULL) != 0)
			_exit(1);
	go = 1;
	for (int i = 0; i < 4; i++)
		thread_join(t[i], NULL);
	alarm(0);
}

/* The group has one alarm clock, and whoever sets it last wins. */
TEST(alarms_of_many_threads)
{
	for (int i = 0; i < 10; i++)
		CHECK_EQ(run_child(alarms_in_child), 0);
}

TEST(wrong_flags)
{
	CHECK(clone(NULL, (char *)child_stack + sizeof(child_stack), CLONE_THREAD, NULL, NULL, NULL,
	            NULL) < 0 &&
	      errno == EINVAL);
	CHECK(clone(NULL, (char *)child_stack + sizeof(child_stack), CLONE_SIGHAND | CLONE_VM, NULL,
	            NULL, NULL, NULL) < 0 &&
	      errno == EINVAL);
}

int main(void)
{
	RUN(create_and_join);
	RUN(many_threads);
	RUN(one_process);
	RUN(thread_variables);
	RUN(semaphores_and_detached_threads);
	RUN(readers_and_writers);
	RUN(mutex_protects);
	RUN(condition);
	RUN(futex_values);
	RUN(futex_wakes_as_many_as_asked);
	RUN(futex_between_processes);
	RUN(all_end_together);
	RUN(leader_may_go_first);
	RUN(kill_reaches_all);
	RUN(signal_for_one_thread);
	RUN(threads_fork);
	RUN(descriptors_are_shared);
	RUN(alarms_of_many_threads);
	RUN(wrong_flags);
	return test_end();
}
