// SPDX-License-Identifier: MIT
/* testexpr.h - test(1) as a function: 0 true, 1 false, 2 a mistake. */
#ifndef TESTEXPR_H
#define TESTEXPR_H

int test_main(int argc, char **argv);

#endif
