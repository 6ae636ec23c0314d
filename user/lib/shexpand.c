// SPDX-License-Identifier: MIT
/*
 * shexpand.c - the shell's words to arguments: parameters, commands, arithmetic, fields,
 * file names, quotes, in that order, in one pass.
 *
 * A field is built with every quoted or escaped pattern character kept as \c; so the
 * matcher (glob.c) sees what is pattern and what is text, and where nothing is pattern
 * the backslashes are dropped at the end.
 */
#include <ctype.h>
#include <glob.h>
#include <shell.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *sh_error;

struct out {
	char *buf;
	size_t n, size;
	bool started; /* the field exists, be it empty ("") */
	bool split; /* unquoted expansions are cut at IFS */
	bool files; /* fields are file name patterns */
	char **field;
	int nr, room;
	const char *ifs;
};

static void add(struct out *o, char c)
{
	if (o->n + 2 > o->size) {
		char *p = sh_alloc(o->size * 2 + 64);

		if (o->n)
			memcpy(p, o->buf, o->n);
		o->buf = p;
		o->size = o->size * 2 + 64;
	}
	o->buf[o->n++] = c;
	o->started = true;
}

static void add_quoted(struct out *o, char c)
{
	if (strchr("*?[]\\-!", c) && c)
		add(o, '\\');
	add(o, c);
}

static void push(struct out *o, char *s)
{
	if (o->nr + 1 >= o->room) {
		char **f = sh_alloc(sizeof(*f) * (size_t)(o->room * 2 + 8));

		if (o->nr)
			memcpy(f, o->field, sizeof(*f) * (size_t)o->nr);
		o->field = f;
		o->room = o->room * 2 + 8;
	}
	o->field[o->nr++] = s;
	o->field[o->nr] = NULL;
}

static char *unescaped(const char *s, size_t n)
{
	char *d = sh_alloc(n + 1), *start = d;

	for (size_t i = 0; i < n; i++) {
		if (s[i] == '\\' && i + 1 < n)
			i++;
		*d++ = s[i];
	}
	return start;
}

static void end_field(struct out *o)
{
	if (!o->started)
		return;
	o->started = false;
	if (o->files && o->n &&
	    (memchr(o->buf, '*', o->n) || memchr(o->buf, '?', o->n) || memchr(o->buf, '[', o->n))) {
		size_t n;
		char **names;

		o->buf[o->n] = '\0';
		names = glob_expand(o->buf, &n);
		for (size_t i = 0; i < n; i++) {
			push(o, sh_strndup(names[i], strlen(names[i])));
			free(names[i]);
		}
		free(names);
	} else
		push(o, unescaped(o->n ? o->buf : "", o->n));
	o->n = 0;
}

/* The value of an expansion. */
static void add_value(struct out *o, const char *s, bool quoted)
{
	for (; *s; s++) {
		if (quoted)
			add_quoted(o, *s);
		else if (o->split && strchr(o->ifs, *s)) {
			if (!isspace((unsigned char)*s))
				o->started = true;
			end_field(o);
		} else if (*s == '\\')
			add_quoted(o, *s);
		else
			add(o, *s);
	}
}

/* --- arithmetic: C's operators on longs --- */

static const char *ap;

static void blanks(void)
{
	while (isspace((unsigned char)*ap))
		ap++;
}

static long arith(int level);

static long primary(void)
{
	char name[64];
	size_t n = 0;
	const char *v;
	long r;

	blanks();
	if (*ap == '(') {
		ap++;
		r = arith(0);
		blanks();
		if (*ap == ')')
			ap++;
		return r;
	}
	if (*ap == '-')
		return ap++, -primary();
	if (*ap == '+')
		return ap++, primary();
	if (*ap == '!')
		return ap++, !primary();
	if (*ap == '~')
		return ap++, ~primary();
	if (isdigit((unsigned char)*ap))
		return strtol(ap, (char **)&ap, 0);
	if (*ap == '$')
		ap++;
	while ((isalnum((unsigned char)*ap) || *ap == '_') && n < sizeof(name) - 1)
		name[n++] = *ap++;
	name[n] = '\0';
	if (n == 0) {
		sh_error = "arithmetic: a number is missing";
		return 0;
	}
	blanks();
	if (*ap == '=' && ap[1] != '=') {
		char text[24];

		ap++;
		r = arith(0);
		snprintf(text, sizeof(text), "%ld", r);
		sh_setvar(name, text);
		return r;
	}
	v = sh_getvar(name);
	return v ? strtol(v, NULL, 0) : 0;
}

