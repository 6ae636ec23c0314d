# SPDX-License-Identifier: MIT
"""test_scale.py - costs that must not grow, in guest instructions (tests/user/vmscale.c)."""

import os
import re
import sys

import pytest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "tests"))
import qemu  # noqa: E402


@pytest.mark.parametrize("harts", [1, 8])
def test_costs_do_not_grow(harts):
    r = qemu.run(qemu.Config(ICOUNT=1, CPUS=harts, CMD="/tests/vmscale", TIMEOUT=60,
                             HOSTTIMEOUT=240))
    out = r.output.decode(errors="replace")
    assert r.why is None and r.status == 0, out + r.console.decode(errors="replace")[-2000:]
    cost = {int(n): int(c) for n, c in re.findall(r"(\d+) areas: (\d+) instructions", out)}
    # Sixty thousand areas are 12.6 levels more than ten: at most 20 instructions each.
    assert sorted(cost) == [10, 100, 1000, 10000, 60000], out
    assert cost[60000] - cost[10] <= 252, out
    one, eight = map(int, re.search(r"a fault: (\d+) .* one thread, (\d+) with", out).groups())
    assert eight <= 1.5 * one, out
