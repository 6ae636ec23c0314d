# SPDX-License-Identifier: MIT
"""What a debug kernel says of those who misuse the heap: what, which object, who, who else."""
import os
import re
import subprocess
import sys

import pytest

from conftest import BUILD, TOP

sys.path.insert(0, os.path.join(TOP, "tests"))
import qemu  # noqa: E402


def console(names):
    subprocess.run(["make", "--no-print-directory", "DEBUG=1", "KTEST=1", "kernel"], cwd=TOP, check=True,
                   capture_output=True)
    r = qemu.run(qemu.Config(BUILD=os.path.join(TOP, "build-debug-ktest"), IMAGE=BUILD, RAW=1,
                             BOOTARGS=f"ktest={names}", TIMEOUT=60))
    text = r.console.decode(errors="replace").replace("\r", "")
    assert r.status == 0, text
    return re.sub(r"^\[ *[\d.]+\] ", "", text, flags=re.M)


@pytest.fixture(scope="module")
def slab_text():
    return console("slab_misuse")


BOTH = (r"  allocated by pid \d+ on hart \d:\n(?:    \S+\+0x\w+\n)*    ktest_slab_misuse\w+\+0x\w+\n"
        r"(?:    \S+\+0x\w+\n)*")
FREED = r"  freed by pid \d+ on hart \d:\n(?:    \S+\+0x\w+\n)*    ktest_slab_misuse\w+\+0x\w+\n"
OBJECT = r"cache victim, object 0x[0-9a-f]{16} \(40 bytes\)\n"


@pytest.mark.parametrize("what,pattern", [
    ("double free", "slab: double free: " + OBJECT + BOTH + FREED),
    ("wrong cache", r"slab: wrong cache: 0x[0-9a-f]{16} of cache victim freed to cache other\n" + BOTH + FREED),
    ("overrun by one byte", "slab: overrun: " + OBJECT + r"  byte 40 is 01, not cc\n" + BOTH + FREED),
    ("use after free", "slab: use after free: " + OBJECT + r"  byte 3 is 09, not 6b\n" + BOTH + FREED),
    ("foreign pointer", r"slab: foreign pointer: 0x0*1000 is not memory, freed to cache victim\n  freed from \S+\+0x"),
    ("destroy", r"slab: cache victim still has 1 objects\n  object \d+ of slab 0x\w+: 0x\w+\n" + BOTH),
])
def test_slab_misuse_names_object_and_sites(slab_text, what, pattern):
    assert re.search(pattern, slab_text), f"{what}:\n{slab_text[-6000:]}"


def test_page_use_after_free_names_the_page():
    text = console("phys_use_after_free")
    found = re.findall(r"page: use after free: pfn \w+, address 0x\w+: (\w+) instead of a{16}\n"
                       r"  freed by ktest_phys_use_after_free\w+\+0x", text)
    assert found == ["aaaa03aaaaaaaaaa", "0" * 16], text[-4000:]
