// SPDX-License-Identifier: MIT
/* lockdep.h - the lock-order checker's hooks; nothing in builds without CONFIG_DEBUG. */
#ifndef SYNC_LOCKDEP_H
#define SYNC_LOCKDEP_H

#include "lib/types.h"

#if defined(CONFIG_DEBUG) && defined(__KERNEL__)
/* Before waiting for a lock of the class: sleeping says whether the wait may sleep;
 * nested allows another lock of the same class to be held; try does not wait. */
void lockdep_acquire(const void *lock, const char *cls, bool sleeping, bool nested, bool try);
void lockdep_release(const void *lock);
void lockdep_show_held(void);		/* the current task's, for a report */
/* What has been learned: the i-th edge in no particular order, "inner was taken at site while
 * outer was held"; false: there are not so many. */
bool lockdep_edge(unsigned i, const char **outer, const char **inner, vaddr_t *site);
#else
static inline void lockdep_acquire(const void *lock __maybe_unused, const char *cls __maybe_unused,
				   bool sleeping __maybe_unused, bool nested __maybe_unused,
				   bool try __maybe_unused) { }
static inline void lockdep_release(const void *lock __maybe_unused) { }
static inline void lockdep_show_held(void) { }
#endif

#endif
