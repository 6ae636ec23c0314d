// SPDX-License-Identifier: MIT
// sources: 
/* test_slab.c - the rows of slab_rows.h on magazines. */
#define CONFIG_SLAB
#define LAYOUT "slab"
#include "slab_rows.h"
