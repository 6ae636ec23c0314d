// SPDX-License-Identifier: MIT
// sources: 
/* test_slub.c - the rows of slab_rows.h on free lists inside the slabs. */
#define CONFIG_SLUB
#define LAYOUT "slub"
#include "slab_rows.h"
