// SPDX-License-Identifier: MIT
/*
 * init - process 1: starts the session and buries orphans.
 *
 * With a command after " -- " in the boot arguments it runs that and powers off; a line
 * before and one after tell the program that started the machine where the output begins
 * and ends and what the status was.  The nonce, which only that program knows, keeps
 * output from posing as such a line.  Without a command, shells on the console for ever.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <signal.h>
#include <unistd.h>

static char cmdline[4096], command[4096], nonce[64];

/* Write it at once and whole: init has nobody who would flush. */
static void say(const char *fmt, const char *a, long n)
{
	char line[256];
	int len = snprintf(line, sizeof(line), fmt, a, n);

	if (write(1, line, (size_t)len) != len)
		sync(); /* nobody to tell */
}

static void read_boot_arguments(int argc, char **argv)
{
	int fd = open("/proc/cmdline", O_RDONLY);
	ssize_t n;
	char *p;

	if (fd >= 0) {
		n = read(fd, cmdline, sizeof(cmdline) - 1);
		if (n > 0 && cmdline[n - 1] == '\n')
			cmdline[n - 1] = '\0';
		close(fd);
	}
	p = strstr(cmdline, " -- ");
	if (!p && strncmp(cmdline, "-- ", 3) == 0)
		p = cmdline - 1;
	if (p)
		strlcpy(command, p + 4, sizeof(command));
	if (p)
		p[p < cmdline ? 1 : 0] = '\0';
	p = strstr(cmdline, "nonce=");
	if (p)
		strlcpy(nonce, p + 6, sizeof(nonce));
	nonce[strcspn(nonce, " \n")] = '\0';
	if (argc > 1) {
		command[0] = '\0';
		for (int i = 1; i < argc; i++) {
			strlcat(command, i > 1 ? " " : "", sizeof(command));
			strlcat(command, argv[i], sizeof(command));
		}
	}
}

/* Run sh and wait for it, and for whoever has lost its parent meanwhile. */
static int session(char *const argv[])
{
	int status;
	pid_t pid = fork(), p;

	if (pid < 0) {
		say("init: fork: %s\n", strerror(errno), 0);
		return 126;
	}
	if (pid == 0) {
		signal(SIGINT, SIG_DFL);
		setpgid(0, 0);
		tcsetpgrp(0, getpid());
		execv("/bin/sh", argv);
		say("init: /bin/sh: %s\n", strerror(errno), 0);
		_exit(127);
	}
	setpgid(pid, pid);
	while ((p = waitpid(-1, &status, 0)) != pid)
		if (p < 0 && errno != EINTR)
			return 126;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(int argc, char **argv)
{
	char *sh[] = { "sh", NULL }, *shc[] = { "sh", "-c", command, NULL };
	int fd, status;

	while ((fd = open("/dev/console", O_RDWR)) >= 0 && fd < 2)
		;
	if (fd > 2)
		close(fd);
	setenv("PATH", "/bin", 0);
	setenv("HOME", "/", 0);
	setenv("TERM", "vt100", 0);
	signal(SIGINT, SIG_IGN);
	read_boot_arguments(argc, argv);
	if (command[0]) {
		say("\001%s begin\n", nonce, 0);
		status = session(shc);
		say("\001%s end %ld\n", nonce, status);
		sync();
		reboot(REBOOT_POWEROFF | status << 8);
		say("init: power off: %s\n", strerror(errno), 0);
		for (;;)
			pause();
	}
	say("Pagoda. \"ls /bin\" shows the programs, \"poweroff\" ends the session.\n", "", 0);
	for (;;) {
		status = session(sh);
		if (status)
			say("init: the shell ended with status%s %ld; here is another\n", "",
			    status);
		if (status == 126 || status == 127)
			sleep(1);
	}
}
