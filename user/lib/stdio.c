// SPDX-License-Identifier: MIT
/*
 * stdio.c - FILEs: buffering between small requests and few system calls.
 *
 * Output to a terminal goes out line by line, to a file or pipe when the buffer is full,
 * stderr at the end of every call.  Input from anywhere is read a buffer at a time; before
 * a read from descriptor 0 would block, line-buffered output is flushed, so that a prompt
 * is seen.  A request larger than the buffer goes straight to the system call.
 *
 * Locking: each FILE has a recursive lock (flockfile), all_lock guards the list.
 * Failure: EOF, the error flag, and errno of the system call.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "stdio_impl.h"
#include "sys.h"

static unsigned char in_buf[BUFSIZ], out_buf[BUFSIZ];
FILE __stdin = { .fd = 0, .flags = F_READ, .buf = in_buf, .size = BUFSIZ };
FILE __stdout = { .fd = 1, .flags = F_WRITE, .buf = out_buf, .size = BUFSIZ };
FILE __stderr = { .fd = 2, .flags = F_WRITE | F_NONE | F_MODE };
static FILE *all;
static struct __mutex all_lock = __MUTEX_INIT;

void flockfile(FILE *f)
{
	int me = (int)(long)__self(); /* low half of the address: one per thread */

	if (f->depth > 0 && f->owner == me) {
		f->depth++;
		return;
	}
	__mutex_lock(&f->lock);
	f->owner = me;
	f->depth = 1;
}

void funlockfile(FILE *f)
{
	if (--f->depth == 0)
		__mutex_unlock(&f->lock);
}

/* Buffer and mode, at the first use.  No memory: unbuffered. */
static void decide(FILE *f)
{
	if (!(f->flags & F_MODE)) {
		f->flags |= F_MODE;
		if ((f->flags & F_WRITE) && isatty(f->fd))
			f->flags |= F_LINE;
	}
	if (!f->buf && !(f->flags & F_NONE)) {
		f->buf = malloc(4096);
		f->size = 4096;
		if (f->buf)
			f->flags |= F_MYBUF;
		else
			f->flags |= F_NONE;
	}
	if (!f->buf) {
		f->buf = f->unget;
		f->size = 1;
	}
}

/* All n bytes to the descriptor. 0 or EOF. */
static int write_all(FILE *f, const void *p, size_t n)
{
	while (n > 0) {
		ssize_t r = __write(f->fd, p, n);

		if (r < 0 && errno == EINTR)
			continue;
		if (r <= 0) {
			f->flags |= F_ERR;
			return EOF;
		}
		p = (const char *)p + r;
		n -= (size_t)r;
	}
	return 0;
}

int __flush(FILE *f)
{
	int r = 0;

	if (f->flags & F_WRITING) {
		r = write_all(f, f->buf, f->pos);
		f->flags &= ~F_WRITING;
	} else if (f->flags & F_READING) {
		long back = (long)(f->end - f->pos) + f->nunget;

		if (back > 0 && f->fd >= 0) /* the file position is where the reader is */
			__lseek(f->fd, -back, SEEK_CUR);
		f->flags &= ~F_READING;
		f->nunget = 0;
	}
	f->pos = f->end = 0;
	return r;
}

int __put(FILE *f, const void *p, size_t n)
{
	const unsigned char *s = p;

	if (!(f->flags & F_WRITING)) {
		if (!(f->flags & F_WRITE)) {
			errno = EBADF;
			f->flags |= F_ERR;
			return EOF;
		}
		if (f->flags & F_READING)
			__flush(f);
		decide(f);
		if (f->flags & F_NONE)
			return write_all(f, p, n);
		f->flags |= F_WRITING;
		f->pos = 0;
	}
	if (n > f->size - f->pos) {
		if (__flush(f) < 0)
			return EOF;
		if (n >= f->size)
			return write_all(f, p, n);
		f->flags |= F_WRITING;
	}
	memcpy(f->buf + f->pos, s, n);
	f->pos += n;
	if ((f->flags & F_LINE) && memrchr(s, '\n', n))
		return __flush(f);
	return 0;
}

/* The kernel gives a directory's records to who reads one, as xv6's does; POSIX refuses. */
static ssize_t fetch(FILE *f, void *p, size_t n)
{
	struct stat st;

	if (!(f->flags & F_SEEN)) {
		if (__sys_fstat2(f->fd, &st) == 0 && S_ISDIR(st.st_mode))
			return __set_errno(-EISDIR);
		f->flags |= F_SEEN;
	}
	return __read(f->fd, p, n);
}

