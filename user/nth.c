// SPDX-License-Identifier: MIT
/*
 * nth [-cCv] [-k slab|page_alloc] [-m MAX] [-s STEP] [-t SECONDS] [-e CMD] PROGRAM [ARG...]
 *
 * Runs a program again and again, each time with one allocation of the whole machine
 * failing: the first, the second, ... until a run in which none fails, because there were
 * fewer.  With -c the nth run fails the first allocation that is made from a call chain
 * which has not failed yet, until every chain has: for programs that allocate much.
 *
 * The program may fail, and is told so by errno; it may not hang (-t, 20 s), and when a run
 * is over, nothing may be lost: caches are dropped, and free memory, live slab objects and
 * tasks must be what they were.  -s takes only every STEPth; -C removes what a failed run
 * has left in / and /tmp, and its processes; -e is a command of the shell that does.  One line a kind says
 * how many runs it took, -v shows each and what it prints; status 1 if anything was wrong.
 */
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <unistd.h>

static char text[32768];

static int put(const char *path, const char *what)
{
	int fd = open(path, O_WRONLY), ok;

	if (fd < 0)
		return -1;
	ok = write(fd, what, strlen(what)) == (ssize_t)strlen(what);
	close(fd);
	return ok ? 0 : -1;
}

static const char *get(const char *path)
{
	int fd = open(path, O_RDONLY);
	ssize_t n, len = 0;

	if (fd < 0)
		err(1, "%s", path);
	while ((n = read(fd, text + len, sizeof(text) - 1 - len)) > 0)
		len += n;
	close(fd);
	text[len] = '\0';
	return text;
}

static char before[32768];

/* Which caches have more objects than in the reading kept in before. */
static void show_growth(void)
{
	for (char *p = text; p != NULL && *p; p = strchr(p, '\n')) {
		char name[40];
		const char *old;
		size_t n;

		p += *p == '\n';
		n = strcspn(p, " ");
		if (n == 0 || n + 3 > sizeof(name))
			continue;
		snprintf(name, sizeof(name), "\n%.*s ", (int)n, p);
		old = strstr(before, name);
		if (old != NULL && strtoul(p + n, NULL, 10) > strtoul(old + 1 + n, NULL, 10))
			printf("  %.*s: %lu, was %lu\n", (int)n, p, strtoul(p + n, NULL, 10),
			       strtoul(old + 1 + n, NULL, 10));
	}
}

/* Live objects of all caches. */
static unsigned long objects(void)
{
	unsigned long sum = 0;
	int line = 0;

	for (const char *p = get("/proc/slabinfo"); p != NULL && *p; p = strchr(p, '\n')) {
		p += *p == '\n';
		if (line++ >= 2 && *p)
			sum += strtoul(p + strcspn(p, " "), NULL, 10);
	}
	return sum;
}

static unsigned long free_kib(void)
{
	const char *p = strstr(get("/proc/meminfo"), "MemFree:");

	return p != NULL ? strtoul(p + 8, NULL, 10) : 0;
}

static unsigned tasks(void)
{
	struct sysinfo si;

	return sysinfo(&si) == 0 ? si.procs : 0;
}

static const char *clean_up;
static int by_chain, verbose;

/* Names of / and /tmp when we began. */
static char known[2][2048];

static void remember(const char *dir, char *names, size_t size)
{
	DIR *d = opendir(dir);
	struct dirent *e;

	strlcpy(names, "/", size);
	while (d != NULL && (e = readdir(d)) != NULL) {
		strlcat(names, e->d_name, size);
		strlcat(names, "/", size);
	}
	if (d != NULL)
		closedir(d);
}

/* Remove what is not among names. */
static void sweep(const char *dir, const char *names)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	char cmd[400], name[260];

	while (d != NULL && (e = readdir(d)) != NULL) {
		snprintf(name, sizeof(name), "/%s/", e->d_name);
		if (strstr(names, name) != NULL)
			continue;
		snprintf(cmd, sizeof(cmd), "rm -rf '%s/%s' 2>/dev/null", dir, e->d_name);
		system(cmd);
	}
	if (d != NULL)
		closedir(d);
}

/* End who is younger than we: children that a failed run has left in groups of their own. */
static void end_strays(void)
{
	DIR *d = opendir("/proc");
	struct dirent *e;

	while (d != NULL && (e = readdir(d)) != NULL)
		if (atoi(e->d_name) > getpid())
			kill(atoi(e->d_name), SIGKILL);
	if (d != NULL)
		closedir(d);
}

static void tidy(void)
{
	if (clean_up != NULL)
		system(clean_up);
	if (known[0][0] != '\0') {
		sweep("/", known[0]);
		sweep("/tmp", known[1]);
	}
}

static void settle(void)
{
	if (known[0][0] != '\0')
		end_strays();
	usleep(20000);				/* who is ending ends */
	tidy();
	sync();					/* the journal lets go of what it holds */
	put("/proc/sys/vm/drop_caches", "3");
	put("/proc/slabinfo", "1");
}

/* How often the rule of this kind struck. */
static unsigned long struck(const char *kind)
{
	const char *p = strstr(get("/proc/fault-inject"), kind);

	p = p != NULL ? strstr(p, "failed=") : NULL;
	return p != NULL ? strtoul(p + 7, NULL, 10) : 0;
}

