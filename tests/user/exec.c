// SPDX-License-Identifier: MIT
// run: debug
/*
 * exec.c - becoming another program: arguments, environment, stack, scripts, and all the
 * files that are no programs.  Called with an argument it is the program that is run.
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <thread.h>
#include "test.h"

#define SELF "/tests/exec"

/* As much of ELF as is broken here. */
typedef struct {
	unsigned char e_ident[16];
	unsigned short e_type, e_machine;
	unsigned e_version;
	unsigned long e_entry, e_phoff, e_shoff;
	unsigned e_flags;
	unsigned short e_ehsize, e_phentsize, e_phnum;
} Elf64_Ehdr;
typedef struct {
	unsigned p_type, p_flags;
	unsigned long p_offset, p_vaddr, p_paddr, p_filesz, p_memsz, p_align;
} Elf64_Phdr;
#define PT_LOAD 1

#define USER_TOP 0x4000000000UL

extern char **environ;

/* --- the program that is run --- */

static char bss[3 * 4096 + 17];
static int data[5000] = { 1, 2, 3 };

static unsigned long aux(unsigned long type)
{
	unsigned long *p;
	char **e = environ;

	while (*e)
		e++;
	for (p = (unsigned long *)(e + 1); *p; p += 2)
		if (*p == type)
			return p[1];
	return 0;
}

static int check_start(int argc, char **argv)
{
	unsigned long sp_words = (unsigned long)(argv - 1);

	for (size_t i = 0; i < sizeof(bss); i++)
		if (bss[i])
			return 1;
	if (data[0] != 1 || data[2] != 3 || data[4999] != 0)
		return 2;
	if (argc != 4 || strcmp(argv[2], "two words") || argv[3][0] || argv[argc])
		return 3;
	if (sp_words & 15)
		return 4;
	if (*(long *)sp_words != argc)
		return 5;
	if (!getenv("COLOUR") || strcmp(getenv("COLOUR"), "red"))
		return 6;
	if (aux(6) != 4096 || aux(5) == 0)			/* PAGESZ, PHNUM */
		return 7;
	if (aux(3) && memcmp((void *)(aux(3) & ~4095UL), "\177ELF", 4))	/* PHDR, if mapped */
		return 8;
	if (strcmp((char *)aux(31), SELF))			/* EXECFN */
		return 9;
	return 0;
}

static int program(int argc, char **argv)
{
	if (!strcmp(argv[1], "exit"))
		return atoi(argv[2]);
	if (!strcmp(argv[1], "start"))
		return check_start(argc, argv);
	if (!strcmp(argv[1], "count"))
		return argc & 0xff;
	if (!strcmp(argv[1], "pid"))
		return getpid() == atoi(argv[2]) ? 0 : 1;
	if (!strcmp(argv[1], "fd"))		/* is the descriptor open? */
		return fcntl(atoi(argv[2]), F_GETFD) < 0 ? 0 : 1;
	if (!strcmp(argv[1], "fp")) {		/* no floating-point register says anything yet */
		unsigned long v;

		asm volatile("fmv.x.d %0, fs7" : "=r"(v));
		return v == 0 ? 0 : 1;
	}
	if (!strcmp(argv[1], "sig")) {
		struct sigaction sa;
		sigset_t set;

		sigaction(SIGUSR1, NULL, &sa);
		if (sa.sa_handler != SIG_DFL)
			return 1;
		sigaction(SIGUSR2, NULL, &sa);
		if (sa.sa_handler != SIG_IGN)
			return 2;
		sigprocmask(SIG_BLOCK, NULL, &set);
		return sigismember(&set, SIGTERM) ? 0 : 3;
	}
	return 98;
}

/* --- the rows --- */

static int run(char *const argv[], char *const envp[])
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		execve(argv[0], argv, envp);
		_exit(errno + 100);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid ?
	       (WIFEXITED(status) ? WEXITSTATUS(status) : 256 + status) : -1;
}

static int run2(const char *a, const char *b, const char *c)
{
	char *const argv[] = { (char *)a, (char *)b, (char *)c, NULL };

	return run(argv, environ);
}

static int write_file(const char *path, const void *buf, size_t n)
{
	int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0755);

	if (fd < 0 || write(fd, buf, n) != (ssize_t)n)
		return -1;
	return close(fd);
}

