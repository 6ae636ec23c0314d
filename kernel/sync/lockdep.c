// SPDX-License-Identifier: MIT
/*
 * lockdep.c - the lock-order checker (debug builds).
 *
 * Two locks taken in both orders deadlock only when two harts meet at the wrong
 * moment; that the orders contradict each other can be seen from any single run.
 * Every lock has a class, named when it is initialised.  Taking a lock of class B
 * while one of class A is held draws an edge A -> B, with the place where it was
 * first drawn.  An edge that closes a cycle is reported at once with every edge of
 * it, whether or not the deadlock happened.
 *
 * Two more rules are checked on the way:
 *   R1  nobody sleeps (takes a mutex, waits, calls schedule) under a spinlock;
 *   R2  a class that an interrupt handler takes is never taken with interrupts on.
 *
 * /proc/lockdep lists the edges; the order in README.md is theirs.
 *
 * What an interrupt handler takes is not ordered after what the interrupted task
 * holds: R2 covers that case.  trylock draws no edge, for it does not wait.
 *
 * Locks: graph_lock, a bare word with interrupts off, inside everything.
 */
#ifdef CONFIG_DEBUG
#include "sync/lockdep.h"
#include "lib/printk.h"
#include "lib/string.h"
#include "proc/task.h"
#include "riscv/hart.h"
#include "riscv/trap.h"

#define MAX_CLASSES 128
#define MAX_HELD ARRAY_SIZE(((struct task *)0)->held)

static const char *class_names[MAX_CLASSES];
static bool class_in_irq[MAX_CLASSES], class_irqs_on[MAX_CLASSES];
static vaddr_t irq_site[MAX_CLASSES], irqs_on_site[MAX_CLASSES];
static u32 edges[MAX_CLASSES][MAX_CLASSES];	/* low half of the site; 0: no edge */
static unsigned nr_classes;
static u32 graph_lock;
static bool off;			/* a report is under way */

static vaddr_t site_address(u32 low)
{
	return 0xffffffff00000000UL | low;
}

static unsigned class_of(const char *name)
{
	unsigned i;

	for (i = 0; i < nr_classes; i++)
		if (class_names[i] == name || strcmp(class_names[i], name) == 0)
			return i;
	if (nr_classes == MAX_CLASSES)
		panic("lock checker: more than %d classes of locks", MAX_CLASSES);
	class_names[nr_classes] = name;
	return nr_classes++;
}

/* Depth-first: is there a way from class a to class b?  The way into path. */
static unsigned find_path(unsigned a, unsigned b, unsigned *path, unsigned depth, u64 *seen)
{
	path[depth] = a;
	if (a == b)
		return depth + 1;
	seen[a / 64] |= 1UL << a % 64;
	for (unsigned n = 0; n < nr_classes; n++)
		if (edges[a][n] != 0 && !(seen[n / 64] >> n % 64 & 1)) {
			unsigned len = find_path(n, b, path, depth + 1, seen);

			if (len != 0)
				return len;
		}
	return 0;
}

static void show_held(void)
{
	struct task *t = current;

	printk_loud("locks held by pid %d (%s):\n", t->pid, t->comm);
	for (unsigned i = 0; i < t->nr_held; i++)
		printk_loud("  %s (%lx) taken at %pS\n", t->held[i].name,
			    (unsigned long)t->held[i].lock, (void *)t->held[i].site);
}

static __noreturn void report_cycle(unsigned from, unsigned to, const unsigned *path, unsigned len,
				    vaddr_t site)
{
	off = true;
	printk_loud("lock order inversion: \"%s\" is being taken while \"%s\" is held\n",
		    class_names[to], class_names[from]);
	printk_loud("this chain:  %s -> %s at %pS\n", class_names[from], class_names[to],
		    (void *)site);
	printk_loud("other chain:");
	for (unsigned i = 0; i + 1 < len; i++)
		printk_loud("  %s -> %s at %pS\n", class_names[path[i]], class_names[path[i + 1]],
			    (void *)site_address(edges[path[i]][path[i + 1]]));
	show_held();
	panic("lock order inversion: %s, %s", class_names[from], class_names[to]);
}

