// SPDX-License-Identifier: MIT
/*
 * shparse.c - the shell's text to its tree (grammar: sh.c).
 *
 * There is no separate token list: each parse function looks at the text itself, since
 * what a "do" is depends on where it stands.  An error or the end of the text leaves by
 * longjmp, and the arena takes the half-made tree back.
 */
#include <ctype.h>
#include <setjmp.h>
#include <shell.h>
#include <stdlib.h>
#include <string.h>

/* --- arena --- */

struct chunk {
	struct chunk *prev;
	size_t used, size;
	char data[];
};
static struct chunk *arena;

void *sh_alloc(size_t n)
{
	void *p;

	n = (n + 15) & ~15UL;
	if (!arena || arena->size - arena->used < n) {
		size_t size = n > 4000 ? n : 4000;
		struct chunk *c = malloc(sizeof(*c) + size);

		if (!c)
			abort();
		c->prev = arena;
		c->used = 0;
		c->size = size;
		arena = c;
	}
	p = arena->data + arena->used;
	arena->used += n;
	memset(p, 0, n);
	return p;
}

char *sh_strndup(const char *s, size_t n)
{
	char *p = sh_alloc(n + 1);

	memcpy(p, s, n);
	return p;
}

void *sh_mark(void)
{
	return sh_alloc(1);
}

void sh_release(void *mark)
{
	while (arena &&
	       !((char *)mark >= arena->data && (char *)mark < arena->data + arena->size)) {
		struct chunk *c = arena;

		arena = c->prev;
		free(c);
	}
	if (arena)
		arena->used = (size_t)((char *)mark - arena->data);
}

void *sh_detach(void)
{
	struct chunk *c = arena;

	arena = NULL;
	return c;
}

void sh_attach(void *old)
{
	arena = old;
}

/* --- parser --- */

static const char *p; /* where it stands */
static bool at_eof;
static const char *error;
static jmp_buf leave;
static struct redir *here[16]; /* bodies still to be read */
static char *here_end[16];
static int nr_here;

static void fail(const char *why)
{
	error = why;
	longjmp(leave, P_ERROR);
}

static void more(const char *why)
{
	if (at_eof)
		fail(why);
	longjmp(leave, P_MORE);
}

static void skip_blanks(void)
{
	for (;;) {
		if (*p == ' ' || *p == '\t' || *p == '\r')
			p++;
		else if (*p == '\\' && p[1] == '\n')
			p += 2;
		else if (*p == '#')
			while (*p && *p != '\n')
				p++;
		else
			return;
	}
}

/* p is behind a newline: the bodies of << come here. */
static void read_heredocs(void)
{
	for (int i = 0; i < nr_here; i++) {
		const char *start = p;
		size_t n = strlen(here_end[i]);

		for (;;) {
			const char *nl = strchrnul(p, '\n');

			if ((size_t)(nl - p) == n && strncmp(p, here_end[i], n) == 0)
				break;
			if (!*nl)
				more("<< without its end");
			p = nl + 1;
		}
		here[i]->target = sh_strndup(start, (size_t)(p - start));
		p = *strchrnul(p, '\n') ? strchr(p, '\n') + 1 : p + n;
	}
	nr_here = 0;
}

static bool newline(void)
{
	skip_blanks();
	if (*p != '\n')
		return false;
	p++;
	read_heredocs();
	return true;
}

static void skip_newlines(void)
{
	while (newline())
		;
}

/* Behind the bracket or quote that opened at p[-1]. */
static const char *skip_quoted(const char *q, char close)
{
	for (; *q != close; q++) {
		if (!*q)
			more(close == ')'   ? "no closing )"
			     : close == '}' ? "no closing }"
			                    : "no closing quote");
		if (close == '\'')
			continue;
		if (*q == '\\' && q[1])
			q++;
		else if (*q == '"' && close != '"' && close != '`')
			q = skip_quoted(q + 1, '"') - 1;
		else if (*q == '\'' && close != '"' && close != '`')
			q = skip_quoted(q + 1, '\'') - 1;
		else if (*q == '`' && close != '`')
			q = skip_quoted(q + 1, '`') - 1;
		else if (*q == '$' && q[1] == '(')
			q = skip_quoted(q + 2, ')') - 1;
		else if (*q == '$' && q[1] == '{')
			q = skip_quoted(q + 2, '}') - 1;
		else if (*q == '(' && close == ')')
			q = skip_quoted(q + 1, ')') - 1;
	}
	return q + 1;
}

/* The end of the word that starts at q; q itself if none does. */
static const char *word_end(const char *q)
{
	while (*q && !strchr(" \t\r\n;&|<>()", *q)) {
		if (*q == '\\') {
			if (!q[1])
				more("nothing behind \\");
			q += 2;
		} else if (*q == '\'' || *q == '"' || *q == '`')
			q = skip_quoted(q + 1, *q);
		else if (*q == '$' && (q[1] == '(' || q[1] == '{'))
			q = skip_quoted(q + 2, q[1] == '(' ? ')' : '}');
		else
			q++;
	}
	return q;
}

