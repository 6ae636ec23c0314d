# SPDX-License-Identifier: MIT
# .gdbinit - "make gdb" reads it: finds the machine of "make qemu-gdb", connects, loads
# the kernel's symbols and the commands of kernel/gdb/pagoda.py.
set confirm off
set pagination off
set print pretty on
set architecture riscv:rv64
set disassemble-next-line auto
set python print-stack message
source kernel/gdb/pagoda.py

# GDB steps by a breakpoint behind the instruction, which ecall and sret do not reach.
define hook-stepi
python step_across()
end
define hook-step
python step_across()
end
