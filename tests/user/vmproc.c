// SPDX-License-Identifier: MIT
// run: debug
/*
 * vmproc.c - what /proc says of memory: are the numbers true, and does every line parse by
 * the rules of Linux's proc(5), column by column?
 */
#include <ctype.h>
#include <dirent.h>
#include <stdint.h>
#include <sys/resource.h>
#include "vm.h"

static char text[65536];

static const char *slurp(const char *path)
{
	int fd = open(path, O_RDONLY), n = 0, k;

	FAIL_IF(fd < 0);
	while (n < (int)sizeof(text) - 1 && (k = (int)read(fd, text + n, sizeof(text) - 1 - (size_t)n)) > 0)
		n += k;
	close(fd);
	text[n] = '\0';
	return text;
}

/* Steps over one field of the kind: d decimal, - decimal with sign, x hexadecimal; fails if
 * it is none or the separator after it is another. */
static const char *field(const char *p, char kind, char after, unsigned long *value)
{
	const char *start = p;

	if (kind == '-' && *p == '-')
		p++;
	if (value != NULL)
		*value = strtoul(start, NULL, kind == 'x' ? 16 : 10);
	FAIL_IF(!(kind == 'x' ? isxdigit(*p) : isdigit(*p)));
	while (kind == 'x' ? isxdigit(*p) : isdigit(*p))
		p++;
	FAIL_IF(*p != after);
	return p + 1;
}

/* "start-end rwxp offset major:minor inode [spaces path]"; names begin in column 74. */
static const char *maps_line(const char *p, unsigned long *start, unsigned long *end)
{
	const char *line = p, *name;
	unsigned long inode;

	p = field(p, 'x', '-', start);
	p = field(p, 'x', ' ', end);
	FAIL_IF(*start >= *end || *start % PAGE || *end % PAGE);
	FAIL_IF(strspn(p, "r-") < 1 || strspn(p + 1, "w-") < 1 || strspn(p + 2, "x-") < 1 ||
		strspn(p + 3, "ps") < 1 || p[4] != ' ');
	p = field(p + 5, 'x', ' ', NULL);
	FAIL_IF(p - line < 8);
	p = field(p, 'x', ':', NULL);
	p = field(p, 'x', ' ', NULL);
	p = field(p, 'd', ' ', &inode);
	name = p + strspn(p, " ");
	if (*name != '\n') {
		FAIL_IF(name - line < 73 && name != p + strspn(p, " "));
		FAIL_IF((*name != '/' && *name != '[') || (inode != 0) != (*name == '/'));
		FAIL_IF(p - line < 73 && name - line != 73);
	}
	p = strchr(p, '\n');
	FAIL_IF(p == NULL);
	return p + 1;
}

static void maps_parse(void)
{
	int fd = vm_file("/tmp/mapped file", 2), areas = 0, seen_file = 0;
	unsigned long start, end, last = 0;
	const char *p;

	FAIL_IF(mmap(NULL, 2 * PAGE, RW, MAP_SHARED, fd, 0) == MAP_FAILED);
	sbrk(1);
	for (p = slurp("/proc/self/maps"); *p != '\0'; areas++) {
		const char *line = p;

		p = maps_line(p, &start, &end);
		FAIL_IF(start < last);
		last = end;
		seen_file |= memmem(line, (size_t)(p - line), "/tmp/mapped file\n", 17) != NULL;
	}
	FAIL_IF(areas < 4 || !seen_file);
	FAIL_IF(strstr(text, "[heap]") == NULL || strstr(text, "[stack]") == NULL);
	unlink("/tmp/mapped file");
}

/* A line of maps, then "Name:   N kB" lines, then VmFlags. */
static void smaps_parse(void)
{
	static const char *const names[] = {
		"Size", "KernelPageSize", "MMUPageSize", "Rss", "Pss", "Shared_Clean", "Shared_Dirty",
		"Private_Clean", "Private_Dirty", "Referenced", "Anonymous", "Swap", "Locked",
	};
	unsigned long start, end, n[13];
	const char *p = slurp("/proc/self/smaps");

	while (*p != '\0') {
		p = maps_line(p, &start, &end);
		for (int i = 0; i < 13; i++) {
			size_t len = strlen(names[i]);

			FAIL_IF(strncmp(p, names[i], len) != 0 || p[len] != ':');
			p += len + 1;
			p = field(p + strspn(p, " "), 'd', ' ', &n[i]);
			FAIL_IF(strncmp(p, "kB\n", 3) != 0);
			p += 3;
		}
		FAIL_IF(n[0] != (end - start) / 1024 || n[1] != 4 || n[3] > n[0] || n[4] > n[3]);
		FAIL_IF(n[5] + n[6] + n[7] + n[8] != n[3] || n[10] > n[3]);
		FAIL_IF(strncmp(p, "VmFlags: ", 9) != 0);
		p = strchr(p, '\n') + 1;
	}
}

