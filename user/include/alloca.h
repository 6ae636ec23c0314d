// SPDX-License-Identifier: MIT
/* alloca.h - memory of the calling function's stack, until it returns. */
#ifndef ALLOCA_H
#define ALLOCA_H

#define alloca(n)	__builtin_alloca(n)

#endif
