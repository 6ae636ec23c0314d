// SPDX-License-Identifier: MIT
/* inttypes.h - printf letters for the sized integers. */
#ifndef INTTYPES_H
#define INTTYPES_H

#include <stdint.h>

#define PRId32 "d"
#define PRIu32 "u"
#define PRIx32 "x"
#define PRId64 "ld"
#define PRIu64 "lu"
#define PRIx64 "lx"
#define PRIxPTR "lx"
#define PRIuPTR "lu"

#endif