int __fill(FILE *f)
{
	ssize_t n;

	if ((f->flags & F_STRING) || (f->flags & F_EOF))
		return EOF;
	if (!(f->flags & F_READ)) {
		errno = EBADF;
		f->flags |= F_ERR;
		return EOF;
	}
	if (f->flags & F_WRITING)
		__flush(f);
	decide(f);
	if (f->fd == 0 && (__stdout.flags & (F_LINE | F_WRITING)) == (F_LINE | F_WRITING))
		fflush(stdout);
	do
		n = fetch(f, f->buf, f->size);
	while (n < 0 && errno == EINTR);
	f->pos = f->end = 0;
	if (n <= 0) {
		f->flags |= n < 0 ? F_ERR : F_EOF;
		f->flags &= ~F_READING;
		return EOF;
	}
	f->flags |= F_READING;
	f->end = (size_t)n;
	return f->buf[f->pos++];
}

void __unget(int c, FILE *f)
{
	if (c == EOF)
		return;
	f->flags &= ~F_EOF;
	if ((f->flags & F_READING) && f->pos > 0 && f->nunget == 0 &&
	    f->buf[f->pos - 1] == (unsigned char)c)
		f->pos--;
	else if (f->nunget < (int)sizeof(f->unget) - 1 && f->buf != f->unget)
		f->unget[f->nunget++] = (unsigned char)c;
}

/* --- opening and closing --- */

static int mode_flags(const char *mode, int *open_flags)
{
	bool plus = strchr(mode, '+') != NULL;

	switch (*mode) {
	case 'r':
		*open_flags = plus ? O_RDWR : O_RDONLY;
		break;
	case 'w':
		*open_flags = (plus ? O_RDWR : O_WRONLY) | O_CREAT | O_TRUNC;
		break;
	case 'a':
		*open_flags = (plus ? O_RDWR : O_WRONLY) | O_CREAT | O_APPEND;
		break;
	default:
		errno = EINVAL;
		return -1;
	}
	if (strchr(mode, 'x'))
		*open_flags |= O_EXCL;
	if (strchr(mode, 'e'))
		*open_flags |= O_CLOEXEC;
	return (plus           ? F_READ | F_WRITE
	        : *mode == 'r' ? F_READ
	                       : F_WRITE) |
	       (*mode == 'a' ? F_APPEND : 0);
}

FILE *fdopen(int fd, const char *mode)
{
	int oflags, flags = mode_flags(mode, &oflags);
	FILE *f;

	if (flags < 0 || !(f = calloc(1, sizeof(*f))))
		return NULL;
	f->fd = fd;
	f->flags = flags;
	__mutex_lock(&all_lock);
	f->next = all;
	all = f;
	__mutex_unlock(&all_lock);
	return f;
}

FILE *fopen(const char *restrict path, const char *restrict mode)
{
	int oflags, fd;
	FILE *f;

	if (mode_flags(mode, &oflags) < 0)
		return NULL;
	fd = __open(path, oflags);
	if (fd < 0)
		return NULL;
	f = fdopen(fd, mode);
	if (!f)
		__close(fd);
	return f;
}

FILE *freopen(const char *restrict path, const char *restrict mode, FILE *restrict f)
{
	int oflags, flags = mode_flags(mode, &oflags), fd;

	fflush(f);
	if (flags < 0 || (fd = __open(path, oflags)) < 0)
		return NULL;
	if (fd != f->fd) {
		__sys_dup2(fd, f->fd);
		__close(fd);
	}
	f->flags = flags | (f->flags & (F_NONE | F_MYBUF)); /* stderr stays unbuffered */
	f->pos = f->end = 0;
	f->nunget = 0;
	return f;
}

int fclose(FILE *f)
{
	int r = fflush(f);

	if (__close(f->fd) < 0)
		r = EOF;
	if (f == stdin || f == stdout || f == stderr)
		return r;
	__mutex_lock(&all_lock);
	for (FILE **p = &all; *p; p = &(*p)->next)
		if (*p == f) {
			*p = f->next;
			break;
		}
	__mutex_unlock(&all_lock);
	if (f->flags & F_MYBUF)
		free(f->buf);
	free(f);
	return r;
}

