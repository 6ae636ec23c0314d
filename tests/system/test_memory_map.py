# SPDX-License-Identifier: MIT
"""Memory as machines have it: in pieces, with holes, reservations and odd sizes."""
import os
import re
import struct
import subprocess
import sys

import pytest

from conftest import BUILD, TOP

sys.path.insert(0, os.path.join(TOP, "tests"))
import dtb  # noqa: E402
import qemu  # noqa: E402

BASE, MIB = 0x80000000, 1 << 20
# What is left of 128 MiB of RAM: an end in the middle of a block of the largest order, a hole
# that is smaller than one, a piece of one page, a range that begins at an odd page.
PIECES = [(BASE, 41 * MIB + 0x3000), (BASE + 43 * MIB + 0x1000, 20 * MIB),
          (BASE + 70 * MIB + 0x5000, 0x1000), (BASE + 81 * MIB + 0x7000, 47 * MIB - 0x7000)]
NO_MAP = [(BASE + 50 * MIB, 0x3000), (BASE + 90 * MIB, MIB)]


def make_dtb(tmp, pieces, reserved_ranges, props):
    """The tree of a machine whose RAM are these pieces, less what is reserved with these props."""
    plain, path = str(tmp / "plain.dtb"), str(tmp / "pieces.dtb")
    args = qemu.machine_args(qemu.Config(BUILD=BUILD, CPUS=2))
    args = [a + f",dumpdtb={plain}" if a.startswith("virt,") else a for a in args]
    subprocess.run(["qemu-system-riscv64", *args, "-display", "none", "-serial", "none", "-monitor",
                    "none"], check=False, capture_output=True)
    with open(plain, "rb") as f:
        root, reserved = dtb.parse(f.read())
    old = root.find("memory")
    for base, size in pieces:
        root.add(f"memory@{base:x}", old).props = {"device_type": b"memory\0",
                                                   "reg": dtb.wide(base, size)}
    root.children.remove(old)
    area = root.add("reserved-memory")
    area.props = {"#address-cells": dtb.cells(2), "#size-cells": dtb.cells(2), "ranges": b""}
    for base, size in reserved_ranges:
        area.add(f"kept@{base:x}").props = {"reg": dtb.wide(base, size), **props}
    with open(path, "wb") as f:
        f.write(dtb.write(root, reserved))
    return path


@pytest.fixture(scope="module")
def pieces_dtb(tmp_path_factory):
    return make_dtb(tmp_path_factory.mktemp("dtb"), PIECES, NO_MAP, {"no-map": b""})


def test_holes_are_left_alone(pieces_dtb):
    """Everything is counted once, nothing of a hole is handed out, programs run."""
    frames = [BASE + 42 * MIB, BASE + 66 * MIB, BASE + 50 * MIB, BASE + 90 * MIB, BASE + 100 * MIB]
    look = "; ".join(f"dd if=/proc/kpageflags bs=8 skip={f >> 12} count=1 2>/dev/null | hexdump -C"
                     for f in frames)
    r = qemu.run(qemu.Config(BUILD=BUILD, CPUS=2,
                             CMD=f"sleep 1; grep MemTotal /proc/meminfo; {look}; /tests/fork; /tests/lazy"),
                 extra=["-dtb", pieces_dtb])
    text = r.output.decode()
    assert r.status == 0 and "FAIL" not in text, r.console.decode()
    total = int(re.search(r"MemTotal: +(\d+)", text)[1])
    ram = sum(n for _, n in PIECES) - sum(n for _, n in NO_MAP)
    assert ram - 4 * MIB < total << 10 < ram
    words = [struct.unpack("<Q", bytes.fromhex(x.replace(" ", "")))[0] for x in
             re.findall(r"^00000000 ((?: +[0-9a-f]{2}){8})", text, re.M)]
    assert all(w >> 32 & 1 or w == 1 << 20 for w in words[:4]) and len(words) == 5, words
    assert not words[4] >> 32 & 1


def reserved(frames, **kwargs):
    """Which of these frames are reserved, and what the tests say that ran before."""
    look = "; ".join(f"dd if=/proc/kpageflags bs=8 skip={f} count=1 2>/dev/null | hexdump -C" for f in frames)
    r = qemu.run(qemu.Config(BUILD=BUILD, CPUS=2, CMD=f"/tests/fork; {look}"), **kwargs)
    text = r.output.decode()
    assert r.status == 0 and "FAIL" not in text, r.console.decode()
    rows = re.findall(r"^00000000 ((?: +[0-9a-f]{2}){8})", text, re.M)
    return [struct.unpack("<Q", bytes.fromhex(x.replace(" ", "")))[0] >> 32 & 1 for x in rows]


