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
 * lib/shparse.c makes a tree of the text, lib/shexpand.c makes arguments of words, this
 * file runs the tree; lib/shjob.c has its children and lib/shbuiltin.c its own commands.  Every pipeline of an interactive shell is a process
 * group of its own and has the terminal while it runs in the foreground, so Ctrl-C reaches
 * it and not the shell.  What a command needed is freed when it is done (the arena).
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <lineedit.h>
#include <shell.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static int cond_depth; /* inside a condition: set -e looks away */
static int substitutions; /* $(..) done so far: an assignment has the status of its last, or 0 */

static void define(struct node *n)
{
	struct func *f = sh_find_func(n->name);
	void *old = sh_detach(); /* the function outlives this command */
	const char *text = strndup(n->a->start, (size_t)(n->a->end - n->a->start)), *err;
	struct node *tree;

	if (!f) {
		f = calloc(1, sizeof(*f));
		f->name = strdup(n->name);
		f->next = sh.funcs;
		sh.funcs = f;
	}
	if (sh_parse(&text, true, &tree, &err) == P_OK)
		f->body = tree;
	sh_detach();
	sh_attach(old);
}

static int call(struct func *f, int argc, char **argv)
{
	struct shell outer = sh;
	int depth = sh.loop_depth, status;

	sh.argc = argc;
	sh.argv = argv;
	argv[0] = outer.argv[0];
	sh.loop_depth = 0;
	status = sh_run(f->body, false);
	if (sh.jump == RETURN)
		sh.jump = GO_ON;
	sh.loop_depth = depth;
	sh.argc = outer.argc;
	sh.argv = outer.argv;
	return status;
}

/* Turn into the program; never returns. */
static void exec_program(char **argv, struct word *assigns, struct redir *redirs)
{
	size_t n;

	if (!sh_redirect(redirs, NULL))
		exit(1);
	for (; assigns && sh_assignment(assigns->s, &n); assigns = assigns->next)
		setenv(sh_strndup(assigns->s, n), sh_single(assigns->s + n + 1), 1);
	fflush(NULL);
	execvp(argv[0], argv);
	sh_complain(argv[0], errno == ENOENT && !strchr(argv[0], '/') ? "command not found"
	                                                              : strerror(errno));
	_exit(errno == ENOENT ? 127 : 126);
}

static int run_command(struct node *n, bool last)
{
	struct word *assigns = n->words, *w = n->words;
	const struct builtin *b;
	struct func *f;
	int argc, status, saved[10], before = substitutions;
	size_t len;
	char **argv;
	pid_t pid;

	while (w && sh_assignment(w->s, &len))
		w = w->next;
	argv = sh_fields(w, &argc);
	if (!argv) {
		sh_complain("", sh_error);
		return 1;
	}
	if (sh.opt_trace && argc > 0) {
		fputs("+", stderr);
		for (int i = 0; i < argc; i++)
			fprintf(stderr, " %s", argv[i]);
		fputs("\n", stderr);
	}
	for (int i = 0; i < 10; i++)
		saved[i] = -1;
	if (argc == 0) {
		if (!sh_redirect(n->redirs, saved)) {
			sh_restore(saved);
			return 1;
		}
		sh_restore(saved);
		for (; assigns != w; assigns = assigns->next)
			sh_assign(assigns->s);
		return substitutions > before ? sh.status : 0;
	}
	if (strcmp(argv[0], "exec") == 0) {
		if (argc > 1)
			exec_program(argv + 1, assigns != w ? assigns : NULL, n->redirs);
		return sh_redirect(n->redirs, NULL) ? 0 : 1;
	}
	f = sh_find_func(argv[0]);
	b = f ? NULL : sh_find_builtin(argv[0]);
	if (f || b) {
		for (; assigns != w; assigns = assigns->next)
			sh_assign(assigns->s);
		if (sh_redirect(n->redirs, saved))
			status = f ? call(f, argc, argv) : b->fn(argc, argv);
		else
			status = 1;
		sh_restore(saved);
		return status;
	}
	if (last)
		exec_program(argv, assigns != w ? assigns : NULL, n->redirs);
	pid = sh_fork(0, true);
	if (pid < 0)
		return 126;
	if (pid == 0)
		exec_program(argv, assigns != w ? assigns : NULL, n->redirs);
	sh.waited = n;
	status = sh_wait_for(pid, pid);
	sh_take_terminal();
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
			sh_complain("pipe", strerror(errno));
			break;
		}
		pid = sh_fork(pgid, true);
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
			exit(sh_run(part, true));
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
	sh.waited = whole;
	status = pid > 0 ? sh_wait_for(pid, pgid) : 126;
	if (pid > 0)
		nr--;
	if (sh.jobs && sh.jobs->pid == pid) /* stopped: the others are waited for with the job */
		nr = 0;
	while (nr-- > 0) {
		pid_t r = 0;

		if (sh.interactive)
			while ((r = waitpid(-pgid, NULL, 0)) < 0 && errno == EINTR)
				;
		else
			while ((r = waitpid(-1, NULL, 0)) < 0 && errno == EINTR)
				;
		for (struct job **j = &sh.jobs; *j; j = &(*j)->next)
			if ((*j)->pid == r) { /* a background job ended meanwhile */
				sh_drop_job(j);
				nr++;
				break;
			}
	}
	sh_take_terminal();
	return status;
}

