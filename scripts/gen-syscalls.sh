#!/bin/sh
# SPDX-License-Identifier: MIT
# gen-syscalls.sh - from the one table of system calls, everything that is made of it.
#
#	gen-syscalls.sh header TABLE		SYS_NAME numbers and NR_SYSCALLS, for both sides
#	gen-syscalls.sh declare TABLE		the handlers' declarations
#	gen-syscalls.sh kernel TABLE		syscall_table[], names for traces
#	gen-syscalls.sh user TABLE [WRAPPED]	the library's stubs
#
# A line of the table is NUMBER NAME(TYPE, ...) [regs].  "regs" says that the handler
# needs the caller's s0..s11 in the trap frame: it is reached through syscall_full
# (riscv/entry.S).  C takes for granted that a 32-bit argument comes sign-extended in its
# 64-bit register, which a program need not do: those that have one are reached through a
# few instructions that do it.
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
	if (!match($0, /^[0-9]+ [a-z_][a-z0-9_]*\([a-z0-9_, ]*\)( regs)?$/) || $1 > 511)
		bad("expected NUMBER NAME(TYPE, ...) [regs]")
	args = $0
	sub(/^[^(]*\(/, "", args)
	sub(/\).*/, "", args)
	nr_args = split(args, type, ", ")
	if (nr_args > 6)
		bad("more than six arguments")
	extend = ""
	for (i = 1; i <= nr_args; i++)
		if (type[i] ~ /^(int|unsigned|u32|pid_t)$/)
			extend = extend "\tsext.w a" i - 1 ", a" i - 1 "\n"
		else if (type[i] !~ /^(long|unsigned long|s64|u64|size_t|vaddr_t)$/)
			bad(type[i] ": a type whose width this script does not know")
	sub(/\(.*/, "", $2)
	if ($1 in name)
		bad("number " $1 " is taken by " name[$1])
	if ($2 in number)
		bad($2 " stands twice")
	args_of[$1] = args
	extend_of[$1] = extend
	name[$1] = $2
	number[$2] = $1
	regs[$1] = ($NF == "regs")
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
	} else if (what == "declare") {
		print "/* Generated from " table ": do not edit. */"
		print "#ifndef GEN_SYSCALLS_H\n#define GEN_SYSCALLS_H\n"
		print "#include \"lib/types.h\"\n"
		for (i = 0; i < nr; i++)
			if (i in name)
				printf "long sys_%s(%s);\n", name[i], args_of[i] == "" ? "void" : args_of[i]
		print "\n#endif"
	} else if (what == "kernel") {
		print "/* Generated from " table ": do not edit. */"
		print "\t.section .rodata.syscall_table, \"a\""
		print "\t.globl syscall_table, syscall_names\n\t.balign 8\nsyscall_table:"
		for (i = 0; i < nr; i++)
			if (!(i in name))
				print "\t.quad sys_ni\t/* " i " */"
			else
				printf "\t.quad %s%s\t/* %d */\n", \
					regs[i] || extend_of[i] != "" ? "thunk_" : "sys_", name[i], i
		print "syscall_names:"
		for (i = 0; i < nr; i++)
			print "\t.quad " ((i in name) ? "name_" i : 0)
		for (i = 0; i < nr; i++)
			if (i in name)
				print "name_" i ": .asciz \"" name[i] "\""
		print "\n\t.text"
		for (i = 0; i < nr; i++)
			if (regs[i])
				printf "thunk_%s:\n%s\tlla t0, sys_%s\n\tj syscall_full\n", \
					name[i], extend_of[i], name[i]
			else if (extend_of[i] != "")
				printf "thunk_%s:\n%s\ttail sys_%s\n", name[i], extend_of[i], name[i]
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
	print what ~ /^(header|declare)$/ ? "" : "\t.section .note.GNU-stack, \"\", @progbits"
}' "$wrapped" "$table"