@pytest.mark.parametrize("stale", [False, True])
def test_free_island_over_a_block_boundary(tmp_path, stale):
    """Twenty free frames between reserved ones, a few on each side of a page block's end; and
    the same where RAM holds what looks like free blocks' struct pages, as after a reset."""
    start = BASE + 20 * MIB
    tree = make_dtb(tmp_path, [(BASE, 128 * MIB)], [(start, 500 << 12), (start + (520 << 12), 8 << 12)], {})
    extra = ["-dtb", tree]
    if stale:
        nm = subprocess.run(["nm", os.path.join(TOP, BUILD, "kernel.elf")], capture_output=True, text=True,
                            check=True).stdout
        end = int(re.search(r"(\w+) \w image_end$", nm, re.M)[1], 16) - 0xffffffff80000000 + BASE + 2 * MIB
        with open(tmp_path / "ram", "wb") as f:
            f.write(struct.pack("<II", 1, 3) * (4 * MIB // 8))
        extra += ["-device", f"loader,file={tmp_path / 'ram'},addr={end:#x},force-raw=on"]
    frame = start >> 12
    assert reserved([frame + i for i in (499, 500, 511, 512, 519, 520, 527)], extra=extra) == \
        [1, 0, 0, 0, 0, 1, 1]


def test_a_hart_that_does_not_come(pieces_dtb):
    """The tree names two harts, the machine has one: the kernel says so and goes on."""
    r = qemu.run(qemu.Config(BUILD=BUILD, CPUS=1, CMD="echo up"), extra=["-dtb", pieces_dtb])
    assert r.status == 0 and b"up" in r.output
    assert b"hart 1 (firmware's 1) was started and has not come" in r.console


def test_too_many_reservations(tmp_path):
    """What the boot allocator cannot note it must not forget."""
    ranges = [(BASE + 20 * MIB + i * 0x2000, 0x1000) for i in range(200)]
    tree = make_dtb(tmp_path, [(BASE, 128 * MIB)], ranges, {})
    r = qemu.run(qemu.Config(BUILD=BUILD, CPUS=2, CMD="true"), extra=["-dtb", tree])
    assert r.status == 125 and b"is reserved: more ranges than the boot allocator can hold" in r.console


@pytest.mark.parametrize("settings", [
    dict(MEM="33M"), dict(MEM="35M", CPUS=8), dict(MEM="100M", NUMA=3, CPUS=3),
    dict(MEM="3076M"), dict(MEM="5G", NUMA=3, CPUS=2), dict(MEM="50M", NUMA=3), dict(MEM="104M", NUMA=4),
    dict(BOOTARGS="movable=1M"), dict(BOOTARGS="movable=16G"), dict(BOOTARGS="movable=-5"),
    dict(MEM="100M", NUMA=3, CPUS=2, BOOTARGS="movable=33M")], ids=str)
def test_odd_sizes(settings):
    r = qemu.run(qemu.Config(BUILD=BUILD, CMD="sleep 1; cat /proc/buddyinfo /proc/zoneinfo; "
                             "grep Mem /proc/meminfo; /tests/fork", **settings))
    text = r.output.decode()
    assert r.status == 0 and "FAIL" not in text, r.console.decode()
    mem = settings.get("MEM", "128M")
    mib = int(mem[:-1]) * (1024 if mem[-1] == "G" else 1)
    total = int(re.search(r"MemTotal: +(\d+)", text)[1])
    assert mib * 1024 * 0.93 < total < mib * 1024
    # Each frame belongs to one zone, be it that two nodes meet in the middle of a block.
    end = present = 0
    for z in re.split(r"(?=^Node \d+, zone +\w+\n  )", text, flags=re.M)[1:]:
        v = {k: int(n) for k, n in re.findall(r"^ +(?:pages )?(\w+):?  +(\d+)$", z, re.M)}
        assert v["managed"] <= v["present"] <= v["spanned"], z
        assert v["start_pfn"] >= end
        end, present = v["start_pfn"] + v["spanned"], present + v["present"]
    assert present == mib * 256
