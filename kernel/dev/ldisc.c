// SPDX-License-Identifier: MIT
/*
 * ldisc.c - the line discipline: what a byte from the port means.
 *
 * In canonical mode it collects a line, which can be edited until Enter gives it to the
 * reader; in raw mode (ICANON off) each byte is the reader's as soon as it has come.  The
 * flags and special characters are POSIX's struct termios (uapi/ioctl.h).
 *
 * The input buffer is one ring with three marks that only move forwards:
 *
 *        got            ready             end
 *         |  whole lines  |  being edited  |
 *
 * A reader takes from got to ready; erase and kill move end back, not beyond ready.
 * A set bit in delim says that the byte there ends a line: Enter, or Ctrl-D, which
 * the reader does not see (an empty line that ends so is end-of-file: read gives 0).
 *
 *   T1  got <= ready <= end <= got + TTY_INPUT.
 *   T2  in raw mode ready == end.
 *
 * It sleeps never and knows no program: tty.c moves the bytes.  All of it runs under
 * tty.lock.
 */
#include "dev/tty.h"
#include "uapi/ioctl.h"

bool ldisc_ends_line(u32 i)
{
	return tty.delim[i % TTY_INPUT / 64] >> (i % 64) & 1;
}

static void put(u8 c, bool delim)
{
	u64 *word = &tty.delim[tty.end % TTY_INPUT / 64], bit = BIT(tty.end % 64);

	*word = delim ? *word | bit : *word & ~bit;
	tty.buf[tty.end++ % TTY_INPUT] = c;
}

/* --- output --- */

static void move_column(u8 c)
{
	if (c == '\n' || c == '\r')
		tty.column = 0;
	else if (c == '\t')
		tty.column = (tty.column | 7) + 1;
	else if (c == '\b')
		tty.column -= tty.column > 0;
	else if (c >= ' ' && c != 0x7f && (c & 0xc0) != 0x80)
		tty.column++;
}

unsigned ldisc_output(u8 c, u8 *out)
{
	unsigned n = 0;

	if (c == '\n' && (tty.t.c_oflag & OPOST) && (tty.t.c_oflag & ONLCR))
		out[n++] = '\r';
	out[n++] = c;
	move_column(c);
	return n;
}

void ldisc_echo_flush(struct echo *e)
{
	uart_write(e->buf, e->n);
	e->n = 0;
}

static void echo_raw(struct echo *e, u8 c)
{
	if (e->n + 2 > sizeof(e->buf))
		ldisc_echo_flush(e);
	e->n += ldisc_output(c, e->buf + e->n);
}

static bool shown_as_caret(u8 c)
{
	return (c < ' ' && c != '\t' && c != '\n') || c == 0x7f;
}

static void echo_char(struct echo *e, u8 c)
{
	if (!(tty.t.c_lflag & ECHO))
		return;
	if (shown_as_caret(c)) {
		echo_raw(e, '^');
		c ^= 0x40;
	}
	echo_raw(e, c);
}

/* Columns up to the end of the line being edited. */
static unsigned edit_end_column(void)
{
	unsigned saved = tty.column, col;

	tty.column = tty.edit_column;
	for (u32 i = tty.ready; i != tty.end; i++) {
		u8 c = tty.buf[i % TTY_INPUT];

		if (shown_as_caret(c))
			tty.column += 2;
		else
			move_column(c);
	}
	col = tty.column;
	tty.column = saved;
	return col;
}

/* Take back the last character: all bytes of it if it is UTF-8. */
static void erase_char(struct echo *e)
{
	unsigned col, to;
	u8 c;

	if (tty.end == tty.ready)
		return;
	do {
		c = tty.buf[--tty.end % TTY_INPUT];
	} while ((c & 0xc0) == 0x80 && tty.end != tty.ready);
	if (!(tty.t.c_lflag & ECHO))
		return;
	col = tty.column;
	to = edit_end_column();
	col = MIN(col, to + 8);		/* no character is wider, whatever a program printed since */
	for (; col > to; col--) {
		echo_raw(e, '\b');
		if (c != '\t') {
			echo_raw(e, ' ');
			echo_raw(e, '\b');
		}
	}
}

static void erase_word(struct echo *e)
{
	while (tty.end != tty.ready && tty.buf[(tty.end - 1) % TTY_INPUT] == ' ')
		erase_char(e);
	while (tty.end != tty.ready && tty.buf[(tty.end - 1) % TTY_INPUT] != ' ')
		erase_char(e);
}

/* --- input --- */

static bool is_key(u8 c, unsigned which)
{
	return tty.t.c_cc[which] != 0 && c == tty.t.c_cc[which];
}

/* The signal that key c sends, or 0. */
static int signal_of(u8 c)
{
	if (!(tty.t.c_lflag & ISIG))
		return 0;
	return is_key(c, VINTR)   ? SIGINT
	       : is_key(c, VQUIT) ? SIGQUIT
	       : is_key(c, VSUSP) ? SIGTSTP
	                          : 0;
}

/* The echo goes out first: a reader on another hart may answer at once. */
static void give_to_reader(struct echo *e)
{
	ldisc_echo_flush(e);
	tty.ready = tty.end;
}

void ldisc_discard(void)
{
	tty.got = tty.ready = tty.end;
}

bool ldisc_input(u8 c, struct echo *e, int *sig)
{
	u32 lflag = tty.t.c_lflag;

	if (c == '\r' && (tty.t.c_iflag & ICRNL))
		c = '\n';
	*sig = signal_of(c);
	if (*sig != 0) {
		ldisc_discard();
		echo_char(e, c);
		if (lflag & ECHO)
			echo_raw(e, '\n');
		tty.stopped = false;
		return true;
	}
	if (tty.t.c_iflag & IXON) {
		if (c == CTRL('S') || c == CTRL('Q')) {
			tty.stopped = c == CTRL('S');
			return true;
		}
	}
	if (lflag & ICANON) {
		if (is_key(c, VERASE) || c == '\b') {
			erase_char(e);
			return true;
		}
		if (is_key(c, VKILL)) {
			while (tty.end != tty.ready)
				erase_char(e);
			return true;
		}
		if (is_key(c, VWERASE)) {
			erase_word(e);
			return true;
		}
	}
	if (tty.end - tty.got >= TTY_INPUT - 1) { /* one place is kept for a line's end */
		if (tty.got != tty.ready)
			return false;
		if (!(lflag & ICANON) || (c != '\n' && !is_key(c, VEOF))) {
			echo_raw(e, CTRL('G'));
			return true;
		}
	}
	if (!(lflag & ICANON)) {
		put(c, false);
		echo_char(e, c);
		give_to_reader(e);
		return true;
	}
	if (tty.end == tty.ready)
		tty.edit_column = tty.column;
	if (is_key(c, VEOF)) {
		put(0, true);
		give_to_reader(e);
		return true;
	}
	put(c, c == '\n');
	echo_char(e, c);
	if (c == '\n')
		give_to_reader(e);
	return true;
}
