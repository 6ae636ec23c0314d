#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""run.py - runs the tests; the last line is "N passed, M failed".

	run.py [-k TEXT] [-j N] [-v] [PART...]

Parts, all of them if none is named:

	host	unit tests of tests/host on this machine, with ASan and UBSan
	kernel	tests of tests/kernel inside a debug kernel, on several machines
	user	programs of tests/user, on the matrix of harts and memory sizes below
	clang	both compilers build without a warning; clang's kernel passes user tests; sparse
		and clang-tidy, where they are installed, find nothing
	system	tests of tests/system (pytest): whole boots, scripts, QEMU from outside

-k runs only what has TEXT in its name, -j N so many things at once (2), -v shows what
each machine printed.  A failure says how to repeat it.

A test program prints "ok NAME" or "FAIL NAME: why" for each row and exits 1 if one
failed.  A comment in its first twenty lines can say where it is run and with what:

	// run: harts=1,8 mem=128M,1G timeout=300 boot=failslab=1 args=-n 1000000

harts and mem choose among the machines of the matrix, timeout is in guest seconds (60),
boot gives it a boot of its own with that bootarg; "alone" gives it a machine of its own
(for what leaves files missing or changed); "debug" runs it on a debug kernel too, which
checks every address space's invariants at its end; args is the rest of the line.
"""

import argparse
import concurrent.futures
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
import xml.etree.ElementTree

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(TOP, "tests"))
import qemu  # noqa: E402

# Every number of harts and every size of memory once, the corners twice.
MATRIX = [(1, "128M"), (8, "128M"), (2, "32M"), (8, "32M"), (4, "1G"), (1, "8G"), (8, "8G")]
KERNEL_MACHINES = [dict(CPUS=1), dict(CPUS=8), dict(CPUS=2, NUMA=2), dict(CPUS=1, NUMA=4),
                   dict(CPUS=8, NUMA=4, MEM="1G")]
CLANG_MACHINE = (4, "128M")
DEBUG_MACHINE = dict(CPUS=4, MEM="128M", ICOUNT=1)

# The suite takes about a third of this.  What hangs is cut off here, so that there is
# always a report; a single machine gets no more than its own limit in tests/qemu.py.
LIMIT = 25 * 60
START = time.monotonic()


def seconds_left():
    return max(1, int(START + LIMIT - time.monotonic()))


def machine_config(**values):
    cfg = qemu.Config(**values)
    cfg.hosttimeout = min(cfg.hosttimeout, seconds_left())
    return cfg


class Report:
    """Counts rows and prints them as they come."""

    def __init__(self, verbose):
        self.passed = self.failed = 0
        self.failures = []
        self.verbose = verbose
        self.lock = threading.Lock()

    def row(self, ok, name, why="", repeat=""):
        with self.lock:
            if ok:
                self.passed += 1
                print(f"ok    {name}", flush=True)
                return
            self.failed += 1
            self.failures.append(name)
            print(f"FAIL  {name}", flush=True)
            for line in (why or "").strip().splitlines()[-40:]:
                print(f"      | {line}")
            if repeat:
                print(f"      repeat: {repeat}", flush=True)

    def note(self, text):
        with self.lock:
            print(text, flush=True)


def sh(argv, timeout=LIMIT):
    """=> (status, output and errors)"""
    timeout = min(timeout, seconds_left())
    try:
        p = subprocess.run(argv, cwd=TOP, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                           stdin=subprocess.DEVNULL, timeout=timeout, check=False)
        return p.returncode, p.stdout.decode(errors="replace")
    except subprocess.TimeoutExpired as e:
        return 124, (e.stdout or b"").decode(errors="replace") + "\n(no end)"


def make(report, name, *words):
    """Build something, one row if it fails. => did it work"""
    status, out = sh(["make", "--no-print-directory", f"-j{os.cpu_count() or 2}", *words])
    if status != 0:
        report.row(False, name, out, "make " + " ".join(words))
    return status == 0


ROW = re.compile(r"^(?:\[ *[\d.]+\] )?(ok|FAIL) ([^\n]+)$", re.M)


def rows_of(text):
    """[(ok, name, why)] of a program's output; a row that does not say why: what stands before it."""
    found, at, text = [], 0, text.replace("\r", "")
    for m in ROW.finditer(text):
        name, _, why = m[2].partition(": ") if m[1] == "FAIL" else (m[2], "", "")
        if m[1] == "FAIL" and not why:
            why = text[at:m.start()].strip()
        found.append((m[1] == "ok", name.strip(), why))
        at = m.end()
    return found