static unsigned patience = 20;			/* seconds a run may take */
static pid_t child;
static volatile int hung;

static void too_long(int sig)
{
	(void)sig;
	hung = 1;
}

/* Fork and run the program; => its wait status, or -1 when there was no child. */
static int spawn(char **argv)
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		return -1;
	if (pid == 0) {
		execv(argv[0], argv);
		_exit(126);
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return status;
}

/* Run it with a rule (or none) in force.  In between stands a process that may be the one
 * that is hit: fork is part of what is tested, and we must survive. */
static int run(const char *rule, char **argv)
{
	int status;

	child = fork();
	if (child < 0)
		err(1, "fork");
	if (child == 0) {
		int null = open("/dev/null", O_RDWR);

		dup2(null, 0);
		if (!verbose) {
			dup2(null, 1);
			dup2(null, 2);
		}
		setpgid(0, 0);
		if (rule != NULL && put("/proc/fault-inject", rule) < 0)
			_exit(127);
		_exit(spawn(argv) != 0);
	}
	alarm(patience);
	while (waitpid(child, &status, 0) < 0) {
		if (errno != EINTR)
			err(1, "waitpid");
		if (hung) {
			system("ps -f");
			kill(-child, SIGKILL);
		}
	}
	alarm(0);
	kill(-child, SIGKILL);			/* whom it started and did not wait for */
	while (put("/proc/fault-inject", "off") < 0)
		;
	return status;
}


static int series(const char *kind, int max, int step, char **argv)
{
	unsigned long base, kib, now;
	unsigned procs;
	int bad = 0, failed_runs = 0, n;

	if (by_chain && put("/proc/fault-inject", "forget") < 0)
		err(1, "/proc/fault-inject");
	run(NULL, argv);
	run(NULL, argv);
	settle();
	procs = tasks();
	base = objects();
	strcpy(before, text);
	kib = free_kib();
	for (n = 1; n <= max; n += step) {
		char rule[64];
		int status;

		snprintf(rule, sizeof(rule), by_chain ? "%s chain times=1" : "%s nth=%d times=1",
			 kind, n);
		status = run(rule, argv);
		if (hung) {
			printf("FAIL %s: hangs when %s allocation %d fails\n", argv[0], kind, n);
			hung = 0;
			bad++;
		}
		if (status == 127 << 8) {
			printf("FAIL %s: not started, or the rule was refused (too many chains?)\n",
			       argv[0]);
			bad++;
		}
		if (struck(kind) == 0)
			break;
		failed_runs += status != 0;
		if (verbose)
			printf("%s %d: status %d\n", kind, n, status);
		if (n / step % 8 == 0)
			settle();
		else
			tidy();
	}
	/* Some memory is let go of later, by whoever comes next (the journal keeps what the log
	 * still names): a leak is what good runs do not take away. */
	settle();
	now = objects();
	for (int i = 0; now > base + 4 && i < 60; i++) {
		run(NULL, argv);
		settle();
		now = objects();
	}
	if (now > base + 4) {
		printf("FAIL %s: %lu objects more after %d failing %s allocations\n", argv[0], now - base,
		       n, kind);
		show_growth();
		bad++;
	}
	for (int i = 0; tasks() > procs && i < 50; i++)
		usleep(100000);
	if (tasks() > procs) {
		printf("FAIL %s: %u tasks more after %d failing %s allocations\n", argv[0],
		       tasks() - procs, n, kind);
		bad++;
	}
	now = free_kib();
	if (now + 256 < kib) {
		printf("FAIL %s: %lu KiB less than before the series (%s)\n", argv[0], kib - now, kind);
		bad++;
	}
	printf("%s %s: %s%s, n = 1 to %d, %d runs ended with an error; objects %+ld, free %+ld KiB\n",
	       bad ? "FAIL" : "ok", argv[0], kind, by_chain ? " chains" : "", n, failed_runs,
	       (long)(objects() - base), (long)(now - kib));
	fflush(stdout);
	return bad;
}

int main(int argc, char **argv)
{
	const char *only = NULL;
	int max = 1000000, step = 1, bad = 0, o;

	while ((o = getopt(argc, argv, "+cCk:m:s:t:e:v")) != -1) {
		if (o == 'k')
			only = optarg;
		else if (o == 'c')
			by_chain = 1;
		else if (o == 'C') {
			remember("/", known[0], sizeof(known[0]));
			remember("/tmp", known[1], sizeof(known[1]));
		} else if (o == 't' && atoi(optarg) > 0)
			patience = atoi(optarg);
		else if (o == 'm')
			max = atoi(optarg);
		else if (o == 's' && atoi(optarg) > 0)
			step = atoi(optarg);
		else if (o == 'e')
			clean_up = optarg;
		else if (o == 'v')
			verbose = 1;
		else
			break;
	}
	if (optind >= argc || o == '?')
		errx(2, "usage: nth [-cCv] [-k slab|page_alloc] [-m MAX] [-s STEP] [-t SECONDS] [-e CMD] "
			"PROGRAM [ARG...]");
	sigaction(SIGALRM, &(struct sigaction){ .sa_handler = too_long }, NULL);
	if (only == NULL || strcmp(only, "slab") == 0)
		bad += series("slab", max, step, argv + optind);
	if (only == NULL || strcmp(only, "page_alloc") == 0)
		bad += series("page_alloc", max, step, argv + optind);
	return bad != 0;
}
