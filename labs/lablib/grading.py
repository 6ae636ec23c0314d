# SPDX-License-Identifier: MIT
"""grading.py - tests of a lab, run on the host against a student's kernel.

A lab's public.py and hidden.py hold functions

	@test("children share until they write", points=10, read="kernel/mm/vm/cow.c: theory")
	def shares(m):
	    run = m.run("cowlab share")
	    run.need_status()
	    need(run.value("sum") == expected, "the sum ...", run.value("sum"))

m is the Machine.  Each run boots in the deterministic mode with a fresh nonce on a
second disk, which the program mixes into what it computes and the host computes again.

The command begins with one of the lab's programs (labs/NAME/programs, labs/NAME/hidden).
It reports at stops (labs/include/lab.h), where the machine stands still and the grader
reads the registers through QEMU's GDB stub: only what arrives there counts, and only if
the hart is in user mode and the program's text is the staff's.  What the console says
is shown to people and proves nothing.  At a checkpoint, on_stop(stub, id, a, b) looks at
page tables, frames and whatever else there is to see: lablib/gdbstub.py.
"""
import fcntl
import importlib.util
import os
import re
import resource
import secrets
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time

from . import gdbstub
from .manifest import LABS, TOP

MASK = (1 << 64) - 1
MARK = 0x636865636b		# lab.h: LAB_MARK
OUT, COST_BEGIN, COST_END, STATUS = -1, -2, -3, -4
WIDEST = 200			# characters of a console's line in a message
DEAD_SECONDS = 10		# for a boot, after one has hung before the shell


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
_loading = threading.Lock()	# labs/test loads a lab's tests in several threads


def test(title, points, read=""):
    """Decorator: makes a function a test worth points; read names what to read on failure."""
    def wrap(fn):
        _collecting.append(Test(fn, title, points, read, False))
        return fn
    return wrap


def load_tests(lab, public_only=False):
    """The lab's tests in the order they are written, public ones first."""
    found = []
    with _loading:
        for file, hidden in (("public.py", False), ("hidden.py", True)):
            path = os.path.join(LABS, lab, file)
            if (hidden and public_only) or not os.path.exists(path):
                continue
            _collecting.clear()
            name = "lab_%s_%s" % (lab, file[:-3])
            spec = importlib.util.spec_from_file_location(name, path)
            module = importlib.util.module_from_spec(spec)
            sys.modules[name] = module		# hidden.py may: from lab_NAME_public import ...
            spec.loader.exec_module(module)
            for t in _collecting:
                t.hidden = hidden
            found += _collecting
    return found


def mix(state, value):
    """The checksum step that lab.h has too (splitmix64's output function)."""
    z = (state + 0x9e3779b97f4a7c15 + value) & MASK
    z = ((z ^ z >> 30) * 0xbf58476d1ce4e5b9) & MASK
    z = ((z ^ z >> 27) * 0x94d049bb133111eb) & MASK
    return z ^ z >> 31


PAGE = 4096
FILL_STEP = 64			# lab.h's fill_page writes every 64th word


