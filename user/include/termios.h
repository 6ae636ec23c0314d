// SPDX-License-Identifier: MIT
/* termios.h - terminals. */
#ifndef TERMIOS_H
#define TERMIOS_H

#include <sys/types.h>
#include "uapi/ioctl.h"

#define TCSANOW		0
#define TCSADRAIN	1
#define TCSAFLUSH	2

int tcgetattr(int fd, struct termios *t);
int tcsetattr(int fd, int when, const struct termios *t);
void cfmakeraw(struct termios *t);

#endif
