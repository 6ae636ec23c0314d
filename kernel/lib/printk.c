// SPDX-License-Identifier: MIT
/*
 * printk.c - the kernel log and the end of the kernel.
 *
 * A message is formatted into a buffer on the stack, appended to a ring, and sent
 * to the console if the boot is not quiet.  One lock keeps lines whole.  It is a
 * bare word taken with interrupts off, because the log must work everywhere the
 * kernel does: the lock checker itself reports through it, and a panic breaks it.
 *
 *   K1  log_end counts all bytes ever logged; the ring holds the last LOG_SIZE.
 */
#include "lib/printk.h"
#include "lib/fdt.h"
#include "lib/log.h"
#include "lib/string.h"
#include "proc/task.h"
#include "riscv/csr.h"
#include "riscv/hart.h"
#include "riscv/ipi.h"
#include "riscv/sbi.h"
#include "riscv/timer.h"
#include "riscv/trap.h"

#define LINE_MAX 256

static char log_ring[LOG_SIZE];
static u64 log_end;
void (*console_putc)(int c) = sbi_putchar;
bool log_quiet;

static u32 log_lock;
static u32 panicking;		/* 0, or 1 + the hart that panics */
static bool line_start = true;

static unsigned long log_acquire(void)
{
	unsigned long flags = irq_save();

	if (panicking == hart_id() + 1)
		return flags;
	while (__atomic_exchange_n(&log_lock, 1, __ATOMIC_ACQUIRE) && !panicking)
		cpu_relax();
	return flags;
}

static void log_release(unsigned long flags)
{
	__atomic_store_n(&log_lock, 0, __ATOMIC_RELEASE);
	irq_restore(flags);
}

static void emit(const char *s, size_t n, bool show)
{
	for (size_t i = 0; i < n; i++) {
		log_ring[log_end++ % LOG_SIZE] = s[i];
		if (!show)
			continue;
		if (s[i] == '\n')
			console_putc('\r');
		console_putc(s[i]);
	}
}

static void vlog(const char *fmt, va_list ap, bool show)
{
	char line[LINE_MAX], stamp[24];
	int n = vsnprintf(line, sizeof(line), fmt, ap);
	unsigned long flags;

	n = MIN(n, LINE_MAX - 1);
	flags = log_acquire();
	if (line_start) {
		u64 us = time_ns() / 1000;
		int k = scnprintf(stamp, sizeof(stamp), "[%4lu.%06lu] ", us / 1000000, us % 1000000);

		emit(stamp, (size_t)k, show);
	}
	emit(line, (size_t)n, show);
	if (n > 0)
		line_start = line[n - 1] == '\n';
	log_release(flags);
}

void printk(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vlog(fmt, ap, !log_quiet);
	va_end(ap);
}

void printk_loud(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vlog(fmt, ap, true);
	va_end(ap);
}

size_t log_read(u64 *pos, char *buf, size_t n)
{
	unsigned long flags = log_acquire();
	size_t got = 0;

	if (log_end > LOG_SIZE && *pos < log_end - LOG_SIZE)
		*pos = log_end - LOG_SIZE;
	while (got < n && *pos < log_end)
		buf[got++] = log_ring[(*pos)++ % LOG_SIZE];
	log_release(flags);
	return got;
}

/* What the panic leaves the machine in: under a script (a command was given at
 * boot) it ends with a failure the host can see; at a terminal it stays for GDB. */
static __noreturn void panic_end(void)
{
	char nonce[40];

	if (boot_arg("nonce", nonce, sizeof(nonce)))
		printk_loud("\x01%s panic\n", nonce);
	if (boot_command[0] != '\0' || boot_arg("panic-poweroff", nonce, sizeof(nonce)))
		machine_poweroff(70);	/* EX_SOFTWARE */
	printk_loud("system halted; Ctrl-A X leaves QEMU\n");
	for (;;)
		__asm__ volatile("wfi");
}

static void panic_begin(void)
{
	u32 none = 0;

	csr_clear(sstatus, SSTATUS_SIE);
	if (!__atomic_compare_exchange_n(&panicking, &none, hart_id() + 1, false, __ATOMIC_SEQ_CST,
					 __ATOMIC_SEQ_CST)) {
		if (none == hart_id() + 1) {	/* the report itself trapped */
			static bool again;

			if (!again) {
				again = true;
				printk_loud("panic within the panic report\n");
				panic_end();
			}
		}
		for (;;)
			__asm__ volatile("wfi");
	}
	csr_write(sie, 0);
	ipi_stop_others();
	if (!line_start)
		printk_loud("\n");
}

void panic(const char *fmt, ...)
{
	va_list ap;

	panic_begin();
	printk_loud("kernel panic: ");
	va_start(ap, fmt);
	vlog(fmt, ap, true);
	va_end(ap);
	printk_loud("\n");
	printk_loud("on hart %u, pid %d (%s)\n", hart_id(), current->pid, current->comm);
	show_backtrace();
	panic_end();
}

void panic_trap(const struct trap_frame *tf, const char *fmt, ...)
{
	va_list ap;

	panic_begin();
	printk_loud("kernel panic: ");
	va_start(ap, fmt);
	vlog(fmt, ap, true);
	va_end(ap);
	printk_loud("\n");
	show_registers(tf);
	panic_end();
}

void assert_fail(const char *expr, const char *file, int line, const char *func)
{
	panic("%s:%d: %s: assertion failed: %s", file, line, func, expr);
}