static char *word(void)
{
	const char *start, *end;

	skip_blanks();
	start = p;
	end = word_end(p);
	if (end == start)
		return NULL;
	p = end;
	return sh_strndup(start, (size_t)(end - start));
}

static bool is_keyword(const char *w)
{
	size_t n = strlen(w);

	skip_blanks();
	return strncmp(p, w, n) == 0 && (size_t)(word_end(p) - p) == n;
}

static bool accept(const char *w)
{
	if (!is_keyword(w))
		return false;
	p += strlen(w);
	return true;
}

static void expect(const char *w, const char *why)
{
	skip_newlines();
	if (!accept(w)) {
		if (!*p)
			more(why);
		fail(why);
	}
}

static bool ends_list(void)
{
	static const char *const ends[] = {
		"then", "else", "elif", "fi", "do", "done", "esac", "}"
	};

	skip_blanks();
	if (!*p || *p == ')' || (*p == ';' && p[1] == ';'))
		return true;
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++)
		if (is_keyword(ends[i]))
			return true;
	return false;
}

static struct node *new_node(enum node_type type)
{
	struct node *n = sh_alloc(sizeof(*n));

	n->type = type;
	n->start = p;
	return n;
}

static struct node *parse_andor(void);

/* Commands up to a word that ends a list; NULL if there is none. */
static struct node *parse_list(void)
{
	struct node *list = NULL;

	for (;;) {
		struct node *n, *s;

		skip_newlines();
		if (ends_list())
			return list;
		n = parse_andor();
		skip_blanks();
		if (*p == '&') {
			p++;
			s = new_node(N_BG);
			s->a = n;
			s->start = n->start;
			s->end = p - 1;
			n = s;
		} else if (*p == ';' && p[1] != ';')
			p++;
		else if (*p != '\n' && !ends_list())
			fail("a word in the wrong place");
		if (list) {
			s = new_node(N_SEQ);
			s->a = list;
			s->b = n;
			list = s;
		} else
			list = n;
	}
}

static struct node *body(const char *end, const char *why)
{
	struct node *n = parse_list();

	if (!n) {
		if (!*p)
			more(why);
		fail("an empty list of commands");
	}
	if (end)
		expect(end, why);
	return n;
}

/* true if a redirection stood here */
static bool parse_redir(struct node *n)
{
	const char *q;
	struct redir *r, **tail;
	int fd = -1;

	skip_blanks();
	q = p;
	if (isdigit((unsigned char)*q) && (q[1] == '<' || q[1] == '>'))
		fd = *q++ - '0';
	if (*q != '<' && *q != '>')
		return false;
	r = sh_alloc(sizeof(*r));
	r->fd = fd >= 0 ? fd : *q == '>';
	p = q + 1;
	if (*q == '>') {
		r->op = R_OUT;
		if (*p == '>') {
			r->op = R_APPEND;
			p++;
		} else if (*p == '&') {
			r->op = R_DUP;
			p++;
		} else if (*p == '|')
			p++;
	} else {
		r->op = R_IN;
		if (*p == '<') {
			r->op = R_HERE;
			p++;
		} else if (*p == '&') {
			r->op = R_DUP;
			p++;
		} else if (*p == '>') {
			r->op = R_RDWR;
			p++;
		}
	}
	r->target = word();
	if (!r->target)
		fail("a redirection to nothing");
	if (r->op == R_HERE) {
		char *s, *d;

		if (nr_here == 16)
			fail("too many <<");
		r->literal = strpbrk(r->target, "'\"\\") != NULL;
		for (s = d = r->target; *s; s++)
			if (*s != '\'' && *s != '"' && *s != '\\')
				*d++ = *s;
		*d = '\0';
		here_end[nr_here] = r->target;
		here[nr_here++] = r;
	}
	for (tail = &n->redirs; *tail; tail = &(*tail)->next)
		;
	*tail = r;
	return true;
}

static struct word *parse_words(struct node *redirs)
{
	struct word *first = NULL, **tail = &first;
	char *w;

	for (;;) {
		if (redirs && parse_redir(redirs))
			continue;
		w = word();
		if (!w)
			return first;
		*tail = sh_alloc(sizeof(**tail));
		(*tail)->s = w;
		tail = &(*tail)->next;
	}
}

static struct node *parse_if(void)
{
	struct node *n = new_node(N_IF);

	n->a = body("then", "if without then");
	n->b = body(NULL, "if without fi");
	if (accept("elif"))
		n->c = parse_if();
	else {
		if (accept("else"))
			n->c = body(NULL, "if without fi");
		expect("fi", "if without fi");
	}
	return n;
}

static struct node *parse_for(void)
{
	struct node *n = new_node(N_FOR);

	n->name = word();
	if (!n->name)
		fail("for without a name");
	skip_newlines();
	if (accept("in")) {
		n->has_list = true;
		n->words = parse_words(NULL);
	}
	skip_blanks();
	if (*p == ';')
		p++;
	expect("do", "for without do");
	n->b = body("done", "for without done");
	return n;
}

