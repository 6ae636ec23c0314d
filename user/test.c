// SPDX-License-Identifier: MIT
/* test EXPRESSION - -e -f -d -s FILE, -n -z STRING, = !=, -eq -ne -lt -le -gt -ge, ! -a -o ( ). */
#include <testexpr.h>

int main(int argc, char **argv)
{
	return test_main(argc, argv);
}
