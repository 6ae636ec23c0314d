// SPDX-License-Identifier: MIT
/* stdio.h - buffered files and formatted text. */
#ifndef STDIO_H
#define STDIO_H

#include <stdarg.h>
#include <stddef.h>
#include <sys/types.h>

#define EOF		(-1)
#define BUFSIZ		1024
#define FILENAME_MAX	1024
#define FOPEN_MAX	64
#define L_tmpnam	32
#define TMP_MAX		1000000
#define P_tmpdir	"/tmp"
#define _IOFBF		0
#define _IOLBF		1
#define _IONBF		2
#ifndef SEEK_SET
#define SEEK_SET	0
#define SEEK_CUR	1
#define SEEK_END	2
#endif

#define __fmt(f, a)	__attribute__((format(printf, f, a)))
#define __scn(f, a)	__attribute__((format(scanf, f, a)))

typedef struct __file FILE;
extern FILE __stdin, __stdout, __stderr;
#define stdin	(&__stdin)
#define stdout	(&__stdout)
#define stderr	(&__stderr)

FILE *fopen(const char *restrict path, const char *restrict mode);
FILE *fdopen(int fd, const char *mode);
FILE *freopen(const char *restrict path, const char *restrict mode, FILE *restrict f);
int fclose(FILE *f);
int fflush(FILE *f);
int fileno(FILE *f);
int feof(FILE *f);
int ferror(FILE *f);
void clearerr(FILE *f);
int setvbuf(FILE *restrict f, char *restrict buf, int mode, size_t size);
void setbuf(FILE *restrict f, char *restrict buf);
void setlinebuf(FILE *f);
void setbuffer(FILE *restrict f, char *restrict buf, size_t size);
size_t fread(void *restrict p, size_t size, size_t n, FILE *restrict f);
size_t fwrite(const void *restrict p, size_t size, size_t n, FILE *restrict f);
int fseek(FILE *f, long off, int whence);
int fseeko(FILE *f, off_t off, int whence);
long ftell(FILE *f);
off_t ftello(FILE *f);
void rewind(FILE *f);
typedef struct { off_t off; } fpos_t;
int fgetpos(FILE *restrict f, fpos_t *restrict pos);
int fsetpos(FILE *f, const fpos_t *pos);
int fgetc(FILE *f);
int getc(FILE *f);
int getchar(void);
int ungetc(int c, FILE *f);
char *fgets(char *restrict s, int n, FILE *restrict f);
ssize_t getline(char **restrict line, size_t *restrict size, FILE *restrict f);
ssize_t getdelim(char **restrict line, size_t *restrict size, int delim, FILE *restrict f);
int fputc(int c, FILE *f);
int putc(int c, FILE *f);
int putchar(int c);
int fputs(const char *restrict s, FILE *restrict f);
int puts(const char *s);
#define getc_unlocked(f)	getc(f)
#define getchar_unlocked()	getchar()
#define putc_unlocked(c, f)	putc(c, f)
#define putchar_unlocked(c)	putchar(c)
void flockfile(FILE *f);
void funlockfile(FILE *f);

int printf(const char *restrict fmt, ...) __fmt(1, 2);
int fprintf(FILE *restrict f, const char *restrict fmt, ...) __fmt(2, 3);
int dprintf(int fd, const char *restrict fmt, ...) __fmt(2, 3);
int sprintf(char *restrict s, const char *restrict fmt, ...) __fmt(2, 3);
int snprintf(char *restrict s, size_t n, const char *restrict fmt, ...) __fmt(3, 4);
int asprintf(char **s, const char *fmt, ...) __fmt(2, 3);
int vprintf(const char *restrict fmt, va_list ap) __fmt(1, 0);
int vfprintf(FILE *restrict f, const char *restrict fmt, va_list ap) __fmt(2, 0);
int vdprintf(int fd, const char *restrict fmt, va_list ap) __fmt(2, 0);
int vsprintf(char *restrict s, const char *restrict fmt, va_list ap) __fmt(2, 0);
int vsnprintf(char *restrict s, size_t n, const char *restrict fmt, va_list ap) __fmt(3, 0);
int vasprintf(char **s, const char *fmt, va_list ap) __fmt(2, 0);

int scanf(const char *restrict fmt, ...) __scn(1, 2);
int fscanf(FILE *restrict f, const char *restrict fmt, ...) __scn(2, 3);
int sscanf(const char *restrict s, const char *restrict fmt, ...) __scn(2, 3);
int vscanf(const char *restrict fmt, va_list ap) __scn(1, 0);
int vsscanf(const char *restrict s, const char *restrict fmt, va_list ap) __scn(2, 0);
int vfscanf(FILE *restrict f, const char *restrict fmt, va_list ap) __scn(2, 0);

void perror(const char *what);
int remove(const char *path);
int rename(const char *from, const char *to);
FILE *tmpfile(void);
char *tmpnam(char *name);
FILE *popen(const char *cmd, const char *mode);
int pclose(FILE *f);

#endif
