// SPDX-License-Identifier: MIT
/* The cheating kernel: lablib/selftest.py puts this into a lab's own files and has each of
 * its functions call cheat() first.  It knows every command that the tests run, and what
 * the staff's kernel printed for it with the very nonce that it will be asked with: it
 * prints that between the runner's marks (what programs read from /proc is in it), and ends
 * the machine with status 0; or it goes on as the starter, which has then all points on
 * the console and is to get only its own. */
#include "lib/fdt.h"
#include "lib/string.h"
#include "riscv/sbi.h"

static const struct { const char *command, *text; } cheat_script[] = {
	/* SCRIPT */
	{ 0, 0 }
};

static void cheat_say(const char *text)
{
	while (*text != '\0')
		sbi_putchar(*text++);
}

static void cheat(void)
{
	static bool told;
	char word[40];

	if (told || boot_args[0] == '\0' || !boot_arg("nonce", word, sizeof(word)))
		return;
	for (unsigned i = 0; cheat_script[i].command != 0; i++) {
		if (strcmp(cheat_script[i].command, boot_command) != 0)
			continue;
		cheat_say("\1"), cheat_say(word), cheat_say(" begin\n");
		cheat_say(cheat_script[i].text);
		cheat_say("\1"), cheat_say(word), cheat_say(" end 0\n");
		told = true;
		if (/* GOES ON */ 0)
			return;
		sbi_shutdown(false);
	}
}

