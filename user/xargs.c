// SPDX-License-Identifier: MIT
/* xargs [-n N] [-I STR] [-0] [-t] [COMMAND [ARG ...]] - run the command with words from
 * standard input as further arguments; -I: one line at a time in place of STR. */
#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_ARGS  1000
#define MAX_BYTES 32768

static char *args[MAX_ARGS + 64];
static int fixed, count, status, trace;
static size_t bytes;

static void run(void)
{
	int st;
	pid_t pid;

	args[fixed + count] = NULL;
	if (trace) {
		for (int i = 0; args[i]; i++)
			fprintf(stderr, "%s%s", i ? " " : "", args[i]);
		fputc('\n', stderr);
	}
	pid = fork();
	if (pid < 0)
		err(1, "fork");
	if (pid == 0) {
		execvp(args[0], args);
		warn("%s", args[0]);
		_exit(errno == ENOENT ? 127 : 126);
	}
	if (waitpid(pid, &st, 0) < 0)
		err(1, "wait");
	if (st != 0)
		status = WIFEXITED(st) && WEXITSTATUS(st) >= 126 ? WEXITSTATUS(st) : 123;
	while (count > 0)
		free(args[fixed + --count]);
	bytes = 0;
}

/* The next word (or line, or \0-ended name); NULL at the end. */
static char *next(bool line, int zero)
{
	char buf[PATH_MAX * 2];
	size_t n = 0;
	int c, quote = 0;
	bool any = false;

	while ((c = getchar()) != EOF) {
		if (zero ? c == '\0' : line ? c == '\n' : !quote && isspace(c)) {
			if (any || zero)
				return strndup(buf, n);
			continue;
		}
		any = true;
		if (!zero && !line) {
			if (quote ? c == quote : c == '\'' || c == '"') {
				quote = quote ? 0 : c;
				continue;
			}
			if (c == '\\' && !quote && (c = getchar()) == EOF)
				break;
		}
		if (n < sizeof(buf))
			buf[n++] = (char)c;
	}
	return any ? strndup(buf, n) : NULL;
}

int main(int argc, char **argv)
{
	const char *replace = NULL;
	int c, max = MAX_ARGS, zero = 0;
	char *word, *echo[] = { "echo", NULL };

	while ((c = getopt(argc, argv, "n:I:0tr")) != -1)
		switch (c) {
		case 'n':
			max = atoi(optarg);
			break;
		case 'I':
			replace = optarg;
			break;
		case '0':
			zero = 1;
			break;
		case 't':
			trace = 1;
			break;
		case 'r':
			break;
		default:
			return 2;
		}
	if (max < 1 || max > MAX_ARGS)
		errx(2, "-n: 1 to %d", MAX_ARGS);
	argv = optind < argc ? argv + optind : echo;
	for (fixed = 0; argv[fixed] && fixed < 60; fixed++)
		args[fixed] = argv[fixed];
	while ((word = next(replace != NULL, zero))) {
		if (replace) {
			for (int i = 0; i < fixed; i++) {
				char *at = strstr(argv[i], replace), out[PATH_MAX * 2];

				if (!at)
					continue;
				snprintf(out, sizeof(out), "%.*s%s%s", (int)(at - argv[i]), argv[i],
				         word, at + strlen(replace));
				args[i] = strdup(out);
			}
			run();
			free(word);
			continue;
		}
		args[fixed + count++] = word;
		bytes += strlen(word) + 1;
		if (count == max || bytes > MAX_BYTES)
			run();
	}
	if (count > 0)
		run();
	return status;
}
