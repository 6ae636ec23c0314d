// SPDX-License-Identifier: MIT
/*
 * lineedit.c - one line from the terminal.
 *
 * The terminal is raw while a line is edited and as it was before and after, so programs
 * see the kernel's own line discipline.  A character typed at the end is just written;
 * after every other key the line is drawn anew from its start (carriage return, prompt,
 * text, erase to the end, cursor back to its column): it cannot get out of step.  A line longer than the screen is shown
 * through a window that follows the cursor.
 *
 * Keys: arrows or Ctrl-B/F/P/N, Home/End or Ctrl-A/E, Backspace, Delete or Ctrl-D, Ctrl-K
 * (to the end), Ctrl-U (to the start), Ctrl-W (word), Ctrl-L (clear screen), Tab
 * (complete; twice: list), Ctrl-C (give up), Ctrl-D on an empty line (end).
 */
#include <dirent.h>
#include <glob.h>
#include <lineedit.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#define LINE_MAX 1024
#define HISTORY  64
#define CTRL(c)  ((c)&31)
enum { KEY_LEFT = 256, KEY_RIGHT, KEY_UP, KEY_DOWN, KEY_HOME, KEY_END, KEY_DELETE, KEY_EOF };

static char *history[HISTORY];
static size_t nr_history;

struct edit {
	const char *prompt;
	char text[LINE_MAX];
	size_t len, at;
	int columns;
};

void line_history_add(const char *line)
{
	if (!*line || (nr_history > 0 && strcmp(history[nr_history - 1], line) == 0))
		return;
	if (nr_history == HISTORY) {
		free(history[0]);
		memmove(history, history + 1, (HISTORY - 1) * sizeof(*history));
		nr_history--;
	}
	history[nr_history] = strdup(line);
	if (history[nr_history])
		nr_history++;
}

const char *line_history(size_t i)
{
	return i < nr_history ? history[i] : NULL;
}

static int read_byte(void)
{
	unsigned char c;

	return read(0, &c, 1) == 1 ? c : KEY_EOF;
}

static int read_key(void)
{
	int c = read_byte(), d;

	if (c != 27)
		return c;
	c = read_byte();
	if (c != '[' && c != 'O')
		return 0;
	switch (c = read_byte()) {
	case 'A':
		return KEY_UP;
	case 'B':
		return KEY_DOWN;
	case 'C':
		return KEY_RIGHT;
	case 'D':
		return KEY_LEFT;
	case 'H':
		return KEY_HOME;
	case 'F':
		return KEY_END;
	}
	if (c >= '0' && c <= '9') {
		d = c;
		while ((c = read_byte()) != '~' && c != KEY_EOF && (c < 'A' || c > 'Z'))
			;
		return d == '1' || d == '7'   ? KEY_HOME
		       : d == '4' || d == '8' ? KEY_END
		       : d == '3'             ? KEY_DELETE
		                              : 0;
	}
	return 0;
}

static void draw(struct edit *e)
{
	size_t room = (size_t)e->columns - 1 - strlen(e->prompt), from = 0, n;
	char back[16];

	if (e->at >= room)
		from = e->at - room + 1;
	n = e->len - from < room ? e->len - from : room;
	printf("\r%s%.*s\033[K", e->prompt, (int)n, e->text + from);
	if (n > e->at - from) {
		snprintf(back, sizeof(back), "\033[%dD", (int)(n - (e->at - from)));
		fputs(back, stdout);
	}
	fflush(stdout);
}

static void insert(struct edit *e, const char *s, size_t n)
{
	if (e->len + n >= LINE_MAX)
		return;
	memmove(e->text + e->at + n, e->text + e->at, e->len - e->at);
	memcpy(e->text + e->at, s, n);
	e->len += n;
	e->at += n;
}

static void erase(struct edit *e, size_t from, size_t to)
{
	memmove(e->text + from, e->text + to, e->len - to);
	e->len -= to - from;
	e->at = from;
}

static void replace(struct edit *e, const char *s)
{
	e->len = e->at = 0;
	insert(e, s, strlen(s));
}

/* --- completion --- */

struct matches {
	char common[64]; /* what all of them begin with */
	size_t n;
	bool dir; /* the only one is a directory */
	bool show; /* print them */
};

static void match_dir(struct matches *m, const char *dir, const char *start)
{
	size_t n = strlen(start), k;
	struct dirent *de;
	DIR *d = opendir(dir);

	if (!d)
		return;
	while ((de = readdir(d))) {
		if (strncmp(de->d_name, start, n) != 0 || (de->d_name[0] == '.' && *start != '.'))
			continue;
		if (m->show)
			printf("%s%s  ", de->d_name, de->d_type == DT_DIR ? "/" : "");
		if (m->n++ == 0) {
			strlcpy(m->common, de->d_name, sizeof(m->common));
			m->dir = de->d_type == DT_DIR;
			continue;
		}
		for (k = 0; m->common[k] && m->common[k] == de->d_name[k]; k++)
			;
		m->common[k] = '\0';
	}
	closedir(d);
}

