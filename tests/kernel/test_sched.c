// SPDX-License-Identifier: MIT
/* test_sched.c - kernel threads, sleeping and waking, sharing of harts, preemption. */
#include "lib/string.h"
#include "proc/proc_internal.h"
#include "tests/kernel/ktest.h"

static struct wait_queue wq = WAIT_QUEUE_INIT(wq);
static atomic_t running, turn;
static bool stop;

static void finish(void)
{
	atomic_dec(&running);
	wake_up_all(&wq);
}

static void start(const char *name, void (*fn)(void *), void *arg)
{
	atomic_inc(&running);
	if (IS_ERR(kthread_create(name, fn, arg)))
		atomic_dec(&running);
}

/* All threads started by the test have ended, and their tasks are gone. */
static bool settle(unsigned tasks)
{
	wait_event(&wq, atomic_read(&running) == 0);
	/* They have said that they end; on a busy host it takes a while until they have. */
	for (int i = 0; i < 30000 && READ_ONCE(nr_tasks) > tasks; i++)
		sleep_ns(NSEC_PER_MSEC, false);
	return nr_tasks <= tasks;	/* a thread from boot may have ended meanwhile */
}

static void set_flag(void *arg)
{
	*(bool *)arg = true;
	finish();
}

KTEST(sched_thread_runs_and_ends)
{
	unsigned tasks = nr_tasks;
	bool ran = false;

	start("t", set_flag, &ran);
	KT_ASSERT(settle(tasks));
	KT_ASSERT(ran);
}

KTEST(sched_thousand_threads)
{
	static bool ran[1000];
	unsigned tasks = nr_tasks;

	memset(ran, 0, sizeof(ran));
	for (int i = 0; i < 1000; i++)
		start("t", set_flag, &ran[i]);
	KT_ASSERT(settle(tasks));
	for (int i = 0; i < 1000; i++)
		KT_ASSERT(ran[i]);
}

#define ROUNDS 2000

static void player(void *arg)
{
	long me = (long)arg;

	for (int i = 0; i < ROUNDS; i++) {
		wait_event(&wq, (atomic_read(&turn) & 1) == me);
		atomic_inc(&turn);
		wake_up_all(&wq);
	}
	finish();
}

KTEST(sched_ping_pong_loses_no_wakeup)
{
	unsigned tasks = nr_tasks;
	u64 t = time_ns();

	atomic_set(&turn, 0);
	start("ping", player, (void *)0);
	start("pong", player, (void *)1);
	KT_ASSERT(settle(tasks));
	KT_EQUAL(atomic_read(&turn), 2 * ROUNDS);
	printk_loud("  round trip %lu ns\n", (time_ns() - t) / ROUNDS);
}

static u64 spun[16];

static void spinner(void *arg)
{
	u64 n = 0;

	while (!READ_ONCE(stop))
		n++;
	spun[(long)arg] = n;
	finish();
}

/* More spinners than harts, and this thread still gets its turn; each gets some. */
KTEST(sched_preempts_and_shares)
{
	unsigned tasks = nr_tasks, n = nr_harts + 2;
	u64 least = ~0UL, most = 0;

	stop = false;
	for (unsigned i = 0; i < n; i++)
		start("spin", spinner, (void *)(long)i);
	sleep_ns(1500 * NSEC_PER_MSEC, false);
	WRITE_ONCE(stop, true);
	KT_ASSERT(settle(tasks));
	for (unsigned i = 0; i < n; i++) {
		least = MIN(least, spun[i]);
		most = MAX(most, spun[i]);
	}
	printk_loud("  %u spinners on %u harts: %lu .. %lu\n", n, nr_harts, least, most);
	/* The emulator's harts share the host's processors as the host likes. */
	KT_ASSERT(least > most / (nr_harts > 2 ? 64 : 8));
}

static u32 seen;

static void witness(void *arg __maybe_unused)
{
	while (!READ_ONCE(stop))
		set_bits(&seen, BIT(READ_ONCE(current->hart)));
	finish();
}

KTEST(sched_uses_every_hart)
{
	unsigned tasks = nr_tasks;

	stop = false;
	seen = 0;
	for (unsigned i = 0; i < nr_harts; i++)
		start("witness", witness, NULL);
	for (int i = 0; i < 100 && READ_ONCE(seen) != BIT(nr_harts) - 1; i++)
		sleep_ns(10 * NSEC_PER_MSEC, false);
	WRITE_ONCE(stop, true);
	KT_ASSERT(settle(tasks));
	KT_EQUAL(seen, BIT(nr_harts) - 1);
}

static void pinned(void *arg)
{
	unsigned hart = (long)arg;

	if (sched_set_affinity(current, BIT(hart)) == 0)
		for (int i = 0; i < 50; i++) {
			if (READ_ONCE(current->hart) != hart)
				set_bits(&seen, BIT(hart));
			if (i % 10 == 0)
				sleep_ns(NSEC_PER_MSEC, false);
			else
				sched_yield();
		}
	finish();
}

KTEST(sched_affinity_holds)
{
	unsigned tasks = nr_tasks;

	seen = 0;
	for (unsigned i = 0; i < nr_harts; i++)
		start("pinned", pinned, (void *)(long)i);
	KT_ASSERT(settle(tasks));
	KT_EQUAL(seen, 0);
	KT_EQUAL(sched_set_affinity(current, 0), -EINVAL);
}

KTEST(sched_sleep_is_long_enough)
{
	u64 t = time_ns();

	sleep_ns(20 * NSEC_PER_MSEC, false);
	t = time_ns() - t;
	KT_ASSERT(t >= 20 * NSEC_PER_MSEC);
}

KTEST(sched_pids_are_unique_and_found)
{
	struct task *t = NULL;
	pid_t last = -1;
	unsigned n = 0;

	while ((t = task_next_get(t)) != NULL) {
		KT_ASSERT(t->pid > last);
		last = t->pid;
		n++;
	}
	KT_EQUAL(n, nr_tasks);
	KT_ASSERT(task_find_get(last + 1000000) == NULL);
	t = task_find_get(1);
	KT_ASSERT(t == init_task);
	task_put(t);
}
