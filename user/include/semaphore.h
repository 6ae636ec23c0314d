// SPDX-License-Identifier: MIT
/* semaphore.h - POSIX's semaphores, for threads and (in shared memory) for processes. */
#ifndef SEMAPHORE_H
#define SEMAPHORE_H

#include <time.h>

typedef struct { volatile int value, waiting; } sem_t;
#define SEM_VALUE_MAX	0x7fffffff

int sem_init(sem_t *s, int shared, unsigned value);
int sem_destroy(sem_t *s);
int sem_wait(sem_t *s);
int sem_trywait(sem_t *s);		/* EAGAIN: it is 0 */
int sem_timedwait(sem_t *restrict s, const struct timespec *restrict until);	/* CLOCK_REALTIME */
int sem_post(sem_t *s);
int sem_getvalue(sem_t *restrict s, int *restrict value);

#endif
