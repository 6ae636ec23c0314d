// SPDX-License-Identifier: MIT
/* err.h - "NAME: text: reason" on stderr; err and errx end the program. The x ones leave
 * the reason (errno's text) out. */
#ifndef ERR_H
#define ERR_H

void warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void warnx(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void err(int status, const char *fmt, ...) __attribute__((noreturn, format(printf, 2, 3)));
void errx(int status, const char *fmt, ...) __attribute__((noreturn, format(printf, 2, 3)));

#endif
