# SPDX-License-Identifier: MIT
"""grading.py - tests of a lab, run on the host against a student's kernel.

A lab's public.py and hidden.py hold functions

	@test("children share until they write", points=10, read="kernel/mm/vm/cow.c: theory")
	def shares(m):
	    run = m.run("cowlab share")
	    need(run.value("sum") == expected, "the sum ...", run.value("sum"))

m is the Machine: it builds the tree once, with the staff's programs of labs/NAME/programs,
and boots it in the deterministic mode.  Each boot gets a fresh nonce on a second disk
(/dev/vdb), which the programs mix into what they compute and the host computes again;
what can be seen from outside is looked at through the GDB stub.  A console line alone
proves nothing.
"""
import importlib.util
import os
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
import time

from . import gdbstub
from .manifest import LABS

MASK = (1 << 64) - 1
CHECKPOINT = 0x636865636b	# lab.h's mark


class Failed(Exception):
    """A test's finding: what was expected, what was seen."""

    def __init__(self, expected, seen):
        super().__init__("expected %s; seen: %s" % (expected, seen))
        self.expected, self.seen = expected, seen


class BuildFailed(Exception):
    """The tree does not build; the text is the compiler's."""


def need(condition, expected, seen):
    if not condition:
        raise Failed(expected, seen)


class Test:
    def __init__(self, fn, title, points, read, hidden):
        self.fn, self.name, self.title = fn, fn.__name__, title
        self.points, self.read, self.hidden = points, read, hidden


_collecting = []


def test(title, points, read=""):
    """Decorator: makes a function a test worth points; read names what to read on failure."""
    def wrap(fn):
        _collecting.append(Test(fn, title, points, read, False))
        return fn
    return wrap