TEST(start_of_a_program)
{
	char *const argv[] = { SELF, "start", "two words", "", NULL };
	char *const envp[] = { "A=1", "COLOUR=red", NULL };

	CHECK_EQ(run(argv, envp), 0);
}

TEST(status_comes_back)
{
	CHECK_EQ(run2(SELF, "exit", "77"), 77);
}

TEST(many_arguments)
{
	static char *argv[2003];

	argv[0] = SELF;
	argv[1] = "count";
	for (int i = 2; i < 2002; i++)
		argv[i] = "an argument of some length";
	CHECK_EQ(run(argv, environ), 2002 & 0xff);
}

TEST(too_many_arguments)
{
	static char big[200 * 1024];
	static char *argv[40000];

	memset(big, 'x', sizeof(big) - 1);
	CHECK_EQ(run2(SELF, "exit", big), 100 + E2BIG);
	for (int i = 0; i < 39999; i++)
		argv[i] = "1234567";
	argv[0] = SELF;
	CHECK_EQ(run(argv, environ), 100 + E2BIG);
}

TEST(bad_pointers)
{
	static char *volatile bad_path[] = { NULL, (char *)-4096L, (char *)USER_TOP };
	static char **volatile bad_list[] = { (char **)3, (char **)0xffffffc000000000, (char **)8 };

	for (int i = 0; i < 3; i++) {
		CHECK(execve(bad_path[i], environ, environ) < 0 && errno == EFAULT);
		CHECK(execve(SELF, bad_list[i], environ) < 0 && errno == EFAULT);
		CHECK(execve(SELF, environ, bad_list[i]) < 0 && errno == EFAULT);
	}
	char *const argv[] = { SELF, (char *)8, NULL };
	CHECK(execve(SELF, argv, environ) < 0 && errno == EFAULT);
	/* The list ends at the end of the mapping, without NULL. */
	char **page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	munmap((char *)page + 4096, 4096);
	for (int i = 0; i < 512; i++)
		page[i] = "x";
	CHECK(execve(SELF, page, environ) < 0 && errno == EFAULT);
	munmap(page, 4096);
}

TEST(no_program)
{
	CHECK(execv("/no/such", environ) < 0 && errno == ENOENT);
	CHECK(execv("/tests", environ) < 0 && errno == EACCES);
	CHECK(execv("/dev/null", environ) < 0 && errno == EACCES);
	CHECK(execv("", environ) < 0 && errno == ENOENT);
	CHECK(write_file("/tmp/x", "", 0) == 0);
	CHECK(execv("/tmp/x", environ) < 0 && errno == ENOEXEC);
	CHECK(write_file("/tmp/x", "hello, I am a text\n", 19) == 0);
	CHECK(execv("/tmp/x", environ) < 0 && errno == ENOEXEC);
	CHECK(write_file("/tmp/x", "\177ELF", 4) == 0);
	CHECK(execv("/tmp/x", environ) < 0 && errno == ENOEXEC);
	unlink("/tmp/x");
}