# --- host ---

def part_host(report, opts):
    tests = sorted(f[:-2] for f in os.listdir(os.path.join(TOP, "tests/host"))
                   if re.fullmatch(r"test_\w+\.c", f) and opts.k in f"host {f}")
    built = [t for t in tests if make(report, f"host {t}: build", f"build/host/{t}")]

    def one(test):
        status, out = sh([f"build/host/{test}"], timeout=600)
        rows = rows_of(out)
        for ok, name, why in rows:
            report.row(ok, f"host {test}: {name}", why or out, f"build/host/{test}")
        if status != 0 and all(ok for ok, _, _ in rows):
            report.row(False, f"host {test}: exit status {status}", out, f"build/host/{test}")

    with concurrent.futures.ThreadPoolExecutor(opts.j) as pool:
        list(pool.map(one, built))


# --- kernel ---

def describe(machine):
    return " ".join(f"{k}={v}" for k, v in machine.items())


def part_kernel(report, opts):
    if not make(report, "kernel: build", "DEBUG=1", "KTEST=1", "kernel") or \
       not make(report, "kernel: image", "image"):
        return

    def one(machine):
        repeat = f"make ktest {describe(machine)}"
        cfg = machine_config(**machine, BUILD=os.path.join(TOP, "build-debug-ktest"), RAW=1,
                             IMAGE=os.path.join(TOP, "build"), BOOTARGS="ktest",
                             TIMEOUT=240, HOSTTIMEOUT=420)
        r = qemu.run(cfg)
        text = r.console.decode(errors="replace")
        if report.verbose:
            report.note(text)
        text = text[text.rfind("OpenSBI v"):]
        rows = rows_of(text)
        for ok, name, why in rows:
            name = re.sub(r" \(\d+ us\)$", "", name)
            report.row(ok, f"kernel {describe(machine)}: {name}", why or text[-3000:], repeat)
        if not rows or r.why or (r.status != 0 and all(ok for ok, _, _ in rows)):
            report.row(False, f"kernel {describe(machine)}: {r.why or f'status {r.status}'}",
                       text, repeat)

    with concurrent.futures.ThreadPoolExecutor(opts.j) as pool:
        list(pool.map(one, [m for m in KERNEL_MACHINES if opts.k in f"kernel {describe(m)}"]))


# --- user ---

class UserTest:
    def __init__(self, path):
        self.name = os.path.basename(path)[:-2]
        self.harts = self.mem = None
        self.timeout = 60
        self.args = self.boot = ""
        self.alone = self.debug = False
        with open(path, encoding="utf-8", errors="replace") as f:
            head = "".join(f.readline() for _ in range(20))
        m = re.search(r"^(?://| \*) run: (.*?)(?: \*/)?$", head, re.M)
        if m:
            line, _, self.args = m[1].partition("args=")
            for word in line.split():
                key, _, value = word.partition("=")
                if key == "harts":
                    self.harts = {int(v) for v in value.split(",")}
                elif key == "mem":
                    self.mem = set(value.split(","))
                elif key == "timeout":
                    self.timeout = int(value)
                elif key == "alone":
                    self.alone = True
                elif key == "debug":
                    self.debug = True
                elif key == "boot":
                    self.boot = value
                else:
                    raise SystemExit(f"{path}: unknown word in the run line: {word}")

    def wanted(self, harts, mem):
        return (self.harts is None or harts in self.harts) and (self.mem is None or mem in self.mem)


def user_tests():
    folder = os.path.join(TOP, "tests/user")
    if not os.path.isdir(folder):
        return []
    return [UserTest(os.path.join(folder, f)) for f in sorted(os.listdir(folder))
            if f.endswith(".c")]


