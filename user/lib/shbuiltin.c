// SPDX-License-Identifier: MIT
/* shbuiltin.c - the commands that the shell itself has to be: they change it. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <lineedit.h>
#include <shell.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <testexpr.h>
#include <unistd.h>

/* Go to "../.." and the like by the text of cwd: for when cwd itself was removed. */
static int climb(const char *cwd, const char *to)
{
	char path[1024];
	char *end;

	snprintf(path, sizeof(path), "%s", cwd);
	while (strncmp(to, "..", 2) == 0 && (to[2] == '/' || to[2] == '\0')) {
		end = strrchr(path, '/');
		if (end)
			*end = '\0';
		for (to += 2; *to == '/'; to++)
			;
	}
	return *to || chdir(*path ? path : "/") < 0 ? -1 : 0;
}

static int do_cd(int argc, char **argv)
{
	const char *to = argc > 1 ? argv[1] : sh_getvar("HOME");
	char cwd[1024];

	if (to && strcmp(to, "-") == 0)
		to = sh_getvar("OLDPWD");
	if (!to)
		to = "/";
	if (getcwd(cwd, sizeof(cwd)))
		sh_setvar("OLDPWD", cwd);
	if (chdir(to) < 0 && (errno != ENOENT || climb(cwd, to) < 0)) {
		fprintf(stderr, "cd: %s: %s\n", to, strerror(errno));
		return 1;
	}
	if (getcwd(cwd, sizeof(cwd)))
		sh_setvar("PWD", cwd);
	return 0;
}

static int do_exit(int argc, char **argv)
{
	exit(argc > 1 ? atoi(argv[1]) & 255 : sh.status);
}

static int do_export(int argc, char **argv)
{
	size_t n;

	if (argc == 1)
		for (char **e = environ; *e; e++)
			printf("export %s\n", *e);
	for (int i = 1; i < argc; i++) {
		if (sh_assignment(argv[i], &n)) {
			argv[i][n] = '\0';
			sh_setvar(argv[i], argv[i] + n + 1);
		}
		sh_export_var(argv[i]);
	}
	return 0;
}

static int do_unset(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		sh_unset_var(argv[i]);
	return 0;
}

static int do_set(int argc, char **argv)
{
	int i;

	if (argc == 1)
		for (struct var *v = sh.vars; v; v = v->next)
			printf("%s=%s\n", v->name, v->value);
	for (i = 1; i < argc && (argv[i][0] == '-' || argv[i][0] == '+'); i++) {
		bool on = argv[i][0] == '-';

		if (strcmp(argv[i], "--") == 0) {
			i++;
			break;
		}
		if (strchr(argv[i], 'e'))
			sh.opt_exit = on;
		if (strchr(argv[i], 'x'))
			sh.opt_trace = on;
	}
	if (i < argc) {
		char **list = calloc((size_t)(argc - i) + 2, sizeof(*list));

		list[0] = sh.argv[0];
		for (sh.argc = 1; i < argc; i++)
			list[sh.argc++] = strdup(argv[i]);
		sh.argv = list;
	}
	return 0;
}

static int do_shift(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 1;

	if (n < 0 || n >= sh.argc)
		return 1;
	sh.argv[n] = sh.argv[0];
	sh.argv += n;
	sh.argc -= n;
	return 0;
}

static int do_read(int argc, char **argv)
{
	const char *ifs = sh_getvar("IFS");
	char *line = sh_alloc(4096), *p = line;
	size_t n = 0;
	bool raw = false, got = false;
	int i = 1;
	char c;

	if (argc > 1 && strcmp(argv[1], "-r") == 0) {
		raw = true;
		i++;
	}
	fflush(stdout);
	while (n < 4095 && read(0, &c, 1) == 1) {
		got = true;
		if (c == '\n')
			break;
		if (c == '\\' && !raw) {
			if (read(0, &c, 1) != 1)
				break;
			if (c == '\n')
				continue;
		}
		line[n++] = c;
	}
	if (!ifs)
		ifs = " \t\n";
	for (; i < argc; i++) {
		char *start;

		while (*p && isspace((unsigned char)*p) && strchr(ifs, *p))
			p++;
		start = p;
		if (i == argc - 1) {
			char *e = p + strlen(p);

			while (e > p && isspace((unsigned char)e[-1]) && strchr(ifs, e[-1]))
				*--e = '\0';
		} else {
			p += strcspn(p, ifs);
			if (*p)
				*p++ = '\0';
		}
		sh_setvar(argv[i], start);
	}
	return got && (n > 0 || c == '\n') ? 0 : 1;
}

