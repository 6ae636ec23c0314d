// SPDX-License-Identifier: MIT
/*
 * sh - the shell.
 *
 *	line:     andor { (; &) andor } newline
 *	andor:    pipeline { (&& ||) pipeline }
 *	pipeline: [!] command { | command }
 *	command:  words and redirections (< > >> 2> 2>&1 <<END) | ( list ) | { list } |
 *		  if list then list [elif ..] [else list] fi | while/until list do list done |
 *		  for NAME [in words] do list done | case WORD in PATTERN|..) list ;; .. esac |
 *		  NAME() command
 *
 * Three parts: lib/shparse.c makes a tree of the text, lib/shexpand.c makes arguments of
 * words, and this file runs the tree.  Every pipeline of an interactive shell is a process
 * group of its own and has the terminal while it runs in the foreground, so Ctrl-C reaches
 * it and not the shell.  What a command needed is freed when it is done (the arena).
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <lineedit.h>
#include <setjmp.h>
#include <shell.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <testexpr.h>
#include <unistd.h>

struct shell sh;

static bool interactive, opt_exit, opt_trace;
static int cond_depth; /* inside if's or while's condition: set -e looks away */
static enum { GO_ON, BREAK, CONTINUE, RETURN } jump;
static int jump_count, loop_depth;
static volatile sig_atomic_t interrupted;

static struct var { /* variables that are not exported */
	char *name, *value;
	struct var *next;
} * vars;

static struct func {
	char *name;
	struct node *body;
	struct func *next;
} * funcs;

static struct job {
	pid_t pid, pgid; /* the last of its pipeline; its group (0: the shell's own) */
	int nr;
	bool stopped;
	char *text;
	struct job *next;
} * jobs;
static const struct node *waited; /* what wait_for waits for, to name it if it stops */

static int run(struct node *n, bool last);
static int run_text(const char *text, const char *name);

/* --- variables --- */

static struct var *find_var(const char *name)
{
	struct var *v;

	for (v = vars; v && strcmp(v->name, name) != 0; v = v->next)
		;
	return v;
}

const char *sh_getvar(const char *name)
{
	struct var *v = find_var(name);

	return v ? v->value : getenv(name);
}

void sh_setvar(const char *name, const char *value)
{
	struct var *v = find_var(name);

	if (!v) {
		if (getenv(name)) {
			setenv(name, value, 1);
			return;
		}
		v = calloc(1, sizeof(*v));
		v->name = strdup(name);
		v->next = vars;
		vars = v;
	}
	value = strdup(value);
	free(v->value);
	v->value = (char *)value;
}

static void unset_var(const char *name)
{
	for (struct var **p = &vars; *p; p = &(*p)->next)
		if (strcmp((*p)->name, name) == 0) {
			struct var *v = *p;

			*p = v->next;
			free(v->name);
			free(v->value);
			free(v);
			break;
		}
	unsetenv(name);
}

static void export_var(const char *name)
{
	const char *value = sh_getvar(name);
	char *copy = strdup(value ? value : "");

	unset_var(name);
	setenv(name, copy, 1);
	free(copy);
}

static void assign(const char *word)
{
	size_t n;
	char *name;

	sh_assignment(word, &n);
	name = sh_strndup(word, n);
	sh_setvar(name, sh_single(word + n + 1));
}

/* --- processes --- */

static void complain(const char *what, const char *why)
{
	fflush(stdout);
	fprintf(stderr, "sh: %s%s%s\n", what, *what ? ": " : "", why);
}

static int status_of(int status)
{
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	if (interactive && WTERMSIG(status) == SIGINT)
		interrupted = 1; /* Ctrl-C ends the loop around the program, too */
	if (interactive && WTERMSIG(status) != SIGINT && WTERMSIG(status) != SIGPIPE)
		fprintf(stderr, "%s\n", strsignal(WTERMSIG(status)));
	return 128 + WTERMSIG(status);
}

