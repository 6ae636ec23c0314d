// SPDX-License-Identifier: MIT
/* sys/param.h - old names of limits, and what everybody defines anew. */
#ifndef SYS_PARAM_H
#define SYS_PARAM_H

#include <limits.h>

#define MAXPATHLEN	PATH_MAX
#define NBBY		CHAR_BIT
#ifndef MIN
#define MIN(a, b)	((a) < (b) ? (a) : (b))
#define MAX(a, b)	((a) > (b) ? (a) : (b))
#endif
#define howmany(n, d)	(((n) + (d) - 1) / (d))
#define roundup(n, d)	(howmany(n, d) * (d))

#endif