static long arith(int level)
{
	static const char ops[][3] = { "||", "&&", "|", "^", "&", "==", "!=", "<=", ">=",
		                       "<<", ">>", "<", ">", "+", "-",  "*",  "/",  "%" };
	static const char prec[] = { 1, 2, 3, 4, 5, 6, 6, 7, 7, 8, 8, 7, 7, 9, 9, 10, 10, 10 };
	long a = primary(), b;

	for (;;) {
		unsigned i;

		blanks();
		for (i = 0; i < sizeof(prec); i++)
			if (strncmp(ap, ops[i], strlen(ops[i])) == 0)
				break;
		if (i == sizeof(prec) || prec[i] <= level)
			break;
		ap += strlen(ops[i]);
		b = arith(prec[i]);
		switch (i) {
		case 0:
			a = a || b;
			break;
		case 1:
			a = a && b;
			break;
		case 2:
			a |= b;
			break;
		case 3:
			a ^= b;
			break;
		case 4:
			a &= b;
			break;
		case 5:
			a = a == b;
			break;
		case 6:
			a = a != b;
			break;
		case 7:
			a = a <= b;
			break;
		case 8:
			a = a >= b;
			break;
		case 9:
			a = (long)((unsigned long)a << (b & 63));
			break;
		case 10:
			a >>= b & 63;
			break;
		case 11:
			a = a < b;
			break;
		case 12:
			a = a > b;
			break;
		case 13:
			a += b;
			break;
		case 14:
			a -= b;
			break;
		case 15:
			a *= b;
			break;
		default:
			if (b == 0) {
				sh_error = "arithmetic: division by zero";
				return 0;
			}
			a = i == 16 ? a / b : a % b;
		}
	}
	if (level == 0 && *ap == '?') {
		long yes, no;

		ap++;
		yes = arith(0);
		blanks();
		if (*ap == ':')
			ap++;
		no = arith(0);
		a = a ? yes : no;
	}
	return a;
}

/* --- parameters --- */

static void expand(struct out *o, const char *s, const char *end, bool in_quotes);

/* Text of [s, end) expanded into one string. */
static char *sub_single(const char *s, const char *end, bool pattern)
{
	struct out o = { .ifs = "" };

	expand(&o, s, end, false);
	if (o.n == 0)
		return sh_strndup("", 0);
	return pattern ? sh_strndup(o.buf, o.n) : unescaped(o.buf, o.n);
}

static const char *special(char c)
{
	static char num[24];

	switch (c) {
	case '?':
		snprintf(num, sizeof(num), "%d", sh.status);
		return num;
	case '$':
		snprintf(num, sizeof(num), "%d", sh.pid);
		return num;
	case '#':
		snprintf(num, sizeof(num), "%d", sh.argc - 1);
		return num;
	case '!':
		snprintf(num, sizeof(num), "%d", sh.last_bg);
		return sh.last_bg ? num : NULL;
	case '-':
		return "";
	}
	return c - '0' < sh.argc ? sh.argv[c - '0'] : NULL;
}

static void all_arguments(struct out *o, bool quoted, bool star)
{
	for (int i = 1; i < sh.argc; i++) {
		if (i > 1) {
			if (star || !o->split)
				add_value(o, " ", quoted);
			else
				end_field(o);
		}
		if (quoted)
			o->started = true;
		add_value(o, sh.argv[i], quoted);
	}
}