static int do_source(int argc, char **argv)
{
	if (argc < 2)
		return 2;
	return sh_run_text(NULL, argv[1]);
}

static int do_eval(int argc, char **argv)
{
	size_t n = 1;
	char *s;

	for (int i = 1; i < argc; i++)
		n += strlen(argv[i]) + 1;
	s = sh_alloc(n);
	for (int i = 1; i < argc; i++) {
		strcat(s, argv[i]);
		strcat(s, " ");
	}
	return sh_run_text(s, NULL);
}

static struct job **find_job(const char *who, const char *what)
{
	struct job **p = &sh.jobs;

	while (*p && what && (*p)->nr != atoi(what + (*what == '%')))
		p = &(*p)->next;
	if (!*p)
		sh_complain(who, "no such job");
	return *p ? p : NULL;
}

/* Ctrl-C ends the waiting, not the job. */
static int wait_job(struct job **p)
{
	int status = sh_wait_for((*p)->pid, (*p)->pgid);

	if (!sh.interrupted)
		sh_drop_job(p);
	return status;
}

static int do_wait(int argc, char **argv)
{
	struct job **p = &sh.jobs;
	int status = 0;

	for (int i = 1; i < argc && !sh.interrupted; i++) {
		pid_t pid = atoi(argv[i]);

		p = &sh.jobs;
		if (argv[i][0] == '%')
			p = find_job(argv[0], argv[i]);
		else
			while (*p && (*p)->pid != pid)
				p = &(*p)->next;
		status = p && *p ? wait_job(p) : argv[i][0] == '%' ? 127 : sh_wait_for(pid, pid);
	}
	while (argc == 1 && *p && !sh.interrupted)
		if ((*p)->stopped)
			p = &(*p)->next;
		else
			wait_job(p);
	return sh.interrupted ? 130 : status;
}

