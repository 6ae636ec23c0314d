# SPDX-License-Identifier: MIT
"""The kernel names its own bugs: each row of tests/kernel/selftest.c, and its report."""
import os
import subprocess
import sys

import pytest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "tests"))
import qemu  # noqa: E402

ROWS = {
    "overflow": ["kernel stack overflow", "deeper+0x"],
    "null": ["store page fault in the kernel at user address 0000000000000008", "null_read+0x"],
    "wild": ["store page fault in the kernel", "wild_write+0x"],
    "text": ["store page fault in the kernel", "text_write+0x"],
    "panic": ["kernel panic: selftest: 42 and text", "plain_panic+0x"],
    "assert": ["assertion failed: nr_harts == 0"],
    "inversion": ["lock order inversion", "selftest_b -> selftest_a", "selftest_a -> selftest_b"],
    "sleep": ["selftest_a"],
    "double": ["taken again by its holder"],
}


@pytest.fixture(scope="module")
def build():
    subprocess.run(["make", "-s", "-C", TOP, "DEBUG=1", "KTEST=1", "kernel"], check=True)
    return os.path.join(TOP, "build-debug-ktest")


@pytest.mark.parametrize("name", ROWS)
def test_report(build, name):
    cfg = qemu.Config(BUILD=build, IMAGE=os.path.join(TOP, "build"), RAW=1, TIMEOUT=20,
                      BOOTARGS=f"selftest={name} panic-poweroff")
    r = qemu.run(cfg)
    text = r.console.decode(errors="replace")
    assert r.status == qemu.STATUS_PANIC, text[-3000:]
    for words in ROWS[name]:
        assert words in text, text[-3000:]
    assert "still alive" not in text
