#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""qemu.py - the one place that knows QEMU's command line.

	qemu.py qemu		an interactive machine on this terminal (Ctrl-A X ends it)
	qemu.py run		boot, run $CMD in the shell, print what it prints, power off
	qemu.py gdb-server	as qemu, but stopped and listening for GDB
	qemu.py print		the command line that qemu would use

Everything else comes in as NAME=VALUE words, or from the environment as PAGODA_NAME:

	CPUS	1..8		harts (1)
	MEM	32M..16G	memory (128M)
	NUMA	1..4		memory nodes, each with its share of memory and harts (1);
				with more nodes than harts some have memory only
	BOOTARGS		more words for the kernel
	DISK	file		use this root image, and write to it; otherwise the built one
				is used through a private copy (run) or build*/disk.img (qemu)
	DISKS	file:file..	more disks, written to, after the root: vdb, vdc ... (a swap
				disk comes last)
	LOGWRITES file		record what is written to DISK, and every flush (blklogwrites)
	SWAP	64M		one more disk, empty, of this size, serial number "swap"
	ICOUNT	1		deterministic: virtual time is the number of instructions
	TIMEOUT	60		run: the most guest seconds
	HOSTTIMEOUT		run: the most host seconds, in case the guest's clock stands
	NONCE			run: the marker word (random, with ICOUNT a constant)
	BUILD	build		where kernel.bin is
	IMAGE	BUILD		where fs.img is
	RAW	1		run: no markers; all of the console is output and QEMU's status
				the status (for kernels that run their own tests)
	CONSOLE	file		run: where to leave everything the machine printed

gdb-server leaves its port in build/gdb.json, or where PAGODA_GDB says, for .gdbinit.

How run works: the kernel gets "quiet timeout=N nonce=WORD -- CMD".  Before the command
the console says "\\x01WORD begin", after it "\\x01WORD end STATUS", in a panic
"\\x01WORD panic", and "\\x01WORD timeout" when guest time is up.  What lies between begin
and end is the command's output.  The exit status is the command's, or

	124	time is up		125	the kernel panicked
	126	the machine went off without an end, or never got to the command
	2	wrong arguments

