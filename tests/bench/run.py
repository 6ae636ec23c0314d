#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""run.py - runs bench.c on Pagoda and on Linux and lays the tables side by side.

	run.py [--linux CACHE] [--cpus 1,3] [--groups mem,vma] [--json FILE] [--check]

Instructions come from the deterministic mode, where one virtual nanosecond is one
instruction; wall time from runs without it, the median of --repeat.  The bars are the
design's limits in instructions.  --check exits 1 if a row is above its bar, or above
Linux's wall time of the same run.

Only Python's standard library is used.
"""
import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
CROSS = os.environ.get("CROSS", "riscv64-unknown-elf-")

# row -> the most instructions it may cost
BARS = {
    "getpid": 110, "gettime/uptime": 180,
    "fork_exit_wait_tiny": 15000, "fork_exit_wait_32MiB": 700000,
    "fork_exec_exit_wait_tiny": 35000, "fork_exec_exit_wait_from_32MiB": 720000,
    "mmap64M_first_touch_per_page": 900, "anon_first_read_zero_page_per_page": 300,
    "anon_write_after_zero_page_per_page": 1000, "munmap64M_touched_per_page": 200,
    "cow_break_copy_per_page": 1500, "cow_break_reuse_sole_owner_per_page": 350,
    "mmap_munmap_1page_untouched": 900, "mmap_munmap_64page_untouched": 900,
    "mmap_munmap_64page_touched": 70000, "sbrk_+1_-1_pair": 500,
    "mprotect_64p_untouched_per_call": 700, "mprotect_64p_touched_per_call": 2500,
    "disk:map_shared_read_touch_seq_per_page": 120,
    "disk:map_shared_write_touch_per_page": 900,
    "disk:map_private_write_touch_per_page": 1500,
    "pipe_pingpong_roundtrip": 3000, "sched_yield_2procs_per_own_call(=2_switches)": 900,
    "pipe_bw_per_KiB_64KiB_writes": 650,
    "disk:file_pread_4K_hot": 1500, "disk:file_pread_1B_hot": 350,
    "disk:file_pwrite_4K_hot": 1700, "disk:open_close": 1500, "disk:create_unlink": 8000,
    "vma_create_per_op_10000": 1500, "vma_random_read_fault_10000": 450,
    "vma_random_mprotect_10000": 1000, "vma_mmap_munmap_pair_at_10000": 1500,
    "vma_fork_exit_wait_10000": 8000000,
}


def parse(text):
    """The rows of a run: name -> cost of one operation."""
    rows = {}
    for line in text.replace("\r", "").splitlines():
        word = line.split()
        if len(word) == 5 and word[0] == "R":
            rows[word[1]] = float(word[4])
    if "BENCH DONE" not in text:
        raise SystemExit("bench: the run did not end well:\n" + text[-2000:])
    return rows


def qemu(args, icount, cpus, timeout):
    cmd = ["qemu-system-riscv64", "-M", "virt", "-m", "128M", "-smp", str(cpus), "-nographic",
           "-bios", "default", "-no-reboot"] + args
    if icount:
        cmd += ["-icount", "shift=0,sleep=off"]
    done = subprocess.run(cmd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=timeout, check=False)
    return done.stdout.decode(errors="replace")


class Linux:
    """A Linux whose only program is bench."""
    name = "linux"

    def __init__(self, cache, groups):
        subprocess.run(["sh", os.path.join(HERE, "build-linux.sh"), cache], check=True)
        self.image = os.path.join(cache, "Image")
        self.groups = groups
        self.dir = tempfile.mkdtemp(prefix="bench-linux-")
        flags = ["-DBENCH_LINUX", "-O2", "-ffreestanding", "-fno-builtin", "-fno-stack-protector",
                 "-nostdlib", "-static", "-march=rv64gc", "-mabi=lp64d"]
        for source, out in (("bench.c", "init"), ("tiny.c", "tiny")):
            subprocess.run([CROSS + "gcc", *flags, os.path.join(HERE, source), "-o",
                            os.path.join(self.dir, out)], check=True)
        self.initrd = os.path.join(self.dir, "initrd")
        with open(self.initrd, "wb") as out:
            subprocess.run(["cpio", "-o", "-H", "newc", "--quiet"], cwd=self.dir, stdout=out,
                           input=b"init\ntiny\n", check=True)

    def run(self, icount, cpus):
        disk = os.path.join(self.dir, "disk")
        with open(disk, "wb") as f:
            f.truncate(64 << 20)
        subprocess.run(["mke2fs", "-q", "-t", "ext2", "-b", "4096", disk], check=True)
        append = "console=ttyS0 quiet -- " + " ".join(self.groups)
        return parse(qemu(["-kernel", self.image, "-initrd", self.initrd, "-append", append,
                           "-drive", "id=d,if=none,format=raw,file=" + disk,
                           "-device", "virtio-blk-device,drive=d",
                           "-global", "virtio-mmio.force-legacy=false"], icount, cpus, 1200))

    def close(self):
        shutil.rmtree(self.dir)


class Pagoda:
    """This tree, through its own `make run`."""
    name = "pagoda"

    def __init__(self, groups):
        self.groups = groups

    def run(self, icount, cpus):
        cmd = ["make", "-s", "--no-print-directory", "run",
               "CMD=/bench/bench " + " ".join(self.groups), "CPUS=%d" % cpus, "MEM=128M",
               "TIMEOUT=600"]
        if icount:
            cmd.append("ICOUNT=1")
        done = subprocess.run(cmd, cwd=TOP, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=1200, check=False)
        return parse(done.stdout.decode(errors="replace"))

    def close(self):
        pass


def median_rows(runs):
    return {name: statistics.median(r[name] for r in runs if name in r) for name in runs[0]}


def measure(systems, cpus, repeat):
    """{system: {"instr": {cpus: rows}, "wall": {cpus: rows}}}; the systems take turns."""
    out = {s.name: {"instr": {}, "wall": {}} for s in systems}
    for n in cpus:
        for s in systems:
            if n == 1:
                out[s.name]["instr"][n] = s.run(True, n)
        runs = {s.name: [] for s in systems}
        for _ in range(repeat):
            for s in systems:
                runs[s.name].append(s.run(False, n))
        for s in systems:
            out[s.name]["wall"][n] = median_rows(runs[s.name])
    return out


def table(result, cpus):
    ours, linux = result["pagoda"], result.get("linux")
    missed = []
    head = "%-46s %12s %12s %12s" % ("row", "instr", "bar", "Linux")
    for n in cpus:
        head += " %12s %12s" % ("wall ns x%d" % n, "Linux x%d" % n)
    print(head)
    for name, instr in ours["instr"].get(1, ours["wall"][cpus[0]]).items():
        bar = BARS.get(name)
        row = "%-46s %12.1f %12s %12s" % (name, instr, bar if bar else "-", "%.1f" %
                                          linux["instr"][1][name] if linux else "-")
        if bar and instr > bar:
            missed.append("%s: %.1f instructions, bar %d" % (name, instr, bar))
        for n in cpus:
            wall = ours["wall"][n].get(name, 0)
            theirs = linux["wall"][n].get(name) if linux else None
            row += " %12.1f %12s" % (wall, "%.1f" % theirs if theirs is not None else "-")
            if theirs is not None and wall > theirs and not name.startswith("user_main"):
                missed.append("%s: %.1f ns with %d harts, Linux %.1f" % (name, wall, n, theirs))
        print(row)
    return missed


def main():
    arg = argparse.ArgumentParser(description="bench.c on Pagoda and on Linux")
    arg.add_argument("--linux", metavar="CACHE", help="also run Linux, built once in CACHE")
    arg.add_argument("--cpus", default="1,3", help="hart counts (default 1,3)")
    arg.add_argument("--repeat", type=int, default=3, help="wall-time runs; the median counts")
    arg.add_argument("--groups", default="", help="only these groups of rows")
    arg.add_argument("--json", metavar="FILE")
    arg.add_argument("--check", action="store_true", help="exit 1 if a row misses its bar")
    opt = arg.parse_args()
    cpus = [int(n) for n in opt.cpus.split(",")]
    groups = [g for g in opt.groups.split(",") if g]
    systems = [Pagoda(groups)]
    if opt.linux:
        systems.append(Linux(os.path.abspath(opt.linux), groups))
    try:
        result = measure(systems, cpus, opt.repeat)
    finally:
        for s in systems:
            s.close()
    missed = table(result, cpus)
    if opt.json:
        with open(opt.json, "w", encoding="utf-8") as f:
            json.dump({"bars": BARS, "systems": result, "missed": missed}, f, indent=1)
    for m in missed:
        print("above: " + m)
    print("%d rows above" % len(missed))
    return 1 if opt.check and missed else 0


if __name__ == "__main__":
    sys.exit(main())
