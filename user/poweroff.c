// SPDX-License-Identifier: MIT
/* poweroff [STATUS] - everything to disk, then off. */
#include <err.h>
#include <stdlib.h>
#include <sys/reboot.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	sync();
	reboot(REBOOT_POWEROFF | (argc > 1 ? atoi(argv[1]) & 255 : 0) << 8);
	err(1, "reboot");
}
