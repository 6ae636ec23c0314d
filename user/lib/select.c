// SPDX-License-Identifier: MIT
/* select.c - select, by poll: nothing is ever ready for `except`. */
#include <errno.h>
#include <poll.h>
#include <sys/select.h>

int select(int n, fd_set *restrict in, fd_set *restrict out, fd_set *restrict except,
           struct timeval *restrict timeout)
{
	struct pollfd fds[FD_SETSIZE];
	nfds_t nr = 0;
	int ms = -1, bits = 0, r;

	if (n < 0 || n > FD_SETSIZE ||
	    (timeout &&
	     (timeout->tv_sec < 0 || timeout->tv_usec < 0 || timeout->tv_usec >= 1000000))) {
		errno = EINVAL;
		return -1;
	}
	for (int fd = 0; fd < n; fd++) {
		int events = (in && FD_ISSET(fd, in) ? POLLIN : 0) |
		             (out && FD_ISSET(fd, out) ? POLLOUT : 0) |
		             (except && FD_ISSET(fd, except) ? POLLPRI : 0);

		if (events)
			fds[nr++] = (struct pollfd){ .fd = fd, .events = (short)events };
	}
	if (timeout) /* rounded up: never too early */
		ms = timeout->tv_sec > 2000000
		             ? -1
		             : (int)(timeout->tv_sec * 1000 + (timeout->tv_usec + 999) / 1000);
	r = poll(fds, nr, ms);
	if (r < 0)
		return -1;
	for (nfds_t i = 0; i < nr; i++)
		if (fds[i].revents & POLLNVAL) {
			errno = EBADF;
			return -1;
		}
	if (except)
		FD_ZERO(except);
	for (nfds_t i = 0; i < nr; i++) {
		int fd = fds[i].fd, got = fds[i].revents;

		if (fds[i].events & POLLIN) {
			if (!(got & (POLLIN | POLLHUP | POLLERR)))
				FD_CLR(fd, in);
			else
				bits++;
		}
		if (fds[i].events & POLLOUT) {
			if (!(got & (POLLOUT | POLLERR)))
				FD_CLR(fd, out);
			else
				bits++;
		}
	}
	return bits;
}
