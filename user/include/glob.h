// SPDX-License-Identifier: MIT
/* glob.h - file names by pattern. */
#ifndef GLOB_H
#define GLOB_H

#include <stddef.h>

/* 1 if s matches: * ? [a-z] [!a-z] and \ before a character taken as it is. */
int fnmatch_simple(const char *pattern, const char *s);
/* The names that match, sorted, NULL-terminated, each malloc'ed; the pattern itself if none. */
char **glob_expand(const char *pattern, size_t *n);

#endif