def run_tests(report, label, machine, tests, build, verbose, image=None):
    """Run the tests one after the other on one machine; when it dies, the rest on a new one."""
    tests = list(tests)
    while tests:
        batch = [tests[0]] if tests[0].alone else \
            [t for t in tests if t.boot == tests[0].boot and not t.alone]
        script = "; ".join(f"echo @@run {t.name}; /tests/{t.name} {t.args}; "
                           f"echo @@end {t.name} $?; cat /proc/uptime /proc/check" for t in batch)
        cfg = machine_config(**machine, BUILD=build, IMAGE=image or build, CMD=script,
                             BOOTARGS=batch[0].boot, TIMEOUT=60 + sum(t.timeout for t in batch))
        r = qemu.run(cfg)
        text = r.output.decode(errors="replace").replace("\r", "")
        if verbose:
            report.note(r.console.decode(errors="replace"))
        done, times, clock = 0, [], 0.0
        for t in batch:
            start = text.find(f"@@run {t.name}\n")
            if start < 0:
                break
            done += 1
            repeat = f"make run CMD='/tests/{t.name} {t.args}'".replace(" '", "'") + \
                "".join(f" {k}={v}" for k, v in machine.items()) + \
                (f" BOOTARGS='{t.boot}'" if t.boot else "")
            m = re.search(rf"^@@end {re.escape(t.name)} (\d+)\n([\d.]+)", text[start:], re.M)
            said = text[start:start + m.start()] if m else text[start:]
            said = said.partition("\n")[2]
            rows = rows_of(said)
            for ok, name, why in rows:
                report.row(ok, f"{label} {t.name}: {name}", why + "\n" + said if not ok else "",
                           repeat)
            if not m:
                last = r.console.decode(errors="replace").replace("\r", "")
                report.row(False, f"{label} {t.name}: {r.why or 'did not end'}", last, repeat)
                break
            check = text[start + m.end():].partition("\n")[2].partition("@@run")[0]
            if not check.startswith("ok\n"):
                report.row(False, f"{label} {t.name}: /proc/check afterwards", check, repeat)
            times.append((float(m[2]) - clock, t.name))
            clock = float(m[2])
            if m[1] != "0" and all(ok for ok, _, _ in rows):
                report.row(False, f"{label} {t.name}: exit status {m[1]}", said, repeat)
            elif not rows:
                report.row(True, f"{label} {t.name}")
        times.sort(reverse=True)
        report.note(f"time  {label}: {clock:.0f} s: "
                    + ", ".join(f"{n} {s:.0f}" for s, n in times[:10] if s >= 1))
        if done == 0:
            report.row(False, f"{label}: the tests did not start", f"{r.why}\n" +
                       r.console.decode(errors="replace"), f"make qemu {describe(machine)}")
            return
        tests = [t for t in tests if t not in batch[:done]]


def part_user(report, opts):
    if not make(report, "user: build", "all"):
        return
    build = os.path.join(TOP, "build")

    def one(machine):
        harts, mem = machine
        label = f"user {harts}x{mem}"
        tests = [t for t in user_tests() if t.wanted(harts, mem) and opts.k in f"{label} {t.name}"]
        if tests:
            run_tests(report, label, dict(CPUS=harts, MEM=mem), tests, build, report.verbose)

    with concurrent.futures.ThreadPoolExecutor(opts.j) as pool:
        list(pool.map(one, MATRIX))
    tests = [t for t in user_tests() if t.debug and opts.k in f"user debug {t.name}"]
    if tests and make(report, "user: debug kernel", "DEBUG=1", "KTEST=1", "kernel"):
        run_tests(report, "user debug", DEBUG_MACHINE, tests,
                  os.path.join(TOP, "build-debug-ktest"), report.verbose, image=build)


# --- clang ---

