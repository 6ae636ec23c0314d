#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""flat.py - do the page and slab allocators cost the same on every machine?

	flat.py BUILD=build-ktest IMAGE=build

Runs the rows of tests/kernel/bench_mm.c, which count instructions, on small and large
machines of one and of several harts, and prints each row's median on each of them, the
spread of the medians, and the worst single operation.  Exits with 1 if a median is over its
bar, or more than 10 % above another machine's.
"""
import os
import re
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "tests"))
import qemu  # noqa: E402

MACHINES = [(1, "64M"), (1, "128M"), (1, "1G"), (1, "16G"), (2, "128M"), (4, "128M"), (8, "64M"),
            (8, "16G")]
ROW = re.compile(r"^(?:\[ *[\d.]+\] )?B (.+?)  +(\d+) +(\d+) +(\d+) +(\d+) (ok|OVER|-)$", re.M)
SPREAD = 10


def measure(harts, mem, settings):
    """=> {row: (median, worst, bar)}"""
    r = qemu.run(qemu.Config(CPUS=harts, MEM=mem, RAW=1, ICOUNT=1, TIMEOUT=200,
                             BOOTARGS="quiet bench-mm", **settings))
    text = r.console.decode(errors="replace").replace("\r", "")
    rows = {m[1]: (int(m[2]), int(m[3]), int(m[5])) for m in ROW.finditer(text)}
    if not rows:
        sys.exit(f"{harts} harts, {mem}: nothing was measured\n{text[-2000:]}")
    return rows


def main():
    settings = dict(a.split("=", 1) for a in sys.argv[1:])
    results = [measure(harts, mem, settings) for harts, mem in MACHINES]
    print(f"{'median instructions':38}" + "".join(f"{f'{h}x{m}':>7}" for h, m in MACHINES)
          + f"{'spread':>8}{'bar':>6}{'worst':>8}")
    bad = 0
    for name in results[0]:
        medians = [r[name][0] for r in results]
        bar = results[0][name][2]
        spread = 100 * (max(medians) - min(medians)) / max(min(medians), 1)
        over = spread > SPREAD or (bar and max(medians) > bar)
        bad += bool(over)
        print(f"{name:38}" + "".join(f"{m:7}" for m in medians)
              + f"{spread:7.0f}%{bar or '':>6}{max(r[name][1] for r in results):8}"
              + ("  OVER" if over else ""))
    print(f"{len(results[0])} rows, {bad} over a bar or not flat within {SPREAD}%")
    sys.exit(bad != 0)


if __name__ == "__main__":
    main()
