// SPDX-License-Identifier: MIT
/*
 * names.c - a program whose functions have the names of the library's own helpers.
 *
 * pthread.h does not declare them, so the program may give them other types; and the
 * library does not call the program's.  Each counts its calls: there are none.
 */
#include <dirent.h>
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static volatile int calls;
#define MINE(name) \
	int name(int n); \
	int name(int n) { calls++; return n + 1; }
MINE(mutex_init)
MINE(mutex_lock)
MINE(mutex_trylock)
MINE(mutex_unlock)
MINE(cond_init)
MINE(cond_wait)
MINE(cond_timedwait)
MINE(cond_signal)
MINE(cond_broadcast)
MINE(thread_create)
MINE(thread_create_stack)
MINE(thread_join)
MINE(thread_detach)
MINE(thread_self)
MINE(thread_exit)
MINE(thread_once)
MINE(barrier_wait)
MINE(futex)
MINE(clone)
MINE(finish)
MINE(uptime)
MINE(getdents)
MINE(read)
MINE(write)
MINE(open)
MINE(close)
MINE(lseek)
MINE(mmap)
MINE(munmap)
MINE(mremap)
MINE(sbrk)
static void barrier_init(void) { calls++; }
struct thread { int state; };

static int failed;

static void check(int ok, const char *name)
{
	printf("%s %s\n", ok && calls == 0 ? "ok" : "FAIL", name);
	failed |= !ok || calls != 0;
	calls = 0;
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t barrier;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int turn, inits;

static void init(void)
{
	inits++;
}

static void *other(void *arg)
{
	pthread_once(&once, init);
	pthread_mutex_lock(&lock);
	turn = 1;
	pthread_cond_broadcast(&cond);
	pthread_mutex_unlock(&lock);
	pthread_barrier_wait(&barrier);
	if (arg != NULL)
		pthread_exit(arg);
	return NULL;
}

static int threads(void)
{
	pthread_t t;
	void *r;

	pthread_barrier_init(&barrier, NULL, 2);
	if (pthread_create(&t, NULL, other, &turn) != 0)
		return 0;
	pthread_mutex_lock(&lock);
	while (!turn)
		pthread_cond_wait(&cond, &lock);
	pthread_mutex_unlock(&lock);
	pthread_barrier_wait(&barrier);
	pthread_once(&once, init);
	return pthread_join(t, &r) == 0 && r == &turn && inits == 1 && !pthread_equal(t, pthread_self());
}

static int files(void)
{
	FILE *f = fopen("/tmp/names", "w+");
	char text[16] = "";
	struct dirent *d;
	int found = 0;
	DIR *dir;

	if (!f || fprintf(f, "%s\n", "text") < 0 || fseek(f, 0, SEEK_SET) != 0 ||
	    !fgets(text, sizeof(text), f) || fclose(f) != 0 || strcmp(text, "text\n") != 0)
		return 0;
	dir = opendir("/tmp");
	while (dir && (d = readdir(dir)))
		found += strcmp(d->d_name, "names") == 0;
	return dir && closedir(dir) == 0 && remove("/tmp/names") == 0 && found == 1;
}

static int memory(void)
{
	char *p[200];

	for (int i = 0; i < 200; i++)
		if (!(p[i] = malloc((size_t)i * 2000)))
			return 0;
	for (int i = 0; i < 200; i++)
		p[i] = realloc(p[i], (size_t)(400 - i) * 1000);
	for (int i = 0; i < 200; i++)
		free(p[i]);
	return malloc_check() < 4096;
}

int main(void)
{
	struct thread mine = { 1 };

	check(memory(), "malloc_calls_no_function_of_the_program");
	check(files(), "stdio_calls_no_function_of_the_program");
	check(threads(), "pthread_calls_no_function_of_the_program");
	barrier_init();
	check(mutex_lock(1) == 2 && calls-- == 2 && calls-- == 1 && uptime(2) == 3 && calls-- == 1 &&
	              mine.state == 1,
	      "the_program_calls_its_own");
	return failed;
}