/* Complete the word that ends at the cursor. => false: nothing to add */
static bool complete(struct edit *e, bool show)
{
	struct matches m = { .show = show };
	char word[LINE_MAX], dir[LINE_MAX];
	size_t start = e->at, n, i;
	const char *base;
	char *slash;

	while (start > 0 && !strchr(" \t|&;<>()='\"", e->text[start - 1]))
		start--;
	n = e->at - start;
	memcpy(word, e->text + start, n);
	word[n] = '\0';
	slash = strrchr(word, '/');
	base = slash ? slash + 1 : word;
	for (i = start; i > 0 && (e->text[i - 1] == ' ' || e->text[i - 1] == '\t'); i--)
		;
	if (show)
		printf("\r\n");
	if (slash) {
		snprintf(dir, sizeof(dir), "%.*s", (int)(slash - word) + 1, word);
		match_dir(&m, dir, base);
	} else if (i == 0 || strchr("|&;(", e->text[i - 1])) {
		match_dir(&m, "/bin", base); /* a command's place */
	} else
		match_dir(&m, ".", base);
	if (show) {
		printf("\r\n");
		return false;
	}
	n = strlen(base);
	if (m.n == 0 || (m.n > 1 && strlen(m.common) == n))
		return false;
	insert(e, m.common + n, strlen(m.common) - n);
	if (m.n == 1)
		insert(e, m.dir ? "/" : " ", 1);
	return true;
}

/* --- */

/* The line is complete (true), or given up with *eof or *interrupted set. */
static void edit(struct edit *e, bool *eof, int *interrupted)
{
	char saved[LINE_MAX] = "";
	size_t hist = nr_history;
	int key, last = 0;

	bool drawn = false;

	for (;; last = key) {
		if (!drawn)
			draw(e);
		drawn = false;
		switch (key = read_key()) {
		case '\r':
		case '\n':
			return;
		case CTRL('C'):
			e->len = e->at = 0;
			*interrupted = 1;
			printf("^C");
			return;
		case KEY_EOF:
			*eof = true;
			return;
		case CTRL('D'):
			if (e->len == 0) {
				*eof = true;
				return;
			}
			/* fall through */
		case KEY_DELETE:
			if (e->at < e->len)
				erase(e, e->at, e->at + 1);
			break;
		case 8:
		case 127:
			if (e->at > 0)
				erase(e, e->at - 1, e->at);
			break;
		case CTRL('A'):
		case KEY_HOME:
			e->at = 0;
			break;
		case CTRL('E'):
		case KEY_END:
			e->at = e->len;
			break;
		case CTRL('B'):
		case KEY_LEFT:
			e->at -= e->at > 0;
			break;
		case CTRL('F'):
		case KEY_RIGHT:
			e->at += e->at < e->len;
			break;
		case CTRL('K'):
			e->len = e->at;
			break;
		case CTRL('U'):
			erase(e, 0, e->at);
			break;
		case CTRL('W'): {
			size_t i = e->at;

			while (i > 0 && e->text[i - 1] == ' ')
				i--;
			while (i > 0 && e->text[i - 1] != ' ')
				i--;
			erase(e, i, e->at);
			break;
		}
		case CTRL('L'):
			printf("\033[H\033[2J");
			break;
		case CTRL('P'):
		case KEY_UP:
			if (hist == 0)
				break;
			if (hist == nr_history) {
				memcpy(saved, e->text, e->len);
				saved[e->len] = '\0';
			}
			replace(e, history[--hist]);
			break;
		case CTRL('N'):
		case KEY_DOWN:
			if (hist == nr_history)
				break;
			replace(e, ++hist == nr_history ? saved : history[hist]);
			break;
		case '\t':
			if (!complete(e, false)) {
				if (last == '\t')
					complete(e, true);
				else
					putchar('\a');
			}
			break;
		default:
			if (key >= ' ' && key < 256) {
				char c = (char)key;

				insert(e, &c, 1);
				if (e->at == e->len &&
				    e->len + strlen(e->prompt) + 1 < (size_t)e->columns) {
					putchar(c); /* typing at the end: no more needed */
					fflush(stdout);
					drawn = true;
				}
			}
		}
	}
}

char *line_edit(const char *prompt, int *interrupted)
{
	struct termios cooked, raw;
	struct winsize ws;
	struct edit e = { .prompt = prompt, .columns = 80 };
	bool eof = false;

	*interrupted = 0;
	if (tcgetattr(0, &cooked) < 0)
		return NULL;
	raw = cooked;
	cfmakeraw(&raw);
	if (ioctl(0, TIOCGWINSZ, &ws) == 0 && ws.ws_col > 20)
		e.columns = ws.ws_col;
	tcsetattr(0, TCSADRAIN, &raw);
	edit(&e, &eof, interrupted);
	/* Cooked before the line ends on the screen: who sees the end may press Ctrl-C. */
	tcsetattr(0, TCSADRAIN, &cooked);
	putchar('\n');
	fflush(stdout);
	if (eof)
		return NULL;
	e.text[e.len] = '\0';
	return strdup(e.text);
}
