// SPDX-License-Identifier: MIT
/*
 * shvar.c - the shell's variables.  Exported ones are in the environment and nowhere else, so
 * a program that is started gets them without further ado; the others are on a list.
 */
#include <shell.h>
#include <stdlib.h>
#include <string.h>

static struct var *find_var(const char *name)
{
	struct var *v;

	for (v = sh.vars; v && strcmp(v->name, name) != 0; v = v->next)
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
		v->next = sh.vars;
		sh.vars = v;
	}
	value = strdup(value);
	free(v->value);
	v->value = (char *)value;
}

void sh_unset_var(const char *name)
{
	for (struct var **p = &sh.vars; *p; p = &(*p)->next)
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

void sh_export_var(const char *name)
{
	const char *value = sh_getvar(name);
	char *copy = strdup(value ? value : "");

	sh_unset_var(name);
	setenv(name, copy, 1);
	free(copy);
}

void sh_assign(const char *word)
{
	size_t n;
	char *name;

	sh_assignment(word, &n);
	name = sh_strndup(word, n);
	sh_setvar(name, sh_single(word + n + 1));
}
