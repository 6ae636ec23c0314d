// SPDX-License-Identifier: MIT
/* echo [-n] [-e] [WORD ...] */
#include <err.h>
#include <finish.h>
#include <stdio.h>
#include <string.h>

static void escaped(const char *s)
{
	for (; *s; s++) {
		if (*s != '\\' || !s[1]) {
			putchar(*s);
			continue;
		}
		switch (*++s) {
		case 'n':
			putchar('\n');
			break;
		case 't':
			putchar('\t');
			break;
		case 'r':
			putchar('\r');
			break;
		case 'a':
			putchar('\a');
			break;
		case 'b':
			putchar('\b');
			break;
		case 'e':
			putchar(27);
			break;
		case '\\':
			putchar('\\');
			break;
		case 'c':
			finish(0);
		case '0': {
			int v = 0;

			for (int i = 0; i < 3 && s[1] >= '0' && s[1] <= '7'; i++)
				v = v * 8 + *++s - '0';
			putchar(v);
			break;
		}
		default:
			putchar('\\');
			putchar(*s);
		}
	}
}

int main(int argc, char **argv)
{
	int i = 1, newline = 1, escapes = 0;

	for (; i < argc && (!strcmp(argv[i], "-n") || !strcmp(argv[i], "-e") ||
	                    !strcmp(argv[i], "-ne") || !strcmp(argv[i], "-en"));
	     i++) {
		newline &= strchr(argv[i], 'n') == NULL;
		escapes |= strchr(argv[i], 'e') != NULL;
	}
	for (; i < argc; i++) {
		if (escapes)
			escaped(argv[i]);
		else
			fputs(argv[i], stdout);
		if (i + 1 < argc)
			putchar(' ');
	}
	if (newline)
		putchar('\n');
	finish(0);
}
