#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""profile.py - where the instructions of one operation go.

	profile.py OP [--build DIR] [--top N] [--lines]

Runs "bench prof OP" (see bench.c for the operations) with QEMU logging every executed
instruction, counts those between prof_begin and prof_end by function, and prints the
count of each for one operation.  --lines also shows the hottest addresses.
"""
import argparse
import bisect
import collections
import os
import re
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CROSS = os.environ.get("CROSS", "riscv64-unknown-elf-")
N = 100


def symbols(path):
    out = subprocess.run([CROSS + "nm", "-n", path], check=True, capture_output=True, text=True).stdout
    rows = [(int(w[0], 16), w[2]) for w in map(str.split, out.splitlines())
            if len(w) == 3 and w[1] in "tTwW" and not w[2].startswith((".L", "$"))]
    return [r[0] for r in rows], [r[1] for r in rows]


def main():
    arg = argparse.ArgumentParser(usage=__doc__)
    arg.add_argument("op")
    arg.add_argument("--build", default="build")
    arg.add_argument("--top", type=int, default=40)
    arg.add_argument("--lines", action="store_true")
    opt = arg.parse_args()
    build = os.path.join(TOP, opt.build)
    user = os.path.join(build, "user/bench/bench")
    uaddr, uname = symbols(user)
    kaddr, kname = symbols(os.path.join(build, "kernel.elf"))
    begin, end = uaddr[uname.index("prof_begin")], uaddr[uname.index("prof_end")]
    cmd = ["qemu-system-riscv64", "-M", "virt", "-m", "256M", "-display", "none", "-serial", "none",
           "-monitor", "none", "-bios", "default", "-no-reboot", "-singlestep", "-d", "exec,nochain", "-D", "/dev/stdout",
           "-icount", "shift=0,sleep=off",
           "-kernel", os.path.join(build, "kernel.bin"), "-global", "virtio-mmio.force-legacy=false",
           "-drive", "if=none,id=d,format=raw,snapshot=on,file=" + os.path.join(build, "fs.img"),
           "-device", "virtio-blk-device,drive=d,bus=virtio-mmio-bus.0",
           "-append", "quiet timeout=60 -- /bench/bench prof " + opt.op]
    run = subprocess.Popen(cmd, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    counts, counting = collections.Counter(), False
    pattern = re.compile(rb"/([0-9a-f]{16})/")
    begin_b, end_b = b"/%016x/" % begin, b"/%016x/" % end
    for line in run.stdout:
        if not counting:
            counting = begin_b in line
            continue
        if end_b in line:
            break
        m = pattern.search(line)
        if m:
            counts[m[1]] += 1
    run.kill()
    total = collections.Counter()
    for pc, n in counts.items():
        at = int(pc, 16)
        addr, name = (kaddr, kname) if at >> 63 else (uaddr, uname)
        i = bisect.bisect_right(addr, at) - 1
        total[name[i] if i >= 0 else "?"] += n
    whole = sum(counts.values())
    print("%s: %.1f instructions an operation" % (opt.op, whole / N))
    for name, n in total.most_common(opt.top):
        print("%10.1f  %s" % (n / N, name))
    if opt.lines:
        for pc, n in counts.most_common(opt.top):
            print("%10.1f  %s" % (n / N, pc.decode()))
    return 0 if whole else 1


if __name__ == "__main__":
    sys.exit(main())
