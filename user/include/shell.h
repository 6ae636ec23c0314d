// SPDX-License-Identifier: MIT
/*
 * shell.h - what the parts of sh share: user/sh.c (running), and in user/lib shparse.c
 * (text to tree), shexpand.c (words to arguments), shvar.c (variables), shjob.c (processes,
 * the terminal, redirections), shbuiltin.c.
 */
#ifndef SHELL_H
#define SHELL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum node_type {
	N_CMD, N_PIPE, N_AND, N_OR, N_SEQ, N_BG, N_NOT, N_SUBSHELL, N_GROUP, N_IF, N_WHILE, N_UNTIL,
	N_FOR, N_CASE, N_FUNC,
};

enum redir_op { R_IN, R_OUT, R_APPEND, R_RDWR, R_DUP, R_HERE };

struct word {
	char *s;			/* as typed, quotes and all */
	struct word *next;
};

struct redir {
	enum redir_op op;
	int fd;
	char *target;			/* a word; R_HERE: the text */
	bool literal;			/* R_HERE: the delimiter was quoted */
	struct redir *next;
};

struct case_item {
	struct word *patterns;
	struct node *body;
	struct case_item *next;
};

struct node {
	enum node_type type;
	struct node *a, *b, *c;		/* if a then b else c; while a do b; a | b */
	struct word *words;		/* command; for's list */
	struct redir *redirs;
	struct case_item *items;
	char *name;			/* for's variable, case's word, function's name */
	bool has_list;			/* for: "in" was given */
	const char *start, *end;	/* the text it came from */
};

/* --- memory that lives until the mark is released --- */
void *sh_alloc(size_t n);
char *sh_strndup(const char *s, size_t n);
void *sh_mark(void);
void sh_release(void *mark);
/* Start an empty arena beside the present one; go back (what came between stays). */
void *sh_detach(void);
void sh_attach(void *old);

/* --- parsing --- */
enum parse_result { P_OK, P_EMPTY, P_MORE, P_ERROR };
/* One command line (to the newline) from *text, which moves behind it. eof: P_MORE is an
 * error. err: what is wrong. */
enum parse_result sh_parse(const char **text, bool eof, struct node **tree, const char **err);

/* --- expansion --- */
char **sh_fields(struct word *words, int *n);	/* arguments; NULL and *sh_error set */
char *sh_single(const char *word);		/* one field, no splitting, no file names */
char *sh_pattern(const char *word);		/* the same, quoted magic escaped */
char *sh_heredoc(const char *text);
bool sh_assignment(const char *word, size_t *name_len);
extern const char *sh_error;

/* --- the running shell --- */
struct var {				/* one that is not exported; those are in environ */
	char *name, *value;
	struct var *next;
};

struct func {
	char *name;
	struct node *body;
	struct func *next;
};

struct job {
	pid_t pid, pgid;		/* the last of its pipeline; its group (0: the shell's own) */
	int nr;
	bool stopped;
	char *text;
	struct job *next;
};

struct shell {
	int status;			/* $? */
	pid_t pid, last_bg;		/* $$ $! */
	int argc;			/* $# + 1 */
	char **argv;			/* $0 $1 .. */

	bool interactive, opt_exit, opt_trace;	/* opt: set -e, set -x */
	volatile int interrupted;	/* Ctrl-C since the line was read */
	enum { GO_ON, BREAK, CONTINUE, RETURN } jump;	/* on the way out of loops and functions */
	int jump_count, loop_depth;
	struct var *vars;
	struct func *funcs;
	struct job *jobs;		/* newest first */
	const struct node *waited;	/* what is in front, to name it if it is stopped */
};
extern struct shell sh;			/* shjob.c */

/* sh.c */
int sh_run(struct node *n, bool last);	/* last: the process has nothing to do behind it */
int sh_run_text(const char *text, const char *name);	/* or, if text is NULL, the file's */
char *sh_capture(const char *cmd);	/* output of $(cmd), from the arena */

/* shvar.c */
const char *sh_getvar(const char *name);
void sh_setvar(const char *name, const char *value);
void sh_unset_var(const char *name);
void sh_export_var(const char *name);
void sh_assign(const char *word);	/* NAME=VALUE */

/* shjob.c */
void sh_complain(const char *what, const char *why);
void sh_add_job(pid_t pid, pid_t pgid, const struct node *n, bool stopped);
void sh_drop_job(struct job **p);
int sh_wait_for(pid_t pid, pid_t pgid);
pid_t sh_fork(pid_t pgid, bool front);
void sh_take_terminal(void);
void sh_reap_jobs(void);
/* saved: ten of -1, filled with what sh_restore puts back; NULL: for good. false: it said why */
bool sh_redirect(struct redir *r, int *saved);
void sh_restore(int *saved);

/* shbuiltin.c */
struct builtin {
	const char *name;
	int (*fn)(int argc, char **argv);
};
const struct builtin *sh_find_builtin(const char *name);
struct func *sh_find_func(const char *name);

#endif
