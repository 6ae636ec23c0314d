# SPDX-License-Identifier: MIT
"""The memory files of /proc have Linux's formats: column by column, and for procps itself."""
import os
import re
import shutil
import struct
import subprocess
import sys

import pytest

from conftest import BUILD, TOP

sys.path.insert(0, os.path.join(TOP, "tests"))
import qemu  # noqa: E402

FILES = ("meminfo slabinfo vmstat zoneinfo buddyinfo pagetypeinfo vmallocinfo stat").split()
N = r"\d+"


@pytest.fixture(scope="module")
def proc():
    """{name: text}, of a machine with two nodes and all kinds of zones but NORMAL."""
    cmd = "sleep 1; " + "; ".join(f"echo @@@ {f}; cat /proc/{f}" for f in FILES)
    r = qemu.run(qemu.Config(BUILD=BUILD, CPUS=2, NUMA=2, MEM="256M", BOOTARGS="movable=64M", CMD=cmd))
    text = r.output.decode().replace("\r", "")
    assert r.status == 0, r.why
    return dict(re.findall(r"^@@@ (\w+)\n(.*?)(?=^@@@ |\Z)", text, re.M | re.S))


def all_match(pattern, text):
    for line in text.splitlines():
        assert re.fullmatch(pattern, line), line


def test_meminfo(proc):
    all_match(r"[A-Z]\w+(\(\w+\))?: +\d+ kB", proc["meminfo"])
    m = {k: int(v) for k, v in re.findall(r"^(\S+): +(\d+) kB$", proc["meminfo"], re.M)}
    order = list(m)[:5]
    assert order == ["MemTotal", "MemFree", "MemAvailable", "Buffers", "Cached"]
    for name in "Shmem SReclaimable SUnreclaim Slab AnonPages Mapped SwapTotal SwapFree PageTables " \
                "KernelStack Committed_AS CommitLimit VmallocTotal Active Inactive Dirty".split():
        assert name in m
    assert m["MemFree"] < m["MemTotal"] <= 256 << 10 and m["MemAvailable"] <= m["MemTotal"]
    assert m["Slab"] == m["SReclaimable"] + m["SUnreclaim"]


def test_slabinfo(proc):
    head, columns, rows = proc["slabinfo"].split("\n", 2)
    assert head == "slabinfo - version: 2.1"
    assert columns == "# name            <active_objs> <num_objs> <objsize> <objperslab> " \
        "<pagesperslab> : tunables <limit> <batchcount> <sharedfactor> : slabdata <active_slabs> " \
        "<num_slabs> <sharedavail>"
    all_match(rf"\S+ +{N} +{N} +{N} +{N} +{N} : tunables +{N} +{N} +{N} : slabdata +{N} +{N} +{N}",
              rows)
    for line in rows.splitlines():
        active, objs, size, per, pages = map(int, line.split()[1:6])
        slabs = int(line.split()[14])
        assert active <= objs == slabs * per and per * size <= pages * 4096


def test_vmstat(proc):
    all_match(rf"[a-z]\w+ {N}", proc["vmstat"])
    for name in "nr_free_pages pgpgin pgpgout pgfault pgmajfault pgalloc_normal pgfree".split():
        assert re.search(rf"^{name} ", proc["vmstat"], re.M)


def test_buddyinfo(proc):
    all_match(r"Node \d+, zone {1,8}\S+ ( *\d+ ){11}", proc["buddyinfo"])
    zones = re.findall(r"^Node (\d+), zone +(\S+)", proc["buddyinfo"], re.M)
    assert zones == [("0", "DMA32"), ("0", "Movable"), ("1", "DMA32"), ("1", "Movable")]


def test_pagetypeinfo(proc):
    head, free, blocks = proc["pagetypeinfo"].split("\n\n")
    assert head == "Page block order: 9\nPages per block:  512"
    title, _, rows = free.partition("\n")
    assert title.split("order")[1].split() == [str(o) for o in range(11)]
    all_match(r"Node +\d+, zone {1,8}\S+, type +(Unmovable|Movable|Reclaimable) ( *\d+ ){11}", rows)
    title, _, rows = blocks.partition("\n")
    assert title.split() == "Number of blocks type Unmovable Movable Reclaimable".split()
    all_match(r"Node \d+, zone {1,8}\S+ ( *\d+ ){3}", rows)
    # Two files that count the same: free blocks of an order, over the types.
    for zone, counts in re.findall(r"^Node 1, zone +(\S+) (.*)$", proc["buddyinfo"], re.M):
        sums = [sum(int(r.split()[6 + o]) for r in free.splitlines()
                    if r.startswith("Node    1") and r.split()[3] == zone + ",") for o in range(11)]
        assert abs(sum(sums) - sum(map(int, counts.split()))) <= 16, zone