and for those the whole console goes to standard error.  The console is a file of
QEMU's, and its input is empty, so that no timing of the host gets into the guest.
"""

import ctypes
import hashlib
import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import dtb  # noqa: E402

STATUS_USAGE, STATUS_TIMEOUT, STATUS_PANIC, STATUS_OFF = 2, 124, 125, 126
NAMES = ("CPUS MEM NUMA BOOTARGS DISK DISKS LOGWRITES SWAP ICOUNT TIMEOUT HOSTTIMEOUT NONCE BUILD IMAGE RAW "
         "CONSOLE CMD QEMU").split()
TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class UsageError(Exception):
    """An argument that makes no sense; the message is for the user."""


def parse_size(name, text, low, high):
    """128M -> bytes, within [low, high] (also given as text)."""
    units = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}

    def value(t):
        m = re.fullmatch(r"(\d+)([KMG]?)", t.upper())
        return int(m[1]) * units[m[2]] if m else None

    n = value(text)
    if n is None or not value(low) <= n <= value(high) or n % 4096:
        raise UsageError(f"{name}={text}: expected a size from {low} to {high}, such as 128M")
    return n


def parse_int(name, text, low, high):
    if not re.fullmatch(r"\d+", text) or not low <= int(text) <= high:
        raise UsageError(f"{name}={text}: expected a number from {low} to {high}")
    return int(text)


class Config:
    """The machine that was asked for; every value is checked here."""

    def __init__(self, **values):
        unknown = set(values) - set(NAMES)
        if unknown:
            raise UsageError(f"{min(unknown)}: unknown setting (known: {' '.join(NAMES)})")
        v = {k: str(x) for k, x in values.items() if x is not None and str(x) != ""}
        self.cpus = parse_int("CPUS", v.get("CPUS", "1"), 1, 8)
        self.mem = parse_size("MEM", v.get("MEM", "128M"), "32M", "16G")
        self.numa = parse_int("NUMA", v.get("NUMA", "1"), 1, 4)
        if self.mem // self.numa < 16 << 20:
            raise UsageError(f"NUMA={self.numa}: less than 16M of memory a node")
        self.bootargs = v.get("BOOTARGS", "")
        if " -- " in f" {self.bootargs} ":
            raise UsageError('BOOTARGS: "--" is for the command: use CMD=')
        self.swap = parse_size("SWAP", v["SWAP"], "1M", "64G") if v.get("SWAP", "0") != "0" else 0
        self.icount = parse_int("ICOUNT", v.get("ICOUNT", "0"), 0, 1)
        self.timeout = parse_int("TIMEOUT", v.get("TIMEOUT", "60"), 1, 1000000)
        # TCG runs some 10^8 instructions a second; a guest second with ICOUNT is 10^9.
        usual = 120 + self.timeout * (20 if self.icount else 3 + self.cpus)
        self.hosttimeout = parse_int("HOSTTIMEOUT", v.get("HOSTTIMEOUT", str(usual)), 1, 10000000)
        self.build = v.get("BUILD", os.path.join(TOP, "build"))
        self.image = v.get("IMAGE", self.build)
        self.raw = parse_int("RAW", v.get("RAW", "0"), 0, 1)
        self.disk = v.get("DISK")
        self.disks = [d for d in v.get("DISKS", "").split(":") if d]
        for d in self.disks + ([self.disk] if self.disk else []):
            if not os.path.isfile(d):
                raise UsageError(f"DISK: there is no file {d}")
        self.logwrites = v.get("LOGWRITES")
        if self.logwrites and not self.disk:
            raise UsageError("LOGWRITES: needs a DISK")
        self.cmd = v.get("CMD", "")
        if "\0" in self.cmd:
            raise UsageError("CMD: contains a zero byte")
        self.console = v.get("CONSOLE")
        self.nonce = v.get("NONCE")
        if self.nonce is None:
            same = f"{self.cpus} {self.mem} {self.numa} {self.bootargs} {self.cmd}"
            self.nonce = (hashlib.sha256(same.encode()).hexdigest()[:16] if self.icount
                          else secrets.token_hex(8))
        if not re.fullmatch(r"[0-9A-Za-z]{4,32}", self.nonce):
            raise UsageError(f"NONCE={self.nonce}: expected 4 to 32 letters and digits")
        self.qemu = v.get("QEMU", "qemu-system-riscv64")

    def built(self, name):
        path = os.path.join(self.image if name == "fs.img" else self.build, name)
        if not os.path.exists(path):
            raise UsageError(f"{path} has not been built: run make")
        return path


def split(total, parts):
    """total in equal shares, the rest going to the first ones."""
    return [total // parts + (i < total % parts) for i in range(parts)]


def machine_args(cfg, live=False):
    """Board, memory, harts and clock. live: someone types, or stops it from GDB."""
    # No network card: the kernel has no use for it, and QEMU's router behind it has timers
    # that count in the guest's time.
    args = ["-M", "virt", "-smp", str(cfg.cpus), "-m", f"{cfg.mem >> 20}M", "-bios", "default",
            "-nic", "none"]
    args[1] += ",memory-backend=ram0"
    args += ["-object", f"memory-backend-ram,id=ram0,size={cfg.mem},reserve=off"]
    args += ["-global", "virtio-mmio.force-legacy=false"]
    if cfg.icount:
        # sleep=off lets an idle guest's time fly, so fast that QEMU reads no key any more.
        # A guest that GDB stopped is idle to QEMU, too: with sleep=off each stop takes it to
        # the next timer, and to the end of time if there is none.  So there, what the guest
        # does is measured in instructions, and what it waits for goes by the host's clock.
        args += ["-icount", f"shift=0,sleep={'on' if live else 'off'}", "-seed", "1",
                 "-rtc", "clock=vm,base=2026-01-01T00:00:00",
                 "-global", "virtio-mmio.ioeventfd=off"]
    return args


def numa_args(cfg, args, tmp):
    """A device tree with several nodes in it: see dtb.py."""
    if cfg.numa == 1:
        return []
    plain, path = os.path.join(tmp, "plain.dtb"), os.path.join(tmp, "numa.dtb")
    dump = [cfg.qemu] + [a + f",dumpdtb={plain}" if a.startswith("virt,") else a for a in args]
    p = subprocess.run(dump + ["-display", "none", "-serial", "none", "-monitor", "none"],
                       stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if not os.path.exists(plain):
        raise UsageError(f"{cfg.qemu}: {p.stderr.decode().strip()}")
    memory = [n << 21 for n in split(cfg.mem >> 21, cfg.numa)]
    memory[-1] += cfg.mem - sum(memory)
    with open(plain, "rb") as f:
        blob = dtb.add_numa(f.read(), list(zip(memory, split(cfg.cpus, cfg.numa))))
    with open(path, "wb") as f:
        f.write(blob)
    return ["-dtb", path]


def disk_args(number, path, serial=None, snapshot=False):
    """The disk of virtio-mmio slot number."""
    path = path.replace(",", ",,")
    return ["-drive", f"if=none,id=disk{number},format=raw,file={path}"
                      + (",snapshot=on" if snapshot else ""),
            "-device", f"virtio-blk-device,drive=disk{number},bus=virtio-mmio-bus.{number}"
                       + (f",serial={serial}" if serial else "")]


def logged_disk_args(path, log):
    """The root disk with a log of its writes; the log, a sparse file, never has to grow."""
    with open(log, "wb") as f:
        f.truncate(16 << 30)
    path, log = path.replace(",", ",,"), log.replace(",", ",,")
    return ["-blockdev", f"driver=file,node-name=rootfile,filename={path}",
            "-blockdev", f"driver=file,node-name=logfile,filename={log}",
            "-blockdev", "driver=blklogwrites,node-name=logged,file=rootfile,log=logfile",
            "-device", "virtio-blk-device,drive=logged,bus=virtio-mmio-bus.0,serial=root"]


def all_disks(cfg, root, snapshot, tmp):
    args = (logged_disk_args(root, cfg.logwrites) if cfg.logwrites
            else disk_args(0, root, "root", snapshot))
    n = 1
    for d in cfg.disks:
        args += disk_args(n, d)
        n += 1
    if cfg.swap:
        path = os.path.join(tmp, "swap.img")
        with open(path, "wb") as f:
            f.truncate(cfg.swap)
        args += disk_args(n, path, "swap")
        n += 1
    return args


def command(cfg, root, tmp, snapshot=False, bootargs=(), cmd=None, extra=(), live=False):
    """QEMU's whole command line."""
    words = list(bootargs)
    if cfg.icount:
        words.append("icount=1")
    if cfg.bootargs:
        words.append(cfg.bootargs)
    line = " ".join(words)
    if cmd is not None:
        line += " -- " + cmd
    machine = machine_args(cfg, live)
    return ([cfg.qemu] + machine + numa_args(cfg, machine, tmp)
            + ["-kernel", cfg.built("kernel.bin")] + all_disks(cfg, root, snapshot, tmp)
            + ["-append", line] + list(extra))


