// SPDX-License-Identifier: MIT
// sources: 
/* test_slob.c - the rows of slab_rows.h on the plain heap. */
#define CONFIG_SLOB
#define LAYOUT "slob"
#include "slab_rows.h"
