// SPDX-License-Identifier: MIT
/* malloc.h - the old name of stdlib.h's first part. */
#include <stdlib.h>