int fflush(FILE *f)
{
	int r = 0;

	if (!f) {
		r = fflush(stdout);
		__mutex_lock(&all_lock);
		for (f = all; f; f = f->next)
			if (f->flags & F_WRITING)
				r |= fflush(f);
		__mutex_unlock(&all_lock);
		return r;
	}
	flockfile(f);
	r = __flush(f);
	funlockfile(f);
	return r;
}

/* exit(): a thread that died with a lock must not keep us, so no locks here. */
void __stdio_exit(void)
{
	__flush(stdout);
	if (stdin->flags & F_READING)
		__flush(stdin);
	for (FILE *f = all; f; f = f->next)
		if (f->flags & F_WRITING)
			__flush(f);
}

int setvbuf(FILE *restrict f, char *restrict buf, int mode, size_t size)
{
	__flush(f);
	f->flags = (f->flags & ~(F_LINE | F_NONE)) | F_MODE;
	if (mode == _IONBF)
		f->flags |= F_NONE;
	else if (mode == _IOLBF)
		f->flags |= F_LINE;
	if (buf && size > 0 && mode != _IONBF) {
		if (f->flags & F_MYBUF)
			free(f->buf);
		f->flags &= ~F_MYBUF;
		f->buf = (unsigned char *)buf;
		f->size = size;
	}
	return 0;
}

void setbuf(FILE *restrict f, char *restrict buf)
{
	setvbuf(f, buf, buf ? _IOFBF : _IONBF, BUFSIZ);
}

void setbuffer(FILE *restrict f, char *restrict buf, size_t size)
{
	setvbuf(f, buf, buf ? _IOFBF : _IONBF, size);
}
void setlinebuf(FILE *f)
{
	setvbuf(f, NULL, _IOLBF, 0);
}

int fileno(FILE *f)
{
	return f->fd;
}
int feof(FILE *f)
{
	return (f->flags & F_EOF) != 0;
}
int ferror(FILE *f)
{
	return (f->flags & F_ERR) != 0;
}
void clearerr(FILE *f)
{
	f->flags &= ~(F_EOF | F_ERR);
}

/* --- bytes in, bytes out --- */

size_t fread(void *restrict p, size_t size, size_t n, FILE *restrict f)
{
	unsigned char *d = p;
	size_t want = size * n, got = 0;

	flockfile(f);
	while (got < want) {
		size_t have = f->flags & F_READING ? f->end - f->pos : 0;
		int c;

		if (have > 0 && f->nunget == 0) {
			if (have > want - got)
				have = want - got;
			memcpy(d + got, f->buf + f->pos, have);
			f->pos += have;
			got += have;
			continue;
		}
		if (have == 0 && f->nunget == 0 && want - got >= 4096 &&
		    (f->flags & (F_READ | F_EOF | F_WRITING | F_STRING)) == F_READ) {
			ssize_t r = fetch(f, d + got, want - got);

			if (r < 0 && errno == EINTR)
				continue;
			if (r <= 0) {
				f->flags |= r < 0 ? F_ERR : F_EOF;
				break;
			}
			got += (size_t)r;
			continue;
		}
		c = __get(f);
		if (c == EOF)
			break;
		d[got++] = (unsigned char)c;
	}
	funlockfile(f);
	return size ? got / size : 0;
}

size_t fwrite(const void *restrict p, size_t size, size_t n, FILE *restrict f)
{
	int r;

	flockfile(f);
	r = size && n ? __put(f, p, size * n) : 0;
	funlockfile(f);
	return r < 0 ? 0 : n;
}

int fgetc(FILE *f)
{
	int c;

	flockfile(f);
	c = __get(f);
	funlockfile(f);
	return c;
}

int getc(FILE *f)
{
	return fgetc(f);
}
int getchar(void)
{
	return fgetc(stdin);
}

int ungetc(int c, FILE *f)
{
	flockfile(f);
	__unget(c, f);
	funlockfile(f);
	return c;
}

int fputc(int c, FILE *f)
{
	unsigned char b = (unsigned char)c;
	int r;

	flockfile(f);
	if ((f->flags & (F_WRITING | F_LINE)) == F_WRITING && f->pos < f->size) {
		f->buf[f->pos++] = b;
		r = 0;
	} else
		r = __put(f, &b, 1);
	funlockfile(f);
	return r < 0 ? EOF : b;
}