static void add_job(pid_t pid, pid_t pgid, const struct node *n, bool stopped)
{
	struct job *j = calloc(1, sizeof(*j));

	j->pid = pid;
	j->pgid = pgid;
	j->nr = jobs ? jobs->nr + 1 : 1;
	j->stopped = stopped;
	j->text = n && n->start && n->end ? strndup(n->start, (size_t)(n->end - n->start))
	                                  : strdup("?");
	j->next = jobs;
	jobs = j;
	if (!stopped)
		sh.last_bg = pid;
	if (interactive)
		stopped ? fprintf(stderr, "[%d] stopped %s\n", j->nr, j->text)
			: fprintf(stderr, "[%d] %d\n", j->nr, pid);
}

static void drop_job(struct job **p)
{
	struct job *j = *p;

	*p = j->next;
	free(j->text);
	free(j);
}

/* Wait for a child; stopped by Ctrl-Z it becomes a job. */
static int wait_for(pid_t pid, pid_t pgid)
{
	int status;

	while (waitpid(pid, &status, interactive ? WUNTRACED : 0) < 0)
		if (errno != EINTR)
			return 127;
	if (WIFSTOPPED(status)) {
		add_job(pid, pgid, waited, true);
		return 128 + WSTOPSIG(status);
	}
	return status_of(status);
}

/*
 * A child in process group pgid (0: a new one), with the terminal if it is to be in front.
 * Ctrl-C may come at any moment: SIGINT is held back until the group has the terminal, and
 * what reached the shell before that is passed on.
 */
static pid_t fork_child(pid_t pgid, bool front)
{
	sigset_t set, old;
	pid_t pid;

	fflush(NULL);
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	if (interactive)
		sigprocmask(SIG_BLOCK, &set, &old);
	pid = fork();
	if (pid == 0 && !interactive && !front)
		signal(SIGINT, SIG_IGN);
	if (!interactive && pid >= 0)
		return pid;
	if (pid < 0) {
		complain("fork", strerror(errno));
	} else {
		if (pgid == 0)
			pgid = pid ? pid : getpid();
		setpgid(pid ? pid : 0, pgid); /* both do it: whoever runs first */
		if (front)
			tcsetpgrp(0, pgid);
	}
	if (pid == 0) {
		interactive = false;
		jobs = NULL;
		signal(SIGINT, SIG_DFL);
		signal(SIGQUIT, SIG_DFL);
		signal(SIGTSTP, SIG_DFL);
	}
	if (pid == 0 || interactive)
		sigprocmask(SIG_SETMASK, &old, NULL);
	if (pid > 0 && front && interrupted)
		kill(-pgid, SIGINT);
	return pid;
}

static void take_terminal(void)
{
	if (interactive)
		tcsetpgrp(0, getpgrp());
}

/* Whoever has ended in the background; nothing runs in the foreground now. */
static void reap_jobs(void)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (struct job **p = &jobs; *p; p = &(*p)->next)
			if ((*p)->pid == pid) {
				if (interactive)
					fprintf(stderr, "[%d] done %s\n", (*p)->nr, (*p)->text);
				drop_job(p);
				break;
			}
}

/* --- redirections --- */