def test_zoneinfo(proc):
    zones = re.split(r"(?=^Node )", proc["zoneinfo"], flags=re.M)[1:]
    assert len(zones) == 4
    for z in zones:
        assert re.match(r"Node \d+, zone {1,8}\S+\n(  per-node stats\n(      \w+ +\d+\n)+)?  pages free  ", z)
        v = {k: int(n) for k, n in re.findall(r"^ +(?:pages )?(\w+)  +(\d+)$", z, re.M)}
        assert v["min"] <= v["low"] <= v["high"] and v["free"] <= v["managed"] <= v["present"] <= v["spanned"]
        assert re.search(r"^        protection: \(\d+(, \d+)*\)$", z, re.M)
        assert len(re.findall(r"^    cpu: \d+\n +count: +\d+\n +high: +\d+\n +batch: +\d+$", z, re.M)) == 2
        assert len(re.findall(r"^  vm stats threshold: \d+$", z, re.M)) == 2
        assert re.search(r"^  node_unreclaimable:  0\n  start_pfn:           \d+$", z, re.M)


def test_vmallocinfo(proc):
    all_match(r"0x[0-9a-f]{16}-0x[0-9a-f]{16} +\d+ (unpurged vm_area|\S+\+0x[0-9a-f]+/0x[0-9a-f]+ "
              r"(pages=\d+ vmalloc( N[01]=\d+)+|phys=0x[0-9a-f]{16} ioremap))", proc["vmallocinfo"])
    end = 0
    for a, b, size in re.findall(r"^0x(\w+)-0x(\w+) +(\d+)", proc["vmallocinfo"], re.M):
        assert int(a, 16) >= end and int(b, 16) - int(a, 16) == int(size)
        end = int(b, 16)
    for pages, nodes in re.findall(r"pages=(\d+) vmalloc((?: N\d=\d+)+)$", proc["vmallocinfo"], re.M):
        assert int(pages) == sum(map(int, re.findall(r"=(\d+)", nodes)))


def test_kpage_files_are_words():
    """Word n is frame n: the firmware is reserved, what is no RAM says so."""
    cmd = "; ".join(f"dd if=/proc/{f} bs=8 skip={skip} count={n} 2>/dev/null | hexdump -C"
                    for f, skip, n in (("kpageflags", 0x80000, 1), ("kpageflags", 0, 1),
                                       ("kpagecount", 0x80000, 1), ("kpageflags", 0x86400, 1),
                                       ("kpageflags", 0x86401, 1), ("kpageflags", 0x867ff, 1),
                                       ("kpageflags", 0x90000, 1)))
    r = qemu.run(qemu.Config(BUILD=BUILD, CMD="sleep 1; " + cmd))
    rows = re.findall(r"^00000000 ((?: +[0-9a-f]{2}){8})", r.output.decode(), re.M)
    words = [struct.unpack("<Q", bytes.fromhex(x.replace(" ", "")))[0] for x in rows]
    assert len(words) == 6, r.output            # behind the last frame there is nothing
    assert words[0] >> 32 & 1 and words[1] == 1 << 20 and words[2] == 0
    assert words[3:] == [1 << 10] * 3           # every frame of a free block says so


def test_kpageflags_zero_frame():
    """One frame of all is the zero frame (bit 24)."""
    r = qemu.run(qemu.Config(BUILD=BUILD, CMD="hexdump -C /proc/kpageflags | grep '00 00 00 01 00 00 00 00'"))
    rows = re.findall(r"^[0-9a-f]{8} ((?: +[0-9a-f]{2}){16})", r.output.decode(), re.M)
    words = [w for x in rows for w in struct.unpack("<2Q", bytes.fromhex(x.replace(" ", "")))]
    assert sum(w >> 24 & 1 for w in words) == 1, r.output


@pytest.mark.skipif(not all(map(shutil.which, ("unshare", "free", "slabtop", "vmstat"))) or
                    subprocess.run(["unshare", "-m", "true"], capture_output=True,
                                   check=False).returncode != 0,
                    reason="needs procps and the right to mount")
def test_procps_reads_them(proc, tmp_path):
    """Linux's own free, slabtop and vmstat, with our files in place of Linux's."""
    script = ""
    for f in FILES:
        (tmp_path / f).write_text(proc[f])
        script += f"mount --bind {tmp_path / f} /proc/{f}; "
    script += "free -k; slabtop -o; vmstat -s; vmstat -m"
    p = subprocess.run(["unshare", "-m", "sh", "-ec", script], capture_output=True, text=True, check=False)
    assert p.returncode == 0, p.stderr
    total = re.search(r"MemTotal: +(\d+)", proc["meminfo"])[1]
    assert re.search(rf"^Mem: +{total} ", p.stdout, re.M)
    assert re.search(r"^ Active / Total Caches .*: \d+ / \d+ ", p.stdout, re.M)
    assert re.search(rf"^ +{total} K total memory$", p.stdout, re.M)
    assert re.search(r"^kmalloc-64 +\d+ +\d+ +64 +\d+$", p.stdout, re.M)
