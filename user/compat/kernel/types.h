// SPDX-License-Identifier: MIT
/* types.h - xv6's names of integer types. */
#ifndef COMPAT_TYPES_H
#define COMPAT_TYPES_H

typedef unsigned int uint;
typedef unsigned short ushort;
typedef unsigned char uchar;
typedef unsigned char uint8;
typedef unsigned short uint16;
typedef unsigned int uint32;
typedef unsigned long uint64;
typedef uint64 pde_t;

#endif