/* The shortest or longest head or tail of v that matches, removed. */
static const char *trim(const char *v, const char *pattern, bool tail, bool longest)
{
	size_t n = strlen(v);

	for (size_t k = 0; k <= n; k++) {
		size_t cut = longest ? n - k : k;
		const char *part = tail ? v + n - cut : sh_strndup(v, cut);

		if (fnmatch_simple(pattern, part))
			return tail ? sh_strndup(v, n - cut) : v + cut;
	}
	return v;
}

static const char *closing(const char *s, char open, char close)
{
	int depth = 1;

	for (; *s; s++) {
		if (*s == '\\' && s[1])
			s++;
		else if (*s == '\'' && close == ')')
			s = strchrnul(s + 1, '\'');
		else if (*s == close && --depth == 0)
			break;
		else if (*s == open)
			depth++;
	}
	return s;
}

/* ${...}: s behind the brace, end at the closing one. */
static void braces(struct out *o, const char *s, const char *end, bool quoted)
{
	const char *name = s, *v, *arg;
	bool length = *s == '#' && s + 1 < end && s[1] != '}', colon, set;
	char op, *id;

	if (length)
		name = ++s;
	if (isalpha((unsigned char)*s) || *s == '_')
		while (isalnum((unsigned char)*s) || *s == '_')
			s++;
	else if (isdigit((unsigned char)*s))
		while (isdigit((unsigned char)*s))
			s++;
	else
		s++;
	id = sh_strndup(name, (size_t)(s - name));
	if (*id == '@' || *id == '*') {
		all_arguments(o, quoted, *id == '*');
		return;
	}
	if (isdigit((unsigned char)*id))
		v = atoi(id) < sh.argc ? sh.argv[atoi(id)] : NULL;
	else
		v = isalpha((unsigned char)*id) || *id == '_' ? sh_getvar(id) : special(*id);
	if (length) {
		char num[24];

		snprintf(num, sizeof(num), "%lu", v ? strlen(v) : 0);
		add_value(o, num, quoted);
		return;
	}
	colon = *s == ':';
	s += colon;
	if (s < end) {
		op = *s;
		arg = s + 1;
		set = v && (!colon || *v);
		if (op == '-' || op == '=' || op == '?') {
			if (!set) {
				char *def = sub_single(arg, end, false);

				if (op == '=')
					sh_setvar(id, def);
				if (op == '?')
					sh_error = *def ? def : "parameter not set";
				v = def;
			}
		} else if (op == '+') {
			v = set ? sub_single(arg, end, false) : "";
		} else if (op == '%' || op == '#') {
			bool twice = *arg == op;

			if (v)
				v = trim(v, sub_single(arg + twice, end, true), op == '%', twice);
		} else
			sh_error = "bad substitution";
	}
	if (v)
		add_value(o, v, quoted);
}

/* A $ at s. => behind what it stood for */
static const char *dollar(struct out *o, const char *s, bool quoted)
{
	const char *end;

	s++;
	if (*s == '(' && s[1] == '(') {
		char num[24], *text;

		end = closing(s + 2, '(', ')');
		if (*end && end[1] == ')') {
			text = sub_single(s + 2, end, false);
			ap = text;
			snprintf(num, sizeof(num), "%ld", arith(0));
			blanks();
			if (*ap)
				sh_error = "arithmetic: strange text";
			add_value(o, num, quoted);
			return end + 2;
		}
	}
	if (*s == '(') {
		end = closing(s + 1, '(', ')');
		add_value(o, sh_capture(sh_strndup(s + 1, (size_t)(end - s - 1))), quoted);
		return *end ? end + 1 : end;
	}
	if (*s == '{') {
		end = closing(s + 1, '{', '}');
		braces(o, s + 1, end, quoted);
		return *end ? end + 1 : end;
	}
	if (isalpha((unsigned char)*s) || *s == '_') {
		const char *v;

		for (end = s; isalnum((unsigned char)*end) || *end == '_'; end++)
			;
		v = sh_getvar(sh_strndup(s, (size_t)(end - s)));
		if (v)
			add_value(o, v, quoted);
		return end;
	}
	if (*s == '@' || *s == '*') {
		all_arguments(o, quoted, *s == '*');
		return s + 1;
	}
	if (*s && strchr("?$#!-0123456789", *s)) {
		const char *v = special(*s);

		if (v)
			add_value(o, v, quoted);
		return s + 1;
	}
	add_quoted(o, '$');
	return s;
}

