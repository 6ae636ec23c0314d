#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""nth.py - every allocation fails once (make test-nth).

	nth.py BUILD=build IMAGE=build [boot|programs|tests|TEST ...] [step=N]

programs	one machine; the program nth runs each command of PROGRAMS with the first
		slab allocation failing, the second ..., until a run has no failure; then the
		same for pages.  Nothing may hang or be lost.
tests		one machine each: the user tests, which allocate up to half a million times, from
		some hundred call chains.  The nth run fails the first allocation whose call chain
		has not failed yet, until a run has no failure; so every way to an allocation
		fails once in every test.  With step=N it is every Nth allocation instead, for days.
boot		one machine each: boot to the shell with failslab=N, then fail_page_alloc=N, N =
		1, 2 ... until none fails.  The machine must come up, or say in one line that there
		is no memory for what it cannot do without; it never hangs.

Without a word: boot, programs, tests.  Each series ends with a line that says how many N it took.
"""
import os
import re
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PROGRAMS = [
    "/bin/true", "/bin/ls -l /", "/bin/cat /etc/passwd", "/bin/sh -c 'echo a | cat | wc'",
    "-e 'rm -rf /tmp/n' /bin/sh -c 'mkdir /tmp/n; echo x > /tmp/n/f; cat /tmp/n/f; rm /tmp/n/f; rmdir /tmp/n'",
    "-e 'rm -rf /n' /bin/sh -c 'mkdir /n; echo x > /n/f; mv /n/f /n/g; ln /n/g /n/h; cat /n/*; sync; rm /n/*; rmdir /n'",
    "/bin/cp /bin/sh /tmp/sh", "/bin/sort /etc/passwd", "/bin/find /etc", "/bin/ps -f",
    "/bin/sh -c 'sleep 0 & wait; kill -0 1'", "/bin/slabtop -o", "/bin/free", "/bin/cat /proc/meminfo",
]
TESTS = sorted(f[:-2] for f in os.listdir(os.path.join(TOP, "tests/user")) if f.endswith(".c"))
# Where what a test does is a number, a small one: the ways are the same.  hostile's other rows
# compute for seconds.
ARGS = {"fsstress": "-p 2 -n 40", "fuzz": "100", "mix": "1 2 50", "powercut": "-p 2 -n 10", "vmmodel": "4000 20011 3",
        "vmstress": "all 40", "hostile": "requeue_all"}
# Those whose series is over in a minute: the sample of every test run.
QUICK = ["badptr", "dev", "libc", "nomem", "pagetable", "wait"]
# They compute for seconds, whatever fails: that many instructions would take hours to count.
BUSY = ["asids", "bomb", "procwalk", "sched", "signal", "vmscale", "vmstress"]
# What a boot may end with when the failing allocation is one it cannot do without.
CLEAN = re.compile(r"cannot mount.*error -12|cannot run|no memory|Cannot allocate memory|\n\$ ")


def qemu(settings, cmd, bootargs="", timeout=120, icount=1):
    p = subprocess.run([sys.executable, os.path.join(TOP, "tests/qemu.py"), "run", *settings,
                        f"CMD={cmd}", f"BOOTARGS={bootargs}", f"TIMEOUT={timeout}", f"ICOUNT={icount}",
                        "HOSTTIMEOUT=36000"],
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                       text=True, errors="replace", check=False)
    return p.returncode, p.stdout


def boot(settings):
    bad = 0
    for kind, arg in (("slab", "failslab"), ("page_alloc", "fail_page_alloc")):
        n, refused = 0, []
        while True:
            n += 1
            status, out = qemu(settings, "cat /proc/fault-inject", f"{arg}={n}", 20)
            hit = re.search(rf"^{kind} .*failed=(\d+)", out, re.M)
            if status == 0 and hit and hit[1] == "0":
                break
            if status != 0:
                refused.append(n)
                # Without qemu.py's "--- ..." it is the command's own status: a shell was there.
                clean = "\n--- " not in out or CLEAN.search(out)
                if not clean:
                    bad += 1
                    print(f"FAIL boot: {kind} {n}: status {status}")
                    print("\n".join("      | " + line for line in out.strip().splitlines()[-12:]))
                    sys.stdout.flush()
        print(f"{'FAIL' if bad else 'ok'} boot: {kind}, n = 1 to {n}, "
              f"{len(refused)} without a shell: {refused}", flush=True)
    return bad


def in_guest(settings, commands, options="-s 1"):
    bad = 0
    for c in commands:
        busy = any(f"/tests/{t} " in c + " " for t in BUSY)
        status, out = qemu(settings, f"nth -t {100 if busy else 60} {options} {c}", "",
                           10000, 0 if busy else 1)
        for line in out.splitlines():
            if line.startswith(("ok ", "FAIL ", "  ")) or status not in (0, 1):
                print(line, flush=True)
        if status != 0:
            bad += 1
            print(f"FAIL {c}: status {status}", flush=True)
    return bad


def tests(settings, names, step=0):
    return in_guest(settings, [f"/tests/{t} {ARGS.get(t, '')}" for t in names],
                    f"-C {f'-s {step}' if step else '-c'}")


def main():
    settings = [a for a in sys.argv[1:] if a.split("=")[0].isupper()]
    words = [a for a in sys.argv[1:] if a not in settings]
    step = next((int(w[5:]) for w in words if w.startswith("step=")), 0)
    words = [w for w in words if not w.startswith("step=")] or ["boot", "programs", "tests"]
    bad = 0
    for w in words:
        if w == "boot":
            bad += boot(settings)
        elif w == "programs":
            bad += in_guest(settings, PROGRAMS, f"-s {step or 1}")
        elif w == "tests" or w in TESTS:
            bad += tests(settings, TESTS if w == "tests" else [w], step)
        else:
            sys.exit(f"nth.py: {w}: expected boot, programs, tests or a test's name")
    print(f"test-nth: {'passed' if bad == 0 else f'{bad} failed'}")
    sys.exit(bad != 0)


if __name__ == "__main__":
    main()
