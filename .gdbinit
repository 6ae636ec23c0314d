# SPDX-License-Identifier: MIT
# .gdbinit - "make gdb" reads it: finds the machine of "make qemu-gdb", connects, loads
# the kernel's symbols and the commands of kernel/gdb/pagoda.py.
set confirm off
set pagination off
set print pretty on
set architecture riscv:rv64
# As for a program of Linux, GDB would step by a breakpoint behind the instruction: ecall and sret
# do not reach that, and one hart would run alone, interrupts and all.  QEMU steps by itself.
set osabi none
set disassemble-next-line auto
set python print-stack message
source kernel/gdb/pagoda.py
