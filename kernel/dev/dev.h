// SPDX-License-Identifier: MIT
/* dev.h - what the drivers of this folder share; private to it. */
#ifndef DEV_DEV_H
#define DEV_DEV_H

#include "lib/types.h"
#include "riscv/gang.h"

/* Device numbers: major << 16 | minor. */
#define MAJOR_CONSOLE       1 /* the terminal; xv6's number for it */
#define MAJOR_MEM           4 /* null zero full random urandom kmsg */
#define MAJOR_BLK           254 /* disks */
#define MKDEV(major, minor) ((u32)(major) << 16 | (minor))
#define DEV_MAJOR(dev)      ((dev) >> 16)
#define DEV_MINOR(dev)      ((dev)&0xffff)

/* The first cell of the node's "interrupts"; 0: none. */
unsigned fdt_irq(int node);
/* The first available node of this type; -ENOENT. */
int fdt_device(const char *compatible);

void blk_init(void);

/* uart.c */
void uart_init(void);
/* Send what there is room for; how many bytes went. => any context */
size_t uart_write(const u8 *buf, size_t n);
/* Wait for room, or (drained) until everything has left. => 0 or -ERESTARTSYS */
int uart_wait(bool drained);
bool uart_has_room(void);
/* What has come in; at least one byte, waiting for it. => one caller, the terminal's thread */
size_t uart_read(u8 *buf, size_t n);
bool uart_peek_for(u8 c); /* is c among what has come in and is not yet read? */

void tty_init(void);
void rtc_init(void);
void mem_init_devices(void);
void finisher_init(void);

#endif
