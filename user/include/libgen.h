// SPDX-License-Identifier: MIT
/* libgen.h - the last part of a path, and what is in front of it; both may change the path. */
#ifndef LIBGEN_H
#define LIBGEN_H

char *basename(char *path);
char *dirname(char *path);

#endif
