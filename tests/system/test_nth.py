# SPDX-License-Identifier: MIT
"""A sample of make test-nth: single allocations fail, in programs and during the boot.

The sample is drawn with NTH_SEED (default: the day); the whole series is make test-nth.
"""
import os
import random
import sys
import time

import pytest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "tests"))
import nth  # noqa: E402

SEED = int(os.environ.get("NTH_SEED", time.strftime("%Y%m%d", time.gmtime())))
SETTINGS = ["BUILD=" + os.path.join(TOP, "build"), "IMAGE=" + os.path.join(TOP, "build")]
BOOTS = [(arg, n) for arg, most in (("failslab", 150), ("fail_page_alloc", 105))
         for n in sorted(random.Random(f"{SEED} {arg}").sample(range(1, most), 4))]


@pytest.mark.parametrize("command", random.Random(SEED).sample(nth.PROGRAMS, 3))
def test_program_survives_each_failure(command):
    assert nth.in_guest(SETTINGS, [command]) == 0, f"NTH_SEED={SEED}"


@pytest.mark.parametrize("test", random.Random(SEED).sample(nth.QUICK, 1))
def test_user_test_survives_each_way(test):
    assert nth.tests(SETTINGS, [test]) == 0, f"NTH_SEED={SEED}"


@pytest.mark.parametrize("arg,n", BOOTS)
def test_boot_survives_a_failure(arg, n):
    status, out = nth.qemu(SETTINGS, "cat /proc/fault-inject", f"{arg}={n}", 20)
    # Without "--- ..." of qemu.py the status is the command's own: a shell was there.
    assert status == 0 or "\n--- " not in out or nth.CLEAN.search(out), \
        f"NTH_SEED={SEED} {arg}={n}: status {status}\n{out[-2000:]}"
