// SPDX-License-Identifier: MIT
/* limits.h - what fits. */
#ifndef LIMITS_H
#define LIMITS_H

#define CHAR_BIT	8
#define MB_LEN_MAX	1
#define SCHAR_MIN	(-128)
#define SCHAR_MAX	127
#define UCHAR_MAX	255
#define CHAR_MIN	0
#define CHAR_MAX	255
#define SHRT_MIN	(-32768)
#define SHRT_MAX	32767
#define USHRT_MAX	65535
#define INT_MIN		(-INT_MAX - 1)
#define INT_MAX		0x7fffffff
#define UINT_MAX	0xffffffffU
#define LONG_MIN	(-LONG_MAX - 1)
#define LONG_MAX	0x7fffffffffffffffL
#define ULONG_MAX	0xffffffffffffffffUL
#define LLONG_MIN	LONG_MIN
#define LLONG_MAX	0x7fffffffffffffffLL
#define ULLONG_MAX	0xffffffffffffffffULL
#define SSIZE_MAX	LONG_MAX

#define NAME_MAX	59	/* longest name in a directory */
#define PATH_MAX	1024	/* longest path, its end included */
#define PIPE_BUF	4096	/* a write of so many bytes into a pipe is not torn */
#define OPEN_MAX	1024
#define ARG_MAX		131072
#define LINE_MAX	2048
#define PAGE_SIZE	4096
#define IOV_MAX		1024	/* parts of one readv or writev */
#define HOST_NAME_MAX	64

#endif
