// SPDX-License-Identifier: MIT
/* tty.c - the terminal's settings; with -i also raw mode, keys from test_console.py.
 * run: harts=1,8 mem=128M */
#include <fcntl.h>
#include <sys/ioctl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <time.h>
#include "test.h"

static int tty;

TEST(settings_come_back)
{
	struct termios t, u;

	CHECK_EQ(ioctl(tty, TCGETS, &t), 0);
	CHECK((t.c_lflag & (ICANON | ECHO | ISIG)) == (ICANON | ECHO | ISIG));
	CHECK_EQ(t.c_cc[VINTR], 3);
	u = t;
	u.c_cc[VKILL] = 'K';
	CHECK_EQ(ioctl(tty, TCSETSW, &u), 0);
	memset(&u, 0, sizeof(u));
	CHECK_EQ(ioctl(tty, TCGETS, &u), 0);
	CHECK_EQ(u.c_cc[VKILL], 'K');
	CHECK_EQ(ioctl(tty, TCSETS, &t), 0);
}

TEST(window_size)
{
	struct winsize w, v = { .ws_row = 50, .ws_col = 132 };

	CHECK_EQ(ioctl(tty, TIOCGWINSZ, &w), 0);
	CHECK(w.ws_row > 0 && w.ws_col > 0);
	CHECK_EQ(ioctl(tty, TIOCSWINSZ, &v), 0);
	memset(&v, 0, sizeof(v));
	CHECK_EQ(ioctl(tty, TIOCGWINSZ, &v), 0);
	CHECK_EQ(v.ws_col, 132);
	CHECK_EQ(ioctl(tty, TIOCSWINSZ, &w), 0);
}

TEST(bad_requests)
{
	int group = 12345678, zero = 0;

	CHECK(ioctl(tty, 0x7777, &zero) == -1 && errno == ENOTTY);
	CHECK(ioctl(tty, TCGETS, NULL) == -1 && errno == EFAULT);
	CHECK(ioctl(tty, TCSETS, (void *)0xffffffc080000000UL) == -1 && errno == EFAULT);
	CHECK(ioctl(tty, TIOCSPGRP, &group) == -1 && errno == EPERM);
	CHECK(ioctl(tty, TIOCSPGRP, &zero) == -1 && errno == EINVAL);
	CHECK(lseek(tty, 0, SEEK_SET) == -1 && errno == ESPIPE);
}

TEST(bad_buffers)
{
	CHECK(write(tty, (void *)8, 5) == -1 && errno == EFAULT);
	CHECK_EQ(write(tty, NULL, 0), 0);
	CHECK_EQ(read(tty, NULL, 0), 0);
}

TEST(nonblocking_read)
{
	struct pollfd p = { .events = POLLIN | POLLOUT };
	char c;
	int fd = open("/dev/tty", O_RDONLY | O_NONBLOCK);

	CHECK(fd >= 0);
	CHECK(read(fd, &c, 1) == -1 && errno == EAGAIN);
	p.fd = fd;
	CHECK_EQ(poll(&p, 1, 0), 1);
	CHECK_EQ(p.revents & (POLLIN | POLLOUT), POLLOUT);
	close(fd);
}

static struct termios saved;

static void raw(unsigned min, unsigned deci)
{
	struct termios t = saved;

	t.c_lflag &= ~(unsigned)(ICANON | ECHO | ISIG);
	t.c_iflag &= ~(unsigned)ICRNL;
	t.c_cc[VMIN] = (unsigned char)min;
	t.c_cc[VTIME] = (unsigned char)deci;
	ioctl(tty, TCSETS, &t);
}

TEST(raw_polling_read)
{
	char c;

	CHECK_EQ(ioctl(tty, TCGETS, &saved), 0);
	raw(0, 0);
	CHECK_EQ(read(tty, &c, 1), 0);
	ioctl(tty, TCSETS, &saved);
}

TEST(raw_timed_read)
{
	struct timespec a, b;
	long ms;
	char c;

	CHECK_EQ(ioctl(tty, TCGETS, &saved), 0);
	raw(0, 2);
	clock_gettime(CLOCK_MONOTONIC, &a);
	CHECK_EQ(read(tty, &c, 1), 0);
	clock_gettime(CLOCK_MONOTONIC, &b);
	ioctl(tty, TCSETS, &saved);
	ms = (b.tv_sec - a.tv_sec) * 1000 + (b.tv_nsec - a.tv_nsec) / 1000000;
	CHECK(ms >= 190 && ms < 5000);
}

TEST(output_of_every_length)
{
	static const size_t lengths[] = {
		1, 15, 16, 17, 63, 64, 65, 127, 128, 129, 255, 257, 1000
	};
	static char buf[1000];

	memset(buf, '\r', sizeof(buf));
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
		CHECK_EQ(write(tty, buf, lengths[i]), lengths[i]);
}

/* --- with somebody at the keys --- */

static void ready(void)
{
	write(tty, "ready\n", 6);
}

TEST(raw_one_key)
{
	char buf[8];

	raw(1, 0);
	ready();
	CHECK_EQ(read(tty, buf, sizeof(buf)), 1); /* no Enter was typed */
	CHECK_EQ(buf[0], 'x');
}

TEST(raw_interrupt_is_a_key)
{
	char c;

	raw(1, 0);
	ready();
	CHECK_EQ(read(tty, &c, 1), 1);
	CHECK_EQ(c, 3);
}

TEST(raw_minimum)
{
	char buf[8];

	raw(3, 0);
	ready();
	CHECK_EQ(read(tty, buf, sizeof(buf)), 3);
	CHECK(memcmp(buf, "abc", 3) == 0);
}

TEST(poll_sees_a_key)
{
	struct pollfd p = { .fd = tty, .events = POLLIN };
	int n = -1;
	char c;

	raw(1, 0);
	ready();
	CHECK_EQ(poll(&p, 1, 20000), 1);
	CHECK_EQ(p.revents, POLLIN);
	CHECK_EQ(ioctl(tty, FIONREAD, &n), 0);
	CHECK_EQ(n, 1);
	CHECK_EQ(read(tty, &c, 1), 1);
	CHECK_EQ(c, 'q');
}

int main(int argc, char **argv)
{
	tty = open("/dev/console", O_RDWR);
	if (tty < 0) {
		printf("FAIL open: /dev/console (errno %d)\n", errno);
		return 1;
	}
	if (argc > 1 && strcmp(argv[1], "-i") == 0) {
		ioctl(tty, TCGETS, &saved);
		RUN(raw_one_key);
		RUN(raw_interrupt_is_a_key);
		RUN(raw_minimum);
		RUN(poll_sees_a_key);
		ioctl(tty, TCSETS, &saved);
		printf("tty: done\n");
		return test_end();
	}
	RUN(settings_come_back);
	RUN(window_size);
	RUN(bad_requests);
	RUN(bad_buffers);
	RUN(nonblocking_read);
	RUN(raw_polling_read);
	RUN(raw_timed_read);
	RUN(output_of_every_length);
	return test_end();
}