int putc(int c, FILE *f)
{
	return fputc(c, f);
}
int putchar(int c)
{
	return fputc(c, stdout);
}

int fputs(const char *restrict s, FILE *restrict f)
{
	size_t n = strlen(s);

	return fwrite(s, 1, n, f) == n ? 0 : EOF;
}

int puts(const char *s)
{
	int r;

	flockfile(stdout);
	r = fputs(s, stdout) < 0 || fputc('\n', stdout) < 0 ? EOF : 0;
	funlockfile(stdout);
	return r;
}

char *fgets(char *restrict s, int n, FILE *restrict f)
{
	int i = 0, c = 0;

	flockfile(f);
	while (i < n - 1 && (c = __get(f)) != EOF) {
		s[i++] = (char)c;
		if (c == '\n')
			break;
	}
	funlockfile(f);
	if (i == 0)
		return NULL;
	s[i] = '\0';
	return s;
}

ssize_t getdelim(char **restrict line, size_t *restrict size, int delim, FILE *restrict f)
{
	size_t n = 0;
	int c;

	flockfile(f);
	if (!*line)
		*size = 0;
	while ((c = __get(f)) != EOF) {
		if (n + 2 > *size) {
			size_t want = *size ? *size * 2 : 128;
			char *p = realloc(*line, want);

			if (!p) {
				f->flags |= F_ERR;
				break;
			}
			*line = p;
			*size = want;
		}
		(*line)[n++] = (char)c;
		if (c == delim)
			break;
	}
	funlockfile(f);
	if (n == 0)
		return -1;
	(*line)[n] = '\0';
	return (ssize_t)n;
}

ssize_t getline(char **restrict line, size_t *restrict size, FILE *restrict f)
{
	return getdelim(line, size, '\n', f);
}

int fseeko(FILE *f, off_t off, int whence)
{
	off_t r;

	flockfile(f);
	__flush(f); /* while reading it puts the file position back to the reader's */
	f->nunget = 0;
	r = __lseek(f->fd, off, whence);
	if (r >= 0)
		f->flags &= ~F_EOF;
	funlockfile(f);
	return r < 0 ? -1 : 0;
}

int fseek(FILE *f, long off, int whence)
{
	return fseeko(f, off, whence);
}

off_t ftello(FILE *f)
{
	off_t r;

	flockfile(f);
	if ((f->flags & (F_WRITING | F_APPEND)) == (F_WRITING | F_APPEND))
		__flush(f);
	r = __lseek(f->fd, 0, SEEK_CUR);
	if (r >= 0) {
		if (f->flags & F_READING)
			r -= (off_t)(f->end - f->pos) + f->nunget;
		else if (f->flags & F_WRITING)
			r += (off_t)f->pos;
	}
	funlockfile(f);
	return r;
}

long ftell(FILE *f)
{
	return ftello(f);
}

void rewind(FILE *f)
{
	fseeko(f, 0, SEEK_SET);
	clearerr(f);
}

int remove(const char *path)
{
	if (unlink(path) == 0)
		return 0;
	return errno == EISDIR || errno == EPERM ? rmdir(path) : -1;
}

/* --- a program at the other end --- */

FILE *popen(const char *cmd, const char *mode)
{
	int fd[2], mine = *mode == 'r' ? 0 : 1;
	pid_t pid;
	FILE *f;

	if (pipe2(fd, O_CLOEXEC) < 0)
		return NULL;
	f = fdopen(fd[mine], mode);
	if (!f)
		goto close_pipe;
	fflush(NULL);
	pid = fork();
	if (pid < 0) {
		fclose(f);
		__close(fd[!mine]);
		return NULL;
	}
	if (pid == 0) {
		dup2(fd[!mine], !mine);
		execl("/bin/sh", "sh", "-c", cmd, (char *)NULL);
		_exit(127);
	}
	__close(fd[!mine]);
	f->pid = pid;
	return f;
close_pipe:
	__close(fd[0]);
	__close(fd[1]);
	return NULL;
}

int pclose(FILE *f)
{
	int pid = f->pid, status;

	fclose(f);
	return waitpid(pid, &status, 0) < 0 ? -1 : status;
}

int fgetpos(FILE *restrict f, fpos_t *restrict pos)
{
	pos->off = ftello(f);
	return pos->off < 0 ? -1 : 0;
}

int fsetpos(FILE *f, const fpos_t *pos)
{
	return fseeko(f, pos->off, SEEK_SET);
}