/* One field of the header wrong at a time. */
TEST(broken_headers)
{
	static unsigned char whole[8192], elf[8192];
	static const struct { unsigned off, size; unsigned long value; } change[] = {
		{ 0, 1, 0 }, { 4, 1, 1 }, { 5, 1, 2 },		/* magic, 32 bits, big-endian */
		{ 16, 2, 3 }, { 16, 2, 1 }, { 18, 2, 62 },	/* type, machine */
		{ 24, 8, 0xffffffc000000000 },			/* entry in the kernel */
		{ 32, 8, 1UL << 40 }, { 32, 8, -8UL },		/* program headers nowhere */
		{ 54, 2, 8 }, { 56, 2, 0 }, { 56, 2, 0xffff },	/* their size and number */
		{ 64 + 8, 8, 1UL << 50 },			/* segment's offset */
		{ 64 + 16, 8, 0xffffffc000000000 },		/* its address: the kernel's */
		{ 64 + 16, 8, 0 },				/* ... page 0 */
		{ 64 + 16, 8, 0x10001 },			/* ... not congruent */
		{ 64 + 32, 8, 1UL << 40 },			/* longer than the file */
		{ 64 + 40, 8, 1 },				/* memory smaller than file */
	};
	int fd = open(SELF, O_RDONLY);

	CHECK(fd >= 0 && read(fd, whole, sizeof(whole)) == sizeof(whole));
	close(fd);
	/* The first LOAD segment shall be program header 0 for the changes above. */
	Elf64_Ehdr *eh = (Elf64_Ehdr *)whole;
	Elf64_Phdr *ph = (Elf64_Phdr *)(whole + eh->e_phoff);
	for (int i = 0; i < eh->e_phnum; i++)
		if (ph[i].p_type == PT_LOAD && i != 0) {
			Elf64_Phdr t = ph[0];

			ph[0] = ph[i];
			ph[i] = t;
			break;
		} else if (ph[i].p_type == PT_LOAD) {
			break;
		}
	for (unsigned i = 0; i < sizeof(change) / sizeof(change[0]); i++) {
		memcpy(elf, whole, sizeof(elf));
		memcpy(elf + change[i].off, &change[i].value, change[i].size);
		CHECK(write_file("/tmp/x", elf, sizeof(elf)) == 0);
		execv("/tmp/x", environ);
		if (errno != ENOEXEC && errno != ENOMEM) {
			printf("  change %u: errno %d\n", i, errno);
			CHECK(0);
		}
	}
	unlink("/tmp/x");
}

TEST(scripts)
{
	const char *plain = "#!" SELF "\nexit 1\n";
	const char *arg = "#! " SELF "  count  \n";
	const char *loop = "#!/tmp/loop\n";
	char *const argv[] = { "/tmp/s", "a", "b", NULL };
	char *const self[] = { "/tmp/loop", NULL };

	CHECK(write_file("/tmp/s", arg, strlen(arg)) == 0);
	CHECK_EQ(run(argv, environ), 5);	/* exec count /tmp/s a b */
	CHECK(write_file("/tmp/s", plain, strlen(plain)) == 0);
	CHECK_EQ(run(argv, environ), 98);	/* exec /tmp/s a b: no such word */
	CHECK(write_file("/tmp/s", "#!/no/such\n", 11) == 0);
	CHECK(execv("/tmp/s", argv) < 0 && errno == ENOENT);
	CHECK(write_file("/tmp/s", "#!\n", 3) == 0);
	CHECK(execv("/tmp/s", argv) < 0 && errno == ENOEXEC);
	CHECK(write_file("/tmp/loop", loop, strlen(loop)) == 0);
	CHECK(execv("/tmp/loop", self) < 0 && errno == ENOEXEC);
	unlink("/tmp/s");
	unlink("/tmp/loop");
}

TEST(close_on_exec)
{
	char n[12];
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC), kept = open("/dev/null", O_RDONLY);

	snprintf(n, sizeof(n), "%d", fd);
	CHECK_EQ(run2(SELF, "fd", n), 0);
	snprintf(n, sizeof(n), "%d", kept);
	CHECK_EQ(run2(SELF, "fd", n), 1);
	close(fd);
	close(kept);
}

static void nothing(int sig) { (void)sig; }

TEST(signals_are_reset)
{
	sigset_t set;
	int status;

	if (fork() == 0) {
		signal(SIGUSR1, nothing);
		signal(SIGUSR2, SIG_IGN);
		sigemptyset(&set);
		sigaddset(&set, SIGTERM);
		sigprocmask(SIG_BLOCK, &set, NULL);
		execl(SELF, "exec", "sig", (char *)NULL);
		_exit(99);
	}
	CHECK(wait(&status) > 0);
	CHECK_EQ(status, 0);
}

TEST(floating_point_is_reset)
{
	int status;

	if (fork() == 0) {
		double x = 3.25;

		asm volatile("fmv.d fs7, %0" : : "f"(x) : "fs7");
		execl(SELF, "exec", "fp", (char *)NULL);
		_exit(99);
	}
	CHECK(wait(&status) > 0);
	CHECK_EQ(status, 0);
}

