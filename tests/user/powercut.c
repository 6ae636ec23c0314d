// SPDX-License-Identifier: MIT
// run: harts=2 mem=32M timeout=120 args=-p 2 -n 10
/*
 * powercut.c - a workload that says what it has been promised.
 *
 *	powercut [-p processes] [-n operations] [-s seed]
 *
 * Each process keeps a few files in /pc/N and a log, /pc/N/log.  Before an operation it
 * appends "S file version kind pages" to the log and fsyncs it; after the operation and
 * its fsync it appends "D ..." and fsyncs again.  Every page carries its version and how many
 * lines of the log had been fsynced before.  tests/system/powercut.c cuts the
 * recorded disk writes anywhere and holds what it finds against the log.
 *
 *	w  overwrite the first pages in place	r  write a new file and rename it over
 *	u  unlink				t  truncate
 */
#include "test.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "../system/powercut.h"

static unsigned who, seed = 1, nops = 60, nproc = 3, state;
static int log_fd;
static unsigned lines;

static unsigned rnd(unsigned n)
{
	state = state * 1664525 + 1013904223;
	return (state >> 8) % n;
}

static void must(int ok, const char *what)
{
	if (!ok) {
		printf("FAIL powercut: process %u: %s (errno %d)\n", who, what, errno);
		exit(1);
	}
}

static void log_line(char tag, unsigned file, unsigned version, char kind, unsigned pages)
{
	char text[64];
	int n = sprintf(text, "%c %u %u %c %u\n", tag, file, version, kind, pages);

	must(write(log_fd, text, (size_t)n) == n, "write of the log");
	must(fsync(log_fd) == 0, "fsync of the log");
	lines++;
}

static void write_pages(int fd, unsigned file, unsigned version, unsigned n)
{
	static unsigned long page[PC_PAGE / 8];

	for (unsigned i = 0; i < n; i++) {
		pc_fill(page, who, file, i, version, lines);
		must(write(fd, page, PC_PAGE) == PC_PAGE, "write");
	}
}

static void work(void)
{
	unsigned version[PC_FILES] = { 0 }, exists[PC_FILES] = { 0 };
	char dir[32], name[48], other[48];

	state = seed * 7919 + who * 104729;
	sprintf(dir, "/pc/%u", who);
	must(mkdir(dir, 0755) == 0, "mkdir");
	sprintf(name, "%s/log", dir);
	log_fd = open(name, O_CREAT | O_RDWR, 0644);
	must(log_fd >= 0, "open of the log");
	for (unsigned op = 0; op < nops; op++) {
		unsigned k = rnd(PC_FILES), v = ++version[k], n = 1 + rnd(PC_PAGES);
		char kind = exists[k] ? "wwrrut"[rnd(6)] : rnd(2) ? 'w' : 'r';
		int fd;

		sprintf(name, "%s/f%u", dir, k);
		if (kind == 'u')
			n = 0;
		if (kind == 't')
			n = rnd(PC_PAGES + 1);
		log_line('S', k, v, kind, n);
		switch (kind) {
		case 'w':
			fd = open(name, O_CREAT | O_RDWR, 0644);
			must(fd >= 0, "open");
			write_pages(fd, k, v, n);
			break;
		case 'r':
			sprintf(other, "%s/new", dir);
			fd = open(other, O_CREAT | O_RDWR | O_TRUNC, 0644);
			must(fd >= 0, "open");
			write_pages(fd, k, v, n);
			must(fsync(fd) == 0, "fsync");
			must(rename(other, name) == 0, "rename");
			break;
		case 't':
			fd = open(name, O_RDWR);
			must(fd >= 0, "open");
			must(ftruncate(fd, (off_t)n * PC_PAGE) == 0, "ftruncate");
			break;
		default:
			must(unlink(name) == 0, "unlink");
			fd = open(dir, O_RDONLY);
			must(fd >= 0, "open of the directory");
		}
		exists[k] = kind != 'u';
		must(fsync(fd) == 0, "fsync");
		close(fd);
		log_line('D', k, v, kind, n);
		if (rnd(20) == 0)
			sync();
	}
	exit(0);
}

int main(int argc, char **argv)
{
	int opt, status, bad = 0;

	while ((opt = getopt(argc, argv, "p:n:s:")) != -1)
		switch (opt) {
		case 'p':
			nproc = (unsigned)atoi(optarg);
			break;
		case 'n':
			nops = (unsigned)atoi(optarg);
			break;
		case 's':
			seed = (unsigned)atoi(optarg);
			break;
		default:
			return 2;
		}
	if (mkdir("/pc", 0755) < 0)
		return 1;
	for (who = 0; who < nproc; who++)
		if (fork() == 0)
			work();
	for (unsigned k = 0; k < nproc; k++)
		bad += wait(&status) < 0 || status != 0;
	printf(bad ? "FAIL powercut\n" : "ok powercut\n");
	return bad != 0;
}
