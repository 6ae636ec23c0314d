// SPDX-License-Identifier: MIT
/* termios.h - terminals. */
#ifndef TERMIOS_H
#define TERMIOS_H

#include <sys/types.h>
#include "uapi/ioctl.h"

/* Kept by the kernel without a meaning: there is no wire with a speed, parity or breaks. */
#define IGNBRK		0x0001	/* c_iflag */
#define BRKINT		0x0002
#define IGNPAR		0x0004
#define PARMRK		0x0008
#define INPCK		0x0010
#define ISTRIP		0x0020
#define INLCR		0x0040
#define IGNCR		0x0080
#define IXANY		0x0800
#define IXOFF		0x1000
#define CSIZE		0x0030	/* c_cflag */
#define CS7		0x0020
#define CS8		0x0030
#define CSTOPB		0x0040
#define CREAD		0x0080
#define PARENB		0x0100
#define HUPCL		0x0400
#define CLOCAL		0x0800
#define ECHONL		0x0040	/* c_lflag */
#define NOFLSH		0x0080
#define VSTART		8	/* c_cc[] */
#define VSTOP		9
#define B9600		13
#define B38400		15
#define B115200		0x1002

#define TCIFLUSH	0
#define TCOFLUSH	1
#define TCIOFLUSH	2
#define TCSANOW		0
#define TCSADRAIN	1
#define TCSAFLUSH	2

int tcgetattr(int fd, struct termios *t);
int tcsetattr(int fd, int when, const struct termios *t);
void cfmakeraw(struct termios *t);
int tcflush(int fd, int which);
int tcdrain(int fd);
typedef unsigned int tcflag_t, speed_t;
typedef unsigned char cc_t;
static inline speed_t cfgetispeed(const struct termios *t) { (void)t; return B38400; }
static inline speed_t cfgetospeed(const struct termios *t) { (void)t; return B38400; }
static inline int cfsetispeed(struct termios *t, speed_t s) { (void)t; (void)s; return 0; }
static inline int cfsetospeed(struct termios *t, speed_t s) { (void)t; (void)s; return 0; }

#endif
