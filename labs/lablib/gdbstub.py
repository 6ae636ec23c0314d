# SPDX-License-Identifier: MIT
"""gdbstub.py - looking into a stopped machine from outside, through QEMU's GDB stub.

The guest cannot tell and cannot lie: frames, page tables and registers are read from
the emulator.  Protocol: "Debugging with GDB", appendix E (remote protocol).
"""
import re
import socket
import time

SATP_PPN = (1 << 44) - 1
PTE_V, PTE_R, PTE_W, PTE_X, PTE_U, PTE_G, PTE_A, PTE_D = (1 << n for n in range(8))


class Pte:
    """A page-table entry as the hardware sees it."""

    def __init__(self, value, level):
        self.value, self.level = value, level
        self.present = bool(value & PTE_V)
        self.leaf = bool(value & (PTE_R | PTE_W | PTE_X))
        self.pfn = value >> 10 & SATP_PPN
        self.writable, self.user = bool(value & PTE_W), bool(value & PTE_U)
        self.readable, self.executable = bool(value & PTE_R), bool(value & PTE_X)

    def __repr__(self):
        flags = "".join(c if self.value >> i & 1 else "-" for i, c in enumerate("VRWXUGAD"))
        return "pfn %#x %s level %d" % (self.pfn, flags, self.level)


class Stub:
    """A connection to QEMU's -gdb port (a Unix socket)."""

    def __init__(self, path):
        self.sock = socket.socket(socket.AF_UNIX)
        deadline = time.monotonic() + 60
        while True:
            try:
                self.sock.connect(path)
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
        self.buffer = b""
        self.running = False
        self.deadline = float("inf")	# another thread may set it: what waits gives up then
        self.regnum, self.thread = {}, "1"
        self.command("qSupported:xmlRegisters=i386")
        self._load_registers()

    def _byte(self):
        while not self.buffer:
            left = self.deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError("the machine did not reach the point in time")
            self.sock.settimeout(min(left, 0.5))
            try:
                self.buffer = self.sock.recv(65536)
            except socket.timeout:
                continue
            if not self.buffer:
                raise ConnectionError("the machine has gone")
        b, self.buffer = self.buffer[:1], self.buffer[1:]
        return b

    def _reply(self):
        while self._byte() != b"$":
            pass
        text = b""
        while (b := self._byte()) != b"#":
            text += b
        self._byte()
        self._byte()
        self.sock.sendall(b"+")
        text = re.sub(rb"}(.)", lambda m: bytes([m[1][0] ^ 0x20]), text, flags=re.S)
        return re.sub(rb"(.)\*(.)", lambda m: m[1] * (m[2][0] - 28), text, flags=re.S)

    def command(self, text):
        data = text.encode()
        self.sock.sendall(b"$" + data + b"#%02x" % (sum(data) & 0xff))
        return self._reply()

    def _xml(self, name):
        text, at = b"", 0
        while True:
            part = self.command("qXfer:features:read:%s:%x,ffb" % (name, at))
            text += part[1:]
            at += len(part) - 1
            if part[:1] != b"m":
                return text.decode()

    def _load_registers(self):
        top = self._xml("target.xml")
        number = 0
        for name in re.findall(r'href="([^"]+)"', top):
            for reg in re.findall(r"<reg ([^>]*)>", self._xml(name)):
                at = dict(re.findall(r'(\w+)="([^"]*)"', reg))
                number = int(at.get("regnum", number))
                self.regnum[at["name"]] = number
                number += 1

    def reg(self, name):
        number = {"ra": 1, "sp": 2, "a0": 10, "a1": 11, "a2": 12, "a3": 13, "pc": 32}.get(name)
        number = self.regnum[name] if number is None else number
        return int.from_bytes(bytes.fromhex(self.command("p%x" % number).decode()), "little")

    def set_reg(self, name, value):
        number = {"pc": 32}.get(name) or self.regnum[name]
        if self.command("P%x=%s" % (number, value.to_bytes(8, "little").hex())) != b"OK":
            raise RuntimeError("register %s cannot be set" % name)

    def watch(self, addr):
        """From now on, stop when a program is about to execute addr."""
        if self.command("Z1,%x,2" % addr) != b"OK":
            raise RuntimeError("no breakpoint at %#x" % addr)

    def unwatch(self, addr):
        self.command("z1,%x,2" % addr)

    def _go(self, text):
        self.running = True
        reply = self.command(text)
        self.running = False
        return reply

    def resume(self):
        """Go on. => False when the machine has ended, else it stands at a breakpoint"""
        try:
            reply = self._go("vCont;c")
        except ConnectionError:
            return False
        m = re.match(rb"T\w\w.*thread:(\w+)", reply)
        self.thread = m[1].decode() if m else "1"
        return reply[:1] == b"T"

    def interrupt(self):
        """Stop a machine that is running."""
        self.deadline = time.monotonic() + 3
        self.sock.sendall(b"\x03")
        self._reply()

    def step_over(self, addr):
        """Leave the breakpoint at addr, at which the machine stands.  Only the hart that
        reached it makes the step: one that sleeps would never end its own."""
        self.unwatch(addr)
        self._go("vCont;s:" + self.thread)
        self.watch(addr)

    def give_back(self):
        """Return from the function at whose first instruction the machine stands."""
        self.set_reg("pc", self.reg("ra"))

    def kill(self):
        """End the machine."""
        try:
            self.sock.sendall(b"$k#6b")
        except OSError:
            pass

    def phys(self, addr, size):
        """Physical memory."""
        self.command("Qqemu.PhyMemMode:1")
        out = b""
        while len(out) < size:
            n = min(size - len(out), 2000)
            out += bytes.fromhex(self.command("m%x,%x" % (addr + len(out), n)).decode())
        self.command("Qqemu.PhyMemMode:0")
        return out

    def root(self):
        """Physical address of the current hart's root table."""
        return (self.reg("satp") & SATP_PPN) << 12

    def pte(self, va, root=None):
        """The entry that maps va, or the one where the walk ends."""
        table = self.root() if root is None else root
        for level in (2, 1, 0):
            raw = self.phys(table + (va >> (12 + 9 * level) & 511) * 8, 8)
            pte = Pte(int.from_bytes(raw, "little"), level)
            if not pte.present or pte.leaf:
                return pte
            table = pte.pfn << 12
        return pte

    def user(self, va, size, root=None):
        """Bytes of the current program, through its tables as they are; None if unmapped."""
        out = b""
        while len(out) < size:
            at = va + len(out)
            pte = self.pte(at, root)
            if not pte.present:
                return None
            span = 1 << (12 + 9 * pte.level)
            off = at & (span - 1)
            n = min(size - len(out), span - off)
            out += self.phys((pte.pfn << 12) + off, n)
        return out

    def string(self, va):
        """The zero-terminated string at va of the current program."""
        text = b""
        while b"\0" not in text:
            more = self.user(va + len(text), 16 - (va + len(text)) % 16)
            if more is None:
                raise ValueError("no string at %#x" % va)
            text += more
        return text[:text.index(b"\0")].decode(errors="replace")
