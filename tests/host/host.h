// SPDX-License-Identifier: MIT
/*
 * host.h - for unit tests that run on the build machine.
 *
 * A test is a table of named rows; each row is a function that CHECKs.  A row whose
 * checks all hold prints "ok NAME", else "FAIL NAME: file:line: condition", and the
 * program ends with "N passed, M failed" and a status to match.
 *
 * Random tests draw from rnd(); SEED=n in the environment chooses another sequence, and
 * OPS=n another number of operations.
 */
#ifndef TESTS_HOST_H
#define TESTS_HOST_H

#include <stdio.h>
#include <stdlib.h>
#include "lib/types.h"

struct row {
	const char *name;
	void (*fn)(void);
};

int run_rows(const struct row *rows, size_t n);
#define RUN_ROWS(rows) run_rows(rows, sizeof(rows) / sizeof((rows)[0]))

/* Ends the row when cond is false. */
#define CHECK(cond) ((cond) ? (void)0 : row_failed(__FILE__, __LINE__, #cond))
void row_failed(const char *file, int line, const char *cond) __attribute__((noreturn));

u64 rnd(void);				/* 64 random bits */
static inline u64 rnd_below(u64 n) { return rnd() % n; }
void rnd_seed(u64 seed);
unsigned long ops_wanted(unsigned long usual);

/* How often panic and assert_fail were called; a row that wants one says so first:
 * CHECK_PANICS(statement) holds if the statement panics. */
extern bool panic_expected;
#define CHECK_PANICS(statement) do {						\
	panic_expected = true;							\
	if (__builtin_setjmp(panic_jump) == 0) {				\
		statement;							\
		panic_expected = false;						\
		row_failed(__FILE__, __LINE__, "panics: " #statement);		\
	}									\
	panic_expected = false;							\
} while (0)
extern void *panic_jump[5];

/* The nth allocation of an xarray node from now on fails (0: none does). */
extern unsigned long xa_fail_nth;
extern long xa_nodes_live;

#endif
