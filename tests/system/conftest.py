# SPDX-License-Identifier: MIT
"""conftest.py - what the system tests share: the tree, booting, and running make."""

import os
import subprocess
import sys

import pytest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "tests"))
import qemu  # noqa: E402

BUILD = os.path.join(TOP, "build")


@pytest.fixture
def top():
    return TOP


@pytest.fixture
def boot():
    """boot(cmd, CPUS=2, ...): run the command in a machine of its own. => qemu.Result"""
    def run(cmd, **settings):
        return qemu.run(qemu.Config(**{"BUILD": BUILD, "CMD": cmd, "TIMEOUT": 60, **settings}))
    return run


@pytest.fixture
def make():
    """make(words...): make in this tree. => (status, standard output, standard error)"""
    def run(*words, timeout=300):
        p = subprocess.run(["make", "--no-print-directory", *words], cwd=TOP, timeout=timeout,
                           stdin=subprocess.DEVNULL, capture_output=True, check=False)
        return p.returncode, p.stdout.decode(errors="replace"), p.stderr.decode(errors="replace")
    return run