static const char *backquotes(struct out *o, const char *s, bool quoted)
{
	char *cmd = sh_alloc(strlen(s) + 1), *d = cmd;

	for (s++; *s && *s != '`'; s++) {
		if (*s == '\\' && (s[1] == '`' || s[1] == '\\' || s[1] == '$'))
			s++;
		*d++ = *s;
	}
	add_value(o, sh_capture(cmd), quoted);
	return *s ? s + 1 : s;
}

static void expand(struct out *o, const char *s, const char *end, bool in_quotes)
{
	bool tilde = !in_quotes && *s == '~' && (s + 1 == end || s[1] == '/');

	if (tilde && sh_getvar("HOME")) {
		add_value(o, sh_getvar("HOME"), true);
		s++;
	}
	while (s < end) {
		if (*s == '\'' && !in_quotes) {
			o->started = true;
			for (s++; s < end && *s != '\''; s++)
				add_quoted(o, *s);
			s++;
		} else if (*s == '"' && !in_quotes) {
			const char *q = s + 1;

			o->started = true;
			if (strncmp(q, "$@\"", 3) == 0 && sh.argc <= 1 && o->n == 0)
				o->started = false; /* "$@" of nothing is nothing */
			while (q < end && *q != '"') {
				if (*q == '\\' && q[1] && strchr("$`\"\\\n", q[1])) {
					if (q[1] != '\n')
						add_quoted(o, q[1]);
					q += 2;
				} else if (*q == '$')
					q = dollar(o, q, true);
				else if (*q == '`')
					q = backquotes(o, q, true);
				else
					add_quoted(o, *q++);
			}
			s = q + 1;
		} else if (*s == '\\' && s + 1 < end) {
			if (in_quotes && !strchr("$`\\\n", s[1]))
				add_quoted(o, '\\');
			if (s[1] != '\n')
				add_quoted(o, s[1]);
			s += 2;
		} else if (*s == '$')
			s = dollar(o, s, in_quotes);
		else if (*s == '`')
			s = backquotes(o, s, in_quotes);
		else if (in_quotes)
			add_quoted(o, *s++);
		else
			add(o, *s++);
	}
}

/* --- for sh.c --- */

static const char *ifs(void)
{
	const char *v = sh_getvar("IFS");

	return v ? v : " \t\n";
}

char **sh_fields(struct word *words, int *n)
{
	struct out o = { .split = true, .files = true, .ifs = ifs() };

	sh_error = NULL;
	push(&o, NULL);
	o.nr = 0;
	for (; words; words = words->next) {
		expand(&o, words->s, words->s + strlen(words->s), false);
		end_field(&o);
	}
	*n = o.nr;
	return sh_error ? NULL : o.field;
}

char *sh_single(const char *word)
{
	return sub_single(word, word + strlen(word), false);
}

char *sh_pattern(const char *word)
{
	return sub_single(word, word + strlen(word), true);
}

char *sh_heredoc(const char *text)
{
	struct out o = { .ifs = "" };

	expand(&o, text, text + strlen(text), true);
	return unescaped(o.n ? o.buf : "", o.n);
}

bool sh_assignment(const char *word, size_t *name_len)
{
	const char *s = word;

	if (!isalpha((unsigned char)*s) && *s != '_')
		return false;
	while (isalnum((unsigned char)*s) || *s == '_')
		s++;
	*name_len = (size_t)(s - word);
	return *s == '=';
}