/* bin/kill, to which a job (%1) is a process group. */
static int do_kill(int argc, char **argv)
{
	char **args = sh_alloc((size_t)(argc + 2) * sizeof(*args));
	int n = 0, from = 1, status;
	pid_t pid;

	args[n++] = argv[0];
	args[n++] = argc > 1 && argv[1][0] == '-' ? argv[from++] : "-TERM";
	for (int i = from; i < argc; i++) {
		args[n++] = argv[i];
		if (argv[i][0] == '%') {
			struct job **p = find_job(argv[0], argv[i]);

			if (!p)
				return 1;
			args[n - 1] = sh_alloc(24);
			snprintf(args[n - 1], 24, "%d", (*p)->pgid ? -(*p)->pgid : (*p)->pid);
			if ((*p)->stopped)	/* or it never hears of it */
				kill(atoi(args[n - 1]), SIGCONT);
		}
	}
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		execv("/bin/kill", args);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return 1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static int do_jobs(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	sh_reap_jobs();
	for (struct job *j = sh.jobs; j; j = j->next)
		printf("[%d] %d %s%s\n", j->nr, j->pid, j->stopped ? "(stopped) " : "", j->text);
	return 0;
}

static int do_fg(int argc, char **argv)
{
	struct job **p = find_job(argv[0], argc > 1 ? argv[1] : NULL), *j;
	struct node name = { .start = NULL };
	int status;

	if (!p)
		return 1;
	j = *p;
	*p = j->next;
	puts(j->text);
	fflush(stdout);
	name.start = j->text;
	name.end = j->text + strlen(j->text);
	sh.waited = &name;
	if (sh.interactive && j->pgid)
		tcsetpgrp(0, j->pgid);
	kill(j->pgid ? -j->pgid : j->pid, SIGCONT);
	status = sh_wait_for(j->pid, j->pgid);
	sh_take_terminal();
	sh.waited = NULL;
	free(j->text);
	free(j);
	return status;
}

static int do_bg(int argc, char **argv)
{
	struct job **p = find_job(argv[0], argc > 1 ? argv[1] : NULL);

	if (!p)
		return 1;
	(*p)->stopped = false;
	return kill((*p)->pgid ? -(*p)->pgid : (*p)->pid, SIGCONT) < 0;
}

static int do_jump(int argc, char **argv)
{
	switch (argv[0][0]) {
	case 'r':
		sh.jump = RETURN;
		return argc > 1 ? atoi(argv[1]) & 255 : sh.status;
	case 'b':
		sh.jump = BREAK;
		break;
	default:
		sh.jump = CONTINUE;
	}
	sh.jump_count = argc > 1 ? atoi(argv[1]) : 1;
	if (sh.loop_depth == 0)
		sh.jump = GO_ON;
	return 0;
}

static int do_umask(int argc, char **argv)
{
	return (void)argc, (void)argv, 0;
}
static int do_true(int argc, char **argv)
{
	return (void)argc, (void)argv, 0;
}
static int do_false(int argc, char **argv)
{
	return (void)argc, (void)argv, 1;
}

static int do_history(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	for (size_t i = 0; line_history(i); i++)
		printf("%4lu  %s\n", i + 1, line_history(i));
	return 0;
}

static int do_type(int argc, char **argv);
static int do_help(int argc, char **argv);

static const struct builtin builtins[] = {
	{ ".", do_source },      { ":", do_true },          { "[", test_main },
	{ "bg", do_bg },         { "break", do_jump },      { "cd", do_cd },
	{ "continue", do_jump }, { "eval", do_eval },       { "exit", do_exit },
	{ "export", do_export }, { "false", do_false },     { "fg", do_fg },
	{ "help", do_help },     { "history", do_history }, { "jobs", do_jobs },
	{ "kill", do_kill },     { "read", do_read },       { "return", do_jump },
	{ "set", do_set },       { "shift", do_shift },     { "source", do_source },
	{ "test", test_main },   { "true", do_true },       { "type", do_type },
	{ "umask", do_umask },   { "unset", do_unset },     { "wait", do_wait },
};

const struct builtin *sh_find_builtin(const char *name)
{
	for (size_t i = 0; i < sizeof(builtins) / sizeof(*builtins); i++)
		if (strcmp(builtins[i].name, name) == 0)
			return &builtins[i];
	return NULL;
}

struct func *sh_find_func(const char *name)
{
	struct func *f;

	for (f = sh.funcs; f && strcmp(f->name, name) != 0; f = f->next)
		;
	return f;
}

static int do_type(int argc, char **argv)
{
	int status = 0;

	for (int i = 1; i < argc; i++) {
		char path[256];

		snprintf(path, sizeof(path), "/bin/%s", argv[i]);
		if (sh_find_func(argv[i]))
			printf("%s is a function\n", argv[i]);
		else if (sh_find_builtin(argv[i]))
			printf("%s is a shell builtin\n", argv[i]);
		else if (access(path, F_OK) == 0)
			printf("%s is %s\n", argv[i], path);
		else {
			fprintf(stderr, "sh: %s: not found\n", argv[i]);
			status = 1;
		}
	}
	return status;
}

static int do_help(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	printf("Builtins:");
	for (size_t i = 0; i < sizeof(builtins) / sizeof(*builtins); i++)
		printf(" %s", builtins[i].name);
	printf("\nPrograms are in /bin and /tests.\n");
	return 0;
}
