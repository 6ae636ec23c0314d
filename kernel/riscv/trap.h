// SPDX-License-Identifier: MIT
/*
 * trap.h - the registers a trap saves, and where traps go.
 *
 * A system call and a user fault save the registers a C function may change; the
 * callee-saved s0..s11 stay where they are and are stored into the frame only when
 * somebody needs them (fork, signals, a register dump): see entry.S.
 */
#ifndef RISCV_TRAP_H
#define RISCV_TRAP_H

/* offsets into struct trap_frame, checked by trap.c */
#define TF_ORIG_A0	0
#define TF_REG(n)	(8 * (n))	/* x1 .. x31 */
#define TF_SSTATUS	(8 * 32)
#define TF_SCAUSE	(8 * 33)
#define TF_STVAL	(8 * 34)
#define TF_SEPC		(8 * 35)
#define TF_SIZE		(8 * 36)

#ifndef __ASSEMBLER__
#include "lib/types.h"
#include "riscv/csr.h"

struct trap_frame {
	u64 orig_a0;		/* a0 at a system call's entry, for restarting it; of no
				 * meaning after any other trap */
	u64 ra, sp, gp, tp, t0, t1, t2;
	u64 s0, s1;
	u64 a0, a1, a2, a3, a4, a5, a6, a7;
	u64 s2, s3, s4, s5, s6, s7, s8, s9, s10, s11;
	u64 t3, t4, t5, t6;
	u64 sstatus, scause, stval;
	u64 sepc;
};

static inline bool trap_from_user(const struct trap_frame *tf)
{
	return !(tf->sstatus & SSTATUS_SPP);
}

/* switch.S => interrupts off; returns when prev is chosen again */
struct task;
struct fp_state;
void context_switch(struct task *prev, struct task *next);
void fp_save(struct fp_state *fp);
void fp_restore(const struct fp_state *fp);
/* entry.S: where a new task, a new kernel thread, and pid 1 after its exec begin */
void ret_from_fork(void);
void kthread_start(void);
__noreturn void enter_user(void);
/* Where interrupts are on already and the frame is not complete. */
extern const char entry_window[], fault_window[];

/* As panic, with the registers and call chain of the code that trapped. */
__noreturn void panic_trap(const struct trap_frame *tf, const char *fmt, ...) __printf(2, 3);
void show_registers(const struct trap_frame *tf);
/* Call chain of the running code, or of a task that sleeps, newest first. */
void show_backtrace(void);
/* Up to n return addresses of the caller's chain into pcs; returns how many. */
unsigned save_backtrace(vaddr_t *pcs, unsigned n, unsigned skip);
/* The function that contains addr, addr's offset in it and its size; NULL if none. */
const char *ksym_lookup(vaddr_t addr, unsigned long *offset, unsigned long *size);

/* entry.S calls these. => interrupts off for user_interrupt and kernel_trap */
void user_interrupt(u64 cause);
void user_trap(struct trap_frame *tf, vaddr_t addr, u64 cause);
void kernel_trap(struct trap_frame *tf);
#endif

#endif