class Result:
    """What became of a run."""

    def __init__(self, status, output, console, why):
        self.status = status        # as the exit status above
        self.output = output        # bytes between begin and end
        self.console = console      # all bytes
        self.why = why              # a sentence, or None if the command ended by itself


class Console:
    """Takes the console's bytes as they come and finds the markers."""

    def __init__(self, nonce, sink=None):
        self.mark = b"\x01" + nonce.encode() + b" "
        self.data = b""
        self.out_from = None        # where the command's output begins
        self.sunk = 0
        self.sink = sink
        self.status = None
        self.panicked = self.timed_out = False
        self.output = b""

    def _marker(self, word, start=0):
        """(start, end, rest of the line) of a marker, or None."""
        m = re.search(re.escape(self.mark + word) + rb"([^\n]*)\n", self.data[start:])
        return (start + m.start(), start + m.end(), m[1].strip()) if m else None

    def feed(self, more):
        self.data += more
        if self.out_from is None:
            b = self._marker(b"begin")
            if b:
                self.out_from = b[1]
        begin = self.out_from if self.out_from is not None else 0
        if not self.panicked:
            self.panicked = self._marker(b"panic") is not None
        if not self.timed_out:
            self.timed_out = self._marker(b"timeout") is not None
        end = None
        if self.out_from is not None and self.status is None:
            end = self._marker(b"end", begin)
            if end and re.fullmatch(rb"\d+", end[2]):
                self.status = int(end[2])
                self._sink(end[0])
        if self.out_from is not None and self.status is None and not self.panicked:
            # Hold back what may be the beginning of a marker or half a line end.
            upto = self.data.rfind(b"\x01")
            upto = len(self.data) if upto < begin else upto
            if self.data[:upto].endswith(b"\r"):
                upto -= 1
            self._sink(upto)

    def _sink(self, upto):
        start = self.out_from + self.sunk
        if upto > start:
            text = self.data[start:upto].replace(b"\r\n", b"\n")
            self.sunk = upto - self.out_from
            self.output += text
            if self.sink:
                self.sink(text)


LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
PR_SET_PDEATHSIG = 1


def die_with_parent():
    """In the child: a machine that waits for GDB would outlive whoever started it."""
    if LIBC:
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def run(cfg, sink=None, extra=(), too_late=None):
    """Boot, run cfg.cmd, power off; sink gets the output as it comes.  too_late(pid), in place
    of HOSTTIMEOUT, says why the machine is to be ended now, or None.  => Result"""
    tmp = tempfile.mkdtemp(prefix="pagoda-")
    console = Console(cfg.nonce, sink)
    path = os.path.join(tmp, "console")
    why = None
    try:
        open(path, "wb").close()
        root, snapshot = (cfg.disk, False) if cfg.disk else (cfg.built("fs.img"), True)
        argv = command(cfg, root, tmp, snapshot,
                       ([] if cfg.raw else ["quiet"]) +
                       [f"timeout={cfg.timeout}", f"nonce={cfg.nonce}"],
                       None if cfg.raw else cfg.cmd,
                       ["-display", "none", "-monitor", "none", "-no-reboot",
                        "-chardev", f"file,id=console,path={path}", "-serial", "chardev:console"]
                       + list(extra))
        deadline = time.monotonic() + (cfg.hosttimeout if too_late is None else float("inf"))
        with open(os.path.join(tmp, "stderr"), "w+b") as errors, open(path, "rb") as reader:
            try:
                proc = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=errors,
                                        stderr=errors, env={**os.environ, "TMPDIR": tmp},
                                        preexec_fn=die_with_parent)
            except FileNotFoundError:
                raise UsageError(f"{cfg.qemu} is not installed: run make doctor") from None
            try:
                pause = 0.005
                while True:
                    code = proc.poll()
                    more = reader.read()
                    if more:
                        console.feed(more)
                        pause = 0.005
                        if console.panicked:    # it should go off by itself now
                            deadline = min(deadline, time.monotonic() + 20)
                    if code is not None:
                        break
                    if time.monotonic() > deadline:
                        why = f"no end after {cfg.hosttimeout} s of host time"
                        break
                    why = too_late(proc.pid) if too_late else None
                    if why:
                        break
                    time.sleep(pause)
                    pause = min(pause * 1.5, 0.1)
            finally:
                if proc.poll() is None:
                    proc.kill()
                proc.wait()
            errors.seek(0)
            complaint = errors.read().decode(errors="replace").strip()
        if console.panicked:
            return Result(STATUS_PANIC, console.output, console.data, "the kernel panicked")
        if cfg.raw and why is None and not console.timed_out and not complaint:
            return Result(proc.returncode, console.data, console.data, None)
        if console.status is not None:
            return Result(console.status, console.output, console.data, None)
        if console.timed_out:
            return Result(STATUS_TIMEOUT, console.output, console.data,
                          f"no end after {cfg.timeout} s of guest time")
        if why:
            return Result(STATUS_TIMEOUT, console.output, console.data, why)
        where = "before the command began" if console.out_from is None else \
            "before the command ended"
        return Result(STATUS_OFF, console.output, console.data,
                      f"the machine went off {where} (QEMU's status {proc.returncode})"
                      + (f": {complaint}" if complaint else ""))
    finally:
        if cfg.console:
            with open(cfg.console, "wb") as f:
                f.write(console.data)
        shutil.rmtree(tmp, ignore_errors=True)


