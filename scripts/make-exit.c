// SPDX-License-Identifier: MIT
/*
 * make-exit.c - $(exit N) for the Makefile: end make itself with status N.
 *
 * A recipe that fails makes GNU make exit with 2, whatever the recipe's own status was;
 * "make run" promises the command's.  GNU make can load a shared object that adds
 * functions (its manual, "Loading Dynamic Objects"); this is one.  Where make cannot
 * load, make run exits with 2 for every failure.
 */
#include <stdio.h>
#include <stdlib.h>

/* From gnumake.h, which is not installed everywhere. */
typedef char *(*gmk_func_ptr)(const char *name, unsigned argc, char **argv);
void gmk_add_function(const char *name, gmk_func_ptr func, unsigned min, unsigned max,
		      unsigned flags);
int exit_gmk_setup(void);

int plugin_is_GPL_compatible;	/* make loads nothing without it; the MIT licence is */

static char *exit_now(const char *name, unsigned argc, char **argv)
{
	(void)name;
	(void)argc;
	fflush(NULL);
	exit(atoi(argv[0]));
}

int exit_gmk_setup(void)
{
	gmk_add_function("exit", exit_now, 1, 1, 0);
	return 1;
}