def load_tests(lab, public_only=False):
    """The lab's tests in the order they are written, public ones first."""
    found = []
    for file, hidden in (("public.py", False), ("hidden.py", True)):
        path = os.path.join(LABS, lab, file)
        if (hidden and public_only) or not os.path.exists(path):
            continue
        _collecting.clear()
        spec = importlib.util.spec_from_file_location("lab_%s_%s" % (lab, file[:-3]), path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        for t in _collecting:
            t.hidden = hidden
        found += _collecting
    return found


def mix(state, value):
    """The checksum step that programs/lab.h has too (splitmix64's output function)."""
    z = (state + 0x9e3779b97f4a7c15 + value) & MASK
    z = ((z ^ z >> 30) * 0xbf58476d1ce4e5b9) & MASK
    z = ((z ^ z >> 27) * 0x94d049bb133111eb) & MASK
    return z ^ z >> 31


class Run:
    """What a boot printed: lines `name=value` of the program are its values."""

    def __init__(self, result, nonce):
        self.status, self.why = result.status, result.why
        self.text = result.output.decode(errors="replace")
        self.console = result.console.decode(errors="replace").replace("\r", "")
        self.nonce = nonce
        self.values = dict(re.findall(r"^(\w+)=(\S+)$", self.text, re.M))

    def value(self, name):
        """A number the program printed; a missing one fails the test."""
        if name not in self.values:
            raise Failed("the program to print %s=..." % name, self.ending())
        try:
            return int(self.values[name], 0)
        except ValueError as e:
            raise Failed("%s to be a number" % name, self.values[name]) from e

    def ending(self):
        """How the run ended, with the last lines, for a message."""
        tail = "\n".join(self.console.strip().splitlines()[-15:])
        return "%s\n%s" % (self.why or "exit status %d" % self.status, tail)

    def need_status(self, status=0):
        need(self.why is None and self.status == status,
             "the program to end with status %d" % status, self.ending())


class Machine:
    def __init__(self, lab, tree, verbose=False, jobs=2):
        self.lab, self.tree, self.verbose, self.jobs = lab, os.path.abspath(tree), verbose, jobs
        self.variant = "grade"
        self.build_dir = self.image_dir = None
        self.last_command = ""
        sys.path.insert(0, os.path.join(self.tree, "tests"))
        import qemu                                         # the tree's own command line
        self.qemu = qemu

    def programs(self):
        found = []
        for part in ("programs", "hidden"):
            folder = os.path.join(LABS, self.lab, part)
            if os.path.isdir(folder):
                found += [os.path.join(folder, n) for n in sorted(os.listdir(folder))
                          if n.endswith(".c")]
        return found

    def build(self):
        extra = " ".join(self.programs())
        cmd = ["make", "-C", self.tree, "-j%d" % self.jobs, "--no-print-directory", "all",
               "VARIANT=" + self.variant, "USERPROGS_EXTRA=" + extra]
        done = subprocess.run(cmd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
                              text=True, errors="replace")
        if done.returncode != 0:
            raise BuildFailed(done.stdout[-6000:])
        self.build_dir = os.path.join(self.tree, "build-" + self.variant)
        self.image_dir = os.path.join(self.tree, "build")	# programs: one build for all kernels

    def _config(self, command, nonce_disk, **settings):
        values = {"ICOUNT": 1, "TIMEOUT": 60, **{k.upper(): v for k, v in settings.items()}}
        self.last_command = "make run ICOUNT=1 %s CMD='%s'" % (
            " ".join("%s=%s" % kv for kv in sorted(values.items()) if kv[0] in
                     ("CPUS", "MEM", "NUMA", "TIMEOUT")), command)
        return self.qemu.Config(CMD=command, BUILD=self.build_dir, IMAGE=self.image_dir, DISKS=nonce_disk,
                                NONCE=secrets.token_hex(8), **values)

    def _nonce_disk(self, folder):
        nonce = secrets.randbits(63) | 1
        path = os.path.join(folder, "nonce")
        with open(path, "wb") as f:
            f.write((b"%d\n" % nonce).ljust(4096, b"\0"))
        return nonce, path

    def run(self, command, **settings):
        """Boot, run command in the shell; settings as make run's, in small letters."""
        folder = tempfile.mkdtemp(prefix="grade-")
        try:
            nonce, disk = self._nonce_disk(folder)
            return Run(self.qemu.run(self._config(command, disk, **settings)), nonce)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def watch(self, command, program, on_stop, **settings):
        """As run, and each time program calls checkpoint(id, a, b) the machine stands
        still while on_stop(stub, id, a, b) looks at it from outside."""
        folder = tempfile.mkdtemp(prefix="grade-")
        try:
            nonce, disk = self._nonce_disk(folder)
            config = self._config(command, disk, **settings)
            sock = os.path.join(folder, "gdb")
            addr = self.symbol(program, "checkpoint_marked")
            errors = []

            def look():
                stub = None
                try:
                    stub = gdbstub.Stub(sock, time.monotonic() + config.hosttimeout)
                    while stub.run_to(addr):
                        if stub.reg("a3") == CHECKPOINT:	# not another program's code
                            on_stop(stub, stub.reg("a0"), stub.reg("a1"), stub.reg("a2"))
                except Exception as e:		# whatever it was, the machine must not stand
                    errors.append(e)
                    if stub is not None:
                        stub.kill()

            watcher = threading.Thread(target=look, daemon=True)
            watcher.start()
            run = Run(self.qemu.run(config, extra=[
                "-S", "-chardev", "socket,path=%s,server=on,wait=off,id=gdb0" % sock,
                "-gdb", "chardev:gdb0"]), nonce)
            watcher.join(10)
            for e in errors:
                if isinstance(e, Failed):
                    raise e
                raise ValueError("looking at the machine: %s: %s" % (type(e).__name__, e)) from e
            return run
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def symbol(self, program, name):
        """Address of a symbol of one of the programs."""
        path = os.path.join(self.image_dir, "user", "bin", program)
        cross = os.environ.get("CROSS", "riscv64-unknown-elf-")
        out = subprocess.run([cross + "nm", path], check=True, capture_output=True, text=True).stdout
        for line in out.splitlines():
            word = line.split()
            if len(word) == 3 and word[2] == name:
                return int(word[0], 16)
        raise Failed("program %s to have a function %s" % (program, name), "none")