/* The 52 fields of stat, of which the memory's are looked at. */
static void stat_parse(void)
{
	unsigned long f[53] = { 0 }, size, rss;
	char *heap = sbrk(0);
	const char *p = slurp("/proc/self/stat");

	p = field(p, 'd', ' ', &f[1]);
	FAIL_IF((pid_t)f[1] != getpid() || *p != '(');
	p = strchr(p, ')') + 1;
	FAIL_IF(*p++ != ' ' || *p++ != 'R' || *p++ != ' ');
	for (int i = 4; i <= 52; i++)
		p = field(p, '-', i == 52 ? '\n' : ' ', &f[i]);
	FAIL_IF(*p != '\0' || (pid_t)f[4] != getppid());
	FAIL_IF(f[26] != 0x10000 || f[27] <= f[26] || f[27] > (unsigned long)stat_parse + 0x100000);
	FAIL_IF((unsigned long)&p > f[28] || f[28] - (unsigned long)&p > 65536);	/* startstack */
	FAIL_IF(f[45] < f[27] || f[46] <= f[45] || f[47] > (unsigned long)heap);
	FAIL_IF(f[48] >= f[49] || f[49] > f[50] || f[50] > f[51]);
	FAIL_IF(f[10] == 0);
	p = slurp("/proc/self/statm");
	p = field(p, 'd', ' ', &size);
	p = field(p, 'd', ' ', &rss);
	for (int i = 0; i < 5; i++)
		p = field(p, 'd', i == 4 ? '\n' : ' ', NULL);
	FAIL_IF(size * PAGE != f[23] || labs((long)rss - (long)f[24]) > 2);
	FAIL_IF(vm_number("/proc/self/status", "VmSize") * 1024 != (long)f[23]);
}

static unsigned long majors(void)
{
	const char *p = strrchr(slurp("/proc/self/stat"), ')') + 2;

	for (int i = 3; i < 12; i++)
		p = strchr(p, ' ') + 1;
	return strtoul(p, NULL, 10);
}

/* The number behind a name and a space, as in /proc/vmstat. */
static long number_after(const char *path, const char *name)
{
	const char *p = strstr(slurp(path), name);

	FAIL_IF(p == NULL);
	return strtol(p + strlen(name), NULL, 10);
}

static void drop_caches(void)
{
	int fd = open("/proc/sys/vm/drop_caches", O_WRONLY);

	FAIL_IF(fd < 0 || write(fd, "1", 1) != 1);
	close(fd);
}

/* The pages of a file that has to be read from the disk, and then not. */
static void major_faults(void)
{
	int fd = vm_file("/major", 200);
	struct rusage usage;
	unsigned long before, first, events = (unsigned long)number_after("/proc/vmstat", "pgmajfault ");
	char *p;

	FAIL_IF(fsync(fd) != 0);
	p = mmap(NULL, 200 * PAGE, PROT_READ, MAP_SHARED, fd, 0);
	FAIL_IF(p == MAP_FAILED);
	drop_caches();
	before = majors();
	for (int i = 0; i < 200; i++)
		FAIL_IF(p[i * (long)PAGE] != (char)('A' + i));
	first = majors() - before;
	FAIL_IF(first < 1 || first > 60);			/* read-ahead brings the most */
	FAIL_IF(getrusage(RUSAGE_SELF, &usage) != 0 || (unsigned long)usage.ru_majflt != majors());
	FAIL_IF((unsigned long)number_after("/proc/vmstat", "pgmajfault ") - events < first);
	FAIL_IF(munmap(p, 200 * PAGE) != 0);
	p = mmap(NULL, 200 * PAGE, PROT_READ, MAP_SHARED, fd, 0);
	before = majors();
	for (int i = 0; i < 200; i++)
		FAIL_IF(p[i * (long)PAGE] != (char)('A' + i));
	FAIL_IF(majors() != before);
	unlink("/major");
}

/* Frames that kpageflags calls anonymous and mapped. */
static long anon_frames(void)
{
	static uint64_t flags[512];
	int fd = open("/proc/kpageflags", O_RDONLY);
	long n = 0;
	ssize_t k;

	FAIL_IF(fd < 0);
	lseek(fd, (0x80000000L / (long)PAGE) * 8, SEEK_SET);
	while ((k = read(fd, flags, sizeof(flags))) > 0)
		for (int i = 0; i < (int)(k / 8); i++)
			n += (flags[i] >> 12 & 1) && (flags[i] >> 11 & 1);
	close(fd);
	return n * 4;
}