def page_words(seed, page):
    """The words that lab.h's fill_page(p, seed, page) writes."""
    return [mix(seed + page & MASK, k) for k in range(0, PAGE // 8, FILL_STEP)]


ZERO_PAGE = [0] * (PAGE // 8 // FILL_STEP)


def page_sum(words):
    """lab.h's sum_page of a page with those words."""
    total = 0
    for word in words:
        total = mix(total, word)
    return total


def sum_of(values):
    """Values mixed one after the other, beginning with 0."""
    total = 0
    for value in values:
        total = mix(total, value & MASK)
    return total


class Program:
    """One of the graders' programs as it was built: symbols and text."""

    def __init__(self, path):
        self.name = os.path.basename(path)
        with open(path, "rb") as f:
            elf = f.read()
        phoff, = struct.unpack_from("<Q", elf, 32)
        phentsize, phnum = struct.unpack_from("<HH", elf, 54)
        self.text = []				# (address, bytes) of what is not written to
        for i in range(phnum):
            kind, flags, off, va, _, size = struct.unpack_from("<IIQQQQ", elf, phoff + i * phentsize)
            if kind == 1 and not flags & 2:
                self.text.append((va, elf[off:off + size]))
        cross = os.environ.get("CROSS", "riscv64-unknown-elf-")
        out = subprocess.run([cross + "nm", path], check=True, capture_output=True, text=True).stdout
        words = [line.split() for line in out.splitlines()]
        self.symbols = {w[2]: int(w[0], 16) for w in words if len(w) == 3}

    def differs(self, stub):
        """The first page of the running program's text that is not ours, or None."""
        for base, text in self.text:
            for at in range(base & ~4095, base + len(text), 4096):
                first, last = max(at, base), min(at + 4096, base + len(text))
                seen = stub.user(first, last - first)
                if seen is not None and seen != text[first - base:last - base]:
                    return at
        return None


class Run:
    """What a boot showed: values, costs and status arrived at stops; text is the console's."""

    def __init__(self, nonce):
        self.nonce = nonce
        self.why = self.result = None
        self.no_shell = False			# it hung before the command began
        self.text = self.console = self.stood = ""
        self.values, self.costs = {}, {}
        self.status = None			# as the program's main returned it at its last stop
        self._open = None

    def ended(self, result):
        self.result, self.why = result, result.why
        self.no_shell = (self.why or "").endswith((" of host time", " of guest time")) and \
            not re.search(rb"^[0-9a-f]{16} begin", result.console, re.M)
        self.text = result.output.decode(errors="replace")
        self.console = result.console.decode(errors="replace").replace("\r", "")

    def take(self, stub, number, a, b):
        if number == OUT:
            self.values[stub.string(a)] = b
        elif number == COST_BEGIN:
            self._open = stub.string(a)
        elif number == COST_END and self._open:
            self.costs.setdefault(self._open, []).append(b)
            self._open = None
        elif number == STATUS:
            self.status = b & 0xff

    def value(self, name):
        """A number the program reported; a missing one fails the test."""
        if name not in self.values:
            raise Failed("the program to report %s" % name, self.ending())
        return self.values[name]

    def cost(self, name):
        """Instructions between cost_begin(name) and cost_end(); of several, the least."""
        if name not in self.costs:
            raise Failed("the program to get through \"%s\"" % name, self.ending())
        return min(self.costs[name])

    def ending(self):
        """How the run ended, with the last lines, for a message."""
        said = self.console[self.console.rfind("Boot HART MEDELEG"):].splitlines()[1:]
        said = [x for x in said if "\x01" not in x]
        panic = [i for i, x in enumerate(said) if "kernel panic: " in x]
        if panic:			# from its reason on, and the backtrace before the registers
            said = [x for x in said[panic[0]:] if not re.search(r"( +[a-z]\w+ [0-9a-f]{16}){2}", x)]
        tail = "\n".join(x[:WIDEST] for x in (said[:20] if panic else said[-20:]))
        why = self.why or "exit status %d" % self.result.status
        if not self.why and self.status is None:
            why += ", before the end of the program's main(); it said:" if tail.strip() else \
                ", before the end of the program's main()"
        if why.endswith("of guest time") and not self.no_shell:	# asleep, most often
            why += " (where does it wait?  make qemu-gdb, Ctrl-C in gdb, bt-all)"
        return "%s%s%s\n%s" % (why, self.stood, " (the kernel did not come to its shell)" * self.no_shell,
                               tail)

    def need_status(self, status=0):
        """The program itself came to its end, and with this status."""
        need(self.why is None and self.status == status,
             "the program to end with status %d" % status, self.ending())


def bounded():
    """In a child: no source shall fill the grader's memory or disk."""
    resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30))
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 30, 1 << 30))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def run_group(cmd, said, timeout, env, in_child):
    """Run a command whose children end with it. => exit status"""
    def prepare():
        bounded()
        in_child()

    child = subprocess.Popen(cmd, stdout=said, stderr=said, stdin=subprocess.DEVNULL, env=env,
                             start_new_session=True, preexec_fn=prepare)
    try:
        return child.wait(timeout)
    finally:
        try:
            os.killpg(child.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        child.wait()


class Machine:
    """Builds a tree (once) and boots it."""

    def __init__(self, lab, tree, hidden=False, jobs=2, build=None, image=None, host_seconds=60,
                 nonce=None, on_end=None):
        """host_seconds: for a machine whose own clock stands still.  nonce(command) and
        on_end(command, run) are for tests of the grader."""
        self.lab, self.tree, self.hidden, self.jobs = lab, os.path.abspath(tree), hidden, jobs
        self.host_seconds, self.on_end = host_seconds, on_end
        self.dead = False			# a boot has hung before the shell
        self.nonce = nonce or (lambda command: secrets.randbits(63) | 1)
        self.build_dir = build or os.path.join(self.tree, "build")
        self.image_dir = image or os.path.join(self.tree, "build")
        self.public_image = None	# without the hidden programs, if there is one
        self.last_command = ""
        self._once, self._programs = {}, {}
        sys.path.insert(0, os.path.join(TOP, "tests"))
        import qemu
        self.qemu = qemu

    def hidden_sources(self):
        return [f for f in self.sources() if os.path.basename(os.path.dirname(f)) == "hidden"]

    def sources(self):
        """The programs' sources: the public ones are the tree's affair (its Makefile)."""
        found = []
        for part in ("programs", "hidden") if self.hidden else ("programs",):
            folder = os.path.join(LABS, self.lab, part)
            if os.path.isdir(folder):
                found += [os.path.join(folder, n) for n in sorted(os.listdir(folder))
                          if n.endswith(".c")]
        return found

    def build(self):
        if self.hidden:
            from . import watched		# a student's tree has no such file
            watched.build(self)
        else:
            self.make()

    def compile(self, files):
        """Only these files of the kernel. => what the compiler said of them"""
        return self.make(goals=["build/%s.o" % f[:-2] for f in files if f.endswith(".c")])

    def make(self, programs=(), env=None, goals=("all",)):
        """Build everything, with these programs besides the tree's own. => what was said"""
        cmd = ["make", "-C", self.tree, "-j%d" % self.jobs, "--no-print-directory", *goals,
               "USERPROGS_EXTRA=" + " ".join(programs)]
        os.makedirs(self.build_dir, exist_ok=True)
        with tempfile.TemporaryFile("w+", errors="replace") as said, \
                open(os.path.join(self.build_dir, ".lock"), "w", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)	# two gradings of one tree: one builds, one waits
            try:
                status = run_group(cmd, said, 900, env, self.qemu.die_with_parent)
            except subprocess.TimeoutExpired:
                status = "no end after 900 s"
            said.seek(0)
            lines = [x for x in said			# less what make is at
                     if not re.match(r"  [A-Z]+ +\S+$|make\S*: .* is up to date", x)]
        if status != 0:
            raise BuildFailed("".join(lines)[:6000].strip() or "make: %s" % status)
        return "".join(lines)[:6000].strip()

    def once(self, fn, *args):
        """fn(m, *args), the first time; its result (or failure) again for the tests after."""
        before = self.last_command
        if (fn, args) not in self._once:
            value = failed = None
            self.last_command = ""
            try:
                value = fn(self, *args)
            except Failed as e:
                failed = e
            self._once[fn, args] = value, failed, self.last_command
        value, failed, command = self._once[fn, args]
        self.last_command = command or before	# fn may have run nothing
        if failed:
            raise failed
        return value

    def program(self, command):
        """The program of ours that a command begins with."""
        name = command.split()[0].rsplit("/", 1)[-1]
        if name not in [os.path.basename(f)[:-2] for f in self.sources()]:
            raise ValueError("%s: not a program of lab %s" % (name, self.lab))
        if name not in self._programs:
            self._programs[name] = Program(os.path.join(self.image_dir, "user", "bin", name))
        return self._programs[name]

    def run(self, command, on_stop=None, **settings):
        """Boot, run command in the shell; settings as make run's, in small letters (mem="48M",
        cpus=4, bootargs="...", timeout=guest seconds).  At each checkpoint of the program the
        machine stands still while on_stop(stub, id, a, b) looks at it. => Run"""
        values = {"TIMEOUT": 5, **{k.upper(): v for k, v in settings.items()}}
        self.last_command = "make run ICOUNT=1 %sCMD='%s'" % ("".join(
            "%s='%s' " % kv if " " in str(kv[1]) else "%s=%s " % kv for kv in sorted(values.items())
            if kv[0] not in ("DISK", "DISKS")), command)	# these are gone afterwards
        program = self.program(command)
        image = self.image_dir
        if self.public_image and program.name + ".c" not in map(os.path.basename, self.hidden_sources()):
            image = self.public_image
        run, error = self._boot(command, program, image, on_stop, values)
        if run.no_shell and not run.stood and not self.dead:
            self.dead = True		# its own clock ended it: once more, to see where it stands
            run.stood = self._boot(command, program, image, None, {**values, "TIMEOUT": 100000})[0].stood
        self.dead |= run.no_shell
        if self.on_end:
            self.on_end(command, run)
        if isinstance(error, Failed):
            raise error
        if error:
            raise ValueError("looking at the machine: %s: %s" % (type(error).__name__, error)) from error
        return run

    def _boot(self, command, program, image, on_stop, values):
        """=> (Run, what went wrong while we looked at it, or None)"""
        folder = tempfile.mkdtemp(prefix="grade-")
        try:
            run = Run(self.nonce(command))
            disk = os.path.join(folder, "nonce")
            with open(disk, "wb") as f:
                f.write((b"%d\n" % run.nonce).ljust(4096, b"\0"))
            config = self.qemu.Config(**{**values, "CMD": command, "ICOUNT": 1,
                                         "BUILD": self.build_dir, "IMAGE": image,
                                         "NONCE": secrets.token_hex(8),
                                         "DISKS": ":".join([disk] + values.get("DISKS", []))})
            watcher = _Watcher(os.path.join(folder, "gdb"), program, run, on_stop,
                               self.kernel_function)
            seconds = min(self.host_seconds, DEAD_SECONDS) if self.dead else self.host_seconds
            run.ended(self.qemu.run(config, too_late=_Patience(seconds, watcher), extra=[
                "-S", "-chardev", "socket,path=%s,server=on,wait=off,id=gdb0" % watcher.path,
                "-gdb", "chardev:gdb0"]))
            watcher.join(10)
            return run, watcher.error
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def kernel_function(self, pc):
        """The function of the kernel that pc is in, by System.map."""
        best = "the kernel"
        with open(os.path.join(self.build_dir, "System.map"), encoding="ascii", errors="replace") as f:
            for line in f:
                if not re.fullmatch(r"[0-9a-f]+ . [\w.$]+\n", line):
                    continue
                addr, kind, name = line.split()
                if int(addr, 16) > pc:
                    break
                if kind in "tT":
                    best = name + "()"
        return best


class _Patience:
    """Ends a machine that computes for ever, its own clock standing still, or that does nothing.

    What counts is the time in which it computed and the time in which it could have and had
    nothing to do.  While it waits for a processor of this host, or for us who look at it, no
    time passes, so that a busy host changes no score."""

    def __init__(self, seconds, watcher):
        self.seconds, self.watcher = seconds, watcher
        self.idle, self.last = 0.0, time.monotonic()

    def __call__(self, pid):
        now = time.monotonic()
        try:
            computed, runnable = self.used(pid)
        except (OSError, ValueError, IndexError):	# no /proc here
            computed, runnable = 0, False
        if not runnable and not self.watcher.looking():
            self.idle += now - self.last
        self.last = now
        if computed + self.idle < self.seconds:
            return None
        self.watcher.give_up()
        return "no end after %d s of host time" % self.seconds

    @staticmethod
    def used(pid):
        """=> (seconds of processor time, does one of its threads have or want a processor?)"""
        with open("/proc/%d/stat" % pid, encoding="ascii", errors="replace") as f:
            fields = f.read().rpartition(")")[2].split()	# from the third on: proc(5)
        states = []
        for tid in os.listdir("/proc/%d/task" % pid):
            with open("/proc/%d/task/%s/stat" % (pid, tid), encoding="ascii", errors="replace") as f:
                states.append(f.read().rpartition(")")[2].split()[0])
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"), "R" in states


class _Watcher(threading.Thread):
    """Attends the stops of one run."""

    def __init__(self, path, program, run, on_stop, symbols):
        super().__init__(daemon=True)
        self.symbols = symbols			# address -> the kernel's function there
        self.path, self.program, self.lab_run, self.on_stop = path, program, run, on_stop
        self.error, self.checked = None, False
        self.stub = None
        self.start()

    def looking(self):
        """Does the machine wait for us?"""
        return self.is_alive() and not (self.stub and self.stub.running)

    def give_up(self):
        """Time is up: say where the machine stands, and look no more."""
        if self.stub is not None:
            self.stub.deadline = 0
        self.join(8)

    def run(self):
        stub = None
        try:
            stub = self.stub = gdbstub.Stub(self.path)
            stub.nonce = self.lab_run.nonce	# on_stop may want it; the program's may be changed
            addr = self.program.symbols["lab_stop"]
            stub.watch(addr)
            while stub.resume():
                if stub.reg("a3") == MARK:
                    self.attend(stub)
                    stub.give_back()
                else:				# another program's code at the same address
                    stub.step_over(addr)
        except TimeoutError:			# the runner ends it when we have said where
            self.lab_run.stood = self.where(stub)
        except Exception as e:			# whatever it was, the machine must not stand
            self.error = e
            if stub is not None:
                stub.kill()

    def where(self, stub):
        """What the hart that we look at was doing when time was up."""
        try:
            stub.interrupt()
            level, pc = stub.reg("priv"), stub.reg("pc")
            name = "a program" if level == 0 else self.symbols(pc) if level == 1 else "the firmware"
            if level == 3 and stub.reg("mepc") >> 63:
                name += ", called at %#x by %s," % (stub.reg("mepc"), self.symbols(stub.reg("mepc")))
            return "; it was in %s at %#x" % (name, pc)
        except (OSError, ValueError):
            return ""

    def attend(self, stub):
        need(stub.reg("priv") == 0, "the program to run in user mode",
             "privilege level %d" % stub.reg("priv"))
        number = stub.reg("a0")
        number -= (number >> 63) << 64
        if not self.checked or number == STATUS:
            self.checked = True
            self._is_ours(stub)
        if number < 0:
            self.lab_run.take(stub, number, stub.reg("a1"), stub.reg("a2"))
        elif self.on_stop:
            self.on_stop(stub, number, stub.reg("a1"), stub.reg("a2"))

    def _is_ours(self, stub):
        page = self.program.differs(stub)
        need(page is None, "the text of %s in memory as it was built" % self.program.name,
             "another content in the page at %#x" % (page or 0))
