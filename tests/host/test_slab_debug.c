// SPDX-License-Identifier: MIT
// sources: 
/* test_slab_debug.c - the rows of slab_rows.h with red zones and poison. */
#define CONFIG_SLAB
#define CONFIG_DEBUG
#define LAYOUT "slab debug"
#include "slab_rows.h"