def run_main(cfg):
    if not cfg.cmd and not cfg.raw:
        raise UsageError("CMD='command': what shall it run?")

    def sink(text):
        sys.stdout.buffer.write(text)
        sys.stdout.buffer.flush()

    r = run(cfg, sink)
    if cfg.raw:
        sink(r.output.replace(b"\r\n", b"\n"))
    if r.why:
        sys.stdout.flush()
        sys.stderr.write("--- console ---\n")
        sys.stderr.flush()
        sys.stderr.buffer.write(r.console.replace(b"\r\n", b"\n"))
        sys.stderr.write(f"\n--- {r.why}\n")
    return r.status


def kept_image(cfg):
    """make qemu's own image: made from the built one, kept until that is newer."""
    if cfg.disk:
        return cfg.disk
    built, kept = cfg.built("fs.img"), os.path.join(cfg.image, "disk.img")
    if not os.path.exists(kept) or os.path.getmtime(kept + ".from") < os.path.getmtime(built):
        if os.path.exists(kept):
            os.replace(kept, kept + ".old")
            print(f"The image was rebuilt: starting from it; yours is {kept}.old", file=sys.stderr)
        subprocess.run(["cp", "--sparse=always", built, kept], check=False,
                       stderr=subprocess.DEVNULL)
        if not os.path.exists(kept):
            shutil.copyfile(built, kept)
        open(kept + ".from", "w", encoding="ascii").close()
        shutil.copystat(built, kept + ".from")
    return kept


def free_port():
    """A TCP port of this user's own, or the next that is free."""
    port = 20000 + os.getuid() * 7 % 20000
    for port in range(port, port + 200):
        with socket.socket() as s:
            try:
                s.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    raise UsageError("no free TCP port for GDB")


def interactive(cfg, gdb=False, show=False):
    tmp = tempfile.mkdtemp(prefix="pagoda-")
    extra = ["-display", "none", "-serial", "mon:stdio"]
    note = os.environ.get("PAGODA_GDB") or os.path.join(TOP, "build", "gdb.json")
    try:
        if gdb:
            port = free_port()
            extra += ["-S", "-gdb", f"tcp:127.0.0.1:{port}"]
            with open(note, "w", encoding="ascii") as f:
                json.dump({"port": port, "build": os.path.abspath(cfg.build),
                           "pid": os.getpid()}, f)
            print(f"Stopped at reset, listening on port {port}: run make gdb in another terminal.",
                  file=sys.stderr)
        argv = command(cfg, kept_image(cfg), tmp, cmd=cfg.cmd or None, extra=extra,
                       live=gdb or not cfg.cmd)
        if show:
            print(" ".join(a if re.fullmatch(r"[\w./,:=+-]+", a) else f"'{a}'" for a in argv))
            return 0
        if sys.stdin.isatty():
            print("Ctrl-A X leaves QEMU, Ctrl-A C is its monitor.", file=sys.stderr)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            return subprocess.run(argv, check=False, preexec_fn=lambda:
                                  signal.signal(signal.SIGINT, signal.SIG_DFL)).returncode
        except FileNotFoundError:
            raise UsageError(f"{cfg.qemu} is not installed: run make doctor") from None
    finally:
        shutil.rmtree(tmp, ignore_errors=True)
        if gdb and os.path.exists(note):
            os.unlink(note)


def main(argv):
    if len(argv) < 2 or argv[1] in ("-h", "--help"):
        print(__doc__)
        return 0 if len(argv) > 1 else STATUS_USAGE
    try:
        values = {k: os.environ["PAGODA_" + k] for k in NAMES if "PAGODA_" + k in os.environ}
        for word in argv[2:]:
            name, eq, value = word.partition("=")
            if not eq:
                raise UsageError(f"{word}: expected NAME=VALUE")
            values[name] = value
        cfg = Config(**values)
        if argv[1] == "run":
            return run_main(cfg)
        if argv[1] in ("qemu", "gdb-server", "print"):
            return interactive(cfg, argv[1] == "gdb-server", argv[1] == "print")
        raise UsageError(f"{argv[1]}: expected qemu, run, gdb-server or print")
    except UsageError as e:
        print(f"qemu.py: {e}", file=sys.stderr)
        return STATUS_USAGE
    except BrokenPipeError:
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv))
