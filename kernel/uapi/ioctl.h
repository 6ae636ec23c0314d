// SPDX-License-Identifier: MIT
/* ioctl.h - what a terminal can be asked; the values of Linux's generic table. */
#ifndef UAPI_IOCTL_H
#define UAPI_IOCTL_H

#define TCGETS		0x5401
#define TCSETS		0x5402		/* now */
#define TCSETSW		0x5403		/* when the output has drained */
#define TCSETSF		0x5404		/* ... and the input is thrown away */
#define TIOCSCTTY	0x540E
#define TIOCGPGRP	0x540F		/* int *: the foreground process group */
#define TIOCSPGRP	0x5410
#define TIOCGWINSZ	0x5413
#define TIOCSWINSZ	0x5414
#define FIONREAD	0x541B		/* int *: bytes that a read would return now */
#define BLKGETSIZE64	0x80081272	/* unsigned long *: bytes of a block device */

/* c_iflag */
#define ICRNL		0x0100
#define IXON		0x0400
/* c_oflag */
#define OPOST		0x0001
#define ONLCR		0x0004
/* c_lflag */
#define ISIG		0x0001
#define ICANON		0x0002
#define ECHO		0x0008
#define ECHOE		0x0010
#define ECHOK		0x0020
#define TOSTOP		0x0100
#define IEXTEN		0x8000
/* c_cc[] */
#define VINTR		0
#define VQUIT		1
#define VERASE		2
#define VKILL		3
#define VEOF		4
#define VTIME		5
#define VMIN		6
#define VSUSP		10
#define VWERASE		14
#define NCCS		19

#ifndef __ASSEMBLER__
struct termios {
	unsigned int c_iflag, c_oflag, c_cflag, c_lflag;
	unsigned char c_line;
	unsigned char c_cc[NCCS];
};

struct winsize {
	unsigned short ws_row, ws_col, ws_xpixel, ws_ypixel;
};
#endif

#endif
