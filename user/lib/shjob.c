// SPDX-License-Identifier: MIT
/*
 * shjob.c - the shell's children, its terminal, and the redirection of descriptors.
 *
 * Every pipeline of an interactive shell is a process group of its own.  The one in front
 * has the terminal (tcsetpgrp), so Ctrl-C and Ctrl-Z go there; what is stopped or was
 * started with & is a job.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <shell.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

struct shell sh;

/* --- processes --- */

void sh_complain(const char *what, const char *why)
{
	fflush(stdout);
	fprintf(stderr, "sh: %s%s%s\n", what, *what ? ": " : "", why);
}

static int status_of(int status)
{
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	if (sh.interactive && WTERMSIG(status) == SIGINT)
		sh.interrupted = 1; /* Ctrl-C ends the loop around the program, too */
	if (sh.interactive && WTERMSIG(status) != SIGINT && WTERMSIG(status) != SIGPIPE)
		fprintf(stderr, "%s\n", strsignal(WTERMSIG(status)));
	return 128 + WTERMSIG(status);
}

void sh_add_job(pid_t pid, pid_t pgid, const struct node *n, bool stopped)
{
	struct job *j = calloc(1, sizeof(*j));

	j->pid = pid;
	j->pgid = pgid;
	j->nr = sh.jobs ? sh.jobs->nr + 1 : 1;
	j->stopped = stopped;
	j->text = n && n->start && n->end ? strndup(n->start, (size_t)(n->end - n->start))
	                                  : strdup("?");
	for (size_t len = strlen(j->text); len > 0 && j->text[len - 1] == ' ';)
		j->text[--len] = '\0';	/* before the & */
	j->next = sh.jobs;
	sh.jobs = j;
	if (!stopped)
		sh.last_bg = pid;
	if (sh.interactive)
		stopped ? fprintf(stderr, "[%d] stopped %s\n", j->nr, j->text)
			: fprintf(stderr, "[%d] %d\n", j->nr, pid);
}

void sh_drop_job(struct job **p)
{
	struct job *j = *p;

	*p = j->next;
	free(j->text);
	free(j);
}

/* Wait for a child; stopped by Ctrl-Z it becomes a job. */
int sh_wait_for(pid_t pid, pid_t pgid)
{
	int status;

	while (waitpid(pid, &status, sh.interactive ? WUNTRACED : 0) < 0) {
		if (errno != EINTR)
			return 127;
		if (sh.interrupted && tcgetpgrp(0) == getpgrp())
			return 130;	/* by Ctrl-C in the builtin "wait": nobody is in front */
	}
	if (WIFSTOPPED(status)) {
		sh_add_job(pid, pgid, sh.waited, true);
		return 128 + WSTOPSIG(status);
	}
	return status_of(status);
}

/*
 * A child in process group pgid (0: a new one), with the terminal if it is to be in front.
 * Ctrl-C may come at any moment: SIGINT is held back until the group has the terminal, and
 * what reached the shell before that is passed on.
 */
pid_t sh_fork(pid_t pgid, bool front)
{
	sigset_t set, old;
	pid_t pid;

	fflush(NULL);
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	if (sh.interactive)
		sigprocmask(SIG_BLOCK, &set, &old);
	pid = fork();
	if (pid == 0 && !sh.interactive && !front)
		signal(SIGINT, SIG_IGN);
	if (!sh.interactive && pid >= 0)
		return pid;
	if (pid < 0) {
		sh_complain("fork", strerror(errno));
	} else {
		if (pgid == 0)
			pgid = pid ? pid : getpid();
		setpgid(pid ? pid : 0, pgid); /* both do it: whoever runs first */
		if (front)
			tcsetpgrp(0, pgid);
	}
	if (pid == 0) {
		sh.interactive = false;
		sh.jobs = NULL;
		signal(SIGINT, SIG_DFL);
		signal(SIGQUIT, SIG_DFL);
		signal(SIGTSTP, SIG_DFL);
	}
	if (pid == 0 || sh.interactive)
		sigprocmask(SIG_SETMASK, &old, NULL);
	if (pid > 0 && front && sh.interrupted)
		kill(-pgid, SIGINT);
	return pid;
}

void sh_take_terminal(void)
{
	if (sh.interactive)
		tcsetpgrp(0, getpgrp());
}

/* Whoever has ended in the background; nothing runs in the foreground now. */
void sh_reap_jobs(void)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (struct job **p = &sh.jobs; *p; p = &(*p)->next)
			if ((*p)->pid == pid) {
				if (sh.interactive)
					fprintf(stderr, "[%d] done %s\n", (*p)->nr, (*p)->text);
				sh_drop_job(p);
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
				sh_complain("<<", strerror(errno));
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
			sh_complain(target, "not an open descriptor");
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
		sh_complain(target, strerror(errno));
		return false;
	}
install:
	if (fd != r->fd) {
		dup2(fd, r->fd);
		close(fd);
	}
	return true;
fail_errno:
	sh_complain("<<", strerror(errno));
	return false;
}

#define SAVE_BASE 50 /* where saved descriptors go */

/* For builtins and groups in this process: saved[fd] is what to put back, -1 unset, -2 closed */
bool sh_redirect(struct redir *r, int *saved)
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

void sh_restore(int *saved)
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
