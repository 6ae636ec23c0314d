# SPDX-License-Identifier: MIT
"""test_deterministic.py - ICOUNT=1: the same run gives the same output, times included.

Each machine runs the same work twice, the second time with the host kept busy, and
everything it printed is compared byte by byte.  The work uses the disk, forks, runs in
parallel, sleeps and reads every clock there is.
"""

import os
import subprocess
import sys

import pytest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "tests"))
import qemu  # noqa: E402

WORK = """
for i in 1 2 3 4 5; do (ls -l /bin | sort | wc; cat /proc/uptime) & done; wait
cat /bin/* | wc; cp /bin/sh /copy; sync; rm /copy
/tests/threads; /tests/pipes
sleep 1; date; head -c 16 /dev/random | hexdump
cat /proc/self/maps /proc/self/stat /proc/stat /proc/meminfo /proc/diskstats /proc/interrupts
cat /proc/uptime /proc/kmsg
"""


def run(machine):
    cfg = qemu.Config(ICOUNT=1, CMD=WORK.strip().replace("\n", "; "), HOSTTIMEOUT=240, TIMEOUT=120,
                      **machine)
    r = qemu.run(cfg)
    assert r.why is None, r.console.decode(errors="replace")[-3000:]
    return r


@pytest.mark.parametrize("machine", [dict(CPUS=1), dict(CPUS=2), dict(CPUS=4, NUMA=2, MEM="256M"),
                                     dict(CPUS=8)],
                         ids=lambda m: "-".join(f"{k}{v}" for k, v in m.items()))
def test_twice_the_same(machine):
    first = run(machine)
    busy = subprocess.Popen(["sh", "-c", "while :; do :; done"])
    try:
        second = run(machine)
    finally:
        busy.kill()
        busy.wait()
    a, b = first.console.splitlines(), second.console.splitlines()
    for i, (x, y) in enumerate(zip(a, b)):
        assert x == y, f"line {i}: {x!r} and {y!r}"
    assert len(a) == len(b)
    assert first.output.count(b"FAIL") == 0