/* Memory that eight processes share is in AnonPages once. */
static void anon_pages_exact(void)
{
	char *p = vm_map(1024, RW, ANON);
	int up[2], down[2];
	long before, shared = 0, counted = 0;
	char c;

	FAIL_IF(pipe(up) != 0 || pipe(down) != 0);
	before = vm_number("/proc/meminfo", "AnonPages");
	memset(p, 1, 1024 * PAGE);
	for (int i = 0; i < 8; i++)
		if (fork() == 0) {
			close(down[1]);
			if (write(up[1], &c, 1) != 1)
				_exit(1);
			close(up[1]);
			_exit((int)read(down[0], &c, 1));
		}
	close(up[1]);				/* who has no memory for it writes nothing */
	for (int i = 0; i < 8; i++)
		FAIL_IF(read(up[0], &c, 1) != 1);
	anon_frames();				/* has touched its buffer from now on */
	for (int i = 0; i < 50; i++) {		/* until the children sleep and touch nothing more */
		usleep(20000);
		shared = vm_number("/proc/meminfo", "AnonPages");
		counted = anon_frames();
		if (counted == shared && counted == anon_frames())
			break;
	}
	FAIL_IF(shared - before < 4096 || shared - before > 4096 + 8 * 40);
	FAIL_IF(counted != shared);
	close(down[1]);
	while (wait(NULL) > 0)
		;
	FAIL_IF(munmap(p, 1024 * PAGE) != 0);
	FAIL_IF(labs(vm_number("/proc/meminfo", "AnonPages") - before) > 16);
}

/* The frame that the page at p is in. */
static unsigned long frame_of(const void *p)
{
	uint64_t e = 0;
	int fd = open("/proc/self/pagemap", O_RDONLY);

	FAIL_IF(fd < 0 || pread(fd, &e, 8, (off_t)((unsigned long)p / PAGE * 8)) != 8);
	close(fd);
	FAIL_IF(!(e >> 63));				/* present */
	return e & ((1UL << 55) - 1);
}

static unsigned long count_of(unsigned long frame)
{
	uint64_t n = 0;
	int fd = open("/proc/kpagecount", O_RDONLY);

	FAIL_IF(fd < 0 || pread(fd, &n, 8, (off_t)(frame * 8)) != 8);
	close(fd);
	return n;
}

/* After fork a frame counts its processes; who writes has another and leaves the count. */
static void frames_count_their_owners(void)
{
	char *p = vm_map(2, RW, ANON), c = 0;
	int up[2], down[2];
	unsigned long frame;

	p[0] = p[PAGE] = 1;
	frame = frame_of(p);
	FAIL_IF(count_of(frame) != 1 || pipe(up) != 0 || pipe(down) != 0);
	for (int i = 0; i < 3; i++)
		if (fork() == 0) {
			FAIL_IF(frame_of(p) != frame);
			if (i == 0) {
				p[0] = 2;
				FAIL_IF(frame_of(p) == frame || frame_of(p + PAGE) == frame);
			}
			close(down[1]);
			write(up[1], &c, 1);
			_exit((int)read(down[0], &c, 1));
		}
	for (int i = 0; i < 3; i++)
		FAIL_IF(read(up[0], &c, 1) != 1);
	FAIL_IF(count_of(frame) != 3 || count_of(frame_of(p + PAGE)) != 4);
	close(down[1]);
	for (int i = 0; i < 3; i++)
		FAIL_IF(vm_wait() != 0);
	FAIL_IF(count_of(frame) != 1 || frame_of(p) != frame);
	p[0] = 3;					/* the last owner takes it */
	FAIL_IF(frame_of(p) != frame);
}

/* exec of the same program maps the same frames: vmproc text prints the one of its main. */
static void text_is_shared(void)
{
	char line[32] = "";
	int out[2];

	FAIL_IF(pipe(out) != 0);
	if (fork() == 0) {
		dup2(out[1], 1);
		execl("/tests/vmproc", "vmproc", "text", (char *)NULL);
		_exit(1);
	}
	FAIL_IF(vm_wait() != 0 || read(out[0], line, sizeof(line) - 1) <= 0);
	FAIL_IF(strtoul(line, NULL, 16) != frame_of((void *)text_is_shared));
}

/* What the file system has cached of its structure is Buffers, and not in Cached too. */
static void buffers(void)
{
	long b = vm_number("/proc/meminfo", "Buffers"), c = vm_number("/proc/meminfo", "Cached");
	long files = number_after("/proc/vmstat", "nr_file_pages ") * 4;

	FAIL_IF(b <= 0 || labs(b + c - files) > 64);
}

static void all_processes_are_ok(void)
{
	DIR *d = opendir("/proc");
	struct dirent *e;
	char path[64];
	int n = 0;

	FAIL_IF(d == NULL);
	while ((e = readdir(d)) != NULL) {
		if (!isdigit(e->d_name[0]))
			continue;
		snprintf(path, sizeof(path), "/proc/%s/check", e->d_name);
		FAIL_IF(strcmp(slurp(path), "ok\n") != 0);
		n++;
	}
	closedir(d);
	FAIL_IF(n < 3);
}

int main(int argc, char **argv)
{
	static const struct row rows[] = {
		{ "maps", maps_parse },
		{ "smaps", smaps_parse },
		{ "stat and statm", stat_parse },
		{ "major faults", major_faults },
		{ "AnonPages is exact", anon_pages_exact },
		{ "frames count their owners", frames_count_their_owners },
		{ "text is shared", text_is_shared },
		{ "Buffers", buffers },
		{ "every process is in order", all_processes_are_ok },
	};

	if (argc > 1 && strcmp(argv[1], "text") == 0) {
		printf("%lx\n", frame_of((void *)text_is_shared));
		return 0;
	}
	return RUN_ROWS(rows, argc, argv);
}