/* One turn of a loop's body is over: does the loop end? */
static bool leave_loop(void)
{
	if (sh.interrupted)
		return true;
	if (sh.jump == GO_ON)
		return false;
	if (sh.jump == RETURN || --sh.jump_count > 0)
		return true;
	if (sh.jump == BREAK) {
		sh.jump = GO_ON;
		return true;
	}
	sh.jump = GO_ON;
	return false;
}

static int run_loop(struct node *n)
{
	int status = 0, cond;

	sh.loop_depth++;
	for (;;) {
		void *mark = sh_mark();

		cond_depth++;
		cond = sh_run(n->a, false);
		cond_depth--;
		if (sh.jump != GO_ON ? leave_loop() : (cond == 0) != (n->type == N_WHILE))
			break;
		status = sh_run(n->b, false);
		if (leave_loop())
			break;
		sh_release(mark);
	}
	sh.loop_depth--;
	return status;
}

static int run_for(struct node *n)
{
	int argc = sh.argc - 1, status = 0;
	char **list = sh.argv + 1;

	if (n->has_list)
		list = sh_fields(n->words, &argc);
	if (!list) {
		sh_complain("", sh_error);
		return 1;
	}
	sh.loop_depth++;
	for (int i = 0; i < argc; i++) {
		void *mark = sh_mark();

		sh_setvar(n->name, list[i]);
		status = sh_run(n->b, false);
		if (leave_loop())
			break;
		sh_release(mark);
	}
	sh.loop_depth--;
	return status;
}

static int run_case(struct node *n)
{
	char *s = sh_single(n->name);

	for (struct case_item *i = n->items; i; i = i->next)
		for (struct word *w = i->patterns; w; w = w->next)
			if (fnmatch_simple(sh_pattern(w->s), s))
				return i->body ? sh_run(i->body, false) : 0;
	return 0;
}

