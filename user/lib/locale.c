// SPDX-License-Identifier: MIT
/* locale.c - the one locale. */
#include <limits.h>
#include <locale.h>
#include <string.h>

char *setlocale(int category, const char *name)
{
	(void)category;
	if (name && *name && strcmp(name, "C") != 0 && strcmp(name, "POSIX") != 0)
		return NULL;
	return "C";
}

struct lconv *localeconv(void)
{
	static struct lconv c = {
		".", "",       "",       "",       "",       "",       "",       "",       "",
		"",  CHAR_MAX, CHAR_MAX, CHAR_MAX, CHAR_MAX, CHAR_MAX, CHAR_MAX, CHAR_MAX, CHAR_MAX,
	};

	return &c;
}
