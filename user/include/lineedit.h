// SPDX-License-Identifier: MIT
/* lineedit.h - one line from the terminal, with editing, history and completion. */
#ifndef LINEEDIT_H
#define LINEEDIT_H

#include <stddef.h>

/* The line, malloc'ed, without its newline; NULL at the end of input (Ctrl-D).
 * An empty string with *interrupted set: the user pressed Ctrl-C. */
char *line_edit(const char *prompt, int *interrupted);
void line_history_add(const char *line);
const char *line_history(size_t i);	/* oldest first; NULL behind the last */

#endif
