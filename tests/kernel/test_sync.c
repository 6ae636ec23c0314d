// SPDX-License-Identifier: MIT
/* test_sync.c - locks under contention: what they protect stays whole, nobody is lost. */
#include "lib/atomic.h"
#include "proc/sched.h"
#include "riscv/hart.h"
#include "riscv/timer.h"
#include "sync/mutex.h"
#include "sync/rwsem.h"
#include "tests/kernel/ktest.h"
#include "uapi/errno.h"

#define THREADS 6
#define ROUNDS 3000

static spinlock_t spin = SPINLOCK_INIT("test_spin");
static struct mutex mutex;
static struct rwsem rwsem;
static u64 counter;			/* not atomic: the lock's to protect */
static u64 pair[2];
static atomic_t torn, running;
static struct wait_queue done = WAIT_QUEUE_INIT(done);

static void finish(void)
{
	if (atomic_dec_and_test(&running))
		wake_up_all(&done);
}

static bool run_threads(void (*fn)(void *arg))
{
	atomic_set(&running, THREADS);
	counter = 0;
	for (long i = 0; i < THREADS; i++)
		if (IS_ERR(kthread_create("ktest", fn, (void *)i)))
			return false;
	wait_event(&done, atomic_read(&running) == 0);
	return true;
}

static void spin_thread(void *arg __maybe_unused)
{
	for (int i = 0; i < ROUNDS; i++) {
		spin_lock(&spin);
		counter++;
		spin_unlock(&spin);
	}
	finish();
}

KTEST(spinlock_protects_a_counter)
{
	KT_ASSERT(run_threads(spin_thread));
	KT_ASSERT(counter == THREADS * ROUNDS);
}

static void mutex_thread(void *arg)
{
	for (int i = 0; i < ROUNDS; i++) {
		u64 seen;

		mutex_lock(&mutex);
		seen = counter;
		if (i % 64 == (long)arg)
			sched_yield();	/* others come while we hold it */
		counter = seen + 1;
		mutex_unlock(&mutex);
	}
	finish();
}

KTEST(mutex_protects_a_counter_across_switches)
{
	mutex_init(&mutex, "test_mutex");
	KT_ASSERT(run_threads(mutex_thread));
	KT_ASSERT(counter == THREADS * ROUNDS);
	KT_ASSERT(mutex_trylock(&mutex));
	KT_ASSERT(mutex_held(&mutex));
	mutex_unlock(&mutex);
	KT_ASSERT(!mutex_held(&mutex));
}

static void rwsem_thread(void *arg)
{
	for (int i = 0; i < ROUNDS; i++) {
		if ((i + (long)arg) % 4 == 0) {
			down_write(&rwsem);
			pair[0]++;
			if (i % 32 == 0)
				sched_yield();
			pair[1]++;
			counter++;
			if (i % 16 == 0) {
				downgrade_write(&rwsem);
				if (pair[0] != pair[1])
					atomic_inc(&torn);
				up_read(&rwsem);
			} else {
				up_write(&rwsem);
			}
		} else {
			down_read(&rwsem);
			if (pair[0] != pair[1])
				atomic_inc(&torn);
			if (i % 128 == 0)
				sched_yield();
			up_read(&rwsem);
		}
	}
	finish();
}

KTEST(readers_never_see_half_a_write)
{
	rwsem_init(&rwsem, "test_rwsem");
	pair[0] = pair[1] = 0;
	atomic_set(&torn, 0);
	KT_ASSERT(run_threads(rwsem_thread));
	KT_ASSERT(atomic_read(&torn) == 0);
	KT_ASSERT(counter == pair[0] && pair[0] == pair[1]);
	KT_ASSERT(!rwsem_held(&rwsem));
	KT_ASSERT(down_write_trylock(&rwsem));
	KT_ASSERT(!down_read_trylock(&rwsem));
	up_write(&rwsem);
	KT_ASSERT(down_read_trylock(&rwsem));
	KT_ASSERT(down_read_trylock(&rwsem));
	KT_ASSERT(!down_write_trylock(&rwsem));
	up_read(&rwsem);
	up_read(&rwsem);
}

/* Two threads that wake each other: a lost wake-up would hang. */
static struct wait_queue ball_wq = WAIT_QUEUE_INIT(ball_wq);
static u32 ball;

static void player(void *arg)
{
	u32 me = (u32)(long)arg & 1;

	if ((long)arg < 2)
		for (int i = 0; i < ROUNDS; i++) {
			wait_event(&ball_wq, READ_ONCE(ball) % 2 == me);
			WRITE_ONCE(ball, ball + 1);
			wake_up_all(&ball_wq);
		}
	finish();
}

KTEST(no_wake_up_is_lost)
{
	ball = 0;
	KT_ASSERT(run_threads(player));
	KT_ASSERT(ball == 2 * ROUNDS);
}
