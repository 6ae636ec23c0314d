// SPDX-License-Identifier: MIT
/*
 * test.h - rows of user tests.
 *
 *	TEST(pipe_is_empty) { CHECK(read(fd, &c, 1) == 0); }
 *	int main(void) { RUN(pipe_is_empty); return test_end(); }
 *
 * CHECK ends the row at the first condition that does not hold; a row that ends
 * otherwise is ok.  test_end() gives the exit status.
 */
#ifndef TESTS_USER_TEST_H
#define TESTS_USER_TEST_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int test_failures, test_failed;
static const char *test_name;

#define TEST(name) static void name(void)
#define RUN(name) RUN_AS(#name, name)
#define RUN_AS(text, fn)						\
	do {								\
		test_name = (text);					\
		test_failed = 0;					\
		fn();							\
		if (!test_failed)					\
			printf("ok %s\n", test_name);			\
		fflush(stdout);						\
	} while (0)

static inline void test_fail(const char *what, int line)
{
	if (!test_failed)
		printf("FAIL %s: line %d: %s (errno %d)\n", test_name, line, what, errno);
	test_failed = 1;
	test_failures++;
}

#define CHECK(cond)							\
	do {								\
		if (!(cond)) {						\
			test_fail(#cond, __LINE__);			\
			return;						\
		}							\
	} while (0)

/* As CHECK, showing both numbers. */
#define CHECK_EQ(a, b)							\
	do {								\
		long test_a = (long)(a), test_b = (long)(b);		\
		if (test_a != test_b) {					\
			printf("  %s is %ld (0x%lx), %s is %ld\n", #a, test_a, test_a, #b, test_b); \
			test_fail(#a " == " #b, __LINE__);		\
			return;						\
		}							\
	} while (0)

static inline int test_end(void)
{
	return test_failures ? 1 : 0;
}

/* In a child of its own: its wait status. */
static inline int __attribute__((unused)) run_child(void (*fn)(void))
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		fn();
		_exit(0);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid ? status : -1;
}

/* A line of a /proc file as a number: proc_number("/proc/meminfo", "MemFree:"). */
static inline long __attribute__((unused)) proc_number(const char *path, const char *label)
{
	FILE *f = fopen(path, "r");
	char line[256];
	long n = -1;

	while (f && fgets(line, sizeof(line), f))
		if (strncmp(line, label, strlen(label)) == 0) {
			n = strtol(line + strlen(label), NULL, 0);
			break;
		}
	if (f)
		fclose(f);
	return n;
}

#endif
