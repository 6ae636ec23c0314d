// SPDX-License-Identifier: MIT
/*
 * shell.h - what the three parts of sh share: user/sh.c (running), user/lib/shparse.c
 * (text to tree), user/lib/shexpand.c (words to arguments).
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

/* --- what expansion asks of the shell --- */
struct shell {
	int status;			/* $? */
	pid_t pid, last_bg;		/* $$ $! */
	int argc;			/* $# + 1 */
	char **argv;			/* $0 $1 .. */
};
extern struct shell sh;
const char *sh_getvar(const char *name);
void sh_setvar(const char *name, const char *value);
char *sh_capture(const char *cmd);		/* output of $(cmd), from the arena */

#endif
