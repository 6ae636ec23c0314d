#!/bin/sh
# SPDX-License-Identifier: MIT
# gen-syscalls.sh - from the one table of system calls, everything that is made of it.
#
#	gen-syscalls.sh header TABLE		SYS_NAME numbers and NR_SYSCALLS, for both sides
#	gen-syscalls.sh kernel TABLE		syscall_table[], names for traces
#	gen-syscalls.sh user TABLE [WRAPPED]	the library's stubs
#
# A line of the table is NUMBER NAME ARGUMENTS [regs].  "regs" says that the handler
# needs the caller's s0..s11 in the trap frame: the kernel's table then points to a
# thunk, which goes through syscall_full (riscv/entry.S) to sys_NAME.
#
# The user side gets two functions a call: __sys_NAME, which returns what the kernel
# did (-errno), and NAME, which goes through __set_errno (user/lib) and returns -1.
# Names listed in WRAPPED get only the first: the library has a C function for them.
# Each has a section of its own, so that a program holds only those it calls; NAME is
# weak, so that a program may have a function of that name.
set -eu

what=$1
table=$2
wrapped=${3:-/dev/null}
[ -e "$wrapped" ] || wrapped=/dev/null

awk -v what="$what" -v table="$table" -v wrapped="$wrapped" '
function bad(why)
{
	printf "%s:%d: %s\n", table, FNR, why > "/dev/stderr"
	failed = 1
	exit 1
}
{ sub(/#.*/, "") }
NF == 0 { next }
FILENAME == wrapped { for (i = 1; i <= NF; i++) wrap[$i] = 1; next }
{
	if ($1 !~ /^[0-9]+$/ || $1 > 511 || $2 !~ /^[a-z_][a-z0-9_]*$/ || $3 !~ /^[0-6]$/)
		bad("expected NUMBER NAME ARGUMENTS [regs]")
	if (NF > 4 || (NF == 4 && $4 != "regs"))
		bad("the fourth word can only be regs")
	if ($1 in name)
		bad("number " $1 " is taken by " name[$1])
	if ($2 in number)
		bad($2 " stands twice")
	name[$1] = $2
	number[$2] = $1
	regs[$1] = (NF == 4)
	if ($1 + 0 >= nr)
		nr = $1 + 1
}
END {
	if (failed)
		exit 1
	if (what == "header") {
		print "/* Generated from " table ": do not edit. */"
		print "#ifndef GEN_SYSCALL_NR_H\n#define GEN_SYSCALL_NR_H\n"
		for (i = 0; i < nr; i++)
			if (i in name)
				printf "#define SYS_%s %d\n", name[i], i
		print "\n/* One more than the largest. */"
		print "#define NR_SYSCALLS " nr "\n\n#endif"
	} else if (what == "kernel") {
		print "/* Generated from " table ": do not edit. */"
		print "\t.section .rodata.syscall_table, \"a\""
		print "\t.globl syscall_table, syscall_names\n\t.balign 8\nsyscall_table:"
		for (i = 0; i < nr; i++)
			if (!(i in name))
				print "\t.quad sys_ni\t/* " i " */"
			else
				printf "\t.quad %s%s\t/* %d */\n", \
					regs[i] ? "thunk_" : "sys_", name[i], i
		print "syscall_names:"
		for (i = 0; i < nr; i++)
			print "\t.quad " ((i in name) ? "name_" i : 0)
		for (i = 0; i < nr; i++)
			if (i in name)
				print "name_" i ": .asciz \"" name[i] "\""
		print "\n\t.text"
		for (i = 0; i < nr; i++)
			if (regs[i])
				printf "thunk_%s:\n\tlla t0, sys_%s\n\tj syscall_full\n", \
					name[i], name[i]
		print "\t.weak sys_ni\n\t.type sys_ni, @function"
		print "sys_ni:\n\tli a0, -38\t/* -ENOSYS */\n\tret\n\t.size sys_ni, . - sys_ni"
	} else {
		print "/* Generated from " table ": do not edit. */"
		print "\t.text"
		for (i = 0; i < nr; i++) {
			if (!(i in name))
				continue
			n = name[i]
			printf "\n\t.section .text.__sys_%s, \"ax\", @progbits\n", n
			printf "\t.globl __sys_%s\n\t.type __sys_%s, @function\n", n, n
			printf "__sys_%s:\n\tli a7, %d\n\tecall\n\tret\n", n, i
			printf "\t.size __sys_%s, . - __sys_%s\n", n, n
			if (n in wrap)
				continue
			printf "\t.section .text.%s, \"ax\", @progbits\n", n
			printf "\t.weak %s\n\t.type %s, @function\n%s:\n", n, n, n
			printf "\tli a7, %d\n\tecall\n\tli t0, -4096\n", i
			print "\tbltu t0, a0, 1f\n\tret\n1:\ttail __set_errno"
			printf "\t.size %s, . - %s\n", n, n
		}
	}
	print what == "header" ? "" : "\t.section .note.GNU-stack, \"\", @progbits"
}' "$wrapped" "$table"