/* A handler's own locks begin at irq_held_base (trap.c sets it). */
static void check_order(unsigned cls, const void *lock, bool nested, vaddr_t site)
{
	struct task *t = current;

	for (unsigned i = t->irq_held_base; i < t->nr_held; i++) {
		unsigned h = class_of(t->held[i].name), path[MAX_CLASSES];
		u64 seen[MAX_CLASSES / 64] = { 0 };
		unsigned len;

		if (t->held[i].lock == lock) {
			off = true;
			show_held();
			panic("lock \"%s\" (%lx) is taken again by its holder", class_names[cls],
			      (unsigned long)lock);
		}
		if (h == cls) {
			if (nested)
				continue;
			off = true;
			show_held();
			panic("two locks of class \"%s\" taken without an agreed order",
			      class_names[cls]);
		}
		if (edges[h][cls] != 0)
			continue;
		len = find_path(cls, h, path, 0, seen);
		if (len != 0)
			report_cycle(h, cls, path, len, site);
		edges[h][cls] = (u32)site;
	}
}

static void check_irq_use(unsigned cls, bool irqs_on, vaddr_t site)
{
	if (current->in_irq && !class_in_irq[cls]) {
		class_in_irq[cls] = true;
		irq_site[cls] = site;
	}
	if (irqs_on && !class_irqs_on[cls]) {
		class_irqs_on[cls] = true;
		irqs_on_site[cls] = site;
	}
	if (class_in_irq[cls] && class_irqs_on[cls]) {
		off = true;
		printk_loud("\"%s\" taken by an interrupt handler at %pS\n", class_names[cls],
			    (void *)irq_site[cls]);
		printk_loud("\"%s\" taken with interrupts on at %pS\n", class_names[cls],
			    (void *)irqs_on_site[cls]);
		panic("lock \"%s\": an interrupt can deadlock with its holder", class_names[cls]);
	}
}

void lockdep_acquire(const void *lock, const char *name, bool sleeping, bool nested, bool try)
{
	struct task *t = current;
	bool irqs_on = !irqs_off();
	vaddr_t site = 0;
	unsigned long flags;
	unsigned cls;

	if (off)
		return;
	if (name == NULL)
		panic("a lock at %lx was never initialised", (unsigned long)lock);
	save_backtrace(&site, 1, 2);
	flags = irq_save();
	while (__atomic_exchange_n(&graph_lock, 1, __ATOMIC_ACQUIRE))
		cpu_relax();
	cls = class_of(name);
	if (!sleeping)
		check_irq_use(cls, irqs_on, site);
	if (!try)
		check_order(cls, lock, nested, site);
	__atomic_store_n(&graph_lock, 0, __ATOMIC_RELEASE);
	if (t->nr_held == MAX_HELD) {
		off = true;
		show_held();
		panic("more than %zu locks held at once", MAX_HELD);
	}
	t->held[t->nr_held++] = (struct held_lock){ lock, name, site };
	irq_restore(flags);
}

void lockdep_release(const void *lock)
{
	struct task *t = current;
	unsigned long flags;

	if (off)
		return;
	flags = irq_save();
	for (unsigned i = t->nr_held; i-- > 0;)
		if (t->held[i].lock == lock) {
			t->nr_held--;
			for (; i < t->nr_held; i++)
				t->held[i] = t->held[i + 1];
			irq_restore(flags);
			return;
		}
	off = true;
	show_held();
	panic("pid %d (%s) gives back a lock (%lx) it does not hold", t->pid, t->comm,
	      (unsigned long)lock);
}

void lockdep_show_held(void)
{
	show_held();
}

bool lockdep_edge(unsigned i, const char **outer, const char **inner, vaddr_t *site)
{
	unsigned n = READ_ONCE(nr_classes);

	for (unsigned a = 0; a < n; a++)
		for (unsigned b = 0; b < n; b++) {
			u32 low = READ_ONCE(edges[a][b]);

			if (low == 0 || i-- > 0)
				continue;
			*outer = class_names[a];
			*inner = class_names[b];
			*site = site_address(low);
			return true;
		}
	return false;
}
#endif