/* Put fd in the place of slot, keeping the old one at *saved if that is not NULL. */
static bool redirect_one(struct redir *r)
{
	int fd, p[2];
	char *target;

	if (r->op == R_HERE) {
		char *text = r->literal ? r->target : sh_heredoc(r->target);
		size_t n = strlen(text);

		if (n <= 4096) {
			if (pipe(p) < 0)
				goto fail_errno;
			if (write(p[1], text, n) != (ssize_t)n)
				complain("<<", strerror(errno));
			close(p[1]);
			fd = p[0];
		} else {
			char name[] = "/tmp/sh.XXXXXX";

			fd = mkstemp(name);
			if (fd < 0 || write(fd, text, n) != (ssize_t)n)
				goto fail_errno;
			unlink(name);
			lseek(fd, 0, SEEK_SET);
		}
		goto install;
	}
	target = sh_single(r->target);
	if (r->op == R_DUP) {
		if (strcmp(target, "-") == 0) {
			close(r->fd);
			return true;
		}
		fd = atoi(target);
		if (!isdigit((unsigned char)*target) || (fd != r->fd && dup2(fd, r->fd) < 0)) {
			complain(target, "not an open descriptor");
			return false;
		}
		return true;
	}
	fd = open(target,
	          r->op == R_IN     ? O_RDONLY
	          : r->op == R_RDWR ? O_RDWR | O_CREAT
	                            : O_WRONLY | O_CREAT | (r->op == R_APPEND ? O_APPEND : O_TRUNC),
	          0666);
	if (fd < 0) {
		complain(target, strerror(errno));
		return false;
	}
install:
	if (fd != r->fd) {
		dup2(fd, r->fd);
		close(fd);
	}
	return true;
fail_errno:
	complain("<<", strerror(errno));
	return false;
}

#define SAVE_BASE 50 /* where saved descriptors go */

/* For builtins and groups in this process: saved[fd] is what to put back, -1 unset, -2 closed */
static bool redirect(struct redir *r, int *saved)
{
	fflush(stdout);
	for (; r; r = r->next) {
		if (saved && r->fd < 10 && saved[r->fd] == -1) {
			saved[r->fd] = fcntl(r->fd, F_DUPFD, SAVE_BASE);
			if (saved[r->fd] >= 0)
				fcntl(saved[r->fd], F_SETFD, FD_CLOEXEC);
			else
				saved[r->fd] = -2;
		}
		if (!redirect_one(r))
			return false;
	}
	return true;
}

static void restore(int *saved)
{
	fflush(stdout);
	for (int fd = 0; fd < 10; fd++) {
		if (saved[fd] == -2)
			close(fd);
		else if (saved[fd] >= 0) {
			dup2(saved[fd], fd);
			close(saved[fd]);
		}
	}
}

/* --- builtins --- */

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
	if (chdir(to) < 0) {
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
		export_var(argv[i]);
	}
	return 0;
}

static int do_unset(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		unset_var(argv[i]);
	return 0;
}