static int run_subshell(struct node *n)
{
	pid_t pid = sh_fork(0, true);
	int status;

	if (pid == 0)
		exit(sh_run(n->a, true));
	sh.waited = n;
	status = pid < 0 ? 126 : sh_wait_for(pid, pid);
	sh_take_terminal();
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
		status = !sh_run(n->a, false);
		cond_depth--;
		return status;
	case N_AND:
	case N_OR:
		cond_depth++;
		status = sh_run(n->a, false);
		cond_depth--;
		if (sh.jump == GO_ON && (status == 0) == (n->type == N_AND))
			status = sh_run(n->b, last);
		return status;
	case N_SEQ:
		status = sh_run(n->a, false);
		if (sh.jump == GO_ON && !sh.interrupted)
			status = sh_run(n->b, last);
		return status;
	case N_BG:
		pid = sh_fork(0, false);
		if (pid == 0) {
			if (!isatty(0) || !sh.interactive) {
				int fd = open("/dev/null", O_RDONLY);

				if (fd > 0) {
					dup2(fd, 0);
					close(fd);
				}
			}
			exit(sh_run(n->a, true));
		}
		if (pid < 0)
			return 126;
		sh_add_job(pid, sh.interactive ? pid : 0, n, false);
		return 0;
	case N_SUBSHELL:
		return run_subshell(n);
	case N_GROUP:
		return sh_run(n->a, last);
	case N_IF:
		cond_depth++;
		status = sh_run(n->a, false);
		cond_depth--;
		if (sh.jump != GO_ON)
			return status;
		if (status == 0)
			return sh_run(n->b, last);
		return n->c ? sh_run(n->c, last) : 0;
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

int sh_run(struct node *n, bool last)
{
	int saved[10], status;

	if (sh.interrupted)
		return sh.status = 130;
	if (n->redirs && n->type != N_CMD) {
		for (int i = 0; i < 10; i++)
			saved[i] = -1;
		status = sh_redirect(n->redirs, saved) ? run_inner(n, false) : 1;
		sh_restore(saved);
	} else
		status = run_inner(n, last);
	sh.status = status;
	if (sh.opt_exit && status != 0 && cond_depth == 0 && n->type != N_AND && n->type != N_OR &&
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
		sh.interactive = false;
		sh.jobs = NULL;
		dup2(p[1], 1);
		close(p[0]);
		close(p[1]);
		exit(sh_run_text(cmd, NULL));
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
		substitutions++;
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
int sh_run_text(const char *text, const char *name)
{
	char *file = NULL;
	const char *err;
	struct node *tree;
	int status = 0;

	if (!text) {
		text = file = read_file(name);
		if (!text) {
			sh_complain(name, strerror(errno));
			return 127;
		}
		if (memchr(text, '\177', 4) == text && text[1] == 'E') {
			sh_complain(name, "not a script");
			return 126;
		}
	}
	while (*text && sh.jump == GO_ON) {
		void *mark = sh_mark();

		switch (sh_parse(&text, true, &tree, &err)) {
		case P_OK:
			status = sh_run(tree, false);
			break;
		case P_EMPTY:
			break;
		default:
			sh_complain(name ? name : "", err);
			sh_release(mark);
			free(file);
			return sh.status = 2;
		}
		sh_release(mark);
	}
	if (sh.jump == RETURN && name)
		sh.jump = GO_ON;
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
	if (sh.interactive && isatty(0)) {
		line = line_edit(prompt, &gave_up);
		*cancelled = gave_up;
		return line;
	}
	if (sh.interactive) {
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

		if (sh.interactive)
			sh_reap_jobs();
		sh.interrupted = 0;
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
			if (sh.interactive)
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
			sh_complain("", err);
			sh.status = 2;
			break;
		case P_OK:
			sh_run(tree, false);
			sh.jump = GO_ON;
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
	if (sh.interactive)
		fputs("exit\n", stderr);
	free(text);
}

static void on_interrupt(int sig)
{
	(void)sig;
	sh.interrupted = 1;
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
				sh_complain("-c", "no command");
				return 2;
			}
			sh.opt_exit |= strchr(argv[i], 'e') != NULL;
			sh.opt_trace |= strchr(argv[i], 'x') != NULL;
			command = argv[++i];
			i++;
			break;
		}
		force |= strchr(argv[i], 'i') != NULL;
		sh.opt_exit |= strchr(argv[i], 'e') != NULL;
		sh.opt_trace |= strchr(argv[i], 'x') != NULL;
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
				exit(sh_run(tree, true));
		}
		status = sh_run_text(command, script);
		exit(status);
	}
	sh.interactive = force || (isatty(0) && isatty(1));
	if (sh.interactive) {
		struct sigaction sa = { .sa_handler = on_interrupt };

		sigaction(SIGINT, &sa, NULL);
		signal(SIGQUIT, SIG_IGN);
		signal(SIGTSTP, SIG_IGN);
		setpgid(0, 0);
		sh_take_terminal();
	}
	command_loop();
	exit(sh.status);
}
