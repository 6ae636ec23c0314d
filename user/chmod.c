// SPDX-License-Identifier: MIT
/* chmod MODE FILE... - permission bits: octal, or [ugoa][+-=][rwx], several with commas. */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* mode as text changes old. => -1: text makes no sense */
static int changed(const char *text, int old)
{
	char *end;
	long octal = strtol(text, &end, 8);

	if (end != text && *end == '\0')
		return octal >= 0 && octal <= 07777 ? (int)octal : -1;
	do {
		int who = 0, bits = 0;
		char op;

		for (; *text && strchr("ugoa", *text); text++)
			who |= *text == 'u' ? 0700 : *text == 'g' ? 0070 : *text == 'o' ? 0007 : 0777;
		if (who == 0)
			who = 0777;
		op = *text++;
		if (op != '+' && op != '-' && op != '=')
			return -1;
		for (; *text && strchr("rwx", *text); text++)
			bits |= *text == 'r' ? 0444 : *text == 'w' ? 0222 : 0111;
		bits &= who;
		old = op == '+' ? old | bits : op == '-' ? old & ~bits : (old & ~who) | bits;
	} while (*text++ == ',');
	return text[-1] == '\0' ? old : -1;
}

int main(int argc, char **argv)
{
	int failed = 0;

	if (argc < 3 || changed(argv[1], 0) < 0)
		errx(2, "usage: chmod MODE FILE...");
	for (int i = 2; i < argc; i++) {
		struct stat st;

		if (stat(argv[i], &st) < 0 ||
		    chmod(argv[i], (mode_t)changed(argv[1], (int)st.st_mode & 07777)) < 0) {
			warn("%s", argv[i]);
			failed = 1;
		}
	}
	return failed;
}