static struct node *parse_case(void)
{
	struct node *n = new_node(N_CASE);
	struct case_item **tail = &n->items;

	n->name = word();
	if (!n->name)
		fail("case without a word");
	expect("in", "case without in");
	for (;;) {
		struct word **w;

		skip_newlines();
		if (accept("esac"))
			return n;
		if (!*p)
			more("case without esac");
		*tail = sh_alloc(sizeof(**tail));
		w = &(*tail)->patterns;
		if (*p == '(')
			p++;
		do {
			*w = sh_alloc(sizeof(**w));
			(*w)->s = word();
			if (!(*w)->s)
				fail("case without a pattern");
			w = &(*w)->next;
			skip_blanks();
		} while (*p == '|' && p++);
		if (*p++ != ')')
			fail("case: no ) behind a pattern");
		(*tail)->body = parse_list();
		if (*p == ';')
			p += 2;
		tail = &(*tail)->next;
	}
}

static struct node *parse_command(void)
{
	struct node *n;
	const char *start;

	skip_blanks();
	start = p;
	if (*p == '(') {
		n = new_node(N_SUBSHELL);
		p++;
		n->a = body(NULL, "no closing )");
		if (*p != ')') {
			if (!*p)
				more("no closing )");
			fail("no closing )");
		}
		p++;
	} else if (accept("{")) {
		n = new_node(N_GROUP);
		n->a = body("}", "no closing }");
	} else if (accept("if"))
		n = parse_if();
	else if (is_keyword("while") || is_keyword("until")) {
		n = new_node(*p == 'w' ? N_WHILE : N_UNTIL);
		p += 5;
		n->a = body("do", "while without do");
		n->b = body("done", "while without done");
	} else if (accept("for"))
		n = parse_for();
	else if (accept("case"))
		n = parse_case();
	else {
		n = new_node(N_CMD);
		n->words = parse_words(n);
		skip_blanks();
		if (*p == '(' && n->words && !n->words->next && !n->redirs) {
			p++;
			skip_blanks();
			if (*p++ != ')')
				fail("no ) behind a function's name");
			n->type = N_FUNC;
			n->name = n->words->s;
			skip_newlines();
			if (!*p)
				more("a function without a body");
			n->a = parse_command();
			n->end = p;
			return n;
		}
		if (!n->words && !n->redirs) {
			if (!*p)
				more("a command is missing");
			fail("a command is missing");
		}
		n->start = start;
		n->end = p;
		return n;
	}
	n->start = start;
	while (parse_redir(n))
		;
	n->end = p;
	return n;
}

static struct node *parse_pipeline(void)
{
	struct node *n, *pipe;
	const char *start;

	skip_blanks();
	start = p;
	if (accept("!")) {
		n = new_node(N_NOT);
		n->a = parse_pipeline();
	} else {
		n = parse_command();
		skip_blanks();
		if (*p == '|' && p[1] != '|') {
			p++;
			skip_newlines();
			if (!*p)
				more("nothing behind |");
			pipe = new_node(N_PIPE);
			pipe->a = n;
			pipe->b = parse_pipeline();
			n = pipe;
		}
	}
	n->start = start;
	n->end = p;
	return n;
}

static struct node *parse_andor(void)
{
	struct node *n = parse_pipeline(), *op;

	for (;;) {
		skip_blanks();
		if (!((*p == '&' && p[1] == '&') || (*p == '|' && p[1] == '|')))
			return n;
		op = new_node(*p == '&' ? N_AND : N_OR);
		p += 2;
		skip_newlines();
		if (!*p)
			more("nothing behind && or ||");
		op->a = n;
		op->b = parse_pipeline();
		op->start = n->start;
		op->end = p;
		n = op;
	}
}

enum parse_result sh_parse(const char **text, bool eof, struct node **tree, const char **err)
{
	struct node *volatile list = NULL; /* setjmp */
	struct node *n;
	int r;

	p = *text;
	at_eof = eof;
	nr_here = 0;
	r = setjmp(leave);
	if (r) {
		*err = error;
		return (enum parse_result)r;
	}
	skip_blanks();
	if (*p == '\n' || !*p) {
		*text = *p ? p + 1 : p;
		return P_EMPTY;
	}
	while (*p && *p != '\n') {
		if (ends_list())
			fail("a word in the wrong place");
		n = parse_andor();
		skip_blanks();
		if (*p == '&') {
			struct node *bg = new_node(N_BG);

			bg->a = n;
			bg->start = n->start;
			bg->end = p++;
			n = bg;
		} else if (*p == ';' && p[1] != ';')
			p++;
		else if (*p && *p != '\n')
			fail(*p == ')' ? "a ) too many" : "a word in the wrong place");
		if (list) {
			struct node *s = new_node(N_SEQ);

			s->a = list;
			s->b = n;
			n = s;
		}
		list = n;
		skip_blanks();
	}
	if (*p == '\n') {
		p++;
		read_heredocs();
	} else if (nr_here > 0)
		more("<< without its end");
	*text = p;
	*tree = list;
	return P_OK;
}