TEST(text_busy)
{
	char buf[8192];
	int in = open(SELF, O_RDONLY), out, status;
	ssize_t n;
	pid_t pid;

	CHECK(open(SELF, O_WRONLY) < 0 && errno == ETXTBSY);	/* we run from it */
	out = open("/tmp/prog", O_CREAT | O_TRUNC | O_WRONLY, 0755);
	CHECK(in >= 0 && out >= 0);
	while ((n = read(in, buf, sizeof(buf))) > 0)
		CHECK(write(out, buf, n) == n);
	close(in);
	char *const argv[] = { "/tmp/prog", "exit", "4", NULL };
	CHECK(execv(argv[0], argv) < 0 && errno == ETXTBSY);
	close(out);
	pid = fork();
	if (pid == 0) {
		execv(argv[0], argv);
		_exit(99);
	}
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK_EQ(WEXITSTATUS(status), 4);
	out = open("/tmp/prog", O_WRONLY);	/* nobody runs it any more */
	CHECK(out >= 0);
	close(out);
	unlink("/tmp/prog");
}

static volatile int spinning;

static void *spin(void *arg)
{
	(void)arg;
	spinning = 1;
	while (spinning)
		;
	return NULL;
}

static void *exec_self(void *arg)
{
	char n[12];

	(void)arg;
	while (!spinning)
		usleep(100);
	snprintf(n, sizeof(n), "%d", getpid());
	execl(SELF, "exec", "pid", n, (char *)NULL);
	_exit(97);
}

/* The other threads end, whoever calls; the process keeps its number. */
TEST(threads_end)
{
	int status;
	pid_t pid;

	for (int i = 0; i < 20; i++) {
		pid = fork();
		if (pid == 0) {
			thread_t t;

			spinning = 0;
			if (thread_create(&t, spin, NULL) != 0)
				_exit(96);
			if (i & 1) {
				if (thread_create(&t, exec_self, NULL) != 0)
					_exit(95);
				for (;;)
					usleep(1000);
			}
			exec_self(NULL);
		}
		CHECK(waitpid(pid, &status, 0) == pid);
		CHECK_EQ(status, 0);
	}
}

static unsigned long icache_flushes(void)
{
	static char text[8192];
	int fd = open("/proc/vmstat", O_RDONLY);
	ssize_t n, len = 0;
	char *p;

	while ((n = read(fd, text + len, sizeof(text) - 1 - len)) > 0)
		len += n;
	close(fd);
	text[len] = '\0';
	p = strstr(text, "icache_flush ");
	return p ? strtoul(p + 13, NULL, 10) : 0;
}

/* What is written is what is executed: flushed before the first time, and after a write;
 * not when it is executed again. */
TEST(code_is_fetched_anew)
{
	static char code[256 * 1024];
	unsigned long before, first;
	int fd = open("/bin/true", O_RDONLY);
	ssize_t n = read(fd, code, sizeof(code));

	close(fd);
	CHECK(n > 0 && n < (ssize_t)sizeof(code));
	CHECK(write_file("/true.copy", code, n) == 0);
	sync();
	before = icache_flushes();
	CHECK_EQ(run2("/true.copy", NULL, NULL), 0);
	first = icache_flushes();
	CHECK(first > before);
	CHECK_EQ(run2("/true.copy", NULL, NULL), 0);
	CHECK_EQ(icache_flushes(), first);
	fd = open("/true.copy", O_WRONLY);
	CHECK(pwrite(fd, code, n, 0) == n && close(fd) == 0);
	sync();
	CHECK_EQ(run2("/true.copy", NULL, NULL), 0);
	CHECK(icache_flushes() > first);
	CHECK(unlink("/true.copy") == 0);
}

TEST(storm)
{
	for (int i = 0; i < 100; i++)
		CHECK_EQ(run2(SELF, "exit", "3"), 3);
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return program(argc, argv);
	RUN(start_of_a_program);
	RUN(status_comes_back);
	RUN(many_arguments);
	RUN(too_many_arguments);
	RUN(bad_pointers);
	RUN(no_program);
	RUN(broken_headers);
	RUN(scripts);
	RUN(close_on_exec);
	RUN(signals_are_reset);
	RUN(floating_point_is_reset);
	RUN(text_busy);
	RUN(threads_end);
	RUN(code_is_fetched_anew);
	RUN(storm);
	return test_end();
}