def part_clang(report, opts):
    for name, words, folder in (("gcc", ["VARIANT=warn", "kernel"], "build-warn"),
                                ("gcc, debug", ["VARIANT=warn", "DEBUG=1", "kernel"],
                                 "build-debug-warn"),
                                ("clang", ["CC=clang", "all"], "build-clang"),
                                ("clang, debug", ["CC=clang", "DEBUG=1", "kernel"],
                                 "build-clang-debug")):
        if opts.k not in f"clang {name}":
            continue
        sh(["rm", "-rf", folder])
        status, out = sh(["make", "--no-print-directory", f"-j{os.cpu_count() or 2}", *words])
        warnings = "\n".join(x for x in out.splitlines() if "warning:" in x)
        report.row(status == 0 and not warnings, f"clang {name}: builds without a warning",
                   warnings or out, "make " + " ".join(words))
    for name, words in (("checks", ["check"]), ("checks, debug", ["DEBUG=1", "check"])):
        if opts.k in f"clang {name}":
            status, out = sh(["make", "--no-print-directory", f"-j{os.cpu_count() or 2}", *words])
            report.row(status == 0, f"clang {name}: {out.strip().splitlines()[-1]}", out,
                       "make " + " ".join(words))
    label = f"clang {CLANG_MACHINE[0]}x{CLANG_MACHINE[1]}"
    tests = [t for t in user_tests() if t.wanted(*CLANG_MACHINE) and opts.k in f"{label} {t.name}"]
    if tests and make(report, "clang: build", "CC=clang", "all"):
        run_tests(report, label, dict(CPUS=CLANG_MACHINE[0], MEM=CLANG_MACHINE[1]), tests,
                  os.path.join(TOP, "build-clang"), report.verbose)


# --- system ---

def part_system(report, opts):
    if not os.path.isdir(os.path.join(TOP, "tests/system")) or \
       not make(report, "system: build", "all", "host-tools"):
        return
    _, python = sh(["sh", "scripts/setup.sh", "python"])
    if not python.strip():
        report.row(False, "system: no Python with pexpect and pytest", "", "make doctor")
        return
    with tempfile.TemporaryDirectory() as tmp:
        xml_file = os.path.join(tmp, "junit.xml")
        argv = [python.strip(), "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/system",
                f"--junitxml={xml_file}", "--tb=short"]
        if opts.k:
            argv += ["-k", opts.k]
        status, out = sh(argv)
        if report.verbose:
            report.note(out)
        if not os.path.exists(xml_file):
            report.row(False, f"system: pytest ended with {status}", out, " ".join(argv))
            return
        for case in xml.etree.ElementTree.parse(xml_file).iter("testcase"):
            name = f"{case.get('classname', '').split('.')[-1]}: {case.get('name')}"
            bad = [e for e in case if e.tag in ("failure", "error")]
            if any(e.tag == "skipped" for e in case):
                report.note(f"skip  system {name}")
                continue
            report.row(not bad, f"system {name}", (bad[0].text or "") if bad else "",
                       f"{python.strip()} -m pytest tests/system -k {case.get('name')}")


PARTS = {"host": part_host, "kernel": part_kernel, "user": part_user, "clang": part_clang,
         "system": part_system}


def main():
    p = argparse.ArgumentParser(usage=__doc__)
    p.add_argument("parts", nargs="*", metavar="PART")
    p.add_argument("-k", default="", metavar="TEXT")
    p.add_argument("-j", type=int, default=2, metavar="N")
    p.add_argument("-v", action="store_true")
    opts = p.parse_args()
    for name in opts.parts:
        if name not in PARTS:
            p.error(f"there is no part {name} (there are: {' '.join(PARTS)})")
    report = Report(opts.v)
    for name in opts.parts or PARTS:
        start = time.monotonic()
        before = report.failed
        report.note(f"--- {name}")
        try:
            PARTS[name](report, opts)
        except qemu.UsageError as e:
            report.row(False, f"{name}: {e}")
        report.note(f"--- {name}: {report.failed - before} failed, "
                    f"{time.monotonic() - start:.0f} s")
    if report.failures:
        print("Failed:")
        for name in report.failures:
            print(f"  {name}")
    if report.passed + report.failed == 0:
        print(f"nothing matches {opts.k!r}")
    print(f"{report.passed} passed, {report.failed} failed")
    return 1 if report.failed or not report.passed else 0


if __name__ == "__main__":
    sys.exit(main())
