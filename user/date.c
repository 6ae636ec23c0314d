// SPDX-License-Identifier: MIT
/* date [+FORMAT] - now, in UTC. */
#include <err.h>
#include <finish.h>
#include <stdio.h>
#include <time.h>

int main(int argc, char **argv)
{
	time_t t = time(NULL);
	char buf[256];

	strftime(buf, sizeof(buf),
	         argc > 1 && argv[1][0] == '+' ? argv[1] + 1 : "%a %b %e %T UTC %Y", gmtime(&t));
	puts(buf);
	finish(0);
}
