// SPDX-License-Identifier: MIT
/* mv FROM ... TO - rename files and directories; across file systems, copy and remove. */
#include <err.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static int run(const char *prog, const char *flag, const char *a, const char *b)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		execlp(prog, prog, flag, a, b, (char *)NULL);
		err(127, "%s", prog);
	}
	return pid < 0 || waitpid(pid, &status, 0) < 0 || status != 0 ? -1 : 0;
}

int main(int argc, char **argv)
{
	const char *to;
	struct stat st;
	int c, into, status = 0;

	while ((c = getopt(argc, argv, "f")) != -1)
		if (c == '?')
			return 2;
	if (argc - optind < 2)
		errx(2, "usage: mv FROM ... TO");
	to = argv[argc - 1];
	into = stat(to, &st) == 0 && S_ISDIR(st.st_mode);
	if (argc - optind > 2 && !into)
		errx(1, "%s is not a directory", to);
	for (int i = optind; i < argc - 1; i++) {
		char path[PATH_MAX], *base;
		const char *target = to;
		size_t n = strlen(argv[i]);

		while (n > 1 && argv[i][n - 1] == '/')
			argv[i][--n] = '\0';
		base = strrchr(argv[i], '/');
		if (into) {
			snprintf(path, sizeof(path), "%s/%s", to,
			         base && base[1] ? base + 1 : argv[i]);
			target = path;
		}
		if (rename(argv[i], target) == 0)
			continue;
		if (errno == EXDEV) {
			if (run("cp", "-r", argv[i], target) < 0 ||
			    run("rm", "-r", argv[i], NULL) < 0)
				status = 1;
		} else {
			warn("%s to %s", argv[i], target);
			status = 1;
		}
	}
	return status;
}