static int do_set(int argc, char **argv)
{
	int i;

	if (argc == 1)
		for (struct var *v = vars; v; v = v->next)
			printf("%s=%s\n", v->name, v->value);
	for (i = 1; i < argc && (argv[i][0] == '-' || argv[i][0] == '+'); i++) {
		bool on = argv[i][0] == '-';

		if (strcmp(argv[i], "--") == 0) {
			i++;
			break;
		}
		if (strchr(argv[i], 'e'))
			opt_exit = on;
		if (strchr(argv[i], 'x'))
			opt_trace = on;
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
	return run_text(NULL, argv[1]);
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
	return run_text(s, NULL);
}

static int do_wait(int argc, char **argv)
{
	int status = 0;

	if (argc > 1)
		for (int i = 1; i < argc; i++) {
			pid_t pid = atoi(argv[i]);
			struct job **p = &jobs;

			while (*p && (*p)->pid != pid)
				p = &(*p)->next;
			status = wait_for(pid, pid);
			if (*p)
				drop_job(p);
		}
	else
		while (jobs) {
			wait_for(jobs->pid, jobs->pgid);
			drop_job(&jobs);
		}
	return status;
}

static int do_jobs(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	reap_jobs();
	for (struct job *j = jobs; j; j = j->next)
		printf("[%d] %d %s%s\n", j->nr, j->pid, j->stopped ? "(stopped) " : "", j->text);
	return 0;
}

static struct job **find_job(int argc, char **argv)
{
	struct job **p = &jobs;

	if (argc > 1)
		while (*p && (*p)->nr != atoi(argv[1] + (argv[1][0] == '%')))
			p = &(*p)->next;
	if (!*p)
		complain(argv[0], "no such job");
	return *p ? p : NULL;
}

static int do_fg(int argc, char **argv)
{
	struct job **p = find_job(argc, argv), *j;
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
	waited = &name;
	if (interactive && j->pgid)
		tcsetpgrp(0, j->pgid);
	kill(j->pgid ? -j->pgid : j->pid, SIGCONT);
	status = wait_for(j->pid, j->pgid);
	take_terminal();
	waited = NULL;
	free(j->text);
	free(j);
	return status;
}

static int do_bg(int argc, char **argv)
{
	struct job **p = find_job(argc, argv);

	if (!p)
		return 1;
	(*p)->stopped = false;
	return kill((*p)->pgid ? -(*p)->pgid : (*p)->pid, SIGCONT) < 0;
}

static int do_jump(int argc, char **argv)
{
	switch (argv[0][0]) {
	case 'r':
		jump = RETURN;
		return argc > 1 ? atoi(argv[1]) & 255 : sh.status;
	case 'b':
		jump = BREAK;
		break;
	default:
		jump = CONTINUE;
	}
	jump_count = argc > 1 ? atoi(argv[1]) : 1;
	if (loop_depth == 0)
		jump = GO_ON;
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

static const struct builtin {
	const char *name;
	int (*fn)(int argc, char **argv);
} builtins[] = {
	{ ".", do_source },      { ":", do_true },          { "[", test_main },
	{ "bg", do_bg },         { "break", do_jump },      { "cd", do_cd },
	{ "continue", do_jump }, { "eval", do_eval },       { "exit", do_exit },
	{ "export", do_export }, { "false", do_false },     { "fg", do_fg },
	{ "help", do_help },     { "history", do_history }, { "jobs", do_jobs },
	{ "read", do_read },     { "return", do_jump },     { "set", do_set },
	{ "shift", do_shift },   { "source", do_source },   { "test", test_main },
	{ "true", do_true },     { "type", do_type },       { "umask", do_umask },
	{ "unset", do_unset },   { "wait", do_wait },
};

static const struct builtin *find_builtin(const char *name)
{
	for (size_t i = 0; i < sizeof(builtins) / sizeof(*builtins); i++)
		if (strcmp(builtins[i].name, name) == 0)
			return &builtins[i];
	return NULL;
}

static struct func *find_func(const char *name)
{
	struct func *f;

	for (f = funcs; f && strcmp(f->name, name) != 0; f = f->next)
		;
	return f;
}

static int do_type(int argc, char **argv)
{
	int status = 0;

	for (int i = 1; i < argc; i++) {
		char path[256];

		snprintf(path, sizeof(path), "/bin/%s", argv[i]);
		if (find_func(argv[i]))
			printf("%s is a function\n", argv[i]);
		else if (find_builtin(argv[i]))
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

/* --- running --- */

static void define(struct node *n)
{
	struct func *f = find_func(n->name);
	void *old = sh_detach(); /* the function outlives this command */
	const char *text = strndup(n->a->start, (size_t)(n->a->end - n->a->start)), *err;
	struct node *tree;

	if (!f) {
		f = calloc(1, sizeof(*f));
		f->name = strdup(n->name);
		f->next = funcs;
		funcs = f;
	}
	if (sh_parse(&text, true, &tree, &err) == P_OK)
		f->body = tree;
	sh_detach();
	sh_attach(old);
}

static int call(struct func *f, int argc, char **argv)
{
	struct shell outer = sh;
	int depth = loop_depth, status;

	sh.argc = argc;
	sh.argv = argv;
	argv[0] = outer.argv[0];
	loop_depth = 0;
	status = run(f->body, false);
	if (jump == RETURN)
		jump = GO_ON;
	loop_depth = depth;
	sh.argc = outer.argc;
	sh.argv = outer.argv;
	return status;
}

/* Turn into the program; never returns. */
static void exec_program(char **argv, struct word *assigns, struct redir *redirs)
{
	size_t n;

	if (!redirect(redirs, NULL))
		exit(1);
	for (; assigns && sh_assignment(assigns->s, &n); assigns = assigns->next)
		setenv(sh_strndup(assigns->s, n), sh_single(assigns->s + n + 1), 1);
	fflush(NULL);
	execvp(argv[0], argv);
	complain(argv[0],
	         errno == ENOENT && !strchr(argv[0], '/') ? "command not found" : strerror(errno));
	_exit(errno == ENOENT ? 127 : 126);
}

static int run_command(struct node *n, bool last)
{
	struct word *assigns = n->words, *w = n->words;
	const struct builtin *b;
	struct func *f;
	int argc, status, saved[10];
	size_t len;
	char **argv;
	pid_t pid;

	while (w && sh_assignment(w->s, &len))
		w = w->next;
	sh.status = w ? sh.status : 0;
	argv = sh_fields(w, &argc);
	if (!argv) {
		complain("", sh_error);
		return 1;
	}
	if (opt_trace && argc > 0) {
		fputs("+", stderr);
		for (int i = 0; i < argc; i++)
			fprintf(stderr, " %s", argv[i]);
		fputs("\n", stderr);
	}
	for (int i = 0; i < 10; i++)
		saved[i] = -1;
	if (argc == 0) {
		if (!redirect(n->redirs, saved)) {
			restore(saved);
			return 1;
		}
		restore(saved);
		for (; assigns != w; assigns = assigns->next)
			assign(assigns->s);
		return sh.status;
	}
	if (strcmp(argv[0], "exec") == 0) {
		if (argc > 1)
			exec_program(argv + 1, assigns != w ? assigns : NULL, n->redirs);
		return redirect(n->redirs, NULL) ? 0 : 1;
	}
	f = find_func(argv[0]);
	b = f ? NULL : find_builtin(argv[0]);
	if (f || b) {
		for (; assigns != w; assigns = assigns->next)
			assign(assigns->s);
		if (redirect(n->redirs, saved))
			status = f ? call(f, argc, argv) : b->fn(argc, argv);
		else
			status = 1;
		restore(saved);
		return status;
	}
	if (last)
		exec_program(argv, assigns != w ? assigns : NULL, n->redirs);
	pid = fork_child(0, true);
	if (pid < 0)
		return 126;
	if (pid == 0)
		exec_program(argv, assigns != w ? assigns : NULL, n->redirs);
	waited = n;
	status = wait_for(pid, pid);
	take_terminal();
	return status;
}

static int run_pipeline(struct node *n)
{
	struct node *whole = n;
	pid_t pgid = 0, pid = -1;
	int in = -1, status, nr = 0;
	struct node *part;

	for (;;) {
		int p[2] = { -1, -1 };

		part = n->type == N_PIPE ? n->a : n;
		if (n->type == N_PIPE && pipe(p) < 0) {
			complain("pipe", strerror(errno));
			break;
		}
		pid = fork_child(pgid, true);
		if (pid == 0) {
			if (in >= 0) {
				dup2(in, 0);
				close(in);
			}
			if (p[1] >= 0) {
				dup2(p[1], 1);
				close(p[0]);
				close(p[1]);
			}
			exit(run(part, true));
		}
		if (in >= 0)
			close(in);
		if (p[1] >= 0)
			close(p[1]);
		in = p[0];
		if (pid < 0)
			break;
		nr++;
		if (pgid == 0)
			pgid = pid;
		if (n->type != N_PIPE)
			break;
		n = n->b;
	}
	if (pid < 0 && in >= 0)
		close(in);
	/* the last one's status counts; the others are waited for in any order */
	waited = whole;
	status = pid > 0 ? wait_for(pid, pgid) : 126;
	if (pid > 0)
		nr--;
	if (jobs && jobs->pid == pid) /* stopped: the others are waited for with the job */
		nr = 0;
	while (nr-- > 0) {
		pid_t r = 0;

		if (interactive)
			while ((r = waitpid(-pgid, NULL, 0)) < 0 && errno == EINTR)
				;
		else
			while ((r = waitpid(-1, NULL, 0)) < 0 && errno == EINTR)
				;
		for (struct job **j = &jobs; *j; j = &(*j)->next)
			if ((*j)->pid == r) { /* a background job ended meanwhile */
				drop_job(j);
				nr++;
				break;
			}
	}
	take_terminal();
	return status;
}

/* One turn of a loop's body is over: does the loop end? */
static bool leave_loop(void)
{
	if (interrupted)
		return true;
	if (jump == GO_ON)
		return false;
	if (jump == RETURN || --jump_count > 0)
		return true;
	if (jump == BREAK) {
		jump = GO_ON;
		return true;
	}
	jump = GO_ON;
	return false;
}

static int run_loop(struct node *n)
{
	int status = 0, cond;

	loop_depth++;
	for (;;) {
		void *mark = sh_mark();

		cond_depth++;
		cond = run(n->a, false);
		cond_depth--;
		if (jump != GO_ON ? leave_loop() : (cond == 0) != (n->type == N_WHILE))
			break;
		status = run(n->b, false);
		if (leave_loop())
			break;
		sh_release(mark);
	}
	loop_depth--;
	return status;
}

static int run_for(struct node *n)
{
	int argc = sh.argc - 1, status = 0;
	char **list = sh.argv + 1;

	if (n->has_list)
		list = sh_fields(n->words, &argc);
	if (!list) {
		complain("", sh_error);
		return 1;
	}
	loop_depth++;
	for (int i = 0; i < argc; i++) {
		void *mark = sh_mark();

		sh_setvar(n->name, list[i]);
		status = run(n->b, false);
		if (leave_loop())
			break;
		sh_release(mark);
	}
	loop_depth--;
	return status;
}

static int run_case(struct node *n)
{
	char *s = sh_single(n->name);

	for (struct case_item *i = n->items; i; i = i->next)
		for (struct word *w = i->patterns; w; w = w->next)
			if (fnmatch_simple(sh_pattern(w->s), s))
				return i->body ? run(i->body, false) : 0;
	return 0;
}

static int run_subshell(struct node *n)
{
	pid_t pid = fork_child(0, true);
	int status;

	if (pid == 0)
		exit(run(n->a, true));
	waited = n;
	status = pid < 0 ? 126 : wait_for(pid, pid);
	take_terminal();
	return status;
}

/* A node with redirections around it, or without. */
static int run_inner(struct node *n, bool last)
{
	int status;
	pid_t pid;

	switch (n->type) {
	case N_CMD:
		return run_command(n, last);
	case N_PIPE:
		return run_pipeline(n);
	case N_NOT:
		cond_depth++;
		status = !run(n->a, false);
		cond_depth--;
		return status;
	case N_AND:
	case N_OR:
		cond_depth++;
		status = run(n->a, false);
		cond_depth--;
		if (jump == GO_ON && (status == 0) == (n->type == N_AND))
			status = run(n->b, last);
		return status;
	case N_SEQ:
		status = run(n->a, false);
		if (jump == GO_ON && !interrupted)
			status = run(n->b, last);
		return status;
	case N_BG:
		pid = fork_child(0, false);
		if (pid == 0) {
			if (!isatty(0) || !interactive) {
				int fd = open("/dev/null", O_RDONLY);

				if (fd > 0) {
					dup2(fd, 0);
					close(fd);
				}
			}
			exit(run(n->a, true));
		}
		if (pid < 0)
			return 126;
		add_job(pid, interactive ? pid : 0, n, false);
		return 0;
	case N_SUBSHELL:
		return run_subshell(n);
	case N_GROUP:
		return run(n->a, last);
	case N_IF:
		cond_depth++;
		status = run(n->a, false);
		cond_depth--;
		if (jump != GO_ON)
			return status;
		if (status == 0)
			return run(n->b, last);
		return n->c ? run(n->c, last) : 0;
	case N_WHILE:
	case N_UNTIL:
		return run_loop(n);
	case N_FOR:
		return run_for(n);
	case N_CASE:
		return run_case(n);
	case N_FUNC:
		define(n);
		return 0;
	}
	return 1;
}

static int run(struct node *n, bool last)
{
	int saved[10], status;

	if (interrupted)
		return sh.status = 130;
	if (n->redirs && n->type != N_CMD) {
		for (int i = 0; i < 10; i++)
			saved[i] = -1;
		status = redirect(n->redirs, saved) ? run_inner(n, false) : 1;
		restore(saved);
	} else
		status = run_inner(n, last);
	sh.status = status;
	if (opt_exit && status != 0 && cond_depth == 0 && n->type != N_AND && n->type != N_OR &&
	    n->type != N_NOT)
		exit(status);
	return status;
}

char *sh_capture(const char *cmd)
{
	size_t n = 0, size = 256;
	char *buf = malloc(size), *copy;
	int p[2], status;
	ssize_t r;
	pid_t pid;

	if (pipe(p) < 0) {
		sh_error = strerror(errno);
		free(buf);
		return sh_strndup("", 0);
	}
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		interactive = false;
		jobs = NULL;
		dup2(p[1], 1);
		close(p[0]);
		close(p[1]);
		exit(run_text(cmd, NULL));
	}
	close(p[1]);
	while (pid > 0 && (r = read(p[0], buf + n, size - n)) != 0) {
		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			break;
		n += (size_t)r;
		if (n == size)
			buf = realloc(buf, size *= 2);
	}
	close(p[0]);
	if (pid > 0) {
		waitpid(pid, &status, 0);
		sh.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	}
	while (n > 0 && buf[n - 1] == '\n')
		n--;
	copy = sh_strndup(buf, n);
	free(buf);
	return copy;
}

/* --- where commands come from --- */

static char *read_file(const char *name)
{
	size_t n = 0, size = 4096;
	char *buf = malloc(size);
	int fd = open(name, O_RDONLY);
	ssize_t r;

	if (fd < 0) {
		free(buf);
		return NULL;
	}
	while ((r = read(fd, buf + n, size - n - 1)) > 0) {
		n += (size_t)r;
		if (n == size - 1)
			buf = realloc(buf, size *= 2);
	}
	close(fd);
	if (r < 0) {
		free(buf);
		return NULL;
	}
	buf[n] = '\0';
	return buf;
}

/* The text (or, if it is NULL, that of the file), line by line. */
static int run_text(const char *text, const char *name)
{
	char *file = NULL;
	const char *err;
	struct node *tree;
	int status = 0;

	if (!text) {
		text = file = read_file(name);
		if (!text) {
			complain(name, strerror(errno));
			return 127;
		}
		if (memchr(text, '\177', 4) == text && text[1] == 'E') {
			complain(name, "not a script");
			return 126;
		}
	}
	while (*text && jump == GO_ON) {
		void *mark = sh_mark();

		switch (sh_parse(&text, true, &tree, &err)) {
		case P_OK:
			status = run(tree, false);
			break;
		case P_EMPTY:
			break;
		default:
			complain(name ? name : "", err);
			sh_release(mark);
			free(file);
			return sh.status = 2;
		}
		sh_release(mark);
	}
	if (jump == RETURN && name)
		jump = GO_ON;
	free(file);
	return status;
}

static char *read_line(const char *prompt, bool *cancelled)
{
	char *line = NULL;
	size_t n = 0, size = 0;
	int gave_up = 0;
	ssize_t r;
	char c;

	*cancelled = false;
	if (interactive && isatty(0)) {
		line = line_edit(prompt, &gave_up);
		*cancelled = gave_up;
		return line;
	}
	if (interactive) {
		fputs(prompt, stderr);
	}
	while ((r = read(0, &c, 1)) == 1 || (r < 0 && errno == EINTR)) {
		if (r < 0)
			continue;
		if (n + 2 > size)
			line = realloc(line, size = size * 2 + 80);
		if (c == '\n')
			break;
		line[n++] = c;
	}
	if (line)
		line[n] = '\0';
	return line;
}

/* Lines from descriptor 0 until the command they make is complete. */
static void command_loop(void)
{
	char *text = strdup("");
	bool cancelled;

	for (;;) {
		const char *p, *err;
		struct node *tree;
		void *mark;
		char *line;

		if (interactive)
			reap_jobs();
		interrupted = 0;
		line = read_line(*text ? "> " : "$ ", &cancelled);
		if (cancelled) {
			*text = '\0';
			free(line);
			sh.status = 130;
			continue;
		}
		if (!line && !*text)
			break;
		if (line) {
			text = realloc(text, strlen(text) + strlen(line) + 2);
			if (interactive)
				line_history_add(line);
			strcat(text, line);
			strcat(text, "\n");
		}
		mark = sh_mark();
		p = text;
		switch (sh_parse(&p, !line, &tree, &err)) {
		case P_MORE:
			free(line);
			sh_release(mark);
			continue;
		case P_ERROR:
			complain("", err);
			sh.status = 2;
			break;
		case P_OK:
			run(tree, false);
			jump = GO_ON;
			break;
		case P_EMPTY:
			break;
		}
		sh_release(mark);
		free(line);
		*text = '\0';
		fflush(stdout);
		if (ferror(stdout))
			clearerr(stdout);
	}
	if (interactive)
		fputs("exit\n", stderr);
	free(text);
}

static void on_interrupt(int sig)
{
	(void)sig;
	interrupted = 1;
}

int main(int argc, char **argv)
{
	const char *command = NULL, *script = NULL;
	bool force = false;
	int i;

	sh.pid = getpid();
	for (i = 1; i < argc && argv[i][0] == '-' && argv[i][1]; i++) {
		if (strchr(argv[i], 'c')) {
			if (i + 1 >= argc) {
				complain("-c", "no command");
				return 2;
			}
			opt_exit |= strchr(argv[i], 'e') != NULL;
			opt_trace |= strchr(argv[i], 'x') != NULL;
			command = argv[++i];
			i++;
			break;
		}
		force |= strchr(argv[i], 'i') != NULL;
		opt_exit |= strchr(argv[i], 'e') != NULL;
		opt_trace |= strchr(argv[i], 'x') != NULL;
	}
	if (!command && i < argc)
		script = argv[i];
	sh.argv = calloc((size_t)(argc - i) + 2, sizeof(*sh.argv));
	sh.argv[sh.argc++] = command && i < argc ? argv[i++] : script ? argv[i++] : argv[0];
	for (; i < argc; i++)
		sh.argv[sh.argc++] = argv[i];
	if (command || script) {
		int status;

		if (command) { /* the last program takes our place */
			const char *text = command, *err;
			struct node *tree;

			if (sh_parse(&text, true, &tree, &err) == P_OK && !*text)
				exit(run(tree, true));
		}
		status = run_text(command, script);
		exit(status);
	}
	interactive = force || (isatty(0) && isatty(1));
	if (interactive) {
		struct sigaction sa = { .sa_handler = on_interrupt };

		sigaction(SIGINT, &sa, NULL);
		signal(SIGQUIT, SIG_IGN);
		signal(SIGTSTP, SIG_IGN);
		setpgid(0, 0);
		take_terminal();
	}
	command_loop();
	exit(sh.status);
}
