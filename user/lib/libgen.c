// SPDX-License-Identifier: MIT
/* libgen.c - the parts of a path: "/usr/lib/" is "/usr" and "lib", "/" is "/" and "/". */
#include <libgen.h>
#include <string.h>

/* The path's end, slashes there cut off but for one that is the whole path. */
static char *end_of(char *path)
{
	char *end = path + strlen(path);

	while (end > path + 1 && end[-1] == '/')
		*--end = '\0';
	return end;
}

char *basename(char *path)
{
	char *slash;

	if (!path || !*path)
		return ".";
	end_of(path);
	slash = strrchr(path, '/');
	return slash && slash[1] ? slash + 1 : path;
}

char *dirname(char *path)
{
	char *slash;

	if (!path || !*path)
		return ".";
	end_of(path);
	slash = strrchr(path, '/');
	if (!slash)
		return ".";
	slash[slash == path] = '\0';
	end_of(path);
	return path;
}
