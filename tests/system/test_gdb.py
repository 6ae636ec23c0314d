# SPDX-License-Identifier: MIT
"""test_gdb.py - make qemu-gdb and .gdbinit: connecting, symbols, commands, stepping."""

import os
import re
import shutil
import subprocess
import sys
import time

import pytest

from conftest import BUILD, TOP

GDB = next((g for g in ("gdb-multiarch", "riscv64-unknown-elf-gdb") if shutil.which(g)), None)
pytestmark = pytest.mark.skipif(GDB is None, reason="no GDB")


class Machine:
    """A machine that waits for GDB; script() lets GDB do its commands."""

    def __init__(self, tmp, *settings):
        self.note = str(tmp / "gdb.json")
        self.env = {**os.environ, "PAGODA_GDB": self.note}
        image = tmp / "root.img"
        subprocess.run(["cp", "--sparse=always", os.path.join(BUILD, "fs.img"), str(image)],
                       check=True)
        self.proc = subprocess.Popen(
            [sys.executable, "tests/qemu.py", "gdb-server", f"BUILD={BUILD}", f"DISK={image}",
             *settings], cwd=TOP, env=self.env, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        for _ in range(100):
            if os.path.exists(self.note):
                break
            time.sleep(0.05)
        time.sleep(1)

    def script(self, *lines):
        args = [GDB, "-q", "-nx", "-batch", "-x", ".gdbinit"]
        for line in lines:
            args += ["-ex", line]
        try:
            p = subprocess.run(args, cwd=TOP, env=self.env, stdin=subprocess.DEVNULL, timeout=90,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        except subprocess.TimeoutExpired as e:
            pytest.fail("GDB hangs after:\n" + (e.stdout or b"").decode(errors="replace"))
        return p.stdout.decode(errors="replace")

    def end(self):
        subprocess.run(["sh", "-c", f"for p in $(ps -o pid= --ppid {self.proc.pid}); do kill $p; done"],
                       check=False)
        self.proc.stdin.close()
        self.proc.wait(20)


def sections(out):
    """What was printed after each "[name]" line."""
    return dict(re.findall(r"^\[([\w-]+)\]\n(.*?)(?=^\[[\w-]+\]\n|\Z)", out, re.M | re.S))


@pytest.fixture
def machine(tmp_path):
    machines = []

    def start(*settings):
        machines.append(Machine(tmp_path, *settings))
        return machines[-1]
    yield start
    for mach in machines:
        mach.end()




def test_commands(machine):
    out = machine("CPUS=2").script(
        "hbreak start_init", "continue", "delete", "tbreak sys_execve", "continue",
        "echo [ps]\\n", "ps", "echo [bt-all]\\n", "bt-all", "echo [regs]\\n", "regs",
        "echo [pte]\\n", "pte $sp", "pte 0x10000", "pte 0", "pte 0x8000000000000",
        "echo [vmas]\\n", "vmas", "echo [mm]\\n", "mm", "mm 1", "echo [buddy]\\n", "buddy",
        "echo [zone]\\n", "zone", "echo [page]\\n", "page 0x80400", "page $tp",
        "echo [slab]\\n", "slab", "slab task", "echo [slab-of]\\n", "slab-of $tp",
        "echo [faults]\\n", "faults 5", "echo [bt-task]\\n", "bt-task 2", "echo [bad]\\n",
        "pte", "ps 1 2", "page nonsense", "mm 12345")
    part = sections(out)
    assert re.search(r"^ +1 +1 [RSD] .* init$", part["ps"], re.M), out
    assert "hart 0: " in part["bt-all"] and "hart 1: " in part["bt-all"]
    assert "sys_execve" in part["bt-all"]
    assert "Sv39, ASID" in part["regs"] and "system call" in part["regs"]
    assert re.search(r"level 0 .* leaf", part["pte"]) and "not mapped" in part["pte"]
    assert "not a canonical" in part["pte"] and re.search(r"V..XU", part["pte"])
    assert "r-xp" in part["vmas"] and "[stack]" in part["vmas"] and "/bin/init" in part["vmas"]
    assert "resident KiB" in part["mm"]
    assert re.search(r"unmovable( +\d+){11}$", part["buddy"], re.M)
    assert "watermarks min" in part["zone"]
    assert "frame 0x80400" in part["page"]
    assert re.search(r"^task ", part["slab"], re.M) and "vma" in part["slab"]
    assert "of cache task" in part["slab-of"]
    assert len(part["faults"].splitlines()) == 6, part["faults"]
    assert "#1" in part["bt-task"]
    assert "Traceback" not in out and "there is no task 12345" in out


def test_slab_of_is_exact(machine):
    """The object that slab-of finds begins where the kernel says the task begins."""
    out = machine().script("hbreak start_init", "continue", "delete", "tbreak sys_execve",
                           "continue", "slab-of ((unsigned long)$tp + 24)", "printf \"tp=%lx\\n\", $tp")
    base = re.search(r"base 0x([0-9a-f]+), offset 0x([0-9a-f]+)", out)
    assert base, out
    assert base[1] == re.search(r"tp=([0-9a-f]+)", out)[1] and base[2] == "18"


# From restore_user on interrupts are off, so that steps lead through sret; where a tick comes
# first it is the tick's way back that is stepped, and behind it the call's.
BACK_TO_USER = """
def back():
    for _ in range(20):
        gdb.execute('tbreak restore_user')
        gdb.execute('continue')
        for _ in range(60):
            gdb.execute('stepi')
            if int(gdb.parse_and_eval('$priv')) & 3 == 0:
                return
back()
"""


@pytest.mark.parametrize("settings", ["", "ICOUNT=1", "ICOUNT=1 CPUS=2"])
def test_steps_from_user_code_into_the_kernel_and_back(machine, settings):
    out = machine("CMD=yes > /dev/null", *settings.split()).script(
        "hbreak start_init", "continue", "delete", "hbreak sys_write", "continue", "continue 30", "delete",
        "hbreak *$sepc", "continue", "delete",
        "echo [user]\\n", "info symbol $pc", "bt 3", "printf \"priv %d\\n\", $priv & 3", "ps",
        "stepi", "echo [kernel]\\n", "info symbol $pc", "printf \"priv %d\\n\", $priv & 3",
        "python exec(" + repr(BACK_TO_USER) + ")",
        "echo [back]\\n", "info symbol $pc", "printf \"priv %d\\n\", $priv & 3")
    part = sections(out)
    assert "write" in part["user"] and "priv 0" in part["user"] and "write_all" in part["user"], out
    assert re.search(r"R +0 +[1-9]\d* [0-9a-f]+ +yes$", part["user"], re.M), out
    assert "trap_entry in section" in part["kernel"] and "priv 1" in part["kernel"], out
    assert "user/bin/yes" in part["back"] and "priv 0" in part["back"], out


def test_two_at_once_do_not_collide(machine, tmp_path):
    a = machine()
    (tmp_path / "b").mkdir()
    b = Machine(tmp_path / "b")
    try:
        outs = [x.script("hbreak start_kernel", "continue", "info symbol $pc") for x in (a, b)]
    finally:
        b.end()
    assert all("start_kernel" in o for o in outs)
    assert len({re.search(r"port (\d+)", o)[1] for o in outs}) == 2


def test_without_a_machine(tmp_path):
    p = subprocess.run([GDB, "-q", "-nx", "-batch", "-x", ".gdbinit"], cwd=TOP,
                       env={**os.environ, "PAGODA_GDB": str(tmp_path / "none")}, timeout=60,
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    assert b"make qemu-gdb" in p.stdout


def test_memory_from_both_sides(machine):
    """pte goes from an address to its frame, page and rmap from the frame back; vmas, mm and
    faults tell of the same address space."""
    frame = "re.search(r'frame (0x[0-9a-f]+)', gdb.execute('pte $sepc', to_string=True))[1]"
    out = machine("CMD=true | cat").script(
        "hbreak start_init", "continue", "delete",
        # init's child, the shell; its children share its text and, until they exec, its data
        "hbreak sys_execve", "continue", "continue", "delete",
        "echo [ps]\\n", "ps", "echo [pte]\\n", "pte $sepc", "python import re",
        f"python frame = {frame}",
        "echo [page]\\n", "python gdb.execute('page ' + frame)",
        "echo [rmap]\\n", "python gdb.execute('rmap ' + frame)",
        "echo [vmas]\\n", "vmas", "echo [mm]\\n", "mm", "echo [faults]\\n", "faults 30",
        "echo [end]\\n", "printf \"%lx\\n\", $sepc")
    part = sections(out)
    pc = int(part["end"].split()[0], 16)
    mapped = re.findall(r"^pid (\d+) \((\w+)\) at (0x[0-9a-f]+): (\S+)", part["rmap"], re.M)
    assert len(mapped) >= 2, out  # two processes, one text
    assert all(int(va, 16) == pc & ~0xfff and "X" in flags for _, _, va, flags in mapped), out
    assert int(re.search(r"(\d+) entries; mapcount (\d+)", part["rmap"])[2]) == len(mapped), out
    assert re.search(rf"mapcount {len(mapped)}\b", part["page"]), out
    areas = [tuple(int(x, 16) for x in a) for a in
             re.findall(r"^([0-9a-f]+)-([0-9a-f]+) r-xp", part["vmas"], re.M)]
    assert any(lo <= pc < hi for lo, hi in areas), out
    resident = re.search(r"anonymous (\d+), file (\d+).*tables (\d+)", part["mm"])
    assert all(int(n) > 0 for n in resident.groups()), out
    assert re.search(r"write +cow-", part["faults"]) and re.search(r" file ", part["faults"]), out
    assert "Traceback" not in out
