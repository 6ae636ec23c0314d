// SPDX-License-Identifier: MIT
/*
 * getopt.c - options of the command line: -abc, -o VALUE, -oVALUE, "--" ends them; with
 * getopt_long also --name, --name=VALUE, --name VALUE.  Options end at the first argument
 * that is none (POSIX); nothing is reordered.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include "sys.h"

char *optarg;
int optind = 1, opterr = 1, optopt;
static int at = 1; /* place inside argv[optind] */

int getopt(int argc, char *const argv[], const char *opts)
{
	const char *o;
	int c;

	if (optind == 0)
		optind = at = 1;
	if (optind >= argc || argv[optind][0] != '-' || !argv[optind][1])
		return -1;
	if (strcmp(argv[optind], "--") == 0) {
		optind++;
		return -1;
	}
	c = optopt = (unsigned char)argv[optind][at++];
	o = c == ':' ? NULL : strchr(opts, c);
	if (!o) {
		if (opterr && *opts != ':')
			fprintf(stderr, "%s: unknown option -- %c\n", __progname, c);
		c = '?';
	} else if (o[1] == ':') {
		if (argv[optind][at]) {
			optarg = argv[optind] + at;
		} else if (optind + 1 < argc) {
			optarg = argv[++optind];
		} else {
			if (opterr && *opts != ':')
				fprintf(stderr, "%s: option needs an argument -- %c\n", __progname,
				        c);
			c = *opts == ':' ? ':' : '?';
		}
		optind++;
		at = 1;
		return c;
	}
	if (!argv[optind][at]) {
		optind++;
		at = 1;
	}
	return c;
}

int getopt_long(int argc, char *const argv[], const char *opts, const struct option *longopts,
                int *index)
{
	const char *arg, *eq;

	if (optind == 0)
		optind = at = 1;
	if (optind >= argc || at != 1 || strncmp(argv[optind], "--", 2) != 0 || !argv[optind][2])
		return getopt(argc, argv, opts);
	arg = argv[optind++] + 2;
	eq = strchrnul(arg, '=');
	for (int i = 0; longopts[i].name; i++) {
		const struct option *l = &longopts[i];

		if (strlen(l->name) != (size_t)(eq - arg) ||
		    strncmp(l->name, arg, (size_t)(eq - arg)) != 0)
			continue;
		optarg = *eq ? (char *)eq + 1 : NULL;
		if (l->has_arg == required_argument && !optarg && optind < argc)
			optarg = argv[optind++];
		if ((l->has_arg == required_argument && !optarg) ||
		    (l->has_arg == no_argument && optarg)) {
			if (opterr)
				fprintf(stderr, "%s: --%s: %s argument\n", __progname, l->name,
				        optarg ? "takes no" : "needs an");
			return '?';
		}
		if (index)
			*index = i;
		if (!l->flag)
			return l->val;
		*l->flag = l->val;
		return 0;
	}
	if (opterr)
		fprintf(stderr, "%s: unknown option --%.*s\n", __progname, (int)(eq - arg), arg);
	return '?';
}
