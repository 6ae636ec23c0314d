// SPDX-License-Identifier: MIT
/*
 * rows.h - a user test is a table of named rows.
 *
 * Each row runs in a child of its own, so that a crash or an early exit fails that row
 * alone.  A row fails by FAIL_IF, which says what was expected and ends the child.
 */
#ifndef TESTS_USER_ROWS_H
#define TESTS_USER_ROWS_H

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

struct row {
	const char *name;
	void (*fn)(void);
};

static const char *row_name;

#define FAIL_IF(cond) \
	do { \
		if (cond) { \
			printf("FAIL %s: %s (line %d, errno %d)\n", row_name, #cond, __LINE__, errno); \
			fflush(stdout); \
			_exit(1); \
		} \
	} while (0)
/* The call fails with this errno. */
#define FAILS_WITH(call, err) \
	do { \
		errno = 0; \
		long fails_ret = (long)(call); \
		if (fails_ret != -1 || errno != (err)) { \
			printf("FAIL %s: %s gives %ld, errno %d, not " #err " (line %d)\n", row_name, \
			       #call, fails_ret, errno, __LINE__); \
			fflush(stdout); \
			_exit(1); \
		} \
	} while (0)

/* => the number of failed rows; a name given as argument picks one row */
static int run_rows(const struct row *rows, int n, int argc, char **argv)
{
	int failed = 0;

	for (int i = 0; i < n; i++) {
		int pid, status = -1;

		if (argc > 1 && strcmp(argv[1], rows[i].name) != 0)
			continue;
		row_name = rows[i].name;
		pid = fork();
		if (pid == 0) {
			rows[i].fn();
			_exit(0);
		}
		if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0) {
			if (!(pid > 0 && (status & 0x7f) == 0))
				printf("FAIL %s: status 0x%x\n", rows[i].name, status);
			failed++;
		} else {
			printf("ok %s\n", rows[i].name);
		}
		fflush(stdout);
	}
	return failed;
}

#define RUN_ROWS(rows, argc, argv) \
	run_rows(rows, (int)(sizeof(rows) / sizeof((rows)[0])), argc, argv)

#endif
